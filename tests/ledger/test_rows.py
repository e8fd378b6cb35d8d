"""What both stores promise about rows."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Refused, Stale, Unreadable
from shared.runtime.rows import Row, key, pack, unpack
from tests.ledger.conftest import Pair


async def test_a_row_comes_back_as_it_was_written(pair: Pair) -> None:
    etag = await pair.here.rows.insert("p", "r", {"v": "1", "body": "ä\n\x01 🙂", "empty": ""})

    row = Row(partition="p", row="r", values={"v": "1", "body": "ä\n\x01 🙂", "empty": ""}, etag=etag)
    assert row == await pair.there.rows.get("p", "r")


async def test_a_missing_row_is_none(pair: Pair) -> None:
    assert await pair.here.rows.get("p", "r") is None


async def test_inserting_a_row_twice_is_stale(pair: Pair) -> None:
    await pair.here.rows.insert("p", "r", {"n": "1"})

    with pytest.raises(Stale):
        await pair.there.rows.insert("p", "r", {"n": "2"})

    row = await pair.here.rows.get("p", "r")
    assert row is not None
    assert row.values == {"n": "1"}


async def test_an_upsert_leaves_no_column_of_the_former_row(pair: Pair) -> None:
    await pair.here.rows.upsert("p", "r", {"a": "1", "b": "1"})
    await pair.there.rows.upsert("p", "r", {"a": "2"})

    row = await pair.here.rows.get("p", "r")
    assert row is not None
    assert row.values == {"a": "2"}


async def test_a_row_is_replaced_only_while_its_etag_holds(pair: Pair) -> None:
    first = await pair.here.rows.insert("p", "r", {"a": "1", "b": "1"})
    second = await pair.there.rows.replace("p", "r", {"a": "2"}, etag=first)

    with pytest.raises(Stale):
        await pair.here.rows.replace("p", "r", {"a": "3"}, etag=first)

    assert await pair.here.rows.get("p", "r") == Row(partition="p", row="r", values={"a": "2"}, etag=second)


async def test_a_row_that_is_gone_cannot_be_replaced(pair: Pair) -> None:
    etag = await pair.here.rows.insert("p", "r", {})
    await pair.there.rows.delete("p", "r")

    with pytest.raises(Stale):
        await pair.here.rows.replace("p", "r", {}, etag=etag)


async def test_a_row_that_was_deleted_and_written_again_has_another_etag(pair: Pair) -> None:
    etag = await pair.here.rows.insert("p", "r", {"n": "1"})
    await pair.there.rows.delete("p", "r", etag=etag)
    await pair.there.rows.insert("p", "r", {"n": "1"})

    with pytest.raises(Stale):
        await pair.here.rows.delete("p", "r", etag=etag)


async def test_deleting_what_is_gone_is_fine(pair: Pair) -> None:
    etag = await pair.here.rows.insert("p", "r", {})

    for _ in range(2):
        await pair.here.rows.delete("p", "r", etag=etag)
        await pair.here.rows.delete("p", "r")

    assert await pair.there.rows.get("p", "r") is None


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, ["0001", "0002", "0003", "a", "b"]),
        ({"limit": 2}, ["0001", "0002"]),
        ({"limit": 0}, []),
        ({"after": "0002"}, ["0003", "a", "b"]),
        ({"after": "00025"}, ["0003", "a", "b"]),
        ({"before": "a"}, ["0001", "0002", "0003"]),
        ({"after": "0001", "before": "b", "limit": 2}, ["0002", "0003"]),
        ({"after": "b"}, []),
    ],
)
async def test_a_query_gives_one_partition_in_the_order_of_its_keys(pair: Pair, bounds, expected) -> None:
    for row in ("b", "0003", "0001", "a", "0002"):
        await pair.here.rows.insert("p", row, {"n": row})
    await pair.here.rows.insert("p2", "0001", {})

    rows = await pair.there.rows.query("p", **bounds)

    assert [row.row for row in rows] == expected
    assert [row.values["n"] for row in rows] == expected


async def test_many_rows_are_read_together_and_missing_ones_left_out(pair: Pair) -> None:
    wanted = [(f"p{number % 3}", f"{number:03}") for number in range(45)]
    await asyncio.gather(*(pair.here.rows.upsert(*at, {"n": at[1]}) for at in wanted))

    found = await pair.there.rows.get_many([*wanted, wanted[0], ("p0", "none")])

    assert {at: row.values["n"] for at, row in found.items()} == {at: at[1] for at in wanted}
    assert await pair.there.rows.get_many([]) == {}


@pytest.mark.parametrize("text", ["x" * 450_000, "ä🙂 " * 30_000], ids=["the longest", "outside ASCII"])
async def test_a_long_text_fits_a_row(pair: Pair, text: str) -> None:
    await pair.here.rows.insert("p", "r", pack(text))

    row = await pair.there.rows.get("p", "r")
    assert row is not None
    assert unpack(row) == text


def test_a_text_that_no_row_can_hold_is_refused() -> None:
    with pytest.raises(Refused, match="too long"):
        pack("x" * 450_001)


@pytest.mark.parametrize(
    "damage",
    [{"body01": "y" * 5_000}, {"body01": ""}, {"length": "1"}, {"sha256": ""}, {"v": "2"}],
    ids=str,
)
def test_a_damaged_or_newer_row_is_unreadable(damage) -> None:
    values = pack("x" * 20_000) | damage

    with pytest.raises(Unreadable, match="row p r"):
        unpack(Row(partition="p", row="r", values=values, etag=""))


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_different_parts_make_different_keys_of_allowed_characters(some: list[str], others: list[str]) -> None:
    assert (key(*some) == key(*others)) == (some == others)
    assert key(*some).isascii()
    assert not set(key(*some)) & set("/\\#?%'\x7f\t\n\r")
