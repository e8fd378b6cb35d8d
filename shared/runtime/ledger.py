"""What do we remember? The `Ledger` over any `Rows`; the keys are in `ledger_keys.py`.

Fields that a newer version of this program added are ignored when read; another format version, or a document that
does not fit the model, is `Unreadable`.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import msgspec

from shared.errors import Stale, Unreadable
from shared.model import Instant, Intent, Link, Outcome, Parked
from shared.ports import StateRow
from shared.runtime import ledger_keys as keys
from shared.runtime.rows import Key, Row, Rows, key, pack, unpack

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_PAGE: Final = 1000
_RECENT: Final = 20  # how far back a repeated outcome is looked for
_ROUNDS: Final = 200  # of a lost race for a mark; each round that we lose, somebody else won
_DIGITS: Final = 18
_UNFINISHED: Final = 1000  # audit keys kept for outcomes whose record failed half way


class RowLedger:
    """The `Ledger` of `shared/ports.py`, with the epoch and the way out of *parked* besides.

    Args:
        rows: where it is kept. Closed with the ledger.
        now: the clock for audit days and for outcomes without any time.

    Attributes:
        writer: the name under which this process writes its audit records; no other process has it.
    """

    def __init__(self, rows: Rows, *, now: Callable[[], Instant] = time.time) -> None:
        self.rows = rows
        self._now = now
        self.writer = secrets.token_hex(6)
        self._sequence = 0
        self._unfinished: dict[tuple[str, str], Key] = {}

    async def epoch(self) -> str | None:
        """The ledger's epoch, or None when it was never initialised (or was lost).

        Raises:
            Unreadable: there is an epoch row that we cannot read.
        """
        row = await self.rows.get(*keys.EPOCH)
        return None if row is None else unpack(row)

    async def init(self) -> str:
        """Begin an epoch unless there is one; returns the one that holds, whoever began it."""
        epoch = secrets.token_hex(8)
        try:
            await self.rows.insert(*keys.EPOCH, pack(epoch))
        except Stale:
            there = await self.epoch()
            if there is None:
                raise
            return there
        return epoch

    async def links(self, identity_ids: Sequence[str]) -> dict[str, Link]:
        """Links that we can't read count as missing: they are found again, and one must not stop a whole batch."""
        wanted = {keys.link(identity_id): identity_id for identity_id in identity_ids}
        found = await self.rows.get_many(list(wanted))
        links = {wanted[at]: _link(row) for at, row in found.items()}
        return {identity_id: link for identity_id, link in links.items() if link is not None}

    async def put_link(self, link: Link) -> None:
        """Write both directions; an account that the link had before forgets the identity, unless taken since."""
        at = keys.link(link.identity_id)
        row = await self.rows.get(*at)
        before = _link(row) if row else None
        former = before.account_id if before else None
        # The account first: whoever sees the link can already go back from the account.
        if link.account_id and link.account_id != former:
            await self.rows.upsert(*keys.account(link.account_id), pack(link.identity_id))
        await self.rows.upsert(*at, _columns(link))
        if former and former != link.account_id:
            await self._forget_account(former, link.identity_id)

    async def identity_of(self, account_id: str) -> str | None:
        row = await self.rows.get(*keys.account(account_id))
        return None if row is None else unpack(row)

    async def mark(self, identity_id: str) -> int:
        row = await self.rows.get(*keys.mark(identity_id))
        return 0 if row is None else _number(row)

    async def raise_mark(self, identity_id: str) -> int:
        at = keys.mark(identity_id)
        for _ in range(_ROUNDS):
            row = await self.rows.get(*at)
            number = 1 if row is None else _number(row) + 1
            try:
                if row is None:
                    await self.rows.insert(*at, pack(str(number)))
                else:
                    await self.rows.replace(*at, pack(str(number)), etag=row.etag)
            except Stale:
                continue
            return number
        raise Stale(f"the revocation number of {identity_id} changed {_ROUNDS} times while it was to be raised")

    async def open_intent(self, intent: Intent) -> None:
        """Note an intent; noting the same trace and stage again replaces it."""
        await self.rows.upsert(*keys.intent(intent.identity_id, intent.trace, intent.stage), _columns(intent))

    async def open_intents(self, identity_id: str) -> tuple[Intent, ...]:
        rows = await self.rows.query(keys.intents(identity_id))
        return tuple(sorted((_read(row, Intent) for row in rows), key=lambda intent: intent.opened_at))

    async def record(self, outcome: Outcome) -> None:
        """Audit record, then summary, then the intent is closed: a failure in between is healed by recording again.

        The same trace, stage and attempt that ended in the same way is one outcome, however often and by whomever it
        is recorded (looked for among the person's last 20). One that ended otherwise is another: the redelivery of a
        message whose first try failed may have written something, and the audit must say so.
        """
        person = keys.person(outcome.identity_id)
        work = key(outcome.trace, outcome.stage, str(outcome.attempt), _ending(outcome))
        recent = await self.rows.query(person, limit=_RECENT)
        if not any(row.row.endswith(f"|{work}") for row in recent):
            audit = self._audit_key(person, work)
            await self._insert_once(audit, _columns(outcome))
            summary = _columns(replace(outcome, steps=(), changes=()))
            at = f"{keys.inverted(_ended(outcome) or self._now())}|{work}"
            await self.rows.upsert(person, at, {**summary, "audit": audit[0], "sequence": audit[1]})
            self._unfinished.pop((person, work), None)
        await self.rows.delete(*keys.intent(outcome.identity_id, outcome.trace, outcome.stage))

    async def history(self, identity_id: str, limit: int = 20) -> tuple[Outcome, ...]:
        """Newest first; an outcome whose audit record has been moved away comes as its summary, without steps."""
        summaries = await self.rows.query(keys.person(identity_id), limit=limit)
        pointers = [(row.values.get("audit", ""), row.values.get("sequence", "")) for row in summaries]
        audit = await self.rows.get_many(pointers)
        pairs = zip(summaries, pointers, strict=True)
        return tuple(_read(audit.get(pointer, summary), Outcome) for summary, pointer in pairs)

    async def park(self, parked: Parked) -> None:
        """Keep a refused message; parking the same key again replaces it, as when its settlement got lost."""
        await self.rows.upsert("parked", key(parked.key), _columns(parked))

    async def parked(self, limit: int = 100) -> tuple[Parked, ...]:
        """Newest first. Reads them all: they are few, or somebody has to know."""
        rows: list[Row] = []
        while page := await self.rows.query("parked", after=rows[-1].row if rows else "", limit=_PAGE):
            rows += page
            if len(page) < _PAGE:
                break
        newest = sorted((_read(row, Parked) for row in rows), key=lambda parked: parked.parked_at, reverse=True)
        return tuple(newest[:limit])

    async def unpark(self, name: str) -> None:
        """Forget the message parked under this key, which a person has replayed or rejected; none is fine."""
        await self.rows.delete("parked", key(name))

    async def state(self, name: str) -> StateRow | None:
        row = await self.rows.get("state", key(name))
        return None if row is None else StateRow(value=unpack(row), etag=row.etag)

    async def put_state(self, name: str, value: str, *, etag: str | None = None) -> None:
        if etag is None:
            await self.rows.upsert("state", key(name), pack(value))
        elif etag:
            await self.rows.replace("state", key(name), pack(value), etag=etag)
        else:
            await self.rows.insert("state", key(name), pack(value))

    async def close(self) -> None:
        await self.rows.close()

    async def _forget_account(self, account_id: str, identity_id: str) -> None:
        at = keys.account(account_id)
        row = await self.rows.get(*at)
        if row is None or unpack(row) != identity_id:
            return
        try:
            await self.rows.delete(*at, etag=row.etag)
        except Stale:
            return  # another identity took the account in between, and it is theirs now

    def _audit_key(self, person: str, work: str) -> Key:
        """The next place in this writer's sequence, or the one that a failed record of the same work was given.

        Without that, each `StoreDown` would leave a gap that looks like a record taken away.
        """
        known = self._unfinished.get((person, work))
        if known is not None:
            return known
        self._sequence += 1
        at = keys.audit(self._now(), self.writer, self._sequence)
        if len(self._unfinished) >= _UNFINISHED:
            self._unfinished.pop(next(iter(self._unfinished)))
        self._unfinished[person, work] = at
        return at

    async def _insert_once(self, at: Key, columns: dict[str, str]) -> None:
        try:
            await self.rows.insert(*at, columns)
        except Stale:
            return  # only this process writes under its writer's name: an answer got lost, the row did not


def _ended(outcome: Outcome) -> Instant | None:
    times = outcome.times
    if times.finished_at is not None:
        return times.finished_at
    reached = (times.sessions_ended_at, times.applied_at, times.read_at, times.rung_at, times.notified_at)
    return max((at for at in reached if at is not None), default=None)


def _ending(outcome: Outcome) -> str:
    """Stands for what was done, whatever the times were."""
    steps = [(step.name, step.result) for step in outcome.steps]
    done = (
        outcome.verdict,
        outcome.enforced,
        outcome.account_id,
        steps,
        outcome.changes,
        outcome.reason,
        outcome.actor,
    )
    return hashlib.sha256(msgspec.json.encode(done)).hexdigest()[:12]


def _columns(document: Link | Intent | Outcome | Parked) -> dict[str, str]:
    return pack(msgspec.json.encode(document).decode())


def _read(row: Row, shape: type[_T]) -> _T:
    try:
        return msgspec.json.decode(unpack(row), type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"ledger row {row.partition} {row.row} is no {shape.__name__}: {error}", "shape") from error


def _link(row: Row) -> Link | None:
    try:
        return _read(row, Link)
    except Unreadable as error:
        _log.warning("A link counts as missing: %s", error)
        return None


def _number(row: Row) -> int:
    text = unpack(row)
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Unreadable(f"ledger row {row.partition} {row.row} holds no number", "shape")
    return int(text)
