"""What is due for an account, by the mapping in force? The tenant's own schema, our own rows, or both.

A null never clears by the tenant's rows, exactly as in Entra's job; our own rows clear, and only what is known to
have been written for it (`shared/rules/attributes/difference.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.errors import MappingRefused
from shared.model import Identity, Presence, Value
from shared.rules.attributes.difference import Desired, Flow, NullPolicy
from shared.rules.expressions import Expression, Result, Skip, evaluate
from shared.rules.schema.compiling import CompiledMapping
from shared.rules.schema.flow import REPLACES_ROLES, value_of
from shared.rules.schema.nouns import AttributeDefinition, AttributeType, FlowType, Mutability
from shared.rules.schema.nouns import Flow as ObjectFlow
from shared.rules.schema.problems import Problem
from shared.rules.schema.source_attributes import Reading, properties_to_read, source_attribute, source_of
from shared.rules.scope.evaluation import judge
from shared.rules.scope.soft_deletion import Due, Facts, Ruling, Switches, rule

ACTIVE, SOFT_DELETED, MANAGER, ROLES = "active", "IsSoftDeleted", "manager", "appRoleAssignments"


class Origin(StrEnum):
    """Who wrote a row of the mapping."""

    ENTRA = "entra"  # the tenant's provisioning schema
    FILE = "file"  # provisioning.toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attribute of the mapping, ready to be evaluated.

    Attributes:
        path: in Genesys, as `target_for` spells it, or `custom:<schema>:<key>`.
        flow: when it is written to an account that exists; None: only when one is created.
        lists_grow: a list of values only adds to what is there; one value replaces it (entra-mapping.md §5).
        case_exact: False: values that differ in case only are equal.
        default_value: for creation only.
    """

    path: str
    expression: Expression | None
    origin: Origin
    policy: NullPolicy
    flow: Flow | None = Flow.ALWAYS
    lists_grow: bool = False
    case_exact: bool = False
    default_value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The mapping in force.

    Attributes:
        version: changes whenever anything of it changes: everybody is evaluated again then.
        users: scope filter, matching and object flows; None: nothing can be done for anybody, the problems say why.
        rows: of both origins; one for each path.
        switches: what the schema does not say about the scope.
        service_principal: whose assignments are the scope; empty where everybody is in scope.
        transitive: whether members of nested groups count as assigned.
    """

    version: str
    users: CompiledMapping | None
    rows: tuple[Row, ...]
    switches: Switches
    problems: tuple[Problem, ...] = ()
    service_principal: str = ""
    transitive: bool = False
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        of_rows = (row.expression.attributes for row in self.rows if row.expression is not None)
        object.__setattr__(
            self, "names", frozenset().union(*of_rows, self.users.scope.attributes if self.users else ())
        )

    @property
    def properties(self) -> tuple[str, ...]:
        """Graph's properties that a reading must have; the id finds the prefix of a deleted person's name."""
        return tuple(dict.fromkeys(("id", *properties_to_read(self.names))))

    @property
    def paths(self) -> frozenset[str]:
        """The paths in Genesys that are compared and written."""
        return frozenset(row.path for row in self.rows if row.path != ACTIVE)

    @property
    def redacted(self) -> frozenset[str]:
        """The paths whose values must not be kept or shown: their expressions say `Redact`."""
        return frozenset(row.path for row in self.rows if row.expression is not None and row.expression.redacted)

    @property
    def reads_manager(self) -> bool:
        return MANAGER in self.names

    @property
    def needs_assignment(self) -> bool:
        return bool(self.service_principal) and (not self.switches.sync_all or ROLES in self.names)

    @property
    def updates(self) -> bool:
        return self.users is not None and ObjectFlow.UPDATE in self.users.flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is due for one identity.

    Attributes:
        desired: in the order of the rows; `active` is not among them, that is the ruling's.
        failed: path to sentence, of rows that give no certain value for this identity.
    """

    ruling: Ruling
    desired: tuple[Desired, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def ruling_of(effective: Effective, identity: Identity) -> Ruling:
    """Whether the identity is to have an active account, and why."""
    assert effective.users is not None
    source = source_of(identity.attributes, _readable(effective.users.scope.attributes))
    facts = Facts(
        account_enabled=identity.account_enabled,
        soft_deleted=identity.presence is Presence.SOFT_DELETED,
        assigned=identity.assigned,
        judgement=judge(effective.users.scope, source),
    )
    return rule(facts, effective.switches)


def is_within(effective: Effective, identity: Identity) -> bool:
    """Whether the identity is in scope, enabled or not: it would have an active account if it were enabled."""
    if identity.presence is not Presence.PRESENT:
        return False
    return ruling_of(effective, replace(identity, account_enabled=True)).due is Due.ACTIVE


def wanted(effective: Effective, identity: Identity, *, manager: str | None, now: datetime) -> Wanted:
    """Everything that is due for an existing account of this identity.

    Outside of the scope, and for the deleted, only what reads `IsSoftDeleted` flows, as in Entra's job.

    Args:
        manager: the Genesys id of the manager's account; None where there is none, or none is known.
        now: what `Now()` says.
    """
    ruling = ruling_of(effective, identity)
    source: dict[str, Value] = dict(source_of(identity.attributes, _readable(effective.names)))
    source[SOFT_DELETED] = None if ruling.is_soft_deleted is None else str(ruling.is_soft_deleted)
    source[MANAGER] = manager
    within = ruling.due is Due.ACTIVE or is_within(effective, identity)
    desired, failed = [], {}
    for row in effective.rows:
        if row.path == ACTIVE or row.expression is None or row.flow is None:
            continue
        if not within and SOFT_DELETED not in row.expression.attributes:
            continue
        if MANAGER in row.expression.attributes and manager is None and identity.attributes.get(MANAGER):
            continue  # the manager has no account that we know: nothing is said about the attribute
        if ROLES in row.expression.attributes and identity.roles is None:
            continue  # nobody knows which roles they have: no roles would take away what they may do
        try:
            value = evaluate(row.expression, {**source, ROLES: identity.roles}, now=now)
        except MappingRefused as error:
            failed[row.path] = str(error)
            continue
        if isinstance(value, Skip):
            continue
        desired.append(
            Desired(
                path=row.path,
                value=value_of(value) or None,
                policy=row.policy,
                flow=_flow_of(row, row.flow, value),
                case_exact=row.case_exact,
                reason=f"`{row.expression.text}` says so" if not row.expression.redacted else "the mapping says so",
            )
        )
    return Wanted(ruling=ruling, desired=tuple(desired), failed=failed)


def rows_of(users: CompiledMapping) -> tuple[Row, ...]:
    """The tenant's own rows: nulls keep, references and lists as Entra's job treats them."""
    return tuple(
        Row(
            path=attribute.path,
            expression=attribute.expression,
            origin=Origin.ENTRA,
            policy=NullPolicy.KEEP,
            flow=_flow(attribute.mapping.flow_type, attribute.definition),
            lists_grow=_lists_grow(attribute.definition, attribute.expression),
            case_exact=attribute.definition.case_exact,
            default_value=attribute.mapping.default_value,
        )
        for attribute in users.attributes
    )


def _flow_of(row: Row, flow: Flow, value: Result) -> Flow:
    return Flow.ADD_VALUES if flow is Flow.ALWAYS and row.lists_grow and isinstance(value, tuple) else flow


def _flow(kind: FlowType, definition: AttributeDefinition) -> Flow | None:
    if kind is FlowType.OBJECT_ADD_ONLY or definition.mutability in (Mutability.READ_ONLY, Mutability.IMMUTABLE):
        return None
    if kind is FlowType.ATTRIBUTE_ADD_ONLY:
        return Flow.ONLY_WHEN_EMPTY
    if kind in (FlowType.VALUE_ADD_ONLY, FlowType.MULTI_VALUE_ADD_ONLY):
        return Flow.ADD_VALUES
    return Flow.ALWAYS


def _lists_grow(definition: AttributeDefinition, expression: Expression | None) -> bool:
    if not definition.multivalued or definition.type is AttributeType.REFERENCE:
        return False
    return expression is None or REPLACES_ROLES not in expression.text


def _readable(names: Iterable[str]) -> list[str]:
    return [name for name in names if source_attribute(name).reading is Reading.PROPERTY]
