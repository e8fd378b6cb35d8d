"""How do letters change? Case as .NET changes it, one letter at a time, and letters without their accents."""

from __future__ import annotations

import re
import unicodedata

from shared.errors import MappingRefused

_CULTURE = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")
# Turkish and Azeri have two letters i, Lithuanian keeps its dots.
_OWN_CASE = frozenset({"tr", "az", "lt"})

# .NET's invariant culture leaves these two alone, because the other i is not their partner everywhere.
_DOTLESS, _DOTTED = "\u0131", "\u0130"

_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo"})
# Categories that end a word in TextInfo.ToTitleCase; digits, marks and unassigned characters do not.
_SEPARATORS = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)

# What stays of these letters is not their base letter; the rest of the table is canonical decomposition.
_PLAIN = str.maketrans({
    "\u0131": "i", "\u0142": "l", "\u0141": "L", "\u00f8": "oe", "\u00d8": "OE", "\u00e6": "ae", "\u00c6": "AE",
    "\u0153": "oe", "\u0152": "OE", "\u00df": "ss",
})  # fmt: skip


def culture_is_plain(culture: str) -> None:
    """Accept a culture whose letters change case like everybody's.

    Raises:
        MappingRefused: it is no culture's name, or one with rules of its own.
    """
    found = _CULTURE.fullmatch(culture)
    if found is None:
        raise MappingRefused('The culture is not written like a culture, for example "en-US"')
    if found[1].lower() in _OWN_CASE:
        raise MappingRefused(
            f"The culture {culture} has letters whose case we cannot change as .NET does: leave the culture out"
        )


def upper(text: str) -> str:
    """Capitals, letter by letter: a letter that has no single capital stays, such as the German sharp s."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def lower(text: str) -> str:
    """Small letters, letter by letter."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def _upper(letter: str) -> str:
    if letter == _DOTLESS:
        return letter
    capital = letter.upper()
    if len(capital) > 1:
        capital = letter.title()  # Greek letters with an iota below have a single capital only there
    return capital if len(capital) == 1 else letter


def _lower(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 and letter != _DOTTED else letter


def without_accents(text: str) -> str:
    """Letters as Entra's table has them: accents dropped, some letters spelled out; others unchanged."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", bare.translate(_PLAIN))


def proper_case(text: str) -> str:
    """Each word with a capital first, as `TextInfo.ToTitleCase` does it with a text in small letters.

    A word begins with its first letter; an apostrophe inside a word does not end it.
    """
    result = []
    inside = False
    for letter in lower(text):
        category = unicodedata.category(letter)
        if category in _LETTERS:
            result.append(letter if inside else _upper(letter))
            inside = True
        else:
            result.append(letter)
            inside = inside and (letter == "'" or category not in _SEPARATORS)
    return "".join(result)


def proper_case_between(text: str, separators: str) -> str:
    """Each word with a capital first, where exactly these characters end a word."""
    result = []
    begins = True
    for letter in lower(text):
        result.append(_upper(letter) if begins else letter)
        begins = letter in separators
    return "".join(result)
