"""Whether a bar is met follows from the measured figures alone."""

from __future__ import annotations

import pytest

from bench.bars import BARS, Bar, Limit, judge
from bench.figures import Finding, distribution, median, percentile
from bench.report import result

BAR = Bar(title="", text="", limits=(Limit(figure="p99_ms", most=200), Limit(figure="kept", least=100)))


@pytest.mark.parametrize(
    ("measured", "misses"),
    [
        ({"p99_ms": 199.9, "kept": 100}, ()),
        ({"p99_ms": 200, "kept": 100}, ()),
        ({"p99_ms": 200.1, "kept": 100}, ("p99_ms is 200.1, above 200",)),
        ({"p99_ms": 10, "kept": 99.9}, ("kept is 99.9, below 100",)),
        ({"p99_ms": 300, "kept": 0}, ("p99_ms is 300, above 200", "kept is 0, below 100")),
        ({"kept": 100}, ("p99_ms was not measured",)),
        ({"p99_ms": True, "kept": 100}, ("p99_ms was not measured",)),
        ({"p99_ms": "fast", "kept": 100}, ("p99_ms was not measured",)),
        ({"p99_ms": float("nan"), "kept": 100}, ("p99_ms is nan, above 200",)),
    ],
)
def test_a_bar_is_missed_by_every_limit_that_the_figures_do_not_keep(
    measured: dict[str, object], misses: tuple[str, ...]
) -> None:
    assert judge(BAR, measured) == misses


@pytest.mark.parametrize("name", sorted(BARS))
def test_nothing_measured_meets_no_bar(name: str) -> None:
    assert len(judge(BARS[name], {})) == len(BARS[name].limits) > 0


def test_a_result_says_why_only_when_its_bar_is_missed() -> None:
    kept = {"kept_percent": 100, "p99_ms": 90.0, "parallel_p99_ms": 120.0}
    met = result("B5", Finding(measured=kept, floor_ms=1.5, because="a profile"))
    missed = result("B5", Finding(measured={**kept, "p99_ms": 250.0}, because="a profile"))

    assert met == {"measured": kept, "floor_ms": 1.5, "peers": {}, "bar": BARS["B5"].text, "met": True}
    assert (missed["met"], missed["why"]) == (False, "p99_ms is 250, above 200; a profile")


@pytest.mark.parametrize(
    ("share", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100), (0, 1)]
)  # fmt: skip
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_few_values_have_the_greatest_as_their_highest_percentiles() -> None:
    assert distribution([0.3, 0.1, 0.2], "x_") == {
        "x_p50_ms": 200.0,
        "x_p95_ms": 300.0,
        "x_p99_ms": 300.0,
        "x_max_ms": 300.0,
        "x_n": 3,
    }
    assert median([5.0]) == 5.0


def test_nothing_has_no_distribution() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        distribution([])
