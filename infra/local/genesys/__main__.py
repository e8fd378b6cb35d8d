"""`python -m infra.local.genesys --port 7082 [--agents 50] [--seed 1]`: run until Ctrl-C or SIGTERM.

Prints one JSON line when it answers: `{"url", "token_url", "client_id", "client_secret", "control"}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from infra.local.genesys.app import CLIENT_ID, CLIENT_SECRET, build, serving


async def run(arguments: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    cloud = build(agents=arguments.agents, seed=arguments.seed)
    async with serving(cloud, host=arguments.host, port=arguments.port) as url:
        ready = {
            "url": url,
            "token_url": f"{url}/oauth/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "control": f"{url}/_control",
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="infra.local.genesys", description="A Genesys Cloud organisation to test with."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7082)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
