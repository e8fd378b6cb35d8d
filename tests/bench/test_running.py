"""A quick run measures in the real local world and writes what it found; no figure is expected of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import BENCHMARKS, LATEST, main
from bench.bars import BARS, judge
from bench.report import ROOT


def assert_form(document: dict[str, Any]) -> None:
    assert set(document) == {"results", "machine", "date", "command", "commit"}
    assert set(document["machine"]) == {"cores", "memory_gb", "python", "kernel", "load_before"}
    for name, entry in document["results"].items():
        assert set(entry) - {"why"} == {"measured", "floor_ms", "peers", "bar", "met"}
        assert entry["bar"] == BARS[name].text
        assert entry["met"] is not bool(judge(BARS[name], entry["measured"]))
        assert ("why" in entry) is not entry["met"]


def test_every_benchmark_has_a_bar() -> None:
    assert set(BENCHMARKS) <= set(BARS)


def test_a_quick_run_shows_plain_lines_and_writes_json_of_the_documented_form(tmp_path: Path) -> None:
    out = tmp_path / "quick.json"
    command = [sys.executable, "-m", "bench", "--quick", "--only", "b1, B5,B6,B9", "--out", str(out)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "\x1b" not in ran.stdout
    document = json.loads(out.read_text())
    assert_form(document)
    assert set(document["results"]) == {"B1", "B5", "B6", "B9"}
    assert document["command"] == "python -m bench --quick --only B1,B5,B6,B9"
    assert document["results"]["B5"]["measured"]["kept_percent"] == 100
    for name in document["results"]:
        assert f"{name} " in ran.stdout


def test_what_is_committed_has_the_documented_form() -> None:
    document = json.loads(LATEST.read_text())

    assert_form(document)
    assert set(document["results"]) <= set(BENCHMARKS)


def test_a_benchmark_that_does_not_exist_is_told_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "B77"])

    assert f"choose from {', '.join(BENCHMARKS)}" in capsys.readouterr().err
