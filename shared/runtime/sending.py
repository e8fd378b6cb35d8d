"""Who sends to one queue of the bus? One task with one azure-servicebus sender; everybody else waits for it.

Facts that shape this file (feasibility.md §2): an aio sender hangs when coroutines share it, so one task sends;
opening a sender costs half a second, so they are opened at warm-up; the broker drops a link after ten idle minutes
and the next send then takes seconds, so an idle sender is replaced before that. A broker that takes connections and
then says nothing makes the SDK wait for ever, so every call of it has a deadline here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import StoreDown

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_RENEWAL_S = 300.0
OPEN_TIMEOUT_S = 10.0
SEND_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0


class TooLarge(StoreDown):
    """One message is larger than the bus takes: sending it again is of no use."""


@dataclass(slots=True)
class _Letter:
    message: ServiceBusMessage
    sent: asyncio.Future[None] = field(repr=False)


class QueueSender:
    """The only sender of one queue in this process."""

    def __init__(self, client: ServiceBusClient, queue: str) -> None:
        self._client = client
        self.queue = queue
        self._letters: asyncio.Queue[_Letter] = asyncio.Queue()
        self._sender: ServiceBusSender | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to open and to send, on the loop that calls; a task that has ended is replaced."""
        if self._task is not None and self._task.done():
            log.error("The sender of %s had ended (%s); it starts again.", self.queue, _ending(self._task))
            self._task = None
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"bell {self.queue}")

    async def send(self, messages: Sequence[ServiceBusMessage]) -> None:
        """Returns when the broker has accepted every message.

        Raises:
            TooLarge: one message is; the others are sent.
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
                sent = await self._send_batch(letters)
            except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the callers must learn of it
                log.warning(
                    "The bus did not take %d messages for %s: %s", len(letters), self.queue, type(error).__name__
                )
                _settle(letters, StoreDown(f"The bus did not accept a message for {self.queue}."))
                await self._discard()
                return
            except asyncio.CancelledError:
                _settle(letters, StoreDown(f"The sender of {self.queue} was stopped."))
                raise
            _settle(letters[:sent], None)
            letters = letters[sent:]

    async def _send_batch(self, letters: list[_Letter]) -> int:
        """Send as many as fit into one batch (256 KB on the Standard tier); returns how many that settles."""
        sender = await self._open()
        batch = await _in_time(sender.create_message_batch(), SEND_TIMEOUT_S)
        taken = _filled(batch, letters)
        if taken:
            await _in_time(sender.send_messages(batch), SEND_TIMEOUT_S)
            return taken
        log.error("A message for %s is larger than the bus takes.", self.queue)
        _settle(letters[:1], TooLarge(f"A message for {self.queue} is larger than the bus takes."))
        return 1

    async def _open(self) -> ServiceBusSender:
        if self._sender is None:
            sender = self._client.get_queue_sender(self.queue)
            sockets: list[object] = []
            try:
                # Opens the link: the public way to do it before the first send.
                opening = sender.create_message_batch()
                await _in_time(opening, OPEN_TIMEOUT_S, before=lambda: sockets.append(_socket(sender)))
            except BaseException:
                await _closed(sender, *sockets)
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
            await _closed(sender)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._discard()


def _settle(letters: list[_Letter], error: StoreDown | None) -> None:
    for letter in letters:
        if letter.sent.done():
            continue
        if error is None:
            letter.sent.set_result(None)
        else:
            letter.sent.set_exception(error)


def _filled(batch: ServiceBusMessageBatch, letters: Sequence[_Letter]) -> int:
    """Put in as many as fit, in their order; returns how many."""
    from azure.servicebus.exceptions import MessageSizeExceededError

    for taken, letter in enumerate(letters):
        try:
            batch.add_message(letter.message)
        except MessageSizeExceededError:
            return taken
    return len(letters)


async def _closed(sender: ServiceBusSender, *sockets: object) -> None:
    """Close a sender that is not used any more, whatever state it is in, and these sockets of its."""
    sockets += (_socket(sender),)
    with contextlib.suppress(Exception):
        await _in_time(sender.close(), CLOSE_TIMEOUT_S)
    for socket in sockets:
        with contextlib.suppress(Exception):
            await _in_time(socket.close(), CLOSE_TIMEOUT_S)  # type: ignore[attr-defined]


def _socket(sender: ServiceBusSender) -> object:
    """What the SDK talks through (7.15: its own `close` leaves it open for ever when the broker never answered)."""
    connection = getattr(getattr(sender, "_handler", None), "_connection", None)
    return getattr(connection, "_transport", None)


async def _in_time(call: Coroutine[Any, Any, T], seconds: float, before: Callable[[], object] = lambda: None) -> T:
    """The call's result. In a task of its own: one that cannot be stopped is left behind, and one that the SDK
    cancels from inside looks like any other failure, not like the end of our task.

    Args:
        before: done before the call is stopped.

    Raises:
        StoreDown: it took too long, or ended itself.
    """
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            before()
            task.add_done_callback(_forget)
            task.cancel()
    if not task.done():
        raise StoreDown(f"The bus said nothing for {seconds:g} s.")
    if task.cancelled():
        raise StoreDown("The bus' library gave up.")
    return task.result()


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # nobody else will look at it


def _ending(task: asyncio.Task[None]) -> str:
    error = None if task.cancelled() else task.exception()
    return "cancelled" if error is None else type(error).__name__
