"""What does the mapping make of one person, step by step, and what would change in Genesys? Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.correlate import find_account
from shared.entra.assignments import Assignments
from shared.entra.source import GraphSource, ReadPlan
from shared.errors import NotThere, Refused
from shared.model import Account, Change, Identity, Link, Presence, Standing, Urgency, Value
from shared.ports import ReadFailure
from shared.rules.correlation import user_name_of
from shared.rules.expressions import Skip, SourceValue
from shared.rules.expressions.explaining import REDACTED, Step, explain
from shared.rules.mapping import MANAGER, ROLES, SOFT_DELETED, Effective, ruling_of, wanted
from shared.rules.planning import plan
from shared.rules.schema.flow import value_of
from shared.rules.schema.source_attributes import Reading, source_attribute, source_of
from shared.rules.scope.soft_deletion import Due, Ruling
from shared.rules.standing import standing
from shared.runtime.parsing import UUID

if TYPE_CHECKING:
    from shared.wiring import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One row for this person.

    Attributes:
        value: what the expression gives; `REDACTED` where it must not be shown.
        refusal: why it gives no certain value; empty where it does.
        skipped: the attribute does not flow this time.
    """

    path: str
    steps: tuple[Step, ...]
    value: Value = None
    refusal: str = ""
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What was found.

    Attributes:
        account: None: there is none in Genesys, or it was not looked for.
        effect: what becomes of the account as a whole, one sentence.
        changes: of its attributes.
        notes: what is due and not among the changes.
    """

    identity: Identity
    ruling: Ruling
    traces: tuple[Trace, ...]
    account: Account | None
    effect: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


async def identity_id_of(app: App, user: str) -> str:
    """The object id for an object id or a user principal name.

    Raises:
        NotThere: Entra has nobody of that name; and as `GraphClient.send`.
    """
    if UUID.fullmatch(user.lower()):
        return user.lower()
    try:
        found = await app.graph.send(app.graph.urls.user(user, select=["id"]))
    except NotThere as error:
        said = "Entra has nobody of that name; of a deleted person only the object id leads on."
        raise NotThere(said, error.code) from error
    return str(found.get("id", "")).lower()


async def read_identity(app: App, effective: Effective, user: str) -> Identity:
    """The person with everything that the mapping reads.

    Raises:
        NotThere: Entra has no such person; and whatever reading raises.
    """
    assignments = None
    if effective.needs_assignment:
        assignments = Assignments(app.graph, effective.service_principal, app.now)
    properties = tuple(dict.fromkeys(("id", *effective.properties)))
    needed = ReadPlan(
        properties=properties, manager=effective.reads_manager, assignments=assignments, transitive=effective.transitive
    )

    async def needs() -> ReadPlan:
        return needed

    identity_id = await identity_id_of(app, user)
    async for reading in GraphSource(app.graph, plan=needs, now=app.now).read([identity_id]):
        if isinstance(reading, ReadFailure):
            raise reading.error
        if reading.presence is Presence.ABSENT:
            break
        return reading
    raise NotThere(f"Entra has no user {identity_id}, neither among people nor among the deleted.", "absent")


def source_object(
    effective: Effective, identity: Identity, ruling: Ruling, manager: str | None
) -> Mapping[str, SourceValue]:
    """What the expressions see of the person."""
    readable = [name for name in effective.names if source_attribute(name).reading is Reading.PROPERTY]
    source: dict[str, SourceValue] = dict(source_of(identity.attributes, readable))
    source[SOFT_DELETED] = None if ruling.is_soft_deleted is None else str(ruling.is_soft_deleted)
    source[MANAGER] = manager
    source[ROLES] = identity.roles
    return source


async def examine(app: App, effective: Effective, user: str) -> Person:
    """Everything about one person.

    Raises:
        Refused: no mapping of users can be used; Entra has no such person; several accounts may be theirs.
        Transient: one of the two sides cannot be read now.
    """
    if effective.users is None:
        raise Refused("Nobody can be evaluated: no mapping of users can be used.", "users")
    identity = await read_identity(app, effective, user)
    ruling = ruling_of(effective, identity)
    known = await app.ledger.links([identity.id])
    link = known.get(identity.id) or Link(identity_id=identity.id, account_id=None)
    manager = await _manager(app, identity)
    now = datetime.fromtimestamp(app.now(), UTC)
    source = source_object(effective, identity, ruling, manager)
    traces = tuple(
        _trace(row.path, explain(row.expression, source, now=now), row.expression.redacted)
        for row in effective.rows
        if row.expression is not None
    )
    account = await _account(app, effective, identity, link)
    due = wanted(effective, identity, manager=manager, now=now)
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    if account is not None and account.active and ruling.due is Due.ACTIVE:
        planned = plan(identity, account, due, written=link.written)
        changes, notes = planned.changes, planned.notes
    if changes and not effective.updates:
        changes, notes = (), (*notes, "The mapping's `flowTypes` lack Update, so nothing of an account is changed.")
    deactivates = app.settings.out_of_scope == "deactivate"
    effect = effect_on(account, identity, ruling, deactivates=deactivates)
    if manager is None and isinstance(identity.attributes.get(MANAGER), str):
        notes = (*notes, "The manager's account in Genesys is not known yet, so what reads `manager` does not flow.")
    return Person(
        identity=identity, ruling=ruling, traces=traces, account=account, effect=effect,
        changes=_hidden(changes, effective), notes=notes,
    )  # fmt: skip


def _trace(path: str, steps: tuple[Step, ...], redacted: bool) -> Trace:
    whole = steps[-1]
    if whole.refusal:
        return Trace(path=path, steps=steps, refusal=whole.refusal)
    if isinstance(whole.value, Skip):
        return Trace(path=path, steps=steps, skipped=True)
    return Trace(path=path, steps=steps, value=REDACTED if redacted and whole.value else value_of(whole.value))


def _hidden(changes: tuple[Change, ...], effective: Effective) -> tuple[Change, ...]:
    """The changes, without values that an expression wants to be hidden."""
    hidden = {row.path for row in effective.rows if row.expression is not None and row.expression.redacted}
    return tuple(
        replace(change, before=REDACTED, after=REDACTED) if change.path in hidden else change for change in changes
    )


async def _manager(app: App, identity: Identity) -> str | None:
    manager = identity.attributes.get(MANAGER)
    if not isinstance(manager, str):
        return None
    link = (await app.ledger.links([manager.lower()])).get(manager.lower())
    return None if link is None else link.account_id


async def _account(app: App, effective: Effective, identity: Identity, link: Link) -> Account | None:
    target = app.target.at(Urgency.PERSON).reading(effective.paths)
    if link.account_id is not None and (account := await target.get(link.account_id)) is not None:
        return account
    return await find_account(target, identity.id, user_name_of(identity))


def effect_on(account: Account | None, identity: Identity, ruling: Ruling, *, deactivates: bool) -> str:
    """A leaver is revoked whatever the mapping says; who is out of scope only where the settings want it."""
    if account is None:
        return "Genesys has no account for the person."
    if standing(identity) is Standing.LEAVER:
        return "The account would be deactivated." if account.active else "The account is inactive already."
    if ruling.due is Due.INACTIVE and account.active and deactivates:
        return "The account would be deactivated."
    if ruling.due is Due.INACTIVE and account.active:
        return "The account is left to Entra's job, since OUT_OF_SCOPE is `leave`."
    if ruling.due is Due.ACTIVE and not account.active:
        return "The account is inactive, and stays so: nothing is activated on one reading."
    return "" if ruling.due is Due.ACTIVE else "The account is left as it is."
