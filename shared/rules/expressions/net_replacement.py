"""What does a .NET replacement text become for one match? And how is a text searched within a time limit?

Sources: .NET "Substitutions in regular expressions"; entra-mapping.md §6.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import regex

from shared.errors import MappingRefused
from shared.rules.expressions.net_regex import SECONDS, Pattern
from shared.rules.expressions.values import bounded

_TOO_SLOW = (
    f"The regular expression did not finish within {SECONDS} s for one value: repetitions inside of repetitions make "
    "it try too many ways"
)
_SIGN = re.compile(r"\$(?:\$|([0-9]+)|\{([0-9]+|[A-Za-z_]\w*)\}|([&`'+_]))")

Expansion = Callable[["regex.Match[str]"], str]


def first_group(pattern: Pattern, group: str, text: str) -> str | None:
    """Text of a group in the first match; None when nothing matches or the group took no part.

    Raises:
        MappingRefused: it takes too long.
    """
    try:
        found = pattern.compiled.search(text, timeout=SECONDS)
    except TimeoutError as error:
        raise MappingRefused(_TOO_SLOW) from error
    return None if found is None else found[group]


def replace_all(pattern: Pattern, text: str, expand: Expansion, group: str = "") -> str:
    """Every match, or only that group inside of each match, replaced by what `expand` makes of the match.

    Raises:
        MappingRefused: it takes too long, or the text grows too long.
    """
    parts: list[str] = []
    length = seen = 0
    try:
        for found in pattern.compiled.finditer(text, timeout=SECONDS):
            start, end = found.span(group or 0)
            if start < seen:  # the group took no part, or stands in a look-behind that was replaced already
                continue
            parts += (text[seen:start], expand(found))
            length += start - seen + len(parts[-1])
            seen = end
            if length > len(text):
                bounded("".join(parts))
    except TimeoutError as error:
        raise MappingRefused(_TOO_SLOW) from error
    return bounded("".join((*parts, text[seen:])))


def expansion(replacement: str, pattern: Pattern) -> Expansion:
    """How a replacement is filled in; `$` signs that name nothing stay as they are."""
    pieces: list[str | Expansion] = []
    seen = 0
    for sign in _SIGN.finditer(replacement):
        piece = _piece(sign, pattern)
        if piece is not None:
            pieces += (replacement[seen : sign.start()], piece)
            seen = sign.end()
    pieces.append(replacement[seen:])
    if not any(callable(piece) for piece in pieces):
        constant = "".join(piece for piece in pieces if isinstance(piece, str))
        return lambda _: constant
    return lambda found: "".join(piece if isinstance(piece, str) else piece(found) for piece in pieces)


def _piece(sign: re.Match[str], pattern: Pattern) -> str | Expansion | None:
    number, name, special = sign.groups()
    if number or name:
        return _group(number or name, pattern)
    match special:
        case None:
            return "$"
        case "&":
            return lambda found: found[0]
        case "`":
            return lambda found: found.string[: found.start()]
        case "'":
            return lambda found: found.string[found.end() :]
        case "_":
            return lambda found: found.string
        case _:
            return _taken(pattern.last) if pattern.last else lambda found: found[0]


def _group(name: str, pattern: Pattern) -> Expansion | None:
    known = name.lstrip("0") or "0" if name.isdecimal() else name
    if known == "0":
        return lambda found: found[0]
    group = pattern.groups.get(known)
    return None if group is None else _taken(group)


def _taken(group: str) -> Expansion:
    """Text of a group, empty when it took no part in the match."""
    return lambda found: found[group] or ""
