"""The command for scripts: one JSON line in, one out."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from shared.cli.mapping_scope import run
from tests.rules.scope.examples import clause, group, scope


def answers(*lines: str) -> list[dict]:
    out = io.StringIO()
    assert run(lines, out) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def asked(filter_, **user) -> str:
    return json.dumps({"filter": filter_, "user": user})


CARE = scope(group(clause("department", "EQUALS", "Care"), clause("accountEnabled", "IS TRUE"), name="Agents"))


def test_in_and_out_of_scope():
    inside, outside = answers(
        asked(CARE, department="Care", accountEnabled=True), asked(CARE, department="Care", accountEnabled=False)
    )

    assert inside == {"in_scope": True, "deprovision": False, "why": "In scope: every clause of group `Agents` holds."}
    assert outside == {
        "in_scope": False, "deprovision": True, "why": "Out of scope: the clause `accountEnabled` IS TRUE fails.",
    }  # fmt: skip


def test_without_a_filter_everybody_is_in_scope():
    assert answers(asked(None))[0]["in_scope"] is True


def test_who_is_ignored_or_undetermined_is_not_deprovisioned():
    ignored, undetermined = answers(
        asked(scope(reads=(group(clause("city", "IS NULL")),)), city="Rome"),
        asked(scope(group(clause("workerID", "REGEX MATCH", "([1-9][0-9])"))), workerID=100),
    )

    assert (ignored["in_scope"], ignored["deprovision"]) == (False, False)
    assert (undetermined["in_scope"], undetermined["deprovision"]) == (False, False)
    assert "anchor the pattern" in undetermined["why"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "no JSON"),
        ("[]", "no object"),
        ("{}", "no `filter`"),
        ('{"filter": null}', "`user` is null"),
        ('{"filter": null, "user": {"a": {}}}', "`a`"),
        (asked(scope(group(clause("x", "LIKE", "y")))), "`LIKE`"),
        (asked(CARE, department=["Care"]), "several values"),
        ("[" * 5_000, "levels deep"),
        ('{"filter": null, "user": {"a": ' + "9" * 5_000 + "}}", "too long"),
        ('{"filter": null, "user": {"a": "\ud800"}}', "UTF-8"),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_one_sentence(line, said):
    (told,) = answers(line)

    assert list(told) == ["error"]
    assert said in told["error"]
    assert told["error"].endswith(".")


def test_one_bad_line_does_not_stop_the_next():
    assert len(answers("nonsense", "", asked(CARE, department="Care"))) == 2


def test_the_command_reads_lines_from_its_input():
    answered = subprocess.run(
        [sys.executable, "-m", "shared.cli", "mapping", "scope"],
        input=f"{asked(CARE, department='Care', accountEnabled=True)}\n\xff\n".encode("latin-1"),
        capture_output=True, check=True,
    )  # fmt: skip

    inside, unreadable = (json.loads(line) for line in answered.stdout.splitlines())
    assert inside["in_scope"] is True
    assert "UTF-8" in unreadable["error"]
