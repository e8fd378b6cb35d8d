"""Does it hold? What every chapter has to show in the logs, and what Genesys' session store says of a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from infra.local.director import Agent, Director
from infra.local.story.evidence import first
from infra.local.story.record import Check, Goal, Moment, Step


def every_step(way: Sequence[Step], also: Sequence[Step], moments: Sequence[Moment]) -> Check:
    """The steps of the journey, and those that this chapter's trouble adds."""
    steps = {moment.step for moment in moments}
    missing = [step.value for step in (*way, *also) if step not in steps]
    special = "".join(f", “{step.value}” too" for step in also)
    return Check(
        sentence=f"every step is in the logs{special}",
        holds=not missing,
        found=f"no sign of {', '.join(f'“{step}”' for step in missing)}",
    )


def in_time(goal: Goal, moments: Sequence[Moment], within_s: float) -> Iterator[Check]:
    """From the change in Entra to the goal; nothing where one of them is missing, which `every_step` says."""
    changed, there = first(moments, Step.CHANGED), first(moments, goal.step)
    if changed is None or there is None:
        return
    took = there.at - changed.at
    yield Check(
        sentence=f"{goal.word} within {within_s:g} s of the change", holds=took <= within_s, found=f"{took:.3f} s"
    )


async def out(director: Director, who: Agent) -> tuple[Check, ...]:
    """The store's own word: account, sessions, and what a silent re-login gets."""
    account = await director.account(who)
    sessions = await director.sessions(who)
    living = [session["id"] for session in sessions if session["state"] != "dead"]
    back = [session["id"] for session in sessions if await _comes_back(director, session["id"])]
    return (
        Check(
            sentence="account inactive in Genesys",
            holds=account["state"] == "inactive",
            found=f"it is {account['state']}",
        ),
        Check(
            sentence="every session dead in the session store",
            holds=bool(sessions) and not living,
            found=f"{len(living)} of {len(sessions)} live",
        ),
        Check(
            sentence="silent re-login refused",
            holds=bool(sessions) and not back,
            found=f"Genesys let {len(back)} of {len(sessions)} in again",
        ),
    )


async def logged_in(director: Director, who: Agent) -> Check:
    """Nobody notices: the sessions go on."""
    states = [session["state"] for session in await director.sessions(who)]
    return Check(
        sentence="every session still alive",
        holds=bool(states) and all(state == "live" for state in states),
        found=f"{states.count('live')} of {len(states)} live",
    )


async def _comes_back(director: Director, session: str) -> bool:
    """What the client application tries by itself when its token stops working."""
    try:
        await director.control("genesys", "POST", f"/sessions/{session}/renew", {})
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.UNAUTHORIZED:
            return False
        raise
    return True
