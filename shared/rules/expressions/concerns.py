"""What should an operator know about an expression that is evaluated all the same? (entra-mapping.md §11)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.rules.expressions import random_functions
from shared.rules.expressions.choice_functions import NULL_TESTS
from shared.rules.expressions.compiling import Expression
from shared.rules.expressions.nodes import Attribute, Call, Comparison, Node, Position, Text, walk


class Doubt(StrEnum):
    """What is doubtful, for machines."""

    NULL_TEST_IN_CONDITION = "null_test_in_condition"
    SWITCH_ON_NULL_TEST = "switch_on_null_test"
    SWITCH_WITHOUT_DEFAULT = "switch_without_default"
    SWITCH_ON_REFERENCE = "switch_on_reference"
    SOFT_DELETED_KEYS = "soft_deleted_keys"
    DEPENDS_ON_NOW = "depends_on_now"
    RANDOM = "random"
    ROLES_STAY = "roles_stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One warning: what, in a sentence, and where."""

    doubt: Doubt
    sentence: str
    at: Position


def concerns(expression: Expression) -> tuple[Concern, ...]:
    """Every warning about an expression, in the order of its text."""
    return tuple(concern for node in walk(expression.root) if isinstance(node, Call) for concern in _of_call(node))


def _of_call(call: Call) -> Iterator[Concern]:
    match call.name:
        case "IIF":
            yield from _of_condition(call)
        case "Switch":
            yield from _of_switch(call)
        case "Now":
            yield Concern(
                doubt=Doubt.DEPENDS_ON_NOW,
                sentence="Now changes without any change of the identity, and Entra evaluates only on a change: for a "
                "while the two can differ.",
                at=call.at,
            )
        case "AppRoleAssignmentsComplex":
            yield Concern(
                doubt=Doubt.ROLES_STAY,
                sentence="AppRoleAssignmentsComplex adds roles and never removes one: use "
                "AssertiveAppRoleAssignmentsComplex, which replaces them.",
                at=call.at,
            )
        case name if name in random_functions.NAMES:
            yield Concern(
                doubt=Doubt.RANDOM,
                sentence=f"{name} gives another value at each evaluation: it is evaluated only in a mapping that "
                "applies during object creation only.",
                at=call.at,
            )


def _of_condition(call: Call) -> Iterator[Concern]:
    condition = call.arguments[0]
    if condition is not None and (_has_null_test(condition) or _compares_with_nothing(condition)):
        yield Concern(
            doubt=Doubt.NULL_TEST_IN_CONDITION,
            sentence="IIF does not support a test for null or empty in its condition, as the check fails then: "
            'use Switch with the key "", for example Switch([country], [country], "", "Other").',
            at=call.at,
        )


def _has_null_test(node: Node) -> bool:
    return any(isinstance(part, Call) and part.name in NULL_TESTS for part in walk(node))


def _compares_with_nothing(node: Node) -> bool:
    return any(
        isinstance(part, Comparison) and any(side == Text(value="") for side in (part.left, part.right))
        for part in walk(node)
    )


def _of_switch(call: Call) -> Iterator[Concern]:
    source, default, *pairs = call.arguments
    if isinstance(source, Call) and source.name in NULL_TESTS:
        yield Concern(
            doubt=Doubt.SWITCH_ON_NULL_TEST,
            sentence=f"Microsoft warns against {source.name} as the source of Switch: use the attribute and the key "
            '"" instead.',
            at=call.at,
        )
    if default is None and source != Attribute(name="IsSoftDeleted"):
        yield Concern(
            doubt=Doubt.SWITCH_WITHOUT_DEFAULT,
            sentence="Switch has no default, and Entra may set the target to nothing when another attribute changes: "
            "give it a default, or use IIF.",
            at=call.at,
        )
    if source == Attribute(name="manager"):
        yield Concern(
            doubt=Doubt.SWITCH_ON_REFERENCE,
            sentence="Switch is not meant for reference attributes such as manager.",
            at=call.at,
        )
    keys = [key.value for key in pairs[::2] if isinstance(key, Text)]
    if source == Attribute(name="IsSoftDeleted") and not set(keys) <= {"True", "False"}:
        yield Concern(
            doubt=Doubt.SOFT_DELETED_KEYS,
            sentence='IsSoftDeleted is "True" or "False", and other keys of this Switch are never met.',
            at=call.at,
        )
