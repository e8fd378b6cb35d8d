"""How is one function called, and what came of it? Every trigger calls through here; the log is kept here.

Also the place where a worker is killed at a chosen moment of a chosen function (`KillRule`).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from infra.local.platform.bindings import Function
from infra.local.platform.worker_process import SUCCESS, WorkerLostError
from infra.local.platform.workers import Workers
from infra.local.servicebus.consumer import enqueue_raw
from infra.local.servicebus.errors import AmqpError
from infra.local.servicebus.queues import Namespace
from infra.local.simulation.clock import Clock

log = logging.getLogger(__name__)

Cause = Literal["http", "serviceBus", "timer", "admin"]


@dataclass(slots=True, kw_only=True)
class Invocation:
    """One line of the log; times in simulated seconds since 1970, `ended` None while it runs."""

    number: int
    function: str
    invocation: str
    cause: Cause
    messages: tuple[str, ...] = ()
    worker: int | None = None
    started: float = 0.0
    ended: float | None = None
    result: Literal["running", "succeeded", "failed"] = "running"
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`succeeded` decides about the message; `response` is the `InvocationResponse`, None when there was none."""

    succeeded: bool
    response: Any = None
    error: str = ""


@dataclass(slots=True, kw_only=True)
class KillRule:
    """Kill the worker in the `after`th invocation of `function` from now on.

    `at` start: `delay_s` real seconds after the worker got it, at the latest when it answers. `at` end: when it
    answers. The answer is thrown away either way: at the end, the function has done all its work and nobody knows.
    """

    function: str
    after: int = 1
    at: Literal["start", "end"] = "start"
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.at not in ("start", "end"):
            raise ValueError("at is 'start' or 'end'")


@dataclass(slots=True)
class Invoker:
    """Calls functions on the workers. A call over `timeout_s` real seconds fails and costs its worker the life."""

    workers: Workers
    namespace: Namespace
    clock: Clock
    timeout_s: float | None = None
    kill_rules: list[KillRule] = field(default_factory=list)
    running: int = 0
    _log: deque[Invocation] = field(default_factory=lambda: deque(maxlen=100_000))
    _count: int = 0

    async def call(
        self,
        function: Function,
        data: Any,
        *,
        cause: Cause,
        metadata: Mapping[str, Any] | None = None,
        messages: Sequence[str] = (),
        traceparent: str = "",
    ) -> Outcome:
        """Never raises for what the function does; `data` is the trigger's value as typed data."""
        protos = self.workers.protos
        request = protos.InvocationRequest(
            invocation_id=str(uuid.uuid4()),
            input_data=[protos.ParameterBinding(name=function.trigger.parameter, data=data)],
            trigger_metadata=metadata or {},
            trace_context=protos.RpcTraceContext(trace_parent=traceparent),
        )
        self._count += 1
        entry = Invocation(
            number=self._count, function=function.name, invocation=request.invocation_id, cause=cause,
            messages=tuple(messages), started=self.clock.now(),
        )  # fmt: skip
        self._log.append(entry)
        self.running += 1
        try:
            outcome = await self._run(function, request, entry)
        except BaseException as error:
            entry.result, entry.error = "failed", repr(error)
            raise
        else:
            entry.result, entry.error = ("succeeded", "") if outcome.succeeded else ("failed", outcome.error)
        finally:
            self.running -= 1
            entry.ended = self.clock.now()
        if not outcome.succeeded:
            log.warning("%s failed (%s): %s", function.name, entry.invocation, outcome.error)
        return outcome

    def since(self, number: int = 0) -> list[dict[str, object]]:
        """The log's entries with a number above `number`, as JSON-ready objects, oldest first."""
        first = self._log[0].number if self._log else 0
        return [asdict(entry) for entry in itertools.islice(self._log, max(0, number - first + 1), None)]

    async def _run(self, function: Function, request: Any, entry: Invocation) -> Outcome:
        try:
            worker = await self.workers.choose()
            entry.worker, entry.started = worker.number, self.clock.now()
            rule = self._struck(function.name)
            if rule is not None and rule.at == "start":
                asyncio.get_running_loop().call_later(rule.delay_s, worker.kill)
            async with asyncio.timeout(self.timeout_s):
                response = await worker.invoke(function.name, request)
        except WorkerLostError as error:
            return Outcome(succeeded=False, error=str(error))
        except TimeoutError:
            # The real host restarts the worker that runs a function over its time.
            worker.kill()
            return Outcome(succeeded=False, error=f"it ran longer than {self.timeout_s} s")
        if rule is not None:
            worker.kill()
            return Outcome(succeeded=False, error=f"worker {worker.number} was killed, as a rule said")
        if response.result.status != SUCCESS:
            return Outcome(succeeded=False, response=response, error=response.result.exception.message)
        return self._send_outputs(function, response)

    def _struck(self, function: str) -> KillRule | None:
        for rule in self.kill_rules:
            if rule.function == function:
                rule.after -= 1
                if rule.after <= 0:
                    self.kill_rules.remove(rule)
                    return rule
        return None

    def _send_outputs(self, function: Function, response: Any) -> Outcome:
        """The Service Bus output binding: a body and nothing else, so a queue with sessions refuses it."""
        for output in response.output_data:
            queue = function.outputs[output.name]
            body = output.data.bytes or output.data.string.encode()
            try:
                enqueue_raw(self.namespace.entity(queue), body, message_id=uuid.uuid4().hex)
            except AmqpError as error:
                return Outcome(succeeded=False, response=response, error=f"output to {queue}: {error}")
        return Outcome(succeeded=True, response=response)
