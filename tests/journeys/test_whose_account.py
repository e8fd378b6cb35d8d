"""Which account belongs to a leaver, when the name, the link or the account itself is not what it was?"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director
from shared.model import StepName, StepResult, Verdict
from tests.journeys.remembering import history, outcome_of
from tests.journeys.steering import (
    PEOPLE,
    SCIM_USERS,
    USER,
    administer,
    alarms,
    becomes,
    hire,
    log_lines,
    no_more_orders,
    own_world,
    replace_in_genesys,
    unheard,
)
from tests.journeys.test_doors import body, notification

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def director(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    """A world whose looks are soon over."""
    folder = tmp_path_factory.mktemp("soon")
    async for director in own_world(
        folder,
        agents=PEOPLE,
        LOOKS_S="0.5,1.5",
        REVOCATION_LOOKS_S="1,2,4",
        VERIFY_AFTER_S="0.5",
        RETRY_REVOCATION_S="0.5",
    ):
        yield director


async def renamed_namesake(director: Director, name: str, successor: Agent) -> Agent:
    """A deleted person, never linked, whose name belongs to `successor` now; Graph has told nobody yet."""
    async with unheard(director):
        gone = await hire(director, name)
        await director.graph("DELETE", f"/users/{gone.identity_id}")
        await director.update(successor, userPrincipalName=gone.upn, mail=gone.upn)
    await replace_in_genesys(director, successor.account_id, userName=gone.upn, externalId=successor.identity_id)
    return gone


async def test_a_reused_name_never_takes_out_its_new_owner(director: Director, person: Agent) -> None:
    gone = await renamed_namesake(director, "shared.name", person)
    await director.post(body(notification(director, gone)))

    outcome = await outcome_of(director, gone, stage="first")
    assert (outcome.verdict, outcome.account_id) == (Verdict.FAILED, None)
    assert person.account_id in outcome.reason
    assert alarms(director, "revocation_open", gone)
    account = await director.account(person)
    assert (account["state"], account["userName"]) == ("active", gone.upn)


async def test_the_account_that_carries_the_object_id_is_revoked_when_the_name_is_somebody_elses(
    director: Director, person: Agent
) -> None:
    gone = await renamed_namesake(director, "same.name", person)
    document = {"schemas": [USER], "userName": "same.name.2@contoso.example", "displayName": "Same Name"}
    ours = await administer(director, "POST", SCIM_USERS, {**document, "externalId": gone.identity_id})
    await director.post(body(notification(director, gone)))

    outcome = await outcome_of(director, gone, stage="first")
    assert (outcome.verdict, outcome.account_id) == (Verdict.REVOKED, ours["id"])
    assert (await director.account(person))["state"] == "active"


async def test_an_account_that_the_search_does_not_show_yet_is_found_by_a_later_look(director: Director) -> None:
    """Genesys' search index lags: at first the leaver seems to have no account."""
    async with unheard(director):
        hired = await hire(director, "fresh.one")
    await director.control("genesys", "POST", "/switches", {"index_delay_s": 300.0})
    try:
        document = {"schemas": [USER], "userName": hired.upn, "displayName": "Fresh One", "active": True}
        account = await administer(director, "POST", SCIM_USERS, document)
    finally:
        await director.control("genesys", "POST", "/switches", {"index_delay_s": 0.0})
    fresh = Agent(identity_id=hired.identity_id, account_id=account["id"], upn=hired.upn)
    await director.log_in(fresh)
    await director.disable(fresh)
    assert (await outcome_of(director, fresh, stage="first")).verdict is Verdict.NO_ACCOUNT
    assert (await director.account(fresh))["state"] == "active"

    await director.control("genesys", "POST", "/clock", {"advance_s": 400})
    await becomes(director, fresh, "inactive")
    outcome = await outcome_of(director, fresh, stage="verify")
    assert outcome.account_id == fresh.account_id
    assert [one["state"] for one in await director.sessions(fresh)] == ["dead"]


def orders_done(director: Director, who: Agent) -> int:
    return len(log_lines(director, f"converged identity={who.identity_id}"))


async def test_an_account_that_was_deleted_in_genesys_before_is_said_to_be_gone_once(
    director: Director, person: Agent
) -> None:
    await director.update(person, department="Claims")
    assert (await outcome_of(director, person, stage="converge")).account_id == person.account_id
    await administer(director, "DELETE", f"{SCIM_USERS}/{person.account_id}")
    await director.disable(person)

    assert (await outcome_of(director, person, stage="first")).verdict is Verdict.NO_ACCOUNT
    await no_more_orders(director, person)
    assert [one.verdict for one in await history(director, person) if one.stage == "first"] == [Verdict.NO_ACCOUNT]
    assert len(alarms(director, "account_gone", person)) == 1


async def test_an_account_that_is_deleted_after_its_revocation_ends_the_matter(
    director: Director, person: Agent
) -> None:
    await director.disable(person)
    await outcome_of(director, person, stage="verify")
    await administer(director, "DELETE", f"{SCIM_USERS}/{person.account_id}")

    await no_more_orders(director, person)
    first = [one.verdict for one in await history(director, person) if one.stage == "first"]
    assert first[-1] is Verdict.REVOKED
    assert first.count(Verdict.NO_ACCOUNT) == 1
    assert alarms(director, "account_gone", person) == []
    assert orders_done(director, person) <= 8  # two looks of the ring, three of the revocation, three stages


async def test_an_account_that_is_deleted_between_the_stages_ends_the_matter_too(
    director: Director, person: Agent
) -> None:
    """The verification finds nobody: that is no failure."""
    tokens = f"/tokens/{person.account_id}"
    await director.break_("genesys", id="later", method="DELETE", path=tokens, skip=1, times=None, status=503)
    await director.disable(person)
    await outcome_of(director, person, stage="first")
    await administer(director, "DELETE", f"{SCIM_USERS}/{person.account_id}")
    await director.mend("genesys")

    proof = await outcome_of(director, person, stage="verify")
    assert proof.verdict is Verdict.REVOKED
    assert (proof.steps[-1].name, proof.steps[-1].result) == (StepName.VERIFY, StepResult.NOTHING_TO_DO)
    await no_more_orders(director, person)
