"""Who is calling? OAuth clients, the access tokens they were given, and whether a token still counts."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.genesys.errors import PlatformProblem
from infra.local.simulation.clock import Clock


@dataclass(slots=True, kw_only=True)
class OAuthClient:
    """A client-credentials client. Its rights are its permissions, never scopes."""

    id: str
    name: str
    secret: str
    permissions: frozenset[str]
    created_by: str = ""
    state: str = "active"
    lifetime_s: int = 86_400
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a caller holds; `expires` in simulated seconds since 1970."""

    value: str
    client: OAuthClient
    expires: float


class CredentialsRefusedError(Exception):
    """The token request is answered with this OAuth error and status."""

    def __init__(self, error: str, description: str, status: int) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class Tokens:
    """Issues and checks access tokens."""

    def __init__(self, clock: Clock, switches: Mapping[str, Any], clients: Iterable[OAuthClient], seed: int) -> None:
        self._clock = clock
        self._switches = switches
        self._chance = random.Random(seed)
        self._tokens: dict[str, AccessToken] = {}
        self.clients = {client.id: client for client in clients}

    def issue(self, authorization: str, grant_type: str) -> tuple[str, int]:
        """The access token and its `expires_in` for a Basic header and a grant.

        Raises:
            CredentialsRefusedError: unknown client, wrong secret, disabled client (401) or another grant (400).
        """
        client = self._client(authorization)
        if grant_type != "client_credentials":
            raise CredentialsRefusedError("unsupported_grant_type", f"The grant {grant_type} is not supported.", 400)
        lifetime = int(self._switches["token_lifetime_s"]) or client.lifetime_s
        value = f"{self._chance.getrandbits(256):064x}"
        self._tokens[value] = AccessToken(value=value, client=client, expires=self._clock.now() + lifetime)
        return value, lifetime - 1

    def _client(self, authorization: str) -> OAuthClient:
        scheme, _, encoded = authorization.partition(" ")
        try:
            identifier, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            identifier = secret = ""
        client = self.clients.get(identifier)
        if scheme.lower() != "basic" or client is None or client.secret != secret or client.state != "active":
            raise CredentialsRefusedError("invalid_client", "The client credentials are not valid.", 401)
        return client

    def holder(self, authorization: str) -> AccessToken:
        """The token behind an `Authorization: Bearer` header.

        Raises:
            PlatformProblem: 401 when there is none, or it is unknown, expired or revoked.
        """
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise PlatformProblem(401, "authentication.required", "No authentication bearer token specified.")
        token = self._tokens.get(value.strip())
        if token is None or token.client.state != "active" or token.expires <= self._clock.now():
            raise PlatformProblem(401, "bad.credentials", "Invalid login credentials.")
        return token

    def revoke_all(self, client_id: str = "") -> int:
        """Forget every access token, or those of one client; how many there were."""
        gone = [value for value, token in self._tokens.items() if client_id in ("", token.client.id)]
        for value in gone:
            del self._tokens[value]
        return len(gone)

    def forget(self, value: str) -> None:
        self._tokens.pop(value, None)
