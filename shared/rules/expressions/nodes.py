"""What is an expression made of? The tree that the parser builds, and its way back into text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.errors import MappingRefused

COMPARISONS = ("=", "<>", ">", ">=", "<", "<=")
ENUMERATION = ("vbTextCompare", "vbBinaryCompare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in an expression's text: offset counted from 0, line and column from 1."""

    offset: int = 0
    line: int = 1
    column: int = 1


START = Position()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`[name]`: an attribute of the source object."""

    name: str
    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text constant, its escapes resolved."""

    value: str
    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A bare number. Entra's own tree stores it as a text constant."""

    written: str
    value: int
    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """`vbTextCompare` or `vbBinaryCompare`."""

    name: str
    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function with its arguments; None where an argument was left empty."""

    name: str
    arguments: tuple[Node | None, ...] = ()
    at: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two operands and one of the six operators; stands only inside `IIF` and `CBool`."""

    left: Node
    operator: str
    right: Node
    at: Position = field(default=START, compare=False, repr=False)


Node = Attribute | Text | Number | Keyword | Call | Comparison


def refused(sentence: str, at: Position, code: str = "") -> MappingRefused:
    """The one mapping error, pointing at this place."""
    return MappingRefused(sentence, at.offset, at.line, at.column, code)


def walk(node: Node) -> Iterator[Node]:
    """This node and everything below it, in the order of the text."""
    yield node
    match node:
        case Call(arguments=arguments):
            for argument in arguments:
                if argument is not None:
                    yield from walk(argument)
        case Comparison(left=left, right=right):
            yield from walk(left)
            yield from walk(right)


def attributes_of(node: Node) -> frozenset[str]:
    """Names of the source attributes that are read."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Attribute))


def text_of(node: Node) -> str:
    """The expression as text; parsing it gives this tree again."""
    match node:
        case Attribute(name=name):
            return f"[{name}]"
        case Text(value=value):
            return quoted(value)
        case Number(written=written):
            return written
        case Keyword(name=name):
            return name
        case Comparison(left=left, operator=operator, right=right):
            return f"{text_of(left)} {operator} {text_of(right)}"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join('' if one is None else text_of(one) for one in arguments)})"


def quoted(value: str) -> str:
    """A text constant as it is written in an expression."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
