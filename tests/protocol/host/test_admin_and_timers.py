"""Do the admin endpoints and the timers do what the host's do?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.protocol.host.conftest import KEY, World

HEADERS = {"x-functions-key": KEY}


def run(world: World, function: str, body: Any) -> int:
    return world.client.post(f"/admin/functions/{function}", json=body, headers=HEADERS).status_code


@pytest.mark.parametrize("path", ["/admin/host/status", "/admin/functions", "/admin/functions/echo"])
def test_admin_needs_the_master_key(world: World, path: str) -> None:
    assert world.client.get(path).status_code == 401
    assert world.client.get(path, headers=HEADERS).status_code == 200


def test_the_status_says_running(world: World) -> None:
    assert world.client.get("/admin/host/status", headers=HEADERS).json()["state"] == "Running"


def test_the_list_names_every_function_with_its_bindings(world: World) -> None:
    functions = {item["name"]: item for item in world.client.get("/admin/functions", headers=HEADERS).json()}

    assert {"echo", "single", "lane", "batch", "nightly"} <= set(functions)
    assert functions["echo"]["invoke_url_template"].endswith("/api/echo/{kind}/{number:int?}")
    assert functions["lane"]["config"]["bindings"][0]["isSessionsEnabled"] is True


def test_the_admin_endpoint_runs_a_queue_function_with_the_input_as_body(world: World) -> None:
    assert run(world, "single", {"input": '{"from": "admin"}'}) == 202

    (seen,) = world.count("single ends", 1)
    assert seen["body"] == {"from": "admin"}
    assert [call["cause"] for call in world.calls("single")] == ["admin"]


def test_the_admin_endpoint_runs_batch_and_http_functions(world: World) -> None:
    assert run(world, "batch", {"input": "{}"}) == 202
    assert run(world, "fixed", {"input": ""}) == 202

    world.count("batch ends", 1)
    world.wait(lambda: [call["result"] for call in world.calls("fixed")] == ["succeeded"])


@pytest.mark.parametrize(("function", "body", "status"), [("nobody", {"input": ""}, 404), ("single", "text", 400)])
def test_the_admin_endpoint_refuses_what_it_cannot_run(world: World, function: str, body: Any, status: int) -> None:
    assert run(world, function, body) == status


def test_a_timer_runs_at_start_when_told_to(platform: World) -> None:
    calls = platform.control("invocations")["invocations"]

    assert [call["cause"] for call in calls if call["function"] == "at_start"] == ["timer"]


def next_at(world: World) -> float:
    return float(world.control("timers")["nightly"]["next"])


def test_a_timer_fires_on_the_simulated_clock_and_never_overlaps(world: World) -> None:
    world.close("nightly")
    world.gates.add("nightly")
    due = next_at(world)
    assert datetime.fromtimestamp(due, UTC).time().hour == 2

    world.control("clock", {"advance_s": due - world.client.get("/_control").json()["clock"]["now"] + 1})
    (fired,) = world.count("nightly", 1)
    assert fired["past_due"] is False
    assert datetime.fromisoformat(fired["status"]["Next"]).hour == 2

    world.control("clock", {"advance_s": 3 * 86400})
    assert len(world.diary("nightly")) == 1

    world.open("nightly")
    world.wait(lambda: next_at(world) > due + 3 * 86400)


def test_the_admin_endpoint_fires_a_timer_now(world: World) -> None:
    world.open("nightly")

    assert run(world, "nightly", {"input": ""}) == 202

    world.count("nightly", 1)
    world.wait(lambda: [call["result"] for call in world.calls("nightly")] == ["succeeded"])
