"""What do a tenant and an organisation side by side look like to a test? Both simulators on sockets, with clients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from infra.local.entra.app import build as build_entra
from infra.local.entra.provisioning_job import GALLERY_SCHEMA
from infra.local.entra.tenant import Tenant
from infra.local.entra.tokens import GRAPH
from infra.local.genesys import CLIENT_ID, CLIENT_SECRET, Cloud, serving
from infra.local.genesys import build as build_genesys
from infra.local.genesys.population import genesys_id
from infra.local.simulation.clock import Clock

AGENTS = 20
CONTACT_CENTRE = Path(__file__).with_name("schemas") / "contact_centre.json"
SCHEMAS = {"gallery": GALLERY_SCHEMA, "contact_centre": CONTACT_CENTRE}
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
ACCEPTED = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worlds:
    """`graph` and `genesys` are clients that may do everything; their base URLs are Graph's root and the API's."""

    graph: httpx.AsyncClient
    genesys: httpx.AsyncClient
    graph_url: str
    genesys_url: str
    tenant: Tenant
    cloud: Cloud

    async def install(self, schema: dict[str, Any]) -> None:
        """Make this the schema that the tenant's job has."""
        self.tenant.synchronization.job.replace(schema)

    async def account(self, number: int) -> dict[str, Any]:
        """The SCIM document of agent `number`'s account."""
        answer = await self.genesys.get(f"/api/v2/scim/v2/users/{genesys_id('user', number)}")
        answer.raise_for_status()
        return dict(answer.json())

    async def named(self, user_name: str) -> dict[str, Any] | None:
        """The SCIM document of the account with this userName; None when there is none."""
        params = {"filter": f'userName eq "{user_name}"'}
        answer = await self.genesys.get("/api/v2/scim/v2/users", params=params)
        answer.raise_for_status()
        return next(iter(answer.json()["Resources"]), None)

    async def in_entra(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One administrator's call to Graph."""
        answer = await self.graph.request(method, path, json=body)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    async def in_genesys(self, number: int, *operations: dict[str, Any]) -> None:
        """Somebody edits agent `number`'s account in Genesys."""
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
        answer = await self.genesys.patch(f"/api/v2/scim/v2/users/{genesys_id('user', number)}", json=body)
        answer.raise_for_status()

    def written(self, since: int) -> list[str]:
        """Method and path of every successful write to Genesys' API after journal number `since`."""
        return [
            f"{entry['method']} {entry['path']}"
            for entry in self.cloud.control.journal.since(since)
            if entry["method"] in WRITES and str(entry["path"]).startswith("/api/") and entry["status"] in ACCEPTED
        ]

    def versions(self) -> dict[str, int]:
        """The version of every account and group in Genesys; it grows with every change."""
        accounts, groups = self.cloud.org.accounts, self.cloud.org.groups
        return {one.id: one.version for one in accounts.values()} | {one.id: one.version for one in groups.values()}

    @property
    def now(self) -> int:
        """The number of the newest entry of Genesys' journal."""
        entries = self.cloud.control.journal.since(0)
        return int(str(entries[-1]["number"])) if entries else 0


def read(name: str) -> dict[str, Any]:
    """One of `SCHEMAS` as a document."""
    document: dict[str, Any] = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    return document


@asynccontextmanager
async def side_by_side(*, agents: int = AGENTS) -> AsyncIterator[Worlds]:
    """Both simulators with the same people, and no rate limit in the way."""
    clock = Clock()
    app, tenant = build_entra(clock, agents=agents, switches={"resource_units": 0})
    cloud = build_genesys(agents=agents, clock=clock)
    cloud.control.switches["rate_allowed"] = 1_000_000
    bearer = {"Authorization": f"Bearer {tenant.tokens.issue(tenant.admin, GRAPH, 3600).value}"}
    async with (
        _served(app) as graph_url,
        serving(cloud) as genesys_url,
        httpx.AsyncClient(base_url=f"{graph_url}/v1.0", headers=bearer, verify=False, trust_env=False) as graph,
        httpx.AsyncClient(base_url=genesys_url, verify=False, trust_env=False) as genesys,
    ):
        form = {"grant_type": "client_credentials"}
        token = (await genesys.post("/oauth/token", auth=(CLIENT_ID, CLIENT_SECRET), data=form)).json()
        genesys.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield Worlds(
            graph=graph, genesys=genesys, graph_url=graph_url, genesys_url=genesys_url, tenant=tenant, cloud=cloud
        )


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
