"""When does Graph ask for a graph subscription to be authorized again?

First some time before the access token behind it ends, or the subscription itself, then every 15 minutes until
somebody answers with PATCH or `/reauthorize`. For users and groups this is the only lifecycle event that comes by
itself; `missed` and `subscriptionRemoved` come when a test sends them.
Learn: graph/change-notifications-lifecycle-events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.entra.deliveries import Deliveries
from infra.local.entra.subscriptions import GraphSubscription, Subscriptions
from infra.local.simulation.clock import Alarm, Clock

EVENTS = ("reauthorizationRequired", "missed", "subscriptionRemoved")


class Lifecycle:
    def __init__(
        self, clock: Clock, switches: Mapping[str, Any], subscriptions: Subscriptions, deliveries: Deliveries
    ) -> None:
        self._clock = clock
        self._switches = switches
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._alarms: dict[str, Alarm] = {}
        subscriptions.on_authorized.append(self._arm)

    def send(self, target: str, event: str) -> list[str]:
        """Send `event` for one subscription (`*`: for all); gives the ids that had a URL for it.

        Raises:
            ValueError: there is no such event.
        """
        if event not in EVENTS:
            raise ValueError(f"event is one of {', '.join(EVENTS)}")
        chosen = [one for one in self._subscriptions.live() if target in ("*", one.id)]
        sent = [one.id for one in chosen if self._deliveries.tell(one, event)]
        if event == "subscriptionRemoved":
            for one in chosen:
                self._subscriptions.remove(one.id)
        return sent

    def _arm(self, subscription: GraphSubscription) -> None:
        now = self._clock.now()
        left = min(subscription.authorized_until, subscription.expires_at) - now
        lead = min(float(self._switches["reauthorization_lead_s"]), left / 2)
        self._remind(subscription.id, left - lead)

    def _remind(self, subscription_id: str, delay: float) -> None:
        if subscription_id in self._alarms:
            self._alarms.pop(subscription_id).cancel()
        self._alarms[subscription_id] = self._clock.call_later(delay, lambda: self._due(subscription_id))

    def _due(self, subscription_id: str) -> None:
        subscription = self._subscriptions.find(subscription_id)
        if subscription is None:
            self._alarms.pop(subscription_id, None)
            return
        if self._switches["reauthorization"]:
            self._deliveries.tell(subscription, "reauthorizationRequired")
        self._remind(subscription_id, float(self._switches["reauthorization_every_s"]))
