"""HTTP: is this process alive? Also what the platform calls before the first request (warm-up)."""

from __future__ import annotations

import azure.functions as func

from shared.wiring import get_app

blueprint = func.Blueprint()


@blueprint.function_name("live")
@blueprint.route(route="health/live", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def live(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    # Whoever asks whether we live is about to send us work: the senders' half second of opening starts now.
    get_app().senders.warm_up()
    return func.HttpResponse("alive", mimetype="text/plain")
