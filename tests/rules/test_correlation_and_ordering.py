"""Whose account it is, and what an order to revoke says."""

from __future__ import annotations

import pytest

from shared.errors import Ambiguous
from shared.model import Cause, Claim, Order, Stage
from shared.rules.correlation import the_one, user_name_of
from shared.rules.fingerprint import fingerprint
from shared.rules.ordering import order_for
from tests.rules.examples import ACCOUNT, PERSON, account, identity, link, ring


def test_no_candidate_is_nobody():
    assert the_one((), PERSON) is None


@pytest.mark.parametrize("active", [True, False])
def test_the_only_candidate_is_the_one_in_any_state(active):
    assert the_one((account(active=active),), PERSON) == account(active=active)


def test_two_candidates_are_for_a_person_to_decide_who_sees_their_ids_and_not_their_name():
    with pytest.raises(Ambiguous) as raised:
        the_one((account(id="a-1"), account(id="a-2")), PERSON)

    assert raised.value.code == "ambiguous"
    assert "a-1, a-2" in str(raised.value)
    assert "ada" not in str(raised.value)


SOMEBODY = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    "external_id",
    [None, "", PERSON, PERSON.upper(), "HR-4711", f"{SOMEBODY}-2", SOMEBODY.replace("-", "")],
    ids=["none", "empty", "ours", "ours in capitals", "a personnel number", "longer than an id", "no hyphens"],
)
def test_an_account_that_names_no_other_object_can_be_ours(external_id):
    only = account(external_id=external_id)

    assert the_one((only,), PERSON) == only


@pytest.mark.parametrize("external_id", [SOMEBODY, SOMEBODY.upper()])
def test_a_name_that_was_given_to_somebody_else_is_never_adopted(external_id):
    with pytest.raises(Ambiguous) as raised:
        the_one((account(id="a-9", external_id=external_id),), PERSON)

    assert raised.value.code == "anotherIdentity"
    assert "a-9" in str(raised.value)
    assert "ada" not in str(raised.value)


def test_of_two_candidates_the_one_that_is_not_somebody_elses_is_ours():
    ours = account(id="a-1")

    assert the_one((account(id="a-2", external_id=SOMEBODY), ours), PERSON) == ours


BARE = PERSON.replace("-", "")


@pytest.mark.parametrize(
    ("principal_name", "expected"),
    [
        ("ada@contoso.example", "ada@contoso.example"),
        (f"{BARE}ada@contoso.example", "ada@contoso.example"),
        (f"{BARE.upper()}ada@contoso.example", "ada@contoso.example"),
        (f"{PERSON}ada@contoso.example", f"{PERSON}ada@contoso.example"),
        (f"{'0' * 32}ada@contoso.example", f"{'0' * 32}ada@contoso.example"),
        (BARE, BARE),
        ("anna_partner.example#EXT#@contoso.example", "anna@partner.example"),
        ("", None),
        (None, None),
    ],
)
def test_people_are_found_by_the_name_that_genesys_knows(principal_name, expected):
    assert user_name_of(identity(user_principal_name=principal_name)) == expected


EXPECTED = Order(
    identity_id=PERSON,
    account_id=ACCOUNT,
    stage=Stage.FIRST,
    cause=Cause.NOTIFICATION,
    read_at=1_000.0,
    rung_at=900.0,
    notified_at=899.0,
    trace="t1",
    fingerprint=fingerprint(identity(), "m1"),
)


def test_an_order_carries_the_times_and_the_trace_of_the_ring():
    assert order_for(ring(), identity(), link(), mapping="m1") == EXPECTED


@pytest.mark.parametrize(
    ("known", "account_id", "name"),
    [
        (link(), ACCOUNT, None),
        (link(account_id=None), None, "ada@contoso.example"),
        (None, None, "ada@contoso.example"),
    ],
    ids=["linked", "known to have none", "never seen"],
)
def test_the_user_name_travels_only_when_no_link_says_which_account_it_is(known, account_id, name):
    order = order_for(ring(), identity(), known, mapping="m1")

    assert (order.account_id, order.user_name) == (account_id, name)


@pytest.mark.parametrize(
    ("after_revocation", "known", "check_first"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_who_was_revoked_for_the_same_reading_is_checked_first(after_revocation, known, check_first):
    order = order_for(ring(after_revocation=after_revocation), identity(), link(), mapping="m1", known=known)

    assert order.check_first is check_first


def test_no_order_of_a_ring_is_explicit_whatever_was_claimed():
    order = order_for(ring(claim=Claim.LEAVER, cause=Cause.HELPDESK), identity(), link(), mapping="m1")

    assert (order.explicit, order.actor) == (False, "")


def test_who_goes_out_of_scope_is_told_apart_from_who_left():
    order = order_for(ring(), identity(), link(), mapping="m1", out_of_scope="Not assigned.")

    assert (order.out_of_scope, order.reason) == (True, "Not assigned.")
    assert (EXPECTED.out_of_scope, EXPECTED.reason) == (False, "")
