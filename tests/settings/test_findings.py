"""How findings look on a screen, and to a machine."""

from __future__ import annotations

import json

import pytest

from shared.cli.findings import as_json, as_table, exit_code, fail, ok, warn

GOOD, DOUBTFUL, BAD = ok("bus", "It opens."), warn("ledger", "It is new."), fail("Graph read", "It does not answer.")


@pytest.mark.parametrize(
    ("findings", "code", "worst"),
    [
        ([], 0, "ok"),
        ([GOOD], 0, "ok"),
        ([DOUBTFUL, GOOD], 0, "warn"),
        ([GOOD, BAD, DOUBTFUL], 1, "fail"),
    ],
)
def test_only_a_failure_fails_and_the_worst_one_counts(findings, code, worst):
    assert exit_code(findings) == code
    assert json.loads(as_json(findings))["status"] == worst


def test_the_table_is_aligned_and_long_sentences_go_on_below_themselves():
    long = warn("ledger", "It answers, but was never begun: run `python -m shared.cli ledger init`.")

    assert as_table([GOOD, long, BAD], width=60) == (
        "bus         ok    It opens.\n"
        "ledger      warn  It answers, but was never begun: run\n"
        "                  `python -m shared.cli ledger init`.\n"
        "Graph read  fail  It does not answer.\n"
    )


def test_machines_get_every_finding():
    assert json.loads(as_json([BAD]))["checks"] == [
        {"check": "Graph read", "status": "fail", "sentence": "It does not answer."}
    ]
