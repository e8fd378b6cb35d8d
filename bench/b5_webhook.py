"""B5: does the webhook keep every notification of a large POST, and how soon does it answer?

Kept means that triage asked Graph for the id: it went through the webhook, the bus and the doorbell's trigger.
"""

from __future__ import annotations

import asyncio
import time

from bench.figures import Figures, Finding, Run, distribution, median, ms
from bench.stage import nobodies, post_of, requests_to_graph, stage
from infra.local.director import Director

PER_POST = 100
PARALLEL = 4
DRAIN_S = 120.0


async def measure(run: Run) -> Finding:
    posts = run.count(60, 4)
    async with stage(agents=20) as director:
        # Ids of nobody cost Graph as much as others; the simulated service limit is not what is measured here.
        await director.control("graph", "POST", "/switches", {"resource_units": 0})
        for _ in range(3):
            await _posted(director, nobodies(PER_POST))
        empty = [await _posted(director, []) for _ in range(run.count(60, 10))]
        sent: list[str] = []
        alone: list[float] = []
        for number in range(posts):
            ids = nobodies(PER_POST)
            sent += ids
            alone.append(await _posted(director, ids))
            run.say(f"posted {number + 1} of {2 * posts}")
        together, more = await _in_parallel(director, posts, run)
        sent += more
        kept = await _read(director, set(sent), run)
        enqueued = int((await director.queues())["doorbell"]["stats"]["enqueued"])
    measured: Figures = {
        **distribution(alone),
        **distribution(together, "parallel_"),
        "parallel": PARALLEL,
        "notifications": len(sent),
        "kept": kept,
        "kept_percent": kept * 100 // len(sent),
        "enqueued": enqueued,
        "per_second": round(posts * PER_POST / sum(alone)),
    }
    return Finding(measured=measured, floor_ms=ms(median(empty)))


async def _posted(director: Director, ids: list[str]) -> float:
    body = post_of(director.world.environment, ids)
    started = time.perf_counter()
    answer = await director.post(body)
    took = time.perf_counter() - started
    assert answer.status_code == 202, f"the webhook answered {answer.status_code}"
    return took


async def _in_parallel(director: Director, posts: int, run: Run) -> tuple[list[float], list[str]]:
    times: list[float] = []
    sent: list[str] = []
    left = iter(range(posts))

    async def caller() -> None:
        for number in left:
            ids = nobodies(PER_POST)
            sent.extend(ids)
            times.append(await _posted(director, ids))
            run.say(f"posted {posts + number + 1} of {2 * posts}, {PARALLEL} at a time")

    await asyncio.gather(*(caller() for _ in range(PARALLEL)))
    return times, sent


async def _read(director: Director, ids: set[str], run: Run) -> int:
    """How many of these ids Graph was asked for; waits until it is all of them or the time is over."""
    deadline = time.monotonic() + DRAIN_S
    missing = set(ids)
    since = 0
    while missing and time.monotonic() < deadline:
        for entry in await requests_to_graph(director, since):
            since = max(since, int(entry["number"]))
            for part in entry["note"].get("requests", ()):
                missing.discard(part["url"].partition("?")[0].rpartition("/")[2])
        run.say(f"{len(ids) - len(missing)} of {len(ids)} ids were read")
        await asyncio.sleep(0.1)
    return len(ids) - len(missing)
