"""What does one fresh interpreter pay? Run by B9 as `python -m bench.probe <way>`; prints one JSON object.

| way | does |
|---|---|
| `bare` | nothing: the interpreter itself |
| `bus` | imports azure-servicebus and sends one message: what no code of ours can be faster than |
| `webhook` | imports `function_app`, runs the webhook's function on standard input until the bus has accepted |
| `handshake` | imports `function_app`, runs the webhook's function on a validation token |
| `ready` | imports `function_app`, makes the room, warms Graph and Genesys (access tokens included) |
| `import:NAME` | imports this module |
"""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()


def main() -> None:
    way = sys.argv[1]
    figures: dict[str, float] = {}
    if way.startswith("import:"):
        __import__(way.removeprefix("import:"))
        figures["import_ms"] = _since(STARTED)
    elif way == "bus":
        import asyncio

        asyncio.run(_bus())
    elif way != "bare":
        import function_app

        figures["import_ms"] = _since(STARTED)
        figures["import_rss_mb"] = _rss_mb()
        import asyncio

        asyncio.run(_ready() if way == "ready" else _webhook(function_app.app, handshake=way == "handshake"))
    figures["done_at"] = time.time()
    figures["rss_mb"] = _rss_mb()
    import json

    sys.stdout.write(json.dumps(figures))
    sys.stdout.flush()
    # What closing the connections would take is not the start's business.
    import os

    os._exit(0)


async def _bus() -> None:
    import os

    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient

    client = ServiceBusClient.from_connection_string(os.environ["ServiceBusConnection"])  # noqa: SIM112 - Azure's name
    # Triage puts it aside as unreadable.
    await client.get_queue_sender("doorbell").send_messages(ServiceBusMessage(b"{}"))


async def _webhook(app: object, *, handshake: bool) -> None:
    import azure.functions as func

    assert isinstance(app, func.FunctionApp)
    (webhook,) = (one for one in app.get_functions() if one.get_function_name() == "graph_notifications")
    request = func.HttpRequest(
        method="POST",
        url="/api/graph/notifications",
        params={"validationToken": "Validation: Testing client application reachability"} if handshake else {},
        body=b"" if handshake else sys.stdin.buffer.read(),
    )
    answer = await webhook.get_user_function()(request)
    assert answer.status_code == (200 if handshake else 202), answer.status_code


async def _ready() -> None:
    import asyncio

    from shared.wiring import get_app

    app = get_app()
    assert app.room
    await asyncio.gather(app.graph.warm(), app.genesys.warm())


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _rss_mb() -> float:
    """The most this process had resident. `ru_maxrss` would count the parent's size from before exec."""
    from pathlib import Path

    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024, 1)


if __name__ == "__main__":
    main()
