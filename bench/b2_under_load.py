"""B2: how long does a termination wait behind thousands of attribute changes, when Genesys allows 300 requests/min?

The changes are made in Entra and come as notifications; they are on the bus when the first person is disabled. What a
single queue would do is computed from this run: so many changes, so many calls for each, five calls a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench.figures import Figures, Finding, Run, distribution
from bench.stage import stage
from bench.terminations import GENESYS_MS, GRAPH_MS, disable_in_turn, took
from infra.local.director import Agent, Director, agent

EVERY_S = 1.5
ALLOWED_PER_MIN = 300
AT_ONCE = 8
QUEUED_S = 240.0


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
    leaving = {who.account_id for who in leavers} | {who.upn for who in leavers}
    routine = sum(not any(word in entry["path"] + entry["query"] for word in leaving) for entry in calls)
    measured: Figures = {
        **distribution(times),
        "queued_before": before,
        "converged_meanwhile": converged,
        "genesys_calls": len(calls),
        "throttled_percent": round(100 * sum(entry["status"] == 429 for entry in calls) / len(calls), 2),
    }
    fifo: Figures = {}
    if converged:
        fifo["wait_min"] = round(before * routine / converged / ALLOWED_PER_MIN, 1)
    return Finding(measured=measured, floor_ms=GRAPH_MS + GENESYS_MS, peers={"FIFO on this budget, computed": fifo})


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
