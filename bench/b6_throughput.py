"""B6: how many changed people a second go through the whole stack when Genesys does not throttle?

Each is found (search by user name) and patched; both worlds answer in 20 ms. What stops it is told by the processor
time that each process spends on one person. The floor of one person is its three calls one after the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figures, Finding, Run
from bench.stage import stage
from infra.local.director import Agent, Director, agent
from infra.local.world import ROOT

LATENCY_MS = 20.0
CALLS = 3  # one read in Entra, search and PATCH in Genesys
WORKERS = 2
AT_ONCE = 8
DONE_S = 300.0
WARM = 20


async def measure(run: Run) -> Finding:
    people = [agent(number) for number in range(1, run.count(2_000, 60) + WARM + 1)]
    async with stage(agents=len(people), workers=WORKERS) as director:
        await director.control("genesys", "POST", "/switches", {"rate_allowed": 1_000_000})
        await director.control("graph", "POST", "/switches", {"resource_units": 0})
        await director.subscribe()
        await director.latency(graph_ms=LATENCY_MS, genesys_ms=LATENCY_MS)
        await _change(director, people[:WARM])
        await _patched(director, WARM, run)
        spent, started = await _processor_s(director), time.perf_counter()
        await _change(director, people[WARM:])
        changed_s = time.perf_counter() - started
        await _patched(director, len(people), run)
        took = time.perf_counter() - started
        spent = {part: now - spent[part] for part, now in (await _processor_s(director)).items()}
    count = len(people) - WARM
    each = {f"{part}_cpu_ms": round(seconds * 1000 / count, 2) for part, seconds in spent.items()}
    busy = sum(spent.values()) / took
    sessions = _sessions()
    lasts_ms = round(sessions * took / count * 1000, 1)
    measured: Figures = {
        "per_second": round(count / took, 1),
        "identities": count,
        "changing_them_took_s": round(changed_s, 1),
        "workers": WORKERS,
        "sessions": sessions,
        "one_takes_ms": lasts_ms,
        **each,
        "busy_cores": round(busy, 2),
    }
    because = (
        f"host.json converges {sessions} sessions at a time and one person takes {lasts_ms:g} ms, of which "
        f"{CALLS * LATENCY_MS:g} ms are answers of Graph and Genesys; {busy:.1f} of {os.cpu_count()} cores are busy, "
        f"both simulated worlds and the bus included; processor time of one person: "
        f"{', '.join(f'{name} {value:g}' for name, value in each.items())}"
    )
    return Finding(measured=measured, floor_ms=CALLS * LATENCY_MS, because=because)


def _sessions() -> int:
    host = json.loads((ROOT / "host.json").read_text())
    return int(host["extensions"]["serviceBus"]["maxConcurrentSessions"])


async def _change(director: Director, people: Sequence[Agent]) -> None:
    left = iter(people)

    async def changer() -> None:
        for who in left:
            await director.update(who, department="Claims")

    await asyncio.gather(*(changer() for _ in range(AT_ONCE)))


async def _patched(director: Director, wanted: int, run: Run) -> None:
    """Wait until so many convergences are complete. Asked seldom: the answer costs the host time."""
    end = time.monotonic() + DONE_S
    while time.monotonic() < end:
        done = int((await director.queues())["changes"]["stats"]["completed"])
        run.say(f"{done} of {wanted} are converged")
        if done >= wanted:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{wanted} people were not converged in {DONE_S:.0f} s")


async def _processor_s(director: Director) -> dict[str, float]:
    """Processor seconds of every process so far; the workers together, and this one, which plays the people."""
    world = director.world
    workers = (await director.control("platform", "GET", "/workers"))["workers"]
    parts = {"entra": world.entra.pid, "genesys": world.genesys.pid, "platform": world.platform.pid}
    return {
        "workers": sum(_spent(worker["pid"]) for worker in workers),
        **{part: _spent(pid) for part, pid in parts.items()},
        "bench": time.process_time(),
    }


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
