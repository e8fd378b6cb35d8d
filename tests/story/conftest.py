"""The story is played as anybody plays it: as a process. Both plays run side by side, once for all tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AT_MOST_S = 100

Played = subprocess.CompletedProcess[str]
PLAYS = {
    "whole": ("--json", "--series", "3"),
    "unable": ("--chapter", "1", "--patience", "4", "--setting", "GENESYS_CLIENT_SECRET=wrong"),
}


def play(*arguments: str) -> Played:
    command = [sys.executable, "-m", "infra.local.story", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=AT_MOST_S, check=False)


@pytest.fixture(scope="session")
def plays() -> Iterator[dict[str, Future[Played]]]:
    with ThreadPoolExecutor(len(PLAYS)) as pool:
        yield {name: pool.submit(play, *arguments) for name, arguments in PLAYS.items()}


@pytest.fixture(scope="session")
def whole(plays: dict[str, Future[Played]]) -> Played:
    """All chapters and a short series, told to a machine."""
    return plays["whole"].result()


@pytest.fixture(scope="session")
def unable(plays: dict[str, Future[Played]]) -> Played:
    """The first chapter with an app that Genesys does not know, told into a pipe."""
    return plays["unable"].result()
