"""What can a test do to this tenant that no client of Graph can? The routes below `/_control` that are its own.

| request | does |
|---|---|
| `GET /_control/tenant` | ids and secrets: tenant, clients, groups, application, number of agents |
| `GET /_control/deliveries?since=N` | every POST to a webhook after number N, the counts, what is under way |
| `POST /_control/stale` | `{"id": "…", "reads": 1}` or `{"id": "…", "seconds": 5}`: replicas lag after the next write |
| | of this object (`*`: of any); with `"when": "now"` they go back to before its latest write |
| `POST /_control/lifecycle` | `{"subscription": "…", "event": "reauthorizationRequired"}`, `missed`, |
| | `subscriptionRemoved`; `*` is every subscription |
| `POST /_control/seed` | `{"agents": 10}`: so many more people, silently; `{"users": [{…}]}`: these properties |
| `POST /_control/roles` | `{"client": "…", "roles": ["User.Read.All"]}`: for access tokens issued from now on |
| `POST /_control/provisioning` | any of `{"schema": {…}}`, `{"secrets": {"SyncAll": "true", "other": null}}`, |
| | `{"answers": [{…}]}` (see `expression_answers`), `{"job": false}`; `{}` gives the job's id and version |
| `POST /_control/tokens` | `{"expire": "*"}`: every access token issued so far is stale |
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from infra.local.entra.calls import Document, GraphError
from infra.local.entra.directory import Record
from infra.local.entra.population import (
    AGENTS,
    PILOT,
    SUPERVISORS,
    agent,
    application_id,
    group_id,
    hire,
)
from infra.local.entra.replicas import ANY, Lag
from infra.local.entra.schema import check_writable
from infra.local.entra.tenant import Tenant
from infra.local.entra.tokens import TENANT_ID

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Steering:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/_control/tenant", self._describe)
        app.router.add_get("/_control/deliveries", self._deliveries)
        for name, order in (
            ("stale", self._stale),
            ("lifecycle", self._lifecycle),
            ("seed", self._seed),
            ("roles", self._roles),
            ("tokens", self._tokens),
            ("provisioning", self._tenant.synchronization.steer),
        ):
            app.router.add_post(f"/_control/{name}", _obeying(order))

    async def _describe(self, _: web.Request) -> web.Response:
        return web.json_response(describe(self._tenant))

    async def _deliveries(self, request: web.Request) -> web.Response:
        return web.json_response(self._tenant.deliveries.describe(int(request.query.get("since", "0"))))

    def _stale(self, body: Document) -> Document:
        lag = Lag(reads=int(body.get("reads", 0)), seconds=float(body.get("seconds", 0)))
        if lag == Lag():
            raise ValueError("reads or seconds must be above 0")
        object_id = str(body["id"])
        key = ANY if object_id == ANY else self._tenant.directory.resolve(object_id)
        match body.get("when", "next"):
            case "next":
                self._tenant.directory.replicas.order(key, lag)
            case "now":
                self._tenant.directory.replicas.hold_back(key, lag)
            case _:
                raise ValueError("when is 'next' or 'now'")
        return {}

    def _lifecycle(self, body: Document) -> Document:
        return {"sent": self._tenant.lifecycle.send(str(body["subscription"]), str(body["event"]))}

    def _seed(self, body: Document) -> Document:
        tenant = self._tenant
        first = tenant.agents + 1
        tenant.agents += int(body.get("agents", 0))
        ids = hire(tenant.directory, range(first, tenant.agents + 1))
        for properties in body.get("users", []):
            check_writable("user", [name for name in properties if name != "id"])
            given = {**agent(0), **properties}
            given["id"] = str(properties.get("id") or uuid.uuid4()).lower()
            tenant.directory.plant(Record(id=given["id"], kind="user", properties=given))
            ids.append(given["id"])
        return {"ids": ids}

    def _roles(self, body: Document) -> Document:
        self._tenant.tokens.grant(str(body["client"]), frozenset(map(str, body["roles"])))
        return {}

    def _tokens(self, body: Document) -> Document:
        if body.get("expire") != ANY:
            raise ValueError("expire is '*'")
        self._tenant.tokens.expire_all()
        return {}


def describe(tenant: Tenant) -> dict[str, Any]:
    """Everything a client needs to know beside the URL."""
    return {
        "tenant_id": TENANT_ID,
        "identity_header": tenant.identity_header,
        "clients": {
            name: {"client_id": client.id, "client_secret": client.secret, "object_id": client.object_id}
            for name, client in (("app", tenant.app), ("admin", tenant.admin))
        },
        "groups": {name: group_id(name) for name in (AGENTS, SUPERVISORS, PILOT)},
        "application": application_id(),
        "provisioning_job": tenant.synchronization.job.id,
        "agents": tenant.agents,
    }


def _obeying(order: Callable[[Document], Document]) -> Handler:
    async def obey(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            done = order(dict(body))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, GraphError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True, **done})

    return obey
