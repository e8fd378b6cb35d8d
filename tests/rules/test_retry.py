"""When a message is tried again: the retry table of the design, row by row, with the default settings."""

from __future__ import annotations

import pytest

from shared.errors import (
    Ambiguous,
    NotThere,
    Refused,
    Stale,
    StoreDown,
    Throttled,
    Unauthorized,
    Unreachable,
    Unreadable,
)
from shared.rules.retry import RetryDecision, RetryTable, RetryTables, decide

TABLES = RetryTables(
    revocation=RetryTable(waits_s=(2, 5, 10, 20, 30), alarm_after_s=120),
    routine=RetryTable(waits_s=(30, 120, 300), alarm_after_s=1800),
    refused=RetryTable(waits_s=(30, 120, 600), alarm_after_s=1800, parks=True),
    refused_revocation=RetryTable(waits_s=(30, 120, 600), alarm_after_s=0),
)
PASSING = [Unreachable("u"), Throttled("t"), Unauthorized("a"), StoreDown("s"), Stale("c")]
REFUSALS = [Refused("r"), NotThere("n"), Ambiguous("a"), Unreadable("u")]


def decided(error, *, revocation, attempt=0, refusals=0, age_s=0.0):
    return decide(TABLES, error, revocation=revocation, attempt=attempt, refusals=refusals, age_s=age_s)


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("attempt", "wait_s"), [(0, 2), (1, 5), (2, 10), (3, 20), (4, 30), (5, 30), (100, 30), (100_000, 30)]
)
def test_a_revocation_that_fails_for_a_passing_reason_is_tried_for_ever(error, attempt, wait_s):
    assert decided(error, revocation=True, attempt=attempt) == RetryDecision(wait_s=wait_s, alarm=False)


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("attempt", "wait_s"), [(0, 30), (1, 120), (2, 300), (3, 300), (100_000, 300)])
def test_routine_work_that_fails_for_a_passing_reason_is_tried_for_ever(error, attempt, wait_s):
    assert decided(error, revocation=False, attempt=attempt) == RetryDecision(wait_s=wait_s, alarm=False)


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("refusals", "wait_s"), [(0, 30), (1, 120), (2, 600), (3, 600), (1_000, 600)])
def test_a_refused_revocation_alarms_at_once_and_is_never_parked(error, refusals, wait_s):
    assert decided(error, revocation=True, refusals=refusals) == RetryDecision(wait_s=wait_s, alarm=True)


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        (0, RetryDecision(wait_s=30, alarm=False)),
        (1, RetryDecision(wait_s=120, alarm=False)),
        (2, RetryDecision(wait_s=600, alarm=False)),
        (3, RetryDecision(wait_s=0, alarm=True, park=True)),
        (4, RetryDecision(wait_s=0, alarm=True, park=True)),
    ],
)
def test_refused_routine_work_is_parked_after_the_last_wait(error, refusals, expected):
    assert decided(error, revocation=False, refusals=refusals) == expected


@pytest.mark.parametrize(
    ("revocation", "age_s", "alarm"),
    [(True, 119.9, False), (True, 120, True), (False, 120, False), (False, 1799, False), (False, 1800, True)],
)
def test_a_person_hears_of_what_is_open_for_too_long(revocation, age_s, alarm):
    assert decided(Unreachable("u"), revocation=revocation, age_s=age_s).alarm is alarm


@pytest.mark.parametrize(
    ("retry_after", "attempt", "wait_s"),
    [(None, 0, 2), (1.0, 0, 2), (2.5, 0, 2.5), (60.0, 0, 60), (60.0, 99, 60), (7.0, 4, 30)],
)
def test_a_throttled_call_waits_as_long_as_the_other_side_says(retry_after, attempt, wait_s):
    assert decided(Throttled("t", retry_after), revocation=True, attempt=attempt).wait_s == wait_s


@pytest.mark.parametrize("retry_after", [301.0, 86_400.0, 1e30, float("inf")])
def test_nobody_can_make_us_wait_for_hours_and_a_leaver_waits_a_minute_at_most(retry_after):
    assert decided(Throttled("t", retry_after), revocation=True).wait_s == 60
    assert decided(Throttled("t", retry_after), revocation=False).wait_s == 300


@pytest.mark.parametrize("retry_after", [float("nan"), -1.0, float("-inf"), 0.0])
def test_a_wait_that_is_none_leaves_the_table_as_it_is(retry_after):
    assert decided(Throttled("t", retry_after), revocation=True).wait_s == 2


def test_refusals_and_failures_are_counted_apart():
    assert decided(Unreachable("u"), revocation=False, attempt=0, refusals=50).wait_s == 30
    assert decided(Refused("r"), revocation=False, attempt=50, refusals=0) == RetryDecision(wait_s=30, alarm=False)
