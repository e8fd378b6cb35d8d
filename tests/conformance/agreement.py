"""Do we and Entra's job agree? Each must find nothing to change after the other, whoever comes first.

    @EVERY_SCHEMA
    @EVERY_SCENE
    async def test_entra_finds_nothing_to_change_after_us(worlds, schema, scene, dialect):
        await entra_finds_nothing_after(converge_all, worlds, schema, scene, dialect=dialect)

    @EVERY_SCHEMA
    @EVERY_SCENE
    async def test_we_find_nothing_to_change_after_entra(worlds, schema, scene, dialect):
        await finds_nothing_after_entra(converge_all, worlds, schema, scene, dialect=dialect)

`converge_all` is whoever is held against the job: it brings everybody in `worlds` to what the schema of the tenant's
job says, over Graph and Genesys' API, and returns when that is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.conformance.entra_cycle import CycleReport, run_cycle
from tests.conformance.entra_cycle.report import Dialect
from tests.conformance.scenes import SCENES, Scene
from tests.conformance.worlds import SCHEMAS, Worlds, read

ConvergeAll = Callable[[Worlds], Awaitable[object]]
SETTLES_WITHIN = 3

EVERY_SCENE = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
EVERY_SCHEMA = pytest.mark.parametrize("schema", SCHEMAS)


async def entra_finds_nothing_after(
    converge_all: ConvergeAll, worlds: Worlds, schema: str, scene: Scene, *, dialect: Dialect
) -> None:
    """Play the scene, converge, and run a cycle of a job that has known everybody from the start.

    Args:
        schema: one of `worlds.SCHEMAS`; it becomes the schema of the tenant's job.

    Raises:
        AssertionError: the cycle wrote something, or tried in vain; all of it is listed.
    """
    await worlds.install(read(schema))
    await scene(worlds)
    await converge_all(worlds)
    told = _told(await run_cycle(worlds.graph, worlds.genesys, read(schema), dialect=dialect))
    if told:
        raise AssertionError("\n".join(["Entra's cycle found something to change after us:", *told]))


async def finds_nothing_after_entra(
    converge_all: ConvergeAll, worlds: Worlds, schema: str, scene: Scene, *, dialect: Dialect
) -> None:
    """Let the job learn everybody, play the scene, let the job settle, and converge.

    The job learns with the gallery's schema, which has no filter, and gets its own afterwards: who is outside of that
    one's filter has to leave.

    Raises:
        AssertionError: the job does not settle, or `converge_all` wrote over SCIM or changed an account or a group.
    """
    links: dict[str, str] = {}
    await _settled(worlds, "gallery", dialect, links)
    await worlds.install(read(schema))
    await scene(worlds)
    await _settled(worlds, schema, dialect, links)
    before, since = worlds.versions(), worlds.now
    await converge_all(worlds)
    written = [one for one in worlds.written(since) if "/scim/" in one]
    told = written + [f"a new version of {one}" for one in _differing(before, worlds.versions())]
    if told:
        raise AssertionError("\n".join(["we found something to change after Entra:", *told]))


async def _settled(worlds: Worlds, schema: str, dialect: Dialect, links: dict[str, str]) -> None:
    """Run cycles until one finds nothing."""
    told: list[str] = []
    for _ in range(SETTLES_WITHIN):
        told = _told(await run_cycle(worlds.graph, worlds.genesys, read(schema), dialect=dialect, links=links))
        if not told:
            return
    raise AssertionError("\n".join(["the job does not settle:", *told]))


def _told(report: CycleReport) -> list[str]:
    return [f"{one.operation} {one.path} of {one.account}: {one.value!r}" for one in report.writes] + report.refused


def _differing(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return sorted(one for one in before | after if before.get(one) != after.get(one))
