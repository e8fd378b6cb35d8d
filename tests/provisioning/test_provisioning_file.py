"""The file that ships with the app, and a sentence at the right line for everything that can be wrong with one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cli.mapping_rows import table, views
from shared.errors import Misconfigured
from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.effective import effective
from shared.rules.provisioning.nouns import SchemaFrom
from shared.runtime.provisioning_file import read_file
from tests.provisioning.bad_files import BAD, with_row
from tests.provisioning.conftest import MINIMAL, text_of

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_the_shipped_file_is_sound_and_holds_the_gallery_s_defaults():
    file = read_file(Path("provisioning.toml"))
    mapping = effective(file, None)

    assert mapping.problems == ()
    assert file.schema is SchemaFrom.NONE
    assert {row.path: text_of(row) for row in mapping.rows} == {
        "userName": "[userPrincipalName]",
        "active": "Not([IsSoftDeleted])",
        "displayName": "[displayName]",
        "title": "[jobTitle]",
        f"{ENTERPRISE}:department": "[department]",
        'phoneNumbers[type eq "work"].value': "[telephoneNumber]",
        'phoneNumbers[type eq "mobile"].value': "[mobile]",
        f"{ENTERPRISE}:employeeNumber": "[employeeId]",
        'emails[type eq "work"].value': "[mail]",
        f"{ENTERPRISE}:manager": "[manager]",
    }


def test_a_relative_path_counts_from_the_app_wherever_the_process_was_started(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert read_file(Path("provisioning.toml")).rows


def test_a_row_is_read_with_its_defaults_and_with_everything(load):
    file = load(
        MINIMAL
        + """
[[mapping]]
target = "title"
expression = "ToUpper([jobTitle])"

[[mapping]]
target = "roles"
expression = 'Split([extensionAttribute3], ",")'
when_null = "keep"
flow = "add_values"
case_exact = true

[[mapping]]
target = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:routingSkills"
expression = "[extensionAttribute2]"

[[mapping]]
target = "division"
default = "Home"
flow = "on_create"

[custom_attributes]
"HR:tier_text" = '"gold"'
"""
    )

    rows = {row.path: row for row in file.rows}
    assert (rows["title"].policy, rows["title"].flow, rows["title"].line) == (NullPolicy.CLEAR, Flow.ALWAYS, 10)
    assert (rows["roles"].policy, rows["roles"].flow) == (NullPolicy.KEEP, Flow.ADD_VALUES)
    assert rows["roles"].case_exact
    division = rows[f"{ENTERPRISE}:division"]
    assert (division.expression, division.default, division.flow) == (None, "Home", None)
    assert (rows["custom:HR:tier_text"].line, rows["custom:HR:tier_text"].policy) == (31, NullPolicy.CLEAR)
    assert list(rows)[-1] == "custom:HR:tier_text"


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_taken(load):
    assert load(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()).rows


def test_an_export_stands_beside_the_file_and_counts_for_its_digest(load, tmp_path):
    text = 'version = 1\n[entra]\nschema = "file"\nfile = "schema.json"\n[scope]\npeople = "everybody"\n'
    (tmp_path / "schema.json").write_text("{}")
    first = load(text)
    (tmp_path / "schema.json").write_text('{"id": "x"}')

    assert first.document == b"{}"
    assert load(text).digest != first.digest


@pytest.mark.parametrize(("text", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_wrong_is_said_once_at_its_line(complaints, text, said):
    (problem,) = complaints(text)

    assert problem.startswith(said) if said.endswith((" ", ": ", ", ")) else problem == said
    assert problem.endswith(".")
    assert "\n" not in problem


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(complaints):
    problems = complaints(with_row('target = "nickName"', 'expression = "["') + "[scope]\npeople = 1\n")

    assert [problem.split(": ")[0] for problem in problems] == [
        "provisioning.toml:10", "provisioning.toml:11", "provisioning.toml:13",
    ]  # fmt: skip


def test_a_file_that_is_not_there_is_said_with_its_setting(tmp_path):
    with pytest.raises(Misconfigured, match=r"cannot be read \(No such file or directory\): set PROVISIONING_FILE"):
        read_file(tmp_path / "absent.toml")


def test_the_readme_shows_what_the_command_prints_for_the_shipped_file():
    mapping = effective(read_file(Path("provisioning.toml")), None)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

    assert f"Mapping {mapping.version}: the rows of provisioning.toml.\n" in readme
    assert table(views(mapping)) in readme


LINES = (Path(__file__).parents[2] / "provisioning.toml").read_text(encoding="utf-8").splitlines()
SCRAPS = [
    "[",
    "]",
    "[[mapping]]",
    '"',
    "'''",
    "x = 1",
    "=",
    '"a"."b" = {c = [1]}',
    "target = []",
    "[scope.group]",
    "\x00",
    "\u2028",
]


@given(st.data())
def test_whatever_stands_in_the_file_is_answered_with_a_mapping_or_with_sentences(tmp_path_factory, data):
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "scrap", "cut"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "scrap":
                lines.insert(at, data.draw(st.sampled_from(SCRAPS)))
            case "cut":
                lines[at] = lines[at][: len(lines[at]) // 2]
    path = tmp_path_factory.getbasetemp() / "provisioning.toml"
    path.write_text("\n".join(lines), encoding="utf-8")

    try:
        file = read_file(path)
    except Misconfigured as error:
        for problem in error.problems:
            place, _, sentence = problem.partition(": ")
            assert re.fullmatch(r"provisioning\.toml:[0-9]+", place)
            assert 1 <= int(place.rpartition(":")[2]) <= len(lines) + 1
            assert sentence.endswith(".")
    else:
        assert effective(file, None).users is not None
