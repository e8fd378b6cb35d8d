"""Bus `changes`: everybody but leavers, one at a time in each lane."""

from __future__ import annotations

import azure.functions as func

from functions.letters import open_letter
from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("provisioning")
@blueprint.service_bus_queue_trigger(
    arg_name="message",
    queue_name="changes",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.ONE,
    is_sessions_enabled=True,
)
async def provisioning(message: func.ServiceBusMessage) -> None:
    from shared.converge import converge
    from shared.model import Ring

    app = get_app()
    app.warm_up()
    ring = await open_letter(message, "changes", app, (Ring,))
    if ring is not None:
        await converge(ring, app.room)
