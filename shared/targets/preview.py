"""What would be written? A target that reads truly and writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from shared.model import Account, Instant, Plan, SessionCheck, Step, StepName, StepResult, Urgency
from shared.ports import Target


class PreviewTarget:
    """Another target behind glass. Implements `shared.ports.Target`."""

    def __init__(self, target: Target, *, now: Callable[[], Instant] = time.time) -> None:
        self._target = target
        self._now = now

    @property
    def enforces(self) -> bool:
        return False

    def at(self, urgency: Urgency) -> PreviewTarget:
        return PreviewTarget(self._target.at(urgency), now=self._now)

    def reading(self, paths: frozenset[str]) -> PreviewTarget:
        return PreviewTarget(self._target.reading(paths), now=self._now)

    async def find(self, user_name: str) -> tuple[Account, ...]:
        return await self._target.find(user_name)

    async def find_by_external_id(self, external_id: str) -> tuple[Account, ...]:
        return await self._target.find_by_external_id(external_id)

    async def get(self, account_id: str) -> Account | None:
        return await self._target.get(account_id)

    async def check(self, account_id: str) -> SessionCheck:
        return await self._target.check(account_id)

    async def apply(self, plan: Plan) -> tuple[Step, Account | None]:
        if not plan.changes:
            return self._step(StepName.UPDATE, StepResult.NOTHING_TO_DO), None
        return self._step(StepName.UPDATE, StepResult.WOULD), None

    async def perform(self, step: StepName, account_id: str) -> Step:  # noqa: ARG002 - the port's form
        return self._step(step, StepResult.WOULD)

    def _step(self, name: StepName, result: StepResult) -> Step:
        return Step(name=name, result=result, at=self._now())
