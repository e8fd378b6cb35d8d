"""What happens to every request before and after its handler? Token, allowance, permission, problem, headers.

Handlers are registered with `guarded`; they get a `Call` and answer with `web.Response` or raise a `Problem`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from uuid import uuid4

from aiohttp import web

from infra.local.genesys import permissions
from infra.local.genesys.errors import PlatformProblem, Problem, ScimProblem
from infra.local.genesys.limits import RateLimits
from infra.local.genesys.org import Org
from infra.local.genesys.sessions import Sessions
from infra.local.genesys.tokens import AccessToken, Tokens
from infra.local.simulation.control import Control

TOKEN = web.RequestKey("token", AccessToken)
MAX_BYTES = 4 * 1024 * 1024
SCIM_PATH = "/api/v2/scim/"
SCIM_TYPES = frozenset({"application/json", "application/scim+json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One simulated Genesys organisation with everything that belongs to it."""

    control: Control
    org: Org
    sessions: Sessions
    tokens: Tokens
    limits: RateLimits

    @property
    def switches(self) -> dict[str, Any]:
        return self.control.switches


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request."""

    request: web.Request
    token: AccessToken

    def note(self, **facts: object) -> None:
        """Put facts into the journal entry of this request."""
        self.request["note"].update(facts)

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    async def json(self) -> Any:
        """The JSON body; on SCIM paths only from the two SCIM media types.

        Raises:
            Problem: 415 for another media type, 400 for what is not JSON.
        """
        scim = self.request.path.startswith(SCIM_PATH)
        if self.request.content_type not in (SCIM_TYPES if scim else {"application/json"}):
            message = f"The media type {self.request.content_type} is not supported."
            raise ScimProblem(415, message) if scim else PlatformProblem(415, "unsupported.media.type", message)
        try:
            return json.loads(await self.request.read())
        except ValueError as error:
            message = "The request body is not JSON."
            raise (
                ScimProblem(400, message, "invalidSyntax") if scim else PlatformProblem(400, "bad.request", message)
            ) from error

    async def document(self) -> dict[str, Any]:
        """The JSON body, which must be an object.

        Raises:
            Problem: as `json`, and 400 for something else.
        """
        body = await self.json()
        if isinstance(body, dict):
            return body
        message = "The request body is a JSON object."
        if self.request.path.startswith(SCIM_PATH):
            raise ScimProblem(400, message, "invalidSyntax")
        raise PlatformProblem(400, "bad.request", message)


Handler = Callable[[Call], Awaitable[web.Response]]


def guarded(handler: Handler, any_of: tuple[str, ...]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler behind its permission check."""

    async def checked(request: web.Request) -> web.StreamResponse:
        token = request[TOKEN]
        permissions.check(token.client.permissions, any_of)
        return await handler(Call(request, token))

    return checked


def answer(document: object, status: int = 200) -> web.Response:
    """A platform API answer."""
    return web.Response(body=json.dumps(document).encode(), status=status, content_type="application/json")


def gate(cloud: Cloud) -> Any:
    """The middleware around all handlers; `/_control` and the token endpoint pass untouched."""

    @web.middleware
    async def pass_gate(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        path = request.path
        if path.startswith("/_control") or path == "/oauth/token":
            return await handler(request)
        correlation = str(uuid4())
        limit_headers: dict[str, str] = {}
        response: web.StreamResponse
        try:
            token = cloud.tokens.holder(request.headers.get("Authorization", ""))
            limit_headers, refusal = cloud.limits.spend(token.value, token.client.id)
            if refusal is not None:
                raise refusal
            request[TOKEN] = token
            response = await handler(request)
        except Problem as problem:
            response = _refusal(problem, path, correlation, cloud)
        except web.HTTPException as error:
            response = _refusal(_as_problem(error, path), path, correlation, cloud)
        headers = response.headers
        headers.update(limit_headers)
        headers["ININ-Correlation-Id"] = correlation
        headers["Cache-Control"] = "no-cache, no-store, must-revalidate"
        headers["Date"] = formatdate(cloud.org.clock.now(), usegmt=True)
        return response

    return pass_gate


def _refusal(problem: Problem, path: str, correlation: str, cloud: Cloud) -> web.Response:
    scim_wanted = path.startswith(SCIM_PATH) and cloud.switches["gateway_errors"] == "scim"
    if scim_wanted and isinstance(problem, PlatformProblem):
        headers = problem.headers
        problem = ScimProblem(problem.status, problem.message)
        problem.headers = headers
    return web.Response(
        body=problem.body(correlation),
        status=problem.status,
        headers=problem.headers,
        content_type=problem.content_type,
    )


def _as_problem(error: web.HTTPException, path: str) -> Problem:
    messages = {
        404: ("not.found", "The requested resource does not exist."),
        405: ("bad.request", "The method is not allowed on this resource."),
        413: ("bad.request", f"The request is over the size limit. Maximum bytes: {MAX_BYTES}"),
    }
    code, message = messages.get(error.status, ("bad.request", error.reason))
    if path.startswith(SCIM_PATH):
        return ScimProblem(error.status, message)
    return PlatformProblem(error.status, code, message)
