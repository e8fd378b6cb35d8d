"""Does a filter's regular expression match a part of a value, or all of it? In .NET's dialect, within a time limit."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import MappingRefused
from shared.rules.expressions.net_regex import SECONDS, Pattern, compile_net


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterPattern:
    """The `Pattern` of scoping filters."""

    translated: Pattern

    def is_in(self, text: str) -> bool:
        try:
            return self.translated.compiled.search(text, timeout=SECONDS) is not None
        except TimeoutError as error:
            raise _too_slow() from error

    def is_all_of(self, text: str) -> bool:
        try:
            return self.translated.compiled.fullmatch(text, timeout=SECONDS) is not None
        except TimeoutError as error:
            raise _too_slow() from error


def compile_pattern(pattern: str) -> FilterPattern:
    """The pattern, compiled.

    Raises:
        MappingRefused: it is malformed, or has something that cannot be carried over.
    """
    return FilterPattern(translated=compile_net(pattern))


def _too_slow() -> MappingRefused:
    return MappingRefused(f"The pattern needs more than {SECONDS} seconds for this value: it backtracks for ever")
