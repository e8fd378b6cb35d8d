"""What does a notification look like? Bodies of change and lifecycle notifications.

Learn: graph/api/resources/changenotification; the shape of `resourceData` is what tenants have captured: capitals in
`Users/` and `#Microsoft.Graph.User`, `members@delta` without member types, and `@removed` as a **string**.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator

from infra.local.entra.calls import Document
from infra.local.entra.directory import Change
from infra.local.entra.moments import with_offset, zulu
from infra.local.entra.subscriptions import GraphSubscription
from infra.local.entra.tokens import TENANT_ID

EPOCH_TICKS = 621_355_968_000_000_000  # of .NET at 1970: sequence numbers look like ticks
_numbers = itertools.count()


def of_change(
    subscription: GraphSubscription, change: Change, at: float, *, extras: bool, split: int
) -> list[Document]:
    """The notifications that tell one subscription about one write.

    `extras` adds the fields that only some captures have; at most `split` members travel in one notification.
    """
    if subscription.watch.part == "members":
        ids = [*change.joined, *change.left]
        return [_body(subscription, change, f"Groups/{change.id}/members/{one}", one, at, extras=extras) for one in ids]
    name = "Users" if change.kind == "user" else "Groups"
    resource = f"{name}/{change.id}"
    if change.event != "members":
        return [_body(subscription, change, resource, change.id, at, extras=extras)]
    bodies = []
    for members in _parts(change, split):
        body = _body(subscription, change, resource, change.id, at, extras=extras)
        body["resourceData"]["members@delta"] = members
        bodies.append(body)
    return bodies


def of_lifecycle(subscription: GraphSubscription, event: str) -> Document:
    """`reauthorizationRequired`, `missed` or `subscriptionRemoved`: no `changeType`, no `resourceData`."""
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": with_offset(subscription.expires_at),
        "tenantId": TENANT_ID,
        "clientState": subscription.client_state,
        "lifecycleEvent": event,
    }


def _body(
    subscription: GraphSubscription, change: Change, resource: str, object_id: str, at: float, *, extras: bool
) -> Document:
    kind = "User" if change.kind == "user" or subscription.watch.part else "Group"
    data: Document = {
        "@odata.type": f"#Microsoft.Graph.{kind}",
        "@odata.id": resource,
        "id": object_id,
        "organizationId": TENANT_ID,
    }
    body: Document = {
        "subscriptionId": subscription.id,
        "clientState": subscription.client_state,
        "changeType": change.change_type,
        "resource": resource,
        "subscriptionExpirationDateTime": with_offset(subscription.expires_at),
        "tenantId": TENANT_ID,
        "resourceData": data,
    }
    if extras:
        data["eventTime"] = zulu(at)
        data["sequenceNumber"] = EPOCH_TICKS + int(at * 10_000_000) + next(_numbers)
        body["id"] = str(uuid.uuid4())
    return body


def _parts(change: Change, split: int) -> Iterator[list[Document]]:
    entries: list[Document] = [{"id": one} for one in change.joined]
    entries += [{"id": one, "@removed": "deleted"} for one in change.left]
    for start in range(0, len(entries), split):
        yield entries[start : start + split]
