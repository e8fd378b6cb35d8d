"""What does the core need from the outside? Four protocols; the rooms `entra`, `targets` and `runtime` implement them.

Every method may raise the errors of `shared/errors.py` and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import SyncError
from shared.model import (
    Account,
    Identity,
    Instant,
    Intent,
    Lifecycle,
    Link,
    Look,
    Order,
    Outcome,
    Parked,
    Plan,
    Ring,
    SessionCheck,
    Step,
    StepName,
    Urgency,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFailure:
    """One identity of a batch could not be read; the others were."""

    id: str
    error: SyncError


class Source(Protocol):
    """Entra, as Graph shows it."""

    def read(self, ids: Sequence[str]) -> AsyncIterator[Identity | ReadFailure]:
        """Read each distinct id once, in batches; yields every answer as soon as it is there, in any order.

        A deleted or unknown id is an `Identity` with that presence, not a failure.
        """
        ...

    async def is_member(self, group_id: str, identity_id: str) -> bool:
        """Whether the identity is in the group now, directly or through nested groups."""
        ...


class Target(Protocol):
    """The system whose accounts follow Entra: Genesys Cloud, or a preview of it that writes nothing."""

    @property
    def enforces(self) -> bool:
        """False: every write only answers what it would have done."""
        ...

    def at(self, urgency: Urgency) -> Target:
        """The same target, with every call charged to that share of the budget."""
        ...

    def reading(self, paths: frozenset[str]) -> Target:
        """The same target, with these paths read into each account's attributes.

        Raises:
            Misconfigured: the target has no such attribute.
        """
        ...

    async def find(self, user_name: str) -> tuple[Account, ...]:
        """All accounts with that user name in any state, compared without case; empty when there is none."""
        ...

    async def find_by_external_id(self, external_id: str) -> tuple[Account, ...]:
        """All accounts with that external id, in any state that the target's search shows.

        Compared without case where it is a UUID, as an object id is; empty when there is none.
        """
        ...

    async def get(self, account_id: str) -> Account | None:
        """The account, or None when the id is unknown or deleted there."""
        ...

    async def apply(self, plan: Plan) -> tuple[Step, Account | None]:
        """Write the changes, guarded by the plan's version; what the target refuses does not keep the rest out.

        Returns:
            The step, which names what the target did not take, and the account as the target answered it (None when
            nothing was written).

        Raises:
            Refused: the target took nothing of the plan.
            Stale: the account changed since the plan was made.
        """
        ...

    async def perform(self, step: StepName, account_id: str) -> Step:
        """Carry out one step of the leaver playbook. Idempotent: doing it again answers `nothing_to_do` or `done`."""
        ...

    async def check(self, account_id: str) -> SessionCheck:
        """What the target says about the person's state and sessions, in one call."""
        ...


class Targets(Protocol):
    """The one place that decides between the real target and its preview."""

    async def choose(
        self, identity_id: str, link: Link | None, *, explicit: bool = False
    ) -> tuple[Target, bool | None]:
        """The target for this identity, and whether it is in the pilot group (None when that was not asked)."""
        ...


class Bell(Protocol):
    """The bus. Each method returns only when the broker has accepted everything.

    Raises:
        StoreDown: not everything was accepted in time; ringing again is safe.
    """

    async def ring(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        """To `doorbell`; with `at`, not before that time."""
        ...

    async def lifecycle(self, notes: Sequence[Lifecycle]) -> None:
        """To `doorbell`."""
        ...

    async def look(self, look: Look, *, at: Instant) -> None:
        """To `doorbell`, not before `at`."""
        ...

    async def change(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        """To `changes`, in the lane of each id."""
        ...

    async def order(self, orders: Sequence[Order], *, at: Instant | None = None) -> None:
        """To `revocations`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """One named value of the watch or the house, with the tag that a conditional write needs."""

    value: str
    etag: str


class Ledger(Protocol):
    """What we remember. Raises `StoreDown` when it can't be reached, `Stale` when a conditional write lost."""

    async def links(self, identity_ids: Sequence[str]) -> dict[str, Link]:
        """Links by identity id; ids without one are missing from the answer."""
        ...

    async def put_link(self, link: Link) -> None: ...

    async def identity_of(self, account_id: str) -> str | None: ...

    async def mark(self, identity_id: str) -> int:
        """The person's revocation number; 0 when never revoked."""
        ...

    async def raise_mark(self, identity_id: str) -> int:
        """Add one to the revocation number, atomically among all workers; returns the new number."""
        ...

    async def open_intent(self, intent: Intent) -> None: ...

    async def open_intents(self, identity_id: str) -> tuple[Intent, ...]:
        """Intents that no outcome has closed, oldest first."""
        ...

    async def record(self, outcome: Outcome) -> None:
        """Write the audit record and the person's summary, and close the intent of the same trace and stage."""
        ...

    async def history(self, identity_id: str, limit: int = 20) -> tuple[Outcome, ...]:
        """Outcomes of one person, newest first."""
        ...

    async def park(self, parked: Parked) -> None: ...

    async def parked(self, limit: int = 100) -> tuple[Parked, ...]:
        """Newest first."""
        ...

    async def state(self, name: str) -> StateRow | None: ...

    async def put_state(self, name: str, value: str, *, etag: str | None = None) -> None:
        """Write a named value; with `etag`, only if it is still that one; with `etag=""`, only if there is none.

        Raises:
            Stale: somebody else wrote it meanwhile.
        """
        ...
