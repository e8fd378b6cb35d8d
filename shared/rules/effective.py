"""Which mapping is in force? The tenant's schema, the file's own rows, or the one with additions of the other. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared.errors import Refused
from shared.rules.mapping import ROLES, Effective, Row, rows_of
from shared.rules.provisioning.nouns import FileRow, ProvisioningFile, SchemaFrom
from shared.rules.provisioning.own_rows import OwnRows, at_line, own_rows
from shared.rules.quoting import shown
from shared.rules.schema.checks import kind_of
from shared.rules.schema.compiling import CompiledMapping
from shared.rules.schema.genesys_attributes import ObjectKind, attribute_for
from shared.rules.schema.loading import LoadedSchema, load_schema
from shared.rules.schema.overview import overview
from shared.rules.schema.problems import Level, Problem, Stops, Where, error, warning
from shared.rules.scope.soft_deletion import Switches


class TenantSchema(Protocol):
    """What was read of the tenant's provisioning job; None where Graph does not show a switch."""

    @property
    def document(self) -> bytes: ...
    @property
    def sync_all(self) -> bool | None: ...
    @property
    def skip_out_of_scope_deletions(self) -> bool | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Rows and mapping after the file's rows took their places."""

    users: CompiledMapping
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def effective(file: ProvisioningFile, tenant: TenantSchema | None) -> Effective:
    """The mapping in force. Nothing is raised: problems are sentences.

    Args:
        tenant: for `schema = "job"`, what was read of the job; None: nothing yet. It does not count otherwise.
    """
    read = tenant if file.schema is SchemaFrom.JOB else None
    document = read.document if read is not None else file.document
    sync_all, switch_problems = _sync_all(file, read)
    skip, skip_problems = _skip(file, read)
    switches = Switches(sync_all=bool(sync_all), skip_out_of_scope_deletions=skip)
    own = own_rows(file, sync_all=switches.sync_all, alone=file.schema is SchemaFrom.NONE)
    users: CompiledMapping | None = None
    rows: tuple[Row, ...] = own.rows
    problems = [*switch_problems, *skip_problems, *(warning(Where(), note) for note in (read.notes if read else ()))]
    if file.schema is SchemaFrom.NONE:
        users = own.users
    elif document is None:
        problems.append(error(Where(), "The tenant's provisioning schema has not been read yet.", Stops.SCHEMA))
    else:
        loaded = load_schema(document, sync_all=switches.sync_all)
        problems += loaded.problems
        if loaded.users is not None:
            merged = _merge(file, own, loaded, loaded.users)
            users, rows = merged.users, merged.rows
            problems += merged.problems
    problems += own.problems
    if not file.service_principal:
        problems += [_without_roles(row) for row in rows if _follows_roles(row)]
        rows = tuple(row for row in rows if not _follows_roles(row))
    if any(problem.stops is Stops.SCHEMA for problem in problems):
        users = None
    return Effective(
        version=_version(file, document, switches, known=sync_all is not None),
        users=users,
        rows=rows,
        switches=replace(switches, deactivates=users is not None and users.deactivates),
        problems=_in_order(problems),
        service_principal=file.service_principal,
        transitive=file.transitive,
    )


def _sync_all(file: ProvisioningFile, read: TenantSchema | None) -> tuple[bool | None, list[Problem]]:
    """Whether everybody is in scope. The job's own word counts more than the file's."""
    told = read.sync_all if read is not None else None
    answer = _first(told, file.sync_all)
    if told is not None and file.sync_all is not None and told is not file.sync_all:
        said = "Entra's job says otherwise than `people` in [scope] who is provisioned; the job counts."
        return answer, [warning(Where(), f"{file.name}: {said}")]
    if answer is None and (read is not None or file.schema is not SchemaFrom.JOB):
        said = 'nobody says whether everybody or only assigned people are provisioned: write people = "everybody" or '
        said = f'{file.name}: {said}people = "assigned" in [scope].'
        return None, [error(Where(), said, Stops.SCHEMA)]
    if told is None and read is not None:
        said = "Graph does not show SyncAll of Entra's job, so `people` in [scope] decides who is provisioned."
        return answer, [warning(Where(), f"{file.name}: {said}")]
    return answer, []


def _skip(file: ProvisioningFile, read: TenantSchema | None) -> tuple[bool, list[Problem]]:
    """Whether accounts of people who leave the scope stay. Beside a job that does not show it they do: the job may
    leave them alone, and if it does not, it will disable them itself.
    """
    answer = _first(read.skip_out_of_scope_deletions if read else None, file.skip_out_of_scope_deletions)
    if answer is not None or read is None:
        return bool(answer), []
    said = (
        "Graph does not show SkipOutOfScopeDeletions of Entra's job, so accounts of people who leave the scope stay: "
        "write skip_out_of_scope_deletions in [scope] to decide it."
    )
    return True, [warning(Where(), f"{file.name}: {said}")]


def _merge(file: ProvisioningFile, own: OwnRows, loaded: LoadedSchema, users: CompiledMapping) -> Merged:
    theirs = _theirs(loaded)
    problems: list[Problem] = []
    dropped: set[str] = set()
    for row in file.rows:
        if row.path in theirs and not row.override:
            dropped.add(row.path)
            problems.append(_conflict(file, row, theirs[row.path]))
        elif row.override and row.path not in theirs:
            said = f"{row.target} has override = true, but the tenant's schema does not map it."
            problems.append(at_line(file, row.line, said, Level.WARNING))
    ours = {row.path: row for row in own.rows if row.path not in dropped}
    kept = [row for row in rows_of(users) if row.path not in ours]
    attributes = own.users.attributes if own.users is not None else ()
    whole = replace(
        users,
        attributes=(
            *(one for one in users.attributes if one.path not in ours),
            *(one for one in attributes if one.path in ours),
        ),
        unmet=tuple(name for name in users.unmet if _path(name) not in ours),
    )
    if not whole.matching:
        said = f"{file.name}: its rows override every attribute that people are found by, and none of them has `match`."
        problems.append(error(Where(), said, Stops.SCHEMA))
    if users.deactivates and not whole.deactivates:
        problems.append(warning(Where(), f"{file.name}: the row for active overrides what disables people."))
    return Merged(users=whole, rows=(*kept, *ours.values()), problems=tuple(problems))


def _follows_roles(row: Row) -> bool:
    return row.expression is not None and ROLES in row.expression.attributes


def _without_roles(row: Row) -> Problem:
    """Somebody without roles looks like somebody whose roles nobody can read, and would lose them all."""
    said = "It follows app roles, and nobody knows of which application: write service_principal in [entra]."
    return error(Where(target=row.path), said, Stops.ATTRIBUTE)


def _theirs(loaded: LoadedSchema) -> Mapping[str, str]:
    """Path to expression of everything that the tenant maps for people, whether it can be evaluated or not."""
    rules = loaded.schema.rules if loaded.schema is not None else ()
    names = {
        (mapping.rule, mapping.name)
        for rule in rules
        for mapping in rule.object_mappings
        if mapping.enabled and kind_of(mapping) is ObjectKind.USER
    }
    tables = [table for table in overview(loaded) if (table.rule, table.object_mapping) in names]
    return {path: row.source for table in tables for row in table.rows if (path := _path(row.target)) is not None}


def _conflict(file: ProvisioningFile, row: FileRow, theirs: str) -> Problem:
    written = f"as `{shown(theirs)}`" if theirs else "with a default only"
    said = (
        f"{row.target} is mapped by the tenant's schema too, {written}, and that one stays in force: write "
        "override = true here, or leave one of the two out."
    )
    return at_line(file, row.line, said, Level.ERROR, Stops.ATTRIBUTE)


def _path(target: str) -> str | None:
    try:
        return attribute_for(target, ObjectKind.USER).path
    except Refused:
        return None


def _version(file: ProvisioningFile, document: bytes | None, switches: Switches, *, known: bool) -> str:
    digest = hashlib.sha256(file.digest.encode())
    digest.update(hashlib.sha256(document or b"").digest())
    digest.update(f"{known} {switches.sync_all} {switches.skip_out_of_scope_deletions}".encode())
    return digest.hexdigest()[:16]


def _first(told: bool | None, written: bool | None) -> bool | None:
    return written if told is None else told


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: -problem.stops))
