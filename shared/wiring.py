"""Which parts make up this app? The composition root: settings in, `App` out, once per process.

Parts are made when first asked for, so that the webhook pays for the bus only: cold start is what Graph's handshake
and the first ring of the day wait for.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
import uuid
from collections.abc import Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import Misconfigured, SyncError, Unreachable
from shared.model import Mode
from shared.runtime.policy import follow_up, retry_tables
from shared.runtime.settings import Settings, load
from shared.telemetry import quiet_libraries

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from shared.entra.assignments import Assignments
    from shared.entra.client import GraphClient
    from shared.entra.source import GraphSource, ReadPlan
    from shared.entra.subscriptions import GraphSubscriptions
    from shared.mappings import MappingStore
    from shared.rules.mapping import Effective
    from shared.runtime.bell import Senders, ServiceBusBell
    from shared.runtime.ledger import RowLedger
    from shared.targets.client import GenesysClient
    from shared.targets.genesys import GenesysTarget
    from shared.watch import WatchConfig
    from shared.webhook import Door
    from shared.workroom import Workroom

# A function has four minutes at most (design §9): 170 s of work, then a minute in which the bus may take the rest.
WORKER_PATIENCE_S = 60.0
WORKER_TIMEOUT_S = 10.0


class App:
    """The parts of one process, made from its settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._warming: asyncio.Task[None] | None = None
        self._known_assignments: dict[str, Assignments] = {}

    @staticmethod
    def now() -> float:
        return time.time()

    @staticmethod
    def spread(wait_s: float) -> float:
        return wait_s * random.uniform(1.0, 1.2)

    @staticmethod
    def new_id() -> str:
        return uuid.uuid4().hex

    @cached_property
    def door(self) -> Door:
        from shared.webhook import Door

        return Door(
            client_states=self.settings.client_states,
            tenant_id=self.settings.tenant_id,
            max_bytes=self.settings.webhook_max_bytes,
        )

    @cached_property
    def senders(self) -> Senders:
        from shared.runtime.bell import Senders, connect

        by_name = self.settings.service_bus
        credential = None if by_name else self.credential
        return Senders(connect(by_name, self.settings.service_bus_namespace, credential))

    @cached_property
    def bell(self) -> ServiceBusBell:
        """For callers who are waited for and ring again themselves: it gives up quickly."""
        return self._bell(self.settings.bell_timeout_s, 0.0)

    def _bell(self, timeout_s: float, patience_s: float) -> ServiceBusBell:
        from shared.runtime.bell import ServiceBusBell

        return ServiceBusBell(
            self.senders, lanes=self.settings.lanes, new_id=self.new_id, timeout_s=timeout_s, patience_s=patience_s
        )

    @cached_property
    def credential(self) -> AsyncTokenCredential:
        from shared.entra.credentials import credential

        return credential(self.settings.credential, self.settings.identity_client_id)

    @cached_property
    def graph(self) -> GraphClient:
        from shared.entra.client import GraphClient

        return GraphClient(self.credential, base_url=self.settings.graph_url)

    @cached_property
    def source(self) -> GraphSource:
        from shared.entra.source import GraphSource

        return GraphSource(self.graph, plan=self._read_plan, now=self.now)

    async def _read_plan(self) -> ReadPlan:
        """What the mapping needs; without one, what tells a leaver: revocations don't wait for a mapping."""
        from shared.entra.source import ReadPlan

        try:
            effective = await self.mapping.soon()
        except SyncError:
            return ReadPlan()
        return ReadPlan(
            properties=effective.properties,
            manager=effective.reads_manager,
            assignments=self._assignments(effective.service_principal) if effective.needs_assignment else None,
            transitive=effective.transitive,
        )

    def _assignments(self, service_principal: str) -> Assignments:
        from shared.entra.assignments import Assignments

        if service_principal not in self._known_assignments:
            self._known_assignments[service_principal] = Assignments(self.graph, service_principal, self.now)
        return self._known_assignments[service_principal]

    @cached_property
    def mapping(self) -> MappingStore:
        """The mapping in force. A provisioning file that can't be used leaves none: changes wait, leavers don't."""
        from shared.entra.provisioning_schema import ProvisioningJobs
        from shared.mappings import MappingStore
        from shared.rules.effective import effective
        from shared.runtime.provisioning_file import read_file

        try:
            file = read_file(Path(self.settings.provisioning_file))
        except Misconfigured as error:
            return MappingStore(self.ledger, partial(_no_mapping, error), None, self.now)
        jobs = ProvisioningJobs(self.graph, file.service_principal, job_id=file.job) if file.reads_job else None
        return MappingStore(self.ledger, lambda tenant: effective(file, tenant), jobs, self.now)

    @cached_property
    def subscriptions(self) -> GraphSubscriptions:
        from shared.entra.subscriptions import GraphSubscriptions

        return GraphSubscriptions(self.graph)

    @cached_property
    def watch_config(self) -> WatchConfig:
        from shared.watch import WatchConfig

        return WatchConfig(
            notification_url=self.settings.notification_url,
            client_state=self.settings.client_state,
            minutes=self.settings.subscription_minutes,
        )

    @cached_property
    def ledger(self) -> RowLedger:
        from shared.runtime.ledger_open import open_ledger

        location = self.settings.ledger
        return open_ledger(location, credential=self.credential if location.startswith("https://") else None)

    @cached_property
    def genesys(self) -> GenesysClient:
        from shared.runtime.budget import Budget
        from shared.targets.client import GenesysClient

        async def secret() -> str:
            return self.settings.genesys_client_secret

        return GenesysClient(
            api_url=self.settings.genesys_api_url,
            token_url=f"{self.settings.genesys_login_url}/oauth/token",
            client_id=self.settings.genesys_client_id,
            secret=secret,
            budget=Budget(in_flight=self.settings.genesys_max_in_flight),
            now=self.now,
        )

    @cached_property
    def target(self) -> GenesysTarget:
        """The real Genesys target. Verbs get theirs from `targets`, which decides whether it may write."""
        from shared.targets.genesys import GenesysTarget

        return GenesysTarget(self.genesys, scim_path=self.settings.genesys_scim_path)

    @cached_property
    def room(self) -> Workroom:
        from shared.patience import LedgerPatience
        from shared.targets.choice import ModeTargets
        from shared.targets.preview import PreviewTarget
        from shared.workroom import Workroom

        settings = self.settings
        targets = ModeTargets(
            real=self.target, preview=PreviewTarget(self.target, now=self.now), mode=settings.mode,
            pilot_group=settings.pilot_group, source=self.source,
        )  # fmt: skip
        return Workroom(
            source=self.source,
            targets=targets,
            bell=self._bell(WORKER_TIMEOUT_S, WORKER_PATIENCE_S),
            ledger=self.ledger,
            now=self.now,
            spread=self.spread,
            new_id=self.new_id,
            retries=retry_tables(settings),
            mapping=self.mapping,
            deactivate_out_of_scope=settings.out_of_scope == "deactivate",
            observing=settings.mode is Mode.OBSERVE and not settings.pilot_group,
            end_sessions=settings.revoke_end_sessions,
            follow_up=follow_up(settings),
            verify=settings.revoke_verify,
            verify_after_s=settings.verify_after_s,
            order_valid_s=settings.order_valid_s,
            looks_s=settings.looks_s,
            doubts_s=settings.doubts_s,
            patience=LedgerPatience(self.now),
            background=asyncio.Semaphore(settings.background_places),
            revocation_looks_s=settings.revocation_looks_s,
        )

    def warm_up(self) -> None:
        """Begin, without waiting, what the first message of a process would otherwise wait for: half a second for
        each sender, the access tokens, the connections. Once per process; must run on the loop that will work.
        """
        if self._warming is None:
            self.senders.warm_up()
            self._warming = asyncio.create_task(self._warm(), name="warm up")

    async def _warm(self) -> None:
        # Whoever needs a part that could not be warmed meets its error himself, and knows what to do about it.
        await asyncio.gather(self.graph.warm(), self.genesys.warm(), return_exceptions=True)

    async def close(self) -> None:
        """Close whatever was opened."""
        if self._warming is not None:
            self._warming.cancel()
        made = self.__dict__
        if "senders" in made:
            await self.senders.close()
        if "ledger" in made:
            await self.ledger.close()
        if "genesys" in made:
            await self.genesys.close()
        if "graph" in made:
            await self.graph.aclose()
        if "credential" in made:
            await self.credential.close()


def _no_mapping(error: Misconfigured, _tenant: object) -> Effective:
    raise Unreachable(f"The provisioning file can't be used: {error.problems[0]}") from error


@cache
def get_app() -> App:
    """The app of this process.

    Raises:
        Misconfigured: the settings are not complete; it is raised again at every call, with every problem.
    """
    quiet_libraries()
    return build(os.environ)


def build(environ: Mapping[str, str]) -> App:
    return App(load(environ))
