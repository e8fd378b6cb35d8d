"""What goes onto the bus comes back the same; what cannot be read says why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.errors import Unreadable
from shared.messages import decode, encode
from shared.model import Lifecycle, Look, Order, Ring, Step
from tests.rules.examples import PERSON, ring

# No bus carries an infinite time or a count beyond 64 bits, and no code of ours makes one.
TIME = st.floats(min_value=0, max_value=1e11)
COUNT = st.integers(min_value=0, max_value=2**53)
STEPS = st.lists(st.builds(Step, at=TIME, server_time=st.none() | TIME, detail=...), max_size=3).map(tuple)
NOUNS = st.one_of(
    st.builds(
        Ring, rung_at=TIME, notified_at=st.none() | TIME, attempt=COUNT, look=COUNT, claim=..., after_revocation=...
    ),
    st.builds(Look, rung_at=TIME, number=COUNT, attempt=COUNT, after_revocation=...),
    st.builds(Lifecycle, rung_at=TIME),
    st.builds(
        Order, rung_at=TIME, read_at=TIME, notified_at=st.none() | TIME, deactivated_at=st.none() | TIME,
        attempt=COUNT, refusals=COUNT, done=STEPS, user_name=..., fingerprint=..., actor=..., reason=..., explicit=...,
        check_first=...,
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
        },
    }
