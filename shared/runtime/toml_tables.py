"""What stands under this key, and is it what it has to be? Complaints are collected, each with its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from shared.rules.quoting import sentence, shown
from shared.runtime.toml_lines import Path, line_at

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The document that is read, and what is wrong with it."""

    name: str
    lines: Mapping[Path, int]
    complaints: list[tuple[int, str]] = field(default_factory=list)

    def complain(self, path: Path, said: str) -> None:
        self.complaints.append((self.line(path), sentence(said)))

    def line(self, path: Path) -> int:
        return line_at(self.lines, path)

    @property
    def problems(self) -> tuple[str, ...]:
        """In the order of the lines."""
        return tuple(f"{self.name}:{line}: {said}" for line, said in sorted(dict.fromkeys(self.complaints)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the document.

    Attributes:
        path: empty for the document itself.
    """

    sheet: Sheet
    path: Path
    values: Mapping[str, object]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def line(self, key: str = "") -> int:
        return self.sheet.line((*self.path, key) if key else self.path)

    def complain(self, key: str, said: str) -> None:
        self.sheet.complain((*self.path, key) if key else self.path, said)

    def expect(self, *known: str) -> None:
        """Complain about every other key."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                meant = f"did you mean {near[0]}" if near else f"known are {', '.join(known)}"
                self.complain(key, f"{self.title} has no key {shown(key)}; {meant}.")

    @property
    def title(self) -> str:
        names = ".".join(str(part) for part in self.path if isinstance(part, str))
        if not names:
            return "the file"
        return f"[[{names}]]" if isinstance(self.path[-1], int) else f"[{names}]"

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if isinstance(value, str):
            return value
        self.complain(key, f"{key} is {kind(value)}, but has to be a text in quotes.")
        return default

    def flag(self, key: str) -> bool | None:
        """None where the key is missing."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.complain(key, f"{key} is {kind(value)}, but has to be true or false, without quotes.")
        return None

    def number(self, key: str, lowest: int, highest: int) -> int | None:
        """None where the key is missing."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        known = f"{lowest}" if lowest == highest else f"a whole number from {lowest} to {highest}"
        self.complain(key, f"{key} has to be {known}.")
        return None

    def choice(self, key: str, choices: type[Choice], default: Choice) -> Choice:
        written = self.text(key, default.value)
        for one in choices:
            if one.value == written:
                return one
        known = ", ".join(f'"{one.value}"' for one in choices)
        self.complain(key, f'{key} is "{shown(written)}", but has to be one of {known}.')
        return default

    def table(self, key: str) -> Table:
        """The table of that name; an empty one where it is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            self.complain(key, f"{key} is {kind(value)}, but has to be a table: write [{key}] on a line of its own.")
            value = {}
        return Table(sheet=self.sheet, path=(*self.path, key), values=value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The `[[tables]]`, or inline tables, of that name."""
        value = self.values.get(key, [])
        names = ".".join((*(str(part) for part in self.path if isinstance(part, str)), key))
        if not isinstance(value, list):
            self.complain(key, f"{key} is {kind(value)}, but has to be a list of tables: write [[{names}]].")
            return ()
        found = []
        for number, one in enumerate(value):
            path = (*self.path, key, number)
            if isinstance(one, Mapping):
                found.append(Table(sheet=self.sheet, path=path, values=one))
            else:
                self.sheet.complain(path, f"{key} has {kind(one)} where a table has to be.")
        return tuple(found)


def kind(value: object) -> str:
    """What a TOML value is, in words."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or a time"
