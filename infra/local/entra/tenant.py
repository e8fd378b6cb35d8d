"""What does the simulated tenant consist of? Its parts, put together once, and how it answers one call."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.local.entra.applications import Applications
from infra.local.entra.batch import Batch
from infra.local.entra.calls import Answer, Call, GraphError, Route, find, mishap, route
from infra.local.entra.courier import Courier
from infra.local.entra.deleted_items import DeletedItems
from infra.local.entra.deliveries import Deliveries
from infra.local.entra.directory import Directory
from infra.local.entra.expression_answers import DOCUMENTED
from infra.local.entra.groups import Groups
from infra.local.entra.lifecycle import Lifecycle
from infra.local.entra.lookups import Lookups
from infra.local.entra.moments import zulu
from infra.local.entra.permissions import ADMIN_ROLES, APP_ROLES, missing
from infra.local.entra.population import application_id, populate
from infra.local.entra.provisioning_job import GALLERY_SCHEMA, ProvisioningJob
from infra.local.entra.subscriptions import Subscriptions
from infra.local.entra.switches import DEFAULTS
from infra.local.entra.synchronization import Synchronization
from infra.local.entra.throttle import Throttle
from infra.local.entra.tokens import Client, Tokens
from infra.local.entra.users import Users
from infra.local.simulation.clock import Clock
from infra.local.simulation.control import Control

APP_CLIENT_ID = "24d3b1c6-7c2e-4f0a-8a55-6c1f0e9d2b01"
ADMIN_CLIENT_ID = "24d3b1c6-7c2e-4f0a-8a55-6c1f0e9d2b02"


class Tenant:
    """One tenant. `app` is the client behind the managed identity, `admin` one that may write.

    Args:
        clock: the simulated world's.
        agents: how many people to plant, see `population`.
        seed: of shuffles, duplicates and reordering.
        switches: values that differ from `switches.DEFAULTS`.
        machine: seconds since 1970 by which access tokens age.
        schema: the provisioning schema to begin with, as Graph or the portal exports it.
        answers: what `parseExpression` answers, see `expression_answers`.

    Raises:
        OSError: one of the two files cannot be read.
        ValueError: there is no switch of a given name, or a file is of another form.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        agents: int = 50,
        seed: int = 1,
        switches: dict[str, Any] | None = None,
        machine: Callable[[], float] | None = None,
        schema: Path = GALLERY_SCHEMA,
        answers: Path = DOCUMENTED,
    ) -> None:
        self.clock = clock
        unknown = set(switches or {}) - set(DEFAULTS)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        self.control = Control(clock, {**DEFAULTS, **(switches or {})})
        known = self.control.switches
        chance = random.Random(seed)
        self.app = Client(id=APP_CLIENT_ID, secret="app-secret", roles=APP_ROLES)
        self.admin = Client(id=ADMIN_CLIENT_ID, secret="admin-secret", roles=ADMIN_ROLES)
        self.identity_header = "local-identity-header"
        clients = [self.app, self.admin]
        self.tokens = Tokens(clients, machine=machine) if machine else Tokens(clients)
        self.directory = Directory(clock, known)
        self.applications = Applications(self.directory, clock)
        self.subscriptions = Subscriptions(clock, known, self._reach)
        self.deliveries = Deliveries(clock, known, self.subscriptions, self._reach, chance)
        self.lifecycle = Lifecycle(clock, known, self.subscriptions, self.deliveries)
        self.agents = agents
        populate(self.directory, self.applications, agents)
        job = ProvisioningJob(application_id(), schema=schema, answers=answers)
        self.synchronization = Synchronization(self.applications, job, clock, known)
        self.directory.watchers.append(self.deliveries.announce)
        self.courier: Courier | None = None
        self._throttle = Throttle(clock, known)
        self._batch = Batch(self._item, known, chance)
        self.routes = [
            *Users(self.directory, clock, known).routes(),
            *Groups(self.directory, clock).routes(),
            *DeletedItems(self.directory).routes(),
            *self.applications.routes(),
            *self.synchronization.routes(),
            *Lookups(self.directory).routes(),
            *self.subscriptions.routes(),
        ]
        self._outer = [route("POST", "/$batch", self._batch.answer, units=0), *self.routes]

    async def answer(self, call: Call) -> Answer:
        """Answer a request to the version root, `$batch` included; errors become answers."""
        return await self._perform(call, self._outer)

    async def _item(self, call: Call) -> Answer:
        """Answer an item of a batch, which fault rules strike like a request of its own."""
        fault = self.control.faults.strike(call.method, f"/v1.0{call.path}")
        if fault is not None and fault.status is not None:
            body = fault.body if isinstance(fault.body, dict) else self._error_body(call, mishap(fault.status))
            return Answer(status=fault.status, body=body, headers=fault.headers)
        return await self._perform(call, self.routes)

    async def _perform(self, call: Call, routes: list[Route]) -> Answer:
        try:
            found, args = _admit(call, routes)
            charged = self._throttle.charge(call, found)
            answer = await found.handler(replace(call, args=args))
            return replace(answer, headers={**charged, **answer.headers})
        except GraphError as error:
            return Answer(status=error.status, body=self._error_body(call, error), headers=error.headers)

    def error_body(self, error: GraphError, client_request_id: str | None) -> dict[str, Any]:
        """`{"error": {...}}` with the ids that support asks for."""
        request_id = str(uuid.uuid4())
        inner = {
            "date": zulu(self.clock.now()).removesuffix("Z"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        return {"error": {"code": error.code, "message": error.message, "innerError": inner}}

    def _error_body(self, call: Call, error: GraphError) -> dict[str, Any]:
        return self.error_body(error, call.headers.get("client-request-id"))

    def _reach(self) -> Courier:
        assert self.courier is not None, "the tenant delivers only while its application runs"
        return self.courier


def _admit(call: Call, routes: list[Route]) -> tuple[Route, dict[str, str]]:
    """The route of a call and its variables, when the caller may take it.

    Raises:
        GraphError: 404 for a double slash (a trap of joined base URLs), 400 or 405 unknown, 403 a role is missing.
    """
    if "//" in call.path:
        raise GraphError(404, "ResourceNotFound", "The requested resource does not exist.")
    found, args = find(routes, call.method, call.path)
    if missing(call.principal.roles, found.needs):
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    return found, args
