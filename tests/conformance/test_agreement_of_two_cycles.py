"""Can the agreement be held at all, and does it notice who disagrees? Two cycles of Entra, each in its own dialect."""

from __future__ import annotations

import pytest

from infra.local.genesys.population import genesys_id
from tests.conformance.agreement import (
    EVERY_SCENE,
    EVERY_SCHEMA,
    entra_finds_nothing_after,
    finds_nothing_after_entra,
)
from tests.conformance.entra_cycle import run_cycle
from tests.conformance.entra_cycle.report import NEW, OLD
from tests.conformance.scenes import SCENES
from tests.conformance.worlds import read


def another_job(schema, dialect, links=None):
    """Somebody who converges as the documentation says: the same job in the other dialect."""

    async def converge_all(worlds):
        await run_cycle(worlds.graph, worlds.genesys, read(schema), dialect=dialect, links=links)

    return converge_all


@EVERY_SCHEMA
@EVERY_SCENE
async def test_a_cycle_finds_nothing_after_a_cycle_in_the_other_dialect(worlds, schema, scene):
    links: dict[str, str] = {}
    await run_cycle(worlds.graph, worlds.genesys, read("gallery"), dialect=NEW, links=links)

    await entra_finds_nothing_after(another_job(schema, NEW, links), worlds, schema, scene, dialect=OLD)


@EVERY_SCHEMA
@EVERY_SCENE
async def test_a_cycle_finds_nothing_after_a_job_that_has_settled(worlds, schema, scene):
    await finds_nothing_after_entra(another_job(schema, NEW), worlds, schema, scene, dialect=OLD)


async def test_who_leaves_something_undone_is_found_out(worlds):
    async def converge_nobody(_):
        pass

    with pytest.raises(AssertionError, match=r"replace title of .*'Supervisor'"):
        await entra_finds_nothing_after(converge_nobody, worlds, "gallery", SCENES["mover"], dialect=OLD)


@pytest.mark.parametrize(
    "operation",
    [{"op": "replace", "path": "title", "value": "Janitor"}, {"op": "replace", "path": "title", "value": "Agent"}],
    ids=["a change", "a write without effect"],
)
async def test_who_writes_after_a_settled_job_is_found_out(worlds, operation):
    async def converge_one_wrongly(_):
        await worlds.in_genesys(3, operation)

    with pytest.raises(AssertionError, match=f"PATCH /api/v2/scim/v2/users/{genesys_id('user', 3)}"):
        await finds_nothing_after_entra(converge_one_wrongly, worlds, "gallery", SCENES["nothing"], dialect=NEW)


async def test_a_job_that_never_settles_is_said_so(worlds):
    async def nobody(_):
        raise AssertionError("the job has not settled")

    worlds.cloud.control.switches["unknown_name"] = "skip"
    worlds.cloud.control.switches["user_name_write"] = "ignore"

    with pytest.raises(AssertionError, match="the job does not settle"):
        await finds_nothing_after_entra(nobody, worlds, "gallery", SCENES["renamed"], dialect=OLD)
