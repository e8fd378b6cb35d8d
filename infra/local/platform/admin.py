"""What does the host tell and do under `/admin`? Status, the list of functions, and "run this one now".

All of it needs the master key, as in Azure.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from infra.local.platform.bindings import Function, HttpTrigger, QueueTrigger
from infra.local.platform.codec import Codec
from infra.local.platform.frontend import Frontend
from infra.local.platform.invocations import Invoker
from infra.local.platform.timers import Timer
from infra.local.platform.worker_process import HOST_VERSION


class Admin:
    """The handlers; `state` answers what the host is doing."""

    def __init__(
        self, functions: Mapping[str, Function], timers: Mapping[str, Timer], frontend: Frontend,
        invoker: Invoker, codec: Codec, state: Callable[[], str],
    ) -> None:  # fmt: skip
        self._functions = {name.lower(): function for name, function in functions.items()}
        self._timers = timers
        self._frontend = frontend
        self._invoker = invoker
        self._codec = codec
        self._state = state
        self._started = time.monotonic()
        self._running: set[asyncio.Task[Any]] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/admin/host/status", self._guarded(self._status))
        app.router.add_get("/admin/host/ping", self._ping)
        app.router.add_get("/admin/functions", self._guarded(self._list))
        app.router.add_get("/admin/functions/{name}", self._guarded(self._describe))
        app.router.add_post("/admin/functions/{name}", self._guarded(self._run))

    def _guarded(self, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._frontend.has_key(request):
                return web.Response(status=401)
            response: web.StreamResponse = await handler(request)
            return response

        return guarded

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response()

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "id": "local",
                "state": self._state(),
                "version": HOST_VERSION,
                "versionDetails": HOST_VERSION,
                "processUptime": int((time.monotonic() - self._started) * 1000),
            }
        )

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([self._document(request, function) for function in self._functions.values()])

    async def _describe(self, request: web.Request) -> web.Response:
        function = self._functions.get(request.match_info["name"].lower())
        return web.Response(status=404) if function is None else web.json_response(self._document(request, function))

    def _document(self, request: web.Request, function: Function) -> dict[str, object]:
        template = next((route.template for route in self._frontend.routes if route.function is function), None)
        return {
            "name": function.name,
            "href": f"{request.url.origin()}/admin/functions/{function.name}",
            "config": {"name": function.name, "bindings": list(function.raw)},
            "isDisabled": function.disabled,
            "language": "python",
            "invoke_url_template": None if template is None else f"{request.url.origin()}/{template}",
        }

    async def _run(self, request: web.Request) -> web.Response:
        """202 as soon as the call is on its way; its result is in the invocation log."""
        function = self._functions.get(request.match_info["name"].lower())
        if function is None:
            return web.Response(status=404)
        try:
            text = await request.json()
            given = text.get("input") or ""
        except (json.JSONDecodeError, AttributeError):
            return web.Response(status=400)
        task = asyncio.create_task(self._call(function, given if isinstance(given, str) else json.dumps(given)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.Response(status=202)

    async def _call(self, function: Function, given: str) -> None:
        match function.trigger:
            case HttpTrigger():
                data = self._codec.http(
                    method="POST", url=f"http://localhost/{function.trigger.route}", headers={}, query={}, params={},
                    body=given.encode(),
                )  # fmt: skip
                await self._invoker.call(function, data, cause="admin")
            case QueueTrigger(many=True) as trigger:
                data = self._codec.bodies([given.encode()], binary=trigger.binary)
                await self._invoker.call(function, data, cause="admin", metadata=self._codec.admin_metadata(many=True))
            case QueueTrigger() as trigger:
                data = self._codec.body(given.encode(), binary=trigger.binary)
                await self._invoker.call(function, data, cause="admin", metadata=self._codec.admin_metadata(many=False))
            case _:
                await self._timers[function.name].fire("admin")
