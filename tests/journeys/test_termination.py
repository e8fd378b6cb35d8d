"""A person is disabled in Entra: what happens in Genesys, through every door and fault of the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from infra.local.director import Agent, Director
from shared.model import Outcome, StepName, StepResult, Verdict
from tests.journeys.remembering import outcome_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ended(director: Director, who: Agent) -> None:
    """Wait until every session of this person is dead."""

    async def dead() -> bool | None:
        return all(one["state"] == "dead" for one in await director.sessions(who)) or None

    await director.until(dead, "the sessions are dead")


async def test_a_disabled_agent_is_inactive_and_her_sessions_are_dead(director: Director, person: Agent) -> None:
    await director.log_in(person)
    await director.disable(person)

    await ended(director, person)
    assert (await director.account(person))["state"] == "inactive"


async def test_the_account_is_deactivated_before_the_sessions_end(director: Director, person: Agent) -> None:
    since = await director.genesys_newest()
    await director.log_in(person)
    await director.disable(person)

    deactivated = await director.genesys_call(person, "PATCH", "/users/", since)
    killed = await director.genesys_call(person, "DELETE", "/tokens/", since)
    assert deactivated["note"]["active_before"] is True
    assert deactivated["note"]["active_after"] is False
    assert deactivated["number"] < killed["number"]
    assert killed["note"]["sessions_ended"] == 1


async def test_a_soft_deleted_agent_is_out_as_well(director: Director, person: Agent) -> None:
    await director.log_in(person)
    await director.graph("DELETE", f"/users/{person.identity_id}")

    await ended(director, person)
    assert (await director.account(person))["state"] == "inactive"


async def test_the_outcome_says_who_when_and_why(director: Director, person: Agent) -> None:
    await director.log_in(person)
    await director.disable(person)

    outcome = await outcome_of(director, person, stage="first")
    assert (outcome.verdict, outcome.enforced, outcome.account_id) == (Verdict.REVOKED, True, person.account_id)
    assert [(step.name, step.result) for step in outcome.steps] == [
        (StepName.DEACTIVATE, StepResult.DONE),
        (StepName.END_SESSIONS, StepResult.DONE),
    ]
    assert _in_order(outcome)


def _in_order(outcome: Outcome) -> bool:
    times = outcome.times
    stages = [times.notified_at, times.read_at, times.applied_at, times.sessions_ended_at, times.finished_at]
    known = [at for at in stages if at is not None]
    return len(known) == len(stages) and known == sorted(known)


async def test_the_aftercare_takes_the_station_and_proves_that_nobody_came_back(
    director: Director, person: Agent
) -> None:
    await director.log_in(person, conversation=True)
    await director.disable(person)

    rest = await outcome_of(director, person, stage="rest")
    assert [(step.name, step.result) for step in rest.steps] == [(StepName.DISASSOCIATE_STATION, StepResult.DONE)]
    proof = await outcome_of(director, person, stage="verify")
    assert [(step.name, step.result) for step in proof.steps] == [
        (StepName.END_SESSIONS_AGAIN, StepResult.DONE),
        (StepName.VERIFY, StepResult.DONE),
    ]
    assert proof.in_conversation is not None


async def test_a_stale_first_read_does_not_stand(director: Director, person: Agent) -> None:
    """Graph's replica shows the person enabled; the second look finds the truth without another notification."""
    await director.log_in(person)
    await director.stale(person, reads=2)
    await director.disable(person)

    await ended(director, person)
    assert (await director.account(person))["state"] == "inactive"


async def test_a_throttled_deactivation_is_tried_until_it_works(director: Director, person: Agent) -> None:
    await director.log_in(person)
    body = {"message": "Rate limit exceeded", "code": "too.many.requests", "status": 429}
    await director.break_(
        "genesys", id="429", method="PATCH", path=person.account_id, times=2, status=429,
        headers={"Retry-After": "1"}, body=body,
    )  # fmt: skip
    await director.disable(person)

    await ended(director, person)


async def test_server_errors_lead_to_the_platform_call(director: Director, person: Agent) -> None:
    """SCIM fails with 503: the state is set through the Platform API instead."""
    since = await director.genesys_newest()
    await director.log_in(person)
    await director.break_("genesys", method="PATCH", path="/scim/", times=None, status=503)
    await director.disable(person)

    await ended(director, person)
    assert await director.genesys_call(person, "PUT", "/state", since)
    assert (await director.account(person))["state"] == "inactive"


async def test_an_answer_that_is_lost_after_the_write_changes_nothing_in_the_end(
    director: Director, person: Agent
) -> None:
    await director.log_in(person)
    await director.break_("genesys", method="PATCH", path=person.account_id, times=1, reset="after")
    await director.disable(person)

    await ended(director, person)
    assert (await director.account(person))["state"] == "inactive"


async def test_one_token_refresh_serves_all_who_got_a_401(
    director: Director, people: Callable[[int], list[Agent]]
) -> None:
    leavers = people(12)
    for who in leavers:
        await director.log_in(who)
    since = await director.genesys_newest()
    await director.control("genesys", "POST", "/tokens/revoke", {})
    await asyncio.gather(*(director.disable(who) for who in leavers))

    for who in leavers:
        await ended(director, who)
    refreshes = [one for one in await director.genesys_log(since) if one["path"] == "/oauth/token"]
    assert len(refreshes) == 1


async def test_a_notification_that_the_bus_refuses_comes_back_from_graph(director: Director, person: Agent) -> None:
    """503 to Graph, nothing half stored; Graph's own retry brings the notification again."""
    await director.log_in(person)
    await director.break_bus({"refuse_sends": {"queue": "doorbell", "times": 3, "how": "reject"}})
    await director.disable(person)

    async def refused() -> bool | None:
        attempts = (await director.control("graph", "GET", "/deliveries"))["attempts"]
        return any(one["status"] == 503 and person.identity_id in one["objects"] for one in attempts) or None

    await director.until(refused, "Graph was told to come again")
    await director.control("graph", "POST", "/clock", {"advance_s": 120})
    await ended(director, person)


async def test_a_worker_killed_between_the_patch_and_the_settlement_changes_nothing_by_its_replay(
    director: Director, person: Agent
) -> None:
    """The message comes back with delivery count 2; the replay finds the work done and says so."""
    await director.log_in(person)
    await director.control("platform", "POST", "/workers", {"kill_when": {"function": "revocation", "at": "end"}})
    await director.disable(person)
    await ended(director, person)
    version = (await director.account(person))["version"]

    async def ran_again() -> bool | None:
        runs = await director.invocations("revocation")
        return (bool(runs) and runs[-1]["result"] == "succeeded") or None

    await director.until(ran_again, "the revocation was delivered again")
    await director.quiet()
    account = await director.account(person)
    assert (account["state"], account["version"]) == ("inactive", version)


async def test_a_disable_two_seconds_after_an_edit_is_not_swallowed(director: Director, person: Agent) -> None:
    """Nothing may collapse a ring that arrives after an earlier one of the same person was read."""
    await director.log_in(person)
    await director.update(person, department="Claims")

    async def renamed() -> bool | None:
        calls = await director.genesys_log()
        return any(c["method"] == "PATCH" and person.account_id in c["path"] for c in calls) or None

    await director.until(renamed, "the edit has arrived")
    await director.disable(person)
    await ended(director, person)
    assert (await director.account(person))["state"] == "inactive"
