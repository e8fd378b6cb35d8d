"""The command for scripts: one JSON line in, one out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.cli.mapping_eval import run

ROOT = Path(__file__).parents[3]
ROLE = {"id": "1", "value": "agents", "displayName": "Agents"}


def answers(*lines: str) -> list[dict]:
    out = io.StringIO()
    assert run(lines, out) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def asked(expression, now=None, **source) -> str:
    return json.dumps({"expression": expression, "source": source} | ({"now": now} if now else {}))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (asked('Append([a], "!")', a="\u00e9"), {"value": "\u00e9!"}),
        (asked("[a]"), {"value": None}),
        (asked("[a]", a=None), {"value": None}),
        (asked("[a]", a=[]), {"value": None}),
        (asked("[a]", a=["x", None, "y"]), {"value": ["x", "y"]}),
        (asked("[a]", a=True), {"value": "True"}),
        (asked("Not([IsSoftDeleted])", IsSoftDeleted=False), {"value": "True"}),
        ('{"expression": "[a]", "source": {"a": 12345678901234567890123}}', {"value": "12345678901234567890123"}),
        ('{"expression": "[a]", "source": {"a": 1.50}}', {"value": "1.50"}),
        ('\ufeff{"expression": "\\"x\\""}', {"value": "x"}),
        (asked("IgnoreFlowIfNullOrEmpty([a])", a=""), {"skip": True}),
        (asked("Now()", "2021-07-02T15:33:38Z"), {"value": "7/2/2021 3:33:38 PM"}),
        (asked("Now()", "2021-07-02T17:33:38+02:00"), {"value": "7/2/2021 3:33:38 PM"}),
        (asked("Now()", "2021-07-02T15:33:38"), {"value": "7/2/2021 3:33:38 PM"}),
        (asked("SingleAppRoleAssignment([r])", r=[ROLE]), {"value": "Agents"}),
        (asked("SingleAppRoleAssignment([r])", r=["Agents"]), {"value": "Agents"}),
        (
            asked("AssertiveAppRoleAssignmentsComplex([r])", r=[ROLE]),
            {"value": ['{"id":"1","value":"agents","displayName":"Agents"}']},
        ),
    ],
)
def test_a_line_is_answered(line, answer):
    assert answers(line) == [answer]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "The line is no JSON: Expecting value, column 1."),
        ("[]", "The line is a list and no object."),
        ("{}", "`expression` is null and no text."),
        ('{"expression": 1}', "`expression` is a number and no text."),
        ('{"expression": "[a]", "source": []}', "`source` is a list and no object."),
        ('{"expression": "[a]", "source": {"a": {"b": 1}}}',
         "The source's `a` is an object and no value of an attribute."),
        ('{"expression": "[a]", "source": {"a": ["x", {"value": "y"}]}}', "The source's `a` has both texts and roles."),
        ('{"expression": "[a]", "now": "yesterday"}', "`now` is no moment in ISO 8601, such as 2026-01-31T12:00:00Z."),
        ('{"expression": "[a]", "now": 5}', "`now` is no moment in ISO 8601, such as 2026-01-31T12:00:00Z."),
        ("[" * 100_000, "The line nests too deeply."),
        (asked("[a"), "The attribute that starts here has no closing bracket ] (line 1, column 1)."),
        (asked("Item([a], 3)", a=["x"]),
         "Item: The list has 1 value and no number 3; the first is number 1 (line 1, column 1)."),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_answered_says_why(line, said):
    assert answers(line) == [{"error": said}]


def test_a_bad_line_does_not_end_the_stream_and_blank_lines_are_no_questions():
    assert answers(asked("[a]", a="1"), "\n", "bad", asked("[a]", a="2"))[::2] == [{"value": "1"}, {"value": "2"}]


def test_the_command_needs_no_settings_and_survives_bytes_that_are_no_text():
    lines = b'\xff\xfe{}\n{"expression": "\\"x\\""}\n'
    ended = subprocess.run(
        [sys.executable, "-m", "shared.cli", "mapping", "eval"], cwd=ROOT, env={}, input=lines, capture_output=True,
        check=True,
    )  # fmt: skip

    assert list(map(json.loads, ended.stdout.splitlines())) == [{"error": "The line is not in UTF-8."}, {"value": "x"}]


def test_the_command_answers_while_the_stream_is_open():
    with subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "mapping", "eval"], cwd=ROOT, env={}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("one", "two"):
            process.stdin.write(asked(f'"{text}"').encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"value": text}
        process.stdin.close()
        assert process.wait(10) == 0
