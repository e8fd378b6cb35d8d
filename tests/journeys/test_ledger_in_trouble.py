"""The ledger is away, or holds what nobody can read: who is revoked all the same, and who waits for it?"""

from __future__ import annotations

import contextlib
import time

import pytest

from infra.local.director import Agent, Director
from shared.model import Cause, Ring, Verdict
from shared.runtime import ledger_keys
from tests.journeys.remembering import history, outcome_of
from tests.journeys.steering import (
    alarms,
    becomes,
    damage,
    dead_letters,
    log_lines,
    no_ledger,
    replace_in_genesys,
    send,
    sqlite_of,
    unheard,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_leaver_is_revoked_without_the_ledger(director: Director, person: Agent) -> None:
    with no_ledger(director):
        await director.disable(person)
        await becomes(director, person, "inactive")


async def test_a_leaver_whom_only_the_ledger_knows_is_never_said_to_have_no_account(
    director: Director, person: Agent
) -> None:
    """The name in Entra is another one than in Genesys, whose external id is another system's: only the link says
    which account it is.
    """
    await director.update(person, department="Claims")
    assert (await outcome_of(director, person, stage="converge")).account_id == person.account_id
    async with unheard(director):
        await director.update(person, userPrincipalName=f"renamed.{person.upn}")
    await replace_in_genesys(director, person.account_id, externalId="HR-4711")
    with no_ledger(director):
        await director.disable(person)

        async def put_off() -> bool | None:
            again = log_lines(director, f"revocation_again identity={person.identity_id}")
            return len(again) >= 2 or None

        await director.until(put_off, "the order was tried twice")
        assert (await director.account(person))["state"] == "active"

    await becomes(director, person, "inactive")
    await outcome_of(director, person, stage="first")
    assert Verdict.NO_ACCOUNT not in {one.verdict for one in await history(director, person)}


async def test_a_lane_that_finds_a_leaver_orders_the_revocation_without_the_ledger(
    director: Director, person: Agent
) -> None:
    async with unheard(director):
        await director.disable(person)
    with no_ledger(director):
        ring = Ring(kind="user", id=person.identity_id, cause=Cause.HELPDESK, rung_at=time.time(), trace="by-lane")
        await send(director, "changes", ring, session="lane-00")
        await becomes(director, person, "inactive")


async def test_rows_that_cannot_be_read_stop_no_revocation(director: Director, person: Agent) -> None:
    """A damaged mark and a damaged intent; the worker dies once, so that the intents are asked for."""
    damage(director, *ledger_keys.mark(person.identity_id))
    damage(director, *ledger_keys.intent(person.identity_id, "t", "first"))
    damage(director, *ledger_keys.link(person.identity_id))
    await director.control("platform", "POST", "/workers", {"kill_when": {"function": "revocation", "at": "end"}})
    await director.log_in(person)
    await director.disable(person)

    await becomes(director, person, "inactive")
    assert (await outcome_of(director, person, stage="first")).verdict is Verdict.REVOKED
    await outcome_of(director, person, stage="verify")
    assert [one["state"] for one in await director.sessions(person)] == ["dead"]
    assert log_lines(director, "alarm ledger_failing")
    assert await dead_letters(director) == 0
    assert alarms(director, "revocation_open", person) == []


async def test_the_mark_is_raised_before_the_intent_is_opened(director: Director, person: Agent) -> None:
    """Between the two a worker can die: an intent without a mark would keep its replay from raising it."""
    with contextlib.closing(sqlite_of(director)) as rows:
        rows.execute("CREATE TABLE written (number INTEGER PRIMARY KEY, partition TEXT, row TEXT)")
        rows.execute(
            "CREATE TRIGGER write_down AFTER INSERT ON rows BEGIN "
            "INSERT INTO written (partition, row) VALUES (NEW.partition, NEW.row); END"
        )
        try:
            await director.disable(person)
            await outcome_of(director, person, stage="first")
        finally:
            rows.execute("DROP TRIGGER write_down")
        written = [partition for (partition,) in rows.execute("SELECT partition FROM written ORDER BY number")]
        rows.execute("DROP TABLE written")
    mark, intents = ledger_keys.mark(person.identity_id)[0], ledger_keys.intents(person.identity_id)
    assert written.index(mark) < written.index(intents)
