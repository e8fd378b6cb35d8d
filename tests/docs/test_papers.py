"""Is what the papers say still true? Links, diagrams, commands, alarms, settings and dependencies, against the code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.local.story.chapters import CHAPTERS
from infra.local.story.record import EVERY_WAY, Step
from shared.cli.__main__ import main
from shared.cli.permissions import genesys_unseen, graph_needs
from shared.cli.settings_page import markdown
from shared.runtime.settings import TABLE, Settings, load

ROOT = Path(__file__).parents[2]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OPERATIONS, CONTRIBUTING, README = ROOT / "docs" / "operations.md", ROOT / "CONTRIBUTING.md", ROOT / "README.md"
DIAGRAMS = {"flowchart", "sequenceDiagram", "stateDiagram-v2", "classDiagram", "erDiagram", "gantt"}
LONGEST = 150
LONG_BY_DESIGN = {"README.md"}  # it ends with the table of all settings
RUNTIME_ELSEWHERE = {"azure-functions-runtime", "azure-functions-runtime-v1", "azurite"}  # not from pyproject.toml

LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
CODE_PATH = re.compile(r"`((?:shared|functions|infra|tests|bench|docs)/[\w./-]*)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link and where it stands."""

    paper: Path
    to: str

    def __str__(self) -> str:
        return f"{self.paper.name} → {self.to}"


def text_of(paper: Path) -> str:
    return paper.read_text(encoding="utf-8")


def prose_of(paper: Path) -> str:
    return FENCE.sub("", text_of(paper))


def links() -> list[Link]:
    return [Link(paper=paper, to=to) for paper in PAPERS for to in LINK.findall(prose_of(paper))]


def anchors(paper: Path) -> set[str]:
    """As GitHub makes them: lower case, punctuation gone, spaces to hyphens."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(prose_of(paper))}


def alarms() -> set[str]:
    """Names in calls of `telemetry.alarm`; a variable stands for every text that its function gives it."""
    found: set[str] = set()
    for file in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for function in ast.walk(ast.parse(text_of(file))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= set(_alarms_in(function))
    return found


def _alarms_in(function: ast.AST) -> Iterator[str]:
    for call in ast.walk(function):
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "telemetry.alarm"):
            continue
        name = call.args[0]
        if isinstance(name, ast.Name):
            yield from _texts_given_to(name.id, function)
        else:
            assert isinstance(name, ast.Constant), f"an alarm's name must be found by reading: {ast.unparse(call)}"
            yield str(name.value)


def _texts_given_to(variable: str, function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == variable for target in node.targets):
            value = node.value
            branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            assert all(isinstance(branch, ast.Constant) for branch in branches), ast.unparse(node)
            yield from (str(branch.value) for branch in branches if isinstance(branch, ast.Constant))


def section(paper: Path, title: str) -> str:
    """What stands below a second-level heading."""
    return prose_of(paper).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


@pytest.mark.parametrize("link", links(), ids=str)
def test_a_link_leads_somewhere(link):
    if link.to.startswith("https://"):
        return
    path, _, anchor = link.to.partition("#")
    target = (link.paper.parent / path).resolve() if path else link.paper

    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_mermaid_block_is_a_diagram_of_a_known_kind(paper):
    blocks = [body for language, body in FENCE.findall(text_of(paper)) if language == "mermaid"]

    assert [body.split()[0] for body in blocks if body.split()[0] not in DIAGRAMS] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_fence_is_closed(paper):
    assert text_of(paper).count("\n```") % 2 == 0


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_make_target_exists(paper):
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    commands = re.findall(r"(?:`|\$ )make ((?:[a-z]+ ?)+)", text_of(paper))

    assert {word for command in commands for word in command.split()} - targets == set()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_path_of_ours_exists(paper):
    assert [path for path in CODE_PATH.findall(text_of(paper)) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_page_is_not_longer_than_a_reader_s_patience(paper):
    assert paper.name in LONG_BY_DESIGN or len(text_of(paper).splitlines()) <= LONGEST


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_terminal_command_is_one(paper, capsys):
    named = set(re.findall(r"python -m shared\.cli(?: --settings \S+)? ((?:[a-z]+ ?)+)", text_of(paper)))
    for command in named:
        with pytest.raises(SystemExit) as left:
            main([*command.split(), "--help"])
        assert left.value.code == 0, command
    capsys.readouterr()


def test_operations_name_every_terminal_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out.partition("commands:")[2]
    commands = set(re.findall(r"^ {4}([a-z]+)\b", listed, re.MULTILINE)) - {"COMMAND"}

    assert commands
    explained = section(OPERATIONS, "From a terminal")
    assert [command for command in commands if f"python -m shared.cli {command}" not in explained] == []


def test_operations_explain_every_alarm_and_no_other():
    assert set(first_column(section(OPERATIONS, "Alarms"))) == alarms()


def test_the_permissions_page_names_every_permission_that_the_doctor_knows():
    named = set(re.findall(r"`([\w:.-]+)`", text_of(ROOT / "docs" / "permissions.md")))
    known = {need.permission for need in graph_needs(everything(), ("users", "groups"))}

    assert known | set(genesys_unseen(everything())) <= named


def everything() -> Settings:
    """Settings with every feature on."""
    given = {row.name: row.example or "x" for row in TABLE if row.default is None}
    bus = {"ServiceBusConnection": "Endpoint=sb://localhost"}
    switches = {row.name: "true" for row in TABLE if row.name.startswith("REVOKE_")}
    return load(
        {**given, **bus, **switches, "CLIENT_STATE": "a-client-state-for-tests", "NOTIFICATION_URL": "https://app.example/api",
         "PILOT_GROUP": "00000000-0000-0000-0000-000000000001"}
    )  # fmt: skip


def test_the_readme_has_the_rows_of_the_settings_page():
    rows = [line for line in markdown().splitlines() if line.startswith("| `")]

    assert len(rows) == len(TABLE)
    assert [line for line in section(README, "Settings").splitlines() if line.startswith("| `")] == rows


def test_the_readme_shows_the_story_as_it_is_played():
    shown = next(body for language, body in FENCE.findall(text_of(README)) if language == "console")
    first = CHAPTERS[0]

    assert first.title in shown
    assert first.setting in shown
    told = [step for step in EVERY_WAY if step is not Step.ACCEPTED]  # the 202 is told with the ring
    assert [step for step in told if f"\n  {step.value} " not in shown] == []


def test_every_dependency_has_its_reason_and_every_reason_its_dependency():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    declared = [Requirement(text).name for text in [*project["dependencies"], *extras["local"], *extras["dev"]]]
    wanted = {canonicalize_name(name) for name in declared} - {project["name"]}

    explained = {canonicalize_name(name) for name in first_column(section(CONTRIBUTING, "Dependencies"))}
    assert explained - RUNTIME_ELSEWHERE == wanted
    assert explained >= RUNTIME_ELSEWHERE
