"""What a fresh process makes of its environment: the Functions worker imports `function_app` and nothing more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings.test_settings import COMPLETE, REQUIRED

ROOT = Path(__file__).parents[2]
HEAVY = ("msgraph", "kiota_abstractions", "httpx", "azure.identity", "azure.servicebus", "azure.data")
LOADED = "import json, sys, function_app; print(json.dumps(sorted(sys.modules)))"


def python(*arguments, environ):
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def test_an_empty_environment_stops_the_start_with_a_sentence_for_each_setting():
    ended = python("-c", "import function_app", environ={})

    assert ended.returncode == 1
    assert "shared.errors.Misconfigured" in ended.stderr
    assert [name for name in REQUIRED if f"The setting {name} is missing: " not in ended.stderr] == []


def test_a_start_imports_nothing_heavy():
    """Graph's handshake and the first ring of the day wait for a cold start."""
    ended = python("-c", LOADED, environ=COMPLETE)
    assert ended.returncode == 0, ended.stderr

    assert [name for name in json.loads(ended.stdout) if name.startswith(HEAVY)] == []


def test_the_doctor_names_each_missing_setting_and_fails():
    ended = python("-m", "shared.cli", "doctor", "--json", environ={})

    found = json.loads(ended.stdout)
    sentences = " ".join(check["sentence"] for check in found["checks"])
    assert (ended.returncode, found["status"]) == (1, "fail")
    assert [name for name in REQUIRED if f"The setting {name} is missing: " not in sentences] == []


def test_the_doctor_s_table_has_one_row_for_each_check():
    ended = python("-m", "shared.cli", "doctor", environ={**COMPLETE, "MODE": "perhaps", "COLUMNS": "300"})

    assert ended.returncode == 1
    assert ended.stdout == (
        "settings  fail  The setting MODE is malformed: it must be one of observe, enforce.\n"
        "settings  fail  Nothing else was tried, because every other check needs them.\n"
    )


def test_settings_come_from_a_file_too(tmp_path):
    file = tmp_path / "local.settings.json"
    ledger = f"sqlite:{tmp_path / 'ledger.db'}"
    file.write_text(json.dumps({"Values": {**COMPLETE, "LEDGER": ledger, "PILOT_GROUP": ""}}), encoding="utf-8")

    begun = python("-m", "shared.cli", "--settings", str(file), "ledger", "init", environ={})
    again = python("-m", "shared.cli", "--settings", str(file), "ledger", "init", environ={})

    assert (begun.returncode, again.returncode) == (0, 0)
    assert begun.stdout.removeprefix("The ledger has begun") == again.stdout.removeprefix(
        "The ledger had begun already"
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Values": 1}'])
def test_a_file_that_is_no_settings_file_is_named(tmp_path, text):
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")

    ended = python("-m", "shared.cli", "--settings", str(file), "parked", environ={})

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{file} is no settings file with `Values`: ")


@pytest.mark.parametrize("command", ["doctor", "ledger", "history", "parked", "watch", "settings"])
def test_every_command_explains_itself(command):
    ended = python("-m", "shared.cli", command, "--help", environ={})

    assert ended.returncode == 0
    assert ended.stdout.startswith("usage: python -m shared.cli ")
