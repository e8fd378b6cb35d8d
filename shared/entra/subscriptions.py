"""How do we ask Graph for its subscriptions? The watch's `Subscriptions`, on Graph.

Graph only lists those of the app that asks (microsoft-graph.md §1.4).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from kiota_abstractions.method import Method

from shared.entra.client import GraphClient, JsonObject
from shared.errors import NotThere, Refused, Stale, Unreachable
from shared.model import Instant
from shared.watching import DUPLICATE, GraphSubscription

HANDSHAKES_S = 30.0  # Graph calls back twice, up to 10 s each, before it answers a creation (§2.1)


class GraphSubscriptions:
    """Errors: as `GraphClient.send`; a handshake that failed is `Refused` with the code `ValidationError`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def list(self) -> tuple[GraphSubscription, ...]:
        """All pages."""
        page = await self._client.send(self._client.urls.subscriptions())
        found = [*_entries(page)]
        followed: set[str] = set()
        while isinstance(link := page.get("@odata.nextLink"), str):
            if link in followed:
                raise Unreachable("Graph's pages of subscriptions lead in a circle.")
            followed.add(link)
            page = await self._client.follow(link)
            found.extend(_entries(page))
        return tuple(_subscription(entry) for entry in found)

    async def get(self, subscription_id: str) -> GraphSubscription | None:
        try:
            return _subscription(await self._client.send(self._client.urls.subscription(subscription_id)))
        except NotThere:
            return None

    async def create(
        self, *, resource: str, change_types: Collection[str], notification_url: str, client_state: str,
        expires_at: Instant,
    ) -> GraphSubscription:  # fmt: skip
        """Lifecycle notifications go to the same URL; they can't be added later (§1.4).

        Duplicates are documented as refused and in practice often accepted (§1.4).
        """
        request = self._client.urls.subscriptions(Method.POST)
        body = {
            "resource": resource,
            "changeType": ",".join(sorted(change_types, reverse=True)),
            "notificationUrl": notification_url,
            "lifecycleNotificationUrl": notification_url,
            "clientState": client_state,
            "expirationDateTime": _moment(expires_at),
        }
        try:
            return _subscription(await self._client.send(request, body, timeout=HANDSHAKES_S))
        except Stale as error:
            raise Refused(f"There is a graph subscription on {resource} already.", DUPLICATE) from error

    async def renew(self, subscription_id: str, expires_at: Instant) -> GraphSubscription:
        """With the handshake again, as a community report has it (§1.4): hence the longer wait."""
        request = self._client.urls.subscription(subscription_id, Method.PATCH)
        body = {"expirationDateTime": _moment(expires_at)}
        return _subscription(await self._client.send(request, body, timeout=HANDSHAKES_S))

    async def delete(self, subscription_id: str) -> None:
        request = self._client.urls.subscription(subscription_id, Method.DELETE)
        try:
            await self._client.send(request)
        except NotThere:
            return


def _entries(page: JsonObject) -> list[JsonObject]:
    entries = page.get("value")
    if not isinstance(entries, list):
        raise Unreachable("Graph answered a list of subscriptions without a list.")
    return [entry for entry in entries if isinstance(entry, dict)]


def _subscription(entry: JsonObject) -> GraphSubscription:
    try:
        client_state = entry.get("clientState")
        return GraphSubscription(
            id=str(entry["id"]),
            resource=str(entry["resource"]),
            change_types=frozenset(part.strip().lower() for part in str(entry["changeType"]).split(",")),
            notification_url=str(entry["notificationUrl"]),
            expires_at=datetime.fromisoformat(entry["expirationDateTime"]).timestamp(),
            client_state=None if client_state is None else str(client_state),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unreachable("Graph answered a subscription that lacks what every one has.") from error


def _moment(instant: Instant) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")
