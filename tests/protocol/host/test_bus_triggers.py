"""Do messages reach functions the way the .NET listener hands them over?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.host.conftest import World


def queue(world: World, name: str) -> Any:
    return world.control("queues")[name]


def test_a_message_carries_what_the_extension_sends(world: World) -> None:
    world.send("singles", name="m-1", hello="you")

    (seen,) = world.count("single ends", 1)

    assert seen["body"] == {"hello": "you"}
    assert (seen["message"], seen["delivery"], seen["session"]) == ("m-1", 1, None)
    assert seen["properties"] == {"n": 1}
    assert seen["expires"].startswith("9999-12-31")
    assert len(seen["token"]) == 36


def test_the_queue_name_comes_out_of_a_setting(world: World) -> None:
    world.send("singles", name="m-2")

    world.count("single ends", 1)

    assert [call["messages"] for call in world.calls("single")] == [["m-2"]]


def test_success_completes_the_message(world: World) -> None:
    before = queue(world, "singles")["stats"]["completed"]

    world.send("singles")
    world.wait(lambda: queue(world, "singles")["stats"]["completed"] == before + 1)

    assert queue(world, "singles")["depth"] == {"active": 0, "scheduled": 0, "locked": 0, "deferred": 0}


def test_a_failing_message_is_dead_lettered_after_ten_deliveries(world: World) -> None:
    dead = queue(world, "singles")["dead"]["active"]

    world.send("singles", name="poison", fail=True)
    world.wait(lambda: queue(world, "singles")["dead"]["active"] == dead + 1)

    assert [entry["delivery"] for entry in world.diary("single begins")] == list(range(1, 11))
    assert {call["result"] for call in world.calls("single")} == {"failed"}
    assert "told to fail" in world.calls("single")[0]["error"]


def test_single_triggers_run_as_many_calls_as_host_json_says(world: World) -> None:
    for _ in range(9):
        world.send("singles", gate="single-gate")
    world.count("single begins", 6)

    assert queue(world, "singles")["depth"]["locked"] == 6
    assert queue(world, "singles")["depth"]["active"] == 3

    world.open("single-gate")
    assert len(world.count("single ends", 9)) == 9


def test_batches_run_one_at_a_time_with_arrays_of_metadata(world: World) -> None:
    world.send("batches", name="b-0", gate="batch-gate")
    world.count("batch begins", 1)
    for number in range(1, 13):
        world.send("batches", name=f"b-{number}")

    assert queue(world, "batches")["depth"]["locked"] == 1

    world.open("batch-gate")
    first, second, third = world.count("batch ends", 3)
    assert first["messages"] == ["b-0"]
    assert second["messages"] == [f"b-{number}" for number in range(1, 11)]
    assert third["messages"] == ["b-11", "b-12"]
    assert second["deliveries"] == [1] * 10
    assert second["properties"] == [{"n": 1}] * 10


def test_a_failing_batch_is_abandoned_whole(world: World) -> None:
    world.send("batches", name="slow", gate="fail-gate")
    world.count("batch begins", 1)
    world.send("batches", name="good")
    world.send("batches", name="bad", fail=True)
    dead = queue(world, "batches")["dead"]["active"]

    world.open("fail-gate")
    world.wait(lambda: queue(world, "batches")["dead"]["active"] == dead + 2)

    last = world.diary("batch begins")[-1]
    assert last["deliveries"] == [10, 10]


def test_a_session_has_one_call_at_a_time_and_keeps_its_order(world: World) -> None:
    for number in range(5):
        world.send("lanes", session="one", name=f"s-{number}", gate=f"lane-{number}")

    for number in range(5):
        assert len(world.count("lane begins", number + 1)) == number + 1
        world.open(f"lane-{number}")

    assert [entry["message"] for entry in world.count("lane ends", 5)] == [f"s-{number}" for number in range(5)]


def test_no_more_sessions_than_slots_and_an_idle_slot_takes_the_next(world: World) -> None:
    for name in "abcde":
        world.send("lanes", session=name, gate="slots")
    world.count("lane begins", 3)

    assert queue(world, "lanes")["depth"]["locked"] == 3

    world.open("slots")
    assert {entry["session"] for entry in world.count("lane ends", 5)} == set("abcde")


def test_a_poison_message_does_not_stop_its_session(world: World) -> None:
    world.send("lanes", session="p", name="bad", fail=True)
    world.send("lanes", session="p", name="good")

    world.count("lane ends", 1)

    begun = [entry["message"] for entry in world.diary("lane begins")]
    assert begun == ["bad"] * 10 + ["good"]


def test_the_sdk_of_the_app_reaches_the_listener_with_session_and_properties(world: World) -> None:
    assert world.client.post("/api/send?lane=sdk", json={"by": "sdk"}).status_code == 202

    (seen,) = world.count("lane ends", 1)

    assert (seen["message"], seen["session"], seen["subject"]) == ("by-sdk", "sdk", "change")
    assert seen["properties"] == {"attempt": 2}


def test_a_running_call_keeps_its_lock_up_to_the_renewal_limit(world: World) -> None:
    world.send("singles", name="long", gate="renewal")
    world.count("single begins", 1)

    for _ in range(4):
        world.control("clock", {"advance_s": 55})
    assert len(world.diary("single begins")) == 1

    world.control("clock", {"advance_s": 301})
    assert [entry["delivery"] for entry in world.count("single begins", 2)] == [1, 2]


def test_a_session_keeps_its_lock_while_its_call_runs(world: World) -> None:
    world.send("lanes", session="long", gate="lane-renewal")
    world.count("lane begins", 1)

    for _ in range(4):
        world.control("clock", {"advance_s": 55})
    world.open("lane-renewal")

    (seen,) = world.count("lane ends", 1)
    assert seen["delivery"] == 1


def test_a_batch_is_not_renewed(world: World) -> None:
    world.send("batches", name="slow", gate="batch-renewal")
    world.count("batch begins", 1)

    world.control("clock", {"advance_s": 61})
    world.open("batch-renewal")

    assert [entry["deliveries"] for entry in world.count("batch ends", 2)] == [[1], [2]]


def test_the_output_binding_sends_a_body(world: World) -> None:
    assert world.client.post("/api/post", content='{"by": "binding"}').status_code == 202

    (seen,) = world.count("single ends", 1)

    assert (seen["body"], seen["properties"], seen["session"]) == ({"by": "binding"}, {}, None)


@pytest.mark.parametrize(("queue_name", "kind", "session"), [("singles", "single", None), ("lanes", "lane", "lost")])
def test_a_lost_lock_brings_the_message_again(world: World, queue_name: str, kind: str, session: str | None) -> None:
    world.send(queue_name, session=session, name="lost", gate=f"{kind}-lost")
    world.count(f"{kind} begins", 1)

    world.control("bus", {"lose_locks": queue_name})
    world.open(f"{kind}-lost")

    assert {entry["delivery"] for entry in world.count(f"{kind} ends", 2)} == {1, 2}
