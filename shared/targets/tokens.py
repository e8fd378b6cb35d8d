"""Which access token do we send to Genesys, and who fetches the next one?

Client credentials (genesys-api.md §1.3). However many calls need a new token at the same moment, one request fetches
it. It is renewed in the background at 90 % of its life, so a token endpoint that is down stops nobody before the
token has really expired.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import msgspec

from shared.errors import Throttled, Unauthorized, Unreachable
from shared.targets.answers import NO_DOCUMENT, wait_of

RENEW_AT = 0.9
RETRY_RENEWAL_S = 30.0
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccessToken:
    """Compared by identity: a 401 is about this very token."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float = 86_400.0


class AccessTokens:
    """The one access token of the process.

    Args:
        http: gives the client to send with.
        token_url: `https://login.<region>/oauth/token`.
        secret: reads the client secret; called again when the token endpoint refuses the one we know.
        now: monotonic seconds.
    """

    def __init__(
        self,
        *,
        http: Callable[[], httpx.AsyncClient],
        token_url: str,
        client_id: str,
        secret: Callable[[], Awaitable[str]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._url = token_url
        self._client_id = client_id
        self._secret = secret
        self._known_secret: str | None = None
        self._now = now
        self._token: AccessToken | None = None
        self._renewal: asyncio.Task[AccessToken] | None = None
        self._not_before = float("-inf")

    async def get(self) -> AccessToken:
        """A token that has not expired.

        Raises:
            Unauthorized: the token endpoint refuses our credentials, freshly read ones too.
            Unreachable: it does not answer.
            Throttled: it answers 429.
        """
        now, token = self._now(), self._token
        if token is None or now >= token.expires_at:
            return await self._renewed()
        if now >= token.renew_at and now >= self._not_before:
            self._renew()
        return token

    async def after_refusal(self, refused: AccessToken) -> AccessToken:
        """A token other than `refused`, which got a 401: the one that somebody fetched since, or a new one."""
        if self._token is refused:
            self._token = None
        return await self.get()

    async def close(self) -> None:
        """Stop a renewal that is still under way."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renewed(self) -> AccessToken:
        # Shielded: the call that happened to start the renewal can be cancelled, the others still wait for it.
        return await asyncio.shield(self._renew())

    def _renew(self) -> asyncio.Task[AccessToken]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._fetch(), name="genesys access token")
            self._renewal.add_done_callback(self._settle)
        return self._renewal

    def _settle(self, task: asyncio.Task[AccessToken]) -> None:
        """A failure in the background is nobody's, so it is taken here."""
        if not task.cancelled() and task.exception() is not None:
            self._not_before = self._now() + RETRY_RENEWAL_S

    async def _fetch(self) -> AccessToken:
        if self._known_secret is None:
            self._known_secret = await self._secret()
        asked_at = self._now()
        response = await self._ask(self._known_secret)
        if response.status_code in (400, 401):
            self._known_secret = await self._secret()
            asked_at = self._now()
            response = await self._ask(self._known_secret)
        match response.status_code:
            case 200:
                # Kept here and not when the task is done: whoever comes in between would fetch another one.
                self._token = self._parse(response.content, asked_at)
                return self._token
            case 429:
                raise Throttled("Genesys' token endpoint answered 429", wait_of(response.headers))
            case status if status >= 500 or status == 408:
                raise Unreachable(f"Genesys' token endpoint answered {status}")
            case status:
                raise Unauthorized(f"Genesys' token endpoint refuses client {self._client_id}: {status}")

    async def _ask(self, secret: str) -> httpx.Response:
        try:
            return await self._http().post(
                self._url, auth=(self._client_id, secret), data={"grant_type": "client_credentials"}
            )
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Unreachable(f"Genesys' token endpoint does not answer ({type(error).__name__})") from error

    def _parse(self, body: bytes, asked_at: float) -> AccessToken:
        try:
            answer = msgspec.json.decode(body, type=_TokenAnswer)
        except NO_DOCUMENT as error:
            raise Unauthorized("Genesys' token endpoint answered 200 without an access token") from error
        if not _TOKEN.fullmatch(answer.access_token):
            raise Unauthorized("Genesys' token endpoint answered an access token that no header can carry")
        return AccessToken(
            value=answer.access_token,
            renew_at=asked_at + answer.expires_in * RENEW_AT,
            expires_at=asked_at + answer.expires_in,
        )
