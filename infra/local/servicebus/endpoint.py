"""Where do clients connect?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from infra.local.servicebus.connection import Connection

if TYPE_CHECKING:
    from infra.local.servicebus.queues import Namespace


class Endpoint:
    """The listening socket and the connections behind it."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, port: int, host: str) -> int:
        """Serve; the port, which is chosen by the machine when `port` is 0."""
        self._server = await asyncio.get_running_loop().create_server(self._connect, host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            connection.abort()

    def watch_idleness(self) -> None:
        for connection in list(self._connections):
            connection.watch_idleness()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.drop_connections()
            await self._server.wait_closed()

    def _connect(self) -> Connection:
        connection = Connection(self._namespace, self._connections.discard)
        self._connections.add(connection)
        return connection
