"""What do the rows of provisioning.toml map? `[[mapping]]` and `[custom_attributes]`."""

from __future__ import annotations

from enum import StrEnum

from shared.errors import Refused
from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.attributes.table import CUSTOM
from shared.rules.expressions import Expression, parse
from shared.rules.provisioning.nouns import FileRow
from shared.rules.schema.genesys_attributes import ObjectKind, attribute_for
from shared.rules.schema.source_attributes import source_attribute
from shared.runtime.toml_tables import Table, kind

MOST_ROWS = 1_000
HIGHEST_MATCH = 100


class When(StrEnum):
    """`flow` in the file: when a row is written to an account."""

    ALWAYS = "always"
    ONLY_WHEN_EMPTY = "only_when_empty"
    ADD_VALUES = "add_values"
    ON_CREATE = "on_create"


_FLOWS = {
    When.ALWAYS: Flow.ALWAYS,
    When.ONLY_WHEN_EMPTY: Flow.ONLY_WHEN_EMPTY,
    When.ADD_VALUES: Flow.ADD_VALUES,
    When.ON_CREATE: None,
}


def read_rows(whole: Table, *, alone: bool) -> tuple[FileRow, ...]:
    """The rows in the order of the file, custom attributes last; faults are complained about at their line.

    Args:
        alone: whether there is no schema beside them, so that nothing can be overridden.
    """
    tables = whole.tables("mapping")
    if len(tables) > MOST_ROWS:
        whole.complain("mapping", f"there are {len(tables):,} rows, more than {MOST_ROWS:,}.")
        return ()
    rows = [row for table in tables if (row := _row(table, alone=alone)) is not None]
    rows += _custom(whole.table("custom_attributes"))
    seen: dict[str, FileRow] = {}
    kept = []
    for row in sorted(rows, key=lambda row: row.line):
        first = seen.setdefault(row.path, row)
        if first is row:
            kept.append(row)
            continue
        again = f"{row.target} is mapped already, at line {first.line}: leave one of the two out."
        whole.sheet.complaints.append((row.line, again))
    return tuple(kept)


def _row(table: Table, *, alone: bool) -> FileRow | None:
    table.expect("target", "expression", "when_null", "flow", "default", "match", "override", "case_exact")
    target = table.text("target").strip()
    if not target:
        if isinstance(table.values.get("target", ""), str):
            table.complain("target" if "target" in table else "", "[[mapping]] needs a target, such as title.")
        return None
    path = _path(table, "target", target)
    expression = _expression(table, "expression", target) if "expression" in table else None
    default = table.text("default") if "default" in table else None
    if "expression" not in table and default is None:
        table.complain("", f"{target} has neither an expression nor a default.")
    flow = table.choice("flow", When, When.ALWAYS)
    if flow is When.ADD_VALUES and path and not attribute_for(target, ObjectKind.USER).multi:
        table.complain("flow", f'{target} has one value, so nothing can be added to it: write flow = "always".')
    override = table.flag("override") or False
    if override and alone:
        table.complain("override", "override counts only beside a tenant's schema; leave it out.")
    return FileRow(
        line=table.line(),
        target=target,
        path=path or target,
        expression=expression,
        policy=table.choice("when_null", NullPolicy, NullPolicy.CLEAR),
        flow=_FLOWS[flow],
        default=default,
        match=table.number("match", 1, HIGHEST_MATCH) or 0,
        override=override,
        case_exact=table.flag("case_exact") or False,
    )


def _custom(table: Table) -> list[FileRow]:
    """One line each: `"<schema>:<key>" = "<expression>"`."""
    rows = []
    for key, value in table.values.items():
        if not isinstance(value, str):
            table.complain(key, f"{key} is {kind(value)}, but has to be an expression in quotes.")
            continue
        target = f"{CUSTOM}{key}"
        path = _path(table, key, target)
        expression = _expression(table, key, key)
        rows.append(FileRow(line=table.line(key), target=target, path=path or target, expression=expression))
    return rows


def _path(table: Table, key: str, target: str) -> str | None:
    try:
        return attribute_for(target, ObjectKind.USER).path
    except Refused as refusal:
        table.complain(key, str(refusal))
        return None


def _expression(table: Table, key: str, target: str) -> Expression | None:
    """The expression, with its source attributes known."""
    written = table.text(key)
    try:
        expression = parse(written)
        for name in sorted(expression.attributes):
            source_attribute(name)
    except Refused as refusal:
        table.complain(key, f"the expression of {target} cannot be used: {refusal}")
        return None
    return expression
