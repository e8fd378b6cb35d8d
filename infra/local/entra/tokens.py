"""Who is calling, and with which application permissions? Access tokens of Entra, issued and read.

A token has the shape of a JWT with the claims that Graph tokens carry (`roles`, `appid`, `oid`, `tid`, `exp`), signed
with a key that lives as long as the process. Its life is measured on the machine's clock, not on the simulated one:
the client that caches it knows only the former. `expire_all` ages every token issued so far.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

TENANT_ID = "0f6c3f0e-8b0d-4a0b-8d53-5f1f0b6f7b10"
GRAPH = "https://graph.microsoft.com"


class BadTokenError(ValueError):
    """The bearer is missing, not ours, or expired; the message is what Graph tells the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application registered in the tenant. `roles` are its granted application permissions."""

    id: str
    secret: str
    roles: frozenset[str]

    @property
    def object_id(self) -> str:
        """The object id of its service principal."""
        return str(uuid.uuid5(uuid.UUID(self.id), "service-principal"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller as its access token describes it."""

    client_id: str
    object_id: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """`expires_on` is in machine seconds since 1970, `expires_in` in seconds from now."""

    value: str
    expires_on: int
    expires_in: int


class Tokens:
    """The token issuer of one tenant."""

    def __init__(self, clients: list[Client], *, machine: Callable[[], float] = time.time) -> None:
        self._clients = {client.id: client for client in clients}
        self._machine = machine
        self._key = secrets.token_bytes(32)
        self._epoch = 0

    def client(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def grant(self, client_id: str, roles: frozenset[str]) -> None:
        """Change the permissions of a client; tokens issued earlier keep theirs, as in Entra.

        Raises:
            KeyError: there is no such client.
        """
        self._clients[client_id] = replace(self._clients[client_id], roles=roles)

    def expire_all(self) -> None:
        self._epoch += 1

    def issue(self, client: Client, audience: str, life_s: float) -> AccessToken:
        now = int(self._machine())
        expires_on = now + int(life_s)
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{TENANT_ID}/",
            "iat": now,
            "nbf": now,
            "exp": expires_on,
            "appid": client.id,
            "idtyp": "app",
            "oid": client.object_id,
            "sub": client.object_id,
            "tid": TENANT_ID,
            "roles": sorted(client.roles),
            "uti": secrets.token_urlsafe(12),
            "ver": "1.0",
            "epoch": self._epoch,
        }
        body = f"{_encode({'typ': 'JWT', 'alg': 'HS256'})}.{_encode(claims)}"
        return AccessToken(value=f"{body}.{self._sign(body)}", expires_on=expires_on, expires_in=int(life_s))

    def read(self, authorization: str | None) -> Principal:
        """The caller of a request with this `Authorization` header.

        Raises:
            BadTokenError: Graph would answer 401 `InvalidAuthenticationToken`.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadTokenError("Access token is empty.")
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            raise BadTokenError("Access token validation failure. Invalid signature.")
        claims: dict[str, Any] = json.loads(_decode(body.partition(".")[2]))
        if str(claims["aud"]).rstrip("/") != GRAPH:
            raise BadTokenError("Access token validation failure. Invalid audience.")
        if claims["exp"] <= self._machine() or claims["epoch"] != self._epoch:
            raise BadTokenError("Lifetime validation failed, the token is expired.")
        return Principal(client_id=claims["appid"], object_id=claims["oid"], roles=frozenset(claims["roles"]))

    def _sign(self, body: str) -> str:
        return _base64(hmac.new(self._key, body.encode(), hashlib.sha256).digest())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _encode(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
