"""Does Genesys let us in, and with which permissions, as far as reading shows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shared.cli.findings import Finding, ok, warn
from shared.cli.permissions import genesys_unseen
from shared.errors import NotThere
from shared.model import Urgency

if TYPE_CHECKING:
    from shared.targets.answers import Answer
    from shared.wiring import App

CROWDED = 0.6  # of the allowance; above it follow-ups and looks wait (design §8)


class _OAuthClient(msgspec.Struct):
    id: str = ""


class _Me(msgspec.Struct):
    """`GET /api/v2/tokens/me`, whose names are not read: they are an organization's and a person's."""

    client: _OAuthClient = msgspec.field(name="OAuthClient", default_factory=_OAuthClient)


class _Supported(msgspec.Struct):
    supported: bool = False


class _ServiceProviderConfig(msgspec.Struct):
    patch: _Supported = msgspec.field(default_factory=_Supported)
    etag: _Supported = msgspec.field(default_factory=_Supported)


async def token(app: App) -> Finding:
    await app.genesys.warm()
    return ok("Genesys token", f"The OAuth client {app.settings.genesys_client_id} gets an access token.")


async def client(app: App) -> Finding:
    """Whether the API of this region knows the token that the login host of this region gave."""
    me = (await _get(app, "/api/v2/tokens/me")).read(_Me)
    asked = app.settings.genesys_client_id
    if me.client.id and me.client.id != asked:
        return warn("Genesys client", f"The access token belongs to the client {me.client.id}, not to {asked}.")
    return ok("Genesys client", f"The API accepts the access token of {asked}.")


async def scim(app: App) -> Finding:
    check, path = "Genesys SCIM", app.settings.genesys_scim_path
    try:
        config = (await _get(app, f"{path}/serviceproviderconfig")).read(_ServiceProviderConfig)
    except NotThere:
        return warn(check, f"There is no service provider configuration below {path}: check GENESYS_SCIM_PATH.")
    if not config.patch.supported:
        return warn(check, "SCIM answers, but does not say that it supports PATCH.")
    versions = "and versions" if config.etag.supported else "but does not say that it supports versions"
    return ok(check, f"SCIM supports PATCH {versions}.")


async def permissions(app: App) -> Finding:
    """`directory:user:view` by asking for one id, and the presence definitions where they are needed."""
    from shared.targets.client import Request

    seen = ["directory:user:view"]
    query = {"pageSize": 1, "query": [{"fields": ["state"], "values": ["active"], "type": "EXACT"}]}
    search = Request(method="POST", route="/api/v2/users/search", body=query, idempotent=True)
    await app.genesys.send(search, Urgency.PERSON)
    if app.settings.revoke_presence:
        await _get(app, "/api/v2/presence/definitions")
        seen.append("presence:presenceDefinition:view")
    unseen = ", ".join(genesys_unseen(app.settings))
    return ok("Genesys permissions", f"Seen: {', '.join(seen)}. Only a write would show these, so compare: {unseen}.")


async def rate_limit(app: App) -> Finding:
    from shared.runtime.allowance import Reading

    check = "Genesys rate limit"
    reading = Reading.parse((await _get(app, "/api/v2/tokens/me")).headers)
    if reading is None:
        return warn(check, "The answers carry no rate headers: 300 requests a minute are assumed.")
    said = f"{reading.count} of {reading.allowed} requests are used, for another {reading.reset_s:.0f} s"
    if reading.count > CROWDED * reading.allowed:
        return warn(check, f"{said}: somebody else uses this OAuth client too, or there is much to do.")
    return ok(check, f"{said}.")


async def _get(app: App, route: str) -> Answer:
    from shared.targets.client import Request

    return await app.genesys.send(Request(method="GET", route=route, idempotent=True), Urgency.PERSON)
