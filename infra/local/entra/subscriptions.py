"""Which graph subscriptions are there, and how do they come, live and end? `/subscriptions`.

Learn: graph/api/resources/subscription, graph/api/subscription-post-subscriptions. Nothing tells that a subscription
has expired: it falls silent, and its id answers 404.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Document, GraphError, Route, route
from infra.local.entra.courier import Courier
from infra.local.entra.moments import zulu
from infra.local.entra.queries import context, page
from infra.local.entra.subscription_rules import (
    check_change_type,
    check_client_state,
    check_url,
    expiry,
    text_of,
)
from infra.local.entra.watches import Watch, parse_watch
from infra.local.simulation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSubscription:
    """`expires_at` and `authorized_until` are simulated seconds; after the latter its deliveries are held."""

    id: str
    app_id: str
    creator_id: str
    resource: str
    watch: Watch
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    tls: str
    expires_at: float
    authorized_until: float

    def wants(self, change_type: str) -> bool:
        return change_type in {one.strip().lower() for one in self.change_type.split(",")}


class Subscriptions:
    """`on_authorized` is called with every subscription whose access token begins anew."""

    def __init__(self, clock: Clock, switches: Mapping[str, Any], courier: Callable[[], Courier]) -> None:
        self._clock = clock
        self._switches = switches
        self._courier = courier
        self._held: dict[str, GraphSubscription] = {}
        self.on_authorized: list[Callable[[GraphSubscription], None]] = []

    def routes(self) -> list[Route]:
        one = "/subscriptions/{id}"
        return [
            route("POST", "/subscriptions", self.create),
            route("GET", "/subscriptions", self.listing),
            route("GET", one, self.get),
            route("PATCH", one, self.renew),
            route("DELETE", one, self.delete),
            route("POST", f"{one}/reauthorize", self.reauthorize),
        ]

    def live(self) -> Iterator[GraphSubscription]:
        now = self._clock.now()
        return (one for one in list(self._held.values()) if one.expires_at > now)

    def find(self, subscription_id: str) -> GraphSubscription | None:
        """The live subscription with this id."""
        found = self._held.get(subscription_id)
        return found if found is not None and found.expires_at > self._clock.now() else None

    def remove(self, subscription_id: str) -> None:
        """End a subscription without a word, as the service may."""
        self._held.pop(subscription_id, None)

    async def create(self, call: Call) -> Answer:
        body = call.document()
        for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
            text_of(body, name)
        now = self._clock.now()
        watch = parse_watch(body["resource"])
        self._check_role(call, watch)
        check_change_type(body["changeType"], accept_created=self._switches["created_change_type"] == "accept")
        check_client_state(body, int(self._switches["client_state_max"]))
        lifecycle_url = body.get("lifecycleNotificationUrl")
        for url in (body["notificationUrl"], *([lifecycle_url] if lifecycle_url else [])):
            check_url(url, http_loopback=bool(self._switches["http_notification_urls"]))
        expires_at = expiry(body["expirationDateTime"], now, self._switches)
        mine = [one for one in self.live() if one.app_id == call.principal.client_id]
        if len(mine) >= int(self._switches["subscriptions_per_app"]):
            reason = "Operation: Create; Exception: [Status Code: Forbidden; Reason: ]"
            raise GraphError(403, "ExtensionError", reason)
        self._check_duplicate(body, mine)
        await self._shake_hands(body["notificationUrl"])
        if lifecycle_url:
            await self._shake_hands(lifecycle_url)
        subscription = GraphSubscription(
            id=str(uuid.uuid4()),
            app_id=call.principal.client_id,
            creator_id=call.principal.object_id,
            resource=body["resource"],
            watch=watch,
            change_type=body["changeType"],
            notification_url=body["notificationUrl"],
            lifecycle_url=lifecycle_url,
            client_state=body.get("clientState"),
            tls=body.get("latestSupportedTlsVersion") or "v1_2",
            expires_at=expires_at,
            authorized_until=0.0,
        )
        subscription = self._authorize(subscription)
        call.note["subscription"] = subscription.id
        return Answer(status=201, body=self._shown(call, subscription) | {"clientState": subscription.client_state})

    async def listing(self, call: Call) -> Answer:
        held = self._held.values() if self._switches["list_shows_expired"] else self.live()
        mine = {one.id: one for one in held if one.app_id == call.principal.client_id}
        if self._switches["list_hides_newest"] and mine:
            mine.popitem()
        shown, annotations = page(call, mine, size=int(self._switches["subscriptions_page"]))
        value = [_document(mine[one]) | self._client_state(mine[one]) for one in shown]
        return Answer(body=context(call, "subscriptions", None) | annotations | {"value": value})

    async def get(self, call: Call) -> Answer:
        subscription = self._mine(call)
        return Answer(body=self._shown(call, subscription))

    async def renew(self, call: Call) -> Answer:
        subscription = self._mine(call)
        body = call.document()
        for name in set(body) - {"expirationDateTime", "notificationUrl"}:
            if not name.startswith("@") and body[name] is not None:
                raise GraphError(400, "InvalidRequest", f"Property '{name}' cannot be updated.")
        expires_at = subscription.expires_at
        if "expirationDateTime" in body:
            expires_at = expiry(text_of(body, "expirationDateTime"), self._clock.now(), self._switches)
        url = body.get("notificationUrl") or subscription.notification_url
        if url != subscription.notification_url or self._switches["handshake_on_renewal"]:
            check_url(url, http_loopback=bool(self._switches["http_notification_urls"]))
            await self._shake_hands(url)
        renewed = self._authorize(replace(subscription, expires_at=expires_at, notification_url=url))
        return Answer(body=self._shown(call, renewed))

    async def reauthorize(self, call: Call) -> Answer:
        self._authorize(self._mine(call))
        return Answer(status=204)

    async def delete(self, call: Call) -> Answer:
        self.remove(self._mine(call).id)
        return Answer(status=204)

    def _authorize(self, subscription: GraphSubscription) -> GraphSubscription:
        until = self._clock.now() + float(self._switches["subscription_token_s"])
        authorized = replace(subscription, authorized_until=until)
        self._held[authorized.id] = authorized
        for hear in self.on_authorized:
            hear(authorized)
        return authorized

    def _mine(self, call: Call) -> GraphSubscription:
        subscription = self.find(call.args["id"].lower())
        if subscription is None or subscription.app_id != call.principal.client_id:
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        call.note["subscription"] = subscription.id
        return subscription

    def _check_role(self, call: Call, watch: Watch) -> None:
        if watch.kind is None:
            return
        groups = may.GROUPS_READ if self._switches["group_member_role_subscribes"] else may.GROUPS_SUBSCRIBE
        if may.missing(call.principal.roles, may.USERS_READ if watch.kind == "user" else groups):
            raise GraphError(
                403,
                "ExtensionError",
                "Operation: Create; Exception: [Status Code: Forbidden; Reason: Insufficient privileges]",
            )

    def _check_duplicate(self, body: Document, mine: list[GraphSubscription]) -> None:
        if self._switches["duplicate_subscriptions"] != "refuse":
            return
        wanted = (body["resource"].strip("/").lower(), body["changeType"].lower())
        if wanted in {(one.resource.strip("/").lower(), one.change_type.lower()) for one in mine}:
            raise GraphError(409, "ExtensionError", "Operation: Create; Exception: [Status Code: Conflict; Reason: ]")

    async def _shake_hands(self, url: str) -> None:
        await self._courier().shake_hands(url, float(self._switches["handshake_timeout_s"]))

    def _client_state(self, subscription: GraphSubscription) -> Document:
        return {"clientState": subscription.client_state if self._switches["list_shows_client_state"] else None}

    def _shown(self, call: Call, subscription: GraphSubscription) -> Document:
        document = context(call, "subscriptions", None, single=True) | _document(subscription)
        return document | self._client_state(subscription)


def _document(subscription: GraphSubscription) -> Document:
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.app_id,
        "changeType": subscription.change_type,
        "notificationUrl": subscription.notification_url,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": zulu(subscription.expires_at),
        "creatorId": subscription.creator_id,
        "latestSupportedTlsVersion": subscription.tls,
        "includeResourceData": None,
        "notificationQueryOptions": None,
        "notificationUrlAppId": None,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
    }
