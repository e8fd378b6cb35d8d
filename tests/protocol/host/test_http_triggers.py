"""Do HTTP requests reach functions, and their answers callers, as through Azure's front?"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.protocol.host.conftest import KEY, World


def test_a_function_sees_the_request_as_the_host_sends_it(world: World) -> None:
    answer = world.client.post(
        "/api/Echo/notify/7?token=a%20b&empty=&twice=1&twice=2",
        content=b"\x00body",
        headers={"X-Mixed-Case": "Yes", "traceparent": "00-11-22-01"},
    )

    seen = answer.json()
    assert (answer.status_code, answer.headers["x-kind"]) == (202, "echo")
    assert answer.headers["content-type"] == "application/json"
    assert (seen["method"], seen["function"], seen["trace"]) == ("POST", "echo", "00-11-22-01")
    assert seen["params"] == {"token": "a b", "twice": "1,2"}
    assert seen["route"] == {"kind": "notify", "number": "7"}
    assert seen["headers"]["x-mixed-case"] == "Yes"
    assert base64.b64decode(seen["body"]) == b"\x00body"
    assert seen["url"].startswith(world.ready["app"])


def test_the_app_knows_its_address_and_that_authentication_is_on(world: World) -> None:
    seen = world.client.get("/api/echo/a").json()

    assert (seen["hostname"], seen["auth"]) == (world.ready["app"].removeprefix("http://"), "True")


def test_a_literal_segment_goes_before_a_parameter(world: World) -> None:
    assert world.client.get("/api/echo/fixed").text == "fixed"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/echo/a", 202),
        ("GET", "/api/echo/a/", 202),
        ("GET", "/api/echo/a/x", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/echo/a", 401),
        ("GET", "/_control/nothing", 404),
        ("GET", "/admin", 404),
        ("DELETE", "/api/echo/a", 404),
        ("GET", "/api/post", 404),
    ],
)
def test_routes_and_methods(world: World, method: str, path: str, status: int) -> None:
    assert world.client.request(method, path).status_code == status


def test_a_function_that_raises_is_500_without_a_body(world: World) -> None:
    answer = world.client.get("/api/boom")

    assert (answer.status_code, answer.content) == (500, b"")
    assert world.calls("boom")[0]["error"] == "ValueError: kaboom"


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"x-functions-key": "wrong"}, "", 401),
        ({"x-functions-key": KEY}, "", 200),
        ({}, f"?code={KEY}", 200),
    ],
)
def test_a_function_key_is_asked_for(world: World, headers: dict[str, str], query: str, status: int) -> None:
    assert world.client.get(f"/api/locked{query}", headers=headers).status_code == status


def test_a_body_over_the_limit_is_413(world: World) -> None:
    def too_much() -> Iterator[bytes]:
        for _ in range(101):
            yield b"\0" * (1024 * 1024)

    assert world.client.post("/api/echo/a", content=too_much()).status_code == 413


@pytest.mark.parametrize("word", ["reader", "operator", "approver"])
def test_a_known_bearer_becomes_a_principal(world: World, word: str) -> None:
    answer = world.client.get("/api/signed", headers={"Authorization": world.ready["operators"][word]})

    principal = json.loads(base64.b64decode(answer.json()["x-ms-client-principal"]))
    assert {"typ": "roles", "val": word.capitalize()} in principal["claims"]
    assert answer.json()["x-ms-client-principal-idp"] == "aad"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer made-up"}, {"X-MS-CLIENT-PRINCIPAL": "e30="}])
def test_whoever_is_not_signed_in_is_401(world: World, headers: dict[str, str]) -> None:
    answer = world.client.get("/api/signed", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert world.calls("signed") == []


def test_a_caller_cannot_bring_a_principal_along(world: World) -> None:
    forged = {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps({"claims": []}).encode()).decode()}

    seen = world.client.get("/api/echo/a", headers={**forged, "X-MS-CLIENT-PRINCIPAL-ID": "me"}).json()

    assert [name for name in seen["headers"] if name.startswith("x-ms-client-principal")] == []


def test_injected_faults_strike_the_app_but_not_the_control(world: World) -> None:
    world.control("faults", {"path": "^/api/echo", "status": 503})

    assert world.client.get("/api/echo/a").status_code == 503
    assert world.client.get("/api/echo/a").status_code == 202


def test_the_ready_line_is_what_a_client_needs(world: World) -> None:
    assert set(world.ready) == {"app", "servicebus", "operators", "master_key", "control"}
    assert httpx.get(world.ready["control"]).status_code == 200
    assert set(world.ready["operators"]) == {"reader", "operator", "approver"}
