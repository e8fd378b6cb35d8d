"""HTTP: Microsoft Graph's handshake, change notifications and lifecycle notifications. Anonymous by need."""

from __future__ import annotations

import azure.functions as func

from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("graph_notifications")
@blueprint.route(route="graph/notifications", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def graph_notifications(req: func.HttpRequest) -> func.HttpResponse:
    from shared.webhook import greet, receive

    app = get_app()
    reply = greet(req.params.get("validationToken"))
    if reply is None:
        reply = await receive(req.get_body(), door=app.door, bell=app.bell, now=app.now, new_id=app.new_id)
    return func.HttpResponse(
        reply.text,
        status_code=reply.status,
        mimetype="text/plain",
        headers={"X-Content-Type-Options": "nosniff"},
    )
