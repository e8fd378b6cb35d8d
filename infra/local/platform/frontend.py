"""How does an HTTP request become a call and an answer? What the platform and the host do around an HTTP function.

| situation | answer |
|---|---|
| App Service authentication says no | 401 |
| no route, or not in this method | 404 |
| key missing or wrong where `authLevel` wants one | 401 |
| body over 100 MB | 413 |
| the function raises, runs too long, or loses its worker | 500 without a body |
"""

from __future__ import annotations

import hmac
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from infra.local.platform.codec import Codec
from infra.local.platform.easyauth import EasyAuth
from infra.local.platform.invocations import Invoker
from infra.local.platform.routes import Routes
from infra.local.platform.worker_process import SUCCESS

MAX_BODY = 100 * 1024 * 1024
#: Connection-level headers are the server's own business; aiohttp writes them.
OWN_HEADERS = {"content-length", "transfer-encoding", "connection"}


class Frontend:
    """The request handler of everything that is not `/admin` or `/_control`."""

    def __init__(self, routes: Routes, auth: EasyAuth, invoker: Invoker, codec: Codec, master_key: str) -> None:
        self.routes = routes
        self.auth = auth
        self._invoker = invoker
        self._codec = codec
        self._master_key = master_key

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = self.auth.admit(request.path, request.headers)
        if headers is None:
            return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="{request.host}"'})
        found = self.routes.match(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=200 if request.path == "/" else 404)
        route, params = found
        if route.trigger.level != "ANONYMOUS" and not self.has_key(request):
            return web.Response(status=401)
        data = self._codec.http(
            method=request.method, url=str(request.url), headers=headers, query=_query(request), params=params,
            body=await request.read(),
        )  # fmt: skip
        outcome = await self._invoker.call(
            route.function, data, cause="http", traceparent=request.headers.get("traceparent", "")
        )
        # An output binding that failed is told after the answer: the function itself has succeeded.
        if outcome.response is None or outcome.response.result.status != SUCCESS:
            return web.Response(status=500)
        return _response(outcome.response.return_value)

    def has_key(self, request: web.Request) -> bool:
        """Whether the request carries the master key, in the header or as `?code=`."""
        key = request.headers.get("x-functions-key") or request.query.get("code") or ""
        return hmac.compare_digest(key.encode(), self._master_key.encode())


def _query(request: web.Request) -> dict[str, str]:
    """A name that comes several times has its values joined, as .NET's StringValues does."""
    return {name: ",".join(request.query.getall(name)) for name in dict.fromkeys(request.query)}


def _response(value: Any) -> web.Response:
    match value.WhichOneof("data"):
        case "http":
            return _http_response(value.http)
        case None:
            return web.Response(status=204)
        case kind:
            body = getattr(value, kind)
            return web.Response(body=body if isinstance(body, bytes) else str(body).encode())


def _http_response(http: Any) -> web.Response:
    headers: CIMultiDict[str] = CIMultiDict()
    for name, text in http.headers.items():
        if name.lower() not in OWN_HEADERS:
            headers.add(name, text)
    for cookie in http.cookies:
        headers.add("Set-Cookie", _cookie(cookie))
    kind = http.body.WhichOneof("data")
    body = b"" if kind is None else getattr(http.body, kind)
    return web.Response(
        status=int(http.status_code or 200), headers=headers, body=body if isinstance(body, bytes) else body.encode()
    )


def _cookie(cookie: Any) -> str:
    text = f"{cookie.name}={cookie.value}"
    for word, kind in (("Domain", "domain"), ("Path", "path")):
        if cookie.HasField(kind):
            text += f"; {word}={getattr(cookie, kind).value}"
    if cookie.HasField("max_age"):
        text += f"; Max-Age={int(cookie.max_age.value)}"
    if cookie.HasField("secure") and cookie.secure.value:
        text += "; Secure"
    if cookie.HasField("http_only") and cookie.http_only.value:
        text += "; HttpOnly"
    same_site = {1: "Lax", 2: "Strict", 3: "None"}.get(cookie.same_site)
    return f"{text}; SameSite={same_site}" if same_site else text
