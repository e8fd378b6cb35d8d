"""How long did it take from a notification to `active=false`? Read from the journals of both worlds.

The clock starts when Graph begins to post the first notification of the change (its delivery log), and stops when
Genesys has answered the call that deactivated the account (its request log, latency included). One machine, one clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bench.figures import Run
from infra.local.director import Agent, Director

GRAPH_MS, GENESYS_MS = 60.0, 120.0
OUT_S = 60.0


async def disable_in_turn(director: Director, people: Sequence[Agent], run: Run, *, every_s: float) -> float:
    """One termination each `every_s` seconds, whether the one before is done or not; returns when that began."""
    begun, begun_at = time.monotonic(), time.time()
    for number, who in enumerate(people):
        await asyncio.sleep(max(0.0, begun + number * every_s - time.monotonic()))
        await director.disable(who)
        run.say(f"disabled {number + 1} of {len(people)}")
    return begun_at


async def took(director: Director, people: Sequence[Agent], begun_at: float) -> list[float]:
    """Seconds for each of these people; `begun_at` is a time before the first of them was disabled.

    Raises:
        NeverError: an account is still active after a minute.
    """
    accounts = {who.account_id: who for who in people}

    async def all_out() -> dict[str, float] | None:
        done = {
            entry["note"]["user"]: float(entry["done"])
            for entry in reversed(await director.genesys_log())
            if entry["note"].get("user") in accounts
            and entry["note"].get("active_before") is True
            and entry["note"].get("active_after") is False
        }
        return done if done.keys() == accounts.keys() else None

    ahead = {whose: await _ahead_s(director, whose) for whose in ("graph", "genesys")}
    ended = await director.until(all_out, f"{len(people)} accounts are inactive", deadline_s=OUT_S)
    posted: dict[str, float] = {}
    for attempt in (await director.control("graph", "GET", "/deliveries?since=0"))["attempts"]:
        at = float(attempt["at"]) - ahead["graph"]
        if at >= begun_at:
            for id_ in attempt["objects"]:
                posted[id_] = min(posted.get(id_, at), at)
    return [ended[account_id] - ahead["genesys"] - posted[who.identity_id] for account_id, who in accounts.items()]


async def _ahead_s(director: Director, whose: str) -> float:
    """By how much this world's clock was advanced."""
    return float((await director.control(whose, "GET", ""))["clock"]["offset_s"])
