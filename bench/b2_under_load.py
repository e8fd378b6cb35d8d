"""B2: how long does a termination wait behind thousands of attribute changes, when Genesys allows 300 requests/min?

The changes are made in Entra and come as notifications; they are on the bus when the first person is disabled. What a
single queue would do is computed from this run: so many changes, so many calls for each, five calls a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from bench.figures import Figures, Finding, Run, distribution
from bench.stage import stage
from bench.terminations import GENESYS_MS, GRAPH_MS, disable_in_turn, took
from infra.local.director import Agent, Director, agent

EVERY_S = 1.5  # 40 a minute: with what each of them costs, well below what Genesys allows
ALLOWED_PER_MIN = 300
AT_ONCE = 8
QUEUED_S = 240.0
WINDOW_S = 60.0

Entry = Mapping[str, Any]


async def measure(run: Run) -> Finding:
    queued = run.count(5_000, 60)
    # Some are converged while the others are still on their way.
    movers = [agent(number) for number in range(1, queued + queued // 10 + 20)]
    leavers = [agent(len(movers) + number) for number in range(1, run.count(40, 3) + 1)]
    async with stage(agents=len(movers) + len(leavers)) as director:
        await director.subscribe()
        await director.latency(graph_ms=0, genesys_ms=GENESYS_MS)
        await _change(director, movers, run)
        before = await _queued(director, queued, run)
        await director.latency(graph_ms=GRAPH_MS, genesys_ms=GENESYS_MS)
        begun_at = await disable_in_turn(director, leavers, run, every_s=EVERY_S)
        times = await took(director, leavers, begun_at)
        calls = [entry for entry in await director.genesys_log() if entry["path"].startswith("/api/")]
        converged = int((await director.queues())["changes"]["stats"]["completed"])
    changes = [entry for entry in calls if not _is_about(leavers, entry)]
    pause_s, before_pause = _longest_pause(calls)
    measured: Figures = {
        **distribution(times),
        "queued_before": before,
        "converged_meanwhile": converged,
        "genesys_calls": len(calls),
        "throttled_percent": round(100 * sum(entry["status"] == 429 for entry in calls) / len(calls), 2),
        "longest_pause_s": round(pause_s, 1),
    }
    fifo: Figures = {}
    if converged:
        fifo["wait_min"] = round(before * len(changes) / converged / ALLOWED_PER_MIN, 1)
    return Finding(
        measured=measured,
        floor_ms=GRAPH_MS + GENESYS_MS,
        peers={"FIFO on this budget, computed": fifo},
        because=(
            f"for {pause_s:.1f} s no call started; of the {len(before_pause)} calls in the minute before, "
            f"{sum(entry in changes for entry in before_pause)} were for changes"
        ),
    )


def _is_about(people: Sequence[Agent], entry: Entry) -> bool:
    asked = f"{entry['path']}?{entry['query']}"
    return any(who.account_id in asked or who.upn in asked for who in people)


def _longest_pause(calls: Sequence[Entry]) -> tuple[float, list[Entry]]:
    """The longest time between the starts of two calls, and the calls of the minute before it."""
    ordered = sorted(calls, key=lambda entry: float(entry["at"]))
    last, following = max(pairwise(ordered), key=lambda pair: float(pair[1]["at"]) - float(pair[0]["at"]))
    before = [entry for entry in ordered if WINDOW_S >= last["at"] - entry["at"] >= 0]
    return float(following["at"]) - float(last["at"]), before


async def _change(director: Director, people: Sequence[Agent], run: Run) -> None:
    left = iter(enumerate(people, start=1))

    async def changer() -> None:
        for number, who in left:
            await director.update(who, department="Claims")
            run.say(f"changed {number} of {len(people)}")

    await asyncio.gather(*(changer() for _ in range(AT_ONCE)))


async def _queued(director: Director, wanted: int, run: Run) -> int:
    """Wait until so many changes wait on the bus; how many they are."""

    async def there() -> int | None:
        depth = (await director.queues())["changes"]["depth"]
        waiting = int(depth["active"]) + int(depth["locked"])
        run.say(f"{waiting} changes are queued")
        return waiting if waiting >= wanted else None

    return await director.until(there, f"{wanted} changes are queued", deadline_s=QUEUED_S)
