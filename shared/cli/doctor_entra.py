"""Does Entra let us in, and does Graph tell us what changes?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.cli.findings import Finding, fail, ok, warn
from shared.cli.permissions import beyond, graph_needs, lacking, roles_of
from shared.errors import NotThere

if TYPE_CHECKING:
    from shared.wiring import App


async def token(app: App) -> Finding:
    await _access_token(app)
    return ok("Graph token", f"The {app.settings.credential} credential gets an access token for Graph.")


async def permissions(app: App) -> Finding:
    """Compares what was granted with what the features that are on need."""
    check = "Graph permissions"
    roles = roles_of(await _access_token(app))
    needs = graph_needs(app.settings, app.watch_config.resources)
    if roles is None:
        return warn(check, "The access token is none that can be looked into; see whether `Graph read` works.")
    if missing := lacking(needs, roles):
        named = ", ".join(f"{need.permission} (for {need.feature})" for need in missing)
        return fail(check, f"Missing application permissions: {named}. Grant them and give admin consent.")
    if excess := ", ".join(beyond(roles)):
        return warn(check, f"More than is needed is granted: this app never writes there, so {excess} can go.")
    return ok(check, f"Nothing is missing: {', '.join(need.permission for need in needs)}.")


async def read(app: App) -> Finding:
    page = await app.graph.follow(f"{app.settings.graph_url}/users?$top=1&$select=id")
    if page.get("value"):
        return ok("Graph read", "Graph lists people.")
    return warn("Graph read", "Graph answers, but shows no people at all: is ENTRA_TENANT_ID the right tenant?")


async def pilot_group(app: App) -> Finding:
    check, group_id = "pilot group", app.settings.pilot_group
    if not group_id:
        return ok(check, "PILOT_GROUP is not set: nobody is treated differently from MODE.")
    try:
        await app.graph.follow(f"{app.settings.graph_url}/groups/{group_id}?$select=id")
    except NotThere:
        return fail(check, f"Entra has no group {group_id}: nobody would be enforced. Correct PILOT_GROUP.")
    return ok(check, f"The group {group_id} exists.")


def watching(resource: str) -> Callable[[App], Awaitable[Finding]]:
    """The check of one resource's graph subscription."""
    check = f"subscription {resource}"

    async def look(app: App) -> Finding:
        if resource not in app.watch_config.resources:
            return ok(check, "It is not watched.")
        listed = [one for one in await app.subscriptions.list() if one.resource.strip("/").lower() == resource]
        # Graph's listing may show dead ones (microsoft-graph.md §1.4), so each is looked at by its id.
        found = [await app.subscriptions.get(one.id) for one in listed]
        live = [one for one in found if one is not None and one.expires_at > app.now()]
        fitting = [one for one in live if one.notification_url == app.settings.notification_url]
        if fitting:
            longest = max(fitting, key=lambda one: one.expires_at)
            left = _span(longest.expires_at - app.now())
            said = f"{longest.id} lives until {_moment(longest.expires_at)} ({left} from now)"
            if len(fitting) > 1:
                return warn(check, f"{said}, and {len(fitting) - 1} more do the same: the timer removes them.")
            return ok(check, f"{said}.")
        if live:
            return warn(check, "It posts to another URL than NOTIFICATION_URL: the timer moves it within 5 minutes.")
        return warn(check, "Not yet created: the timer creates it within 5 minutes.")

    return look


async def _access_token(app: App) -> str:
    """As `AccessTokens.current`."""
    from shared.entra.access import AccessTokens

    return await AccessTokens(app.credential).current()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
