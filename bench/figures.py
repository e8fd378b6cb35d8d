"""What does a benchmark hand back, and how are many timings put into few figures?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Figure = float | int | bool | str
Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How much is measured, and where progress goes."""

    quick: bool
    say: Callable[[str], None]

    def count(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one benchmark measured.

    Attributes:
        floor_ms: what the same work costs without our code, in the same run; None where there is no such thing.
        peers: the same with somebody else's library, or with the approach we did not take.
        because: what a profile says about a missed bar; shown only when one was missed.
    """

    measured: Mapping[str, Figure]
    floor_ms: float | None = None
    peers: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    because: str = ""


def distribution(seconds: Sequence[float], prefix: str = "") -> Figures:
    """p50, p95, p99 and max in milliseconds, and how many there were.

    Raises:
        ValueError: there is nothing to distribute.
    """
    if not seconds:
        raise ValueError("nothing was measured")
    ordered = sorted(seconds)
    return {
        f"{prefix}p50_ms": ms(percentile(ordered, 50)),
        f"{prefix}p95_ms": ms(percentile(ordered, 95)),
        f"{prefix}p99_ms": ms(percentile(ordered, 99)),
        f"{prefix}max_ms": ms(ordered[-1]),
        f"{prefix}n": len(ordered),
    }


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a value that was really measured, never one in between."""
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(sorted(values), 50)


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
