"""What waits for Genesys keeps nobody from being deactivated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.director import Agent, Director
from shared.runtime.settings import TABLE
from tests.journeys.steering import becomes

pytestmark = pytest.mark.asyncio(loop_scope="session")
PLACES = next(int(row.default or "") for row in TABLE if row.name == "BACKGROUND_PLACES")


async def test_a_station_that_hangs_for_36_leavers_does_not_keep_the_next_one_waiting(
    director: Director, people: Callable[[int], list[Agent]]
) -> None:
    *leavers, latecomer = people(37)
    since = await director.genesys_newest()
    await director.break_("genesys", id="hang", method="DELETE", path="/station/", times=None, delay_s=3.0)
    await asyncio.gather(*(director.disable(who) for who in leavers))
    for who in leavers:
        await becomes(director, who, "inactive")
    await director.disable(latecomer)
    deactivated = await director.genesys_call(latecomer, "PATCH", "/users/", since)
    await director.mend("genesys")

    async def stations() -> list[dict[str, Any]] | None:
        log = await director.genesys_log(since)
        found = [call for call in log if "/station/" in call["path"]]
        return found if len(found) > len(leavers) else None

    calls = await director.until(stations, "every station was asked for", deadline_s=40)
    assert len([call for call in calls if call["number"] < deactivated["number"]]) < len(leavers)
    hanging = [call for call in calls if call["fault"] == "hang"]
    assert max(_together(call, hanging) for call in hanging) <= PLACES


async def test_a_watch_that_hangs_keeps_no_leaver_waiting(director: Director, person: Agent) -> None:
    """A lifecycle notification makes the watch run among the rings; Graph does not answer it."""
    (mine, *_) = await director.subscribe()
    await director.break_("graph", id="hang", method="*", path="/subscriptions", times=None, delay_s=12.0)
    runs = len(await director.invocations("triage"))
    log = (await director.control("graph", "GET", "/log?since=0"))["entries"]
    since = log[-1]["number"]
    await director.control(
        "graph", "POST", "/lifecycle", {"subscription": mine["id"], "event": "reauthorizationRequired"}
    )

    async def rung() -> bool | None:
        return len(await director.invocations("triage")) > runs or None

    await director.until(rung, "the watch is rung")
    await director.disable(person)
    await becomes(director, person, "inactive")
    graph = (await director.control("graph", "GET", f"/log?since={since}"))["entries"]
    assert [call for call in graph if call["fault"] == "hang"] == []


def _together(call: dict[str, Any], calls: list[dict[str, Any]]) -> int:
    """How many calls, this one included, were under way when it began."""
    return len([one for one in calls if one["at"] <= call["at"] < one["done"]])
