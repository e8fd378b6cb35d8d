"""B9: what does a cold start cost? A fresh interpreter for each run, byte-code compiled before, medians.

`answer_ms` and `ready_ms` count from the start of the process, interpreter included. `host_answer_ms` is the same
first answer through the local host: a worker is killed, its successor starts, connects and indexes, the POST waits.
The floor is azure-servicebus alone, which sends one message from a fresh interpreter.
"""

from __future__ import annotations

import asyncio
import compileall
import json
import os
import sys
import time

from bench.figures import Figures, Finding, Run, median, ms
from bench.stage import nobodies, post_of, stage
from infra.local.director import Director
from infra.local.world import ROOT

PEERS = {"PureCloudPlatformClientV2": "PureCloudPlatformClientV2", "azure-servicebus": "azure.servicebus.aio"}
SLOWEST = 6


async def measure(run: Run) -> Finding:
    _compile()
    rounds = run.count(11, 2)
    async with stage(agents=20) as director:
        environment = {**_base(), **director.world.environment}
        body = post_of(director.world.environment, nobodies(1))
        ways = ["bare", "bus", "webhook", "handshake", "ready", *(f"import:{name}" for name in PEERS.values())]
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        # In turn, so that a noisy moment of the machine meets every way.
        for number in range(rounds):
            for way in ways if number < rounds // 2 + 1 else ways[: -len(PEERS)]:
                found[way].append(await _probe(way, environment, body))
            run.say(f"round {number + 1} of {rounds}")
        through_host = []
        for number in range(run.count(7, 1)):
            through_host.append(await _through_host(director, body))
            run.say(f"worker started {number + 1} times")
        slow = await _slowest_imports(environment)
    webhook, ready = found["webhook"], found["ready"]
    floor = _median(found["bus"], "since_start_ms")
    measured: Figures = {
        "import_ms": _median(webhook, "import_ms"),
        "import_rss_mb": _median(webhook, "import_rss_mb"),
        "answer_ms": _median(webhook, "since_start_ms"),
        "webhook_rss_mb": _median(webhook, "rss_mb"),
        "handshake_ms": _median(found["handshake"], "since_start_ms"),
        "ready_ms": _median(ready, "since_start_ms"),
        "ready_rss_mb": _median(ready, "rss_mb"),
        "host_answer_ms": ms(median(through_host)),
        "host_answer_max_ms": ms(max(through_host)),
        "interpreter_ms": _median(found["bare"], "since_start_ms"),
        "rounds": rounds,
        "byte_code_compiled": True,
    }
    peers: dict[str, Figures] = {
        label: {
            "import_ms": _median(found[f"import:{name}"], "import_ms"),
            "rss_mb": _median(found[f"import:{name}"], "rss_mb"),
        }
        for label, name in PEERS.items()
    }
    return Finding(
        measured=measured,
        floor_ms=floor,
        peers=peers,
        because=(
            f"azure-servicebus alone needs {floor:g} ms from the start of an interpreter to its first message, as its "
            f"sender sleeps 50 ms after each of the nine frames that open a link; slowest imports of function_app "
            f"(-X importtime, own ms): {slow}"
        ),
    )


async def _probe(way: str, environment: dict[str, str], body: bytes) -> dict[str, float]:
    started = time.time()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.probe", way, cwd=ROOT, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    answer, errors = await process.communicate(body)
    if process.returncode != 0:
        raise RuntimeError(f"The probe `{way}` failed.\n{errors.decode(errors='replace')[-2000:]}")
    figures: dict[str, float] = json.loads(answer)
    figures["since_start_ms"] = ms(figures["done_at"] - started)
    return figures


async def _through_host(director: Director, body: bytes) -> float:
    """From the kill of the worker to the first 202, seconds."""
    before = (await director.control("platform", "GET", "/workers"))["restarts"]
    started = time.perf_counter()
    await director.control("platform", "POST", "/workers", {"kill": 0})

    async def succeeded() -> bool | None:
        return (await director.control("platform", "GET", "/workers"))["restarts"] > before or None

    # A POST before the loss is noticed would fail with the old process.
    await director.until(succeeded, "the worker's successor starts")
    answer = await director.post(body)
    took = time.perf_counter() - started
    assert answer.status_code == 202, f"the webhook answered {answer.status_code}"
    await director.quiet()
    return took


async def _slowest_imports(environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "importtime", "-c", "import function_app", cwd=ROOT, env=environment,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await process.communicate()
    rows: list[tuple[int, str]] = []
    for line in errors.decode().splitlines():
        own, _, name = line.removeprefix("import time:").partition("|")
        if own.strip().isdigit():
            rows.append((int(own), name.rpartition("|")[2].strip()))
    return ", ".join(f"{name} {own / 1000:.1f}" for own, name in sorted(rows, reverse=True)[:SLOWEST])


def _compile() -> None:
    for name in ("functions", "shared", "bench"):
        compileall.compile_dir(ROOT / name, quiet=2)
    compileall.compile_file(ROOT / "function_app.py", quiet=2)


def _base() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}


def _median(found: list[dict[str, float]], figure: str) -> float:
    return median([one[figure] for one in found])
