"""Who is the caller? App Service authentication, as it stands in front of a function app.

| request | app sees |
|---|---|
| bearer of an operator | `X-MS-CLIENT-PRINCIPAL`, `-ID`, `-NAME`, `-IDP` of that operator |
| no bearer, or an unknown one | nothing: 401 |
| excluded path | the request without a principal, whatever the bearer |
| authentication off | the request without a principal |

In every row principal headers that the caller sent himself are taken away, as the platform does.
Source: "Work with user identities in Azure App Service authentication".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RESERVED = "x-ms-client-principal"
SCHEMA = "http://schemas.microsoft.com/identity/claims"
TENANT = "6b1d5c39-2a5e-4c0a-9a53-7c1f0e6a4d10"
AUDIENCE = "api://entra-genesys-sync"
LIFETIME_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A signed-in person and the app roles that Entra put into the token."""

    object_id: str
    name: str
    upn: str
    roles: tuple[str, ...]

    def headers(self) -> dict[str, str]:
        claims = [
            ("aud", AUDIENCE),
            ("iss", f"https://sts.windows.net/{TENANT}/"),
            (f"{SCHEMA}/objectidentifier", self.object_id),
            (f"{SCHEMA}/tenantid", TENANT),
            ("name", self.name),
            ("preferred_username", self.upn),
            *(("roles", role) for role in self.roles),
        ]
        document = {
            "auth_typ": "aad",
            "claims": [{"typ": kind, "val": value} for kind, value in claims],
            "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "role_typ": "roles",
        }
        return {
            "x-ms-client-principal": base64.b64encode(json.dumps(document).encode()).decode(),
            "x-ms-client-principal-id": self.object_id,
            "x-ms-client-principal-name": self.upn,
            "x-ms-client-principal-idp": "aad",
        }


def local_operators() -> dict[str, Principal]:
    """The three people of the local world by the name that stack.json gives them."""
    return {
        word: Principal(
            object_id=str(uuid.uuid5(uuid.UUID(TENANT), word)),
            name=f"Local {word}",
            upn=f"{word}@contoso.example",
            roles=(word.capitalize(),),
        )
        for word in ("reader", "operator", "approver")
    }


class EasyAuth:
    """The platform's authentication. `tokens` maps operator names to bearers, which are new at each start.

    A bearer has the form and the claims of an Entra access token; its signature is only checked here, by knowing it.
    """

    def __init__(
        self, operators: Mapping[str, Principal], *, enabled: bool = True, excluded: Iterable[str] = ()
    ) -> None:
        """`excluded`: paths that need no sign-in, each with everything below it."""
        key = secrets.token_bytes(32)
        self.enabled = enabled
        self.excluded = tuple("/" + path.strip("/").lower() for path in excluded)
        self.tokens = {word: _token(principal, key) for word, principal in operators.items()}
        self._principals = {self.tokens[word]: principal for word, principal in operators.items()}

    def admit(self, path: str, headers: Mapping[str, str]) -> dict[str, str] | None:
        """The headers that the app sees, names in lower case; None when the answer is 401."""
        seen: dict[str, str] = {}
        for name, value in headers.items():
            key = name.lower()
            if not key.startswith(RESERVED):
                seen[key] = f"{seen[key]},{value}" if key in seen else value
        if not self.enabled or self._open(path.lower()):
            return seen
        scheme, _, bearer = seen.get("authorization", "").partition(" ")
        principal = self._principals.get(bearer.strip()) if scheme.lower() == "bearer" else None
        return None if principal is None else {**seen, **principal.headers()}

    def _open(self, path: str) -> bool:
        return any(path == open_path or path.startswith(f"{open_path}/") for open_path in self.excluded)


def _token(principal: Principal, key: bytes) -> str:
    now = int(time.time())
    claims = {
        "aud": AUDIENCE, "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT, "oid": principal.object_id,
        "sub": principal.object_id, "name": principal.name, "preferred_username": principal.upn,
        "roles": list(principal.roles), "iat": now, "nbf": now, "exp": now + LIFETIME_S, "jti": secrets.token_hex(8),
        "ver": "1.0",
    }  # fmt: skip
    text = ".".join(_part(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
    return f"{text}.{_part(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
