"""Which words and signs does an expression's text consist of? (entra-mapping.md §6.1)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.rules.expressions.nodes import Position, refused


class Kind(StrEnum):
    NAME = "a name"
    ATTRIBUTE = "an attribute"
    TEXT = "a text"
    NUMBER = "a number"
    OPERATOR = "a comparison"
    OPEN = "an opening parenthesis"
    CLOSE = "a closing parenthesis"
    COMMA = "a comma"
    END = "the end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word or sign; `value` is a text without its quotes and escapes, an attribute without its brackets."""

    kind: Kind
    value: str
    at: Position


UNKNOWN_ESCAPE = "unknownEscape"  # code of the error that the tree of a stored expression can settle
_SIGNS = {"(": Kind.OPEN, ")": Kind.CLOSE, ",": Kind.COMMA}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_NUMBER = re.compile(r"&H[0-9A-Fa-f]+|-?[0-9]+")
_OPERATOR = re.compile(r"<>|>=|<=|=|>|<")
_BLANKS = re.compile(r"[ \t\r\n\u00a0]+")
_PLAIN = re.compile(r'[^"\\]+')
_CURLY = "\u201c\u201d\u201e\u2018\u2019"


def tokens(text: str) -> Iterator[Token]:
    """The tokens in order, the last one `END`.

    Raises:
        MappingRefused: a character that starts nothing, or a text or attribute without its end.
    """
    offset = 0
    places = _Places(text)
    while offset < len(text):
        if blanks := _BLANKS.match(text, offset):
            offset = blanks.end()
            continue
        at = places.at(offset)
        token, offset = _token(text, at)
        yield token
    yield Token(kind=Kind.END, value="", at=places.at(len(text)))


class _Places:
    """Lines and columns of growing offsets, in one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._line_starts = 0
        self._seen = 0

    def at(self, offset: int) -> Position:
        breaks = self._text.count("\n", self._seen, offset)
        if breaks:
            self._line += breaks
            self._line_starts = self._text.rindex("\n", self._seen, offset) + 1
        self._seen = offset
        return Position(offset=offset, line=self._line, column=offset - self._line_starts + 1)


def _token(text: str, at: Position) -> tuple[Token, int]:
    """The token that starts here, and the offset behind it."""
    character = text[at.offset]
    if kind := _SIGNS.get(character):
        return Token(kind=kind, value=character, at=at), at.offset + 1
    if character == '"':
        return _text(text, at)
    if character == "[":
        return _attribute(text, at)
    for kind, pattern in ((Kind.NAME, _NAME), (Kind.NUMBER, _NUMBER), (Kind.OPERATOR, _OPERATOR)):
        if found := pattern.match(text, at.offset):
            return Token(kind=kind, value=found[0], at=at), found.end()
    if character in _CURLY:
        raise refused('Curly quotation marks are no quotation marks here: write " instead', at)
    raise refused(f"The character U+{ord(character):04X} has no meaning here", at)


def _attribute(text: str, at: Position) -> tuple[Token, int]:
    end = text.find("]", at.offset)
    if end < 0:
        raise refused("The attribute that starts here has no closing bracket ]", at)
    name = text[at.offset + 1 : end]
    if not name or name != name.strip() or any(sign in name for sign in '["\r\n'):
        raise refused("An attribute is written [name], without blanks, brackets or quotation marks around the name", at)
    return Token(kind=Kind.ATTRIBUTE, value=name, at=at), end + 1


def _text(text: str, at: Position) -> tuple[Token, int]:
    parts: list[str] = []
    offset = at.offset + 1
    while offset < len(text):
        if plain := _PLAIN.match(text, offset):
            parts.append(plain[0])
            offset = plain.end()
        elif text[offset] == '"':
            return Token(kind=Kind.TEXT, value="".join(parts), at=at), offset + 1
        elif text[offset + 1 : offset + 2] in ("\\", '"'):
            parts.append(text[offset + 1])
            offset += 2
        elif offset + 1 < len(text):
            # What Entra makes of another escape is not documented, so nothing is assumed (entra-mapping.md §6.1).
            raise refused(
                f"The text that starts here holds \\{text[offset + 1]}: a backslash in a text must be written \\\\",
                at,
                UNKNOWN_ESCAPE,
            )
        else:
            break
    raise refused('The text that starts here has no closing quotation mark "', at)
