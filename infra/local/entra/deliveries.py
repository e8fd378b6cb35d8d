"""Who hears of a write, when, and how often is it tried? From a change in the directory to a POST at the webhook.

    change ──> outbox per URL ──delay──> parcel ──POST──> 2xx: delivered
                                            ^    └─else──> again after base * factor^n, for 4 h, then dropped
                                            └── slow endpoints wait, dropped ones never get it

There is no order and no exactly-once. Learn: graph/change-notifications-delivery-webhooks.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from infra.local.entra.calls import Document
from infra.local.entra.courier import Courier
from infra.local.entra.directory import Change
from infra.local.entra.endpoints import Endpoints
from infra.local.entra.notifications import of_change, of_lifecycle
from infra.local.entra.subscriptions import GraphSubscription, Subscriptions
from infra.local.simulation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One notification on its way. `lifecycle` ones need no authorization, and no subscription any more."""

    subscription_id: str
    object_id: str
    url: str
    body: Document
    born_at: float
    lifecycle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The items of one POST; `attempt` counts from 1, `first_at` is when the first one was due."""

    items: tuple[Item, ...]
    first_at: float
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST, in simulated seconds. `status` 0: no answer, see `reason`."""

    number: int
    at: float
    done: float
    url: str
    subscriptions: list[str]
    objects: list[str]
    events: list[str]
    attempt: int
    status: int
    reason: str


class Deliveries:
    """`announce` is the directory's watcher. `counts`: delivered, retried, dropped, silenced (in notifications)."""

    def __init__(
        self,
        clock: Clock,
        switches: Mapping[str, Any],
        subscriptions: Subscriptions,
        courier: Callable[[], Courier],
        chance: random.Random,
    ) -> None:
        self._clock = clock
        self._switches = switches
        self._subscriptions = subscriptions
        self._courier = courier
        self._random = chance
        self._endpoints = Endpoints(switches)
        self._outboxes: dict[tuple[str, str], list[Item]] = {}
        self._unauthorized: dict[str, list[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(int(switches["posts_in_flight"]))
        self._waiting = 0
        self._closed = False
        self.attempts: deque[Attempt] = deque(maxlen=200_000)
        self._number = 0
        self.counts: Counter[str] = Counter()
        subscriptions.on_authorized.append(self._release)

    def announce(self, change: Change) -> None:
        """Tell every live subscription that watches the changed object."""
        now = self._clock.now()
        delay = float(self._switches["delivery_delay_s"])
        times = int(self._switches["updates_per_creation"]) if change.event == "created" else 1
        for subscription in self._subscriptions.live():
            if not subscription.watch.concerns(change) or not subscription.wants(change.change_type):
                continue
            for turn in range(times):
                bodies = of_change(
                    subscription,
                    change,
                    now,
                    extras=bool(self._switches["optional_fields"]),
                    split=int(self._switches["members_per_notification"]),
                )
                for body in bodies:
                    self._post_later(
                        Item(
                            subscription_id=subscription.id,
                            object_id=change.id,
                            url=subscription.notification_url,
                            body=body,
                            born_at=now,
                        ),
                        turn * delay,
                    )

    def tell(self, subscription: GraphSubscription, event: str) -> bool:
        """Send a lifecycle notification; False when the subscription has no URL for it."""
        if subscription.lifecycle_url is None:
            return False
        self._post_later(
            Item(
                subscription_id=subscription.id,
                object_id="",
                url=subscription.lifecycle_url,
                body=of_lifecycle(subscription, event),
                born_at=self._clock.now(),
                lifecycle=True,
            ),
            0.0,
        )
        return True

    def describe(self, since: int) -> Document:
        """Attempts after number `since`, the counts, and how many notifications are still under way or held."""
        return {
            "attempts": [asdict(one) for one in self.attempts if one.number > since],
            "counts": dict(self.counts),
            "waiting": self._waiting,
            "held": sum(len(items) for items in self._unauthorized.values()),
            "endpoints": self._endpoints.describe(self._clock.now()),
        }

    async def aclose(self) -> None:
        """Stop; what is still under way is lost."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _post_later(self, item: Item, extra_s: float) -> None:
        if self._switches["silence"]:
            self.counts["silenced"] += 1
            return
        copies = 1 + (self._random.random() < float(self._switches["duplicate_rate"]))
        self._waiting += copies
        delay = float(self._switches["delivery_delay_s"])
        late = float(self._switches["delivery_latency_s"]) + extra_s
        for copy in range(copies):
            wait = late + copy * delay
            if wait:
                self._clock.call_later(wait, lambda: self._collect(item))
            else:
                self._collect(item)

    def _collect(self, item: Item) -> None:
        apart = "" if self._switches["mixed_subscriptions"] else item.subscription_id
        key = (item.url, apart)
        box = self._outboxes.setdefault(key, [])
        box.append(item)
        if len(box) == 1:
            self._clock.call_later(float(self._switches["delivery_delay_s"]), lambda: self._flush(key))

    def _flush(self, key: tuple[str, str]) -> None:
        items = self._outboxes.pop(key, [])
        if self._switches["reorder"]:
            self._random.shuffle(items)
        size = int(self._switches["notifications_per_post"])
        now = self._clock.now()
        for start in range(0, len(items), size):
            parcel = Parcel(items=tuple(items[start : start + size]), first_at=now)
            match self._endpoints.state(key[0], now):
                case "drop":
                    self._forget("dropped", len(parcel.items))
                case "slow":
                    self._later(float(self._switches["slow_hold_s"]), parcel)
                case "healthy":
                    self._start(parcel)

    def _later(self, delay: float, parcel: Parcel) -> None:
        self._clock.call_later(delay, lambda: self._start(parcel))

    def _start(self, parcel: Parcel) -> None:
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(parcel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: Parcel) -> None:
        items = self._due(parcel)
        if not items:
            return
        async with self._room:
            at = self._clock.now()
            loop = asyncio.get_running_loop()
            started = loop.time()
            url = items[0].url
            receipt = await self._courier().post(
                url, {"value": [item.body for item in items]}, float(self._switches["delivery_timeout_s"])
            )
            took = loop.time() - started
        now = self._clock.now()
        self._endpoints.answered(url, now, took, timed_out=receipt.reason == "timeout")
        self._number += 1
        self.attempts.append(
            Attempt(
                number=self._number,
                at=at,
                done=now,
                url=url,
                subscriptions=[item.subscription_id for item in items],
                objects=[item.object_id for item in items],
                events=[item.body.get("changeType") or item.body["lifecycleEvent"] for item in items],
                attempt=parcel.attempt,
                status=receipt.status,
                reason=receipt.reason,
            )
        )
        if receipt.accepted:
            self._forget("delivered", len(items))
        else:
            self._again(replace(parcel, items=items))

    def _again(self, parcel: Parcel) -> None:
        """Exponential back-off until four hours after the first try; no answer of the webhook ends it sooner."""
        base, factor = float(self._switches["retry_base_s"]), float(self._switches["retry_factor"])
        delay = base * factor ** min(parcel.attempt - 1, 60)
        if self._clock.now() + delay > parcel.first_at + float(self._switches["retry_for_s"]):
            self._forget("dropped", len(parcel.items))
            return
        self.counts["retried"] += len(parcel.items)
        self._later(delay, replace(parcel, attempt=parcel.attempt + 1))

    def _due(self, parcel: Parcel) -> tuple[Item, ...]:
        """The items to send now: those of ended subscriptions vanish, those without authorization are held."""
        now = self._clock.now()
        due = []
        for item in parcel.items:
            subscription = self._subscriptions.find(item.subscription_id)
            if item.lifecycle:
                due.append(item)
            elif subscription is None:
                self._forget("vanished", 1)
            elif subscription.authorized_until <= now:
                self._waiting -= 1
                self._unauthorized.setdefault(item.subscription_id, []).append(item)
            else:
                due.append(item)
        return tuple(due)

    def _release(self, subscription: GraphSubscription) -> None:
        """Authorized again: what was held for less than four hours is sent, the rest is lost."""
        oldest = self._clock.now() - float(self._switches["retry_for_s"])
        for item in self._unauthorized.pop(subscription.id, []):
            self._waiting += 1
            if item.born_at < oldest:
                self._forget("dropped", 1)
            else:
                self._collect(item)

    def _forget(self, outcome: str, number: int) -> None:
        self.counts[outcome] += number
        self._waiting -= number
