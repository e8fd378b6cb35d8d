"""How is a date read and written by a .NET custom format? Invariant culture, exact, as `FormatDateTime` does it.

Read once into pieces, used for every value. Sources: .NET custom date and time format strings; entra-mapping.md §7.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import MappingRefused

# Letters with a meaning, and how often they may stand in a row.
LETTERS = {"y": 5, "M": 4, "d": 4, "H": 2, "h": 2, "m": 2, "s": 2, "f": 7, "F": 7, "t": 2, "z": 3, "K": 1, "Z": 1}
# Letters that stand for a whole format when they stand alone.
STANDARD = frozenset("dDfFgGmMoOrRstTuUyY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A letter with its number of repetitions, or (letter empty) characters as they are."""

    letter: str = ""
    count: int = 0
    literal: str = ""


def pieces_of(pattern: str) -> tuple[Piece, ...]:
    """The pieces of a custom format.

    Raises:
        MappingRefused: it is empty, a standard format, or has something that is not supported.
    """
    if len(pattern) <= 1:
        raise MappingRefused(
            f"The date format {pattern!r} is a standard format of .NET; write it out, for example yyyy-MM-dd"
        )
    pieces: list[Piece] = []
    offset = 0
    while offset < len(pattern):
        piece, offset = _piece(pattern, offset)
        pieces.append(piece)
    return tuple(pieces)


def _piece(pattern: str, offset: int) -> tuple[Piece, int]:
    character = pattern[offset]
    if character in LETTERS:
        end = offset
        while end < len(pattern) and pattern[end] == character:
            end += 1
        count = end - offset
        if character in "dMHhmstz":  # .NET reads more of these like the longest form
            count = min(count, LETTERS[character])
        if count > LETTERS[character]:
            raise MappingRefused(
                f"The date format has {count} times {character} in a row, {LETTERS[character]} at most"
            )
        return Piece(letter=character, count=count), end
    if character in "'\"":
        return _quotation(pattern, offset)
    if character == "\\":
        if offset + 1 == len(pattern):
            raise MappingRefused("The date format ends with a backslash")
        return Piece(literal=pattern[offset + 1]), offset + 2
    if character == "%":
        if pattern[offset + 1 : offset + 2] in ("", "%"):
            raise MappingRefused("The date format has a % before nothing")
        return _piece(pattern, offset + 1)
    if character == "g":
        raise MappingRefused("The date format asks for the era (g), which is not supported: leave it out")
    return Piece(literal=character), offset + 1


def _quotation(pattern: str, offset: int) -> tuple[Piece, int]:
    mark, text, index = pattern[offset], "", offset + 1
    while index < len(pattern):
        if pattern[index] == mark:
            return Piece(literal=text), index + 1
        if pattern[index] == "\\" and index + 1 < len(pattern):
            index += 1
        text += pattern[index]
        index += 1
    raise MappingRefused(f"The date format has an opening {mark} without its end")
