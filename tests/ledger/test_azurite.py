"""The local Tables server: pinned, and gone when whoever started it is."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local.azurite import NotInstalled, TableServer, entry_point, table_server
from infra.local.azurite.installation import MANIFESTS

LOCK = (MANIFESTS / "package-lock.json").read_text()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def ended(port: int) -> bool:
    deadline = time.monotonic() + 20
    while answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_every_package_is_pinned_with_its_hash_and_without_a_place() -> None:
    packages = {name: package for name, package in json.loads(LOCK)["packages"].items() if name}

    assert packages["node_modules/azurite"]["version"] == "3.35.0"
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert [name for name, package in packages.items() if package.get("resolved")] == []
    assert [name for name, package in packages.items() if package.get("hasInstallScript")] == []
    assert re.findall(r"file:|https?://[^\"]*/-/", LOCK) == []


def test_a_missing_installation_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match=r"infra\.local\.azurite install|Node\.js"):
        entry_point(tmp_path)


def test_a_server_has_ended_after_its_block(azurite: TableServer) -> None:
    with table_server() as server:
        assert answers(server.port)

    assert server.process.returncode is not None
    assert not answers(server.port)


def test_a_server_ends_when_its_starter_is_killed(azurite: TableServer) -> None:
    command = [sys.executable, "-m", "infra.local.azurite", "run"]
    with subprocess.Popen(command, cwd=MANIFESTS.parents[2], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        said = starter.stdout.readline()
        port = int(re.search(r":(\d+)/", said)[1])  # type: ignore[index]
        assert answers(port)

        starter.kill()

        assert ended(port)
