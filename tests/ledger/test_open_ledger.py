"""Which locations name a ledger, and which are refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from azure.identity.aio import ManagedIdentityCredential

from shared.errors import Misconfigured
from shared.runtime.ledger_open import open_ledger
from shared.runtime.rows_sqlite import SqliteRows
from shared.runtime.rows_tables import TableRows

ACCOUNT = "https://example.table.core.windows.net"


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("sqlite:ledger.db", SqliteRows),
        ("sqlite::memory:", SqliteRows),
        ("UseDevelopmentStorage=true", TableRows),
        ("UseDevelopmentStorage=true;", TableRows),
        (f"AccountName=a;AccountKey=a2V5;TableEndpoint={ACCOUNT}", TableRows),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net", TableRows),
        (ACCOUNT, TableRows),
    ],
)
async def test_a_location_opens_its_store(location: str, kind: type) -> None:
    async with ManagedIdentityCredential() as credential:
        ledger = open_ledger(location, credential=credential)

        assert isinstance(ledger.rows, kind)
        await ledger.close()


@pytest.mark.parametrize("location", ["", "ledger.db", "http://example", "x://example", ACCOUNT, "AccountName=a;b"])
def test_any_other_location_is_misconfigured(location: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        open_ledger(location)

    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("module", ["shared.runtime.ledger_open", "shared.runtime.rows_tables"])
def test_nothing_of_azure_is_imported_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in ('azure', 'aiohttp')))"

    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)

    assert done.returncode == 0
