"""What do the verbs work with? The ports and the few numbers that they share, passed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.model import Instant, StepName
from shared.ports import Bell, Ledger, Source, Targets
from shared.rules.mapping import AttributeMapping
from shared.rules.retry import RetryTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Workroom:
    """One for each process.

    Attributes:
        observing: whether a convergence that only observed counts as completed (nothing is enforced for anybody).
        follow_up: the optional steps of the leaver playbook, in order.
        spread: a wait in seconds, made up to a fifth longer, so that what failed together comes back apart.
        looks_s, revocation_looks_s: when second looks are taken, seconds after the first.
        order_valid_s: how long a revocation is an order without reading Entra again.
        ledger_patience_s: how long a revocation waits for the ledger before it goes on without it.
    """

    source: Source
    targets: Targets
    bell: Bell
    ledger: Ledger
    now: Callable[[], Instant]
    spread: Callable[[float], float]
    new_id: Callable[[], str]
    retries: RetryTables
    mappings: tuple[AttributeMapping, ...]
    observing: bool
    end_sessions: bool
    follow_up: tuple[StepName, ...]
    verify: bool
    verify_after_s: float
    order_valid_s: float
    looks_s: tuple[float, ...]
    revocation_looks_s: tuple[float, ...]
    ledger_patience_s: float = 1.0
