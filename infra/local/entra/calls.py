"""What is a request to Graph and its answer, free of HTTP? `/v1.0/...` and the items of `$batch` both become these."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from infra.local.entra.tokens import Principal

Document = dict[str, Any]


class GraphError(Exception):
    """An answer in Graph's error form: `{"error": {"code", "message", "innerError"}}`."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def not_found(object_id: str) -> GraphError:
    """What Graph says of an object that it does not see: deleted, purged, or not replicated yet."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{object_id}' does not exist or one of its queried reference-property objects are not present.",
    )


def bad_request(message: str, code: str = "Request_BadRequest") -> GraphError:
    return GraphError(400, code, message)


def mishap(status: int) -> GraphError:
    """What Graph says of a failure of its own, for statuses that a fault rule or an outage makes."""
    codes = {429: "TooManyRequests", 503: "serviceNotAvailable", 504: "gatewayTimeout"}
    return GraphError(status, codes.get(status, "UnknownError"), "Please retry again later.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `base` is the absolute URL of the version root; `path` begins after it, still percent-encoded.

    Names of `headers` are in lower case. `args` are the decoded variables of the route; `note` is the journal's,
    shared by the items of a batch.
    """

    method: str
    base: str
    path: str
    principal: Principal
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    args: Mapping[str, str] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)

    def document(self) -> Document:
        """The body as a JSON object.

        Raises:
            GraphError: 400, it is something else.
        """
        if not isinstance(self.body, dict):
            raise bad_request("Unable to read JSON request payload.", "BadRequest")
        return self.body

    @property
    def advanced(self) -> bool:
        """Whether the caller accepts an index that lags: `ConsistencyLevel: eventual` and `$count=true`."""
        level, count = self.headers.get("consistencylevel", ""), self.query.get("$count", "")
        return level.lower() == "eventual" and count.lower() == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`text` is sent as it is in place of `body`: what a service gone wrong says, perhaps no JSON at all."""

    status: int = 200
    body: Document | None = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Answer]]
Needs = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`needs`: of each set the caller must hold one role (application permission). `units`: cost, Learn: throttling."""

    method: str
    template: str
    handler: Handler
    needs: Needs = ()
    units: int = 1
    pattern: re.Pattern[str]


def route(method: str, template: str, handler: Handler, needs: Needs = (), units: int = 1) -> Route:
    """A route whose `template` looks like `/users/{id}/manager`."""
    escaped = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    pattern = re.compile(f"{escaped}/?", re.IGNORECASE)
    return Route(method=method, template=template, handler=handler, needs=needs, units=units, pattern=pattern)


def find(routes: list[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The first route that fits, with its variables decoded.

    Raises:
        GraphError: 400 as Graph says it of an unknown segment, 405 when only the method is wrong.
    """
    known = False
    path = unquote(path)  # clients differ in what they encode: `$ref` or `%24ref`
    for candidate in routes:
        match = candidate.pattern.fullmatch(path)
        if match is None:
            continue
        if candidate.method == method:
            return candidate, match.groupdict()
        known = True
    if known:
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    segment = path.strip("/").split("/")[0]
    raise bad_request(f"Resource not found for the segment '{segment}'.", "BadRequest")
