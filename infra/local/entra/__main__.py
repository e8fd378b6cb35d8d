"""How is the tenant started? `python -m infra.local.entra --port 7081 --agents 50` prints one JSON line when ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from infra.local.entra.app import ROOT, build
from infra.local.entra.expression_answers import DOCUMENTED
from infra.local.entra.provisioning_job import GALLERY_SCHEMA
from infra.local.entra.steering import describe
from infra.local.entra.tokens import TENANT_ID
from infra.local.simulation.clock import Clock


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until the process is told to stop."""
    switches = dict(arguments.switch)
    app, tenant = build(
        Clock(),
        agents=arguments.agents,
        seed=arguments.seed,
        switches=switches,
        webhook_base=arguments.webhook_base,
        schema=arguments.schema,
        answers=arguments.answers,
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = socket.create_server((arguments.host, arguments.port), backlog=512)
    await web.SockSite(runner, listening).start()
    url = f"http://{arguments.host}:{listening.getsockname()[1]}"
    ready = {
        "ready": True,
        "graph": f"{url}{ROOT}",
        "identity_endpoint": f"{url}/msi/token",
        "token": f"{url}/{TENANT_ID}/oauth2/v2.0/token",
        "control": f"{url}/_control",
        **describe(tenant),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def switch(text: str) -> tuple[str, Any]:
    """`name=value` with a JSON value."""
    name, _, value = text.partition("=")
    return name, json.loads(value)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.entra", description="Entra ID and Microsoft Graph, simulated."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7081, help="0 takes a free one")
    parser.add_argument("--agents", type=int, default=50, help="people in the tenant")
    parser.add_argument("--seed", type=int, default=1, help="of shuffles, duplicates and reordering")
    parser.add_argument("--webhook-base", help="deliver to this address what subscriptions want at a public https host")
    parser.add_argument("--schema", type=Path, default=GALLERY_SCHEMA, help="the provisioning schema to begin with")
    parser.add_argument("--answers", type=Path, default=DOCUMENTED, help="what parseExpression answers")
    parser.add_argument(
        "--switch", type=switch, action="append", default=[], metavar="NAME=JSON", help="see switches.py; repeatable"
    )
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
