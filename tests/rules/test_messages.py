"""What goes onto the bus comes back the same; what cannot be read says why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.errors import Unreadable
from shared.messages import decode, encode
from shared.model import Cause, Claim, Lifecycle, Look, Order, Ring, Stage, Step
from tests.rules.examples import PERSON, ring

# No bus carries an infinite time or a count beyond 64 bits, and no code of ours makes one.
TIME = st.floats(min_value=0, max_value=1e11)
COUNT = st.integers(min_value=0, max_value=2**53)
ID = st.uuids().map(str)
STEPS = st.lists(st.builds(Step, at=TIME, server_time=st.none() | TIME, detail=...), max_size=3).map(tuple)
CLAIMS = st.dictionaries(ID, st.sampled_from(Claim), max_size=3)
IDS = st.lists(ID, max_size=3).map(tuple)
NOUNS = st.one_of(
    st.builds(
        Ring, id=ID, rung_at=TIME, notified_at=st.none() | TIME, attempt=COUNT, look=COUNT, doubt=COUNT, claim=...,
        after_revocation=...,
    ),
    st.builds(Look, ids=IDS, rung_at=TIME, number=COUNT, attempt=COUNT, after_revocation=..., claims=CLAIMS),
    st.builds(Lifecycle, subscription_id=ID, rung_at=TIME),
    st.builds(
        Order, identity_id=ID, account_id=st.none() | ID, rung_at=TIME, read_at=TIME,
        notified_at=st.none() | TIME, deactivated_at=st.none() | TIME,
        attempt=COUNT, refusals=COUNT, done=STEPS, user_name=..., fingerprint=..., actor=..., reason=..., explicit=...,
        check_first=..., followed=...,
    ),
)  # fmt: skip


@given(NOUNS)
@hypothesis_settings(deadline=None, max_examples=200)
def test_every_message_comes_back_as_it_went(noun):
    assert decode(encode(noun)) == noun


@given(st.binary(max_size=200))
@hypothesis_settings(deadline=None, max_examples=200)
def test_bytes_that_are_no_message_are_unreadable_and_nothing_else(raw):
    with pytest.raises(Unreadable):
        decode(raw)


def changed(**parts):
    return json.dumps({**json.loads(encode(ring())), **parts}).encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "form"),
        (b"hello", "form"),
        (b"[]", "form"),
        (b"{}", "form"),
        (b"\xff\xfe", "form"),
        (b'{"v": 1, "type": "\xff", "body": {}}', "form"),
        (b'{"v": 1, "type": "ring", "body": {"kind": "user", "id": "\xff"}}', "form"),
        (b'{"v": 1, "of": ' + b"[" * 100_000, "form"),
        (b'{"v": 1, "type": "ring", "body": ' + b'{"of": ' * 100_000, "form"),
        (b'{"v": 1' + b"0" * 5_000 + b"}", "form"),
        (encode(ring())[:-1], "form"),
        (changed(v=2), "version"),
        (changed(v=0), "version"),
        (changed(v="1"), "form"),
        (changed(type="letter"), "type"),
        (changed(type=None), "form"),
        (changed(type="look"), "form"),
        (changed(body={}), "form"),
        (changed(body="ring"), "form"),
        (changed(body={**json.loads(encode(ring()))["body"], "kind": "device"}), "form"),
        (changed(body={**json.loads(encode(ring()))["body"], "cause": "weather"}), "form"),
    ],
)
def test_an_unreadable_message_says_why(raw, code):
    with pytest.raises(Unreadable) as raised:
        decode(raw)

    assert raised.value.code == code
    assert PERSON not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            Ring(kind="user", id="AB-1", cause=Cause.LOOK, rung_at=1.0, trace="T"),
            Ring(kind="user", id="ab-1", cause=Cause.LOOK, rung_at=1.0, trace="T"),
        ),
        (
            Look(ids=("AB-1", "c"), number=1, rung_at=1.0, trace="T", claims={"AB-1": Claim.GONE}),
            Look(ids=("ab-1", "c"), number=1, rung_at=1.0, trace="T", claims={"ab-1": Claim.GONE}),
        ),
        (
            Lifecycle(subscription_id="AB-1", event="missed", rung_at=1.0, trace="T"),
            Lifecycle(subscription_id="ab-1", event="missed", rung_at=1.0, trace="T"),
        ),
        (
            Order(
                identity_id="AB-1", account_id="CD-2", stage=Stage.FIRST, cause=Cause.LOOK, read_at=1.0, rung_at=1.0,
                trace="T", user_name="Ada@contoso.example",
            ),
            Order(
                identity_id="ab-1", account_id="cd-2", stage=Stage.FIRST, cause=Cause.LOOK, read_at=1.0, rung_at=1.0,
                trace="T", user_name="Ada@contoso.example",
            ),
        ),
    ],
)  # fmt: skip
def test_ids_are_read_in_lower_case_and_nothing_else_is(written, read):
    assert decode(encode(written)) == read


def test_fields_of_a_later_release_are_left_aside():
    body = {**json.loads(encode(ring()))["body"], "mood": "good"}

    assert decode(changed(body=body, sender="later")) == ring()


def test_fields_that_an_earlier_release_did_not_know_take_their_default():
    body = {name: value for name, value in json.loads(encode(ring()))["body"].items() if name != "after_revocation"}

    assert decode(changed(body=body)) == ring()


def test_the_form_on_the_bus_is_this_one():
    assert json.loads(encode(Look(ids=(PERSON,), number=1, rung_at=930.0, trace="t2"))) == {
        "v": 1,
        "type": "look",
        "body": {
            "ids": [PERSON],
            "number": 1,
            "rung_at": 930.0,
            "trace": "t2",
            "after_revocation": False,
            "attempt": 0,
            "claims": {},
        },
    }
