"""An act that broke off in the middle is healed by doing it again: nothing twice, nothing missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import StoreDown
from shared.model import Link
from shared.runtime.ledger import RowLedger
from shared.runtime.rows import Key, Row, Rows, key
from shared.runtime.rows_sqlite import SqliteRows
from tests.ledger.examples import ACCOUNT, OTHER_ACCOUNT, an_intent, an_outcome, identity

T = TypeVar("T")

NOON = 1_800_014_400.0
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
failures = st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=4)


class Faulty:
    """Rows of which one operation fails when told: before it takes effect, or after, as when its answer is lost."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._countdown = 0
        self._after = False

    def fail(self, operation: int, *, after: bool) -> None:
        """The n-th operation from now fails; 0: none does."""
        self._countdown = operation
        self._after = after

    async def get(self, partition: str, row: str) -> Row | None:
        return await self._do(lambda: self._rows.get(partition, row))

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Row]:
        return await self._do(lambda: self._rows.get_many(keys))

    async def query(
        self, partition: str, *, after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[Row]:
        return await self._do(lambda: self._rows.query(partition, after=after, before=before, limit=limit))

    async def insert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        return await self._do(lambda: self._rows.insert(partition, row, values))

    async def upsert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        return await self._do(lambda: self._rows.upsert(partition, row, values))

    async def replace(self, partition: str, row: str, values: Mapping[str, str], *, etag: str) -> str:
        return await self._do(lambda: self._rows.replace(partition, row, values, etag=etag))

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        await self._do(lambda: self._rows.delete(partition, row, etag=etag))

    async def close(self) -> None:
        await self._rows.close()

    async def _do(self, work: Callable[[], Awaitable[T]]) -> T:
        self._countdown -= 1
        if self._countdown == 0 and not self._after:
            raise StoreDown("before")
        result = await work()
        if self._countdown == 0:
            raise StoreDown("after")
        return result


async def until_done(rows: Faulty, failures: list[tuple[int, bool]], act: Callable[[], Awaitable[None]]) -> None:
    """Try again after each of the failures, as a redelivered message would."""
    for operation, after in [*failures, (0, False)]:
        rows.fail(operation, after=after)
        try:
            await act()
        except StoreDown:
            continue


@unhurried
@given(failures=failures)
async def test_an_outcome_is_recorded_once_whatever_broke_off(failures) -> None:
    rows = Faulty(SqliteRows(":memory:"))
    ledger = RowLedger(rows, now=lambda: NOON)
    ada = identity()
    await ledger.open_intent(an_intent(ada))

    await until_done(rows, failures, lambda: ledger.record(an_outcome(ada)))
    await ledger.record(an_outcome(ada, attempt=1, at=NOON))

    assert await ledger.history(ada) == (an_outcome(ada, attempt=1, at=NOON), an_outcome(ada))
    assert await ledger.open_intents(ada) == ()
    day = datetime.fromtimestamp(NOON, UTC).date().isoformat()
    audit = await rows.query(key("audit", day, ledger.writer))
    assert [row.row for row in audit] == ["000000000001", "000000000002"]
    await ledger.close()


@unhurried
@given(failures=failures)
async def test_a_link_leads_both_ways_whatever_broke_off(failures) -> None:
    rows = Faulty(SqliteRows(":memory:"))
    ledger = RowLedger(rows)
    ada = identity()
    await ledger.put_link(Link(identity_id=ada, account_id=ACCOUNT))

    await until_done(rows, failures, lambda: ledger.put_link(Link(identity_id=ada, account_id=OTHER_ACCOUNT)))

    assert await ledger.links([ada]) == {ada: Link(identity_id=ada, account_id=OTHER_ACCOUNT)}
    assert await ledger.identity_of(OTHER_ACCOUNT) == ada
    await ledger.close()


@unhurried
@given(failures=failures)
async def test_a_mark_only_ever_rises(failures) -> None:
    rows = Faulty(SqliteRows(":memory:"))
    ledger = RowLedger(rows)
    ada = identity()
    seen = [0]
    for operation, after in failures:
        rows.fail(operation, after=after)
        try:
            seen.append(await ledger.raise_mark(ada))
        except StoreDown:
            rows.fail(0, after=False)
            seen.append(await ledger.mark(ada))

    rows.fail(0, after=False)
    assert seen == sorted(seen)
    assert await ledger.raise_mark(ada) > seen[-1]
    await ledger.close()


async def test_records_that_failed_for_good_do_not_pile_up() -> None:
    rows = Faulty(SqliteRows(":memory:"))
    ledger = RowLedger(rows)
    for number in range(1_100):
        rows.fail(2, after=False)
        with pytest.raises(StoreDown):
            await ledger.record(an_outcome(identity(), trace=str(number)))

    assert len(ledger._unfinished) == 1_000
    await ledger.close()
