"""What do the file's own rows do, and what is wrong with them? One compiler serves them and the tenant's schema."""

from __future__ import annotations

from dataclasses import dataclass

from shared.rules.attributes.difference import Flow
from shared.rules.attributes.table import Kind, target_for
from shared.rules.expressions.trees import tree_of
from shared.rules.mapping import Origin, Row
from shared.rules.provisioning.nouns import FileRow, ProvisioningFile
from shared.rules.schema.checks import check_object_mapping
from shared.rules.schema.compiling import CompiledMapping, compile_mapping
from shared.rules.schema.genesys_attributes import is_primary_role
from shared.rules.schema.nouns import AttributeDefinition, AttributeMapping, FlowType, ObjectMapping
from shared.rules.schema.nouns import Flow as ObjectFlow
from shared.rules.schema.problems import Level, Problem, Stops, Where

_FLOWS = {
    Flow.ALWAYS: FlowType.ALWAYS,
    Flow.ONLY_WHEN_EMPTY: FlowType.ATTRIBUTE_ADD_ONLY,
    Flow.ADD_VALUES: FlowType.MULTI_VALUE_ADD_ONLY,
    None: FlowType.OBJECT_ADD_ONLY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRows:
    """The file's rows, compiled.

    Attributes:
        users: None: an error switched them off as a whole. Beside a schema, its scope and matching mean nothing.
        rows: without those that cannot be evaluated.
        problems: their sentences begin with file and line.
    """

    users: CompiledMapping | None
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level is Level.ERROR)


def own_rows(file: ProvisioningFile, *, sync_all: bool, alone: bool) -> OwnRows:
    """Compile the rows.

    Args:
        alone: whether they are the whole mapping. Beside a schema, what they lack as a whole is no fault.
    """
    mapping = _object_mapping(file)
    faults = [problem for problem in check_object_mapping(mapping) if alone or problem.where.target]
    compiled = compile_mapping(mapping, faults, sync_all=sync_all)
    found = [problem for problem in compiled.problems if alone or problem.where.target]
    unable = {problem.where.target for problem in found if problem.level is Level.ERROR}
    problems = [at_line(file, line, sentence, Level.WARNING) for line, sentence in file.remarks]
    problems += [_placed(problem, file) for problem in found]
    return OwnRows(
        users=compiled.mapping,
        rows=tuple(row_of(row) for row in file.rows if row.target not in unable),
        problems=tuple(dict.fromkeys(problems)),
    )


def row_of(row: FileRow) -> Row:
    """The row as it is evaluated."""
    return Row(
        path=row.path,
        expression=row.expression,
        origin=Origin.FILE,
        policy=row.policy,
        flow=row.flow,
        case_exact=row.case_exact,
        default_value=row.default,
    )


def at_line(file: ProvisioningFile, line: int, sentence: str, level: Level, stops: Stops = Stops.NOTHING) -> Problem:
    """A problem that points into the file."""
    return Problem(level=level, where=Where(), sentence=f"{file.name}:{line}: {sentence}", stops=stops)


def _object_mapping(file: ProvisioningFile) -> ObjectMapping:
    return ObjectMapping(
        rule=file.name,
        name="[[mapping]]",
        enabled=True,
        flows=frozenset({ObjectFlow.ADD, ObjectFlow.UPDATE}),  # who is purged in Entra keeps an inactive account
        source_object="User",
        target_object="User",
        scope=file.filter,
        attribute_mappings=tuple(_attribute(row) for row in file.rows),
        target_attributes={row.target: _definition(row) for row in file.rows},
    )


def _attribute(row: FileRow) -> AttributeMapping:
    return AttributeMapping(
        target=row.target,
        source=None if row.expression is None else tree_of(row.expression.root),
        default_value=row.default,
        flow_type=_FLOWS[row.flow],
        matching_priority=row.match,
    )


def _definition(row: FileRow) -> AttributeDefinition:
    """A key of a custom schema may hold several texts; which ones do, only Genesys knows."""
    attribute = target_for("roles" if is_primary_role(row.target) else row.target)
    several = attribute.multi or attribute.kind is Kind.CUSTOM
    return AttributeDefinition(name=row.target, multivalued=several, case_exact=row.case_exact)


def _placed(problem: Problem, file: ProvisioningFile) -> Problem:
    line = next((row.line for row in file.rows if row.target == problem.where.target), None)
    place = file.name if line is None else f"{file.name}:{line}"
    subject = "" if line is None else f"{problem.where.target}: "
    return Problem(
        level=problem.level, where=Where(), sentence=f"{place}: {subject}{problem.sentence}", stops=problem.stops
    )
