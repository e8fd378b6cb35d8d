"""Do we answer what we say we answer, where the documentation leaves a point open?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import evaluate, parse
from shared.rules.expressions.open_points import OPEN_POINTS

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("point", OPEN_POINTS, ids=lambda point: f"{point.expression} for {dict(point.source)}")
def test_an_open_point_is_answered_as_it_says(point):
    if point.refused:
        with pytest.raises(MappingRefused):
            evaluate(parse(point.expression), point.source, now=NOW)
    else:
        assert evaluate(parse(point.expression), point.source, now=NOW) == point.answer


def test_every_open_point_says_why_in_a_sentence_and_is_asked_once():
    assert [point for point in OPEN_POINTS if not point.why.endswith(".")] == []
    assert len({(point.expression, *point.source.items()) for point in OPEN_POINTS}) == len(OPEN_POINTS)
