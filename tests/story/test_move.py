"""What the simulators' logs say of a move, and what its checks catch."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.story.evidence import Logs
from infra.local.story.journey import Take
from infra.local.story.move import differences, moments, only_these, says, written_once
from infra.local.story.record import Change
from tests.story.logbook import WHO, batch, entry, logs

EDITED = entry(1, "PATCH", f"/v1.0/users/{WHO.identity_id}", 1.0, status=204)
ACCOUNT = f"/api/v2/scim/v2/users/{WHO.account_id}"
COMPARED = entry(1, "GET", ACCOUNT, 2.4)
PATCHED = entry(2, "PATCH", ACCOUNT, 2.6)
BEFORE = {"displayName": "A B", "phones": {"mobile": "1", "work": "2"}, "groups": ["X"], "version": 1, "sessions": 0}


def moved(genesys: tuple[dict[str, Any], ...] = (COMPARED, PATCHED), *looks: float) -> Logs:
    reads = tuple(batch(number, at) for number, at in enumerate((1.7, 2.0, *looks), 2))
    return logs(graph=(EDITED, *reads), genesys=genesys)


def take(seen: Logs) -> Take:
    return Take(who=WHO, before=BEFORE, seen=seen, moments=moments(seen, WHO, "4 properties"), within_s=2.0)


def test_a_move_is_told_in_order_with_both_reads_and_the_first_look() -> None:
    told = take(moved((COMPARED, PATCHED), 4.0, 5.0)).moments

    assert [(moment.step.value, round(moment.at, 2)) for moment in told] == [
        ("changed", 1.0), ("notified", 1.5), ("rung", 1.51), ("accepted", 1.52), ("read", 1.8), ("read", 2.1),
        ("compared", 2.5), ("written", 2.7), ("looked again", 4.1),
    ]  # fmt: skip
    assert told[0].detail == "PATCH user, 4 properties"


@pytest.mark.parametrize(
    ("genesys", "absent"),
    [
        ((COMPARED,), {"compared", "written", "looked again"}),
        ((PATCHED,), {"compared"}),
        ((COMPARED, {**PATCHED, "status": 503}), {"compared", "written", "looked again"}),
        ((COMPARED, {**PATCHED, "path": "/api/v2/scim/v2/users/another"}), {"compared", "written", "looked again"}),
    ],
    ids=["no patch", "not compared", "patch failed", "somebody else"],
)
def test_only_what_the_logs_show_is_told(genesys: tuple[dict[str, Any], ...], absent: set[str]) -> None:
    told = {moment.step.value for moment in take(moved(genesys, 4.0)).moments}

    assert {"compared", "written", "looked again"} - told == absent


@pytest.mark.parametrize(
    ("genesys", "looks", "found"),
    [
        ((COMPARED, PATCHED), (4.0,), {}),
        ((COMPARED, PATCHED), (), {"nothing more written when the look came": "no look"}),
        ((COMPARED,), (), {"one PATCH, and no other write": "no write"}),
        (
            (COMPARED, PATCHED, entry(3, "DELETE", f"/api/v2/tokens/{WHO.account_id}", 3.0)),
            (4.0,),
            {"one PATCH, and no other write": "PATCH 200, DELETE 200"},
        ),
        (
            (COMPARED, {**PATCHED, "status": 429}, entry(3, "PATCH", ACCOUNT, 3.0)),
            (4.0,),
            {"one PATCH, and no other write": "PATCH 429, PATCH 200"},
        ),
        (
            (COMPARED, PATCHED, entry(3, "PATCH", ACCOUNT, 4.3)),
            (4.0,),
            {
                "one PATCH, and no other write": "PATCH 200, PATCH 200",
                "nothing more written when the look came": "PATCH 200, PATCH 200",
            },
        ),
    ],
    ids=["once", "no look", "never", "a second write", "a second try", "again at the look"],
)
def test_a_second_write_is_caught(
    genesys: tuple[dict[str, Any], ...], looks: tuple[float, ...], found: dict[str, str]
) -> None:
    broken = {check.sentence: check.found for check in written_once(take(moved(genesys, *looks))) if not check.holds}

    assert broken.items() >= found.items()
    assert bool(broken) == bool(found)


def test_differences_are_named_one_by_one_and_bookkeeping_is_none() -> None:
    after = {**BEFORE, "displayName": "A C", "phones": {"work": "2"}, "groups": ["X", "Y"], "version": 2, "sessions": 1}

    assert differences(BEFORE, after) == (
        Change(attribute="displayName", before="A B", after="A C"),
        Change(attribute="phones.mobile", before="1", after=""),
        Change(attribute="groups", before="X", after="X, Y"),
    )


@pytest.mark.parametrize(
    ("changed", "found"), [("title", ""), ("title department", "department too"), ("", "title not")]
)
def test_what_changed_besides_and_what_did_not_change_are_both_named(changed: str, found: str) -> None:
    check = only_these([Change(attribute=name, before="a", after="b") for name in changed.split()], {"title"})

    assert (check.holds, check.found) == (not found, found)


@pytest.mark.parametrize(("mobile", "holds"), [("1", True), ("3", False)])
def test_an_account_that_says_something_else_than_entra_is_caught(mobile: str, holds: bool) -> None:
    check = says(BEFORE, {"displayName": "A B", "phones.mobile": mobile})

    assert (check.holds, "phones.mobile" in check.found) == (holds, not holds)
