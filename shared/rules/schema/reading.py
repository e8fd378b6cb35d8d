"""What does this document say as a provisioning schema? Tolerant of form, strict about meaning (§1.1).

Nothing is raised: whatever cannot be used is a problem, in a sentence that names its place and says what it switches
off. The portal's file and Graph's answer have the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.errors import Refused
from shared.rules.quoting import shown
from shared.rules.schema import document as doc
from shared.rules.schema.checks import check_object_mapping
from shared.rules.schema.directories import UNDEFINED, Definitions, read_directories
from shared.rules.schema.document import Object
from shared.rules.schema.nouns import (
    AttributeMapping,
    Flow,
    FlowBehavior,
    FlowType,
    ObjectMapping,
    SyncRule,
    SyncSchema,
)
from shared.rules.schema.problems import Problem, Stops, Where, error, warning
from shared.rules.schema.stored_sources import attributes_of, read_source
from shared.rules.scope.filter_reading import CompilePattern, read_filter
from shared.rules.scope.filters import ScopeFilter
from shared.rules.scope.patterns import compile_pattern

EVERY_FLOW = frozenset(Flow)
ORDINARY = {"Unsynchronized": "false", "Disposition": '"Normal"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSchema:
    """The schema as far as it could be read.

    Attributes:
        schema: None: the document is no schema at all.
        problems: in the order of the document.
    """

    schema: SyncSchema | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    directories: Mapping[tuple[str, str], Definitions]
    compile_pattern: CompilePattern
    problems: list[Problem] = field(default_factory=list)


def read_schema(document: bytes | Object, compile_pattern: CompilePattern = compile_pattern) -> ReadSchema:
    """Everything that we use of the document, and everything that is wrong with it.

    Args:
        document: the exported file as it is, or Graph's answer as parsed JSON.
        compile_pattern: makes a pattern of a .NET regular expression in a scoping filter; raises `Refused`.
    """
    try:
        whole = doc.parse(document)
        listed = doc.required_objects(whole, "synchronizationRules")
        reader = _Reader(directories=read_directories(whole), compile_pattern=compile_pattern)
        rules = [_rule(one, reader) for one in listed]
        id_, version = doc.text(whole, "id"), doc.text(whole, "version")
    except Refused as refusal:
        return ReadSchema(schema=None, problems=(error(Where(), str(refusal), Stops.SCHEMA),))
    in_order = tuple(sorted(rules, key=lambda rule: rule.priority))
    return ReadSchema(
        schema=SyncSchema(id=id_, version=version, rules=in_order), problems=tuple(dict.fromkeys(reader.problems))
    )


def _rule(one: Object, reader: _Reader) -> SyncRule:
    where = Where(rule=_name(one, "name"))
    try:
        source, target = doc.text(one, "sourceDirectoryName"), doc.text(one, "targetDirectoryName")
        priority = doc.number(one, "priority")
        mappings = [_mapping(each, where.rule, source, target, reader) for each in doc.objects(one, "objectMappings")]
    except Refused as refusal:
        reader.problems.append(error(where, str(refusal), Stops.OBJECT_MAPPING))
        return SyncRule(id=_name(one, "id"), name=where.rule, priority=0)
    return SyncRule(
        id=_name(one, "id"), name=where.rule, priority=priority,
        object_mappings=tuple(mapping for mapping in mappings if mapping is not None),
    )  # fmt: skip


def _mapping(one: Object, rule: str, source: str, target: str, reader: _Reader) -> ObjectMapping | None:
    """One object mapping. What is wrong with a disabled one is nobody's concern."""
    where = Where(rule=rule, object_mapping=_name(one, "name"))
    try:
        mapping = _head(one, where, reader)
        if not mapping.enabled:
            return mapping
        sources = reader.directories.get((source, mapping.source_object), UNDEFINED)
        targets = reader.directories.get((target, mapping.target_object), UNDEFINED)
        scope = _scope(one, where, sources, reader)
        _metadata(one, where, reader)
        attributes = [
            _attribute(each, where, sources, targets, reader) for each in doc.objects(one, "attributeMappings")
        ]
    except Refused as refusal:
        reader.problems.append(error(where, str(refusal), Stops.OBJECT_MAPPING))
        return None
    whole = replace(
        mapping,
        scope=scope,
        attribute_mappings=tuple(attribute for attribute in attributes if attribute is not None),
        source_attributes=sources.attributes,
        target_attributes=targets.attributes,
    )
    reader.problems.extend(check_object_mapping(whole))
    return whole


def _head(one: Object, where: Where, reader: _Reader) -> ObjectMapping:
    return ObjectMapping(
        rule=where.rule,
        name=where.object_mapping,
        enabled=doc.flag(one, "enabled", default=True),
        flows=_flows(one, where, reader),
        source_object=doc.text(one, "sourceObjectName"),
        target_object=doc.text(one, "targetObjectName"),
    )


def _flows(one: Object, where: Where, reader: _Reader) -> frozenset[Flow]:
    """The flags, with or without blanks after the commas; `None` is none."""
    written = doc.optional_text(one, "flowTypes")
    if written is None:
        reader.problems.append(warning(where, "It has no `flowTypes`: Add, Update and Delete are taken for granted."))
        return EVERY_FLOW
    names = [name.strip() for name in written.split(",")]
    return frozenset(doc.one_of(name, "flowTypes", Flow) for name in names if name and name.casefold() != "none")


def _metadata(one: Object, where: Where, reader: _Reader) -> None:
    """Values are JSON in a text. What other values than the ordinary ones do is not documented."""
    for pair in doc.objects(one, "metadata"):
        key, value = pair.get("key"), pair.get("value")
        if isinstance(key, str) and isinstance(value, str) and ORDINARY.get(key, value) != value:
            said = f"Its `{key}` is {shown(value)} instead of {ORDINARY[key]}; what that does is not documented."
            reader.problems.append(warning(where, said))


def _scope(one: Object, where: Where, sources: Definitions, reader: _Reader) -> ScopeFilter | None:
    try:
        read = read_filter(one.get("scope"), reader.compile_pattern, sources.attributes)
    except Refused as refusal:
        reader.problems.append(error(where, str(refusal), Stops.OBJECT_MAPPING))
        return None
    reader.problems.extend(warning(where, sentence) for sentence in read.warnings)
    return read.filter


def _attribute(
    one: Object, where: Where, sources: Definitions, targets: Definitions, reader: _Reader
) -> AttributeMapping | None:
    where = replace(where, target=_name(one, "targetAttributeName"))
    try:
        mapping = AttributeMapping(
            target=doc.required_text(one, "targetAttributeName"),
            source=read_source(one),
            default_value=doc.optional_text(one, "defaultValue"),
            flow_type=doc.choice(one, "flowType", FlowType, FlowType.ALWAYS),
            flow_behavior=doc.choice(one, "flowBehavior", FlowBehavior, FlowBehavior.FLOW_WHEN_CHANGED),
            matching_priority=doc.number(one, "matchingPriority"),
        )
        _definitions_of(mapping, sources, targets)
    except Refused as refusal:
        reader.problems.append(error(where, str(refusal), _stops(one)))
        return None
    if any("flownull" in key.casefold() for key, value in one.items() if value):
        reader.problems.append(warning(where, "Clearing by null values does not exist for applications: ignored."))
    return mapping


def _definitions_of(mapping: AttributeMapping, sources: Definitions, targets: Definitions) -> None:
    """Refuse a mapping whose attributes have no usable definition."""
    if mapping.target in targets.unreadable:
        raise Refused(targets.unreadable[mapping.target])
    for name in sorted(attributes_of(mapping.source)):
        if name in sources.unreadable:
            raise Refused(sources.unreadable[name])


def _stops(one: Object) -> Stops:
    """A matching attribute and `active` are too much to do without; who knows what an unreadable priority was."""
    matching = one.get("matchingPriority") not in (None, 0)
    return Stops.OBJECT_MAPPING if matching or _name(one, "targetAttributeName") == "active" else Stops.ATTRIBUTE


def _name(of: Object, key: str) -> str:
    """The text for naming a place, whatever it is."""
    value = of.get(key)
    return value if isinstance(value, str) else "" if value is None else shown(repr(value)[:40])
