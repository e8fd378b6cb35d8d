"""What did Graph's post tell us? Ids to ring, lifecycle events, and what was dropped and why. Pure, standard library.

The webhook must answer in 3 s after a cold start (microsoft-graph.md §2.2), so nothing heavy is imported here.
A post may mix notifications of several subscriptions and tenants (§1.3): each item is judged alone, and a forged or
broken one never costs a good one.
"""

from __future__ import annotations

import hmac
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from shared.errors import Refused, Unreadable
from shared.model import Claim

BODY_LIMIT = 4 * 1024 * 1024  # bytes; a post of 1,000 notifications is about 600 KB
VALIDATION_TOKEN_LIMIT = 2_048  # characters; the captured ones are below 200

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RESOURCE = re.compile(r"/?(user|group)s/([^/]+)", re.IGNORECASE)

Kind = Literal["user", "group"]
LifecycleEvent = Literal["reauthorizationRequired", "subscriptionRemoved", "missed"]

_LIFECYCLE: Mapping[str, LifecycleEvent] = {
    "reauthorizationrequired": "reauthorizationRequired",
    "subscriptionremoved": "subscriptionRemoved",
    "missed": "missed",
}


class Dropped(StrEnum):
    """Why an item was not kept: the machine-readable reason, the same in logs and metrics."""

    NOT_AN_OBJECT = "not_an_object"
    CLIENT_STATE = "client_state"
    TENANT = "tenant"
    RESOURCE = "resource"
    ID = "id"
    MEMBER = "member"  # one entry of `members@delta`; the notification itself is kept
    LIFECYCLE_EVENT = "lifecycle_event"
    SUBSCRIPTION_ID = "subscription_id"


class Rung(NamedTuple):
    """One object that changed; `claim` is `GONE` when Graph said that it was purged."""

    kind: Kind
    id: str
    claim: Claim | None


class Lifecycle(NamedTuple):
    """What Graph says about one of our graph subscriptions (§2.4)."""

    subscription_id: str
    event: LifecycleEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Who joined and left a group, by `members@delta`: evidence, to be verified by a read.

    Posts have no order, so an id that was added and removed within one post is in both.
    """

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One post, reduced to ids in lower case.

    Attributes:
        rings: each object once, in the order of its first notification.
        members: by group id, only for groups whose notification carried `members@delta`.
        dropped: how many items were dropped, by reason.
    """

    rings: tuple[Rung, ...] = ()
    lifecycle: tuple[Lifecycle, ...] = ()
    members: Mapping[str, Members] = field(default_factory=dict)
    dropped: Mapping[Dropped, int] = field(default_factory=dict)


def parse(body: bytes, *, client_states: Sequence[str], tenant_id: str, limit: int = BODY_LIMIT) -> Parsed:
    """Take a post apart; only items with an accepted `clientState` and no foreign tenant are kept.

    Args:
        client_states: all that are accepted now; two while the secret is being rotated.
        limit: bytes that are read at most.

    Raises:
        Unreadable: the body is no JSON object with a `value` list, or is too long. Answer 202 all the same: Graph
            would post the same body again for 4 h (§2.2), and it would be as unreadable then.
    """
    accepted = tuple(state.encode() for state in client_states if state)
    rings: dict[tuple[Kind, str], Claim | None] = {}
    lifecycle: dict[Lifecycle, None] = {}
    added: dict[str, set[str]] = {}
    removed: dict[str, set[str]] = {}
    dropped: Counter[Dropped] = Counter()
    for item in _items(body, limit):
        kept = _judge(item, accepted, tenant_id.lower())
        if isinstance(kept, Dropped):
            dropped[kept] += 1
        elif isinstance(kept, Lifecycle):
            lifecycle[kept] = None
        else:
            key = (kept.kind, kept.id)
            rings[key] = rings.get(key) or kept.claim
            for member_id, gone in _members(item) if kept.kind == "group" else ():
                if member_id is None:
                    dropped[Dropped.MEMBER] += 1
                else:
                    (removed if gone else added).setdefault(kept.id, set()).add(member_id)
    return Parsed(
        rings=tuple(Rung(kind, id_, claim) for (kind, id_), claim in rings.items()),
        lifecycle=tuple(lifecycle),
        members={
            group_id: Members(
                added=frozenset(added.get(group_id, ())), removed=frozenset(removed.get(group_id, ()))
            )
            for group_id in added.keys() | removed.keys()
        },
        dropped=dict(dropped),
    )  # fmt: skip


def handshake(token: str | None) -> str | None:
    """The text to echo when Graph proves the endpoint (§2.1); None when the request is no handshake.

    Args:
        token: the query parameter `validationToken`, URL-decoded once. Answer 200, `text/plain`, nothing else.

    Raises:
        Refused: no validation token that Graph would send; anybody can call, and we are nobody's echo.
    """
    if token is None:
        return None
    if not token or len(token) > VALIDATION_TOKEN_LIMIT or not token.isprintable():
        raise Refused("The validation token is empty, too long or has control characters.", "validation_token")
    return token


def _items(body: bytes, limit: int) -> list[object]:
    if len(body) > limit:
        raise Unreadable(f"The post has {len(body)} bytes; {limit} are read at most.", "too_large")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The post is not JSON.", "json") from error
    items = document.get("value") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise Unreadable("The post is no JSON object with a list named `value`.", "value")
    return items


def _judge(item: object, accepted: tuple[bytes, ...], tenant_id: str) -> Rung | Lifecycle | Dropped:
    if not isinstance(item, dict):
        return Dropped.NOT_AN_OBJECT
    if not _is_accepted(item.get("clientState"), accepted):
        return Dropped.CLIENT_STATE
    # `clientState` is the proof (§2.3); a tenant that is told must be ours, one that is left out costs no notification.
    tenant = item.get("tenantId")
    if tenant is not None and (not isinstance(tenant, str) or tenant.lower() != tenant_id):
        return Dropped.TENANT
    if item.get("lifecycleEvent") is not None:
        return _lifecycle(item)
    return _change(item)


def _is_accepted(state: object, accepted: tuple[bytes, ...]) -> bool:
    """Compared with every accepted one in constant time, so that the answer's time tells nothing."""
    if not isinstance(state, str):
        return False
    given = state.encode("utf-8", "surrogatepass")
    hits = [hmac.compare_digest(given, known) for known in accepted]
    return any(hits)


def _lifecycle(item: dict[str, object]) -> Lifecycle | Dropped:
    event = item["lifecycleEvent"]
    known = _LIFECYCLE.get(event.lower()) if isinstance(event, str) else None
    if known is None:
        return Dropped.LIFECYCLE_EVENT
    subscription_id = _uuid(item.get("subscriptionId"))
    return Dropped.SUBSCRIPTION_ID if subscription_id is None else Lifecycle(subscription_id, known)


def _change(item: dict[str, object]) -> Rung | Dropped:
    """Whatever the `changeType` says, the object is looked at; only `deleted` (purged, §1.2) is worth a claim."""
    resource = item.get("resource")
    path = _RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
    if path is None:
        return Dropped.RESOURCE
    kind: Kind = "user" if path[1].lower() == "user" else "group"
    data = item.get("resourceData")
    data = data if isinstance(data, dict) else {}
    odata_type = data.get("@odata.type")
    if isinstance(odata_type, str) and odata_type.lower() != f"#microsoft.graph.{kind}":
        return Dropped.RESOURCE
    id_ = _uuid(data.get("id", path[2]))
    if id_ is None:
        return Dropped.ID
    change_type = item.get("changeType")
    gone = isinstance(change_type, str) and change_type.lower() == "deleted"
    return Rung(kind, id_, Claim.GONE if gone else None)


def _members(item: object) -> list[tuple[str | None, bool]]:
    """Entries of `members@delta`: the id (None when it is none) and whether it was removed.

    `@removed` is a string in notifications and an object in delta query (§0 fact 2): both mean removed.
    """
    data = item.get("resourceData") if isinstance(item, dict) else None
    entries = data.get("members@delta") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return []
    return [
        (_uuid(entry.get("id")), entry.get("@removed") is not None) if isinstance(entry, dict) else (None, False)
        for entry in entries
    ]


def _uuid(value: object) -> str | None:
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else None
