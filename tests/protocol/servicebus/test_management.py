"""What do `$management` and `$cbs` answer, also to requests that the Python SDK never makes?"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from infra.local.servicebus.consumer import Consumer, SessionConsumer, enqueue_raw
from infra.local.servicebus.decoding import decode
from infra.local.servicebus.encoding import described, encode
from infra.local.servicebus.errors import CodecError
from infra.local.servicebus.management import Request, answer, is_node
from infra.local.servicebus.messages import APPLICATION_PROPERTIES, PROPERTIES, VALUE, Message
from infra.local.servicebus.queues import Namespace
from infra.local.servicebus.values import Array, Described, Int, UInt


def ask(namespace: Namespace, queue: str, operation: str, **fields: object) -> tuple[int, dict[str, object]]:
    """Status and body of the answer to one request."""
    body = {name.replace("_", "-"): value for name, value in fields.items()}
    payload = described(PROPERTIES, ["id", None, None, None, "back"])
    payload += bytes((0, 0x53, APPLICATION_PROPERTIES)) + encode({"operation": f"com.microsoft:{operation}"})
    payload += bytes((0, 0x53, VALUE)) + encode(body)
    raw = answer(namespace, f"{queue}/$management", Request.parse(payload))
    assert raw is not None
    sections: dict[object, Any] = {}
    at = 0
    while at < len(raw):
        section, at = decode(raw, at)
        assert isinstance(section, Described)
        sections[section.code] = section.value
    assert sections[PROPERTIES][5] == "id"
    properties = sections[APPLICATION_PROPERTIES]
    assert properties["statusCode"] == properties["status-code"]
    return properties["statusCode"], {**sections[VALUE], "condition": properties.get("errorCondition")}


@pytest.mark.parametrize(
    ("address", "expected"),
    [("$cbs", True), ("q/$management", True), ("q/$Management", True), ("q", False), ("$management", False)],
)
def test_nodes_carry_requests(address, expected):
    assert is_node(address) is expected


async def test_any_token_is_accepted(namespace):
    request = Request(message_id=1, reply_to=None, operation="put-token", body=Request.parse(b"").body)

    raw = answer(namespace, "$cbs", request)

    assert raw is not None
    assert encode(Int(202)) in raw


async def test_sessions_with_messages_or_a_state_are_listed(namespace, lanes):
    for session_id in ("b", "a", "c"):
        enqueue_raw(lanes, b"", session_id=session_id)

    status, body = ask(namespace, "lanes", "get-message-sessions", skip=Int(1), top=Int(5))

    assert (status, body["sessions-ids"], body["skip"]) == (200, Array(str, ("b", "c")), 3)
    assert ask(namespace, "lanes", "get-message-sessions", skip=Int(3))[0] == 204


async def test_peeking_starts_at_a_number_and_may_look_at_one_session(namespace, lanes):
    for session_id in "abab":
        enqueue_raw(lanes, session_id.encode(), session_id=session_id)

    status, body = ask(
        namespace, "lanes", "peek-message", from_sequence_number=2, message_count=Int(10), session_id="b"
    )

    assert status == 200
    messages = body["messages"]
    assert isinstance(messages, list)
    assert [Message.parse(entry["message"]).body() for entry in messages] == [b"b", b"b"]
    assert ask(namespace, "lanes", "peek-message", from_sequence_number=5, message_count=Int(1))[0] == 204


@pytest.mark.parametrize(
    ("disposition", "places"),
    [
        ("completed", (0, 0, 0)),
        ("abandoned", (1, 0, 0)),
        ("defered", (0, 1, 0)),
        ("suspended", (0, 0, 1)),
    ],
)
async def test_a_message_is_settled_without_its_link(namespace, plain, disposition, places):
    enqueue_raw(plain, b"a")
    [held] = await Consumer(plain).receive(timeout=5)

    status, _ = ask(
        namespace, "plain", "update-disposition",
        disposition_status=disposition, lock_tokens=Array(uuid.UUID, (held.lock_token,)),
        deadletter_reason="r", properties_to_modify={"seen": True},
    )  # fmt: skip

    depth, grave = plain.depth(), plain.dead_letter_queue
    assert grave is not None
    assert status == 200
    assert (depth.active, depth.deferred, grave.depth().active) == places
    for stored in (*plain.peek(), *grave.peek()):
        assert stored.message.application_properties()["seen"] is True


@pytest.mark.parametrize(
    ("operation", "fields", "status", "condition"),
    [
        ("dance", {}, 501, "amqp:not-implemented"),
        ("renew-lock", {"lock_tokens": Array(uuid.UUID, (uuid.UUID(int=1),))}, 410, "com.microsoft:message-lock-lost"),
        ("renew-lock", {"lock_tokens": "no list"}, 400, "amqp:invalid-field"),
        ("renew-lock", {}, 400, "amqp:invalid-field"),
        ("renew-session-lock", {"session_id": "s"}, 410, "com.microsoft:session-lock-lost"),
        ("renew-session-lock", {"session_id": UInt(1)}, 400, "amqp:invalid-field"),
        ("set-session-state", {"session_id": "s", "session_state": b""}, 410, "com.microsoft:session-lock-lost"),
        ("cancel-scheduled-message", {"sequence_numbers": Array(int, (1,))}, 404, "com.microsoft:message-not-found"),
        ("receive-by-sequence-number", {"sequence_numbers": Array(int, (1,))}, 400, "amqp:not-allowed"),
        ("schedule-message", {"messages": [{"message": b"\x45"}]}, 400, "amqp:decode-error"),
        ("schedule-message", {"messages": [{"message": b""}]}, 400, "amqp:not-allowed"),
        ("update-disposition", {"disposition_status": "gone", "lock_tokens": [uuid.UUID(int=1)]}, 400,
         "amqp:invalid-field"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_answered_with_status_and_condition(namespace, operation, fields, status, condition):
    answered, body = ask(namespace, "lanes", operation, **fields)

    assert (answered, body["condition"]) == (status, condition)


async def test_an_unknown_queue_is_not_found(namespace):
    assert ask(namespace, "nowhere", "peek-message")[0] == 404


async def test_deferred_messages_of_a_session_are_for_its_owner(namespace, lanes):
    number = enqueue_raw(lanes, b"a", session_id="s")
    consumer = await SessionConsumer.accept_next(lanes)
    held = await consumer.receive(timeout=5)
    assert held is not None
    lanes.locks.defer(held.lock_token)
    wanted = {"sequence_numbers": Array(int, (number,)), "session_id": "s"}

    status, body = ask(namespace, "lanes", "receive-by-sequence-number", **wanted)
    consumer.close()
    later, _ = ask(namespace, "lanes", "receive-by-sequence-number", **wanted)

    assert isinstance(body["messages"], list)
    assert (status, len(body["messages"]), later) == (200, 1, 410)


@pytest.mark.parametrize("payload", [b"\x40", b"\x00\x53", b"\x99"])
def test_what_is_no_message_is_no_request(payload):
    with pytest.raises(CodecError):
        Request.parse(payload)
