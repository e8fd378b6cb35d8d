"""What is in a message, and what becomes of one that nobody can read? It is parked, never dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from shared import telemetry
from shared.errors import SyncError, Unreadable
from shared.messages import decode
from shared.model import Parked

if TYPE_CHECKING:
    import azure.functions as func

    from shared.messages import Message
    from shared.wiring import App

M = TypeVar("M", bound="Message")

UNPARKED_S = 60.0  # when a message comes again that could neither be read nor parked


async def open_letter(message: func.ServiceBusMessage, queue: str, app: App, kinds: tuple[type[M], ...]) -> M | None:
    """The noun in this message, or None after putting aside what can't be read.

    Where the ledger does not take it, it is sent again alone: the others of its batch must not come again with it.

    Raises:
        StoreDown: neither the ledger nor the bus takes it; the broker delivers it again.
    """
    body = message.get_body()
    try:
        return _read(body, queue, kinds)
    except Unreadable as error:
        telemetry.alarm("message_unreadable", queue=queue, message=message.message_id, why=error.code)
        why = str(error)
    parked = Parked(
        key=f"{queue}.{message.message_id or app.new_id()}",
        queue=queue,
        body=body.decode("utf-8", "replace"),
        why=why,
        parked_at=app.now(),
    )
    try:
        await app.ledger.park(parked)
    except SyncError as error:
        telemetry.alarm("parking_failing", queue=queue, message=message.message_id, why=type(error).__name__)
        await app.bell.resend(queue, body, at=app.now() + app.spread(UNPARKED_S), session=message.session_id)
    return None


def _read(body: bytes, queue: str, kinds: tuple[type[M], ...]) -> M:
    noun = decode(body)
    if not isinstance(noun, kinds):
        raise Unreadable(f"A message of this kind does not belong on {queue}.", "queue")
    return noun
