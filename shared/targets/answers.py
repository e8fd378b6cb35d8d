"""What does an answer of Genesys mean to the caller? Two error shapes in, one tree of errors out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from shared.errors import NotThere, Refused, Stale, SyncError, Throttled, Unauthorized, Unreachable, Unreadable
from shared.model import Instant

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
OUTDATED = "does not match the current version"  # the Platform API's 400 for an old version (genesys-api.md §5)
_PERMISSION = re.compile(r"\b[a-z]\w*:[a-z]\w*:[a-zA-Z]+\b")
_UNANNOUNCED_WAIT_S = 10.0  # a 429 without any header: between the 1 s and 30 s of Genesys' own provider
LONGEST_WAIT_S = 300.0  # whoever announces more is asked again after this: a gateway's mistake must not silence us
NO_DOCUMENT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what msgspec raises for bytes of others

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it arrived.

    Attributes:
        what: method, route and the ids in it, for messages and logs.
        headers: names in any case.
        at: our wall clock.
    """

    what: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: Instant

    @property
    def correlation_id(self) -> str:
        return self.headers.get("inin-correlation-id", "")

    @property
    def dated(self) -> Instant | None:
        """Genesys' clock (`Date`, whole seconds); None when the header is missing or unreadable."""
        try:
            moment = parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, TypeError, OverflowError):
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    @property
    def server_time(self) -> Instant:
        """Genesys' clock, or ours when it does not tell."""
        return self.at if self.dated is None else self.dated

    def read(self, kind: type[T]) -> T:
        """The body as `kind`.

        Raises:
            Unreadable: it is no JSON of that form.
        """
        try:
            return msgspec.json.decode(self.body, type=kind)
        except NO_DOCUMENT as error:
            raise Unreadable(f"{self.what}: Genesys answered {self.status} in a form that we don't know") from error


class _Problem(msgspec.Struct, rename="camel"):
    """ScimError and ErrorBody at once (genesys-api.md §2.5); which of the two it is, `schemas` says."""

    schemas: list[str] = []
    scim_type: str | None = None
    detail: str | None = None
    code: str | None = None
    message: str | None = None
    message_params: dict[str, Any] | None = None

    @property
    def machine_code(self) -> str:
        return (self.scim_type if SCIM_ERROR in self.schemas else self.code) or ""

    @property
    def text(self) -> str:
        """Free text, which can hold names and values: looked at, never shown."""
        return (self.detail if SCIM_ERROR in self.schemas else self.message) or ""

    @property
    def permissions(self) -> list[str]:
        """Codes such as `oauth:token:delete`, wherever Genesys put them."""
        params = " ".join(str(value) for value in (self.message_params or {}).values())
        return sorted(set(_PERMISSION.findall(f"{self.text} {params}")))


def error_of(answer: Answer) -> SyncError | None:
    """What to raise for this answer; None when it is a success."""
    if answer.status < 300:
        return None
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except NO_DOCUMENT:
        problem = _Problem()
    code = problem.machine_code
    said = f"{answer.what}: Genesys answered {answer.status} {code}".rstrip()
    if answer.correlation_id:
        said += f" (correlation {answer.correlation_id})"
    match answer.status:
        case 429:
            return Throttled(said, wait_of(answer.headers))
        case 401 | 403:
            missing = problem.permissions
            return Unauthorized(f"{said}; missing permission: {', '.join(missing)}" if missing else said)
        case 404:
            return NotThere(said, code)
        case 409:
            return Stale(said)
        case 400 if code == "invalidVers" or OUTDATED in problem.text:
            return Stale(said)
        case 408:
            return Unreachable(said)
        case status if status >= 500:
            return Unreachable(said)
        case _:
            return Refused(said, code)


def wait_of(headers: Mapping[str, str]) -> float:
    """Seconds to wait after a 429, `LONGEST_WAIT_S` at most.

    One more than announced, since the announcement is rounded (genesys-api.md §6).
    """
    for name in ("retry-after", "inin-ratelimit-reset"):
        try:
            announced = float(headers[name])
        except (KeyError, ValueError):
            continue
        if math.isfinite(announced):
            return min(max(0.0, announced) + 1.0, LONGEST_WAIT_S)
    return _UNANNOUNCED_WAIT_S
