"""What is the value of a mapping's expression for one object? A small evaluator of Entra's expression language.

Source: entra-docs app-provisioning/functions-for-customizing-application-data. Functions that are not in `FUNCTIONS`
are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from tests.conformance.entra_cycle.functions import FUNCTIONS, EvaluationError, Thunk, Value, truth

Source = Mapping[str, Value]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|\[(?P<attribute>[^\]]+)\]|(?P<number>-?\d+)
    |(?P<call>[A-Za-z]\w*)\s*\(|(?P<compare><>|>=|<=|=|<|>)|(?P<mark>[,)]))""",
    re.VERBOSE,
)


class UnsupportedError(ValueError):
    """The expression is beyond this evaluator; the message shows where."""


@dataclass(frozen=True, slots=True)
class Constant:
    text: str


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node | None, ...]


Node = Constant | Attribute | Comparison | Call


@cache
def parse(text: str) -> Node:
    """The tree of an expression; an argument that is left empty is None.

    Raises:
        UnsupportedError: not an expression, or one with an unknown function.
    """
    parser = _Parser(text)
    node = parser.expression()
    if parser.rest.strip():
        raise UnsupportedError(f"unexpected {parser.rest.strip()!r} in {text!r}")
    return node


def evaluate(text: str, source: Source) -> Value:
    """The value for an object; absent attributes are null.

    Raises:
        EvaluationError, SkipFlow: see `functions`.
        UnsupportedError: see `parse`.
    """
    return _value(parse(text), source)


def attributes_of(text: str) -> set[str]:
    """The source attributes that an expression names."""
    return set(_names(parse(text)))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def rest(self) -> str:
        return self._text[self._at :]

    def expression(self) -> Node:
        left = self._operand()
        match = _TOKEN.match(self._text, self._at)
        if match is None or not match["compare"]:
            return left
        self._at = match.end()
        return Comparison(match["compare"], left, self._operand())

    def _operand(self) -> Node:
        match = self._next()
        if match["text"] is not None:
            return Constant(re.sub(r"\\(.)", r"\1", match["text"][1:-1]))
        if match["attribute"] is not None:
            return Attribute(match["attribute"])
        if match["number"] is not None:
            return Constant(match["number"])
        if match["call"] is not None and match["call"] in FUNCTIONS:
            return Call(match["call"], tuple(self._arguments()))
        raise UnsupportedError(f"unknown: {match[0].strip()!r} in {self._text!r}")

    def _arguments(self) -> list[Node | None]:
        arguments: list[Node | None] = []
        while True:
            match = _TOKEN.match(self._text, self._at)
            if match is not None and match["mark"]:
                arguments.append(None)
            else:
                arguments.append(self.expression())
                match = self._next()
            assert match is not None
            if not match["mark"]:
                raise UnsupportedError(f"a comma is missing before {match[0].strip()!r} in {self._text!r}")
            self._at = match.end()
            if match["mark"] == ")":
                return [] if arguments == [None] else arguments

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise UnsupportedError(f"cannot read {self.rest!r}")
        self._at = match.end()
        return match


def _names(node: Node) -> list[str]:
    match node:
        case Attribute(name):
            return [name]
        case Comparison(_, left, right):
            return _names(left) + _names(right)
        case Call(_, arguments):
            return [name for argument in arguments if argument is not None for name in _names(argument)]
    return []


def _value(node: Node, source: Source) -> Value:
    match node:
        case Constant(text):
            return text
        case Attribute(name):
            return source.get(name)
        case Comparison(sign, left, right):
            return "True" if _compare(sign, _value(left, source), _value(right, source)) else "False"
        case Call("IIF", (condition, then, otherwise)):
            assert condition is not None
            chosen = then if truth(_value(condition, source)) else otherwise
            return None if chosen is None else _value(chosen, source)
        case Call(name, arguments):
            return FUNCTIONS[name](*(None if one is None else _thunk(one, source) for one in arguments))


def _thunk(node: Node, source: Source) -> Thunk:
    return lambda: _value(node, source)


def _compare(sign: str, left: Value, right: Value) -> bool:
    """A null or empty attribute makes the check fail (functions page, IIF)."""
    if not isinstance(left, str) or not isinstance(right, str) or left == "":
        raise EvaluationError("the condition compares a null or a list")
    compare: Callable[[str, str], bool] = {"=": str.__eq__, "<>": str.__ne__}.get(sign, _refuse)
    return compare(left, right)


def _refuse(left: str, right: str) -> bool:
    raise UnsupportedError("only = and <> are compared here")
