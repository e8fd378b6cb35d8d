"""Filters and patterns for tables of the scope."""

from __future__ import annotations

from typing import Any


def clause(attribute: str, operator: str, *values: str) -> dict[str, Any]:
    return {"sourceOperandName": attribute, "operatorName": operator, "targetOperand": {"values": list(values)}}


def group(*clauses: dict[str, Any], name: str = "Group") -> dict[str, Any]:
    return {"name": name, "clauses": list(clauses)}


def scope(*groups: dict[str, Any], reads: tuple[Any, ...] = (), category: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"groups": list(groups), "inputFilterGroups": list(reads), "categoryFilterGroups": list(category)}
