"""Where are the rows without Azure? In one SQLite file that several processes may share, or in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from shared.errors import Refused, Stale, StoreDown
from shared.runtime.rows import Key, Row

_T = TypeVar("_T")

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS rows (
        partition TEXT NOT NULL,
        row TEXT NOT NULL,
        etag TEXT NOT NULL,
        columns TEXT NOT NULL,
        PRIMARY KEY (partition, row)
    ) WITHOUT ROWID
"""
_OPENING_PAUSE_S: Final = 0.01
_KEYS_PER_SELECT: Final = 400  # two parameters each; the oldest SQLite limit is 999


class SqliteRows:
    """`Rows` in SQLite. All statements run in one thread of their own, so the event loop never waits for the disk.

    Args:
        path: the file, created with its folder when missing; `:memory:` lasts until `close()`.
        timeout: seconds to wait for another process that is writing, before `StoreDown`.
    """

    def __init__(self, path: str, *, timeout: float = 5.0) -> None:
        self._path = path
        self._timeout = timeout
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def get(self, partition: str, row: str) -> Row | None:
        return (await self.get_many([(partition, row)])).get((partition, row))

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Row]:
        return await self._run(lambda connection: _select(connection, keys)) if keys else {}

    async def query(
        self, partition: str, *, after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[Row]:
        sql = "SELECT partition, row, etag, columns FROM rows WHERE partition = ? AND row > ?"
        values: list[str | int] = [partition, after]
        if before is not None:
            sql += " AND row < ?"
            values.append(before)
        sql += " ORDER BY row LIMIT ?"
        values.append(limit)
        return await self._run(lambda connection: [_row(*found) for found in connection.execute(sql, values)])

    async def insert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        sql = "INSERT INTO rows (partition, row, etag, columns) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        etag = _etag()
        if not await self._write(sql, partition, row, etag, json.dumps(dict(values))):
            raise Stale(f"ledger row {partition} {row} exists already")
        return etag

    async def upsert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        sql = "INSERT OR REPLACE INTO rows (partition, row, etag, columns) VALUES (?, ?, ?, ?)"
        etag = _etag()
        await self._write(sql, partition, row, etag, json.dumps(dict(values)))
        return etag

    async def replace(self, partition: str, row: str, values: Mapping[str, str], *, etag: str) -> str:
        sql = "UPDATE rows SET etag = ?, columns = ? WHERE partition = ? AND row = ? AND etag = ?"
        after = _etag()
        if not await self._write(sql, after, json.dumps(dict(values)), partition, row, etag):
            raise Stale(f"ledger row {partition} {row} was written by somebody else")
        return after

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        if etag is None:
            await self._write("DELETE FROM rows WHERE partition = ? AND row = ?", partition, row)
            return
        sql = "DELETE FROM rows WHERE partition = ? AND row = ? AND etag = ?"
        if not await self._write(sql, partition, row, etag) and await self.get(partition, row):
            raise Stale(f"ledger row {partition} {row} was written by somebody else")

    async def close(self) -> None:
        """Ends the thread after the statement that is running. Closing twice is fine."""
        with contextlib.suppress(RuntimeError):  # the thread has ended already
            await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        await asyncio.to_thread(self._thread.shutdown)

    async def _write(self, sql: str, *values: str) -> bool:
        return await self._run(lambda connection: connection.execute(sql, values).rowcount > 0)

    async def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def in_thread() -> _T:
            if self._connection is None:
                self._connection = _connect(self._path, self._timeout)
            return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        except (sqlite3.Error, OSError) as error:
            raise StoreDown(f"the ledger's file does not answer: {error}") from error
        except RuntimeError as error:  # how an executor says that it was shut down
            raise StoreDown("the ledger was closed") from error
        except ValueError as error:  # text that SQLite cannot keep
            raise Refused(f"the ledger cannot keep a row: {type(error).__name__}", "unkeepable") from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(path: str, timeout: float) -> sqlite3.Connection:
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    # isolation_level=None: every statement is its own transaction, and every operation is one statement.
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        _insist(connection, "PRAGMA journal_mode = WAL", timeout)
        # Survives the death of any process; a power cut may lose the last moments. Azure Tables is for more than that.
        connection.execute("PRAGMA synchronous = NORMAL")
        _insist(connection, _TABLE, timeout)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _insist(connection: sqlite3.Connection, sql: str, timeout: float) -> None:
    """Where two processes open a new file at once, SQLite says *locked* at once instead of waiting its timeout.

    The one that changes the journal's mode needs the file for itself, and to wait there could be a deadlock
    (sqlite.org, "Write-Ahead Logging", and the result code SQLITE_BUSY).
    """
    end = time.monotonic() + timeout
    while True:
        try:
            connection.execute(sql)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_OPENING_PAUSE_S)
        else:
            return


def _select(connection: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for at in range(0, len(keys), _KEYS_PER_SELECT):
        some = keys[at : at + _KEYS_PER_SELECT]
        marks = ", ".join(["(?, ?)"] * len(some))
        sql = (
            f"WITH wanted (p, r) AS (VALUES {marks}) "  # noqa: S608 - only question marks are put in
            "SELECT rows.partition, rows.row, etag, columns FROM wanted "
            "CROSS JOIN rows ON rows.partition = p AND rows.row = r"
        )
        for partition, row, etag, columns in connection.execute(sql, [part for one in some for part in one]):
            found[partition, row] = _row(partition, row, etag, columns)
    return found


def _row(partition: str, row: str, etag: str, columns: str) -> Row:
    try:
        values = json.loads(columns)
    except (ValueError, RecursionError):
        values = None
    # A damaged row has no columns, so whoever unpacks it says which one it is, and the others are read.
    return Row(partition=partition, row=row, etag=etag, values=values if isinstance(values, dict) else {})


def _etag() -> str:
    return secrets.token_hex(8)
