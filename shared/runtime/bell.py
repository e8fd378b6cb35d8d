"""How do ids get onto the bus, fast and for sure? The `Bell` on azure-servicebus, with one sender for each queue."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.errors import StoreDown
from shared.messages import Message, encode
from shared.model import Instant, Lifecycle, Look, Order, Ring
from shared.rules.lanes import lane
from shared.runtime.sending import QueueSender, TooLarge

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient

DOORBELL, REVOCATIONS, CHANGES = "doorbell", "revocations", "changes"
PATIENCE_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0)


class Senders:
    """The senders of every queue, one set for each process."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._by_queue = {name: QueueSender(client, name) for name in (DOORBELL, REVOCATIONS, CHANGES)}

    def warm_up(self) -> None:
        """Start opening every sender; must run on the loop that will ring."""
        for sender in self._by_queue.values():
            sender.start()

    def of(self, queue: str) -> QueueSender:
        sender = self._by_queue[queue]
        sender.start()
        return sender

    async def close(self) -> None:
        for sender in self._by_queue.values():
            await sender.close()
        await self._client.close()


class ServiceBusBell:
    """The `Bell` on Azure Service Bus.

    Args:
        timeout_s: how long one try may take.
        patience_s: for how long it tries again before it raises `StoreDown`: 0 where somebody waits for the answer
            and will ring again by himself (the webhook), minutes where nobody else would.
    """

    def __init__(
        self, senders: Senders, *, lanes: int, new_id: Callable[[], str], timeout_s: float, patience_s: float = 0.0
    ) -> None:
        self._senders = senders
        self._lanes = lanes
        self._new_id = new_id
        self._timeout_s = timeout_s
        self._patience_s = patience_s

    async def ring(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        await self._send(DOORBELL, [self._message(ring, at) for ring in rings])

    async def lifecycle(self, notes: Sequence[Lifecycle]) -> None:
        await self._send(DOORBELL, [self._message(note, None) for note in notes])

    async def look(self, look: Look, *, at: Instant) -> None:
        await self._send(DOORBELL, [self._message(look, at)])

    async def change(self, rings: Sequence[Ring], *, at: Instant | None = None) -> None:
        await self._send(CHANGES, [self._message(ring, at, session=lane(ring.id, self._lanes)) for ring in rings])

    async def order(self, orders: Sequence[Order], *, at: Instant | None = None) -> None:
        await self._send(REVOCATIONS, [self._message(order, at) for order in orders])

    async def resend(self, queue: str, body: bytes, *, at: Instant, session: str | None = None) -> None:
        """The same bytes again, not before `at`: for a message that nobody can read or park now. No part of `Bell`.

        Raises:
            StoreDown: the bus does not take it either.
        """
        await self._send(queue, [self._letter(body, at, session)])

    async def _send(self, queue: str, messages: list[ServiceBusMessage]) -> None:
        if not messages:
            return
        deadline = asyncio.get_running_loop().time() + self._patience_s
        for wait in itertools.chain(PATIENCE_WAITS_S, itertools.repeat(PATIENCE_WAITS_S[-1])):
            try:
                await self._send_once(queue, messages)
            except TooLarge:
                raise
            except StoreDown:
                if asyncio.get_running_loop().time() + wait > deadline:
                    raise
                await asyncio.sleep(wait)
            else:
                return

    async def _send_once(self, queue: str, messages: list[ServiceBusMessage]) -> None:
        try:
            await asyncio.wait_for(self._senders.of(queue).send(messages), self._timeout_s)
        except TimeoutError:
            raise StoreDown(f"The bus did not accept {len(messages)} messages for {queue} in time.") from None

    def _message(self, message: Message, at: Instant | None, session: str | None = None) -> ServiceBusMessage:
        return self._letter(encode(message), at, session)

    def _letter(self, body: bytes, at: Instant | None, session: str | None) -> ServiceBusMessage:
        from azure.servicebus import ServiceBusMessage

        return ServiceBusMessage(
            body,
            # Random ids: with duplicate detection a broker would drop a ring that arrives after an earlier one of
            # the same person was read, and that one can be the disable.
            message_id=self._new_id(),
            session_id=session,
            content_type="application/json",
            scheduled_enqueue_time_utc=None if at is None else _moment(at),
        )


def _moment(at: Instant) -> datetime | None:
    """As the SDK takes it; a time that no calendar has is now: too early is harmless, never is not."""
    try:
        return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None


def connect(connection_string: str, namespace: str, credential: AsyncTokenCredential | None) -> ServiceBusClient:
    """A client by connection string, or by namespace and credential; retries are few and quick.

    The SDK's default backs off for seconds, longer than the webhook may take.
    """
    from azure.servicebus.aio import ServiceBusClient

    if connection_string:
        return ServiceBusClient.from_connection_string(
            connection_string, retry_total=2, retry_mode="fixed", retry_backoff_factor=0.05
        )
    assert credential is not None
    return ServiceBusClient(namespace, credential, retry_total=2, retry_mode="fixed", retry_backoff_factor=0.05)
