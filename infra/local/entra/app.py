"""How is the tenant reached over HTTP? Graph's version root, the token endpoints, and `/_control`.

    app, tenant = build(Clock(), agents=50)

| request | answers |
|---|---|
| `/v1.0/...` | Microsoft Graph |
| `GET /msi/token` | App Service's managed identity endpoint (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`) |
| `POST /{tenant}/oauth2/v2.0/token` | client credentials |
| `/_control/...` | see `simulation.control` and `steering` |
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from infra.local.entra.calls import Call, GraphError, mishap
from infra.local.entra.courier import Courier
from infra.local.entra.expression_answers import DOCUMENTED
from infra.local.entra.provisioning_job import GALLERY_SCHEMA
from infra.local.entra.steering import Steering
from infra.local.entra.tenant import Tenant
from infra.local.entra.token_endpoints import TokenEndpoints
from infra.local.entra.tokens import BadTokenError
from infra.local.simulation.clock import Clock

ROOT = "/v1.0"
BODY_HEADERS = frozenset({"Content-Type", "Content-Length"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def build(
    clock: Clock,
    *,
    agents: int = 50,
    seed: int = 1,
    switches: dict[str, Any] | None = None,
    machine: Callable[[], float] | None = None,
    webhook_base: str | None = None,
    schema: Path = GALLERY_SCHEMA,
    answers: Path = DOCUMENTED,
) -> tuple[web.Application, Tenant]:
    """The application to serve and the tenant behind it; arguments as for `Tenant` and `Courier`."""
    tenant = Tenant(clock, agents=agents, seed=seed, switches=switches, machine=machine, schema=schema, answers=answers)
    graph = Graph(tenant)
    app = web.Application(middlewares=[graph.wording, tenant.control.middleware], client_max_size=16 * 2**20)
    Steering(tenant).add_routes(app)
    tenant.control.add_routes(app)
    TokenEndpoints(tenant).add_routes(app)
    app.router.add_route("*", ROOT + "{path:/.*}", graph.answer)
    app.router.add_route("*", "/{path:.*}", graph.nowhere)

    async def courier(_: web.Application) -> AsyncIterator[None]:
        tenant.courier = Courier(webhook_base)
        yield
        await tenant.deliveries.aclose()
        await tenant.courier.aclose()

    app.cleanup_ctx.append(courier)
    return app, tenant


class Graph:
    """HTTP in, HTTP out; everything between is the tenant's."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    @property
    def wording(self) -> Any:
        """The middleware that gives Graph's error form to what fault rules and outages make without a body."""

        @web.middleware
        async def word(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            broken = response.status >= 400 and "request-id" not in response.headers
            if not broken or not isinstance(response, web.Response) or not request.path.startswith(ROOT):
                return response
            if response.body:
                response.headers["request-id"] = str(uuid.uuid4())
                return response
            error = mishap(response.status)
            headers = {name: value for name, value in response.headers.items() if name not in BODY_HEADERS}
            return self._refuse(request, GraphError(error.status, error.code, error.message, headers))

        return word

    async def answer(self, request: web.Request) -> web.Response:
        try:
            principal = self._tenant.tokens.read(request.headers.get("Authorization"))
            body = await _json(request)
        except BadTokenError as error:
            refused = GraphError(401, "InvalidAuthenticationToken", str(error), {"WWW-Authenticate": "Bearer"})
            return self._refuse(request, refused)
        except GraphError as error:
            return self._refuse(request, error)
        answer = await self._tenant.answer(
            Call(
                method=request.method,
                base=f"{request.scheme}://{request.host}{ROOT}",
                path=request.rel_url.raw_path.removeprefix(ROOT),
                principal=principal,
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
                note=request["note"],
            )
        )
        if answer.text is not None:
            headers = {"Content-Type": JSON, **answer.headers}
            return web.Response(status=answer.status, headers=headers, body=answer.text.encode())
        return _response(request, answer.status, answer.body, dict(answer.headers))

    async def nowhere(self, request: web.Request) -> web.Response:
        return self._refuse(request, GraphError(404, "ResourceNotFound", "The requested resource does not exist."))

    def _refuse(self, request: web.Request, error: GraphError) -> web.Response:
        body = self._tenant.error_body(error, request.headers.get("client-request-id"))
        return _response(request, error.status, body, error.headers)


async def _json(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise GraphError(400, "BadRequest", "Unable to read JSON request payload.") from error


def _response(request: web.Request, status: int, body: Any, headers: dict[str, str]) -> web.Response:
    error = body.get("error") if isinstance(body, dict) else None
    inner = (error or {}).get("innerError", {})
    headers["request-id"] = inner.get("request-id") or str(uuid.uuid4())
    headers["client-request-id"] = request.headers.get("client-request-id", headers["request-id"])
    if body is None:
        return web.Response(status=status, headers=headers)
    headers["Content-Type"] = JSON
    return web.Response(status=status, headers=headers, body=json.dumps(body, separators=(",", ":")).encode())
