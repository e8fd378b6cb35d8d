"""The story on a terminal, and what Ctrl-C leaves behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from infra.local.director import agent
from infra.local.story.record import Bar, Change, Check, Moment, Prologue, Scene, Series, Spread, Step, Story
from infra.local.story.screen import Screen
from infra.local.story.termination import OUT
from tests.story.conftest import AT_MOST_S, ROOT

SCENE = Scene(
    number=3,
    title="Genesys is busy",
    setting="Genesys answers with 429.",
    who=agent(3),
    name="Edsger Lovelace",
    goal=OUT,
    moments=(
        Moment(step=Step.CHANGED, at=10.0, witness="Graph", detail="PATCH user, account disabled"),
        Moment(step=Step.ACCEPTED, at=10.05, witness="Graph", detail="got 202"),
        Moment(step=Step.THROTTLED, at=10.5, witness="Genesys", detail="PATCH gets 429"),
        Moment(step=Step.ENDED, at=12.0, witness="Genesys", detail="DELETE tokens, 1 session ended"),
    ),
    checks=(
        Check(sentence="out within 6 s", holds=True),
        Check(sentence="inactive", holds=False, found="it is active"),
    ),
    changes=(
        Change(attribute="title", before="Agent", after="Team Lead"),
        Change(attribute="phones.mobile", before="", after="+13175550142"),
    ),
    seen=("Genesys answered 429",),
)
SERIES = Series(
    count=20,
    spreads=(Spread.of("posted → inactive", [190.0, 200.0]),),
    floor=180.0,
    overhead=10.0,
    bars=(Bar(name="p50", measured=190.0, limit=500.0),),
    checks=(Check(sentence="all 20 are inactive", holds=True),),
)


@pytest.fixture(params=[80, 100, 200])
def screen(request: pytest.FixtureRequest) -> tuple[Screen, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, width=request.param, highlight=False, color_system=None, force_terminal=False)
    return Screen(console), written


def test_a_chapter_shows_its_times_its_bar_and_what_does_not_hold(screen: tuple[Screen, io.StringIO]) -> None:
    teller, written = screen
    teller.scene(SCENE)

    shown = written.getvalue()
    for text in (
        "3 · Genesys is busy: out after 2000 ms",
        "Edsger Lovelace, agent00003@contoso.example",
        "500 ms",
        "DELETE tokens, 1 session ended",
        "━━━━━",
        "✔ out within 6 s",
        "✘ inactive: it is active",
        "seen: Genesys answered 429",
        "Agent → Team Lead",
        "nothing → +13175550142",
    ):
        assert text in shown
    assert "…" not in shown
    assert Step.ACCEPTED.value not in shown


def test_a_series_and_the_verdict_are_shown(screen: tuple[Screen, io.StringIO]) -> None:
    teller, written = screen
    prologue = Prologue(world_ms=500.0, subscribed_ms=600.0, resources=("users", "groups"), linked=1, checks=())
    story = Story(prologue=prologue, scenes=(SCENE,), not_played=("The bus says no",), series=SERIES, seconds=9.0)
    teller.beginning()
    teller.prologue(prologue)
    teller.series(SERIES)
    teller.ending(story)

    shown = " ".join(written.getvalue().split())
    assert "posted → inactive 190 ms 200 ms 200 ms 200 ms" in shown
    assert "✔ B1, p50: 190 ms, at most 500 ms, met" in shown
    assert "Not played: The bus says no" in shown
    assert "The story does not hold" in shown


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the processes from /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process_behind(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "infra.local.story", "--chapter", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        for line in playing.stdout:
            if line.startswith("The world is up"):
                break
        parts = _descendants(playing.pid)
        playing.send_signal(number)
        _, complaint = playing.communicate(timeout=AT_MOST_S)

    assert len(parts) >= 3
    assert (playing.returncode, complaint) == (130, "Stopped; nothing is left running.\n")
    assert [pid for pid in parts if _lives(pid)] == []


def _descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [below for child in children for below in _descendants(child)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
