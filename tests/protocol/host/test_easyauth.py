"""What does App Service authentication let through, and with which headers?"""

from __future__ import annotations

import base64
import json

import pytest

from infra.local.platform.easyauth import EasyAuth, local_operators

FORGED = {"X-MS-CLIENT-PRINCIPAL": "eyJ9", "x-ms-client-principal-id": "boss", "X-Ms-Client-Principal-Name": "boss"}
PRINCIPAL = {f"x-ms-client-principal{tail}" for tail in ("", "-id", "-name", "-idp")}


@pytest.mark.parametrize(
    ("enabled", "path", "bearer", "admitted", "principal"),
    [
        (True, "/api/holds", "operator", True, True),
        (True, "/api/holds", None, False, False),
        (True, "/api/holds", "made-up", False, False),
        (True, "/api/notifications", None, True, False),
        (True, "/API/Notifications/lifecycle", None, True, False),
        (True, "/api/notifications", "operator", True, False),
        (True, "/api/notifications-of-others", None, False, False),
        (False, "/api/holds", None, True, False),
        (False, "/api/holds", "operator", True, False),
    ],
)
def test_who_is_admitted(*, enabled: bool, path: str, bearer: str | None, admitted: bool, principal: bool) -> None:
    auth = EasyAuth(local_operators(), enabled=enabled, excluded=["/api/notifications"])
    token = auth.tokens.get(bearer or "", bearer)
    headers = {**FORGED, **({} if token is None else {"Authorization": f"Bearer {token}"})}

    seen = auth.admit(path, headers)

    assert (seen is not None) == admitted
    if seen is not None:
        assert "boss" not in seen.values()
        assert {name for name in seen if name.startswith("x-ms-client")} == (PRINCIPAL if principal else set())


@pytest.mark.parametrize(("word", "role"), [("reader", "Reader"), ("operator", "Operator"), ("approver", "Approver")])
def test_the_principal_carries_the_role_and_matches_the_bearer(word: str, role: str) -> None:
    auth = EasyAuth(local_operators())

    seen = auth.admit("/api/holds", {"Authorization": f"Bearer {auth.tokens[word]}"})

    assert seen is not None
    document = json.loads(base64.b64decode(seen["x-ms-client-principal"]))
    payload = auth.tokens[word].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert [claim["val"] for claim in document["claims"] if claim["typ"] == "roles"] == [role] == claims["roles"]
    assert seen["x-ms-client-principal-id"] == claims["oid"]
    assert seen["x-ms-client-principal-idp"] == "aad"


def test_bearers_are_new_at_each_start() -> None:
    first, second = EasyAuth(local_operators()), EasyAuth(local_operators())

    assert set(first.tokens.values()).isdisjoint(second.tokens.values())


def test_a_header_that_comes_twice_is_joined() -> None:
    from multidict import CIMultiDict

    seen = EasyAuth(local_operators(), enabled=False).admit("/", CIMultiDict([("Via", "a"), ("via", "b")]))

    assert seen == {"via": "a,b"}
