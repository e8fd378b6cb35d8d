"""How does one request get to Genesys and back? Token, budget, one reconnect, one new token, errors, one log line."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import msgspec

from shared.errors import Refused, Unreachable
from shared.model import Instant, Urgency
from shared.runtime.budget import Budget
from shared.targets.answers import Answer, error_of, wait_of
from shared.targets.tokens import AccessToken, AccessTokens

log = logging.getLogger(__name__)

# At INFO httpx logs whole URLs (a filter holds a user name), at DEBUG httpcore logs headers (the access token).
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_TIMEOUT_S = 3.0
BACKGROUND_TIMEOUT_S = 4.0  # whoever waits here holds one of the host's places, and nobody waits for the work itself
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LOST = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, with the ids apart from the route so that logs can group by it.

    Attributes:
        route: path with `{placeholders}` for `ids`.
        body: anything that msgspec encodes as JSON; None: no body.
        idempotent: sending it twice is the same as once, so a lost answer is no reason to give up.
    """

    method: str
    route: str
    ids: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object | None = None
    content_type: str = "application/json"
    idempotent: bool = False

    @property
    def path(self) -> str:
        return self.route.format_map({name: quote(value, safe="") for name, value in self.ids.items()})

    @property
    def what(self) -> str:
        """For messages: ids only; parameters and body can hold names."""
        return f"{self.method} {self.path}"


class GenesysClient:
    """The process' one way to Genesys. Opens nothing before the first call.

    Args:
        api_url: `https://api.<region>`, without a path.
        token_url: `https://login.<region>/oauth/token`.
        secret: reads the OAuth client's secret, again after the token endpoint refused it.
        timeout_s: for each wait on the answer; connecting gets at most `CONNECT_TIMEOUT_S` of it, a background call
            at most `BACKGROUND_TIMEOUT_S`.
        now: wall clock, for `Answer.at`.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token_url: str,
        client_id: str,
        secret: Callable[[], Awaitable[str]],
        budget: Budget,
        timeout_s: float = 10.0,
        now: Callable[[], Instant] = time.time,
    ) -> None:
        self.budget = budget
        self.now = now
        self._api_url = api_url.rstrip("/")
        self._timeout_s = timeout_s
        self._http: httpx.AsyncClient | None = None
        self._tokens = AccessTokens(http=self._opened, token_url=token_url, client_id=client_id, secret=secret)

    async def send(self, request: Request, urgency: Urgency) -> Answer:
        """The answer, which is a success.

        Raises:
            Unreachable, Throttled, Unauthorized, NotThere, Stale, Refused: see `error_of`.
        """
        token = await self._tokens.get()
        answer = await self._delivered(request, urgency, token)
        if answer.status == 401:
            token = await self._tokens.after_refusal(token)
            answer = await self._delivered(request, urgency, token)
        error = error_of(answer)
        if error is not None:
            raise error
        return answer

    async def warm(self) -> None:
        """Open the connection pool and fetch the access token before anybody waits for it."""
        await self._tokens.get()

    async def close(self) -> None:
        await self._tokens.close()
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _timeout(self, urgency: Urgency) -> httpx.Timeout:
        background = urgency is Urgency.BACKGROUND
        return _patience(min(self._timeout_s, BACKGROUND_TIMEOUT_S) if background else self._timeout_s)

    def _opened(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                headers={"User-Agent": "entra-genesys-sync"},
                timeout=_patience(self._timeout_s),
                # How many calls there are at a time is the budget's business.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0),
            )
        return self._http

    async def _delivered(self, request: Request, urgency: Urgency, token: AccessToken) -> Answer:
        """One try, and one more when the connection was lost and sending again can do no harm."""
        try:
            return await self._try(request, urgency, token)
        except _NOT_SENT:
            pass
        except _LOST as error:
            if not request.idempotent:
                raise Unreachable(f"{request.what}: the connection was lost before the answer") from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Refused(f"{request.what}: no URL or body can hold what is asked", "unsayable") from error
        except httpx.RequestError as error:
            raise Unreachable(f"{request.what}: no answer ({type(error).__name__})") from error
        try:
            return await self._try(request, urgency, token)
        except httpx.RequestError as error:
            raise Unreachable(f"{request.what}: no answer in two tries ({type(error).__name__})") from error

    async def _try(self, request: Request, urgency: Urgency, token: AccessToken) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.value}", **request.headers}
        content = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            content = msgspec.json.encode(request.body)
        async with self.budget.call(urgency) as call:
            began = time.perf_counter()
            response = await self._opened().request(
                request.method, self._api_url + request.path, params=request.params, headers=headers, content=content,
                timeout=self._timeout(urgency),
            )  # fmt: skip
            took_ms = (time.perf_counter() - began) * 1000
            self.budget.observe(response.headers, call)
            if response.status_code == 429:
                self.budget.throttled(wait_of(response.headers))
        answer = Answer(
            what=request.what,
            status=response.status_code,
            headers=response.headers,
            body=response.content,
            at=self.now(),
        )
        log.debug(
            "Genesys answered %s %s with %d in %.0f ms, correlation %s",
            request.method, request.route, answer.status, took_ms, answer.correlation_id or "none",
            extra={"action": "genesys_call", "correlation_id": answer.correlation_id},
        )  # fmt: skip
        return answer


def _patience(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT_S))
