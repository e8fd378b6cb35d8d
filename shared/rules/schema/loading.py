"""What is the tenant's mapping of users, and of groups? The document, read, checked and compiled in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.rules.schema.checks import kind_of
from shared.rules.schema.compiling import CompiledMapping, compile_mapping
from shared.rules.schema.document import Object
from shared.rules.schema.genesys_attributes import ObjectKind
from shared.rules.schema.nouns import ObjectMapping, SyncSchema
from shared.rules.schema.problems import Problem, Stops, Where, error, warning
from shared.rules.schema.reading import read_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSchema:
    """What the tenant's provisioning job does, as far as it can be done as well.

    Attributes:
        version: of the schema; when it changes, everybody is to be evaluated again.
        users: None: nothing can be done for users; the problems say why.
        groups: None: no mapping of groups that is enabled, or none that can be used.
        schema: as it was read, for people who compare it with the portal; None: the document is no schema.
    """

    version: str
    users: CompiledMapping | None
    groups: CompiledMapping | None
    problems: tuple[Problem, ...]
    schema: SyncSchema | None = None

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.stops is not Stops.NOTHING)


def load_schema(document: bytes | Object, *, sync_all: bool = False) -> LoadedSchema:
    """The document as a mapping that can be evaluated. Nothing is raised: problems are sentences.

    Args:
        document: the portal's exported file, or Graph's answer.
        sync_all: whether everybody is synchronized, assigned or not.
    """
    read = read_schema(document)
    if read.schema is None:
        return LoadedSchema(version="", users=None, groups=None, problems=read.problems)
    problems = list(read.problems)
    found: dict[ObjectKind, CompiledMapping | None] = {}
    for kind in ObjectKind:
        mapping = _the_one(read.schema, kind, problems)
        if mapping is None:
            found[kind] = None
            continue
        compiled = compile_mapping(mapping, read.problems, sync_all=sync_all)
        found[kind] = compiled.mapping
        problems.extend(compiled.problems)
    return LoadedSchema(
        version=read.schema.version, users=found[ObjectKind.USER], groups=found[ObjectKind.GROUP],
        problems=_in_order(problems), schema=read.schema,
    )  # fmt: skip


def _the_one(schema: SyncSchema, kind: ObjectKind, problems: list[Problem]) -> ObjectMapping | None:
    """The enabled mapping of this kind. Two of them would leave it open which one counts for whom."""
    mappings = [
        mapping
        for rule in schema.rules
        for mapping in rule.object_mappings
        if mapping.enabled and kind_of(mapping) is kind
    ]
    match mappings:
        case [mapping]:
            return mapping
        case []:
            said = f"No usable mapping from {kind.value} to a SCIM {kind.value.lower()} is enabled"
            if kind is ObjectKind.USER:
                problems.append(error(Where(), f"{said}: nobody can be provisioned.", Stops.SCHEMA))
            else:
                problems.append(warning(Where(), f"{said}: groups are left as they are."))
        case _:
            names = ", ".join(f"`{mapping.name}`" for mapping in mappings)
            said = (
                f"{len(mappings)} mappings of {kind.value} are enabled, and which of them counts is not known: {names}."
            )
            problems.append(error(Where(), said, Stops.SCHEMA))
    return None


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, errors first."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: -problem.stops))
