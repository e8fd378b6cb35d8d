"""What do the verbs work with? The ports and the few numbers that they share, passed in by the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from shared.mappings import MappingStore
from shared.model import Instant, StepName
from shared.patience import LedgerPatience
from shared.ports import Bell, Ledger, Source, Targets
from shared.rules.retry import RetryTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Workroom:
    """One for each process.

    Attributes:
        observing: whether a convergence that only observed counts as completed (nothing is enforced for anybody).
        deactivate_out_of_scope: whether people who are not in scope any more are deactivated, as Entra's job does.
        follow_up: the optional steps of the leaver playbook, in order.
        spread: a wait in seconds, made up to a fifth longer, so that what failed together comes back apart.
        looks_s, revocation_looks_s: when second looks are taken, seconds after the first.
        order_valid_s: how long a revocation is an order without reading Entra again.
        doubts_s: when an id that was found nowhere is looked at again, seconds between one look and the next.
        patience: asks the ledger for revocations, which go on without it.
        background: places for later stages and looks, so that they never hold all of the host's.
        background_pause_s: when a later stage that found no place comes again.
        invocation_s: how long one message may work before it goes on in a new one (design §9: four minutes at most).
    """

    source: Source
    targets: Targets
    bell: Bell
    ledger: Ledger
    now: Callable[[], Instant]
    spread: Callable[[float], float]
    new_id: Callable[[], str]
    retries: RetryTables
    mapping: MappingStore
    deactivate_out_of_scope: bool
    observing: bool
    end_sessions: bool
    follow_up: tuple[StepName, ...]
    verify: bool
    verify_after_s: float
    order_valid_s: float
    looks_s: tuple[float, ...]
    revocation_looks_s: tuple[float, ...]
    doubts_s: tuple[float, ...]
    patience: LedgerPatience
    background: asyncio.Semaphore
    background_pause_s: float = 2.0
    invocation_s: float = 170.0
