"""Does this value flow into the target, and as what? The rules of entra-mapping.md §5.

| flow type | creating | updating, target is empty | updating, target has another value |
|---|---|---|---|
| Always | write | write | write |
| ObjectAddOnly | write | leave | leave |
| AttributeAddOnly | write | write | leave |
| ValueAddOnly, MultiValueAddOnly; several values | write | write | add what is new, remove nothing |
| ValueAddOnly, MultiValueAddOnly; one value | write | write | write |

A null writes nothing: there is no clearing towards applications.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.model import Role, Value
from shared.rules.expressions.values import Result, Skip
from shared.rules.schema.nouns import AttributeDefinition, AttributeMapping, AttributeType, FlowType, Mutability
from shared.rules.scope.clauses import integer

REPLACES_ROLES = "AssertiveAppRoleAssignmentsComplex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The attribute is to have this value; for several values, all of them."""

    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Nothing is written, for a reason in a few words."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cannot:
    """There is no value that could be written, and a person should know; the sentence says why.

    Attributes:
        blocks: whether the object cannot be created without it.
    """

    why: str
    blocks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What Microsoft's pages leave open.

    Attributes:
        send_empty: whether an empty text is a value of its own. Otherwise it is null: Genesys is said to ignore it.
        lists_only_grow: whether several values are added to those of the target instead of replacing them, as has been
            observed of Entra's job (§4.7). One value, references such as a group's members, and asserted roles replace.
    """

    send_empty: bool = False
    lists_only_grow: bool = True


ENTRA = Policy()


def value_of(result: Result) -> Value:
    """What an expression gave, as a target stores it; a role is its value, or its display name where it has none."""
    if isinstance(result, tuple):
        return tuple((one.value or one.display_name) if isinstance(one, Role) else one for one in result)
    return result


def flow(
    mapping: AttributeMapping,
    definition: AttributeDefinition,
    value: Value | Skip,
    *,
    creating: bool,
    current: Value = None,
    policy: Policy = ENTRA,
) -> Write | Leave | Cannot:
    """What becomes of one attribute.

    Args:
        value: what the mapping's expression gave.
        creating: whether there is no account yet.
        current: what the target has, when it is updated.
    """
    present = None if isinstance(value, Skip) or _is_null(value, policy) else value
    misfit = _misfit(present, definition)
    if misfit:
        return Cannot(why=f"`{mapping.target}` takes {misfit}.")
    if creating:
        return _create(mapping, definition, present, skipped=isinstance(value, Skip), policy=policy)
    if isinstance(value, Skip):
        return Leave(why="the mapping ignores empty values")
    if present is None:
        return Leave(why="Entra has no value, and a null never overwrites")
    return _update(mapping, definition, present, current, policy)


def _create(
    mapping: AttributeMapping, definition: AttributeDefinition, value: Value, *, skipped: bool, policy: Policy
) -> Write | Leave | Cannot:
    if value is None and not skipped and not _is_null(mapping.default_value, policy):
        value = mapping.default_value
    if value is None and definition.required:
        if definition.default_value is None:
            return Cannot(why=f"`{mapping.target}` is required, and Entra has no value for it.", blocks=True)
        value = definition.default_value
    return Leave(why="Entra has no value, and the mapping no default") if value is None else Write(value=value)


def _update(
    mapping: AttributeMapping,
    definition: AttributeDefinition,
    value: str | tuple[str, ...],
    current: Value,
    policy: Policy,
) -> Write | Leave:
    # What can only be written can never be compared, and would be written for ever.
    if (
        definition.mutability in (Mutability.IMMUTABLE, Mutability.WRITE_ONLY)
        or mapping.flow_type is FlowType.OBJECT_ADD_ONLY
    ):
        return Leave(why="it is only written at creation")
    if not current:
        return Write(value=value)
    if mapping.flow_type is FlowType.ATTRIBUTE_ADD_ONLY:
        return Leave(why="it is only written where the target has no value")
    if _grows(mapping, definition, value, policy):
        value = _together(_values(current), _values(value), definition)
    if _same(value, current, definition):
        return Leave(why="the target has this value")
    return Write(value=value)


def _grows(
    mapping: AttributeMapping, definition: AttributeDefinition, value: str | tuple[str, ...], policy: Policy
) -> bool:
    if not definition.multivalued:
        return False
    if mapping.flow_type in (FlowType.VALUE_ADD_ONLY, FlowType.MULTI_VALUE_ADD_ONLY):
        return True
    if isinstance(value, str) or definition.type is AttributeType.REFERENCE:
        return False
    return policy.lists_only_grow and not (mapping.source is not None and mapping.source.name == REPLACES_ROLES)


def _is_null(value: Value, policy: Policy) -> bool:
    return value is None or value == () or (value == "" and not policy.send_empty)


def _misfit(value: Value, definition: AttributeDefinition) -> str:
    """What the attribute takes, where that is not this value; the value itself is not for logs."""
    if isinstance(value, tuple) and not definition.multivalued:
        return f"one value, and the mapping gave {len(value)}"
    values = _values(value) if value else ()
    if definition.type is AttributeType.BOOLEAN and any(one.casefold() not in ("true", "false") for one in values):
        return "True or False, and the mapping gave something else"
    if definition.type is AttributeType.INTEGER and any(integer(one) is None for one in values):
        return "a whole number, and the mapping gave something else"
    return ""


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _together(current: tuple[str, ...], due: tuple[str, ...], definition: AttributeDefinition) -> tuple[str, ...]:
    known = {_compared(value, definition): value for value in current}
    for value in due:
        known.setdefault(_compared(value, definition), value)
    return tuple(known.values())


def _same(due: str | tuple[str, ...], current: str | tuple[str, ...], definition: AttributeDefinition) -> bool:
    """Equal, letter case apart unless it counts; several values have no order."""
    return sorted(_compared(value, definition) for value in _values(due)) == sorted(
        _compared(value, definition) for value in _values(current)
    )


def _compared(value: str, definition: AttributeDefinition) -> str:
    exact = definition.case_exact and definition.type is not AttributeType.BOOLEAN
    return value if exact else value.casefold()
