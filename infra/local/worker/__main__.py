"""What runs the app? `python -m infra.local.worker --app <dir> --connect <host:port> --id <n>`, started by the host.

This process stands where Azure's proxy worker stands: it hands each protocol message to Microsoft's
`azure-functions-runtime`, which imports the app, checks it, and calls its functions. Async functions share this
process' one event loop, sync ones its thread pool. It exits when the host's connection is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from infra.local.worker import leash
from infra.local.worker.logs import write_logs
from infra.local.worker.serve import Worker


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--app", type=Path, required=True, help="folder of function_app.py and host.json")
    parser.add_argument("--connect", required=True, metavar="HOST:PORT", help="where the host listens")
    parser.add_argument("--id", type=int, required=True, help="number of this worker")
    arguments = parser.parse_args()
    # Ctrl-C reaches the whole process group; the host decides when its workers have finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leash.hold()
    write_logs(arguments.id)
    app = arguments.app.resolve()
    # `-m` put the folder it was started in first; in Azure that place belongs to the app.
    sys.path[0] = str(app)
    host, _, port = arguments.connect.rpartition(":")
    asyncio.run(Worker(app, arguments.id).serve(host, int(port)))


if __name__ == "__main__":
    main()
