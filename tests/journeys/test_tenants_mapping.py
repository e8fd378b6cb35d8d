"""The tenant edits the mapping of Entra's own job: what is written to Genesys follows, and survives its loss."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director, agent
from shared.model import Outcome, StepResult, Verdict
from tests.journeys.remembering import history
from tests.journeys.steering import log_lines, own_world

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCHEMA = Path(__file__).parents[1] / "conformance" / "schemas" / "contact_centre.json"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEPARTMENT, DIVISION = f"{ENTERPRISE}:department", f"{ENTERPRISE}:division"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def director(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    async for director in own_world(tmp_path_factory.mktemp("mapping")):
        yield director


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def observing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    folder = tmp_path_factory.mktemp("observing")
    async for director in own_world(folder, MODE="observe", REVOCATION_LOOKS_S="600", LOOKS_S="600"):
        yield director


def contact_centre(**sources: str) -> dict[str, Any]:
    """A full schema with expressions; `sources` are attributes of Entra by target."""
    document: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for rule in document["synchronizationRules"]:
        for mapped in (one for mapping in rule["objectMappings"] for one in mapping["attributeMappings"]):
            name = sources.get(mapped["targetAttributeName"])
            if name is not None:
                mapped["source"] = {"expression": f"[{name}]", "name": name, "type": "Attribute", "parameters": []}
    return document


async def save(director: Director, schema: dict[str, Any]) -> None:
    """An administrator saves the schema, and the timer comes round."""
    described = director.world.entra.described
    job = f"/servicePrincipals/{described['application']}/synchronization/jobs/{described['provisioning_job']}/schema"
    await director.graph("PUT", job, schema)
    await refreshed(director)


async def refreshed(director: Director) -> None:
    """Run the timer's function to its end."""
    before = len(await ended(director))
    await director.run_function("refresh_mapping")

    async def over() -> bool | None:
        return len(await ended(director)) > before or None

    await director.until(over, "the mapping is refreshed")


async def ended(director: Director) -> list[dict[str, Any]]:
    return [run for run in await director.invocations("refresh_mapping") if run["ended"] is not None]


async def converged(director: Director, who: Agent, when: Callable[[Outcome], bool]) -> Outcome:
    """Wait for an outcome of this kind."""

    async def found() -> Outcome | None:
        outcomes = [one for one in await history(director, who) if one.stage == "converge"]
        return next(filter(when, outcomes), None)

    return await director.until(found, "the outcome of a convergence")


def updated(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.UPDATED


async def test_a_movers_changes_come_through_the_tenants_expressions(director: Director) -> None:
    who = agent(1)
    await save(director, contact_centre())
    await director.update(who, jobTitle="Supervisor", department="Contact-Centre", givenName="Augusta", surname="King")

    outcome = await converged(director, who, updated)

    written = {change.path: change.after for change in outcome.changes}
    assert {path: written[path] for path in ("displayName", "title", DEPARTMENT)} == {
        "displayName": "Augusta King",
        "title": "Team Lead",
        DEPARTMENT: "Contact_Centre",
    }
    account = await director.account(who)
    assert (account["displayName"], account["title"]) == ("Augusta King", "Team Lead")
    assert outcome.notes == ()


async def test_a_change_of_the_schema_takes_effect_without_a_restart(director: Director) -> None:
    who = agent(2)
    await save(director, contact_centre())
    await director.update(who, jobTitle="Night Agent", officeLocation="Berlin")
    await converged(director, who, updated)
    assert (await director.account(who))["title"] == "Night Agent"

    await save(director, contact_centre(title="physicalDeliveryOfficeName"))
    await director.update(who, officeLocation="Hamburg")

    outcome = await converged(director, who, lambda one: any(change.after == "Hamburg" for change in one.changes))
    assert {change.path for change in outcome.changes} == {"title"}
    assert (await director.account(who))["title"] == "Hamburg"


@pytest.mark.parametrize("state", ["missing", "truncated"])
async def test_a_schema_that_disappears_changes_nothing(director: Director, state: str) -> None:
    who = agent(3 if state == "missing" else 4)
    await save(director, contact_centre())
    try:
        await director.control("graph", "POST", "/switches", {"provisioning_schema": state})
        before = len(log_lines(director, "alarm schema_unusable "))
        await refreshed(director)

        async def told() -> bool | None:
            return len(log_lines(director, "alarm schema_unusable ")) > before or None

        await director.until(told, "the alarm")
        await director.update(who, department="Back-Office")

        outcome = await converged(director, who, updated)
    finally:
        await director.control("graph", "POST", "/switches", {"provisioning_schema": "served"})
    assert {change.path: change.after for change in outcome.changes}[DEPARTMENT] == "Back_Office"


async def test_a_value_that_genesys_refuses_is_named_and_keeps_nothing_else_out(director: Director) -> None:
    who = agent(5)
    await save(director, contact_centre(**{DIVISION: "companyName"}))
    await director.update(who, companyName="Atlantis", jobTitle="Diver")

    outcome = await converged(director, who, lambda one: bool(one.steps and one.steps[0].refused))

    [step] = outcome.steps
    assert (step.result, step.refused) == (StepResult.DONE, (DIVISION,))
    assert DIVISION in step.detail
    assert (await director.account(who))["title"] == "Diver"


async def test_what_changed_with_the_departure_reaches_the_account_once_it_is_inactive(director: Director) -> None:
    """Entra's job keeps the attributes of disabled people in line; so must we, or the two differ for ever."""
    who = agent(6)
    await save(director, contact_centre())
    await director.update(who, accountEnabled=False, jobTitle="Former Agent")

    outcome = await converged(director, who, updated)

    assert {change.path: change.after for change in outcome.changes}["title"] == "Former Agent"
    account = await director.account(who)
    assert (account["state"], account["title"]) == ("inactive", "Former Agent")
    patches = [c for c in await director.genesys_log() if c["method"] == "PATCH" and who.account_id in c["path"]]
    assert len(patches) == 2  # deactivated by the first one, at once; the attributes came after


async def test_where_nothing_is_written_a_departure_is_told_once(observing: Director) -> None:
    """The account stays active there, and who came back to it would order the revocation again, and again."""
    who = agent(1)
    await observing.update(who, accountEnabled=False, jobTitle="Former Agent")

    async def checked() -> bool | None:
        return any(one.stage == "verify" for one in await history(observing, who)) or None

    await observing.until(checked, "the last stage")
    await observing.quiet()
    assert sorted(one.stage for one in await history(observing, who)) == ["first", "rest", "verify"]
