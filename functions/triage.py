"""Bus `doorbell`: who was rung, in batches; each goes on to `revocations` or `changes`."""

from __future__ import annotations

from typing import List  # noqa: UP035 - the runtime's indexer refuses `list[...]` (feasibility.md §1)

import azure.functions as func

from functions.letters import open_letter
from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("triage")
@blueprint.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="doorbell",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
)
async def triage(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - see above
    from shared import triage as verb
    from shared.keep_watch import keep_watch
    from shared.model import Lifecycle, Look, Ring

    app = get_app()
    app.warm_up()
    opened = [await open_letter(message, "doorbell", app, (Ring, Look, Lifecycle)) for message in messages]
    notes = [letter for letter in opened if isinstance(letter, Lifecycle)]
    if notes:
        await keep_watch(app, notes)
    await verb.triage([letter for letter in opened if isinstance(letter, Ring | Look)], app.room)
