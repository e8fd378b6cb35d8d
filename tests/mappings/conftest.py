"""A simulated tenant with its provisioning job, a ledger in a file, and mapping stores of several processes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.local.entra.population import application_id
from shared.entra.client import GraphClient
from shared.entra.provisioning_schema import ProvisioningJobs
from shared.mappings import MappingStore
from shared.rules.effective import effective
from shared.runtime.ledger import RowLedger
from shared.runtime.ledger_open import open_ledger
from shared.runtime.provisioning_file import read_file
from tests.entra.conftest import Entra, entra, graph

__all__ = ["Office", "entra", "graph", "office"]

FILE = f'version = 1\n[entra]\nschema = "job"\nservice_principal = "{application_id()}"\n'


@dataclass
class Office:
    """What processes share: the tenant, the ledger's file, the clock. Each process has its own store."""

    entra: Entra
    graph: GraphClient
    folder: Path
    time: float = 1_000_000.0
    ledgers: list[RowLedger] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "ledger.db"

    def store(self, text: str = FILE, **changes: object) -> MappingStore:
        """The store of another process, with this provisioning file."""
        path = self.folder / "provisioning.toml"
        path.write_text(text, encoding="utf-8")
        file = read_file(path)
        jobs = ProvisioningJobs(self.graph, file.service_principal) if file.reads_job else None
        ledger = open_ledger(f"sqlite:{self.database}")
        self.ledgers.append(ledger)
        store = MappingStore(ledger, lambda tenant: effective(file, tenant), jobs, lambda: self.time)
        for name, value in changes.items():
            setattr(store, name, value)
        return store

    def schema_is(self, state: str) -> None:
        self.entra.tenant.control.switches["provisioning_schema"] = state

    async def edit(self, change: Callable[[dict], object]) -> None:
        """An administrator saves another schema."""
        job = self.entra.tenant.synchronization.job
        path = f"/servicePrincipals/{application_id()}/synchronization/jobs/{job.id}/schema"
        document = await self.entra.write("GET", path)
        change(document["synchronizationRules"][0]["objectMappings"][0])
        await self.entra.write("PUT", path, document)

    @contextlib.contextmanager
    def no_ledger(self) -> Iterator[None]:
        """The ledger answers every question with an error."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.execute("ALTER TABLE rows RENAME TO away")
            try:
                yield
            finally:
                connection.execute("ALTER TABLE away RENAME TO rows")


@pytest.fixture
async def office(entra: Entra, graph: GraphClient, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(entra, graph, tmp_path)
    yield office
    for ledger in office.ledgers:
        await ledger.close()
