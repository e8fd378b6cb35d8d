"""Journeys in a world that looks at nobody again by itself, so that what happens has one cause."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director, agent
from shared.model import StepName, StepResult, Verdict
from shared.runtime import ledger_keys
from shared.runtime.ledger_open import open_ledger
from tests.journeys.remembering import history, outcome_of
from tests.journeys.steering import (
    alarms,
    becomes,
    dead_letters,
    log_lines,
    own_world,
    replace_in_genesys,
    sqlite_of,
    unheard,
)
from tests.journeys.test_doors import body, notification

pytestmark = pytest.mark.asyncio(loop_scope="session")
NEVER = "86400"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    async for director in own_world(
        tmp_path_factory.mktemp("still"),
        LOOKS_S=NEVER,
        REVOCATION_LOOKS_S=NEVER,
        DOUBTS_S="0.5,0.5,0.5",
        REVOKE_PRESENCE="true",
    ):
        yield director


async def test_a_purge_whose_first_read_is_old_is_revoked_through_the_doubt_table(still: Director) -> None:
    """Graph says *deleted*, the first read still shows an enabled person, the next ones show nobody at all."""
    who = agent(1)
    await still.update(who, department="Claims")
    await outcome_of(still, who, stage="converge")
    gone = notification(still, who, changeType="deleted")
    assert (await still.post(body(gone))).status_code == 202

    async def doubted() -> bool | None:
        return bool(log_lines(still, "doubtful=1")) or None

    await still.until(doubted, "the claim is in doubt")
    async with unheard(still):
        await still.graph("DELETE", f"/users/{who.identity_id}")
        await still.graph("DELETE", f"/directory/deletedItems/{who.identity_id}")

    outcome = await outcome_of(still, who, stage="first")
    assert (outcome.verdict, outcome.account_id) == (Verdict.REVOKED, who.account_id)


async def test_an_id_that_is_found_nowhere_ends_with_an_outcome(still: Director) -> None:
    nobody = Agent(identity_id="99999999-9999-4999-8999-999999999999", account_id="", upn="")
    assert (await still.post(body(notification(still, nobody)))).status_code == 202

    outcome = await outcome_of(still, nobody, stage="triage")
    assert (outcome.verdict, outcome.account_id) == (Verdict.UNKNOWN, None)
    assert len(alarms(still, "never_clear", nobody)) == 1
    await still.quiet()
    doorbell = (await still.control("platform", "GET", "/queues/doorbell/messages?limit=1000"))["messages"]
    assert [one for one in doorbell if nobody.identity_id in one["body"] and '"ring"' in one["body"]] == []


async def test_somebody_who_came_back_unheard_is_revoked_again(still: Director) -> None:
    """Enabled in Entra without a notification, enabled in Genesys by somebody else, disabled again: the last reading
    equals the one of the first revocation, the account does not.
    """
    who = agent(3)
    await still.disable(who)
    await outcome_of(still, who, stage="verify")
    async with unheard(still):
        await still.update(who, accountEnabled=True)
    await replace_in_genesys(still, who.account_id, active=True)
    assert (await still.account(who))["state"] == "active"

    await still.disable(who)
    await becomes(still, who, "inactive")


async def test_a_retry_after_that_no_clock_can_hold_delays_a_leaver_by_seconds(still: Director) -> None:
    who = agent(4)
    await still.break_(
        "genesys", id="429", method="PATCH", path=who.account_id, times=1, status=429,
        headers={"Retry-After": "inf", "inin-ratelimit-reset": "0"}, body={"code": "too.many.requests", "status": 429},
    )  # fmt: skip
    await still.disable(who)

    await becomes(still, who, "inactive")
    assert await dead_letters(still) == 0


async def test_a_fresh_order_is_not_called_off_by_one_old_read(still: Director) -> None:
    """Genesys fails once, Graph's replicas go back meanwhile: one reading said *leaver*, and it is seconds old."""
    who = agent(12)
    await still.break_("genesys", id="down", method="*", path=who.account_id, times=None, status=503)
    await still.disable(who)

    async def failed() -> bool | None:
        return bool(log_lines(still, f"revocation_again identity={who.identity_id}")) or None

    await still.until(failed, "the order is scheduled again")
    await still.control("graph", "POST", "/stale", {"id": who.identity_id, "reads": 50, "when": "now"})
    await still.mend("genesys")

    assert (await outcome_of(still, who, stage="first")).verdict is Verdict.REVOKED
    assert (await still.account(who))["state"] == "inactive"


FORBIDDEN = {"status": 403, "code": "missing.permissions", "message": "missing permission oauth:token:delete"}


async def test_a_forbidden_token_deletion_keeps_nothing_else_from_happening(still: Director) -> None:
    who = agent(13)
    await still.log_in(who)
    await still.break_(
        "genesys", id="403", method="DELETE", path=f"/tokens/{who.account_id}", times=None, status=403, body=FORBIDDEN
    )
    await still.disable(who)
    rest = await outcome_of(still, who, stage="rest")
    assert {step.result for step in rest.steps} == {StepResult.DONE}

    async def tried() -> bool | None:
        log = await still.genesys_log()
        return len([c for c in log if c["status"] == 403 and who.account_id in c["path"]]) >= 3 or None

    await still.until(tried, "the deletion is tried again")
    assert (await still.account(who))["state"] == "inactive"
    assert len(alarms(still, "step_refused", who)) == 1
    await still.mend("genesys")

    await outcome_of(still, who, stage="first")
    await outcome_of(still, who, stage="verify")
    assert [one["state"] for one in await still.sessions(who)] == ["dead"]
    stages = [one.stage for one in await history(still, who)]
    assert sorted(stages) == ["first", "rest", "verify"]
    calls = [call for call in await still.genesys_log() if who.account_id in call["path"]]
    assert len([call for call in calls if "/station/" in call["path"]]) == 1
    assert len([call for call in calls if call["method"] == "PATCH" and "/scim/" in call["path"]]) == 1


async def test_a_forbidden_station_keeps_no_other_step_from_being_taken(still: Director) -> None:
    who = agent(14)
    await still.log_in(who)
    await still.break_(
        "genesys", id="403", method="DELETE", path=f"{who.account_id}/station/", times=None, status=403, body=FORBIDDEN
    )
    await still.disable(who)

    rest = await outcome_of(still, who, stage="rest")
    assert [(step.name, step.result) for step in rest.steps] == [
        (StepName.DISASSOCIATE_STATION, StepResult.FAILED),
        (StepName.SET_OFFLINE, StepResult.DONE),
    ]
    assert "403" in rest.steps[0].detail
    assert len(alarms(still, "step_refused", who)) == 1
    assert (await outcome_of(still, who, stage="verify")).verdict is Verdict.REVOKED
    await still.mend("genesys")


@contextlib.contextmanager
def no_intents(director: Director, who: Agent) -> Iterator[None]:
    """The ledger takes everything but this person's intents, as if each worker died before it wrote one."""
    with contextlib.closing(sqlite_of(director)) as rows:
        rows.execute(
            "CREATE TRIGGER no_intents BEFORE INSERT ON rows "
            f"WHEN NEW.partition = '{ledger_keys.intents(who.identity_id)}' "
            "BEGIN SELECT RAISE(ABORT, 'no intents'); END"
        )
        try:
            yield
        finally:
            rows.execute("DROP TRIGGER no_intents")


async def test_the_replay_of_a_worker_that_died_before_the_intent_raises_the_mark_again(still: Director) -> None:
    who = agent(15)
    with no_intents(still, who):
        await still.control("platform", "POST", "/workers", {"kill_when": {"function": "revocation", "at": "end"}})
        await still.disable(who)
        await outcome_of(still, who, stage="verify")
    ledger = open_ledger(still.world.environment["LEDGER"])
    try:
        assert await ledger.mark(who.identity_id) == 2
    finally:
        await ledger.close()
    assert (await still.account(who))["state"] == "inactive"
