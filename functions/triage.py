"""Bus `doorbell`: who was rung, in batches; each goes on to `revocations` or `changes`."""

from __future__ import annotations

from typing import List  # noqa: UP035 - the runtime's indexer refuses `list[...]` (feasibility.md §1)

import azure.functions as func

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
    from functions.batches import sort_batch

    app = get_app()
    app.warm_up()
    await sort_batch(messages, app)
