"""A mapping that can't be used: changes wait for it, leavers don't."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from infra.local.director import Director, agent
from infra.local.world import World, WorldConfig
from shared.model import Verdict
from tests.journeys.remembering import history, outcome_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
MATCHES_BY_NUMBER = """
version = 1
[entra]
schema = "none"
[[mapping]]
target = "userName"
expression = "[employeeId]"
match = 1
"""


@pytest_asyncio.fixture(
    params=['version = "one"\n', MATCHES_BY_NUMBER], ids=["a typo", "another match"], loop_scope="session"
)
async def without_mapping(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Director]:
    folder = tmp_path_factory.mktemp("no-mapping")
    world = World(WorldConfig(folder=folder, free_ports=True, agents=5, provisioning=request.param))
    await world.start()
    try:
        async with Director(world) as director:
            await director.subscribe()
            yield director
    finally:
        await world.stop()


async def test_a_leaver_is_out_and_a_change_waits(without_mapping: Director) -> None:
    director, leaver, mover = without_mapping, agent(1), agent(2)
    await director.log_in(leaver)
    await director.update(mover, department="Claims")
    await director.disable(leaver)

    assert (await outcome_of(director, leaver, stage="first")).verdict is Verdict.REVOKED
    assert (await director.account(leaver))["state"] == "inactive"

    async def tried() -> bool | None:
        return len(await director.invocations("provisioning")) > 1 or None

    await director.until(tried, "the change is tried again")
    assert await history(director, mover) == ()
    depths = (await director.queues())["changes"]["depth"]
    assert depths["active"] + depths["scheduled"] + depths["locked"] >= 1
