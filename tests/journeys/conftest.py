"""The whole house over real sockets: one local world for all journeys, and a fresh person for each.

People are taken in turn so that no journey finds another one's traces; a journey that breaks something mends it.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director, agent
from infra.local.world import World, WorldConfig
from tests.journeys.steering import PEOPLE, PLENTY

NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(WorldConfig(folder=tmp_path_factory.mktemp("world"), free_ports=True, agents=PEOPLE))
    await world.start()
    try:
        yield world
    finally:
        await world.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def director(world: World) -> AsyncIterator[Director]:
    """The director of a world whose subscriptions exist, and in which nothing is broken or under way any more."""
    async with Director(world) as director:
        await director.allow(*PLENTY)
        await director.subscribe()
        yield director
        await director.allow(*PLENTY)
        for whose in ("graph", "genesys", "platform"):
            await director.mend(whose)
            await director.control(whose, "POST", "/outage", {"mode": "off"})
        await director.latency(graph_ms=0, genesys_ms=0)
        await director.control("platform", "DELETE", "/bus")
        await director.quiet()


@pytest.fixture
def person() -> Agent:
    """Somebody whom no other journey knows."""
    return agent(next(NUMBERS))


@pytest.fixture
def people() -> Callable[[int], list[Agent]]:
    return lambda count: [agent(next(NUMBERS)) for _ in range(count)]
