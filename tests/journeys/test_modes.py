"""Observe, pilot, enforce: through every door, what reaches Genesys and what only says that it would have."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director, agent
from infra.local.world import World, WorldConfig
from shared.messages import encode
from shared.model import Cause, Order, Ring, Stage, StepResult, Verdict
from tests.journeys.conftest import PLENTY
from tests.journeys.remembering import outcome_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
PILOT = 3  # the first member of the group "CC Pilot", see `pilot`


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def observing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    async for director in _world(tmp_path_factory.mktemp("observe"), MODE="observe"):
        yield director


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def piloting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    group = "4051e884-b7f8-5e2d-9a22-a275534ad204"
    async for director in _world(tmp_path_factory.mktemp("pilot"), MODE="observe", PILOT_GROUP=group):
        yield director


async def _world(folder: Path, **settings: str) -> AsyncIterator[Director]:
    world = World(WorldConfig(folder=folder, free_ports=True, agents=30, settings=settings))
    await world.start()
    try:
        async with Director(world) as director:
            await director.allow(*PLENTY)
            await director.subscribe()
            yield director
    finally:
        await world.stop()


async def writes(director: Director) -> list[str]:
    """Every request to Genesys that is not a read; the token endpoint and the search are no writes."""
    return [
        f"{call['method']} {call['path']}"
        for call in await director.genesys_log()
        if call["method"] not in ("GET", "HEAD") and call["path"] not in ("/oauth/token", "/api/v2/users/search")
    ]


async def send(director: Director, queue: str, message: Ring | Order, session: str | None = None) -> None:
    await director.control(
        "platform",
        "POST",
        f"/queues/{queue}/messages",
        {"body": encode(message).decode(), "session_id": session, "message_id": message.trace},
    )


def order(who: Agent, stage: Stage, **changed: object) -> Order:
    fields = {
        "identity_id": who.identity_id,
        "account_id": who.account_id,
        "stage": stage,
        "cause": Cause.NOTIFICATION,
        "read_at": time.time(),
        "rung_at": time.time(),
        "trace": f"{stage}-{who.identity_id}",
        **changed,
    }
    return Order(**fields)  # type: ignore[arg-type]


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
