"""Which mapping is in force? The file's rows and the tenant's schema, with the last good copy in the ledger.

The schema is read from Graph by a timer and kept in the ledger; every process looks there once a minute. What can't
be read, or is read and switches everything off, changes nothing: the last good copy stays in force, and an alarm says
so. A revocation never waits for any of this.
"""

from __future__ import annotations

import asyncio
import base64
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from shared import telemetry
from shared.errors import Refused, Stale, StoreDown, SyncError, Transient, Unreachable, Unreadable, understood
from shared.model import Instant
from shared.ports import Ledger, StateRow
from shared.rules.mapping import Effective

STATE = "provisioning-schema"
FORMAT = 1
LOOK_EVERY_S = 60.0
PAUSE_S = 5.0  # before the next look when there is no mapping yet


class TenantSchema(Protocol):
    """What was read of the tenant's provisioning job."""

    @property
    def job_id(self) -> str: ...
    @property
    def document(self) -> bytes: ...
    @property
    def sync_all(self) -> bool | None: ...
    @property
    def skip_out_of_scope_deletions(self) -> bool | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


class Jobs(Protocol):
    async def read(self) -> TenantSchema:
        """Raises the errors of `shared/errors.py`."""
        ...


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's schema as the ledger keeps it: the document is compressed, it repeats itself a lot."""

    v: int
    job_id: str
    packed: str
    sync_all: bool | None = None
    skip_out_of_scope_deletions: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def document(self) -> bytes:
        return zlib.decompress(base64.b85decode(self.packed))


@dataclass(slots=True)
class MappingStore:
    """The mapping of one process.

    Attributes:
        compile: file and tenant's schema to the mapping; pure.
        jobs: None: the file says that no job is to be read.
        patience_s: how long somebody waits who can go on without the newest mapping, or without any.
    """

    ledger: Ledger
    compile: Callable[[TenantSchema | None], Effective]
    jobs: Jobs | None
    now: Callable[[], Instant]
    patience_s: float = 1.0
    _effective: Effective | None = None
    _etag: str = ""
    _looked_at: Instant = -math.inf
    _failure: SyncError | None = None
    _look: asyncio.Task[None] | None = None

    async def current(self) -> Effective:
        """The mapping in force. Waits for the first one as long as it takes.

        Raises:
            Transient: there is none yet, and the message says why.
        """
        look = self._begin_look()
        if look is not None:
            await asyncio.wait({look}, timeout=None if self._effective is None else self.patience_s)
        return self._known()

    async def soon(self) -> Effective:
        """The same for whoever goes on without one: waits a moment only.

        Raises:
            Transient: as `current`.
        """
        look = self._begin_look()
        if look is not None:
            await asyncio.wait({look}, timeout=self.patience_s)
        return self._known()

    async def version(self) -> str:
        """Of the mapping in force; empty when there is none: that delays changes, and no leaver."""
        try:
            return (await self.soon()).version
        except SyncError as error:
            telemetry.alarm("mapping_missing", why=type(error).__name__)
            return ""

    def _known(self) -> Effective:
        if self._effective is not None:
            return self._effective
        if isinstance(self._failure, Transient):
            raise self._failure
        why = str(self._failure) if self._failure else "it is being read."
        raise Unreachable(f"No mapping is in force yet: {why}") from self._failure

    def _begin_look(self) -> asyncio.Task[None] | None:
        """The look that is under way, or due; None: what is known is new enough."""
        if self._look is not None and not self._look.done():
            return self._look
        every = LOOK_EVERY_S if self._effective is not None else PAUSE_S
        if self.now() - self._looked_at <= every or (self.jobs is None and self._effective is not None):
            return None
        self._look = asyncio.create_task(self._look_now(), name="look at the mapping")
        return self._look

    async def _look_now(self) -> None:
        """Nothing is raised: the mapping that we have is better than none, and without one `_failure` says why."""
        try:
            await self._take()
            self._failure = None
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the next look is in a minute
            self._failure = understood(error)
            telemetry.alarm("mapping_not_read", why=type(error).__name__, kept=self._effective is not None)
        self._looked_at = self.now()

    async def _take(self) -> None:
        if self.jobs is None:
            self._effective = self.compile(None)
            return
        row, _ = await self._row()
        kept = None if row is None else _unpacked(row.value)
        if kept is None:
            if await self.refresh() and self._effective is not None and self._etag == "":
                return  # the ledger could not take it
            row, _ = await self._row()
            kept = None if row is None else _unpacked(row.value)
        if row is None or kept is None:
            raise StoreDown("The tenant's provisioning schema was read, but the ledger does not have it.")
        if row.etag != self._etag or self._effective is None:
            self._effective = self.compile(kept)
            self._etag = row.etag

    async def _row(self) -> tuple[StateRow | None, bool]:
        """The ledger's copy, and whether there is a damaged one in its place: that is no copy, and is written anew."""
        try:
            return await self.ledger.state(STATE), False
        except Unreadable as error:
            telemetry.alarm("schema_copy_unreadable", why=error.code or "form")
            return None, True

    async def refresh(self) -> bool:
        """Read the tenant's schema and keep it, unless it would switch everything off; whether it was new.

        Raises:
            Transient, Refused: it can't be read, and there is no good copy.
        """
        if self.jobs is None:
            return False
        row, damaged = await self._row()
        try:
            read = await self.jobs.read()
            effective = _usable(self.compile(read))
        except Exception as error:  # a document that nobody foresaw must not take the good copy away
            good = row is not None and _unpacked(row.value) is not None
            telemetry.alarm("schema_unusable", why=type(error).__name__, kept=good)
            if not good:
                raise understood(error) from error
            return False
        packed = _packed(read)
        if row is not None and row.value == packed:
            return False
        try:
            await self.ledger.put_state(STATE, packed, etag=row.etag if row else None if damaged else "")
        except Stale:
            return False  # another process has just done the same
        except Refused as error:
            # Too large for a row: this process works by what it has read, and the others read it themselves.
            telemetry.alarm("schema_copy_unreadable", why=error.code or "refused")
            self._effective = effective
            return True
        self._looked_at = -math.inf  # this process need not wait for its next look
        telemetry.fact("schema_kept", job=read.job_id, problems=len(effective.problems), version=effective.version)
        return True


def _usable(effective: Effective) -> Effective:
    if effective.users is None:
        raise Unreadable("The tenant's provisioning schema has no usable mapping of users.", "users")
    return effective


def _packed(schema: TenantSchema) -> str:
    kept = Kept(
        v=FORMAT,
        job_id=schema.job_id,
        packed=base64.b85encode(zlib.compress(schema.document, 9)).decode(),
        sync_all=schema.sync_all,
        skip_out_of_scope_deletions=schema.skip_out_of_scope_deletions,
        notes=schema.notes,
    )
    return msgspec.json.encode(kept).decode()


def _unpacked(value: str) -> Kept | None:
    """None: it can't be read, or a release of another format wrote it, so the schema is read once more."""
    try:
        kept = msgspec.json.decode(value.encode(), type=Kept)
        if kept.v == FORMAT and kept.document:
            return kept
    except (msgspec.MsgspecError, ValueError, zlib.error):
        pass
    telemetry.alarm("schema_copy_unreadable")
    return None
