"""How do these tests talk to the simulator? Ids of the seeded people, PatchOp messages, and the agents' controls."""

from __future__ import annotations

from typing import Any

import httpx

from infra.local.genesys.population import genesys_id

SCIM = "/api/v2/scim/v2"
USERS = f"{SCIM}/users"
GROUPS = f"{SCIM}/groups"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
ADA = genesys_id("user", 1)
GRACE = genesys_id("user", 2)
SUPERVISOR = genesys_id("user", 10)
NOBODY = "00000000-0000-4000-8000-000000000000"
AGENTS_GROUP = genesys_id("group", "CC Agents")
BILLING_GROUP = genesys_id("group", "CC Billing")


def user_name(n: int) -> str:
    return f"agent{n:05d}@contoso.example"


def patch_op(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


async def patch(api: httpx.AsyncClient, user: str, *operations: dict[str, Any]) -> httpx.Response:
    return await api.patch(f"{USERS}/{user}", json=patch_op(*operations))


async def set_active(api: httpx.AsyncClient, user: str, active: bool) -> httpx.Response:
    return await patch(api, user, replace("active", active))


async def switch(api: httpx.AsyncClient, **switches: Any) -> None:
    (await api.post("/_control/switches", json=switches)).raise_for_status()


async def advance(api: httpx.AsyncClient, seconds: float) -> None:
    (await api.post("/_control/clock", json={"advance_s": seconds})).raise_for_status()


async def log_in(api: httpx.AsyncClient, user: str, *, conversation: bool = False) -> dict[str, Any]:
    response = await api.post("/_control/sessions", json={"user": user, "conversation": conversation})
    response.raise_for_status()
    session: dict[str, Any] = response.json()
    return session


async def sessions(api: httpx.AsyncClient, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.get("/_control/sessions", params={"user": user})).json()["sessions"]
    return found


async def find(api: httpx.AsyncClient, text: str, path: str = USERS, **query: Any) -> dict[str, Any]:
    response = await api.get(path, params={"filter": text, **query})
    assert response.status_code == 200, response.text
    listing: dict[str, Any] = response.json()
    return listing
