"""Which mapping is in force? The file's rows and the tenant's schema, with the last good copy in the ledger.

The schema is read from Graph by a timer and kept in the ledger; every process looks there once a minute. What can't
be read, or is read and switches everything off, changes nothing: the last good copy stays in force, and an alarm says
so. A revocation never waits for any of this.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from shared import telemetry
from shared.errors import StoreDown, SyncError, Unreadable
from shared.model import Instant
from shared.ports import Ledger
from shared.rules.mapping import Effective

STATE = "provisioning-schema"
FORMAT = 1
LOOK_EVERY_S = 60.0


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
    """

    ledger: Ledger
    compile: Callable[[TenantSchema | None], Effective]
    jobs: Jobs | None
    now: Callable[[], Instant]
    _effective: Effective | None = None
    _etag: str = ""
    _looked_at: Instant = 0.0

    async def current(self) -> Effective:
        """The mapping in force.

        Raises:
            Transient: there is none yet, and it can't be read now.
            Refused: there is none yet, and what was read is no mapping.
        """
        if self._effective is None or (self.jobs is not None and self.now() - self._looked_at > LOOK_EVERY_S):
            await self._look()
        assert self._effective is not None
        return self._effective

    async def version(self) -> str:
        """Of the mapping in force; empty when there is none: that delays changes, and no leaver."""
        try:
            return (await self.current()).version
        except SyncError as error:
            telemetry.alarm("mapping_missing", why=type(error).__name__)
            return ""

    async def _look(self) -> None:
        if self.jobs is None:
            self._effective = self.compile(None)
            return
        try:
            row = await self.ledger.state(STATE)
            if row is None:
                await self.refresh()
                row = await self.ledger.state(STATE)
        except SyncError:
            if self._effective is None:
                raise
            return  # the mapping that we have is better than none
        if row is None:
            raise StoreDown("The tenant's provisioning schema was read, but the ledger does not have it.")
        self._looked_at = self.now()
        if row.etag != self._etag or self._effective is None:
            self._effective = self.compile(_unpacked(row.value))
            self._etag = row.etag

    async def refresh(self) -> bool:
        """Read the tenant's schema and keep it, unless it would switch everything off; whether it was new.

        Raises:
            Transient, Refused: it can't be read, and there is no good copy.
        """
        if self.jobs is None:
            return False
        row = await self.ledger.state(STATE)
        try:
            read = await self.jobs.read()
            effective = self.compile(read)
            if effective.users is None:
                raise Unreadable("The tenant's provisioning schema has no usable mapping of users.", "users")
        except SyncError as error:
            telemetry.alarm("schema_unusable", why=type(error).__name__, kept=row is not None)
            if row is None:
                raise
            return False
        packed = _packed(read)
        if row is not None and _same(row.value, packed):
            return False
        await self.ledger.put_state(STATE, packed, etag=row.etag if row else "")
        telemetry.fact("schema_kept", job=read.job_id, problems=len(effective.problems), version=effective.version)
        return True


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


def _unpacked(value: str) -> Kept:
    try:
        kept = msgspec.json.decode(value.encode(), type=Kept)
    except msgspec.MsgspecError as error:
        raise Unreadable("The ledger's copy of the provisioning schema can't be read.", "form") from error
    if kept.v != FORMAT:
        raise Unreadable(f"The ledger's copy of the provisioning schema has format version {kept.v}.", "version")
    return kept


def _same(first: str, second: str) -> bool:
    return hashlib.sha256(first.encode()).digest() == hashlib.sha256(second.encode()).digest()
