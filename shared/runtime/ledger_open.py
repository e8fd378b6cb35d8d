"""Which ledger does a setting name? A SQLite file, or Azure Tables by address or connection string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Misconfigured
from shared.runtime.ledger import RowLedger

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


def open_ledger(
    location: str, *, credential: AsyncTokenCredential | None = None, timeout: float = 5.0, table: str = "ledger"
) -> RowLedger:
    """Open the ledger; nothing is read or created before its first use.

    Args:
        location: `sqlite:<path>`, `sqlite::memory:`, `https://<account>.table.core.windows.net`, or a storage
            connection string.
        credential: for an `https` address; closed by whoever made it.
        timeout: seconds for one operation.
        table: name of the table in Azure; letters and digits.

    Raises:
        Misconfigured: it is none of these, or an address came without a credential.
    """
    if location.startswith("sqlite:"):
        from shared.runtime.rows_sqlite import SqliteRows

        return RowLedger(SqliteRows(location.removeprefix("sqlite:"), timeout=timeout))
    if location.startswith("https://") and credential is None:
        raise Misconfigured(("the ledger's address needs a credential (managed identity)",))
    from shared.runtime.rows_tables import TableRows

    try:
        if location.startswith("https://") and credential is not None:
            return RowLedger(TableRows.at(location, credential, table=table, timeout=timeout))
        if location.startswith("UseDevelopmentStorage=") or "AccountName=" in location or "TableEndpoint=" in location:
            return RowLedger(TableRows.connected(location, table=table, timeout=timeout))
    except ValueError:  # its text may quote the string, and with it the key
        raise Misconfigured(("the ledger's address, connection string or table name is malformed",)) from None
    raise Misconfigured(("the ledger is none of sqlite:<path>, https://<account>.table..., a connection string",))
