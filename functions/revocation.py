"""Bus `revocations`: leavers, one message each, many at once."""

from __future__ import annotations

import azure.functions as func

from functions.letters import open_letter
from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("revocation")
@blueprint.service_bus_queue_trigger(
    arg_name="message", queue_name="revocations", connection="ServiceBusConnection", cardinality=func.Cardinality.ONE
)
async def revocation(message: func.ServiceBusMessage) -> None:
    from shared.aftercare import aftercare
    from shared.model import Order, Stage
    from shared.revoke import revoke

    app = get_app()
    app.warm_up()
    order = await open_letter(message, "revocations", app, (Order,))
    if order is None:
        return
    carry_out = revoke if order.stage is Stage.FIRST else aftercare
    await carry_out(order, app.room, redelivered=(message.delivery_count or 1) > 1)
