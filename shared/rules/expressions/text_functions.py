"""What do the text functions give? (entra-mapping.md §7.1)"""

from __future__ import annotations

import base64
from collections.abc import Callable

from shared.errors import MappingRefused
from shared.rules.expressions.letters import (
    culture_is_plain,
    lower,
    proper_case,
    proper_case_between,
    upper,
    without_accents,
)
from shared.rules.expressions.nodes import ENUMERATION, Call
from shared.rules.expressions.signatures import ANY, NUMBER, Arguments, Function, Parameter, plain
from shared.rules.expressions.values import (
    Run,
    Scene,
    Worth,
    as_list,
    as_text,
    bounded,
    is_empty,
    role_text,
    text_of_single,
)

# char.IsWhiteSpace of .NET; Python also strips U+001C to U+001F.
WHITE = "\t\n\v\f\r\x85\xa0 \u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def cut(text: str, start: int, length: int) -> str:
    """Part of a text, counted in UTF-16 units as .NET counts; half a character becomes U+FFFD, as when it is sent."""
    if all(character <= "\uffff" for character in text):
        return text[start : start + length]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")


def length_of(text: str) -> int:
    """Number of UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _left(text: str | None, count: int | None) -> str | None:
    if text is None:
        return ""
    if count is None:
        return None
    return text if count < 0 else cut(text, 0, count)


def _mid(text: str, start: int, length: int) -> str:
    if start < 1 or start > length_of(text):
        raise MappingRefused(f"The value has no character {start} to start with")
    if length < 0:
        raise MappingRefused("The length is below 0")
    return cut(text, start - 1, length)


def _word(text: str | None, number: int | None, delimiters: str | None) -> str | None:
    """Whether neighbouring delimiters have an empty word between them is not documented: both readings must agree."""
    if text is None:
        return ""
    if number is None or delimiters is None:
        return None
    for delimiter in delimiters[1:]:
        text = text.replace(delimiter, delimiters[0])
    parts = text.split(delimiters[0]) if delimiters else [text]
    with_empty = _numbered(parts, number)
    if with_empty != _numbered([part for part in parts if part], number):
        raise MappingRefused(
            "The value has delimiters next to each other or at its start, and what Entra counts then is not documented"
        )
    return with_empty


def _numbered(parts: list[str], number: int) -> str:
    return parts[number - 1] if 1 <= number <= len(parts) else ""


def _split(text: str, delimiter: str) -> tuple[str, ...]:
    if length_of(delimiter) != 1:
        raise MappingRefused("The delimiter must be one character")
    return tuple(part.strip(WHITE) for part in text.split(delimiter))


def _in_str(text: str, sought: str, start: int | None, compare: str | None) -> int:
    first = 1 if start is None else start
    if first < 1:
        raise MappingRefused("The start is below 1")
    if compare == "vbTextCompare":
        text, sought = lower(text), lower(sought)
    at = text.find(sought, first - 1)
    return 0 if at < 0 else length_of(text[:at]) + 1


def _hexadecimal(text: str) -> str:
    valid = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return bounded(valid.encode().hex().upper())


def _cased(change: Callable[[str], str]) -> Callable[[str, str | None], str]:
    return lambda text, _culture: change(text)


def _culture(worth: Worth, what: str) -> str | None:
    culture = as_text(worth, what)
    if culture:
        culture_is_plain(culture)
    return culture


def _compare_type(worth: Worth, what: str) -> str | None:
    chosen = as_text(worth, what)
    if chosen not in (None, *ENUMERATION):
        raise MappingRefused(f"The compareType is neither {' nor '.join(ENUMERATION)}")
    return chosen


def _trim(value: Worth) -> Worth:
    if isinstance(value, tuple):
        return tuple((one if isinstance(one, str) else role_text(one)).strip(WHITE) for one in value)
    text = as_text(value, "value")
    return None if text is None else text.strip(WHITE)


def _join(_: Call, arguments: Arguments) -> Run:
    separator_, *sources = (argument for argument in arguments if argument is not None)

    def run(scene: Scene) -> Worth:
        separator = as_text(separator_(scene), "separator")
        if separator is None:
            return None
        parts: list[str] = []
        for source in sources:
            value = source(scene)
            if isinstance(value, str):
                parts.append(value)
            elif not is_empty(value):
                parts += (one if isinstance(one, str) else role_text(one) for one in as_list(value) or ())
        return bounded(separator.join(part for part in parts if part))

    return run


def _redact(value: Worth) -> Worth:
    return value


_SOURCE = Parameter(key="source")
_CULTURE = Parameter(key="culture", kind=_culture, optional=True)

FUNCTIONS = (
    plain("Append", [_SOURCE, Parameter(key="suffix")], lambda source, suffix: bounded(source + suffix)),
    plain("Prepend", [Parameter(key="prefix"), _SOURCE], lambda prefix, source: bounded(prefix + source)),
    Function(name="Join", parameters=(Parameter(key="separator"), _SOURCE), repeats=True, build=_join),
    plain("Left", [_SOURCE, Parameter(key="numChars", kind=NUMBER)], _left, nulls=True),
    plain("Mid", [_SOURCE, Parameter(key="start", kind=NUMBER), Parameter(key="length", kind=NUMBER)], _mid),
    plain(
        "InStr",
        [
            Parameter(key="value1"),
            Parameter(key="value2"),
            Parameter(key="start", kind=NUMBER, optional=True),
            Parameter(key="compareType", kind=_compare_type, optional=True),
        ],
        _in_str,
    ),
    plain("Word", [_SOURCE, Parameter(key="number", kind=NUMBER), Parameter(key="delimiters")], _word, nulls=True),
    plain("Split", [_SOURCE, Parameter(key="delimiter")], _split),
    plain("StripSpaces", [_SOURCE], lambda source: source.replace(" ", "")),
    plain("NormalizeDiacritics", [_SOURCE], lambda source: bounded(without_accents(source))),
    plain(
        "PCase",
        [_SOURCE, Parameter(key="wordSeparators", optional=True)],
        lambda source, marks: proper_case(source) if marks is None else proper_case_between(source, marks),
    ),
    plain("ToLower", [_SOURCE, _CULTURE], _cased(lower)),
    plain("ToUpper", [_SOURCE, _CULTURE], _cased(upper)),
    plain(
        "ConvertToBase64",
        [_SOURCE],
        lambda source: bounded(base64.b64encode(source.encode("utf-16-le", "surrogatepass")).decode()),
    ),
    plain("ConvertToUTF8Hex", [_SOURCE], _hexadecimal),
    plain("CStr", [Parameter(key="value")], text_of_single),
    plain("Trim", [Parameter(key="value", kind=ANY)], _trim),
    plain("Redact", [Parameter(key="value", kind=ANY)], _redact),
)
