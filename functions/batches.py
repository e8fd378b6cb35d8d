"""What becomes of a batch from `doorbell`? No letter in it waits for, or fails with, another one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.letters import open_letter
from shared import telemetry
from shared.keep_watch import keep_watch
from shared.model import Lifecycle, Look, Ring
from shared.triage import triage

if TYPE_CHECKING:
    import azure.functions as func

    from shared.wiring import App

WATCH_S = 60.0
# The host gives an instance one batch at a time: whoever is rung next must not wait for the end of a watch.
watches: set[asyncio.Task[None]] = set()


async def sort_batch(messages: Sequence[func.ServiceBusMessage], app: App) -> None:
    """Triage whoever is rung, then run the watch where Graph asks for it.

    Raises:
        StoreDown: a letter could neither be read nor put aside, or the bus does not take who was rung; everything
            that can be done is done before, and the broker delivers the batch again.
    """
    kinds = (Ring, Look, Lifecycle)
    opening = [open_letter(message, "doorbell", app, kinds) for message in messages]
    opened = await asyncio.gather(*opening, return_exceptions=True)
    await triage([letter for letter in opened if isinstance(letter, Ring | Look)], app.room)
    notes = [letter for letter in opened if isinstance(letter, Lifecycle)]
    if notes:
        watch = asyncio.create_task(_watch_now(app, notes), name="watch")
        watches.add(watch)
        watch.add_done_callback(watches.discard)
    for letter in opened:
        if isinstance(letter, BaseException):
            raise letter


async def _watch_now(app: App, notes: Sequence[Lifecycle]) -> None:
    """The timer comes again in minutes, so a run that fails costs nobody his batch."""
    try:
        async with asyncio.timeout(WATCH_S):
            await keep_watch(app, notes)
    except Exception as error:  # noqa: BLE001 - whatever it is, the rings of this batch are out already
        telemetry.alarm("watch_failing", resource="-", why=type(error).__name__)
