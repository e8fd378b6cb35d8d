"""What value do these bytes hold? AMQP 1.0 type decoding (OASIS AMQP 1.0 part 1).

Total on garbage: every input either decodes or raises `CodecError`, in time proportional to its length.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable

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

Buffer = bytes | memoryview
Reader = Callable[[Buffer, int, int], tuple[object, int]]

_U32 = struct.Struct(">I")
#: Deeper nesting than any peer sends; Python's own stack would end at about 1,000.
MAX_DEPTH = 64
#: Elements without bytes (null, true, zero) cost nothing on the wire, so only a limit keeps their number sane.
MAX_EMPTY_ELEMENTS = 65_536


def decode(buffer: Buffer, at: int = 0) -> tuple[object, int]:
    """The value that starts at `at`, and the index behind it.

    Raises:
        CodecError: truncated, unknown constructor, wrong size, not UTF-8, nested too deeply.
    """
    try:
        return _value(buffer, at, 0)
    except CodecError:
        raise
    except (IndexError, struct.error, ValueError, TypeError, OverflowError) as error:
        raise CodecError(f"not an AMQP value at byte {at}: {error}") from error


def skip(buffer: Buffer, at: int) -> int:
    """The index behind the value at `at`, without building it.

    Raises:
        CodecError: the value would end behind the buffer.
    """
    described = 0
    try:
        while buffer[at] == 0x00:
            described += 1
            if described > MAX_DEPTH:
                raise CodecError("nested too deeply")
            at = skip(buffer, at + 1)
        width = buffer[at] >> 4
        at += 1
        if width in (0xA, 0xC, 0xE):
            at += 1 + buffer[at]
        elif width in (0xB, 0xD, 0xF):
            at += 4 + _U32.unpack_from(buffer, at)[0]
        elif 0x4 <= width <= 0x9:
            at += (0, 1, 2, 4, 8, 16)[width - 4]
        else:
            raise CodecError(f"no such constructor: 0x{buffer[at - 1]:02x}")
    except (IndexError, struct.error) as error:
        raise CodecError(f"truncated value: {error}") from error
    except RecursionError as error:
        raise CodecError("nested too deeply") from error
    if at > len(buffer):
        raise CodecError("truncated value")
    return at


def _value(buffer: Buffer, at: int, depth: int) -> tuple[object, int]:
    if depth > MAX_DEPTH:
        raise CodecError("nested too deeply")
    code = buffer[at]
    if code == 0x00:
        descriptor, at = _value(buffer, at + 1, depth + 1)
        value, at = _value(buffer, at, depth + 1)
        return Described(descriptor, value), at
    return _reader(code)(buffer, at + 1, depth)


def _reader(code: int) -> Reader:
    reader = _READERS.get(code)
    if reader is None:
        raise CodecError(f"no such constructor: 0x{code:02x}")
    return reader


def _constant(value: object) -> Reader:
    def read(_: Buffer, at: int, __: int) -> tuple[object, int]:
        return value, at

    return read


def _number(kind: Callable[[int], object], layout: str) -> Reader:
    packed = struct.Struct(layout)

    def read(buffer: Buffer, at: int, _: int) -> tuple[object, int]:
        return kind(packed.unpack_from(buffer, at)[0]), at + packed.size

    return read


def _fixed(kind: Callable[[bytes], object], size: int) -> Reader:
    def read(buffer: Buffer, at: int, _: int) -> tuple[object, int]:
        return kind(_slice(buffer, at, size)), at + size

    return read


def _variable(kind: Callable[[bytes], object], wide: bool) -> Reader:
    def read(buffer: Buffer, at: int, _: int) -> tuple[object, int]:
        size, at = _size(buffer, at, wide)
        return kind(_slice(buffer, at, size)), at + size

    return read


def _size(buffer: Buffer, at: int, wide: bool) -> tuple[int, int]:
    return (_U32.unpack_from(buffer, at)[0], at + 4) if wide else (buffer[at], at + 1)


def _slice(buffer: Buffer, at: int, size: int) -> bytes:
    if at + size > len(buffer):
        raise CodecError("truncated value")
    return bytes(buffer[at : at + size])


def _frame(buffer: Buffer, at: int, wide: bool) -> tuple[int, int, int]:
    """Size, count and start of a compound value: (end, count, first)."""
    size, at = _size(buffer, at, wide)
    end = at + size
    if end > len(buffer):
        raise CodecError("truncated value")
    count, at = _size(buffer, at, wide)
    return end, count, at


def _list(wide: bool) -> Reader:
    def read(buffer: Buffer, at: int, depth: int) -> tuple[object, int]:
        end, count, at = _frame(buffer, at, wide)
        items = []
        for _ in range(count):
            item, at = _value(buffer, at, depth + 1)
            items.append(item)
        return items, _ended(at, end)

    return read


def _map(wide: bool) -> Reader:
    def read(buffer: Buffer, at: int, depth: int) -> tuple[object, int]:
        end, count, at = _frame(buffer, at, wide)
        if count % 2:
            raise CodecError("a map with half an entry")
        entries: dict[object, object] = {}
        for _ in range(count // 2):
            key, at = _value(buffer, at, depth + 1)
            entries[key], at = _value(buffer, at, depth + 1)
        return entries, _ended(at, end)

    return read


def _array(wide: bool) -> Reader:
    def read(buffer: Buffer, at: int, depth: int) -> tuple[object, int]:
        end, count, at = _frame(buffer, at, wide)
        if count == 0 and at == end:
            return Array(type(None), ()), end  # azure-servicebus leaves the constructor of an empty array out
        code, at = buffer[at], at + 1
        descriptor: object = None
        if code == 0x00:
            descriptor, at = _value(buffer, at, depth + 1)
            code, at = buffer[at], at + 1
        if code >> 4 == 0x4 and count > MAX_EMPTY_ELEMENTS:
            raise CodecError("an array of too many elements without bytes")
        element = _reader(code)
        items = []
        for _ in range(count):
            item, at = element(buffer, at, depth + 1)
            items.append(item if descriptor is None else Described(descriptor, item))
        kind = _KINDS[code] if descriptor is None else Described
        return Array(kind, tuple(items)), _ended(at, end)

    return read


def _ended(at: int, end: int) -> int:
    if at != end:
        raise CodecError("a compound value whose size is not that of its elements")
    return end


def _text(raw: bytes) -> str:
    return raw.decode("utf-8")


def _symbol(raw: bytes) -> Symbol:
    return Symbol(raw.decode("ascii"))


def _char(code_point: int) -> Char:
    return Char(chr(code_point))


def _boolean(octet: int) -> bool:
    if octet > 1:
        raise CodecError(f"no such boolean: {octet}")
    return octet == 1


def _uuid(raw: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=raw)


_READERS: dict[int, Reader] = {
    0x40: _constant(None), 0x41: _constant(True), 0x42: _constant(False), 0x43: _constant(UInt(0)),
    0x44: _constant(ULong(0)),
    0x50: _number(UByte, ">B"), 0x51: _number(Byte, ">b"), 0x52: _number(UInt, ">B"), 0x53: _number(ULong, ">B"),
    0x54: _number(Int, ">b"), 0x55: _number(int, ">b"), 0x56: _number(_boolean, ">B"),
    0x60: _number(UShort, ">H"), 0x61: _number(Short, ">h"),
    0x70: _number(UInt, ">I"), 0x71: _number(Int, ">i"), 0x72: _number(Float, ">f"), 0x73: _number(_char, ">I"),
    0x74: _fixed(Decimal, 4), 0x80: _number(ULong, ">Q"), 0x81: _number(int, ">q"), 0x82: _number(float, ">d"),
    0x83: _number(Timestamp, ">q"), 0x84: _fixed(Decimal, 8), 0x94: _fixed(Decimal, 16), 0x98: _fixed(_uuid, 16),
    0xA0: _variable(bytes, wide=False), 0xA1: _variable(_text, wide=False), 0xA3: _variable(_symbol, wide=False),
    0xB0: _variable(bytes, wide=True), 0xB1: _variable(_text, wide=True), 0xB3: _variable(_symbol, wide=True),
    0xC0: _list(wide=False), 0xC1: _map(wide=False), 0xD0: _list(wide=True), 0xD1: _map(wide=True),
    0xE0: _array(wide=False), 0xF0: _array(wide=True),
}  # fmt: skip


def _empty_list(_: Buffer, at: int, __: int) -> tuple[object, int]:
    """A new list for each reader: whoever receives one may pad it."""
    return [], at


_READERS[0x45] = _empty_list

_KINDS: dict[int, type] = {
    0x40: type(None), 0x41: bool, 0x42: bool, 0x43: UInt, 0x44: ULong, 0x45: list, 0x50: UByte, 0x51: Byte, 0x52: UInt,
    0x53: ULong, 0x54: Int, 0x55: int, 0x56: bool, 0x60: UShort, 0x61: Short, 0x70: UInt, 0x71: Int, 0x72: Float,
    0x73: Char, 0x74: Decimal, 0x80: ULong, 0x81: int, 0x82: float, 0x83: Timestamp, 0x84: Decimal, 0x94: Decimal,
    0x98: uuid.UUID, 0xA0: bytes, 0xA1: str, 0xA3: Symbol, 0xB0: bytes, 0xB1: str, 0xB3: Symbol, 0xC0: list,
    0xC1: dict, 0xD0: list, 0xD1: dict, 0xE0: Array, 0xF0: Array,
}  # fmt: skip
