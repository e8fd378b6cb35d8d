"""How is a .NET regular expression written for the `regex` package? Piece by piece; what differs is refused.

Sources: .NET regular expression language reference; entra-mapping.md §6.5. No options, so case counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import regex

from shared.errors import MappingRefused
from shared.rules.expressions.net_classes import bracket, escape, literal

SECONDS = 0.5  # for one match; a pattern that needs longer backtracks without end
DEEPEST = 50
MOST_REPEATS = 10_000
_VERY_END, _END = r"\Z", r"(?=\n?\Z)"
_QUANTIFIER = re.compile(r"(?:[*+?]|\{([0-9]+)(?:,([0-9]*))?\})\??")
_NAMED = re.compile(r"\(\?(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')")
_OPTIONS = re.compile(r"\(\?([a-z]*)(?:-([a-z]+))?([:)])")
_REFERENCE = re.compile(r"([1-9][0-9]*)|k(?:<(\w+)>|'(\w+)')")
_KEPT = ("(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern ready to match.

    Attributes:
        groups: .NET's name or number of each group to its name in the compiled pattern.
        last: name in the compiled pattern of .NET's last group, which `$+` means; empty without groups.
    """

    compiled: regex.Pattern[str]
    groups: dict[str, str] = field(default_factory=dict)
    last: str = ""


def compile_net(pattern: str) -> Pattern:
    """Translate and compile.

    Raises:
        MappingRefused: it is no .NET pattern, or has something that cannot be carried over.
    """
    unnamed, named = _groups(pattern)
    # .NET numbers the groups without a name first, and those with one after them.
    numbered = [*(f"u{index}" for index in range(unnamed)), *(f"n_{name}" for name in named)]
    groups = {str(number): name for number, name in enumerate(numbered, 1)} | {name: f"n_{name}" for name in named}
    translated = _Translation(pattern, groups).run()
    try:
        # V1: inline options hold to the end of their group, as in .NET; -f: no letter matches two.
        compiled = regex.compile(f"(?V1)(?-f)(?:{translated})")
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise MappingRefused(f"The regular expression is malformed: {type(error).__name__}") from error
    return Pattern(compiled=compiled, groups=groups, last=numbered[-1] if numbered else "")


def _groups(pattern: str) -> tuple[int, list[str]]:
    """How many groups have no name, and the names of the others in order."""
    unnamed, named, offset = 0, dict[str, None](), 0
    while offset < len(pattern):
        if pattern[offset] == "\\":
            offset += 2
        elif pattern[offset] == "[":
            offset = bracket(pattern, offset)[1]
        elif pattern.startswith("(?#", offset):
            offset = pattern.find(")", offset) + 1 or len(pattern)
        elif found := _NAMED.match(pattern, offset):
            named[found[1] or found[2]] = None
            offset = found.end()
        else:
            unnamed += pattern[offset] == "(" and pattern[offset + 1 : offset + 2] != "?"
            offset += 1
    return unnamed, list(named)


class _Translation:
    def __init__(self, pattern: str, groups: dict[str, str]) -> None:
        self._pattern = pattern
        self._groups = groups
        self._offset = 0
        self._unnamed = 0
        self._written: list[str] = []
        self._multiline = [False]  # what $ means, for each open group
        self._repeatable = False

    def run(self) -> str:
        while self._offset < len(self._pattern):
            self._piece(self._pattern[self._offset])
        if len(self._multiline) > 1:
            raise MappingRefused("The regular expression has a ( without )")
        return "".join(self._written)

    def _piece(self, character: str) -> None:
        match character:
            case "\\":
                self._escape()
            case "[":
                written, end = bracket(self._pattern, self._offset)
                self._add(written, end - self._offset)
            case "(":
                self._open()
            case ")":
                if len(self._multiline) == 1:
                    raise MappingRefused("The regular expression has a ) without (")
                self._multiline.pop()
                self._add(")", 1)
            case "|":
                self._add("|", 1, repeatable=False)
            case "^":
                self._add("^", 1)
            case "$":
                self._add("$" if self._multiline[-1] else _END, 1)
            case ".":
                self._add(".", 1)
            case _ if found := _QUANTIFIER.match(self._pattern, self._offset):
                self._quantifier(found)
            case _:
                self._add(literal(character), 1)

    def _add(self, written: str, length: int, *, repeatable: bool = True) -> None:
        self._written.append(written)
        self._offset += length
        self._repeatable = repeatable

    def _quantifier(self, found: re.Match[str]) -> None:
        if not self._repeatable:
            raise MappingRefused(f"The regular expression repeats nothing, or repeats twice, with {found[0]}")
        if any(len(count) > 5 or int(count) > MOST_REPEATS for count in found.groups() if count):
            raise MappingRefused(f"The regular expression repeats something more than {MOST_REPEATS} times")
        if found[1] and found[2] and int(found[2]) < int(found[1]):
            raise MappingRefused("The regular expression has a repetition {n,m} with m below n")
        self._add(found[0], len(found[0]), repeatable=False)

    def _escape(self) -> None:
        letter = self._pattern[self._offset + 1 : self._offset + 2]
        kept = {"A": r"\A", "b": r"\b", "B": r"\B", "z": _VERY_END, "Z": _END}.get(letter)
        if kept is not None:
            self._add(kept, 2)
        elif found := _REFERENCE.match(self._pattern, self._offset + 1):
            name = self._groups.get(found[1] or found[2] or found[3])
            if name is None:
                raise MappingRefused(f"The regular expression refers to a group that it does not have, \\{found[0]}")
            self._add(f"(?P={name})", found.end() - self._offset)
        else:
            _, written, end = escape(self._pattern, self._offset + 1)
            self._add(written, end - self._offset)

    def _open(self) -> None:
        rest = self._pattern[self._offset : self._offset + 4]
        if rest.startswith("(?#"):
            end = self._pattern.find(")", self._offset)
            if end < 0:
                raise MappingRefused("The regular expression has a comment (?# without )")
            self._offset = end + 1
            return
        if not rest.startswith("(?"):
            self._push(f"(?P<u{self._unnamed}>", 1)
            self._unnamed += 1
        elif kept := next((sign for sign in _KEPT if rest.startswith(sign)), None):
            self._push(kept, len(kept))
        elif found := _NAMED.match(self._pattern, self._offset):
            self._push(f"(?P<n_{found[1] or found[2]}>", len(found[0]))
        elif found := _OPTIONS.match(self._pattern, self._offset):
            self._options(found)
        else:
            raise MappingRefused(
                "The regular expression has a group that cannot be carried over, such as (?<a-b>...), (?(...)...) or a "
                "group named by a number"
            )

    def _push(self, written: str, length: int) -> None:
        if len(self._multiline) > DEEPEST:
            raise MappingRefused(f"The regular expression has more than {DEEPEST} groups inside each other")
        self._multiline.append(self._multiline[-1])
        self._add(written, length, repeatable=False)

    def _options(self, found: re.Match[str]) -> None:
        on, off = found[1], found[2] or ""
        if set(on + off) - set("ims"):
            raise MappingRefused(
                "The regular expression sets an option other than i, m and s, which cannot be carried over"
            )
        multiline = ("m" in on or self._multiline[-1]) and "m" not in off
        if found[3] == ":":
            self._push(found[0], len(found[0]))
        elif on or off:
            self._add(found[0], len(found[0]), repeatable=False)
        else:
            self._offset = found.end()  # (?) sets nothing
        self._multiline[-1] = multiline
