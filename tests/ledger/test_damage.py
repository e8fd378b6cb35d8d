"""Rows and values that nobody should have written: one of them costs itself and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shared.errors import Refused, Unreadable
from shared.model import Link
from shared.runtime import ledger_keys as keys
from shared.runtime.ledger_open import open_ledger
from shared.runtime.rows import key, pack
from shared.runtime.rows_sqlite import SqliteRows
from tests.ledger.examples import ACCOUNT, identity

ADA, BOB = identity(), identity()


@pytest.mark.parametrize("columns", ["", "{", "[]", "null", "[" * 100_000, '"text"'])
async def test_a_damaged_row_is_unreadable_and_the_others_are_read(tmp_path: Path, columns: str):
    file = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:{file}")
    for person in (ADA, BOB):
        await ledger.put_link(Link(identity_id=person, account_id=ACCOUNT))
        await ledger.raise_mark(person)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE rows SET columns = ? WHERE row = ?", (columns, keys.link(ADA)[1]))
    connection.close()
    assert list(await ledger.links([ADA, BOB])) == [BOB]
    with pytest.raises(Unreadable):
        await ledger.mark(ADA)
    await ledger.close()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"of": ' * 20_000, "{}", "9" * 5_000, "²", ""])
async def test_a_row_with_another_document_is_unreadable(text: str):
    ledger = open_ledger("sqlite::memory:")
    await ledger.rows.upsert(*keys.link(ADA), pack(text))
    await ledger.rows.upsert(*keys.mark(ADA), pack(text))
    await ledger.rows.upsert(*keys.intent(ADA, "trace", "first"), pack(text))
    assert await ledger.links([ADA]) == {}
    with pytest.raises(Unreadable):
        await ledger.mark(ADA)
    with pytest.raises(Unreadable):
        await ledger.open_intents(ADA)
    await ledger.close()


async def test_text_that_no_store_can_keep_is_refused():
    rows = SqliteRows(":memory:")
    with pytest.raises(Refused):
        await rows.query("\ud800")
    await rows.close()


def test_a_key_of_half_a_surrogate_pair_is_a_key():
    assert key("a\ud800") == "a=ED=A0=80"


@pytest.mark.parametrize(("early", "late"), [(-1.0, 1.0), (1.0, 1e12), (1.0, 1e308), (0.0, float("inf"))])
def test_the_times_that_sort_newest_first_may_be_any(early: float, late: float):
    assert keys.inverted(late) < keys.inverted(early)
    assert len(keys.inverted(late)) == len(keys.inverted(early)) == 17
