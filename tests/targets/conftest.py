"""A simulated Genesys on a real socket, and targets that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.genesys.app import CLIENT_ID, CLIENT_SECRET, LIMITED_ID, LIMITED_SECRET, build, serving
from infra.local.genesys.gateway import Cloud
from infra.local.genesys.population import genesys_id
from shared.model import Account, Change, Plan, Urgency, Value
from shared.ports import Target
from shared.rules.attributes.table import ATTRIBUTES, Access
from shared.runtime.budget import Budget
from shared.targets.client import GenesysClient
from shared.targets.genesys import GenesysTarget
from shared.targets.platform_api import Send
from shared.targets.preview import PreviewTarget

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MOBILE = 'phoneNumbers[type eq "mobile"].value'
MAPPED = frozenset({"displayName", "title", f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager", MOBILE})
VENDOR = "custom:HR:bpo_vendor_id_text"
COST_CENTER = "custom:HR:cost_center_text"
EVERYTHING = frozenset(each.path for each in ATTRIBUTES if each.access is Access.WRITABLE) | {VENDOR, COST_CENTER}
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

    def send(self, **options: Any) -> Send:
        client = self.client(**options)
        return lambda request: client.send(request, Urgency.ROUTINE)

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

    def target(
        self, urgency: Urgency = Urgency.ROUTINE, *, mapped: frozenset[str] = MAPPED, **options: Any
    ) -> GenesysTarget:
        return GenesysTarget(self.client(**options), mapped_paths=mapped, urgency=urgency)


def plan_for(account: Account, changes: Mapping[str, Value]) -> Plan:
    return Plan(
        identity_id="identity",
        account_id=account.id,
        version=account.version,
        changes=tuple(
            Change(path=path, before=account.attributes.get(path), after=after, reason="a test")
            for path, after in changes.items()
        ),
    )


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
