"""What does the schema map, mapping by mapping? A table that people can lay beside the portal's (§11)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import MappingRefused
from shared.rules.expressions.trees import expression_of
from shared.rules.schema.loading import LoadedSchema
from shared.rules.schema.nouns import AttributeMapping, ObjectMapping, StoredSource
from shared.rules.schema.problems import Stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attribute.

    Attributes:
        source: the expression's text; empty where only the default is written.
        matching: its priority; 0: not used for matching.
        flows: False: an error switched it off, or the whole mapping.
    """

    target: str
    source: str
    flow_type: str
    default: str
    matching: int
    flows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One object mapping.

    Attributes:
        enabled: as the schema says; a disabled mapping has no rows.
    """

    rule: str
    object_mapping: str
    enabled: bool
    rows: tuple[Row, ...]


def overview(loaded: LoadedSchema) -> tuple[Table, ...]:
    """A table for each object mapping, in the order of the schema; attributes that could not be read have no row."""
    rules = loaded.schema.rules if loaded.schema is not None else ()
    return tuple(_table(mapping, loaded) for rule in rules for mapping in rule.object_mappings)


def _table(mapping: ObjectMapping, loaded: LoadedSchema) -> Table:
    this = (mapping.rule, mapping.name)
    found = [problem for problem in loaded.problems if (problem.where.rule, problem.where.object_mapping) == this]
    all_off = any(problem.stops > Stops.ATTRIBUTE for problem in found)
    off = {problem.where.target for problem in found if problem.stops is Stops.ATTRIBUTE}
    return Table(
        rule=mapping.rule,
        object_mapping=mapping.name,
        enabled=mapping.enabled,
        rows=tuple(_row(one, flows=not all_off and one.target not in off) for one in mapping.attribute_mappings),
    )


def _row(attribute: AttributeMapping, *, flows: bool) -> Row:
    return Row(
        target=attribute.target,
        source=_text(attribute.source),
        flow_type=attribute.flow_type.value,
        default=attribute.default_value or "",
        matching=attribute.matching_priority,
        flows=flows,
    )


def _text(source: StoredSource | None) -> str:
    if source is None:
        return ""
    try:
        return source.expression.strip() or expression_of(source)
    except MappingRefused:
        return "…"  # deeper than any text; a problem tells of it
