"""On which stores does the ledger have to keep its word? In memory; a file and an Azure table shared by two."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.azurite import NotInstalled, TableServer, table_server
from shared.runtime.ledger import RowLedger
from shared.runtime.ledger_open import open_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same ledger twice, as two workers have it open. In memory it can only be one."""

    here: RowLedger
    there: RowLedger


@pytest.fixture(scope="session")
def azurite() -> Iterator[TableServer]:
    """One server for the session; a machine without Node or Azurite skips, the CI must have it."""
    try:
        with table_server() as server:
            yield server
    except NotInstalled as error:
        if os.environ.get("CI"):
            pytest.fail(f"the ledger's contract has to run on Azure Tables in CI: {error}")
        pytest.skip(f"the ledger's contract is not checked on Azure Tables: {error}")


@pytest.fixture(params=["sqlite file", "azure tables"])
def shared_location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that several processes can open."""
    if request.param == "sqlite file":
        return f"sqlite:{tmp_path / 'new' / 'ledger.db'}"
    server: TableServer = request.getfixturevalue("azurite")
    return server.connection_string


@pytest.fixture
def table() -> str:
    return f"t{uuid.uuid4().hex}"


@pytest.fixture(params=["sqlite memory", "sqlite file", "azure tables"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path, table: str) -> AsyncIterator[Pair]:
    if request.param == "sqlite memory":
        here = there = open_ledger("sqlite::memory:")
    else:
        if request.param == "sqlite file":
            location = f"sqlite:{tmp_path / 'ledger.db'}"
        else:
            location = request.getfixturevalue("azurite").connection_string
        here, there = (open_ledger(location, table=table, timeout=20) for _ in range(2))
    yield Pair(here=here, there=there)
    await here.close()
    await there.close()
