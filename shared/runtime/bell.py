"""How do ids get onto the bus, fast and for sure? azure-servicebus senders behind one sending task per queue.

Facts that shape this file (feasibility.md §2): an aio sender hangs when coroutines share it, so one task sends and
everybody else waits for it; opening a sender costs half a second, so they are opened at warm-up; the broker drops a
link after ten idle minutes and the next send then takes seconds, so an idle sender is replaced before that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.errors import StoreDown
from shared.messages import Message, encode
from shared.model import Instant, Lifecycle, Look, Order, Ring
from shared.rules.lanes import lane

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

log = logging.getLogger(__name__)

DOORBELL, REVOCATIONS, CHANGES = "doorbell", "revocations", "changes"
IDLE_RENEWAL_S = 300.0
SEND_TIMEOUT_S = 20.0
PATIENCE_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class _Letter:
    message: ServiceBusMessage
    sent: asyncio.Future[None] = field(repr=False)


class QueueSender:
    """The only sender of one queue in this process. Start it with `open`, from the loop that will use it."""

    def __init__(self, client: ServiceBusClient, queue: str) -> None:
        self._client = client
        self.queue = queue
        self._letters: asyncio.Queue[_Letter] = asyncio.Queue()
        self._sender: ServiceBusSender | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"bell {self.queue}")

    async def send(self, messages: Sequence[ServiceBusMessage]) -> None:
        """Returns when the broker has accepted every message.

        Raises:
            StoreDown: the broker refused, or the connection is gone.
        """
        loop = asyncio.get_running_loop()
        letters = [_Letter(message, loop.create_future()) for message in messages]
        for letter in letters:
            self._letters.put_nowait(letter)
        await asyncio.gather(*(letter.sent for letter in letters))

    async def _run(self) -> None:
        await self._renew()
        while True:
            try:
                first = await asyncio.wait_for(self._letters.get(), IDLE_RENEWAL_S)
            except TimeoutError:
                await self._renew()
                continue
            letters = [first]
            while not self._letters.empty():
                letters.append(self._letters.get_nowait())
            # A caller that gave up has told its own caller so, who rings again: sending now would only double it.
            await self._send([letter for letter in letters if not letter.sent.done()])

    async def _send(self, letters: list[_Letter]) -> None:
        """Send all of them, in as many batches as their size needs; on failure every caller still waiting learns it."""
        while letters:
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    sent = await self._send_batch(letters)
            except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the callers must learn of it
                log.warning(
                    "The bus did not take %d messages for %s: %s", len(letters), self.queue, type(error).__name__
                )
                await self._discard()
                _settle(letters, StoreDown(f"The bus did not accept a message for {self.queue}."))
                return
            _settle(letters[:sent], None)
            letters = letters[sent:]

    async def _send_batch(self, letters: list[_Letter]) -> int:
        """Send as many as fit into one batch (256 KB on the Standard tier); returns how many that were."""
        from azure.servicebus.exceptions import MessageSizeExceededError

        sender = await self._open()
        batch = await sender.create_message_batch()
        taken = 0
        for letter in letters:
            try:
                batch.add_message(letter.message)
            except MessageSizeExceededError:
                if not taken:
                    raise
                break
            taken += 1
        await sender.send_messages(batch)
        return taken

    async def _open(self) -> ServiceBusSender:
        if self._sender is None:
            sender = self._client.get_queue_sender(self.queue)
            try:
                await sender.create_message_batch()  # opens the link: the public way to do it before the first send
            except BaseException:
                with contextlib.suppress(Exception):
                    await sender.close()
                raise
            self._sender = sender
        return self._sender

    async def _renew(self) -> None:
        await self._discard()
        with contextlib.suppress(Exception):  # the next send tries again and tells its caller
            await self._open()

    async def _discard(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            with contextlib.suppress(Exception):
                await sender.close()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._discard()


def _settle(letters: list[_Letter], error: StoreDown | None) -> None:
    for letter in letters:
        if letter.sent.done():
            continue
        if error is None:
            letter.sent.set_result(None)
        else:
            letter.sent.set_exception(error)


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

    async def _send(self, queue: str, messages: list[ServiceBusMessage]) -> None:
        if not messages:
            return
        deadline = asyncio.get_running_loop().time() + self._patience_s
        for wait in itertools.chain(PATIENCE_WAITS_S, itertools.repeat(PATIENCE_WAITS_S[-1])):
            try:
                await self._send_once(queue, messages)
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
        from azure.servicebus import ServiceBusMessage

        return ServiceBusMessage(
            encode(message),
            # Random ids: with duplicate detection a broker would drop a ring that arrives after an earlier one of
            # the same person was read, and that one can be the disable.
            message_id=self._new_id(),
            session_id=session,
            content_type="application/json",
            scheduled_enqueue_time_utc=None if at is None else datetime.fromtimestamp(at, UTC).replace(tzinfo=None),
        )


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
