"""Where does a Tables server come from? Azurite, from npm, for the ledger's contract suite."""

from __future__ import annotations

from infra.local.azurite.installation import NotInstalled, entry_point, install
from infra.local.azurite.server import TableServer, table_server

__all__ = ["table_server", "TableServer", "install", "entry_point", "NotInstalled"]
