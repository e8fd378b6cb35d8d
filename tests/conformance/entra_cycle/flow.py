"""Which value is due at a target, and is it a change? Null never overwrites, defaults are for creation only.

Source: Graph docs synchronization-attributemapping; entra-docs app-provisioning/customize-application-attributes.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.entra_cycle.dialects import Change
from tests.conformance.entra_cycle.expressions import Source, attributes_of, evaluate
from tests.conformance.entra_cycle.functions import EvaluationError, SkipFlow, Value
from tests.conformance.entra_cycle.schema import Mapping

_ADD_ONLY = frozenset({"ValueAddOnly", "MultiValueAddOnly"})


class Abandoned(Exception):
    """An attribute without which nothing may be written for the object cannot be evaluated."""


def guards(mapping: Mapping) -> bool:
    """Whether the mapping decides who the account is or whether it may sign in."""
    return mapping.matching > 0 or mapping.target.attribute == "active"


def disables(mapping: Mapping) -> bool:
    """Whether the mapping flows when somebody leaves: those that look at IsSoftDeleted."""
    return mapping.expression is not None and "IsSoftDeleted" in attributes_of(mapping.expression)


def evaluated(mapping: Mapping, source: Source, errors: list[str]) -> Value:
    """The mapping's value; None when nothing flows.

    An empty text counts as null: Genesys ignores one, so the account would look changed in every cycle.

    Raises:
        Abandoned: the mapping `guards`, and failed.
    """
    if mapping.expression is None:
        return None
    try:
        return evaluate(mapping.expression, source) or None
    except SkipFlow:
        return None
    except EvaluationError as error:
        errors.append(f"{mapping.target.name} of {source['objectId']}: {error}")
        if guards(mapping):
            raise Abandoned from error
        return None


def initial(mapping: Mapping, source: Source, errors: list[str]) -> Any:
    """What a new account gets, None for nothing.

    Raises:
        Abandoned: a required attribute has neither value nor default, or `evaluated` says so.
    """
    value = evaluated(mapping, source, errors) or mapping.default
    if value is None and mapping.required:
        value = mapping.required_default
        if value is None:
            errors.append(f"{mapping.target.name} of {source['objectId']}: a required value is missing")
            raise Abandoned
    return None if value is None else _typed(mapping, value)


def changed(mapping: Mapping, source: Source, document: dict[str, Any], errors: list[str]) -> Change | None:
    """What an update writes over the account as it is; None when there is nothing to do.

    Raises:
        Abandoned: see `evaluated`.
    """
    if mapping.flow == "ObjectAddOnly" or mapping.read_only:
        return None
    value = evaluated(mapping, source, errors)
    held = mapping.target.held(document)
    if value is None or (mapping.flow == "AttributeAddOnly" and held):
        return None
    if mapping.multivalued:
        return _list_change(mapping, value, held or [])
    due = _typed(mapping, value)
    if due == held or _same(mapping, str(due), str(held)):
        return None
    return Change(target=mapping.target, value=due, adds=held in (None, ""))


def _list_change(mapping: Mapping, value: Value, held: list[str]) -> Change | None:
    """A list of values, and a flow type that only adds, remove nothing; a single value replaces the list."""
    due = [value] if isinstance(value, str) else list(value or ())
    missing = [one for one in due if not any(_same(mapping, one, other) for other in held)]
    adds = not held or isinstance(value, tuple) or mapping.flow in _ADD_ONLY
    if not missing and (adds or len(held) == len(due)):
        return None
    return Change(target=mapping.target, value=[{"value": one} for one in (missing if adds else due)], adds=adds)


def _same(mapping: Mapping, due: str, held: str) -> bool:
    return due == held if mapping.case_exact else due.casefold() == held.casefold()


def _typed(mapping: Mapping, value: Value) -> Any:
    if mapping.multivalued:
        return [{"value": one} for one in ([value] if isinstance(value, str) else value or ())]
    assert isinstance(value, str), f"{mapping.target.name} takes one value"
    match mapping.type:
        case "Boolean":
            return value.lower() == "true"
        case "Integer":
            return int(value)
    return value
