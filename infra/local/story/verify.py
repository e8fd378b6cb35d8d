"""Is the person really out? Asked of Genesys' session store and of the log, after each chapter."""

from __future__ import annotations

import httpx

from infra.local.director import Agent, Director
from infra.local.story.chapters import Chapter
from infra.local.story.evidence import first
from infra.local.story.record import EVERY_WAY, Check, Moment, Step


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


def path(chapter: Chapter, moments: tuple[Moment, ...]) -> tuple[Check, ...]:
    """What the logs have to show of this chapter: all steps, the right order, in time."""
    steps = {moment.step for moment in moments}
    missing = [step.value for step in chapter.expects if step not in steps]
    special = "".join(f", “{step.value}” too" for step in chapter.expects if step not in EVERY_WAY)
    expected = Check(
        sentence=f"every step is in the logs{special}",
        holds=not missing,
        found=f"no sign of {', '.join(f'“{step}”' for step in missing)}",
    )
    changed, inactive, ended = (first(moments, step) for step in (Step.CHANGED, Step.INACTIVE, Step.ENDED))
    if changed is None or inactive is None or ended is None:
        return (expected,)
    took = ended.at - changed.at
    return (
        expected,
        Check(
            sentence="deactivated before the sessions ended",
            holds=inactive.at <= ended.at,
            found=f"the sessions ended {inactive.at - ended.at:.3f} s earlier",
        ),
        Check(
            sentence=f"out within {chapter.within_s:g} s of the change",
            holds=took <= chapter.within_s,
            found=f"{took:.3f} s",
        ),
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
