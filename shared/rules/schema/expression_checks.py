"""What is wrong with an expression at this place of the schema? What only its place can tell, and its own concerns."""

from __future__ import annotations

from collections.abc import Iterator

from shared.errors import Refused
from shared.rules.expressions import Doubt, Expression, concerns
from shared.rules.expressions.nodes import Attribute, Call, Node, walk
from shared.rules.schema.checks import definition_of, place, stops
from shared.rules.schema.genesys_attributes import ObjectKind
from shared.rules.schema.nouns import AttributeMapping, FlowType, ObjectMapping
from shared.rules.schema.problems import Problem, Stops, error, warning
from shared.rules.schema.source_attributes import source_attribute

RANDOM = frozenset({"Guid", "RandomString"})
ROLES = frozenset({"SingleAppRoleAssignment", "AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"})
# Their value can be missing or be another one next time, so nobody is found by it again.
NOT_FOR_MATCHING = RANDOM | ROLES | {"IgnoreFlowIfNullOrEmpty", "Now"}
LISTS = frozenset({"Split", "RemoveDuplicates", "AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex"})
SEVERAL = frozenset({"proxyAddresses", "otherMails", "imAddresses", "appRoleAssignments"})


def check_expression(
    mapping: ObjectMapping, attribute: AttributeMapping, expression: Expression | None, kind: ObjectKind, *,
    sync_all: bool,
) -> Iterator[Problem]:  # fmt: skip
    """Every finding about one attribute's expression."""
    if expression is None:
        return
    where, severe = place(mapping, attribute.target), stops(attribute)
    calls = {node.name for node in walk(expression.root) if isinstance(node, Call)}
    for name in sorted(expression.attributes):
        try:
            source_attribute(name, kind)
        except Refused as refusal:
            yield error(where, str(refusal), severe)
    if attribute.is_matching:
        for name in sorted(calls & NOT_FOR_MATCHING):
            yield error(where, f"It is used for matching, and {name} can give nothing or another value.", severe)
    for name in sorted(calls & RANDOM):
        if attribute.flow_type is not FlowType.OBJECT_ADD_ONLY:
            said = f"{name} gives another value each time, so Entra and this system would differ for ever: "
            yield error(where, f"{said}apply the mapping only during object creation (ObjectAddOnly).", severe)
    if not definition_of(mapping, attribute.target).multivalued and _is_list(expression.root, mapping):
        said = (
            "It takes one value, and the expression gives a list: choose one with Item, or put them together with Join."
        )
        yield error(where, said, severe)
    if sync_all and calls & ROLES:
        names = ", ".join(sorted(calls & ROLES))
        yield warning(where, f"{names} gives nothing while everybody is synchronized (SyncAll), assigned or not.")
    yield from _concerns(where_of=mapping, attribute=attribute, expression=expression, severe=severe)


def _concerns(
    *, where_of: ObjectMapping, attribute: AttributeMapping, expression: Expression, severe: Stops
) -> Iterator[Problem]:
    where = place(where_of, attribute.target)
    for concern in concerns(expression):
        match concern.doubt:
            case Doubt.RANDOM:
                continue  # told above, where it matters
            case Doubt.SWITCH_ON_REFERENCE:
                yield error(where, concern.sentence, severe)
            case _:
                yield warning(where, concern.sentence)


def _is_list(root: Node, mapping: ObjectMapping) -> bool:
    """Whether the whole expression gives several values, as far as that can be seen."""
    match root:
        case Attribute(name=name):
            definition = mapping.source_attributes.get(name)
            return name in SEVERAL if definition is None else definition.multivalued
        case Call(name=name):
            return name in LISTS
        case _:
            return False
