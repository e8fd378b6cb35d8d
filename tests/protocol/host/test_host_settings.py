"""Do the settings of host.json and the app settings change what the listeners do?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.protocol.host.conftest import APP, DEADLINE_S, World, ready, start

Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A platform of its own with these `extensions.serviceBus` settings and these app settings."""
    with ExitStack() as stack:

        def world(settings: dict[str, str] | None = None, **bus: Any) -> World:
            app = tmp_path / "app"
            shutil.copytree(APP, app)
            (app / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"serviceBus": bus}}))
            process = start(tmp_path, "--no-auth", app=app, **(settings or {}))
            stack.callback(process.communicate, timeout=DEADLINE_S)
            stack.callback(process.terminate)
            answer = ready(process)
            client = stack.enter_context(httpx.Client(base_url=answer["app"], timeout=DEADLINE_S))
            return World(process, answer, tmp_path, client)

        yield world


def depth(world: World, queue: str) -> Any:
    return world.control("queues")[queue]["depth"]


def test_prefetched_messages_are_locked_before_they_can_run(make: Make) -> None:
    world = make(prefetchCount=3, maxConcurrentCalls=1)
    for _ in range(6):
        world.send("singles", gate="prefetch")
    world.count("single begins", 1)

    world.wait(lambda: depth(world, "singles")["locked"] == 4)
    assert depth(world, "singles")["active"] == 2
    assert len(world.diary("single begins")) == 1

    world.open("prefetch")
    world.count("single ends", 6)


def test_a_batch_waits_for_its_minimum(make: Make) -> None:
    world = make(minMessageBatchSize=3, maxBatchWaitTime="00:01:00")
    world.send("batches", name="1")
    world.send("batches", name="2")
    world.wait(lambda: depth(world, "batches")["locked"] == 2)
    assert world.calls("batch") == []

    world.send("batches", name="3")

    assert world.count("batch ends", 1)[0]["messages"] == ["1", "2", "3"]


def test_a_batch_below_its_minimum_runs_when_the_wait_is_over(make: Make) -> None:
    world = make(minMessageBatchSize=3, maxBatchWaitTime="00:00:00.1")
    world.send("batches", name="1")

    assert world.count("batch ends", 1)[0]["messages"] == ["1"]


def test_without_auto_complete_success_leaves_the_message_locked(make: Make) -> None:
    world = make(autoCompleteMessages=False)
    world.send("singles", name="kept")
    world.count("single ends", 1)
    world.wait(lambda: world.calls("single")[0]["result"] == "succeeded")
    assert depth(world, "singles")["locked"] == 1

    world.control("clock", {"advance_s": 61})

    assert [entry["delivery"] for entry in world.count("single ends", 2)] == [1, 2]


def test_a_disabled_function_takes_no_messages(make: Make) -> None:
    world = make({"AzureWebJobs.single.Disabled": "true"})
    world.send("singles")
    world.send("lanes", session="a")
    world.count("lane ends", 1)

    assert depth(world, "singles")["active"] == 1


def test_a_session_slot_is_held_until_its_idle_timeout(make: Make) -> None:
    """The stall of a minute that Azure shows with the default: the second session waits while the first is idle."""
    world = make(maxConcurrentSessions=1, sessionIdleTimeout="00:05:00")
    world.send("lanes", session="first", name="1")
    world.count("lane ends", 1)
    world.send("lanes", session="second", name="2")
    world.send("lanes", session="first", name="3")

    assert [entry["message"] for entry in world.count("lane ends", 2)] == ["1", "3"]
    assert depth(world, "lanes")["active"] == 1
