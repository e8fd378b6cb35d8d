"""How do we ask Graph? One request in, plain JSON out, or an error of our tree.

URLs come from msgraph-sdk's builders, the wire is httpx, and nothing in between retries: a lost connection is opened
once more, a refused access token is replaced once, everything else is the caller's decision (design: retry table).
Logs carry Graph's `request-id`, never bodies.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from shared.entra.access import AccessTokens
from shared.entra.answers import failure
from shared.errors import Refused, Unreachable

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from shared.entra.urls import GraphUrls

GRAPH = "https://graph.microsoft.com/v1.0"
CONNECTIONS = 8  # httpx slows down with more in flight
IDLE_S = 60.0  # how long an idle connection is kept; opening one costs a TLS handshake

JsonObject = dict[str, Any]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request before it has an access token; reads as its method and path, without the query."""

    method: str
    url: str
    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None
    repeatable: bool = True

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


class GraphClient:
    """One per process. Close it with `aclose`; the credential stays the caller's to close.

    Args:
        base_url: version root, for example `https://graph.microsoft.com/v1.0`; plain http in the local world.
        timeout: seconds for each of connecting, writing and waiting for the answer.
    """

    def __init__(self, credential: AsyncTokenCredential, *, base_url: str = GRAPH, timeout: float = 10.0) -> None:
        self._base_url = base_url.rstrip("/")
        self.timeout = timeout
        self._tokens = AccessTokens(credential)
        # No `base_url` here: httpx would make `/v1.0//users` of it (microsoft-graph.md §8.6).
        self._http = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_S),
            follow_redirects=False,
            trust_env=False,
        )

    @cached_property
    def urls(self) -> GraphUrls:
        """Builders of requests for `send`. The first access imports the SDK (0.1 to 0.3 s)."""
        from shared.entra.urls import GraphUrls

        return GraphUrls(self._base_url, self._http)

    async def send(
        self, request: RequestInformation, body: JsonObject | None = None, *, reads: bool = False,
        timeout: float | None = None,
    ) -> JsonObject:  # fmt: skip
        """Ask once.

        Args:
            reads: a POST that changes nothing: it is sent again when the connection breaks, as every other verb is.
            timeout: seconds, where this request needs another than the client's.

        Returns:
            The JSON object; an empty one for an answer without a body.

        Raises:
            Unreachable: no answer in time, 408, 5xx, or a body that is not Graph's.
            Throttled: 429, with Graph's `Retry-After`.
            Unauthorized: 401 with a fresh access token, or 403.
            NotThere: 404.
            Stale: 409 or 412.
            Refused: any other 4xx; `code` is Graph's.
        """
        call = _Call(
            method=(request.http_method or Method.GET).value,
            url=request.url,
            headers=request.request_headers or {},
            body=body,
            timeout=timeout or self.timeout,
            repeatable=reads or request.http_method != Method.POST,
        )
        return await self._send(call)

    async def follow(self, link: str) -> JsonObject:
        """Read an `@odata.nextLink` or `@odata.deltaLink` as it is.

        Raises:
            Refused: it leads elsewhere, and our access token must not go there; and as `send`.
        """
        if not link.startswith(f"{self._base_url}/"):
            raise Refused("Graph's link leads elsewhere.", "foreign_link")
        return await self._send(_Call(method="GET", url=link, timeout=self.timeout))

    async def warm(self) -> None:
        """Import the builders and take an access token, so that the first read does not wait for them.

        Raises:
            Unauthorized, Unreachable: no access token.
        """
        _ = self.urls
        await self._tokens.current()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _send(self, call: _Call) -> JsonObject:
        token = await self._tokens.current()
        response = await self._exchange(call, token)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response = await self._exchange(call, await self._tokens.instead_of(token))
        log.debug(
            "graph answered %s with %s", call, response.status_code,
            extra={"action": "graph_call", "request_id": response.headers.get("request-id", "")},
        )  # fmt: skip
        if response.is_error:
            raise failure(str(call), response.status_code, response.headers, _json(response))
        if response.is_success and not response.content:
            return {}
        document = _json(response)
        if not response.is_success or not isinstance(document, dict):
            raise Unreachable(f"{call} was answered with something that is not Graph's JSON.")
        return document

    async def _exchange(self, call: _Call, token: str) -> httpx.Response:
        """One answer, with at most one reconnect.

        A kept connection may have been closed by the other side while it was idle, which only sending finds out.
        """
        try:
            request = self._http.build_request(
                call.method, call.url, json=call.body, timeout=call.timeout,
                headers={"accept": "application/json", **call.headers, "authorization": f"Bearer {token}"},
            )  # fmt: skip
            try:
                return await self._http.send(request)
            except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
                # Without a connection nothing was sent: that may always be tried again.
                if not call.repeatable and not isinstance(error, httpx.ConnectError):
                    raise
                return await self._http.send(request)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: no header can carry the token
            raise Unreachable(f"Graph did not answer {call}: {type(error).__name__}.") from error


def _json(response: httpx.Response) -> object:
    try:
        document = response.json()
        if b"\\ud" in response.content.lower():
            # JSON's escapes can say half a surrogate pair, which no message, row or request could carry on.
            return json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return document
