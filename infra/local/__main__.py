"""`make local`: keep the local world running until Ctrl-C.

LOCAL_PORT_OFFSET=100  move all ports
LOCAL_AGENTS=5000      how many people there are on both sides
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from infra.local.processes import StartError
from infra.local.world import ROOT, World, WorldConfig, running, write_stack


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make local", description="Runs Entra, Graph, Genesys, Service Bus and the app on this machine."
    )
    parser.add_argument("--workers", type=int, default=int(os.environ.get("FUNCTIONS_WORKER_PROCESS_COUNT", "1")))
    parser.add_argument("--agents", type=int, default=int(os.environ.get("LOCAL_AGENTS", "50")))
    parser.add_argument("--port-offset", type=int, default=int(os.environ.get("LOCAL_PORT_OFFSET", "0")))
    parser.add_argument("--folder", type=Path, default=ROOT / ".local", help="logs, ledger and stack.json go there")
    given = parser.parse_args()
    config = WorldConfig(
        folder=given.folder.resolve(), port_offset=given.port_offset, agents=given.agents, workers=given.workers
    )
    try:
        return asyncio.run(keep(config))
    except StartError as error:
        _say(str(error))
        return 1


async def keep(config: WorldConfig) -> int:
    """Run until SIGINT or SIGTERM, or until a part ends by itself.

    Raises:
        StartError: a part did not start.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    _say("Starting the local world …")
    async with running(config) as world:
        path = write_stack(world)
        _announce(world, path)
        waiting = asyncio.create_task(stopped.wait())
        ending = asyncio.create_task(world.ended())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        broken = ending.result() if ending.done() else ""
        waiting.cancel()
        ending.cancel()
        path.unlink(missing_ok=True)
    if broken:
        _say(f"{broken} ended by itself; its log is in {config.folder / 'logs'}.")
        return 1
    _say("The local world is stopped.")
    return 0


def _announce(world: World, path: Path) -> None:
    stack = world.stack
    for name in ("app", "graph", "genesys"):
        _say(f"  {name:<8} {stack[name]}")
    _say(f"  all      {path}")
    _say("Ctrl-C stops it.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
