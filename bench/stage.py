"""In which world is measured? The local one with the production `host.json`, and what the benchmarks ask of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from infra.local.director import Director
from infra.local.world import WorldConfig, fresh_folder, running

# The local world looks again after seconds, for people who watch; what is promised is promised for Azure's defaults.
AS_IN_AZURE = {
    "LOOKS_S": "30,300",
    "REVOCATION_LOOKS_S": "30,300,2700",
    "VERIFY_AFTER_S": "10",
    "RETRY_REVOCATION_S": "2,5,10,20,30",
    "RETRY_ROUTINE_S": "30,120,300",
    "RETRY_REFUSED_S": "30,120,600",
}


@asynccontextmanager
async def stage(*, agents: int, workers: int = 1, settings: Mapping[str, str] | None = None) -> AsyncIterator[Director]:
    """A local world of its own, on free ports, gone afterwards."""
    with fresh_folder() as folder:
        config = WorldConfig(
            folder=folder, free_ports=True, agents=agents, workers=workers, settings={**AS_IN_AZURE, **(settings or {})}
        )
        async with running(config) as world, Director(world) as director:
            yield director


def post_of(environment: Mapping[str, str], ids: Iterable[str]) -> bytes:
    """A POST as Graph sends it: one genuine notification for each id."""
    tenant = environment["ENTRA_TENANT_ID"]
    items = [
        {
            "subscriptionId": "5c0a1fd2-0d7e-4e0c-9f7a-3d1c6d1f0a11",
            "clientState": environment["CLIENT_STATE"],
            "changeType": "updated",
            "resource": f"Users/{id_}",
            "subscriptionExpirationDateTime": "2099-03-01T11:00:00+00:00",
            "tenantId": tenant,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.User",
                "@odata.id": f"Users/{id_}",
                "id": id_,
                "organizationId": tenant,
            },
        }
        for id_ in ids
    ]
    return json.dumps({"value": items}).encode()


def nobodies(count: int) -> list[str]:
    """Ids of nobody: they are rung and read, and end there."""
    return [str(uuid.uuid4()) for _ in range(count)]


async def requests_to_graph(director: Director, since: int = 0) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await director.control("graph", "GET", f"/log?since={since}"))["entries"]
    return entries
