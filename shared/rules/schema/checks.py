"""What is wrong with an object mapping, whatever its expressions say? The check list of entra-mapping.md §11."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shared.errors import Refused
from shared.rules.schema.genesys_attributes import ObjectKind, assumed_definition, attribute_for, is_filterable
from shared.rules.schema.nouns import (
    AttributeDefinition,
    AttributeMapping,
    Flow,
    FlowBehavior,
    FlowType,
    Mutability,
    ObjectMapping,
)
from shared.rules.schema.problems import Problem, Stops, Where, error, warning
from shared.rules.schema.source_attributes import Reading, source_attribute

# Nothing works without these, so a fault of theirs is a fault of the whole object mapping.
ACTIVE = "active"
ONLY_ADDING = (FlowType.VALUE_ADD_ONLY, FlowType.MULTI_VALUE_ADD_ONLY)


def kind_of(mapping: ObjectMapping) -> ObjectKind | None:
    """Whether it makes accounts of people, or groups of groups; None: neither, and none of our business.

    Names of target objects are not documented, so only their ends count.
    """
    for kind in ObjectKind:
        ours = mapping.source_object.casefold() == kind.value.casefold()
        if ours and mapping.target_object.casefold().endswith(kind.value.casefold()):
            return kind
    return None


def place(mapping: ObjectMapping, target: str = "") -> Where:
    return Where(rule=mapping.rule, object_mapping=mapping.name, target=target)


def stops(attribute: AttributeMapping) -> Stops:
    """What a fault of this attribute switches off."""
    essential = attribute.is_matching or attribute.target == ACTIVE
    return Stops.OBJECT_MAPPING if essential else Stops.ATTRIBUTE


def check_object_mapping(mapping: ObjectMapping) -> Iterator[Problem]:
    """Every finding that needs no expression to be evaluated; none for mappings of other objects."""
    kind = kind_of(mapping)
    if kind is None:
        return
    yield from _flows(mapping, kind)
    yield from _matching(mapping, kind)
    paths: dict[str, str] = {}
    for attribute in mapping.attribute_mappings:
        try:
            paths[attribute.target] = attribute_for(attribute.target, kind).path
        except Refused as refusal:
            yield error(place(mapping, attribute.target), str(refusal), stops(attribute))
        yield from _attribute(mapping, attribute)
    yield from _twice(mapping, paths)
    yield from _scope(mapping, kind)
    yield from _required(mapping, paths)


def definition_of(mapping: ObjectMapping, target: str) -> AttributeDefinition:
    """The target attribute's definition; what Genesys takes it for where the document has none."""
    kind = kind_of(mapping)
    assert kind is not None, "neither of users nor of groups"
    return mapping.target_attributes.get(target) or assumed_definition(target, kind)


def _scope(mapping: ObjectMapping, kind: ObjectKind) -> Iterator[Problem]:
    for name in sorted(mapping.scope.attributes if mapping.scope else ()):
        try:
            found = source_attribute(name, kind)
        except Refused as refusal:
            yield error(place(mapping), f"The scoping filter reads it, but: {refusal}", Stops.OBJECT_MAPPING)
            continue
        if found.reading is Reading.COMPUTED:
            said = f"The scoping filter reads `{name}`, which is itself computed from the filter."
            yield error(place(mapping), said, Stops.OBJECT_MAPPING)


def _required(mapping: ObjectMapping, paths: dict[str, str]) -> Iterator[Problem]:
    if Flow.ADD not in mapping.flows:
        return
    for name, definition in mapping.target_attributes.items():
        if definition.required and not definition.anchor and definition.default_value is None and name not in paths:
            said = "The target requires it, and nothing maps it: nothing can be created."
            yield warning(place(mapping, name), said)


def _flows(mapping: ObjectMapping, kind: ObjectKind) -> Iterator[Problem]:
    where = place(mapping)
    if kind is ObjectKind.USER and Flow.UPDATE not in mapping.flows:
        yield warning(where, "Its `flowTypes` lack Update: nobody is changed, and nobody is disabled.")
    if kind is ObjectKind.GROUP and mapping.flows & {Flow.ADD, Flow.DELETE}:
        yield warning(where, "Genesys' SCIM neither creates nor deletes groups: only Update of its `flowTypes` works.")


def _matching(mapping: ObjectMapping, kind: ObjectKind) -> Iterator[Problem]:
    matching = [attribute for attribute in mapping.attribute_mappings if attribute.is_matching]
    if not matching:
        yield error(place(mapping), "No attribute has a `matchingPriority`: nobody can be found.", Stops.OBJECT_MAPPING)
    for attribute in matching:
        where = place(mapping, attribute.target)
        if attribute.source is None:
            yield error(where, "It is used for matching, but has no source.", Stops.OBJECT_MAPPING)
        try:
            filterable = is_filterable(attribute_for(attribute.target, kind).path, kind)
        except Refused:
            continue  # told as an unknown attribute
        if not filterable:
            yield error(where, "It is used for matching, but Genesys cannot filter by it.", Stops.OBJECT_MAPPING)


def _attribute(mapping: ObjectMapping, attribute: AttributeMapping) -> Iterator[Problem]:
    where, definition = place(mapping, attribute.target), definition_of(mapping, attribute.target)
    if mapping.target_attributes and attribute.target not in mapping.target_attributes:
        yield warning(where, "The target directory does not define it: it is written as Genesys takes it.")
    if definition.anchor:
        yield error(where, "It is the target's own key, which nobody writes.", stops(attribute))
    elif definition.mutability is Mutability.READ_ONLY:
        yield error(where, "The target says that it is read-only.", stops(attribute))
    if definition.flow_null_values:
        yield warning(where, "Clearing by null values does not exist for applications: ignored.")
    if attribute.flow_behavior is FlowBehavior.FLOW_ALWAYS:
        yield warning(where, "Its `flowBehavior` is FlowAlways: differences only are written, with the same result.")
    if attribute.flow_type in ONLY_ADDING and not definition.multivalued:
        said = f"Its `flowType` is {attribute.flow_type}, but it has one value only: it is written as with Always."
        yield warning(where, said)
    if attribute.source is None and attribute.default_value is None:
        yield warning(where, "It has neither a source nor a default: it is never written.")


def _twice(mapping: ObjectMapping, paths: dict[str, str]) -> Iterator[Problem]:
    """Entra neither notices nor orders two mappings of one target: they conflict, or are combined."""
    written = Counter(paths.get(attribute.target, attribute.target) for attribute in mapping.attribute_mappings)
    for attribute in mapping.attribute_mappings:
        times = written[paths.get(attribute.target, attribute.target)]
        if times > 1:
            said = f"{times} mappings write the same attribute of Genesys, and nobody knows which of them wins."
            yield error(place(mapping, attribute.target), said, stops(attribute))
