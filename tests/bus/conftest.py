"""A broker behind a wire that can go silent, senders that use it, and an app whose bus it is."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from infra.local.servicebus.queues import Namespace, QueueConfig
from infra.local.simulation.clock import Clock
from shared.runtime.bell import CHANGES, DOORBELL, REVOCATIONS, Senders, ServiceBusBell, connect

QUEUES = {DOORBELL: QueueConfig(), REVOCATIONS: QueueConfig(), CHANGES: QueueConfig(session=True)}


@dataclass
class Wire:
    """Forwards TCP to a port. While it is silent, connections are taken and nothing comes back, old ones for ever."""

    port: int = 0
    target: int = 0
    silent: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        open_ones = [writer]
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if self.silent:
                await self._swallow(reader)
            else:
                there, back = await asyncio.open_connection("127.0.0.1", self.target)
                open_ones.append(back)
                await asyncio.gather(self._pipe(reader, back), self._pipe(there, writer))
        for each in open_ones:
            each.close()
            with contextlib.suppress(OSError):
                await each.wait_closed()

    async def _pipe(self, source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if self.silent:
                await self._swallow(source)
                await asyncio.Event().wait()
            drain.write(data)
        drain.close()

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        while await reader.read(65536):
            pass


@dataclass
class Bus:
    """The broker with its wire, and what a test sends to it with."""

    namespace: Namespace
    wire: Wire

    @property
    def connection_string(self) -> str:
        return (
            f"Endpoint=sb://localhost:{self.wire.port};SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
            "UseDevelopmentEmulator=true;"
        )

    def bodies(self, queue: str) -> list[bytes]:
        return [stored.message.body() for stored in self.namespace.entity(queue).peek(1000)]

    def kinds(self, queue: str) -> list[str]:
        """The types of the messages in a queue, in their order; `?` for what is no message of ours."""
        found = (re.search(rb'"type":\s*"(\w+)"', body) for body in self.bodies(queue))
        return [match[1].decode() if match else "?" for match in found]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    server.close()
    for task in wire.tasks:
        task.cancel()
    await asyncio.gather(*wire.tasks, return_exceptions=True)


@pytest.fixture
async def bus(wire: Wire) -> AsyncIterator[Bus]:
    namespace = Namespace(Clock(), QUEUES)
    wire.target = await namespace.listen()
    bus = Bus(namespace=namespace, wire=wire)
    yield bus
    await namespace.close()


@pytest.fixture
async def senders(bus: Bus) -> AsyncIterator[Senders]:
    senders = Senders(connect(bus.connection_string, "", None))
    yield senders
    await senders.close()


@pytest.fixture
def bell(senders: Senders) -> Callable[..., ServiceBusBell]:
    """Makes bells that share one set of senders."""

    def make(*, timeout_s: float = 10.0, patience_s: float = 0.0) -> ServiceBusBell:
        return ServiceBusBell(
            senders, lanes=4, new_id=lambda: uuid.uuid4().hex, timeout_s=timeout_s, patience_s=patience_s
        )

    return make
