"""How is the local platform started? `python -m infra.local.platform --app <dir>`.

When everything answers, one JSON line goes to standard output: `{"app", "servicebus", "operators", "master_key",
"control"}`. Logs go to standard error. SIGTERM and Ctrl-C stop it; an app that does not index ends it with code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from infra.local.platform.host import DEFAULT_QUEUES, Platform, PlatformSettings
from infra.local.platform.settings import HostError
from infra.local.servicebus.queues import QueueConfig
from infra.local.worker.protocol import ProtosMissingError


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s host %(levelname)s %(name)s %(message)s")
    try:
        return asyncio.run(run(read_arguments(sys.argv[1:])))
    except (HostError, ProtosMissingError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1


async def run(settings: PlatformSettings) -> int:
    """Serve until SIGTERM or SIGINT.

    Raises:
        HostError: the platform cannot start.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    platform = Platform(settings)
    starting = asyncio.create_task(platform.start())
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if stopped.is_set() and not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return 0
    await starting
    print(json.dumps(platform.describe()), flush=True)  # noqa: T201
    await waiting
    await platform.stop()
    return 0


def read_arguments(arguments: list[str]) -> PlatformSettings:
    """
    Raises:
        HostError: `--queues` is neither JSON nor a file of JSON, or has a field that no queue has.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.local.platform", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--app", type=Path, required=True, help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=7071, help="HTTP port (0: a free one)")
    parser.add_argument("--bus-port", type=int, default=5672, help="Service Bus port (0: a free one)")
    parser.add_argument("--queues", help='JSON or a file: {"name": {"session": true, "lock_s": 60}, ...}')
    parser.add_argument("--connection", default="ServiceBusConnection", help="setting that gets the connection string")
    parser.add_argument("--no-auth", action="store_true", help="switch App Service authentication off")
    parser.add_argument("--open-path", action="append", default=[], help="path that needs no sign-in (repeatable)")
    parser.add_argument(
        "--master-key", default="", help="key for /admin and for functions that want one (default: random)"
    )
    given = parser.parse_args(arguments)
    return PlatformSettings(
        app=given.app, port=given.port, bus_port=given.bus_port, connection=given.connection,
        queues=DEFAULT_QUEUES if given.queues is None else read_queues(given.queues),
        authentication=not given.no_auth, open_paths=tuple(given.open_path), master_key=given.master_key,
    )  # fmt: skip


def read_queues(text: str) -> dict[str, QueueConfig]:
    """From JSON, or from the file of that name.

    Raises:
        HostError: see `read_arguments`.
    """
    try:
        document: dict[str, dict[str, Any]] = json.loads(
            text if text.lstrip().startswith("{") else Path(text).read_text()
        )
        return {name: QueueConfig(**fields) for name, fields in document.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise HostError(f"--queues cannot be read: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
