"""How does text that others wrote stand in one of our sentences? Short, on one line, printable."""

from __future__ import annotations

LONGEST = 120


def shown(text: str) -> str:
    """The text for a sentence: what cannot be printed becomes `?`, and what is too long ends with `…`."""
    line = "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


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
