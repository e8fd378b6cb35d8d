"""How is Azurite installed or tried by hand? `python -m infra.local.azurite install | run`."""

from __future__ import annotations

import argparse
import contextlib
import sys

from infra.local.azurite.installation import NotInstalled, install
from infra.local.azurite.server import table_server


def main() -> int:
    """0: done; 1: not possible here, and why."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.azurite", description="The local Azure Tables server.")
    parser.add_argument("verb", choices=["install", "run"], help="install it, or run it until Ctrl-C")
    verb = parser.parse_args().verb
    try:
        where = install()
        if verb == "install":
            print(f"Azurite: {where}")  # noqa: T201
            return 0
        with table_server() as server, contextlib.suppress(KeyboardInterrupt):
            print(server.connection_string, flush=True)  # noqa: T201
            server.process.wait()
    except NotInstalled as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
