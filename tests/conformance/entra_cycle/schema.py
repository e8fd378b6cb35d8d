"""What does a provisioning schema ask for? From the document to object mappings, only what a cycle needs.

Source: Graph docs, resources synchronization-objectmapping, -attributemapping, -attributedefinition, -filter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.conformance.entra_cycle.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    attribute: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One attribute mapping with what the target object's definition says of its attribute.

    `expression` is None when only the default flows. `required_default` is the definition's own default value.
    """

    target: Target
    expression: str | None
    default: str | None
    flow: str
    matching: int
    type: str = "String"
    multivalued: bool = False
    case_exact: bool = False
    required: bool = False
    read_only: bool = False
    required_default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMapping:
    """`flows` are `Add`, `Update`, `Delete`. `scope`: somebody is in who passes all clauses of one group."""

    source: str
    flows: frozenset[str]
    scope: tuple[tuple[Clause, ...], ...]
    mappings: tuple[Mapping, ...]


def read_schema(document: dict[str, Any]) -> list[ObjectMapping]:
    """The enabled object mappings, those of rules with the lowest priority number first.

    Raises:
        ValueError: something that these tests do not use, for example an input filter.
    """
    rules = sorted(document["synchronizationRules"], key=lambda rule: int(rule.get("priority") or 0))
    return [
        _object_mapping(raw, _definitions(document, rule["targetDirectoryName"], raw["targetObjectName"]))
        for rule in rules
        for raw in rule["objectMappings"]
        if raw.get("enabled", True)
    ]


def _object_mapping(raw: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> ObjectMapping:
    flows = {flow.strip() for flow in str(raw.get("flowTypes", "")).split(",")}
    return ObjectMapping(
        source=str(raw["sourceObjectName"]),
        flows=frozenset(flows),
        scope=tuple(_scope(raw.get("scope") or {})),
        mappings=tuple(
            _mapping(one, definitions.get(one["targetAttributeName"], {})) for one in raw["attributeMappings"]
        ),
    )


def _mapping(raw: dict[str, Any], definition: dict[str, Any]) -> Mapping:
    return Mapping(
        target=Target.parse(raw["targetAttributeName"]),
        expression=_expression(raw.get("source")),
        default=raw.get("defaultValue"),
        flow=str(raw.get("flowType") or "Always"),
        matching=int(raw.get("matchingPriority") or 0),
        type=str(definition.get("type") or "String").capitalize(),
        multivalued=bool(definition.get("multivalued")),
        case_exact=bool(definition.get("caseExact")),
        required=bool(definition.get("required")),
        read_only=definition.get("mutability") in ("ReadOnly", "Immutable"),
        required_default=definition.get("defaultValue"),
    )


def _expression(source: dict[str, Any] | None) -> str | None:
    """A source that a Graph caller stored without text is written out."""
    if source is None or source.get("expression"):
        return None if source is None else str(source["expression"])
    name = str(source["name"])
    return json.dumps(name, ensure_ascii=False) if source.get("type") == "Constant" else f"[{name}]"


def _definitions(document: dict[str, Any], directory: str, object_name: str) -> dict[str, dict[str, Any]]:
    for one in document["directories"]:
        if one["name"] == directory:
            for definition in one["objects"]:
                if definition["name"] == object_name:
                    return {attribute["name"]: attribute for attribute in definition["attributes"]}
    raise ValueError(f"{directory} defines no {object_name}")


def _scope(raw: dict[str, Any]) -> Iterator[tuple[Clause, ...]]:
    if raw.get("inputFilterGroups") or raw.get("categoryFilterGroups"):
        raise ValueError("only ordinary filter groups are known here")
    for group in raw.get("groups") or []:
        yield tuple(
            Clause(
                attribute=clause["sourceOperandName"],
                operator=clause["operatorName"].upper().replace("_", " "),
                value=next(iter((clause.get("targetOperand") or {}).get("values") or []), ""),
            )
            for clause in group["clauses"]
        )
