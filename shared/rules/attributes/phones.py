"""Which number is this text? E.164, and `tel:` with an extension, whatever a directory puts between the digits.

No library: what it would add, namely the country of a number without `+`, can't be known here, and the metadata to
check numbers against are 23 MB in a function's package. A number that is none is left for Genesys to judge.
"""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")
_EXTENSION = re.compile(r"(?:;\s*ext\s*=|,?\s*(?:extension|ext\.?|x\.?|#))\s*([0-9]{1,15})\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]+")


LONGEST = 100  # characters: no number is longer, and a pattern over a long text takes long


def phone(text: str) -> str:
    """`+12065550100`, `tel:+12065550100;ext=12`, or the text itself where it is no number. Idempotent."""
    if len(text) > LONGEST:
        return text
    body = text[4:] if text[:4].lower() == "tel:" else text
    found = _EXTENSION.search(body)
    extension = found[1] if found else ""
    digits = _digits(body[: found.start()] if found else body)
    if not _NUMBER.fullmatch(digits):
        return text
    return f"tel:{digits};ext={extension}" if extension else digits


def dialled(number: str) -> str:
    """What tells two normal numbers apart: the digits, since a `+` that is missing is one that Genesys may add."""
    return number.removeprefix("tel:").removeprefix("+")


def _digits(text: str) -> str:
    number = text.strip()
    if number.startswith("+"):
        number = number.replace("(0)", "")  # the trunk prefix is not dialled behind a country code (ITU-T E.123)
    number = _SEPARATORS.sub("", number)
    return f"+{number[2:]}" if number.startswith("00") else number
