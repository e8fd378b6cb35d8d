"""Every setting is documented, and every document names only settings that exist."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from shared.cli.settings_page import markdown
from shared.runtime.parsing import MISSING
from shared.runtime.settings import TABLE

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}


def sample():
    return json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]


def host():
    return json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]["serviceBus"]


def test_the_sample_file_lists_every_setting_once_and_no_other():
    assert set(sample()) == {row.name for row in TABLE} | OF_THE_HOST


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_sample_file_shows_the_default_or_the_example(row):
    assert sample()[row.name] == ("" if row.example == MISSING else row.example)


def test_the_settings_page_is_what_the_command_prints():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == markdown()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_readme_names_every_setting(row):
    assert f"`{row.name}`" in README.read_text(encoding="utf-8")


def test_there_are_no_more_lanes_than_concurrent_sessions():
    """A lane without a session slot waits until another one is idle."""
    lanes = next(row for row in TABLE if row.name == "LANES")

    assert int(lanes.default or 0) <= host()["maxConcurrentSessions"]


def test_triage_gets_batches_of_a_hundred():
    assert host()["maxMessageBatchSize"] == 100


@pytest.mark.parametrize("name", ["tests", "infra", "bench", "docs", ".venv", ".git*", "local.settings*.json"])
def test_what_the_app_does_not_need_is_not_deployed(name):
    assert name in (ROOT / ".funcignore").read_text(encoding="utf-8").split()


def pinned():
    """Name to specifier of every requirement in requirements.txt; of one that has two, all specifiers."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = Requirement(line)
            found.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier))
    return found


def runtime_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [canonicalize_name(Requirement(text).name) for text in project["dependencies"]]


@pytest.mark.parametrize("name", runtime_dependencies())
def test_every_runtime_dependency_is_pinned(name):
    assert all(specifier.startswith("==") for specifier in pinned()[name])


def test_everything_that_is_deployed_is_pinned():
    assert [
        name for name, specifiers in pinned().items() if not all(each.startswith("==") for each in specifiers)
    ] == []
