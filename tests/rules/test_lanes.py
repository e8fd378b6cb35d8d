"""In which lane an id is, for ever."""

from __future__ import annotations

from collections import Counter

import pytest

from shared.rules.lanes import lane
from tests.rules.examples import ACCOUNT, PERSON


@pytest.mark.parametrize(
    ("identifier", "lanes", "expected"),
    [
        (PERSON, 16, "lane-02"),
        (ACCOUNT, 16, "lane-10"),
        ("00000000-0000-0000-0000-000000000000", 16, "lane-12"),
        (PERSON, 64, "lane-34"),
        (PERSON, 1, "lane-00"),
    ],
)
def test_an_id_has_the_same_lane_in_every_process_and_release(identifier, lanes, expected):
    assert lane(identifier, lanes) == expected


def test_case_does_not_change_the_lane():
    assert lane(PERSON.upper(), 16) == lane(PERSON, 16)


def test_every_lane_gets_its_share():
    share = Counter(lane(f"person {number}", 16) for number in range(16_000))

    assert len(share) == 16
    assert min(share.values()) > 800
