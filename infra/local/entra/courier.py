"""How does Graph reach a webhook? One POST with a deadline, and the validation handshake.

Learn: graph/change-notifications-delivery-webhooks.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from infra.local.entra.calls import Document, GraphError

GREETING = "Validation: Testing client application reachability for subscription Request-Id: "
REFUSED = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request."
)
TIMED_OUT = "Subscription validation request timed out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came back: `status` is 0 when nothing did, and `reason` says why."""

    status: int
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Courier:
    """Needs a running loop; `aclose` ends its connections.

    With `base` (scheme and host) it goes there instead of to public https hosts, which a laptop does not have.
    """

    def __init__(self, base: str | None = None) -> None:
        self._base = URL(base) if base else None
        # A connection for each POST: one kept open could have been closed by a webhook that restarted meanwhile.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))

    async def aclose(self) -> None:
        await self._session.close()

    async def post(self, url: str, body: Document, deadline_s: float) -> Receipt:
        """Deliver `body`; an answer later than `deadline_s` is none."""
        try:
            async with asyncio.timeout(deadline_s):
                async with self._session.post(self._target(url), json=body, allow_redirects=False) as answer:
                    await answer.read()
                    return Receipt(status=answer.status)
        except TimeoutError:
            return Receipt(status=0, reason="timeout")
        except (aiohttp.ClientError, OSError) as error:
            return Receipt(status=0, reason=type(error).__name__)

    async def shake_hands(self, url: str, deadline_s: float) -> None:
        """Ask `url` to echo a validation token: exactly 200, text/plain, the token decoded once and nothing else.

        Raises:
            GraphError: 400 `ValidationError`, or `InvalidRequest` when the answer is late.
        """
        token = f"{GREETING}{uuid.uuid4()}"
        escaped = quote_plus(token).replace("%3A", "%3a")  # Graph writes its escapes in lower case
        target = self._target(f"{url}{'&' if '?' in url else '?'}validationToken={escaped}")
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        try:
            async with asyncio.timeout(deadline_s):
                async with self._session.post(target, data=b"", headers=headers, allow_redirects=False) as answer:
                    text = await answer.text()
        except TimeoutError as error:
            raise GraphError(400, "InvalidRequest", TIMED_OUT) from error
        except (aiohttp.ClientError, OSError, UnicodeDecodeError) as error:
            raise GraphError(400, "ValidationError", REFUSED) from error
        if answer.status != 200 or answer.content_type != "text/plain" or text != token:
            raise GraphError(400, "ValidationError", REFUSED)

    def _target(self, url: str) -> URL:
        target = URL(url, encoded=True)
        if self._base is None or target.scheme != "https":
            return target
        return self._base.join(target.relative())
