"""A simulated Genesys on a real socket, and targets that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.genesys.app import CLIENT_ID, CLIENT_SECRET, LIMITED_ID, LIMITED_SECRET, build, serving
from infra.local.genesys.gateway import Cloud
from infra.local.genesys.population import genesys_id
from shared.model import Urgency
from shared.ports import Target
from shared.runtime.budget import Budget
from shared.targets.client import GenesysClient
from shared.targets.genesys import GenesysTarget
from shared.targets.preview import PreviewTarget

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MOBILE = 'phoneNumbers[type eq "mobile"].value'
MAPPED = frozenset({"displayName", "title", f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager", MOBILE})
WRITES = ("POST", "PUT", "PATCH", "DELETE")
READING_POSTS = ("/oauth/token", "/api/v2/users/search", "/api/v2/analytics/conversations/details/query")


@dataclass
class Genesys:
    """The simulator with what tests ask of it."""

    cloud: Cloud
    url: str
    clients: list[GenesysClient] = field(default_factory=list)

    def account(self, number: int) -> Any:
        return self.cloud.org.accounts[genesys_id("user", number)]

    def fault(self, **rule: Any) -> None:
        self.cloud.control.faults.add(rule)

    def seen(self, method: str = "", path: str = "") -> list[Any]:
        return [
            entry
            for entry in self.cloud.control.journal.since()
            if method in ("", entry["method"]) and path in str(entry["path"])
        ]

    @property
    def writes(self) -> list[Any]:
        return [each for each in self.seen() if each["method"] in WRITES and each["path"] not in READING_POSTS]

    def client(
        self,
        *,
        client_id: str = CLIENT_ID,
        secret: Callable[[], Awaitable[str]] | None = None,
        budget: Budget | None = None,
        timeout_s: float = 5.0,
    ) -> GenesysClient:
        async def known() -> str:
            return LIMITED_SECRET if client_id == LIMITED_ID else CLIENT_SECRET

        client = GenesysClient(
            api_url=self.url,
            token_url=f"{self.url}/oauth/token",
            client_id=client_id,
            secret=secret or known,
            budget=budget or Budget(),
            timeout_s=timeout_s,
            now=self.cloud.control.clock.now,
        )
        self.clients.append(client)
        return client

    def target(self, urgency: Urgency = Urgency.ROUTINE, **options: Any) -> GenesysTarget:
        return GenesysTarget(self.client(**options), mapped_paths=MAPPED, urgency=urgency)


@pytest.fixture
async def genesys() -> AsyncIterator[Genesys]:
    cloud = build(agents=12)
    async with serving(cloud) as url:
        world = Genesys(cloud=cloud, url=url)
        yield world
        for client in world.clients:
            await client.close()


@pytest.fixture
def target(genesys: Genesys) -> Target:
    return genesys.target()


@pytest.fixture
def preview(genesys: Genesys) -> Target:
    return PreviewTarget(genesys.target(), now=genesys.cloud.control.clock.now)
