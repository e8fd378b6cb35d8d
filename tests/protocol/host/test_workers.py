"""What happens to the work of a worker process that dies, stops, or has a sibling?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.host.conftest import World


def pids(world: World) -> list[int]:
    return [worker["pid"] for worker in world.control("workers")["workers"]]


def kill_when(world: World, **rule: Any) -> None:
    world.control("workers", {"kill_when": rule})


def test_two_workers_share_the_load(world: World) -> None:
    assert {world.client.get("/api/echo/a").json()["pid"] for _ in range(4)} == set(pids(world))

    for _ in range(6):
        world.send("singles", gate="shared")
    assert {entry["pid"] for entry in world.count("single begins", 6)} == set(pids(world))


def test_a_killed_worker_gives_its_message_back_and_is_replaced(world: World) -> None:
    before = pids(world)
    restarts = world.control("workers")["restarts"]
    world.send("singles", name="interrupted", gate="killed")
    (begun,) = world.count("single begins", 1)

    world.control("workers", {"kill": before.index(begun["pid"])})
    again = world.count("single begins", 2)[1]
    world.open("killed")

    assert (again["message"], again["delivery"]) == ("interrupted", 2)
    call = world.calls("single")[0]
    assert call["result"] == "failed"
    assert "ended while it ran" in call["error"]
    world.quiet()
    assert begun["pid"] not in pids(world)
    assert world.control("workers")["restarts"] == restarts + 1


def test_a_worker_can_be_killed_when_a_function_begins(world: World) -> None:
    kill_when(world, function="lane", after=2)

    world.send("lanes", session="k", name="first")
    world.send("lanes", session="k", name="second")
    world.count("lane ends", 2)

    calls = [(call["messages"], call["result"]) for call in world.calls("lane")]
    assert calls == [(["first"], "succeeded"), (["second"], "failed"), (["second"], "succeeded")]


def test_a_worker_can_be_killed_when_its_work_is_done_and_unsettled(world: World) -> None:
    kill_when(world, function="single", at="end")

    world.send("singles", name="done twice")

    first, second = world.count("single ends", 2)
    assert (first["message"], first["delivery"]) == (second["message"], second["delivery"] - 1)


def test_a_paused_worker_holds_its_calls_until_it_is_resumed(world: World) -> None:
    world.send("singles", name="held", gate="paused")
    (begun,) = world.count("single begins", 1)
    number = pids(world).index(begun["pid"])

    world.control("workers", {"pause": number})
    world.open("paused")
    assert world.control("workers")["workers"][number]["paused"] is True
    assert world.diary("single ends") == []

    world.control("workers", {"resume": number})
    world.count("single ends", 1)


@pytest.mark.parametrize(
    "body", [{"kill": 7}, {"shoot": 0}, {"kill_when": {"function": "x", "at": "noon"}}, {"kill_when": {"who": 1}}]
)
def test_a_wrong_order_is_400_with_a_sentence(world: World, body: dict[str, Any]) -> None:
    answer = world.client.post("/_control/workers", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_nothing_is_received_while_the_bus_is_out(world: World) -> None:
    world.send("singles", name="running", gate="outage")
    world.count("single begins", 1)
    world.control("bus", {"outage": True})
    world.send("singles", name="waiting")
    world.open("outage")
    world.count("single ends", 1)

    world.client.delete("/_control/bus")

    assert {entry["message"] for entry in world.count("single ends", 2)} == {"running", "waiting"}
