"""Nobody's clock is right: what one side calls now is compared with nothing but its own times."""

from __future__ import annotations

import pytest

from infra.local.director import Agent, Director
from shared.model import StepName, StepResult, Verdict
from tests.journeys.remembering import outcome_of
from tests.journeys.steering import alarms

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("ahead_s", [90.0, 3600.0])
async def test_a_genesys_clock_that_runs_ahead_proves_no_token_too_many(
    director: Director, person: Agent, ahead_s: float
) -> None:
    """Deactivation and token are both dated by Genesys; by our clock every token would be issued afterwards."""
    await director.control("genesys", "POST", "/clock", {"advance_s": ahead_s})
    await director.log_in(person)
    await director.disable(person)

    proof = await outcome_of(director, person, stage="verify")
    assert proof.verdict is Verdict.REVOKED
    assert [(step.name, step.result) for step in proof.steps] == [
        (StepName.END_SESSIONS_AGAIN, StepResult.DONE),
        (StepName.VERIFY, StepResult.DONE),
    ]


async def test_a_session_that_comes_back_after_the_first_kill_is_found_and_killed(
    director: Director, person: Agent
) -> None:
    """A token can be minted in the instant between; the second kill and the check on Genesys' clock are for that.

    The proof says that it did not hold; nobody has to believe in a second kill that leaves no trace.
    """
    await director.control("genesys", "POST", "/switches", {"race_token_after_s": 1.5})
    try:
        await director.log_in(person)
        await director.disable(person)
        proof = await outcome_of(director, person, stage="verify")
    finally:
        await director.control("genesys", "POST", "/switches", {"race_token_after_s": 0})
    assert [one["state"] for one in await director.sessions(person)] == ["dead"]
    assert proof.verdict is Verdict.FAILED
    assert [(step.name, step.result) for step in proof.steps] == [
        (StepName.END_SESSIONS_AGAIN, StepResult.DONE),
        (StepName.VERIFY, StepResult.FAILED),
    ]
    assert "token was issued after" in proof.steps[1].detail
    assert alarms(director, "token_after_revocation", person)
