"""How does a test steer the platform? `/_control` on the host's port; the answers are JSON.

`GET /_control` and `POST /_control/{clock,latency,outage,faults}` are the simulation kit's
(`infra/local/simulation/control.py`); the clock moves locks, scheduled messages and timers. In addition:

| request | does |
|---|---|
| `GET /_control/queues` | per queue its depth, its dead-letter queue's depth and its counts |
| `GET /_control/queues/{name}/messages?limit=N&dead=1` | peek |
| `POST /_control/queues/{name}/messages` | send: `{"body": "...", "session_id", "message_id", "properties": {}}` |
| `GET /_control/bus`, `POST`, `DELETE` | bus faults (`infra/local/servicebus/faults.py`) |
| `GET /_control/workers` | processes, how many calls they run, how often one was restarted |
| `POST /_control/workers` | `{"kill": n}`, `{"pause": n}`, `{"resume": n}`, `{"kill_when": {...}}`, see below |
| `GET /_control/invocations?since=N` | the invocation log (`invocations.Invocation`), entries above number N |
| `GET /_control/timers` | per timer its next firing, simulated seconds since 1970 |

`kill_when` is `{"function": "...", "after": 1, "at": "start" | "end", "delay_s": 0}` (`invocations.KillRule`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from infra.local.platform.invocations import Invoker, KillRule
from infra.local.platform.timers import Timer
from infra.local.platform.workers import Workers
from infra.local.servicebus.consumer import enqueue_raw
from infra.local.servicebus.errors import AmqpError
from infra.local.servicebus.queues import Namespace, Queue
from infra.local.servicebus.store import Stored
from infra.local.simulation.control import Control

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PlatformControl(Control):
    """The simulation kit's control with what only the platform has; call `add_routes` before the app's own routes."""

    def __init__(self, namespace: Namespace, workers: Workers, invoker: Invoker, timers: Mapping[str, Timer]) -> None:
        super().__init__(namespace.clock)
        self._namespace = namespace
        self._workers = workers
        self._invoker = invoker
        self._timers = timers

    def add_routes(self, app: web.Application) -> None:
        """The first route that fits wins, so these stand before the kit's `/_control/{what}`."""
        messages = "/_control/queues/{name}/messages"
        app.router.add_get("/_control/queues", self._queues)
        app.router.add_get(messages, _sentences(self._peek))
        app.router.add_post(messages, _sentences(self._send))
        app.router.add_get("/_control/bus", self._bus)
        app.router.add_post("/_control/bus", _sentences(self._break_bus))
        app.router.add_delete("/_control/bus", self._mend_bus)
        app.router.add_get("/_control/workers", self._describe_workers)
        app.router.add_post("/_control/workers", _sentences(self._steer_workers))
        app.router.add_get("/_control/invocations", self._invocations)
        app.router.add_get("/_control/timers", self._describe_timers)
        super().add_routes(app)

    async def _queues(self, _: web.Request) -> web.Response:
        return web.json_response({name: _queue(queue) for name, queue in self._namespace.queues.items()})

    async def _peek(self, request: web.Request) -> web.Response:
        dead = "/$DeadLetterQueue" if request.query.get("dead") else ""
        queue = self._namespace.entity(request.match_info["name"] + dead)
        messages = queue.peek(int(request.query.get("limit", "100")))
        return web.json_response({"messages": [_message(stored) for stored in messages]})

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        number = enqueue_raw(
            self._namespace.entity(request.match_info["name"]),
            body["body"].encode(),
            message_id=body.get("message_id"),
            session_id=body.get("session_id"),
            properties=body.get("properties"),
        )
        return web.json_response({"sequence_number": number})

    async def _bus(self, _: web.Request) -> web.Response:
        return web.json_response(self._namespace.faults.describe())

    async def _break_bus(self, request: web.Request) -> web.Response:
        self._namespace.faults.apply(await request.json())
        return await self._bus(request)

    async def _mend_bus(self, request: web.Request) -> web.Response:
        self._namespace.faults.clear()
        return await self._bus(request)

    async def _describe_workers(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "workers": self._workers.describe(),
                "restarts": self._workers.restarts,
                "kill_when": [asdict(rule) for rule in self._invoker.kill_rules],
            }
        )

    async def _steer_workers(self, request: web.Request) -> web.Response:
        actions: dict[str, Callable[[Any], None]] = {
            "kill": lambda number: self._workers.at(number).kill(),
            "pause": lambda number: self._workers.at(number).pause(),
            "resume": lambda number: self._workers.at(number).resume(),
            "kill_when": lambda rule: self._invoker.kill_rules.append(KillRule(**rule)),
        }
        body = await request.json()
        unknown = set(body) - set(actions)
        if unknown:
            raise ValueError(f"workers can be told {', '.join(actions)}; not {', '.join(sorted(unknown))}")
        for name, value in body.items():
            actions[name](value)
        return await self._describe_workers(request)

    async def _invocations(self, request: web.Request) -> web.Response:
        return web.json_response({"invocations": self._invoker.since(int(request.query.get("since", "0")))})

    async def _describe_timers(self, _: web.Request) -> web.Response:
        return web.json_response({name: {"next": timer.next_at} for name, timer in self._timers.items()})


def _sentences(handler: Handler) -> Handler:
    """A wrong request is 400 with the sentence that says what is wrong."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (AmqpError, KeyError, TypeError, ValueError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return answer


def _queue(queue: Queue) -> dict[str, object]:
    dead = queue.dead_letter_queue
    assert dead is not None
    return {"depth": asdict(queue.depth()), "dead": asdict(dead.depth()), "stats": asdict(queue.stats)}


def _message(stored: Stored) -> dict[str, object]:
    message = stored.message
    return {
        "sequence_number": stored.sequence_number,
        "message_id": message.properties.message_id,
        "session_id": message.properties.session_id,
        "enqueued_at": stored.enqueued_at,
        "delivery_count": stored.delivery_count,
        "place": stored.place.value,
        "scheduled_for": message.scheduled_for,
        "subject": message.properties.subject,
        "properties": {name: _plain(value) for name, value in message.application_properties().items()},
        "body": message.body().decode("utf-8", "replace"),
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
