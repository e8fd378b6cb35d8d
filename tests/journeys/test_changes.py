"""A profile changes in Entra: what is written to Genesys, and what is not."""

from __future__ import annotations

import pytest

from infra.local.director import Agent, Director
from shared.model import Verdict
from tests.journeys.remembering import history, outcome_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


async def test_name_title_and_department_arrive_in_one_patch(director: Director, person: Agent) -> None:
    await director.update(person, displayName="Ada King", jobTitle="Senior Agent", department="Claims")

    outcome = await outcome_of(director, person, stage="converge")
    assert (outcome.verdict, outcome.account_id) == (Verdict.UPDATED, person.account_id)
    assert {change.path: change.after for change in outcome.changes} == {
        "displayName": "Ada King",
        "title": "Senior Agent",
        DEPARTMENT: "Claims",
    }
    patches = [c for c in await director.genesys_log() if c["method"] == "PATCH" and person.account_id in c["path"]]
    assert len(patches) == 1
    account = await director.account(person)
    assert (account["displayName"], account["title"]) == ("Ada King", "Senior Agent")


async def test_a_change_that_genesys_has_already_writes_nothing(director: Director, person: Agent) -> None:
    before = (await director.account(person))["version"]
    await director.update(person, companyName="Contoso")  # no mapping reads it, so both sides agree

    outcome = await outcome_of(director, person, stage="converge")
    assert outcome.verdict is Verdict.UNCHANGED
    assert (await director.account(person))["version"] == before


async def test_a_null_in_entra_never_overwrites(director: Director, person: Agent) -> None:
    before = (await director.account(person))["title"]
    await director.update(person, jobTitle=None)

    outcome = await outcome_of(director, person, stage="converge")
    assert outcome.verdict is Verdict.UNCHANGED
    assert (await director.account(person))["title"] == before


async def test_a_write_by_somebody_else_in_between_is_planned_again(director: Director, person: Agent) -> None:
    """Genesys answers a stale `If-Match` with 400 `invalidVers`: both sides are read again."""
    error = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidVers",
        "detail": "The version is not current.",
    }
    await director.break_("genesys", method="PATCH", path=person.account_id, times=1, status=400, body=error)
    await director.update(person, department="Claims")

    outcome = await outcome_of(director, person, stage="converge")
    assert outcome.verdict is Verdict.UPDATED
    patches = [c for c in await director.genesys_log() if c["method"] == "PATCH" and person.account_id in c["path"]]
    assert [call["status"] for call in patches] == [400, 200]


async def test_what_genesys_refuses_for_good_is_parked_and_blocks_nobody(director: Director, person: Agent) -> None:
    error = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidValue",
        "detail": "The value is not acceptable.",
    }
    await director.break_("genesys", method="PATCH", path=person.account_id, times=None, status=400, body=error)
    await director.update(person, department="Claims")

    from shared.runtime.ledger_open import open_ledger

    ledger = open_ledger(director.world.environment["LEDGER"])

    async def parked() -> str | None:
        rows = await ledger.parked()
        return next((row.why for row in rows if row.identity_id == person.identity_id), None)

    try:
        why = await director.until(parked, "the change is parked")
    finally:
        await ledger.close()
    assert "invalidValue" in why
    assert not [o for o in await history(director, person) if o.verdict is Verdict.UPDATED]


async def test_nobody_is_enabled_again_by_a_change(director: Director, person: Agent) -> None:
    """An inactive account of somebody who is enabled in Entra stays as it is, and the outcome says so."""
    await director.disable(person)
    await outcome_of(director, person, stage="first")
    await director.update(person, accountEnabled=True)

    outcome = await outcome_of(director, person, stage="converge")
    assert outcome.verdict is Verdict.LEFT_INACTIVE
    assert (await director.account(person))["state"] == "inactive"


async def hire(director: Director, name: str, *, assigned: bool) -> Agent:
    """Somebody new in Entra whom Genesys does not know; assigned through the group of the agents."""
    user = await director.graph(
        "POST",
        "/users",
        {
            "accountEnabled": True,
            "displayName": "No Agent",
            "mailNickname": name,
            "userPrincipalName": f"{name}@contoso.example",
            "passwordProfile": {"password": "Correct-Horse-1"},
        },
    )
    stranger = Agent(identity_id=user["id"], account_id="", upn=user["userPrincipalName"])
    if assigned:
        await join(director, stranger)
    return stranger


async def join(director: Director, who: Agent) -> None:
    group = director.world.entra.described["groups"]["CC Agents"]
    member = {"@odata.id": f"{director.stack['graph']}/directoryObjects/{who.identity_id}"}
    await director.graph("POST", f"/groups/{group}/members/$ref", member)


async def leave(director: Director, who: Agent) -> None:
    group = director.world.entra.described["groups"]["CC Agents"]
    await director.graph("DELETE", f"/groups/{group}/members/{who.identity_id}/$ref")


async def test_somebody_who_was_never_in_scope_costs_genesys_no_call(director: Director) -> None:
    since = await director.genesys_newest()
    stranger = await hire(director, "no.agent", assigned=False)

    outcome = await outcome_of(director, stranger, stage="converge")
    assert (outcome.verdict, outcome.account_id) == (Verdict.OUT_OF_SCOPE, None)
    assert [call for call in await director.genesys_log(since) if "no.agent" in call["query"]] == []


async def test_somebody_in_scope_without_an_account_is_said_so_and_nothing_is_created(director: Director) -> None:
    stranger = await hire(director, "new.agent", assigned=True)
    await director.update(stranger, department="Claims")

    async def no_account() -> bool | None:
        return any(o.verdict is Verdict.NO_ACCOUNT for o in await history(director, stranger)) or None

    await director.until(no_account, "an outcome without an account")
    assert not [c for c in await director.genesys_log() if c["method"] == "POST" and c["path"].endswith("/users")]


async def test_who_leaves_the_scope_is_deactivated_as_by_entras_own_job(director: Director, person: Agent) -> None:
    await director.update(person, department="Claims")
    assert (await outcome_of(director, person, stage="converge")).account_id == person.account_id
    await leave(director, person)
    await director.update(person, department="Sales")  # assignments ring nobody yet: this is what makes us look

    outcome = await outcome_of(director, person, stage="first")
    assert outcome.verdict is Verdict.REVOKED
    assert "assigned" in outcome.reason
    assert (await director.account(person))["state"] == "inactive"
