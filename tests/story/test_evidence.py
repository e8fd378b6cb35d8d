"""What the simulators' logs say of one person, step by step, and how a series is judged."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.director import agent
from infra.local.story.evidence import Logs, complaints
from infra.local.story.record import Bar, Check, Prologue, Scene, Series, Spread, Story
from infra.local.story.termination import OUT, moments
from tests.story.logbook import WHO, attempt, batch, call, entry
from tests.story.logbook import logs as logbook

DISABLED = entry(1, "PATCH", f"/v1.0/users/{WHO.identity_id}", 1.0, status=204)
DEACTIVATED = entry(2, "PATCH", f"/api/v2/scim/v2/users/{WHO.account_id}", 3.0, active_before=True, active_after=False)
KILLED = entry(3, "DELETE", f"/api/v2/tokens/{WHO.account_id}", 4.0, sessions_ended=1)


def logs(**changed: tuple[dict[str, Any], ...]) -> Logs:
    return logbook(**{"graph": (DISABLED, batch(2, 2.0)), "genesys": (DEACTIVATED, KILLED), **changed})


def told(seen: Logs) -> list[tuple[str, float]]:
    return [(moment.step.value, moment.at) for moment in moments(seen, WHO)]


def test_a_termination_is_told_in_order_from_three_logs() -> None:
    assert told(logs()) == [
        ("changed", 1.0), ("notified", 1.5), ("rung", 1.51), ("accepted", 1.52), ("read", 2.1), ("inactive", 3.1),
        ("sessions ended", 4.1),
    ]  # fmt: skip


def test_reads_before_the_one_that_was_acted_on_were_in_vain_and_later_ones_do_not_count() -> None:
    seen = logs(graph=(DISABLED, batch(2, 1.65), batch(3, 2.0), batch(4, 3.5)))

    assert [(step, at) for step, at in told(seen) if step.startswith("read")] == [("read in vain", 1.75), ("read", 2.1)]


def test_a_refused_notification_is_told_beside_the_accepted_one() -> None:
    seen = logs(deliveries=(attempt(1.2, status=503), attempt(1.5, number=2)))

    assert [step for step, _ in told(seen)][:4] == ["changed", "refused", "notified", "rung"]


def test_an_invocation_outside_the_post_did_not_ring_for_it() -> None:
    assert "rung" not in dict(told(logs(invocations=(call(1.6), call(None)))))


@pytest.mark.parametrize(
    ("calls", "absent"),
    [
        ((KILLED,), "inactive"),
        ((DEACTIVATED,), "sessions ended"),
        (({**DEACTIVATED, "status": 503}, KILLED), "inactive"),
        (({**DEACTIVATED, "note": {"active_before": False, "active_after": False}}, KILLED), "inactive"),
        ((DEACTIVATED, {**KILLED, "note": {"sessions_ended": 0}}), "sessions ended"),
        ((DEACTIVATED, {**KILLED, "path": f"/api/v2/tokens/{agent(2).account_id}"}), "sessions ended"),
    ],
    ids=["no patch", "no kill", "patch failed", "was inactive", "no session ended", "somebody else"],
)
def test_only_what_genesys_did_counts(calls: tuple[dict[str, Any], ...], absent: str) -> None:
    assert absent not in dict(told(logs(genesys=calls)))


def test_a_429_is_an_obstacle_and_a_complaint() -> None:
    throttled = {**DEACTIVATED, "status": 429, "note": {}}
    seen = logs(genesys=(throttled, {**DEACTIVATED, "at": 3.5, "done": 3.6}, KILLED))

    assert [step for step, _ in told(seen)][-3:] == ["throttled", "inactive", "sessions ended"]
    assert complaints(seen) == (f"Genesys answered 429 to PATCH {throttled['path']} (1 time)",)


def test_errors_are_counted_and_the_most_frequent_comes_first() -> None:
    refused = entry(1, "POST", "/oauth/token", 1.0, status=401)
    seen = logs(genesys=(refused, refused), deliveries=(attempt(1.0, status=503),), invocations=())

    assert complaints(seen) == (
        "Genesys answered 401 to POST /oauth/token (2 times)",
        "the webhook answered 503 to Graph (1 time)",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], (7.0, 7.0, 7.0, 7.0)),
        ([3.0, 1.0, 2.0], (2.0, 3.0, 3.0, 3.0)),
        (list(map(float, range(1, 201))), (100.0, 190.0, 198.0, 200.0)),
    ],
)
def test_percentiles_are_values_that_were_measured(values: list[float], expected: tuple[float, ...]) -> None:
    spread = Spread.of("x", values)

    assert (spread.p50, spread.p95, spread.p99, spread.longest) == expected


GOOD, BAD = Check(sentence="a", holds=True), Check(sentence="b", holds=False, found="c")


def story(
    *, opening: Check = GOOD, chapter: Check = GOOD, measured: float = 1.0, missed: tuple[str, ...] = ()
) -> Story:
    scene = Scene(number=1, title="t", setting="s", who=WHO, name="n", goal=OUT, moments=(), checks=(chapter,))
    series = Series(
        count=1, spreads=(), floor=0.0, overhead=0.0, bars=(Bar(name="p50", measured=measured, limit=1.0),),
        checks=(GOOD,),
    )  # fmt: skip
    prologue = Prologue(world_ms=1.0, subscribed_ms=1.0, resources=("users",), linked=1, checks=(opening,))
    return Story(prologue=prologue, scenes=(scene,), not_played=missed, series=series, seconds=1.0)


@pytest.mark.parametrize(
    ("played", "failed"),
    [
        (story(), ()),
        (story(opening=BAD), ("The opening: this does not hold: b. Found: c.",)),
        (story(chapter=BAD), ("Chapter 1: this does not hold: b. Found: c.",)),
        (story(measured=2.0), ("The series: B1, p50: 2 ms, at most 1 ms, not met.",)),
    ],
)
def test_each_thing_that_does_not_hold_has_its_sentence(played: Story, failed: tuple[str, ...]) -> None:
    assert (played.failed, played.holds) == (failed, not failed)


def test_a_story_that_was_not_played_to_the_end_does_not_hold() -> None:
    assert not story(missed=("The bus says no",)).holds
