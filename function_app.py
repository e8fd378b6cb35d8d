"""Azure's way in: one FunctionApp that knows every blueprint. What each does is in `functions/` and `shared/`."""

from __future__ import annotations

import azure.functions as func

from functions import health, notifications, provisioning, revocation, schedules, triage
from shared.wiring import get_app

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for room in (notifications, triage, revocation, provisioning, schedules, health):
    app.register_functions(room.blueprint)

get_app()  # refuses to start with a sentence for each setting that is missing or malformed
