"""Which Python type stands for which AMQP 1.0 type?

Without a class of its own: `None` null, `bool`, `int` long, `float` double, `str` string, `bytes` binary,
`uuid.UUID` uuid, `list` list, `dict` map. Source: OASIS AMQP 1.0 part 1.6.
"""

from __future__ import annotations

from dataclasses import dataclass


class UByte(int):
    __slots__ = ()


class UShort(int):
    __slots__ = ()


class UInt(int):
    __slots__ = ()


class ULong(int):
    __slots__ = ()


class Byte(int):
    __slots__ = ()


class Short(int):
    __slots__ = ()


class Int(int):
    __slots__ = ()


class Timestamp(int):
    """Milliseconds since 1970."""

    __slots__ = ()

    @classmethod
    def of(cls, seconds: float) -> Timestamp:
        return cls(round(seconds * 1000))


class Float(float):
    """Single precision."""

    __slots__ = ()


class Char(str):
    """One code point."""

    __slots__ = ()


class Symbol(str):
    """ASCII name from a constrained domain."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Decimal:
    """decimal32, 64 or 128 as its 4, 8 or 16 bytes: carried, never read."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Array:
    """Values of one type; `kind` is the Python type that stands for it."""

    kind: type
    items: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A value with its descriptor (a `ULong` code or a `Symbol`)."""

    code: object
    value: object
