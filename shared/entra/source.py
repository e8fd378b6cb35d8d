"""Who is this id in Entra now? The `Source` of the core, on Graph.

A 404 is looked up among the deleted items; absent there too means purged or not replicated yet (microsoft-graph.md
§0 fact 4), which only the caller can tell apart.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

from shared.entra.batch import Answer, Item, call, chunks, together
from shared.entra.client import GraphClient, JsonObject
from shared.errors import Refused, Unreachable
from shared.model import Identity, Instant, Presence
from shared.ports import ReadFailure

ALWAYS = ("id", "accountEnabled", "userPrincipalName")  # `accountEnabled` only comes when it is selected (§3.2)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class GraphSource:
    """Reads identities in batches of 20, four batches in flight.

    Args:
        properties: Graph property names to read; `onPremisesExtensionAttributes.extensionAttribute1` names a part of
            an object, which Graph only gives as a whole.
        now: our clock, for `read_at`.
    """

    def __init__(self, client: GraphClient, *, properties: Sequence[str], now: Callable[[], Instant]) -> None:
        self._client = client
        self._properties = tuple(dict.fromkeys(properties))
        self._select = tuple(dict.fromkeys((*ALWAYS, *(name.partition(".")[0] for name in self._properties))))
        self._now = now

    async def read(self, ids: Sequence[str]) -> AsyncGenerator[Identity | ReadFailure, None]:
        """As `Source.read`; a malformed id is a `ReadFailure` and costs no call. Never raises an error of our tree."""
        wanted = dict.fromkeys(id_.lower() for id_ in ids)
        sound = [id_ for id_ in wanted if _UUID.fullmatch(id_)]
        for id_ in wanted.keys() - sound:
            yield ReadFailure(id=id_, error=Refused("The id is not an object id of Entra.", "id"))
        async with aclosing(together(self._read(chunk) for chunk in chunks(sound))) as readings:
            async for reading in readings:
                yield reading

    async def is_member(self, group_id: str, identity_id: str) -> bool:
        """As `Source.is_member`.

        Raises:
            NotThere: the identity is deleted or unknown; and as `GraphClient.send`.
        """
        request = self._client.urls.check_member_groups(identity_id.lower())
        document = await self._client.send(request, {"groupIds": [group_id.lower()]}, reads=True)
        found = document.get("value")
        if not isinstance(found, list):
            raise Unreachable("Graph answered checkMemberGroups without a list.")
        return group_id.lower() in (str(id_).lower() for id_ in found)

    async def _read(self, ids: Sequence[str]) -> AsyncGenerator[Identity | ReadFailure, None]:
        missing = []
        async with aclosing(call(self._client, [self._user(id_) for id_ in ids])) as found:
            async for answer in found:
                if answer.is_absent:
                    missing.append(answer.key)
                else:
                    yield self._reading(answer, Presence.PRESENT)
        if missing:
            async with aclosing(call(self._client, [self._deleted(id_) for id_ in missing])) as found:
                async for answer in found:
                    yield self._reading(answer, Presence.SOFT_DELETED)

    def _user(self, id_: str) -> Item:
        urls = self._client.urls
        return Item(key=id_, url=urls.relative(urls.user(id_, select=self._select)))

    def _deleted(self, id_: str) -> Item:
        """Without `$select`: the path answers a directory object, which has none of a user's properties to select."""
        urls = self._client.urls
        return Item(key=id_, url=urls.relative(urls.deleted_item(id_)))

    def _reading(self, answer: Answer, presence: Presence) -> Identity | ReadFailure:
        if answer.is_absent:
            return Identity(id=answer.key, presence=Presence.ABSENT, read_at=self._now())
        if answer.error is not None or answer.body is None:
            return ReadFailure(id=answer.key, error=answer.error or Unreachable("Graph answered nothing."))
        odata_type = answer.body.get("@odata.type")
        if odata_type is not None and str(odata_type).lower() != "#microsoft.graph.user":
            # The deleted items hold groups and applications as well: as a user, this id is nobody.
            return Identity(id=answer.key, presence=Presence.ABSENT, read_at=self._now())
        enabled = answer.body.get("accountEnabled")
        return Identity(
            id=answer.key,
            presence=presence,
            account_enabled=enabled if isinstance(enabled, bool) else None,
            user_principal_name=_text(answer.body.get("userPrincipalName")),
            attributes=_attributes(answer.body, self._properties),
            read_at=self._now(),
        )


def _attributes(body: JsonObject, properties: Sequence[str]) -> Mapping[str, str | None]:
    """The named properties that the answer has; a part of an object that is null is null."""
    found: dict[str, str | None] = {}
    for name in properties:
        head, _, part = name.partition(".")
        if head in body:
            value = body[head]
            found[name] = _text(value.get(part) if part and isinstance(value, dict) else None if part else value)
    return found


def _text(value: object) -> str | None:
    """As Entra's own expressions see it: booleans are `True` and `False`, the first entry stands for a list.

    (entra-mapping.md §10.2: `telephoneNumber` is `businessPhones[0]`.)
    """
    if isinstance(value, list):
        return _text(value[0]) if value else None
    return None if value is None or isinstance(value, dict) else str(value)
