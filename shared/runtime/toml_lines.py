"""On which line does a key of a TOML document stand? `tomllib` gives values only.

The document has been read by `tomllib` before, so its syntax is known to be sound.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]  # keys, and the number of an entry in a list or of a `[[table]]`, from 0

_TOKEN = re.compile(
    r'''(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<comment>\#[^\n]*)|(?P<end>\n)|(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s"'#\[\]{}=,.]+)""",
    re.DOTALL,
)
_OPENING, _CLOSING = ("[", "{"), ("]", "}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str
    line: int
    is_mark: bool


@dataclass(slots=True, kw_only=True)
class _Finder:
    lines: dict[Path, int] = field(default_factory=dict)
    tables: dict[Path, int] = field(default_factory=dict)  # how often each `[[table]]` was opened

    def statement(self, tokens: list[_Token], table: Path) -> Path:
        """Note one header or one `key = value`; the table that is open behind it."""
        line = tokens[0].line
        if tokens[0].text != "[" or not tokens[0].is_mark:
            self._pair(tokens, table)
            return table
        repeated = len(tokens) > 1 and tokens[1].is_mark and tokens[1].text == "["
        path: Path = ()
        names = _names(tokens)
        for number, name in enumerate(names, start=1):
            path = (*path, name)
            if number == len(names) and repeated:
                self.tables[path] = self.tables.get(path, 0) + 1
                self.lines.setdefault(path, line)
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
            self.lines.setdefault(path, line)
        return path

    def _pair(self, tokens: list[_Token], table: Path) -> None:
        equals = next(index for index, one in enumerate(tokens) if one.is_mark and one.text == "=")
        path = table
        for name in _names(tokens[:equals]):
            path = (*path, name)
            self.lines.setdefault(path, tokens[0].line)
        self._value(tokens[equals + 1 :], path)

    def _value(self, tokens: list[_Token], path: Path) -> None:
        if not tokens or not tokens[0].is_mark or tokens[0].text not in _OPENING:
            return
        for number, part in enumerate(_parts(tokens[1:-1])):
            if tokens[0].text == "{":
                self._pair(part, path)
            else:
                self.lines.setdefault((*path, number), part[0].line)
                self._value(part, (*path, number))


def lines_of(document: str) -> Mapping[Path, int]:
    """The line, from 1, of every table, key and entry of a list."""
    finder = _Finder()
    table: Path = ()
    for tokens in _statements(document):
        table = finder.statement(tokens, table)
    return finder.lines


def line_at(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it that stands in the document."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _statements(document: str) -> Iterator[list[_Token]]:
    """Tokens up to the end of a line outside of all brackets."""
    tokens: list[_Token] = []
    depth, line = 0, 1
    for match in _TOKEN.finditer(document):
        if match["mark"]:
            depth += (match["mark"] in _OPENING) - (match["mark"] in _CLOSING)
        if match["end"] and depth == 0 and tokens:
            yield tokens
            tokens = []
        elif not match["end"] and not match["comment"]:
            tokens.append(_Token(text=match[0], line=line, is_mark=match["mark"] is not None))
        line += match[0].count("\n")
    if tokens:
        yield tokens


def _parts(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """What stands between the commas of a list or an inline table."""
    part: list[_Token] = []
    depth = 0
    for token in tokens:
        if token.is_mark:
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if token.is_mark and token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _names(tokens: list[_Token]) -> list[str]:
    """The parts of a key, without quotes and escapes."""
    return [_name(token.text) for token in tokens if not token.is_mark]


def _name(written: str) -> str:
    return str(tomllib.loads(f"name = {written}")["name"]) if written[0] in "\"'" else written
