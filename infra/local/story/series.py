"""How fast is a termination in the idle world? Many of them, one after the other, against the promise B1.

B1: notification posted → `active=false` within 0.5 s (p50) and 2 s (p99), with 60 ms Graph and 120 ms Genesys
latency; at most 150 ms (p50) above the latency of the two calls that it takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.director import Agent, Director, NeverError
from infra.local.story.evidence import Logs, complaints, first, logs
from infra.local.story.record import Bar, Check, Series, Spread, Step
from infra.local.story.termination import is_out, moments

GRAPH_MS, GENESYS_MS = 60.0, 120.0
FLOOR_MS = GRAPH_MS + GENESYS_MS
P50_MS, P99_MS, OVERHEAD_MS = 500.0, 2000.0, 150.0
SPANS = (
    ("posted → inactive", Step.NOTIFIED, Step.INACTIVE),
    ("accepted → inactive", Step.ACCEPTED, Step.INACTIVE),
    ("accepted → sessions ended", Step.ACCEPTED, Step.ENDED),
)


async def measure(director: Director, people: Sequence[Agent], patience_s: float) -> Series:
    """Terminate each of them, with a live session each; stops at the first who does not get out."""
    start = (await logs(director)).marks
    for who in people:
        await director.log_in(who)
    for who in people:
        since = (await director.genesys_log(start.genesys))[-1:]
        number = since[0]["number"] if since else start.genesys
        await director.disable(who)

        async def gone(who: Agent = who, number: int = number) -> bool | None:
            return is_out(await director.genesys_log(number), who) or None

        try:
            await director.until(gone, "the sessions end", patience_s)
        except NeverError:
            break
    seen = await logs(director, start)
    gone_for_good = [who for who in people if await _is_gone(director, who)]
    return _judge(seen, people, gone_for_good)


async def _is_gone(director: Director, who: Agent) -> bool:
    dead = [session["state"] == "dead" for session in await director.sessions(who)]
    return bool(dead) and all(dead) and (await director.account(who))["state"] == "inactive"


def _judge(seen: Logs, people: Sequence[Agent], gone: Sequence[Agent]) -> Series:
    ways = [moments(seen, who) for who in people]
    spreads = []
    for name, begin, end in SPANS:
        pairs = [(first(way, begin), first(way, end)) for way in ways]
        values = [(b.at - a.at) * 1000 for a, b in pairs if a is not None and b is not None]
        if values:
            spreads.append(Spread.of(name, values))
    everybody = Check(
        sentence=f"all {len(people)} are inactive and their sessions dead in Genesys' session store",
        holds=len(gone) == len(people),
        found=f"{len(gone)} of {len(people)}",
    )
    if len(spreads) < len(SPANS):
        return Series(
            count=len(people), spreads=(), floor=FLOOR_MS, overhead=0.0, bars=(), checks=(everybody,),
            seen=complaints(seen),
        )  # fmt: skip
    overhead = spreads[0].p50 - FLOOR_MS
    bars = (
        Bar(name=f"p50 {SPANS[0][0]}", measured=spreads[0].p50, limit=P50_MS),
        Bar(name=f"p99 {SPANS[0][0]}", measured=spreads[0].p99, limit=P99_MS),
        Bar(name=f"p50 minus the {FLOOR_MS:.0f} ms of the two calls", measured=overhead, limit=OVERHEAD_MS),
    )
    return Series(
        count=len(people), spreads=tuple(spreads), floor=FLOOR_MS, overhead=overhead, bars=bars,
        checks=(everybody,), seen=() if len(gone) == len(people) else complaints(seen),
    )  # fmt: skip
