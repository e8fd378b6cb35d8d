"""Two workers, duplicates, reordering, outages, killed workers: in the end Genesys says what Entra says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director, agent
from infra.local.world import World, WorldConfig
from tests.journeys.steering import PLENTY

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Director]:
    """A world whose app runs in two worker processes."""
    world = World(WorldConfig(folder=tmp_path_factory.mktemp("crowd"), free_ports=True, agents=200, workers=2))
    await world.start()
    try:
        async with Director(world) as director:
            await director.allow(*PLENTY)
            await director.subscribe()
            yield director
    finally:
        await world.stop()


async def out(director: Director, leavers: list[Agent]) -> None:
    """Wait until all of them are inactive and have no live session."""

    async def all_out() -> bool | None:
        for who in leavers:
            if (await director.account(who))["state"] != "inactive":
                return None
            if any(one["state"] != "dead" for one in await director.sessions(who)):
                return None
        return True

    await director.until(all_out, f"{len(leavers)} leavers are out", deadline_s=60)


async def test_both_workers_take_part_and_everybody_is_out(crowd: Director) -> None:
    leavers = [agent(number) for number in range(1, 31)]
    for who in leavers:
        await crowd.log_in(who)
    await asyncio.gather(*(crowd.disable(who) for who in leavers))

    await out(crowd, leavers)
    workers = {run["worker"] for run in await crowd.invocations("revocation")}
    assert workers == {0, 1}


async def test_late_double_and_shuffled_notifications_lead_to_the_same_end(crowd: Director) -> None:
    """Graph promises at least once and no order."""
    await crowd.control("graph", "POST", "/switches", {"duplicate_rate": 0.5, "reorder": True, "stale_reads": 1})
    leavers = [agent(number) for number in range(40, 60)]
    stayers = [agent(number) for number in range(60, 80)]
    try:
        for who in leavers:
            await crowd.log_in(who)
        await asyncio.gather(
            *(crowd.update(who, department="Claims") for who in [*leavers, *stayers]),
        )
        await asyncio.gather(*(crowd.disable(who) for who in leavers))
        await out(crowd, leavers)
        await _have_department(crowd, stayers, "Claims")
    finally:
        await crowd.control("graph", "POST", "/switches", {"duplicate_rate": 0.0, "reorder": False, "stale_reads": 0})
    for who in stayers:
        assert (await crowd.account(who))["state"] == "active"


async def _have_department(director: Director, people: list[Agent], department: str) -> None:
    async def all_have() -> bool | None:
        accounts = [await director.account(who) for who in people]
        return all(account["department"] == department for account in accounts) or None

    await director.until(all_have, "every department has arrived", deadline_s=60)


async def test_an_outage_of_genesys_delays_and_loses_nothing(crowd: Director) -> None:
    leavers = [agent(number) for number in range(90, 100)]
    for who in leavers:
        await crowd.log_in(who)
    await crowd.control("genesys", "POST", "/outage", {"mode": "refuse"})
    await asyncio.gather(*(crowd.disable(who) for who in leavers))

    async def tried() -> bool | None:
        return len(await crowd.invocations("revocation")) >= len(leavers) or None

    await crowd.until(tried, "the revocations were tried")
    await crowd.control("genesys", "POST", "/outage", {"mode": "off"})
    await out(crowd, leavers)


async def test_an_outage_of_graph_delays_and_loses_nothing(crowd: Director) -> None:
    """The notification was delivered, the read fails: the ring is rung again until Graph can be read."""
    leavers = [agent(number) for number in range(100, 105)]
    for who in leavers:
        await crowd.log_in(who)
    await crowd.break_("graph", id="down", method="POST", path="batch$", times=8, status=503)
    await asyncio.gather(*(crowd.disable(who) for who in leavers))

    await out(crowd, leavers)


async def test_workers_killed_in_the_middle_of_a_storm_lose_nothing(crowd: Director) -> None:
    leavers = [agent(number) for number in range(110, 140)]
    for who in leavers:
        await crowd.log_in(who)
    for function, at in (("revocation", "start"), ("triage", "end"), ("revocation", "end")):
        await crowd.control("platform", "POST", "/workers", {"kill_when": {"function": function, "after": 2, "at": at}})
    await asyncio.gather(*(crowd.disable(who) for who in leavers))

    await out(crowd, leavers)


async def test_lost_locks_make_nothing_happen_twice_that_matters(crowd: Director) -> None:
    leavers = [agent(number) for number in range(140, 150)]
    for who in leavers:
        await crowd.log_in(who)
    tasks = [asyncio.create_task(crowd.disable(who)) for who in leavers]
    await crowd.break_bus({"lose_locks": True})
    await asyncio.gather(*tasks)
    await crowd.break_bus({"lose_locks": True})

    await out(crowd, leavers)
