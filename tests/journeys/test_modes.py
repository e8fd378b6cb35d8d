"""Observe, pilot, enforce: through every door, what reaches Genesys and what only says that it would have."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from infra.local.director import Director, agent
from shared.model import Cause, Ring, Stage, StepResult, Verdict
from tests.journeys.remembering import history, outcome_of
from tests.journeys.steering import alarms, log_lines, no_ledger, order, own_world, send

pytestmark = pytest.mark.asyncio(loop_scope="session")
PILOT = 3  # the first member of the group "CC Pilot", see `pilot`


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def observing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    async for director in own_world(tmp_path_factory.mktemp("observe"), MODE="observe"):
        yield director


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def piloting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    group = "4051e884-b7f8-5e2d-9a22-a275534ad204"
    async for director in own_world(tmp_path_factory.mktemp("pilot"), MODE="observe", PILOT_GROUP=group):
        yield director


async def writes(director: Director) -> list[str]:
    """Every request to Genesys that is not a read; the token endpoint and the search are no writes."""
    return [
        f"{call['method']} {call['path']}"
        for call in await director.genesys_log()
        if call["method"] not in ("GET", "HEAD") and call["path"] not in ("/oauth/token", "/api/v2/users/search")
    ]


async def test_in_observe_no_door_writes_to_genesys(observing: Director) -> None:
    """Notification, lane, every stage of the playbook: outcomes say what would have been, Genesys is untouched."""
    disabled, changed, by_lane, by_order = (agent(number) for number in (1, 2, 4, 5))
    await observing.log_in(disabled)
    await observing.disable(disabled)
    await observing.update(changed, department="Claims")
    await observing.update(by_lane, department="Claims")
    ring = Ring(kind="user", id=by_lane.identity_id, cause=Cause.HELPDESK, rung_at=time.time(), trace="by-lane")
    await send(observing, "changes", ring, session="lane-00")
    await observing.disable(by_order)
    for stage in Stage:
        await send(observing, "revocations", order(by_order, stage))

    for who, name in ((disabled, "first"), (disabled, "rest"), (disabled, "verify"), (by_order, "verify")):
        outcome = await outcome_of(observing, who, stage=name)
        assert not outcome.enforced
        assert {step.result for step in outcome.steps} <= {StepResult.WOULD, StepResult.DONE}
    for who in (changed, by_lane):
        outcome = await outcome_of(observing, who, stage="converge")
        assert (outcome.verdict, outcome.enforced) == (Verdict.UPDATED, False)
    await observing.quiet()
    assert await writes(observing) == []
    assert [one["state"] for one in await observing.sessions(disabled)] == ["live"]


async def test_in_observe_nobody_is_blamed_for_an_account_that_we_left_active(observing: Director) -> None:
    """The looks after a revocation that only would have been find an active account: it was never deactivated."""
    who = agent(7)
    await observing.disable(who)
    await outcome_of(observing, who, stage="first")

    async def looked() -> bool | None:
        return len([one for one in await history(observing, who) if one.stage == "first"]) >= 3 or None

    await observing.until(looked, "the looks have read Genesys")
    assert alarms(observing, "reactivated_elsewhere", who) == []


async def test_in_observe_an_explicit_offboarding_by_a_person_is_carried_out(observing: Director) -> None:
    who = agent(6)
    await observing.log_in(who)
    await send(
        observing, "revocations", order(who, Stage.FIRST, explicit=True, actor="operator-1", cause=Cause.HELPDESK)
    )

    outcome = await outcome_of(observing, who, stage="first")
    assert (outcome.verdict, outcome.enforced, outcome.actor) == (Verdict.REVOKED, True, "operator-1")
    assert (await observing.account(who))["state"] == "inactive"


async def test_a_pilot_is_enforced_for_its_members_only(piloting: Director) -> None:
    members = (await piloting.graph("GET", "/groups/4051e884-b7f8-5e2d-9a22-a275534ad204/members"))["value"]
    inside = next(a for a in map(agent, range(1, 31)) if a.identity_id == members[0]["id"])
    ids = {member["id"] for member in members}
    outside = next(a for a in map(agent, range(1, 31)) if a.identity_id not in ids)
    await piloting.disable(inside)
    await piloting.disable(outside)

    assert (await outcome_of(piloting, inside, stage="first")).enforced
    assert not (await outcome_of(piloting, outside, stage="first")).enforced
    assert (await piloting.account(inside))["state"] == "inactive"
    assert (await piloting.account(outside))["state"] == "active"


async def test_a_deleted_member_of_the_pilot_is_still_one(piloting: Director) -> None:
    """A deleted person is in no group any more; where they were before decides."""
    members = (await piloting.graph("GET", "/groups/4051e884-b7f8-5e2d-9a22-a275534ad204/members"))["value"]
    who = next(a for a in map(agent, range(1, 31)) if a.identity_id == members[-1]["id"])
    await piloting.update(who, department="Claims")
    assert (await outcome_of(piloting, who, stage="converge")).enforced
    await piloting.graph("DELETE", f"/users/{who.identity_id}")

    assert (await outcome_of(piloting, who, stage="first")).enforced
    assert (await piloting.account(who))["state"] == "inactive"


async def test_a_deleted_member_whose_link_cannot_be_read_is_not_taken_for_a_stranger(piloting: Director) -> None:
    """Only the ledger knows that a deleted person was in the group: the order waits for it."""
    members = (await piloting.graph("GET", "/groups/4051e884-b7f8-5e2d-9a22-a275534ad204/members"))["value"]
    who = next(a for a in map(agent, range(1, 31)) if a.identity_id == members[1]["id"])
    await piloting.update(who, department="Claims")
    assert (await outcome_of(piloting, who, stage="converge")).enforced
    await piloting.quiet()
    with no_ledger(piloting):
        await piloting.graph("DELETE", f"/users/{who.identity_id}")

        async def put_off() -> bool | None:
            return bool(log_lines(piloting, f"revocation_again identity={who.identity_id}")) or None

        await piloting.until(put_off, "the order is scheduled again")
        assert (await piloting.account(who))["state"] == "active"

    assert (await outcome_of(piloting, who, stage="first")).enforced
    assert {one.enforced for one in await history(piloting, who)} == {True}
    assert (await piloting.account(who))["state"] == "inactive"
