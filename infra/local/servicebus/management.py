"""What does a request to `$cbs` or to a queue's `$management` do?

Operations, field names and status codes: "AMQP 1.0 in Azure Service Bus: request/response-based operations".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from infra.local.servicebus.decoding import decode
from infra.local.servicebus.encoding import described, encode
from infra.local.servicebus.errors import AmqpError, CodecError
from infra.local.servicebus.messages import APPLICATION_PROPERTIES, PROPERTIES, VALUE, Message
from infra.local.servicebus.values import Array, Described, Int, Symbol, Timestamp

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Namespace, Queue

CBS = "$cbs"
SUFFIX = "/$management"
Body = dict[str, object]


def is_node(address: str) -> bool:
    """Whether a link to this address carries requests and answers, no messages."""
    return address == CBS or address.lower().endswith(SUFFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; its `message_id` (any AMQP type) is the answer's correlation id."""

    message_id: object
    reply_to: str | None
    operation: str
    body: Arguments

    @classmethod
    def parse(cls, payload: bytes) -> Request:
        """Raises CodecError when it is no request message."""
        at = 0
        message_id: object = None
        reply_to: object = None
        operation: object = None
        body: object = None
        while at < len(payload):
            section, at = decode(payload, at)
            if not isinstance(section, Described):
                raise CodecError("a message section has a descriptor")
            value = section.value
            if section.code == PROPERTIES and isinstance(value, list):
                message_id, reply_to = (value + [None] * 5)[0:5:4]
            elif section.code == APPLICATION_PROPERTIES and isinstance(value, dict):
                operation = value.get("operation")
            elif section.code == VALUE:
                body = value
        return cls(
            message_id=message_id,
            reply_to=reply_to if isinstance(reply_to, str) else None,
            operation=operation if isinstance(operation, str) else "",
            body=Arguments(body if isinstance(body, dict) else {}),
        )


class Arguments:
    """The map in a request's body; every reader raises `AmqpError` (400) when the field is of another type."""

    def __init__(self, entries: Mapping[object, object]) -> None:
        self._entries = entries

    def number(self, name: str, default: int = 0) -> int:
        found = self._entries.get(name, default)
        return found if isinstance(found, int) else self._wrong(name)

    def text(self, name: str) -> str:
        found = self._entries.get(name)
        return found if isinstance(found, str) else self._wrong(name)

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self._entries.get(name) is not None else None

    def optional_bytes(self, name: str) -> bytes | None:
        found = self._entries.get(name)
        return found if found is None or isinstance(found, bytes) else self._wrong(name)

    def mapping(self, name: str) -> dict[str, object]:
        found = self._entries.get(name) or {}
        return {str(key): value for key, value in found.items()} if isinstance(found, dict) else self._wrong(name)

    def numbers(self, name: str) -> list[int]:
        return [number for number in self._sequence(name) if isinstance(number, int)]

    def tokens(self, name: str) -> list[uuid.UUID]:
        return [token for token in self._sequence(name) if isinstance(token, uuid.UUID)]

    def maps(self, name: str) -> list[Arguments]:
        return [Arguments(entries) for entries in self._sequence(name) if isinstance(entries, dict)]

    def _sequence(self, name: str) -> list[object]:
        found = self._entries.get(name)
        if isinstance(found, Array):
            return list(found.items)
        return found if isinstance(found, list) else self._wrong(name)

    def _wrong(self, name: str) -> Never:
        raise AmqpError("amqp:invalid-field", f"The field '{name}' is missing or of a wrong type.")


def answer(namespace: Namespace, address: str, request: Request) -> bytes | None:
    """The encoded answer, or None when an injected fault drops the connection instead."""
    if address == CBS:
        return _reply(request, 202, "Accepted", {})
    try:
        queue = namespace.entity(address[: -len(SUFFIX)])
        refusal = namespace.faults.refusal(queue.name) if request.operation == SCHEDULE else None
        if refusal is not None and refusal.how == "reject":
            raise refusal.error()
        if refusal is not None and refusal.how == "drop":
            return None
        body = _operate(queue, request)
        if refusal is not None:
            return None
    except CodecError as error:
        return _reply(request, 400, str(error), {}, "amqp:decode-error")
    except AmqpError as problem:
        return _reply(request, problem.status, problem.description, {}, problem.condition)
    return _reply(request, 204, "No Content", {}) if body is None else _reply(request, 200, "OK", body)


def _reply(request: Request, status: int, description: str, body: Body, condition: str | None = None) -> bytes:
    """SDKs differ in how they spell the two status properties, so both spellings go out."""
    properties: Body = {
        "statusCode": Int(status),
        "statusDescription": description,
        "status-code": Int(status),
        "status-description": description,
    }
    if condition is not None:
        properties["errorCondition"] = properties["error-condition"] = Symbol(condition)
    head = described(PROPERTIES, [None, None, None, None, None, request.message_id])
    head += bytes((0x00, 0x53, APPLICATION_PROPERTIES)) + encode(properties)
    return head + bytes((0x00, 0x53, VALUE)) + encode(body)


def _operate(queue: Queue, request: Request) -> Body | None:
    operation = _OPERATIONS.get(request.operation)
    if operation is None:
        raise AmqpError("amqp:not-implemented", f"There is no operation '{request.operation}'.", 501)
    return operation(queue, request.body)


def _renew_lock(queue: Queue, body: Arguments) -> Body:
    ends = [queue.locks.renew(token) for token in body.tokens("lock-tokens")]
    return {"expirations": Array(Timestamp, tuple(Timestamp.of(end) for end in ends))}


def _renew_session_lock(queue: Queue, body: Arguments) -> Body:
    return {"expiration": Timestamp.of(queue.sessions.renew(body.text("session-id")))}


def _get_session_state(queue: Queue, body: Arguments) -> Body:
    return {"session-state": queue.sessions.get(body.text("session-id")).state}


def _set_session_state(queue: Queue, body: Arguments) -> Body:
    queue.sessions.owned(body.text("session-id")).state = body.optional_bytes("session-state")
    return {}


def _session_ids(queue: Queue, body: Arguments) -> Body | None:
    skip = body.number("skip")
    ids = queue.sessions.ids()[skip:][: body.number("top", 100)]
    return {"skip": Int(skip + len(ids)), "sessions-ids": Array(str, tuple(ids))} if ids else None


def _peek(queue: Queue, body: Arguments) -> Body | None:
    found = queue.peek(
        body.number("message-count", 1),
        from_number=body.number("from-sequence-number"),
        session_id=body.optional_text("session-id"),
    )
    return {"messages": [{"message": stored.wire()} for stored in found]} if found else None


def _receive_deferred(queue: Queue, body: Arguments) -> Body:
    locks = queue.receive_deferred(body.numbers("sequence-numbers"), body.optional_text("session-id"))
    return {
        "messages": [{"lock-token": lock.token, "message": lock.stored.wire(lock.until, lock.token)} for lock in locks]
    }


def _schedule(queue: Queue, body: Arguments) -> Body:
    messages = [Message.parse(entry.optional_bytes("message") or b"") for entry in body.maps("messages")]
    for message in messages:
        queue.check(message)
    numbers = tuple(queue.enqueue(message) or 0 for message in messages)
    return {"sequence-numbers": Array(int, numbers)}


def _cancel_scheduled(queue: Queue, body: Arguments) -> Body:
    queue.cancel_scheduled(body.numbers("sequence-numbers"))
    return {}


def _update_disposition(queue: Queue, body: Arguments) -> Body:
    """Settlement without a link: deferred messages, and receivers whose link is gone."""
    status = body.text("disposition-status")
    session_id = body.optional_text("session-id")
    if session_id is not None:
        queue.sessions.owned(session_id)
    properties = body.mapping("properties-to-modify")
    for token in body.tokens("lock-tokens"):
        match status:
            case "completed":
                queue.locks.complete(token)
            case "abandoned":
                queue.locks.abandon(token, properties)
            case "defered":
                queue.locks.defer(token, properties)
            case "suspended":
                reason, description = (body.optional_text(f"deadletter-{name}") for name in ("reason", "description"))
                queue.locks.dead_letter(token, reason, description, properties)
            case _:
                raise AmqpError("amqp:invalid-field", f"There is no disposition '{status}'.")
    return {}


SCHEDULE = "com.microsoft:schedule-message"

_OPERATIONS: dict[str, Callable[[Queue, Arguments], Body | None]] = {
    "com.microsoft:renew-lock": _renew_lock,
    "com.microsoft:renew-session-lock": _renew_session_lock,
    "com.microsoft:get-session-state": _get_session_state,
    "com.microsoft:set-session-state": _set_session_state,
    "com.microsoft:get-message-sessions": _session_ids,
    "com.microsoft:peek-message": _peek,
    "com.microsoft:receive-by-sequence-number": _receive_deferred,
    SCHEDULE: _schedule,
    "com.microsoft:cancel-scheduled-message": _cancel_scheduled,
    "com.microsoft:update-disposition": _update_disposition,
}
