"""What is a scoping filter? The nouns: three sets of groups of clauses (entra-mapping.md §9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Operator(StrEnum):
    """Every operator that can be evaluated, spelled as Entra shows it; stored spellings vary in case and `_`."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    ENDS_WITH = "ENDS_WITH"
    INCLUDES = "Includes"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    WITHIN = "&"
    NOT_WITHIN = "!&"


UNARY = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL, Operator.IS_TRUE, Operator.IS_FALSE})
NUMERIC = frozenset({Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUALS})
REGEX = frozenset({Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH})


class Pattern(Protocol):
    """A regular expression in .NET's meaning, compiled once."""

    def is_in(self, text: str) -> bool:
        """Whether any part of the text matches.

        Raises:
            Refused: it took too long to tell.
        """

    def is_all_of(self, text: str) -> bool:
        """Whether the text matches from its first character to its last; raises as `is_in`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One condition on one source attribute.

    Attributes:
        operand: the text to compare with; None for the unary operators.
        pattern: the operand, compiled, for the regex operators.
    """

    attribute: str
    operator: Operator
    operand: str | None = None
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Satisfied when all its clauses are; it has at least one."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFilter:
    """Three sets of groups; a set is satisfied when it is empty or any of its groups is satisfied.

    Attributes:
        groups: the ordinary filter: who fails it goes out of scope, and is deprovisioned.
        input_groups: applied while reading: who fails it is not processed, and not deprovisioned either.
        category_groups: whether the object belongs to this mapping at all; otherwise it is not processed.
    """

    groups: tuple[Group, ...] = ()
    input_groups: tuple[Group, ...] = ()
    category_groups: tuple[Group, ...] = ()

    @property
    def attributes(self) -> frozenset[str]:
        """The source attributes that it reads."""
        return frozenset(
            clause.attribute
            for groups in (self.groups, self.input_groups, self.category_groups)
            for group in groups
            for clause in group.clauses
        )


EVERYBODY = ScopeFilter()
