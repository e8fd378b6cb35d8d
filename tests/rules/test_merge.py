"""Several rings of one person become one: nothing that makes it more urgent is lost."""

from __future__ import annotations

import pytest

from shared.model import Cause, Claim
from shared.triage import merge
from tests.rules.examples import PERSON, ring


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, {}),
        ({"rung_at": 900.0}, {"rung_at": 800.0}, {"rung_at": 800.0}),
        ({"rung_at": 800.0}, {"rung_at": 900.0}, {"rung_at": 800.0}),
        ({"notified_at": None}, {"notified_at": 700.0}, {"notified_at": 700.0}),
        ({"notified_at": 700.0}, {"notified_at": None}, {"notified_at": 700.0}),
        ({"notified_at": None}, {"notified_at": None}, {"notified_at": None}),
        ({"notified_at": 700.0}, {"notified_at": 600.0}, {"notified_at": 600.0}),
        ({"claim": None}, {"claim": Claim.GONE}, {"claim": Claim.GONE}),
        ({"claim": Claim.GONE}, {"claim": None}, {"claim": Claim.GONE}),
        ({"claim": Claim.GONE}, {"claim": Claim.LEAVER}, {"claim": Claim.LEAVER}),
        ({"claim": Claim.LEAVER}, {"claim": Claim.GONE}, {"claim": Claim.LEAVER}),
        ({"cause": Cause.LOOK}, {"cause": Cause.HELPDESK}, {"cause": Cause.HELPDESK}),
        ({"cause": Cause.HELPDESK}, {"cause": Cause.LOOK}, {"cause": Cause.HELPDESK}),
        ({"look": 2}, {"look": 0}, {"look": 0}),
        ({"look": 0}, {"look": 2}, {"look": 0}),
        ({"after_revocation": True}, {"after_revocation": False}, {"after_revocation": True}),
        ({"after_revocation": False}, {"after_revocation": True}, {"after_revocation": True}),
        ({"attempt": 3}, {"attempt": 0}, {"attempt": 0}),
        ({"trace": "a"}, {"trace": "b"}, {"trace": "a"}),
    ],
)
def test_two_rings_of_one_person_are_one(first, second, expected):
    assert merge([ring(**first), ring(**second)]) == {PERSON: ring(**{**first, **expected})}


def test_other_people_keep_their_rings_in_order():
    rings = [ring(id=id_) for id_ in ("b", "a", "b", "c")]

    assert list(merge(rings)) == ["b", "a", "c"]


def test_no_rings_are_none():
    assert merge([]) == {}
