"""Which mapping is in force, is it sound, and what does it do to one person? `mapping check`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TextIO

from shared.cli.mapping_person import Person, examine
from shared.cli.mapping_reading import Reading, read_mapping
from shared.cli.mapping_rows import RowView, legend, table, views
from shared.cli.mapping_story import as_text, person_document
from shared.errors import SyncError
from shared.rules.provisioning.names_used import names_used
from shared.rules.provisioning.nouns import SchemaFrom
from shared.rules.schema.problems import Level
from shared.targets.names import NameKind

if TYPE_CHECKING:
    from shared.wiring import App

PATIENCE_S = 20.0
_KINDS = {
    "roles": NameKind.ROLE,
    "routingSkills": NameKind.SKILL,
    "routingLanguages": NameKind.LANGUAGE,
    "division": NameKind.DIVISION,
}
_FROM = {
    SchemaFrom.JOB: "Entra's provisioning job and the rows of {file}",
    SchemaFrom.FILE: "an exported schema and the rows of {file}",
    SchemaFrom.NONE: "the rows of {file}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Everything that is shown.

    Attributes:
        faults: sentences; each makes the exit code 1.
        remarks: sentences about what works, but should be known.
    """

    reading: Reading
    rows: tuple[RowView, ...]
    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    person: Person | None = None

    @property
    def code(self) -> int:
        return int(bool(self.faults) or self.reading.effective.users is None)


async def run(app: App, out: TextIO, *, user: str = "", as_json: bool = False) -> int:
    """Print it; 1 when something is wrong.

    Raises:
        Misconfigured: the provisioning file can't be used; with a sentence for each problem.
        SyncError: the person can't be read.
    """
    reading = await read_mapping(app)
    problems = reading.effective.problems
    lacking, unseen = await _in_genesys(app, reading)
    check = Check(
        reading=reading,
        rows=views(reading.effective),
        faults=(*reading.faults, *(str(one) for one in problems if one.level is Level.ERROR), *lacking),
        remarks=(*(str(one) for one in problems if one.level is Level.WARNING), *reading.notes, *unseen),
        person=await examine(app, reading.effective, user) if user else None,
    )
    out.write(_document(check) if as_json else _text(check))
    return check.code


async def _in_genesys(app: App, reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What Genesys does not have, and why it could not be asked."""
    rows = reading.effective.rows
    wanted = [(_KINDS[attribute], name) for attribute, name in names_used(rows)]
    if not wanted and not any(row.path.startswith("custom:") for row in rows):
        return (), ()
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await app.target.reading(reading.effective.paths).check_mapping(wanted), ()
    except TimeoutError:
        return (), (f"Names and keys were not looked up in Genesys: no answer within {PATIENCE_S:.0f} s.",)
    except SyncError as error:
        return (), (f"Names and keys were not looked up in Genesys: {error}",)


def _scope(reading: Reading) -> str:
    effective = reading.effective
    if effective.users is None:
        return "Nobody is in scope: no mapping of users can be used."
    whom = "Everybody is in scope"
    if not effective.switches.sync_all:
        whom = f"Whoever is assigned to {effective.service_principal or 'the application'} is in scope"
        whom += ", by nested groups too" if effective.transitive else ", directly or as a direct member of a group"
    filtered = " and passes the filter" if effective.users.scope.attributes else ""
    left = " Accounts of people who leave the scope stay." if effective.switches.skip_out_of_scope_deletions else ""
    return f"{whom}{filtered}.{left}"


def _text(check: Check) -> str:
    reading = check.reading
    origin = _FROM[reading.file.schema].format(file=reading.file.name)
    parts = [
        f"Mapping {reading.effective.version}: {origin}.\n{_scope(reading)}\n",
        table(check.rows) + legend(check.rows),
    ]
    sections = (
        ("Faults", check.faults),
        ("To know", check.remarks),
        ("Otherwise than in Entra's schema", tuple(one.sentence for one in reading.deviations)),
    )
    for title, sentences in sections:
        if sentences:
            parts.append(f"{title}:\n" + "".join(f"  {sentence}\n" for sentence in sentences))
    if reading.entra is not None and not reading.deviations:
        parts.append("Nothing differs from Entra's schema.\n")
    if not check.faults:
        parts.append("Nothing is wrong with the mapping.\n")
    if check.person is not None:
        parts.append(as_text(check.person))
    return "\n".join(parts)


def _document(check: Check) -> str:
    reading = check.reading
    effective = reading.effective
    document: dict[str, object] = {
        "file": reading.file.name,
        "schema": reading.file.schema.value,
        "version": effective.version,
        "usable": effective.users is not None,
        "scope": {
            "everybody": effective.switches.sync_all,
            "service_principal": effective.service_principal,
            "transitive": effective.transitive,
            "skip_out_of_scope_deletions": effective.switches.skip_out_of_scope_deletions,
            "filter": sorted(effective.users.scope.attributes) if effective.users is not None else [],
        },
        "rows": [asdict(row) for row in check.rows],
        "faults": list(check.faults),
        "remarks": list(check.remarks),
        "differences": [asdict(one) for one in reading.deviations],
    }
    if check.person is not None:
        document["person"] = person_document(check.person)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
