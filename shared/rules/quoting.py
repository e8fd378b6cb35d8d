"""How does text that others wrote stand in one of our sentences? Short, on one line, printable."""

from __future__ import annotations

LONGEST = 120
LONGEST_SENTENCE = 2_000


def shown(text: str) -> str:
    """The text for a sentence, cut where it is too long to be read."""
    return _cut(_printable(text), LONGEST)


def sentence(text: str) -> str:
    """A whole sentence, whatever it quotes, with its full stop."""
    return f"{_cut(_printable(text).rstrip('.'), LONGEST_SENTENCE)}."


def _printable(text: str) -> str:
    """On one line; what cannot be printed becomes `?`."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "no JSON"
