"""When is a message tried again, and when does a person hear of it? The retry table of design §9, as data.

Waiting between messages is a new scheduled message; nothing here sleeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import Refused, SyncError, Throttled

# The other side may ask for hours; we look again sooner, a revocation soonest.
LONGEST_REVOCATION_S, LONGEST_S = 60.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTable:
    """Waits in seconds by attempt; the last one repeats for ever unless `parks`.

    Attributes:
        alarm_after_s: a person hears of it once the message is that old; 0 means at the first failure.
        parks: after the last wait the message is parked instead of being tried again.
    """

    waits_s: tuple[float, ...]
    alarm_after_s: float
    parks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTables:
    """The three tables that exist, by what failed."""

    revocation: RetryTable
    routine: RetryTable
    refused: RetryTable
    refused_revocation: RetryTable


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """Try again after `wait_s` seconds, or park; `alarm` when a person must hear of it now."""

    wait_s: float
    alarm: bool
    park: bool = False


def decide(
    tables: RetryTables, error: SyncError, *, revocation: bool, attempt: int, refusals: int, age_s: float
) -> RetryDecision:
    """What happens to a message whose convergence failed.

    Args:
        attempt: how often it failed for a passing reason before.
        refusals: how often it was refused before.
        age_s: seconds since it was first rung.
    """
    refused = isinstance(error, Refused)
    if revocation:
        table = tables.refused_revocation if refused else tables.revocation
    else:
        table = tables.refused if refused else tables.routine
    count = refusals if refused else attempt
    if table.parks and count >= len(table.waits_s):
        return RetryDecision(wait_s=0, alarm=True, park=True)
    wait = table.waits_s[min(count, len(table.waits_s) - 1)]
    if isinstance(error, Throttled) and error.retry_after is not None:
        wait = max(wait, min(error.retry_after, LONGEST_REVOCATION_S if revocation else LONGEST_S))
    return RetryDecision(wait_s=wait, alarm=age_s >= table.alarm_after_s)
