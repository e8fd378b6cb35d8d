"""How does a test steer a simulator? The middleware that journals, slows and breaks requests, and `/_control`.

| request | does |
|---|---|
| `GET /_control` | what is switched on: clock offset, latency, outage, fault rules, plus the simulator's own switches |
| `POST /_control/faults` | add one fault rule or a list (see `faults.py`); `DELETE` removes all, `?id=` one |
| `POST /_control/latency` | `{"ms": 120}`: every answer takes at least that long |
| `POST /_control/outage` | `{"mode": "refuse"}` drops connections, `error` answers 503, `hang` never answers, `off` |
| `POST /_control/clock` | `{"advance_s": 3600}` |
| `POST /_control/switches` | `{"name": value}`: the simulator's own behaviour switches |
| `GET /_control/log?since=N` | the journal; `DELETE` empties it |

`/_control` itself is never slowed, broken or journalled. A handler adds facts with `request["note"]["key"] = value`.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from infra.local.simulation.clock import Clock
from infra.local.simulation.faults import Fault, FaultRuleError, Faults
from infra.local.simulation.journal import Entry, Journal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OUTAGES = ("off", "refuse", "error", "hang")


class Control:
    """The steering of one simulator: pass `middleware` to `web.Application` and call `add_routes`."""

    def __init__(self, clock: Clock, switches: dict[str, Any] | None = None) -> None:
        self.clock = clock
        self.faults = Faults()
        self.journal = Journal()
        self.latency_s = 0.0
        self.outage = "off"
        self.switches: dict[str, Any] = switches if switches is not None else {}

    @property
    def middleware(self) -> Any:
        """The outermost middleware of the simulator's application."""

        @web.middleware
        async def steer(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_control"):
                return await handler(request)
            return await self._steered(request, handler)

        return steer

    async def _steered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        at = self.clock.now()
        number = self.journal.next_number()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", web.NotAppKeyWarning)  # a plain name is the interface, see above
            request["note"] = {}
        fault = self.faults.strike(request.method, request.path)
        status, name = 0, fault.id if fault else ""
        try:
            response = await self._answer(request, handler, fault)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            self.journal.add(
                Entry(
                    number=number, at=at, done=self.clock.now(), method=request.method, path=request.path,
                    query=request.query_string, status=status, fault=name,
                    client=request.headers.get("User-Agent", ""), note=request["note"],
                )
            )  # fmt: skip
        return response

    async def _answer(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
        if self.outage == "refuse":
            return _drop(request)
        if self.outage == "hang":
            await asyncio.Event().wait()
        if self.outage == "error":
            return web.json_response({"message": "The service is unavailable."}, status=503)
        started = asyncio.get_running_loop().time()
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.reset == "before":
            return _drop(request)
        if fault is not None and fault.status is not None:
            response: web.StreamResponse = _faulty(fault)
        else:
            response = await handler(request)
        if fault is not None and fault.reset == "after":
            return _drop(request)
        left = self.latency_s - (asyncio.get_running_loop().time() - started)
        if left > 0:
            await asyncio.sleep(left)
        return response

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/_control", self._describe)
        app.router.add_post("/_control/{what}", self._set)
        app.router.add_delete("/_control/{what}", self._delete)
        app.router.add_get("/_control/log", self._log)

    async def _describe(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "clock": {"now": self.clock.now(), "offset_s": self.clock.offset},
                "latency_ms": self.latency_s * 1000,
                "outage": self.outage,
                "faults": self.faults.describe(),
                "switches": self.switches,
            }
        )

    async def _log(self, request: web.Request) -> web.Response:
        return web.json_response({"entries": self.journal.since(int(request.query.get("since", "0")))})

    async def _set(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            self._change(request.match_info["what"], body)
        except (json.JSONDecodeError, FaultRuleError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True})

    def _change(self, what: str, body: Any) -> None:
        match what:
            case "faults":
                for rule in body if isinstance(body, list) else [body]:
                    self.faults.add(rule)
            case "latency":
                self.latency_s = float(body["ms"]) / 1000
            case "outage":
                if body["mode"] not in OUTAGES:
                    raise ValueError(f"mode is one of {', '.join(OUTAGES)}")
                self.outage = body["mode"]
            case "clock":
                self.clock.advance(float(body["advance_s"]))
            case "switches":
                self._switch(body)
            case _:
                raise ValueError(f"there is no control named {what}")

    def _switch(self, wanted: Mapping[str, Any]) -> None:
        unknown = set(wanted) - set(self.switches)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        self.switches.update(wanted)

    async def _delete(self, request: web.Request) -> web.Response:
        match request.match_info["what"]:
            case "faults":
                self.faults.clear(request.query.get("id"))
            case "log":
                self.journal.clear()
            case what:
                return web.json_response({"error": f"there is no control named {what}"}, status=400)
        return web.json_response({"ok": True})


def _faulty(fault: Fault) -> web.Response:
    assert fault.status is not None
    if fault.body is None:
        return web.Response(status=fault.status, headers=fault.headers)
    return web.json_response(fault.body, status=fault.status, headers=fault.headers)


def _drop(request: web.Request) -> web.Response:
    """Cut the TCP connection; the response returned is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)
