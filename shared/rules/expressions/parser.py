"""What does an expression's text say? A recursive descent over its tokens (grammar: entra-mapping.md §6.1)."""

from __future__ import annotations

from shared.errors import MappingRefused
from shared.rules.expressions.nodes import (
    ENUMERATION,
    START,
    Attribute,
    Call,
    Comparison,
    Keyword,
    Node,
    Number,
    Position,
    Text,
    refused,
)
from shared.rules.expressions.tokens import Kind, Token, tokens

LONGEST = 10_000  # characters; Entra takes no more (known issues of application provisioning)
DEEPEST = 100  # functions inside functions; bounded so that no expression can exhaust the stack
LARGEST = 2**63 - 1


def parse_tree(text: str) -> Node:
    """The tree of an expression.

    Raises:
        MappingRefused: it is not written as the grammar wants it; with the place.
    """
    if len(text) > LONGEST:
        raise MappingRefused(
            f"The expression has {len(text)} characters, and Entra takes at most {LONGEST}: split it over two "
            "attributes, or shorten it"
        )
    parser = _Parser(text)
    node = parser.expression(0)
    parser.expect_end()
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = next(self._tokens)
        if self._next.kind is Kind.END:
            raise refused("The expression is empty", START)

    def expression(self, depth: int) -> Node:
        left = self._operand(depth)
        if not self._stands(Kind.OPERATOR):
            return left
        operator = self._take()
        right = self._operand(depth)
        if self._stands(Kind.OPERATOR):
            raise refused("A condition has one comparison; nest IIF for more", self._next.at)
        return Comparison(left=left, operator=operator.value, right=right, at=operator.at)

    def expect_end(self) -> None:
        if self._next.kind is not Kind.END:
            raise refused(f"The expression is complete, but {self._found()} follows", self._next.at)

    def _operand(self, depth: int) -> Node:
        token = self._take()
        match token.kind:
            case Kind.ATTRIBUTE:
                return Attribute(name=token.value, at=token.at)
            case Kind.TEXT:
                return Text(value=token.value, at=token.at)
            case Kind.NUMBER:
                return number(token.value, token.at)
            case Kind.NAME:
                return self._name(token, depth)
            case Kind.END:
                raise refused("The expression ends where a value was due", token.at)
            case _:
                raise refused(f"{token.kind.value.capitalize()} stands where a value was due", token.at)

    def _name(self, name: Token, depth: int) -> Node:
        if self._next.kind is Kind.OPEN:
            if depth >= DEEPEST:
                raise refused(f"More than {DEEPEST} functions inside each other are not evaluated", name.at)
            self._take()
            return Call(name=name.value, arguments=self._arguments(name, depth + 1), at=name.at)
        if name.value in ENUMERATION:
            return Keyword(name=name.value, at=name.at)
        raise refused(
            f'{name.value} is neither a function with its arguments in (), nor an attribute in [], nor a text in ""',
            name.at,
        )

    def _arguments(self, name: Token, depth: int) -> tuple[Node | None, ...]:
        if self._next.kind is Kind.CLOSE:
            self._take()
            return ()
        arguments: list[Node | None] = []
        while True:
            empty = self._next.kind in (Kind.COMMA, Kind.CLOSE)
            arguments.append(None if empty else self.expression(depth))
            token = self._take()
            if token.kind is Kind.CLOSE:
                return tuple(arguments)
            if token.kind is Kind.END:
                raise refused(f"{name.value} has no closing parenthesis )", name.at)
            if token.kind is not Kind.COMMA:
                raise refused(
                    f"Between the arguments of {name.value} a comma was due, not {token.kind.value}", token.at
                )

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._next = next(self._tokens)
        return token

    def _stands(self, kind: Kind) -> bool:
        return self._next.kind is kind

    def _found(self) -> str:
        return f"`{self._next.value}`" if self._next.kind in (Kind.NAME, Kind.OPERATOR) else self._next.kind.value


def number(written: str, at: Position) -> Number:
    """A number as written, decimal or `&H` hexadecimal."""
    digits = written.lstrip("-&H")
    if len(digits) > 20:
        raise refused("The number is too large", at)
    value = int(written[2:], 16) if written.startswith("&H") else int(written)
    if abs(value) > LARGEST:
        raise refused("The number is too large", at)
    return Number(written=written, value=value, at=at)
