"""When does a schedule fire next?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local.platform.schedule import parse_schedule
from infra.local.platform.settings import HostError


@pytest.mark.parametrize(
    ("schedule", "now", "following"),
    [
        ("0 */5 * * * *", "2026-11-24T06:02:10", "2026-11-24T06:05:00"),
        ("0 */5 * * * *", "2026-11-24T06:05:00", "2026-11-24T06:10:00"),
        ("*/15 * * * * *", "2026-11-24T06:02:44.9", "2026-11-24T06:02:45"),
        ("0 0 2 * * *", "2026-12-31T02:00:00", "2027-01-01T02:00:00"),
        ("0 30 9 * * MON-FRI", "2026-11-27T10:00:00", "2026-11-30T09:30:00"),
        ("0 0 0 1 Jan,Jul *", "2026-11-24T00:00:00", "2027-01-01T00:00:00"),
        ("0 0 0 29 2 *", "2026-11-24T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 13 * Fri", "2026-11-24T00:00:00", "2027-08-13T00:00:00"),
        ("30 10/20 6-8 * * *", "2026-11-24T06:30:31", "2026-11-24T06:50:30"),
        ("*/5 * * * *", "2026-11-24T06:02:10", "2026-11-24T06:05:00"),
        ("00:10:00", "2026-11-24T06:02:10", "2026-11-24T06:12:10"),
    ],
)
def test_the_next_firing(schedule: str, now: str, following: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()

    found = datetime.fromtimestamp(parse_schedule(schedule).after(moment), UTC)

    assert found.replace(tzinfo=None) == datetime.fromisoformat(following)


@pytest.mark.parametrize("schedule", ["", "* * *", "61 * * * * *", "0 0 5-3 * * *", "0 */0 * * * *", "0 0 0 * Foo *"])
def test_what_is_not_a_schedule_is_said_so(schedule: str) -> None:
    with pytest.raises(HostError, match="is not a schedule"):
        parse_schedule(schedule)


def test_a_schedule_that_never_fires_is_refused() -> None:
    with pytest.raises(HostError, match="never fires"):
        parse_schedule("0 0 0 30 2 *").after(0.0)
