"""Several rings of one person become one: nothing that makes it more urgent is lost."""

from __future__ import annotations

import pytest

from shared.model import Cause, Claim
from shared.rules.merging import merge
from shared.rules.ordering import order_for
from tests.rules.examples import PERSON, identity, link, ring


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
        ({"look": 2, "after_revocation": True}, {}, {"look": 0, "after_revocation": False}),
        ({}, {"look": 2, "after_revocation": True}, {"look": 0, "after_revocation": False}),
        ({"look": 1}, {"look": 1, "after_revocation": True}, {"look": 1, "after_revocation": True}),
        ({"look": 2, "after_revocation": True}, {"look": 1}, {"look": 1, "after_revocation": True}),
        ({"after_revocation": True}, {"after_revocation": True}, {"after_revocation": True}),
        ({"attempt": 3}, {"attempt": 0}, {"attempt": 0}),
        ({"look": 1}, {"look": 3, "doubt": 3}, {"look": 1, "doubt": 3}),
        ({"look": 3, "doubt": 3}, {"look": 1}, {"look": 1, "doubt": 3}),
        ({"look": 3, "doubt": 3}, {"look": 2, "doubt": 2}, {"look": 2, "doubt": 3}),
        ({"look": 3, "doubt": 3}, {}, {"look": 0, "doubt": 0}),
        ({}, {"look": 3, "doubt": 3}, {"look": 0, "doubt": 0}),
        ({"trace": "a"}, {"trace": "b"}, {"trace": "a"}),
    ],
)
def test_two_rings_of_one_person_are_one(first, second, expected):
    assert merge([ring(**first), ring(**second)]) == {PERSON: ring(**{**first, **expected})}


def test_a_new_ring_that_meets_an_old_look_is_still_a_first_revocation():
    looked = {"cause": Cause.LOOK, "look": 3, "after_revocation": True}
    for pair in ([ring(**looked), ring()], [ring(), ring(**looked)]):
        merged = merge(pair)[PERSON]
        assert not order_for(merged, identity(), link(), mapping="m1").check_first
        assert (merged.cause, merged.look) == (Cause.NOTIFICATION, 0)


def test_other_people_keep_their_rings_in_order():
    rings = [ring(id=id_) for id_ in ("b", "a", "b", "c")]

    assert list(merge(rings)) == ["b", "a", "c"]


def test_no_rings_are_none():
    assert merge([]) == {}
