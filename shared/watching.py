"""What is a graph subscription, what should ours be, and what did a run of the watch do? The nouns of `watch.py`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Protocol

from shared.model import Instant

MEMORY_VERSION = 1
CHANGE_TYPES = frozenset({"updated", "deleted"})  # create, disable, soft delete all arrive as `updated` (§0 fact 3)
DUPLICATE = "duplicate"  # the code of a refusal because there is one already
LONGEST_MINUTES = 41_760 - 5  # Graph's maximum (§1.4), less a difference between its clock and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSubscription:
    """One as Graph shows it; `client_state` is None where Graph hides it, which is nearly always."""

    id: str
    resource: str
    change_types: frozenset[str]
    notification_url: str
    expires_at: Instant
    client_state: str | None = None


class Subscriptions(Protocol):
    """Graph's side of it. Every method may raise the errors of `shared/errors.py`."""

    async def list(self) -> tuple[GraphSubscription, ...]:
        """Those of this app, as far as Graph lists them."""
        ...

    async def get(self, subscription_id: str) -> GraphSubscription | None:
        """None when there is none with that id."""
        ...

    async def create(
        self, *, resource: str, change_types: Collection[str], notification_url: str, client_state: str,
        expires_at: Instant,
    ) -> GraphSubscription:  # fmt: skip
        """Graph calls the URL back before it answers; lifecycle notifications go there as well.

        Raises:
            Refused: with the code `duplicate` when there is one for that resource already.
        """
        ...

    async def renew(self, subscription_id: str, expires_at: Instant) -> GraphSubscription:
        """Renews and reauthorizes.

        Raises:
            NotThere: it ended meanwhile.
        """
        ...

    async def delete(self, subscription_id: str) -> None:
        """Without a complaint when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """What the graph subscriptions should be. `minutes` is their life: 45 at least, 41,760 at most (§1.4)."""

    notification_url: str
    client_state: str
    minutes: int
    resources: tuple[str, ...] = ("users", "groups")

    @property
    def life(self) -> float:
        """Seconds."""
        return min(self.minutes, LONGEST_MINUTES) * 60.0

    @property
    def client_state_hash(self) -> str:
        return hashlib.sha256(self.client_state.encode()).hexdigest()[:16]


class Done(StrEnum):
    """How a run left one resource."""

    KEPT = "kept"
    ADOPTED = "adopted"
    CREATED = "created"
    RENEWED = "renewed"
    MOVED = "moved"
    LEFT_TO_ANOTHER = "left_to_another"  # another instance is creating it now
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReport:
    """What one run did for one resource.

    Attributes:
        expires_at: of the graph subscription that is live now; None when none is known to be.
        removed: how many others were deleted.
        problem: a plain sentence when something did not work.
    """

    resource: str
    done: Done
    subscription_id: str | None = None
    expires_at: Instant | None = None
    removed: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What one run did.

    Attributes:
        missed: Graph says that notifications were lost: sweep now.
    """

    resources: tuple[ResourceReport, ...]
    missed: bool = False

    @property
    def is_watching(self) -> bool:
        """Whether each resource has a live graph subscription, as far as this run knows."""
        return all(report.expires_at is not None for report in self.resources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the ledger remembers of one resource, as JSON under `subscription|<resource>`.

    Attributes:
        id: of the graph subscription that is ours; empty when there is none yet.
        client_state_hash: of the secret that it was created with.
        claimed_until: until then `claimed_by` creates one, and the others wait.
        leaving: ids that are to be removed, also when their URL is no longer ours.
    """

    id: str = ""
    client_state_hash: str = ""
    notification_url: str = ""
    expires_at: Instant = 0.0
    claimed_until: Instant = 0.0
    claimed_by: str = ""
    leaving: tuple[str, ...] = ()

    def dumps(self) -> str:
        return json.dumps({"v": MEMORY_VERSION, **asdict(self)})

    @classmethod
    def loads(cls, text: str | None) -> Memory:
        """An unreadable memory, or one of another version, is none: the watch finds its way without."""
        try:
            document = json.loads(text or "")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(document, dict) or document.get("v") != MEMORY_VERSION:
            return cls()
        known: dict[str, Any] = {field.name: document.get(field.name) for field in fields(cls)}
        leaving = known.pop("leaving")
        is_sound = isinstance(leaving, list) and all(
            isinstance(value, int | float) if name in ("expires_at", "claimed_until") else isinstance(value, str)
            for name, value in known.items()
        )
        return cls(**known, leaving=tuple(map(str, leaving))) if is_sound else cls()
