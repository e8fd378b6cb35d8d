"""The local host with a small app of its own, in real worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
APP = Path(__file__).parent / "app"
QUEUES = {"singles": {}, "lanes": {"session": True}, "batches": {}}
KEY = "the-master-key"
OPEN = [f"/api/{word}" for word in ("echo", "boom", "locked", "post", "send", "nothing")]
DEADLINE_S = 15.0


@dataclass
class World:
    """One platform process, seen from outside: HTTP, `/_control`, and the diary that the app's functions write."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    folder: Path
    client: httpx.Client
    seen: int = 0
    invoked: int = 0
    gates: set[str] = field(default_factory=set)

    def diary(self, kind: str = "") -> list[dict[str, Any]]:
        """What the functions wrote since the test began."""
        path = self.folder / "diary"
        lines = path.read_text().splitlines()[self.seen :] if path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["kind"].startswith(kind)]

    def begin(self) -> None:
        path = self.folder / "diary"
        self.seen = len(path.read_text().splitlines()) if path.exists() else 0
        calls = self.control("invocations")["invocations"]
        self.invoked = calls[-1]["number"] if calls else 0
        self.gates.clear()

    def control(self, path: str, body: Any = None) -> Any:
        url = f"/_control/{path}"
        answer = self.client.get(url) if body is None else self.client.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, queue: str, *, session: str | None = None, name: str | None = None, **work: Any) -> None:
        if "gate" in work:
            self.gates.add(work["gate"])
        body = {"body": json.dumps(work), "session_id": session, "message_id": name, "properties": {"n": 1}}
        self.control(f"queues/{queue}/messages", body)

    def open(self, gate: str) -> None:
        (self.folder / gate).touch()

    def close(self, gate: str) -> None:
        (self.folder / gate).unlink(missing_ok=True)

    def calls(self, function: str) -> list[dict[str, Any]]:
        entries = self.control(f"invocations?since={self.invoked}")["invocations"]
        return [entry for entry in entries if entry["function"] == function]

    def wait(self, what: Callable[[], Any]) -> Any:
        """Poll until `what` is true; its value."""
        deadline = time.monotonic() + DEADLINE_S
        while not (value := what()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)
        return value

    def count(self, kind: str, number: int) -> list[dict[str, Any]]:
        """Wait until the diary has that many entries of the kind."""
        self.wait(lambda: len(self.diary(kind)) >= number)
        return self.diary(kind)

    def quiet(self) -> None:
        """Wait until no queue has work left, and no worker either."""

        def idle() -> bool:
            depths = [queue["depth"] for queue in self.control("queues").values()]
            workers = self.control("workers")["workers"]
            return not any(depth["active"] + depth["locked"] for depth in depths) and all(
                worker["ready"] and not worker["running"] for worker in workers
            )

        self.wait(idle)


def start(folder: Path, *options: str, app: Path = APP, **environment: str) -> subprocess.Popen[str]:
    """A platform process on free ports; `environment` are the app's settings."""
    settings = {"DIARY": str(folder), "SINGLES": "singles", "NIGHTLY": "0 0 2 * * *", **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.platform", "--app", str(app), "--port", "0", "--bus-port", "0",
         "--queues", json.dumps(QUEUES), "--master-key", KEY, *options],
        cwd=ROOT, env={**os.environ, **settings}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two workers, authentication on, all functions open but `signed`."""
    opened = [option for path in OPEN for option in ("--open-path", path)]
    folder = tmp_path_factory.mktemp("host")
    with (folder / "log").open("w") as log:
        process = start(folder, *opened, FUNCTIONS_WORKER_PROCESS_COUNT="2")
        assert process.stderr is not None
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
        answer = ready(process)
        with httpx.Client(base_url=answer["app"], timeout=DEADLINE_S) as client:
            yield World(process, answer, folder, client)
        process.terminate()
        process.wait(DEADLINE_S)
        drain.wait(DEADLINE_S)
        assert process.stdout is not None
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def world(platform: World) -> Iterator[World]:
    """The platform with a fresh page in its diary; afterwards every gate is open and all work done."""
    platform.begin()
    yield platform
    for gate in platform.gates:
        platform.open(gate)
    platform.quiet()
