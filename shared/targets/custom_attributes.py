"""What do an account's custom attributes hold, and how are they changed? Genesys' own API beside SCIM (§3.5).

Keys are never built from a title: they are checked against the schema, which is read once and kept for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from shared.errors import Ambiguous, NotThere, Refused, Stale
from shared.model import Value
from shared.rules.attributes.table import custom_key, target_for
from shared.rules.attributes.values import same
from shared.targets.client import Request
from shared.targets.custom_schema import DataSchema, Schema, value_of
from shared.targets.platform_api import Send

LIFETIME_S = 600.0
_SCHEMAS = "/api/v2/users/customattributes/schemas"
_RECORDS = "/api/v2/users/{id}/customattributes"


class _Schemas(msgspec.Struct):
    entities: list[DataSchema] = []


class _Record(msgspec.Struct):
    attributes: dict[str, Any] = {}


class CustomAttributes:
    """The custom attributes of one organisation.

    Args:
        lifetime_s: how long the schemas count.
        now: monotonic seconds.
    """

    def __init__(self, *, lifetime_s: float = LIFETIME_S, now: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s = lifetime_s
        self._now = now
        self._schemas: tuple[Schema, ...] = ()
        self._read_until = float("-inf")

    async def schema(self, send: Send, name: str) -> Schema:
        """The schema with this name.

        Raises:
            NotThere: there is none; the sentence lists those that there are.
            Ambiguous: there are several.
        """
        if self._now() >= self._read_until:
            answer = await send(Request(method="GET", route=_SCHEMAS, idempotent=True))
            self._schemas = tuple(each.parsed() for each in answer.read(_Schemas).entities)
            self._read_until = self._now() + self._lifetime_s
        match [each for each in self._schemas if each.name == name]:
            case [one]:
                return one
            case []:
                known = ", ".join(sorted(f'"{each.name}"' for each in self._schemas)) or "none at all"
                raise NotThere(
                    f'Genesys has no custom attribute schema "{name}"; its schemas are: {known}.', "invalidPath"
                )
            case several:
                raise Ambiguous(f'Genesys has {len(several)} custom attribute schemas named "{name}".', "ambiguousName")

    async def read(self, send: Send, account_id: str, schema: str) -> Mapping[str, Value]:
        """Key to value of one account's record; empty when there is no record, account or schema.

        A schema that is gone is no reason to leave everything else of the account alone: a write to it says so.
        """
        try:
            known = await self.schema(send, schema)
            answer = await send(_record(account_id, known))
        except (NotThere, Ambiguous):
            return {}
        return {key: value_of(found) for key, found in answer.read(_Record).attributes.items()}

    async def amend(
        self, send: Send, account_id: str, schema: str, attributes: Mapping[str, Value]
    ) -> Mapping[str, Value]:
        """Write those keys whose values differ, and leave the others alone; None takes a value away.

        Returns:
            The record as Genesys answered it, or as it was when nothing differed.

        Raises:
            Refused: no such schema or key, no value of its type, or Genesys says no. Nothing was written.
        """
        try:
            return await self._amend(send, account_id, schema, attributes)
        except Stale:
            self._read_until = float("-inf")  # the schema has a new version
            return await self._amend(send, account_id, schema, attributes)

    async def problems(self, send: Send, paths: Iterable[str]) -> tuple[str, ...]:
        """A sentence for each `custom:<schema name>:<key>` that Genesys does not have; other paths are left out.

        Raises:
            Transient: Genesys can't be asked now.
        """
        found: dict[str, None] = {}
        for schema, key in filter(None, map(custom_key, sorted(paths))):
            try:
                (await self.schema(send, schema)).key(key)
            except Refused as error:
                found[str(error)] = None
        return tuple(found)

    async def _amend(
        self, send: Send, account_id: str, schema: str, attributes: Mapping[str, Value]
    ) -> Mapping[str, Value]:
        known = await self.schema(send, schema)
        wire = {key: known.wire(key, value) for key, value in attributes.items()}
        held = await self.read(send, account_id, schema)
        different = {
            key: value
            for key, value in wire.items()
            if not same(target_for(f"custom:{schema}:{key}"), value_of(value), held.get(key), case_exact=True)
        }
        if not different:
            return held
        body = {"schemaId": known.id, "schemaVersion": known.version, "attributes": different}
        answer = await send(Request(method="PATCH", route=_RECORDS, ids={"id": account_id}, body=body, idempotent=True))
        return {key: value_of(found) for key, found in answer.read(_Record).attributes.items()}


def _record(account_id: str, schema: Schema) -> Request:
    ids = {"id": account_id, "schema": schema.id}
    return Request(method="GET", route=f"{_RECORDS}/{{schema}}", ids=ids, idempotent=True)
