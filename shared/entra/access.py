"""Which access token do we show Graph? Kept until shortly before it ends; a refused one is replaced once for all.

azure-identity keeps tokens too, and would hand a refused one out again until it ends. Asking it with `claims` makes
it skip its own store (azure-identity 1.27, `ManagedIdentityClientBase.get_cached_token`).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from shared.errors import SyncError, Unauthorized, Unreachable

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential

SCOPE = "https://graph.microsoft.com/.default"
MARGIN = 300.0  # seconds before its end from which on a token is no longer used


class AccessTokens:
    """The one access token of this process for one scope.

    However many callers wait, one question is under way, and they share its answer or its failure: a token endpoint
    that hangs would otherwise be waited for by each in turn.
    """

    def __init__(self, credential: AsyncTokenCredential, scope: str = SCOPE) -> None:
        self._credential = credential
        self._scope = scope
        self._kept: AccessToken | None = None
        self._asking: asyncio.Task[AccessToken] | None = None

    async def current(self) -> str:
        """A token that will live for a while.

        Raises:
            Unauthorized: the credential refused to give one.
            Unreachable: whoever gives it did not answer.
        """
        kept = self._kept
        return kept.token if kept and kept.expires_on - MARGIN > time.time() else await self._asked()

    async def instead_of(self, refused: str) -> str:
        """A token other than the refused one.

        Raises:
            Unauthorized, Unreachable: as in `current`.
        """
        token = self._kept.token if self._kept else refused
        return token if token != refused else await self._asked(claims="{}")

    async def _asked(self, claims: str | None = None) -> str:
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(claims))
            self._asking.add_done_callback(self._keep)
        return (await asyncio.shield(self._asking)).token

    def _keep(self, asked: asyncio.Task[AccessToken]) -> None:
        self._asking = None
        if not asked.cancelled() and asked.exception() is None:
            self._kept = asked.result()

    async def _ask(self, claims: str | None) -> AccessToken:
        try:
            return await self._credential.get_token(self._scope, claims=claims)
        except Exception as error:
            raise _meaning(error) from error


def _meaning(error: Exception) -> SyncError:
    """Only the type of what nobody foresaw is named: azure-identity quotes answers, and with them tokens."""
    from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

    if isinstance(error, (ServiceRequestError, ServiceResponseError)):
        return Unreachable("The token endpoint does not answer.")
    if isinstance(error, HttpResponseError) and (error.status_code or 0) >= 500:
        return Unreachable(f"The token endpoint answered {error.status_code}.")
    if isinstance(error, AzureError):
        return Unauthorized(f"No access token for Graph: {type(error).__name__}.")
    return Unreachable(f"The token endpoint's answer is none that azure-identity can read: {type(error).__name__}.")
