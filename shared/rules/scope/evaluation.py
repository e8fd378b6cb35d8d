"""Is this identity in scope? In, out, or ignored; or it cannot be told, and then nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.model import Value
from shared.rules.quoting import shown
from shared.rules.scope.clauses import Finding, examine
from shared.rules.scope.filters import Group, ScopeFilter


class Scope(StrEnum):
    """What the filter makes of an identity (entra-mapping.md §9.1)."""

    IN = "in"
    OUT = "out"  # deprovisioned
    IGNORED = "ignored"  # neither provisioned nor deprovisioned
    UNDETERMINED = "undetermined"  # change nothing, tell a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the filter makes of an identity, and why, in one sentence. The sentence quotes the filter, no values."""

    scope: Scope
    why: str


def judge(scope_filter: ScopeFilter, source: Mapping[str, Value]) -> Judgement:
    """The identity against the three sets.

    | reading and category sets | ordinary groups | scope |
    |---|---|---|
    | one of them fails | any | ignored |
    | one of them cannot be told | any | undetermined |
    | satisfied | satisfied, or there are none | in |
    | satisfied | fail | out |
    | satisfied | cannot be told | undetermined |

    Args:
        source: schema names of attributes to their text form; a missing one is null.
    """
    first = [_any_group(groups, source) for groups in (scope_filter.input_groups, scope_filter.category_groups)]
    for finding in first:
        if finding.holds is False:
            return Judgement(scope=Scope.IGNORED, why=f"Not processed by this mapping: {_lowered(finding.why)}")
    for finding in first:
        if finding.holds is None:
            return Judgement(scope=Scope.UNDETERMINED, why=finding.why)
    finding = _any_group(scope_filter.groups, source)
    match finding.holds:
        case True:
            return Judgement(scope=Scope.IN, why=f"In scope: {_lowered(finding.why)}")
        case False:
            return Judgement(scope=Scope.OUT, why=f"Out of scope: {_lowered(finding.why)}")
        case None:
            return Judgement(scope=Scope.UNDETERMINED, why=finding.why)


def _any_group(groups: tuple[Group, ...], source: Mapping[str, Value]) -> Finding:
    """Groups are alternatives; none at all is satisfied. Doubt about one does not matter where another is satisfied."""
    if not groups:
        return Finding(holds=True, why="There is no filter.")
    findings = [_all_clauses(group, source) for group in groups]
    for finding in findings:
        if finding.holds:
            return finding
    for finding in findings:
        if finding.holds is None:
            return finding
    if len(findings) == 1:
        return findings[0]
    reasons = " ".join(finding.why for finding in findings)
    return Finding(holds=False, why=f"None of {len(findings)} groups is satisfied. {reasons}")


def _all_clauses(group: Group, source: Mapping[str, Value]) -> Finding:
    """Clauses are conditions of one group. Doubt about one does not matter where another fails."""
    findings = [examine(clause, source) for clause in group.clauses]
    for finding in findings:
        if finding.holds is False:
            return finding
    for finding in findings:
        if finding.holds is None:
            return finding
    called = f"group `{shown(group.name)}`" if group.name else "a group of the filter"
    return Finding(holds=True, why=f"Every clause of {called} holds.")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
