"""What is in a message, and how does it travel? AMQP 1.0 part 3.2; what its sender wrote is kept verbatim."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from infra.local.servicebus.decoding import Buffer, decode, skip
from infra.local.servicebus.encoding import EMPTY_MAP, described, encode, map_with
from infra.local.servicebus.errors import CodecError
from infra.local.servicebus.values import Symbol, UByte, UInt, ULong

HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES = 0x70, 0x71, 0x72, 0x73, 0x74
DATA, SEQUENCE, VALUE, FOOTER = 0x75, 0x76, 0x77, 0x78

SCHEDULED = "x-opt-scheduled-enqueue-time"
DEAD_LETTER_SOURCE = "x-opt-deadletter-source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The immutable properties that the broker or a receiver reads; a peer's uuid or ulong id is its text here."""

    message_id: str | None = None
    to: str | None = None
    subject: str | None = None
    reply_to: str | None = None
    correlation_id: str | None = None
    content_type: str | None = None
    session_id: str | None = None

    @classmethod
    def parse(cls, fields: object) -> Properties:
        """From the list of AMQP 1.0 part 3.2.4; `group-id` is Service Bus' session id."""
        if not isinstance(fields, list):
            raise CodecError("message properties are a list")
        padded = fields + [None] * (13 - len(fields))
        return cls(
            message_id=_id(padded[0]), to=_id(padded[2]), subject=_id(padded[3]), reply_to=_id(padded[4]),
            correlation_id=_id(padded[5]), content_type=_id(padded[6]), session_id=_id(padded[10]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as its sender wrote it, plus what the broker noted on it.

    `raw_properties`, `raw_application` and `raw_body` are encoded: properties and body sections with their
    descriptors, application properties as the bare map. `size` is the whole message's, bytes on the wire.
    """

    properties: Properties = field(default_factory=Properties)
    durable: bool | None = None
    priority: int | None = None
    ttl_ms: int | None = None
    annotations: Mapping[object, object] = field(default_factory=dict)
    raw_properties: bytes = b""
    raw_application: bytes = EMPTY_MAP
    raw_body: bytes = b""
    size: int = 0

    @classmethod
    def parse(cls, payload: Buffer) -> Message:
        """From the sections of one transfer.

        Raises:
            CodecError: not an AMQP message.
        """
        message = cls(size=len(payload))
        at = 0
        while at < len(payload):
            start = at
            code, at = _section(payload, at)
            end = skip(payload, at)
            if code == HEADER:
                message = message._with_header(decode(payload, at)[0])
            elif code == ANNOTATIONS:
                annotations = decode(payload, at)[0]
                if not isinstance(annotations, dict):
                    raise CodecError("message annotations are a map")
                message = replace(message, annotations=annotations)
            elif code == PROPERTIES:
                parsed = Properties.parse(decode(payload, at)[0])
                message = replace(message, properties=parsed, raw_properties=bytes(payload[start:end]))
            elif code == APPLICATION_PROPERTIES:
                if payload[at] not in (0xC1, 0xD1):
                    raise CodecError("application properties are a map")
                message = replace(message, raw_application=bytes(payload[at:end]))
            elif code in (DATA, SEQUENCE, VALUE, FOOTER):
                return replace(message, raw_body=bytes(payload[start:]))
            elif code != DELIVERY_ANNOTATIONS:
                raise CodecError(f"no such message section: 0x{code:02x}")
            at = end
        return message

    @classmethod
    def compose(cls, body: bytes, properties: Properties, application: Mapping[str, object]) -> Message:
        """From Python values, as an SDK would send it: one data section."""
        fields = [
            properties.message_id, None, properties.to, properties.subject, properties.reply_to,
            properties.correlation_id, Symbol(properties.content_type) if properties.content_type else None,
            None, None, None, properties.session_id,
        ]  # fmt: skip
        raw_properties = described(PROPERTIES, fields)
        raw_application = encode(dict(application))
        raw_body = bytes((0x00, 0x53, DATA)) + encode(body)
        return cls(
            properties=properties, raw_properties=raw_properties, raw_application=raw_application, raw_body=raw_body,
            size=len(raw_properties) + len(raw_application) + len(raw_body),
        )  # fmt: skip

    @property
    def scheduled_for(self) -> float | None:
        """Seconds since 1970, from the annotation that both sending and scheduling use."""
        at = self.annotations.get(SCHEDULED)
        return at / 1000 if isinstance(at, int) else None

    @property
    def dead_letter_source(self) -> str | None:
        source = self.annotations.get(DEAD_LETTER_SOURCE)
        return source if isinstance(source, str) else None

    def application_properties(self) -> dict[str, object]:
        entries = decode(self.raw_application)[0]
        if not isinstance(entries, dict):
            raise CodecError("application properties are a map")
        return {str(key): value for key, value in entries.items()}

    def body(self) -> bytes:
        """Data sections joined; a value section's text as UTF-8.

        Raises:
            CodecError: the body is neither bytes nor text.
        """
        at, parts = 0, []
        while at < len(self.raw_body):
            code, at = _section(self.raw_body, at)
            if code == FOOTER:
                break
            value, at = decode(self.raw_body, at)
            if isinstance(value, str):
                parts.append(value.encode())
            elif isinstance(value, bytes):
                parts.append(value)
            else:
                raise CodecError("the body is neither bytes nor text")
        return b"".join(parts)

    def with_application(self, entries: Mapping[str, object]) -> Message:
        return replace(self, raw_application=map_with(self.raw_application, entries)) if entries else self

    def dead_lettered(self, source: str, reason: str | None, description: str | None) -> Message:
        """As it enters the dead-letter queue: the two properties, the source, no time to live."""
        given = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        noted = self.with_application({name: text for name, text in given.items() if text is not None})
        annotations = {**self.annotations, Symbol(DEAD_LETTER_SOURCE): source}
        return replace(noted, annotations=annotations, ttl_ms=None)

    def wire(self, deliveries: int, annotations: Mapping[str, object], token: uuid.UUID | None = None) -> bytes:
        """The sections of one delivery; `annotations` are the broker's own and win over the sender's.

        `token` goes into the delivery annotations, where SDKs before 7.15 look for the lock of a deferred message.
        """
        noted: dict[object, object] = dict(self.annotations)
        noted.update((Symbol(name), value) for name, value in annotations.items())
        header = [
            self.durable, None if self.priority is None else UByte(self.priority),
            None if self.ttl_ms is None else UInt(self.ttl_ms), None, UInt(deliveries),
        ]  # fmt: skip
        head = described(HEADER, header)
        if token is not None:
            head += bytes((0x00, 0x53, DELIVERY_ANNOTATIONS)) + encode({Symbol("x-opt-lock-token"): token})
        head += bytes((0x00, 0x53, ANNOTATIONS)) + encode(noted)
        application = bytes((0x00, 0x53, APPLICATION_PROPERTIES)) + self.raw_application
        return b"".join((head, self.raw_properties, application, self.raw_body))

    def _with_header(self, fields: object) -> Message:
        if not isinstance(fields, list):
            raise CodecError("a message header is a list")
        durable, priority, ttl = (fields + [None] * 3)[:3]
        return replace(
            self,
            durable=durable if isinstance(durable, bool) else None,
            priority=priority if isinstance(priority, int) else None,
            ttl_ms=ttl if isinstance(ttl, int) else None,
        )


def batch(payload: Buffer) -> list[Message]:
    """The messages of a batched transfer (message format 0x80013700): each one a data section behind common ones.

    Raises:
        CodecError: a data section that holds no message.
    """
    at, messages = 0, []
    while at < len(payload):
        code, at = _section(payload, at)
        end = skip(payload, at)
        if code == DATA:
            inner = decode(payload, at)[0]
            if not isinstance(inner, bytes):
                raise CodecError("a data section is binary")
            messages.append(Message.parse(inner))
        at = end
    return messages


def _section(payload: Buffer, at: int) -> tuple[int, int]:
    """Descriptor of the section at `at`, and where its value starts."""
    if payload[at] != 0x00:
        raise CodecError("a message section has a descriptor")
    code, after = decode(payload, at + 1)
    if not isinstance(code, ULong):
        raise CodecError("a message section is described by a number")
    return code, after


def _id(value: object) -> str | None:
    return None if value is None else str(value)
