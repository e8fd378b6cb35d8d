"""Which bytes carry this value? AMQP 1.0 type encoding, shortest form first (OASIS AMQP 1.0 part 1)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.servicebus.errors import CodecError
from infra.local.servicebus.values import (
    Array,
    Byte,
    Char,
    Decimal,
    Described,
    Float,
    Int,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)

Writer = Callable[[Any], bytes]

_U32 = struct.Struct(">I")
EMPTY_MAP = b"\xc1\x01\x00"


def encode(value: object) -> bytes:
    """`value` with its constructor; the Python types are those of `values`.

    Raises:
        CodecError: another type, or a number that its AMQP type cannot hold.
    """
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise CodecError(f"no AMQP type stands for {type(value).__name__}")
    try:
        return writer(value)
    except (struct.error, UnicodeEncodeError, ValueError) as error:
        raise CodecError(str(error)) from error


def described(code: int, fields: Iterable[object]) -> bytes:
    """A described list with a small `ULong` descriptor: performatives, outcomes, sections."""
    return bytes((0x00, 0x53, code)) + encode(list(fields))


def map_with(raw: bytes, entries: Mapping[str, object]) -> bytes:
    """An encoded map with `entries` added, so that the types of what is already there stay untouched.

    Raises:
        CodecError: `raw` is no map.
    """
    if raw[:1] == b"\xc1":
        count, body = raw[2], raw[3:]
    elif raw[:1] == b"\xd1":
        count, body = _U32.unpack_from(raw, 5)[0], raw[9:]
    else:
        raise CodecError("not a map")
    added = b"".join(encode(part) for entry in entries.items() for part in entry)
    body += added
    return b"\xd1" + _U32.pack(len(body) + 4) + _U32.pack(count + 2 * len(entries)) + body


def _number(code: int, layout: str) -> Writer:
    packed = struct.Struct(layout)
    head = bytes((code,))

    def write(value: int) -> bytes:
        return head + packed.pack(value)

    return write


def _unsigned(zero: int, small: int, large: int, layout: str) -> Writer:
    full = _number(large, layout)

    def write(value: int) -> bytes:
        if value == 0:
            return bytes((zero,))
        return bytes((small, value)) if 0 < value < 256 else full(value)

    return write


def _signed(small: int, large: int, layout: str) -> Writer:
    full = _number(large, layout)

    def write(value: int) -> bytes:
        return bytes((small, value & 0xFF)) if -128 <= value <= 127 else full(value)

    return write


def _variable(small: int, raw: bytes) -> bytes:
    if len(raw) < 256:
        return bytes((small, len(raw))) + raw
    return bytes((small + 0x10,)) + _U32.pack(len(raw)) + raw


def _compound(small: int, parts: list[bytes]) -> bytes:
    body = b"".join(parts)
    if len(body) < 255 and len(parts) < 256:
        return bytes((small, len(body) + 1, len(parts))) + body
    return bytes((small + 0x10,)) + _U32.pack(len(body) + 4) + _U32.pack(len(parts)) + body


def _boolean(value: bool) -> bytes:
    return b"\x41" if value else b"\x42"


def _null(_: None) -> bytes:
    return b"\x40"


def _text(value: str) -> bytes:
    return _variable(0xA1, value.encode())


def _symbol(value: Symbol) -> bytes:
    return _variable(0xA3, value.encode("ascii"))


def _binary(value: bytes | bytearray | memoryview) -> bytes:
    return _variable(0xA0, bytes(value))


def _char(value: Char) -> bytes:
    return b"\x73" + _U32.pack(ord(value)) if len(value) == 1 else _refuse("a char is one code point")


def _decimal(value: Decimal) -> bytes:
    code = {4: b"\x74", 8: b"\x84", 16: b"\x94"}.get(len(value.raw))
    return code + value.raw if code else _refuse("a decimal has 4, 8 or 16 bytes")


def _uuid(value: uuid.UUID) -> bytes:
    return b"\x98" + value.bytes


def _described(value: Described) -> bytes:
    return b"\x00" + encode(value.code) + encode(value.value)


def _list(value: Iterable[object]) -> bytes:
    parts = [encode(item) for item in value]
    return _compound(0xC0, parts) if parts else b"\x45"


def _map(value: Mapping[object, object]) -> bytes:
    return _compound(0xC1, [encode(part) for entry in value.items() for part in entry])


def _array(value: Array) -> bytes:
    """Elements of an array share one constructor, so each takes the type's widest form."""
    shape = _ELEMENTS.get(value.kind)
    if shape is None:
        return _refuse(f"no array of {value.kind.__name__} is sent")
    code, write = shape
    if any(type(item) is not value.kind for item in value.items):
        return _refuse("an array has elements of one type")
    body = bytes((code,)) + b"".join(write(item) for item in value.items)
    return b"\xf0" + _U32.pack(len(body) + 4) + _U32.pack(len(value.items)) + body


def _refuse(reason: str) -> bytes:
    raise CodecError(reason)


def _wide(raw: bytes) -> bytes:
    return _U32.pack(len(raw)) + raw


_WRITERS: dict[type, Writer] = {
    type(None): _null, bool: _boolean, str: _text, bytes: _binary, bytearray: _binary, memoryview: _binary,
    Symbol: _symbol, Char: _char, int: _signed(0x55, 0x81, ">q"), Int: _signed(0x54, 0x71, ">i"),
    Byte: _number(0x51, ">b"), Short: _number(0x61, ">h"), UByte: _number(0x50, ">B"), UShort: _number(0x60, ">H"),
    UInt: _unsigned(0x43, 0x52, 0x70, ">I"), ULong: _unsigned(0x44, 0x53, 0x80, ">Q"),
    Timestamp: _number(0x83, ">q"), float: _number(0x82, ">d"), Float: _number(0x72, ">f"), Decimal: _decimal,
    uuid.UUID: _uuid, Described: _described, list: _list, tuple: _list, dict: _map, Array: _array,
}  # fmt: skip

_ELEMENTS: dict[type, tuple[int, Writer]] = {
    int: (0x81, struct.Struct(">q").pack), Int: (0x71, struct.Struct(">i").pack),
    UInt: (0x70, struct.Struct(">I").pack), ULong: (0x80, struct.Struct(">Q").pack),
    Timestamp: (0x83, struct.Struct(">q").pack), bool: (0x56, struct.Struct(">B").pack),
    float: (0x82, struct.Struct(">d").pack), uuid.UUID: (0x98, lambda value: value.bytes),
    str: (0xB1, lambda value: _wide(value.encode())), Symbol: (0xB3, lambda value: _wide(value.encode("ascii"))),
    bytes: (0xB0, _wide),
}  # fmt: skip
