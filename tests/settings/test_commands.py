"""What the commands print about a real ledger."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest

from shared.cli import commands
from shared.model import Parked, Step, StepName, StepResult, Times, Verdict
from shared.wiring import App, build
from tests.rules.examples import ACCOUNT, PERSON, outcome
from tests.settings.test_settings import COMPLETE


@pytest.fixture
async def app(tmp_path) -> AsyncIterator[App]:
    app = build({**COMPLETE, "LEDGER": f"sqlite:{tmp_path / 'ledger.db'}"})
    yield app
    await app.close()


async def test_the_history_of_a_person_is_told_newest_first(app):
    await app.ledger.record(
        outcome(
            verdict=Verdict.REVOKED, stage="first", trace="t1", actor="operator-7",
            steps=(Step(name=StepName.DEACTIVATE, result=StepResult.DONE, at=1_000.0),),
            times=Times(rung_at=1_000.0, finished_at=1_000.5),
        )
    )  # fmt: skip
    await app.ledger.record(outcome(trace="t2", times=Times(finished_at=2_000.0)))
    out = io.StringIO()

    assert await commands.history(app, out, PERSON.upper(), 20) == 0
    assert out.getvalue() == (
        "1970-01-01 00:33:20 UTC  unchanged  trace t2\n"
        "  The account says what Entra says; nothing had to be written.\n"
        f"  It is about identity {PERSON} and account {ACCOUNT}.\n"
        "  Why: Microsoft Graph notified us of a change in Entra.\n"
        "\n"
        "1970-01-01 00:16:40 UTC  revoked  trace t1\n"
        "  The person was taken out of Genesys.\n"
        f"  It is about identity {PERSON} and account {ACCOUNT}.\n"
        "  The account was deactivated.\n"
        "  Why: Microsoft Graph notified us of a change in Entra.\n"
        "  Ordered by operator-7.\n"
        "  Time from rung: finished after 500 ms; 500 ms in all.\n"
        "\n"
    )


async def test_a_person_without_a_history_is_said_to_have_none(app):
    out = io.StringIO()

    assert await commands.history(app, out, PERSON, 20) == 0
    assert out.getvalue() == f"Nothing was ever done for identity {PERSON}.\n"


async def test_parked_messages_are_listed_without_their_bodies(app):
    await app.ledger.park(
        Parked(
            key="k1", queue="changes", body='{"name": "Ada"}', why="Genesys refused it.", parked_at=60.0,
            identity_id=PERSON, attempts=3,
        )
    )  # fmt: skip
    await app.ledger.park(Parked(key="k2", queue="doorbell", body="?", why="Unreadable.", parked_at=120.0))
    out = io.StringIO()

    assert await commands.parked(app, out, 100) == 0
    assert out.getvalue() == (
        "1970-01-01 00:02:00 UTC  doorbell  k2\n"
        "  About nobody that can be named. Unreadable.\n"
        "1970-01-01 00:01:00 UTC  changes  k1\n"
        f"  About identity {PERSON}, tried 4 times. Genesys refused it.\n"
    )


async def test_nothing_parked_is_said_so(app):
    out = io.StringIO()

    assert await commands.parked(app, out, 100) == 0
    assert out.getvalue() == "Nothing is parked.\n"
