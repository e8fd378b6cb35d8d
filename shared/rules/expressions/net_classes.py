"""Which characters does a .NET escape or a .NET character class stand for, as the `regex` package writes it?"""

from __future__ import annotations

import re

from shared.errors import MappingRefused

# .NET's \w is narrower than that of the regex package, which counts all marks.
WORD = r"\p{L}\p{Mn}\p{Nd}\p{Pc}"
_CLASSES = {
    "d": r"\p{Nd}", "D": r"\P{Nd}", "s": r"\s", "S": r"\S", "w": rf"[{WORD}]", "W": rf"[^{WORD}]",
}  # fmt: skip
_CONTROLS = {"t": "\t", "r": "\r", "n": "\n", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|c([A-Za-z])|(0[0-7]{0,2})")
_CATEGORY = re.compile(r"[pP]\{(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?)\}")
_LITERAL = re.compile(r"[A-Za-z0-9_ ]")


def literal(character: str) -> str:
    """A character that means itself, also inside of brackets."""
    if _LITERAL.fullmatch(character):
        return character
    return f"\\{character}" if character.isascii() and character.isprintable() else f"\\U{ord(character):08X}"


def escape(pattern: str, offset: int) -> tuple[str | None, str, int]:
    """What the escape whose letter stands at this offset means.

    Returns:
        (character, written, end): the character where it is a single one, what to write, and the offset behind it.

    Raises:
        MappingRefused: .NET does not know it, or it cannot be carried over.
    """
    letter = pattern[offset : offset + 1]
    if not letter:
        raise MappingRefused("The regular expression ends with a backslash")
    if letter in _CLASSES:
        return None, _CLASSES[letter], offset + 1
    if letter in _CONTROLS:
        return _single(_CONTROLS[letter], offset + 1)
    if found := _CODE.match(pattern, offset):
        return _single(_coded(found), found.end())
    if letter in "pP":
        return _category(pattern, offset)
    if letter.isalnum() or letter == "_":
        raise MappingRefused(f"The regular expression has the escape \\{letter}, which .NET does not know here")
    return _single(letter, offset + 1)


def _single(character: str, end: int) -> tuple[str, str, int]:
    return character, literal(character), end


def _coded(found: re.Match[str]) -> str:
    hexadecimal, unit, control, octal = found.groups()
    if control:
        return chr(ord(control.upper()) - 64)
    return chr(int(octal, 8)) if octal else chr(int(hexadecimal or unit, 16))


def _category(pattern: str, offset: int) -> tuple[None, str, int]:
    found = _CATEGORY.match(pattern, offset)
    if found is None:
        raise MappingRefused(
            "The regular expression has a \\p{...} that is no general category such as \\p{Lu}; blocks of characters "
            "such as \\p{IsGreek} cannot be carried over: write the range, for example [\\u0370-\\u03FF]"
        )
    return None, f"\\{found[0]}", found.end()


def bracket(pattern: str, offset: int) -> tuple[str, int]:
    """The bracket class that opens at this offset, and the offset behind it.

    Raises:
        MappingRefused: it does not close, has a bad range, or subtracts another class.
    """
    start = offset
    offset += 1
    negated = pattern[offset : offset + 1] == "^"
    offset += negated
    items: list[str] = []
    first = True
    while True:
        if offset >= len(pattern):
            raise MappingRefused(f"The regular expression has a [ without ] at character {start + 1}")
        if pattern[offset] == "]" and not first:
            return f"[{'^' if negated else ''}{''.join(items)}]", offset + 1
        if pattern.startswith("[:", offset):
            raise MappingRefused(
                "The regular expression has [: inside of brackets, which .NET does not take for a class"
            )
        if pattern.startswith("-[", offset) and not first:
            raise MappingRefused(
                "The regular expression subtracts one class of characters from another, [a-z-[aeiou]], which cannot be "
                "carried over: write the ranges that remain"
            )
        first = False
        character, written, offset = _member(pattern, offset)
        if character is not None and _is_range(pattern, offset):
            end, end_written, offset = _member(pattern, offset + 1)
            if end is None or end < character:
                raise MappingRefused(
                    "The regular expression has a range in reverse order, or one that ends with a class"
                )
            written = f"{written}-{end_written}"
        items.append(written)


def _is_range(pattern: str, offset: int) -> bool:
    return pattern[offset : offset + 1] == "-" and pattern[offset + 1 : offset + 2] not in ("]", "", "[")


def _member(pattern: str, offset: int) -> tuple[str | None, str, int]:
    if pattern[offset] != "\\":
        return pattern[offset], literal(pattern[offset]), offset + 1
    if pattern[offset + 1 : offset + 2] == "b":
        return "\b", literal("\b"), offset + 2
    return escape(pattern, offset + 1)
