"""What does the ledger need from a store? Small rows of text under a two-part key, each with an etag.

Both stores (SQLite, Azure Tables) promise exactly this and no more; the contract suite runs over both.
Keys come from `key()`, so that they sort alike everywhere and hold nothing that Azure Tables forbids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from shared.errors import Refused, Unreadable

FORMAT: Final = "1"
"""The version that every row carries in `v`. Raise it when an older reader would misread a row."""

Key = tuple[str, str]
"""Partition and row, both made by `key()`."""

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:@")
# Azure Tables: 64 KiB per text property and 1 MiB per entity, both counted in UTF-16
# (learn.microsoft.com, "Understanding the Table service data model"). A character is at most 4 bytes there.
_PIECE: Final = 15_000
_MOST: Final = 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it was read.

    Attributes:
        values: column name to text.
        etag: changes with every write; opaque.
    """

    partition: str
    row: str
    values: Mapping[str, str]
    etag: str


class Rows(Protocol):
    """A store of rows. Every method raises `StoreDown` when the store does not take or give what was asked."""

    async def get(self, partition: str, row: str) -> Row | None: ...

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """All of these that exist, read together where the store can."""
        ...

    async def query(
        self, partition: str, *, after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[Row]:
        """Rows of one partition in the order of their keys, both bounds left out themselves."""
        ...

    async def insert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        """Write a row that must not exist yet; returns its etag.

        Raises:
            Stale: there is one.
        """
        ...

    async def upsert(self, partition: str, row: str, values: Mapping[str, str]) -> str:
        """Write a row whatever was there, all columns; returns its etag."""
        ...

    async def replace(self, partition: str, row: str, values: Mapping[str, str], *, etag: str) -> str:
        """Write a row that must still have this etag; returns its new one.

        Raises:
            Stale: it has another one, or is gone.
        """
        ...

    async def delete(self, partition: str, row: str, *, etag: str | None = None) -> None:
        """Remove a row; one that is gone already is fine.

        Raises:
            Stale: with `etag`, when the row has another one.
        """
        ...

    async def close(self) -> None: ...


def key(*parts: str) -> str:
    """Parts joined by `|`, with every character but ASCII letters, digits and `-._:@` as `=XX` of its UTF-8 bytes.

    Azure Tables forbids `/ \\ # ?` and control characters in keys, and stores sort other text differently.
    """
    return "|".join("".join(c if c in _PLAIN else _escaped(c) for c in part) for part in parts)


def _escaped(character: str) -> str:
    return "".join(f"={byte:02X}" for byte in character.encode(errors="surrogatepass"))


def pack(text: str) -> dict[str, str]:
    """The columns that hold a text: `body`, or above 30 KB numbered pieces with the length and hash of the whole.

    Large values stay in their row: it is written and read as one, under one etag, and needs no second store, no
    second permission and no cleaning up of blobs whose row was never written. The longest message that a Standard
    Service Bus takes (256 KB) fits three times over.

    Raises:
        Refused: it is longer than a row can hold (450,000 characters).
    """
    if len(text) <= _PIECE:
        return {"v": FORMAT, "body": text}
    if len(text.encode("utf-16-le")) > _MOST:
        raise Refused(f"a value of {len(text)} characters is too long for a row of the ledger", "rowTooLong")
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return {
        "v": FORMAT,
        "length": str(len(text)),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        **{f"body{number:02}": piece for number, piece in enumerate(pieces)},
    }


def unpack(row: Row) -> str:
    """The text that `pack` put into the columns of a row.

    Raises:
        Unreadable: another format version, or the text is not what was written.
    """
    values = row.values
    if values.get("v") != FORMAT:
        version = values.get("v")
        raise Unreadable(f"ledger row {row.partition} {row.row} has format version {version!r}", "version")
    if "body" in values:
        return values["body"]
    text = "".join(values[name] for name in sorted(values) if name.startswith("body"))
    whole = values.get("length") == str(len(text))
    if not whole or values.get("sha256") != hashlib.sha256(text.encode()).hexdigest():
        raise Unreadable(f"ledger row {row.partition} {row.row} is damaged: its text is not what was written", "hash")
    return text
