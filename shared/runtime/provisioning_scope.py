"""Whom do the `[[scope.group]]` of provisioning.toml let in? Read as the filter of a schema is."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import Refused
from shared.rules.scope.filter_reading import read_filter
from shared.rules.scope.filters import Group, ScopeFilter
from shared.rules.scope.patterns import compile_pattern
from shared.runtime.toml_tables import Table, kind


def read_groups(groups: Sequence[Table]) -> tuple[ScopeFilter, tuple[tuple[int, str], ...]]:
    """The filter, and (line, sentence) of what should be known of it; faults are complained about at their group."""
    found: list[Group] = []
    remarks: list[tuple[int, str]] = []
    for table in groups:
        table.expect("name", "clauses")
        clauses = [_clause(clause) for clause in table.tables("clauses")]
        document = {"name": table.text("name") or f"group at line {table.line()}", "clauses": clauses}
        try:
            read = read_filter({"groups": [document]}, compile_pattern)
        except Refused as refusal:
            table.complain("", str(refusal))
            continue
        found += read.filter.groups
        remarks += [(table.line(), warning) for warning in read.warnings]
    return ScopeFilter(groups=tuple(found)), tuple(remarks)


def _clause(table: Table) -> dict[str, object]:
    """As a schema has it."""
    table.expect("attribute", "operator", "value")
    value = table.values.get("value")
    if not isinstance(value, str | int | None):
        table.complain("value", f"value is {kind(value)}, but has to be a text, a whole number, or true or false.")
    values = [] if value is None else [str(value)]
    return {
        "sourceOperandName": table.text("attribute"),
        "operatorName": table.text("operator"),
        "targetOperand": {"values": values},
    }
