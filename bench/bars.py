"""Which numbers does this project promise, and were they reached? One table, one pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One figure and what it may be, the limit itself included. A figure that was not measured is missed."""

    figure: str
    most: float | None = None
    least: float | None = None

    def miss(self, measured: Mapping[str, object]) -> str | None:
        """The sentence that says how it was missed; None when it was kept."""
        value = measured.get(self.figure)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{self.figure} was not measured"
        if self.most is not None and not value <= self.most:
            return f"{self.figure} is {value:g}, above {self.most:g}"
        if self.least is not None and not value >= self.least:
            return f"{self.figure} is {value:g}, below {self.least:g}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What is promised, in words and in figures."""

    title: str
    text: str
    limits: tuple[Limit, ...]


BARS: Mapping[str, Bar] = {
    "B1": Bar(
        title="notification posted → Genesys active=false, idle; Graph answers in 60 ms, Genesys in 120 ms",
        text="p50 ≤ 0.5 s, p99 ≤ 2 s; our own overhead over the two calls' latency ≤ 150 ms p50",
        limits=(
            Limit(figure="p50_ms", most=500),
            Limit(figure="p99_ms", most=2_000),
            Limit(figure="unlinked_p50_ms", most=500),
            Limit(figure="unlinked_p99_ms", most=2_000),
            Limit(figure="overhead_p50_ms", most=150),
        ),
    ),
    "B2": Bar(
        title="the same with 5,000 attribute changes queued and 300 requests/min",
        text="p99 ≤ 2 s (FIFO would take over 16 min)",
        limits=(Limit(figure="p99_ms", most=2_000), Limit(figure="queued_before", least=5_000)),
    ),
    "B5": Bar(
        title="webhook, POSTs of 100 notifications",
        text="100 of 100 kept, p99 ≤ 200 ms",
        limits=(
            Limit(figure="kept_percent", least=100),
            Limit(figure="p99_ms", most=200),
            Limit(figure="parallel_p99_ms", most=200),
        ),
    ),
    "B6": Bar(
        title="convergence without throttling, 20 ms latency",
        text="≥ 200 identities/s lookup+patch across the stack, or the profile that says what stops it",
        limits=(Limit(figure="per_second", least=200),),
    ),
    "B9": Bar(
        title="cold start: import of function_app.py / memory, first webhook answer",
        text="≤ 0.5 s / 60 MB for the webhook path; ≤ 1.0 s / 90 MB with Graph and Genesys ready",
        limits=(
            Limit(figure="import_ms", most=500),
            Limit(figure="answer_ms", most=500),
            Limit(figure="webhook_rss_mb", most=60),
            Limit(figure="ready_ms", most=1_000),
            Limit(figure="ready_rss_mb", most=90),
        ),
    ),
}


def judge(bar: Bar, measured: Mapping[str, object]) -> tuple[str, ...]:
    """One sentence for each limit that was missed; none when the bar is met."""
    misses = (limit.miss(measured) for limit in bar.limits)
    return tuple(miss for miss in misses if miss is not None)
