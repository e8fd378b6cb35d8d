"""`make local`: it says where everything is, and leaves no process behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.world import ROOT

STACK_KEYS = {
    "app", "graph", "graph_token", "graph_client", "genesys", "genesys_token", "genesys_client", "servicebus",
    "console", "operator", "control",
}  # fmt: skip
DEADLINE_S = 30.0


@pytest.fixture
def local(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local", "--port-offset", "11000", "--folder", str(tmp_path), "--agents", "5"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    _until(lambda: (tmp_path / "stack.json").exists() or process.poll() is not None)
    assert process.poll() is None
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)  # polls a condition of other processes


def _family(pid: int) -> set[int]:
    """All descendants of a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    while True:
        more = {child for child, parent in parents.items() if parent in found | {pid}} - found
        if not more:
            return found
        found |= more


def _alive(pids: set[int]) -> set[int]:
    return {
        pid
        for pid in pids
        if Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    }


def test_the_stack_file_says_where_everything_is(local: subprocess.Popen[str], tmp_path: Path) -> None:
    stack = json.loads((tmp_path / "stack.json").read_text())

    assert set(stack) == STACK_KEYS
    assert stack["app"] == "http://127.0.0.1:18071"
    assert set(stack["operator"]) == {"reader", "operator", "approver"}
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_behind(local: subprocess.Popen[str], number: signal.Signals, tmp_path: Path) -> None:
    family = _family(local.pid)
    assert len(family) >= 4  # Entra, Genesys, the platform and its worker

    os.kill(local.pid, number)
    local.wait(DEADLINE_S)
    _until(lambda: not _alive(family))
    if number is not signal.SIGKILL:
        assert local.returncode == 0
        assert not (tmp_path / "stack.json").exists()
