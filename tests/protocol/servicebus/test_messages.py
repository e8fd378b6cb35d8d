"""Do message sections survive the broker, with the SDK's own encoder and decoder as the other side?"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from azure.servicebus._pyamqp import _decode as sdk_decode
from azure.servicebus._pyamqp import _encode as sdk_encode
from azure.servicebus._pyamqp import message as sdk_message
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.servicebus.encoding import described, encode
from infra.local.servicebus.errors import CodecError
from infra.local.servicebus.messages import Message, Properties, batch
from infra.local.servicebus.store import Place, Stored
from infra.local.servicebus.values import Symbol, Timestamp
from tests.protocol.servicebus.conftest import steady

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
NAMES = st.one_of(st.none(), TEXT.filter(bool))
APPLICATION = st.dictionaries(
    TEXT, st.one_of(TEXT, st.integers(-(2**31), 2**31 - 1), st.booleans(), st.uuids(), st.floats(allow_nan=False))
)


def from_sdk(body: bytes, application: dict[Any, Any], message_id: Any = None, session_id: str | None = None) -> bytes:
    properties = sdk_message.Properties(message_id=message_id, group_id=session_id, subject="s")
    raw = bytearray()
    sdk_encode.encode_payload(
        raw,
        sdk_message.Message(
            data=[body],
            properties=properties,
            application_properties=application,
            header=sdk_message.Header(durable=True, priority=7, ttl=5000),
            message_annotations={b"x-opt-scheduled-enqueue-time": 1},
        ),
    )
    return bytes(raw)


@given(st.binary(max_size=400), APPLICATION, NAMES, NAMES)
@steady
def test_we_read_a_message_of_the_sdk(body, application, message_id, session_id):
    message = Message.parse(from_sdk(body, application, message_id, session_id))

    assert message.body() == body
    assert message.application_properties() == application
    assert message.properties == Properties(message_id=message_id, session_id=session_id, subject="s")
    assert (message.durable, message.priority, message.ttl_ms) == (True, 7, 5000)
    assert message.scheduled_for == 0.001


@given(st.binary(max_size=400), APPLICATION, NAMES, st.integers(0, 2000), st.uuids())
@steady
def test_the_sdk_reads_a_message_of_ours(body, application, session_id, deliveries, token):
    sent = Message.parse(from_sdk(body, application, "m", session_id))
    stored = Stored(sent, 12, 1000.5, place=Place.DEFERRED, delivery_count=deliveries)

    read: Any = sdk_decode.decode_payload(memoryview(stored.wire(2000.25, token)))

    assert b"".join(read.data) == body
    assert read.application_properties == {
        name.encode(): value.encode() if isinstance(value, str) else value for name, value in application.items()
    }
    assert (read.header.delivery_count, read.header.priority, read.header.ttl) == (deliveries, 7, 5000)
    assert read.properties.message_id == b"m"
    assert read.properties.group_id == (session_id.encode() if session_id is not None else None)
    assert read.delivery_annotations == {b"x-opt-lock-token": token}
    assert read.message_annotations == {
        b"x-opt-scheduled-enqueue-time": 1,
        b"x-opt-sequence-number": 12,
        b"x-opt-enqueued-time": 1_000_500,
        b"x-opt-locked-until": 2_000_250,
        b"x-opt-message-state": 1,
    }


@given(st.lists(st.binary(max_size=50), max_size=20))
@steady
def test_a_batch_of_the_sdk_is_its_messages_in_order(bodies):
    raw = bytearray()
    sdk_encode.encode_payload(raw, sdk_message.BatchMessage(data=[from_sdk(body, {}) for body in bodies]))

    assert [message.body() for message in batch(bytes(raw))] == bodies


@given(st.binary(max_size=100))
@settings(steady, max_examples=200)
def test_garbage_is_a_message_or_a_codec_error(raw):
    for parse in (Message.parse, batch):
        try:
            parse(raw)
        except CodecError:
            continue


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x53\x79\x45",
        b"\x45",
        b"\x00\xa1\x01a\x45",
        b"\x00\x53\x70\xc1\x01\x00",
        b"\x00\x53\x72\x45",
        b"\x00\x53\x73\xc1\x01\x00",
        b"\x00\x53\x74\x45",
    ],
    ids=["unknown", "bare", "named", "header", "annotations", "properties", "application"],
)
def test_sections_of_the_wrong_kind_are_refused(raw):
    with pytest.raises(CodecError):
        Message.parse(raw)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (described(0x75, [])[:3] + encode(b"ab") + described(0x75, [])[:3] + encode(b"cd"), b"abcd"),
        (b"\x00\x53\x77" + encode("text"), b"text"),
        (b"\x00\x53\x75" + encode(b"ab") + b"\x00\x53\x78" + encode({Symbol("crc"): 1}), b"ab"),
        (b"", b""),
    ],
    ids=["two data sections", "text value", "footer", "empty"],
)
def test_a_body_is_its_bytes(raw, body):
    assert Message.parse(raw).body() == body


def test_a_body_of_other_values_has_no_bytes():
    with pytest.raises(CodecError):
        Message.parse(b"\x00\x53\x77" + encode(1)).body()


@pytest.mark.parametrize("message_id", ["m", 7, uuid.UUID(int=1)])
def test_ids_of_any_type_are_text_to_receivers(message_id):
    assert Message.parse(from_sdk(b"", {}, message_id)).properties.message_id == str(message_id)


def test_timestamps_are_rounded_milliseconds():
    assert Timestamp.of(1.0006) == 1001
