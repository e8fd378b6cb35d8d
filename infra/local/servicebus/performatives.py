"""What does this frame say? Performatives and outcomes as typed values (OASIS AMQP 1.0 part 2.7, 3.4, 5.3)."""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.local.servicebus.decoding import decode
from infra.local.servicebus.encoding import described, encode
from infra.local.servicebus.errors import AmqpError, CodecError
from infra.local.servicebus.values import Array, Described, Symbol, UInt, ULong

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44
ERROR, SOURCE, TARGET = 0x1D, 0x28, 0x29

MAX_FRAME = 1024 * 1024
SESSION_FILTER = "com.microsoft:session-filter"
_HEAD = struct.Struct(">IBBH")
#: azure-servicebus before 7.15 indexes performatives blindly, so each goes out with every field.
_WIDTH = {OPEN: 10, BEGIN: 8, ATTACH: 14, FLOW: 11, TRANSFER: 11, DISPOSITION: 6, DETACH: 3, END: 1, CLOSE: 1}


class Outcome(enum.IntEnum):
    """How a delivery ends (part 3.4)."""

    ACCEPTED = 0x24
    REJECTED = 0x25
    RELEASED = 0x26
    MODIFIED = 0x27


def frame(channel: int, body: bytes, *, sasl: bool = False) -> bytes:
    return _HEAD.pack(8 + len(body), 2, 1 if sasl else 0, channel) + body


def performative(code: int, fields: Sequence[object]) -> bytes:
    missing = _WIDTH.get(code, 0) - len(fields)
    return described(code, [*fields, *[None] * missing])


def error(problem: AmqpError | None) -> Described | None:
    """The error of a detach, close or rejection; its info is there, because SDKs read three fields."""
    if problem is None:
        return None
    return Described(ULong(ERROR), [Symbol(problem.condition), problem.description, None])


def outcome(code: int, problem: AmqpError | None = None) -> bytes:
    """An encoded outcome. `Outcome.REJECTED` without a problem is the echo of a dead-lettering."""
    return encode(Described(ULong(code), [] if problem is None else [error(problem)]))


class Fields:
    """The fields of one described list, read by position; a field that is absent or null is the default.

    Every reader raises `CodecError` when the field is there and of another type.
    """

    def __init__(self, value: object) -> None:
        if not isinstance(value, list):
            raise CodecError("a performative is a list")
        self._values = value

    def get(self, at: int) -> object:
        return self._values[at] if at < len(self._values) else None

    def number(self, at: int) -> int:
        found = self.optional_number(at)
        if found is None:
            raise CodecError(f"field {at} is missing")
        return found

    def optional_number(self, at: int) -> int | None:
        found = self.get(at)
        if found is None or (isinstance(found, int) and not isinstance(found, bool)):
            return found
        raise CodecError(f"field {at} is no number")

    def flag(self, at: int) -> bool:
        found = self.get(at)
        if found is None or isinstance(found, bool):
            return bool(found)
        raise CodecError(f"field {at} is no boolean")

    def text(self, at: int) -> str:
        found = self.get(at)
        if not isinstance(found, str):
            raise CodecError(f"field {at} is no text")
        return found

    def mapping(self, at: int) -> Mapping[object, object]:
        found = self.get(at)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise CodecError(f"field {at} is no map")
        return found

    def composite(self, at: int) -> Fields:
        """The fields of a described list inside this one; none when it is null."""
        found = self.get(at)
        if found is None:
            return Fields([])
        if not isinstance(found, Described):
            raise CodecError(f"field {at} is no composite")
        return Fields(found.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """A link as the client asks for it; `session_id` None with `in_session` means the next free one."""

    name: str
    handle: int
    is_receiver: bool
    settled_by_sender: bool
    source: str
    target: str
    in_session: bool
    session_id: str | None
    timeout_ms: int | None

    @classmethod
    def parse(cls, fields: Fields) -> Attach:
        source, target = fields.composite(5), fields.composite(6)
        filters = source.mapping(7)
        wanted = filters.get(SESSION_FILTER)
        wanted = wanted.value if isinstance(wanted, Described) else wanted
        timeout = fields.mapping(13).get("com.microsoft:timeout")
        return cls(
            name=fields.text(0),
            handle=fields.number(1),
            is_receiver=fields.flag(2),
            settled_by_sender=fields.optional_number(3) == 1,
            source=_address(source),
            target=_address(target),
            in_session=SESSION_FILTER in filters,
            session_id=None if wanted is None else str(wanted),
            timeout_ms=timeout if isinstance(timeout, int) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """`handle` None concerns the session's windows only."""

    handle: int | None
    delivery_count: int
    credit: int
    drain: bool
    echo: bool

    @classmethod
    def parse(cls, fields: Fields) -> Flow:
        return cls(
            handle=fields.optional_number(4),
            delivery_count=fields.optional_number(5) or 0,
            credit=fields.optional_number(6) or 0,
            drain=fields.flag(8),
            echo=fields.flag(9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One frame of a delivery; only the first one must carry id and format."""

    handle: int
    delivery_id: int | None
    message_format: int
    settled: bool
    more: bool
    aborted: bool

    @classmethod
    def parse(cls, fields: Fields) -> Transfer:
        return cls(
            handle=fields.number(0),
            delivery_id=fields.optional_number(1),
            message_format=fields.optional_number(3) or 0,
            settled=fields.flag(4),
            more=fields.flag(5),
            aborted=fields.flag(9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """How the client settles the deliveries `first` to `last`. Reason and description belong to a rejection."""

    is_receiver: bool
    first: int
    last: int
    outcome: int
    undeliverable_here: bool = False
    properties: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    description: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> Disposition:
        first = fields.number(1)
        last = fields.optional_number(2)
        state = fields.get(4)
        code, details = int(Outcome.ACCEPTED), Fields([])
        if isinstance(state, Described):
            if not isinstance(state.code, int):
                raise CodecError("an outcome is described by a number")
            code, details = int(state.code), Fields(state.value)
        properties: Mapping[str, object] = {}
        info: Mapping[str, object] = {}
        if code == Outcome.MODIFIED:
            properties = _named(details.mapping(2))
        elif code == Outcome.REJECTED:
            info = _named(details.composite(0).mapping(2))
        reason, description = info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription")
        return cls(
            is_receiver=fields.flag(0),
            first=first,
            last=first if last is None else last,
            outcome=code,
            undeliverable_here=code == Outcome.MODIFIED and details.flag(1),
            properties=properties,
            reason=reason if isinstance(reason, str) else None,
            description=description if isinstance(description, str) else None,
        )


def sasl_mechanisms(names: Sequence[str]) -> bytes:
    return described(SASL_MECHANISMS, [Array(Symbol, tuple(Symbol(name) for name in names))])


def parse(raw: memoryview) -> tuple[int, Fields, memoryview]:
    """Performative code, fields and payload of a frame that is not empty.

    Raises:
        CodecError: no performative.
    """
    value, end = decode(raw, raw[4] * 4)
    if not isinstance(value, Described) or not isinstance(value.code, int):
        raise CodecError("a frame starts with a performative")
    return int(value.code), Fields(value.value), raw[end:]


def window(number: int) -> UInt:
    return UInt(number & 0xFFFFFFFF)


def _address(terminus: Fields) -> str:
    address = terminus.get(0)
    return address if isinstance(address, str) else ""


def _named(entries: Mapping[object, object]) -> dict[str, object]:
    return {str(key): value for key, value in entries.items()}
