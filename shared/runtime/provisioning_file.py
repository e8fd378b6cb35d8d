"""What does provisioning.toml say? The file, read and checked, with every complaint at its line."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from shared.errors import Misconfigured
from shared.rules.mapping import ROLES
from shared.rules.provisioning.nouns import ProvisioningFile, SchemaFrom
from shared.rules.provisioning.own_rows import own_rows
from shared.rules.schema.document import MOST_BYTES
from shared.runtime.parsing import UUID
from shared.runtime.provisioning_rows import read_rows
from shared.runtime.provisioning_scope import read_groups
from shared.runtime.toml_lines import lines_of
from shared.runtime.toml_tables import Sheet, Table

APP = Path(__file__).parents[2]
VERSION = 1
LARGEST = 1_000_000  # bytes; a hundred times what people write
_PLACE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column (?P<column>[0-9]+)|end of document)\)$")


class People(StrEnum):
    """Who is in scope, the filter apart."""

    EVERYBODY = "everybody"
    ASSIGNED = "assigned"


class Members(StrEnum):
    """Which members of an assigned group count as assigned."""

    DIRECT = "direct"
    TRANSITIVE = "transitive"


def read_file(path: Path) -> ProvisioningFile:
    """The file, and the exported schema that it names, relative to it.

    Args:
        path: a relative one counts from the app's own folder, wherever the process was started.

    Raises:
        Misconfigured: with one sentence for each problem, in the form `provisioning.toml:17: ...`.
    """
    path = APP / path
    text, document = _document(path)
    sheet = Sheet(name=path.name, lines=lines_of(text))
    whole = Table(sheet=sheet, path=(), values=document)
    whole.expect("version", "entra", "scope", "mapping", "custom_attributes")
    if "version" in whole:
        whole.number("version", VERSION, VERSION)
    else:
        whole.complain("", f"the file has no version; write version = {VERSION} at its top.")
    file = _scoped(whole, _origin(whole, path))
    file = replace(file, rows=read_rows(whole, alone=file.schema is SchemaFrom.NONE), digest=_digest(text, file))
    _together(whole, file)
    if sheet.complaints:
        raise Misconfigured(sheet.problems)
    own = own_rows(file, sync_all=bool(file.sync_all), alone=file.schema is SchemaFrom.NONE)
    if own.errors:
        raise Misconfigured(tuple(problem.sentence for problem in own.errors))
    return file


def _together(whole: Table, file: ProvisioningFile) -> None:
    """What no row alone can tell."""
    for row in file.rows:
        if not file.service_principal and row.expression is not None and ROLES in row.expression.attributes:
            said = f"{row.target} follows app roles, whose application service_principal in [entra] has to name."
            whole.sheet.complaints.append((row.line, said))
    if file.schema is SchemaFrom.NONE and not whole.sheet.complaints and not any(row.match for row in file.rows):
        whole.complain("", "no row has a match, so nobody can be found: write match = 1 into the one for userName.")


def _document(path: Path) -> tuple[str, dict[str, object]]:
    text = _text(path)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured((_syntax(path.name, text, str(error)),)) from error
    except RecursionError as error:
        raise Misconfigured((f"{path.name}:1: the file nests too deeply to be read.",)) from error


def _text(path: Path) -> str:
    """As text with `\\n` only, which is what `tomllib` counts lines by."""
    try:
        with path.open("rb") as opened:
            read = opened.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        said = f"The provisioning file {path} cannot be read ({reason}): set PROVISIONING_FILE to where it is."
        raise Misconfigured((said,)) from error
    if len(read) > LARGEST:
        raise Misconfigured((f"{path.name}:1: the file has more than {LARGEST:,} bytes.",))
    try:
        return read.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = read.count(b"\n", 0, error.start) + 1
        raise Misconfigured((f"{path.name}:{line}: the file is not in UTF-8.",)) from error


def _syntax(name: str, text: str, message: str) -> str:
    place = _PLACE.search(message)
    said = message if place is None else message[: place.start()]
    if place is None or place["line"] is None:
        return f"{name}:{max(1, len(text.splitlines()))}: the file is no TOML: {said}."
    return f"{name}:{place['line']}: the file is no TOML: {said}, column {place['column']}."


def _origin(whole: Table, path: Path) -> ProvisioningFile:
    """What `[entra]` says."""
    table = whole.table("entra")
    table.expect("schema", "service_principal", "job", "file")
    schema = table.choice("schema", SchemaFrom, SchemaFrom.NONE)
    principal = table.text("service_principal").strip().lower()
    if principal and not UUID.fullmatch(principal):
        table.complain("service_principal", "service_principal has to be the object id of an enterprise application.")
    if schema is SchemaFrom.JOB and not principal:
        table.complain("schema", 'schema = "job" needs service_principal, the application whose job it is.')
    job, exported = table.text("job").strip(), table.text("file").strip()
    if job and schema is not SchemaFrom.JOB:
        table.complain("job", 'job counts only with schema = "job"; leave it out.')
    if exported and schema is not SchemaFrom.FILE:
        table.complain("file", 'file counts only with schema = "file"; leave it out.')
    return ProvisioningFile(
        name=path.name,
        digest="",
        schema=schema,
        service_principal=principal,
        job=job,
        document=_exported(table, path, exported) if schema is SchemaFrom.FILE else None,
    )


def _exported(table: Table, path: Path, name: str) -> bytes | None:
    if not name:
        table.complain("schema", 'schema = "file" needs file, the name of the exported schema.')
        return None
    try:
        with (path.parent / name).open("rb") as opened:
            document = opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        table.complain("file", f"the exported schema {name} cannot be read: {reason}.")
        return None
    if len(document) > MOST_BYTES:
        table.complain("file", f"the exported schema {name} has more than {MOST_BYTES:,} bytes.")
    return document


def _scoped(whole: Table, file: ProvisioningFile) -> ProvisioningFile:
    """What `[scope]` says."""
    table = whole.table("scope")
    table.expect("people", "members", "skip_out_of_scope_deletions", "group")
    alone = file.schema is SchemaFrom.NONE
    people = table.choice("people", People, People.EVERYBODY) if "people" in table or alone else None
    if people is None and file.schema is SchemaFrom.FILE:
        table.complain("", 'an export does not say who is provisioned: write people = "everybody" or "assigned".')
    if people is People.ASSIGNED and not file.service_principal:
        table.complain("people", 'people = "assigned" needs service_principal in [entra], to whom they are assigned.')
    transitive = table.choice("members", Members, Members.DIRECT) is Members.TRANSITIVE
    if transitive and not alone:
        said = "Entra's job counts direct members only, and would disable whom this enables"
        table.complain("members", f'members = "transitive" cannot be: {said}.')
    groups = table.tables("group")
    if groups and not alone:
        table.complain("group", 'the tenant\'s schema has its own filter: [[scope.group]] is for schema = "none".')
    scope, remarks = read_groups(groups)
    return replace(
        file,
        sync_all=None if people is None else people is People.EVERYBODY,
        skip_out_of_scope_deletions=table.flag("skip_out_of_scope_deletions"),
        transitive=transitive,
        filter=scope,
        remarks=remarks,
    )


def _digest(text: str, file: ProvisioningFile) -> str:
    return hashlib.sha256(text.encode() + b"\0" + (file.document or b"")).hexdigest()
