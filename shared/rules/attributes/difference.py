"""What has to be written so that an account holds the values that are due, and what must be left to a person?

Nothing that others wrote is cleared: a value goes only when it is the one that we or Entra's own job wrote, or that a
person gave up in a report. Everything here is pure and total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.model import Account, Change, Value
from shared.rules.attributes.table import Attribute, Kind, attribute_or_text
from shared.rules.attributes.values import BEST, Rating, digest, is_day, normal, same, united

MOST_RATINGS = 50  # genesys-api.md §3.1
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class NullPolicy(StrEnum):
    """What no value in Entra means for the account's value."""

    KEEP = "keep"
    CLEAR = "clear"


class Flow(StrEnum):
    """When a value is written (entra-mapping.md §5)."""

    ALWAYS = "always"
    ONLY_WHEN_EMPTY = "only_when_empty"
    ADD_VALUES = "add_values"  # removes none; for attributes with one value the same as ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """One value that is due.

    Attributes:
        path: as `target_for` spells it.
        value: None, or nothing but blanks: Entra has none.
        case_exact: False: values that differ in case only are equal.
        reason: why, for the people who read the outcome.
    """

    path: str
    value: Value
    policy: NullPolicy = NullPolicy.KEEP
    flow: Flow = Flow.ALWAYS
    case_exact: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one account lacks.

    Attributes:
        would_clear: values that Entra no longer has, but that nobody is known to have written for it.
        unfit: a sentence for each value that Genesys can't hold; it is not among the changes.
    """

    changes: tuple[Change, ...] = ()
    would_clear: tuple[Change, ...] = ()
    unfit: tuple[str, ...] = ()


def diff(desired: Sequence[Desired], account: Account, *, owned: Mapping[str, str]) -> Difference:
    """Compare what is due with what the account's `attributes` hold; a path that is missing there holds nothing.

    Args:
        owned: path to the `digest` of the value that may be cleared.
    """
    changes, would_clear, unfit = [], [], []
    for due in desired:
        current = account.attributes.get(due.path)
        if due.value == current:
            continue  # the usual case, and cheap
        attribute = attribute_or_text(due.path)
        change = _change(due, attribute, current)
        if change is None:
            continue
        problem = problem_with(attribute, change.after)
        if problem:
            unfit.append(problem)
        elif change.after is None and owned.get(due.path) != digest(due.path, change.before):
            would_clear.append(change)
        else:
            changes.append(change)
    return Difference(changes=tuple(changes), would_clear=tuple(would_clear), unfit=tuple(unfit))


def problem_with(attribute: Attribute, value: Value) -> str:
    """Why Genesys can't hold this value, as a sentence without the value; empty when it may."""
    items = [] if value is None else [value] if isinstance(value, str) else list(value)
    if len(items) > 1 and not attribute.multi and attribute.kind is not Kind.CUSTOM:
        return f"{attribute.path} takes one value, but {len(items)} are due."
    match attribute.kind:
        case Kind.RATINGS if len(items) > MOST_RATINGS:
            return f"{attribute.path} takes at most {MOST_RATINGS} names, but {len(items)} are due."
        case Kind.RATINGS if any(Rating.parse(item).proficiency > BEST for item in items):
            return f"{attribute.path} takes proficiencies from 0 to 5, such as Billing:3."
        case Kind.BOOLEAN if not set(items) <= {"true", "false"}:
            return f"{attribute.path} takes true or false."
        case Kind.DATE if not all(map(is_day, items)):
            return f"{attribute.path} takes a date such as 2026-01-31."
        case Kind.REFERENCE if not all(map(_UUID.fullmatch, items)):
            return f"{attribute.path} takes the Genesys id of an account, neither a name nor an address."
        case _:
            return ""


def _change(due: Desired, attribute: Attribute, current: Value) -> Change | None:
    before, after = normal(attribute, current), normal(attribute, due.value)
    if after is None:
        if before is None or due.policy is NullPolicy.KEEP or due.flow is not Flow.ALWAYS or not attribute.clearable:
            return None
    elif due.flow is Flow.ONLY_WHEN_EMPTY and before is not None:
        return None
    elif due.flow is Flow.ADD_VALUES and attribute.multi:
        after = united(attribute, after, before)
    if same(attribute, after, before, case_exact=due.case_exact):
        return None
    return Change(path=due.path, before=current, after=after, reason=due.reason)
