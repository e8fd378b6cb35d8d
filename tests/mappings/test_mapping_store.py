"""Which mapping is in force while the tenant's schema, Graph and the ledger come and go."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import pytest

from shared.errors import Transient, Unreachable
from shared.rules.expressions import Expression
from shared.rules.schema.document import MOST_BYTES

NO_JOB = """\
version = 1
[[mapping]]
target = "userName"
expression = "[userPrincipalName]"
match = 1
"""
A_LOOK = 61.0


def titled(text):
    """Map the title to a constant."""

    def change(users):
        users["attributeMappings"] = [
            one for one in users["attributeMappings"] if one["targetAttributeName"] != "title"
        ]
        source = {"expression": f'"{text}"', "name": text, "type": "Constant", "parameters": []}
        users["attributeMappings"].append(
            {"targetAttributeName": "title", "source": source, "flowType": "Always",
             "flowBehavior": "FlowWhenChanged", "matchingPriority": 0}
        )  # fmt: skip

    return change


def title(mapping):
    [found] = [one.expression for one in mapping.rows if one.path == "title"]
    assert isinstance(found, Expression)
    return found.text


def switched_off(users):
    users["enabled"] = False


def alarms(caplog):
    return [message.split()[1] for message in caplog.messages if message.startswith("alarm ")]


def schema_calls(office):
    entries = office.entra.tenant.control.journal.since(0)
    return [one for one in entries if str(one["path"]).endswith("/schema") and one["method"] == "GET"]


async def test_the_first_process_reads_the_schema_and_the_next_ones_find_it_in_the_ledger(office):
    first = await office.store().current()
    second = await office.store().current()

    assert title(first) == title(second) == "[jobTitle]"
    assert first.version == second.version
    assert (first.needs_assignment, first.users is not None) == (True, True)
    assert len(schema_calls(office)) == 1


async def test_many_who_ask_at_once_wait_for_one_reading(office):
    store = office.store()

    found = await asyncio.gather(*(store.current() for _ in range(20)))

    assert len({id(one) for one in found}) == 1
    assert len(schema_calls(office)) == 1


async def test_processes_that_start_at_once_agree(office):
    stores = [office.store() for _ in range(4)]

    found = await asyncio.gather(*(store.current() for store in stores))

    assert len({one.version for one in found}) == 1


async def test_a_changed_schema_is_in_force_after_refresh_and_look(office):
    store, other = office.store(), office.store()
    before = await store.current()
    assert (await other.current()).version == before.version
    await office.edit(titled("Agent"))
    assert await store.refresh()
    assert title(await store.current()) == '"Agent"'
    assert (await other.current()).version == before.version

    office.time += A_LOOK

    for each in (store, other):
        assert title(await each.current()) == '"Agent"'
        assert (await each.current()).version != before.version
        assert await each.version() == (await each.current()).version


async def test_a_refresh_without_a_change_keeps_the_version_and_writes_nothing(office):
    store = office.store()
    before = await store.current()

    assert not await store.refresh()
    office.time += A_LOOK

    assert await store.current() is before


async def test_the_switches_of_the_job_count_as_a_change(office):
    store = office.store()
    before = await store.current()
    office.entra.tenant.synchronization.job.change_secrets({"SyncAll": "true"})
    assert await store.refresh()
    office.time += A_LOOK

    after = await store.current()

    assert (before.switches.sync_all, after.switches.sync_all) == (False, True)
    assert before.version != after.version


@pytest.mark.parametrize("state", ["missing", "truncated", "foreign", "oversized", "deep"])
async def test_a_schema_that_goes_bad_leaves_the_last_good_copy_in_force(office, caplog, state):
    office.entra.tenant.control.switches["oversized_schema_bytes"] = MOST_BYTES
    store = office.store()
    before = await store.current()
    office.schema_is(state)

    assert not await store.refresh()
    office.time += A_LOOK

    assert await store.current() is before
    assert (await office.store().current()).version == before.version
    assert alarms(caplog) == ["schema_unusable"]


@pytest.mark.parametrize("what", ["job", "graph"])
async def test_a_job_or_a_graph_that_is_away_changes_nothing(office, caplog, what):
    store = office.store()
    before = await store.current()
    if what == "job":
        office.entra.tenant.synchronization.job.exists = False
    else:
        office.entra.fault(path="/v1.0/servicePrincipals", status=503, times=None)

    assert not await store.refresh()
    office.time += A_LOOK

    assert await store.current() is before
    assert alarms(caplog) == ["schema_unusable"]


async def test_a_schema_that_switches_everybody_off_is_not_taken_for_an_order(office, caplog):
    store = office.store()
    before = await store.current()
    await office.edit(switched_off)

    assert not await store.refresh()
    office.time += A_LOOK

    assert await store.current() is before
    assert alarms(caplog) == ["schema_unusable"]


@pytest.mark.parametrize("state", ["missing", "truncated", "foreign", "deep"])
async def test_without_a_good_copy_changes_wait_and_leavers_do_not(office, caplog, state):
    office.schema_is(state)
    store = office.store()

    with pytest.raises(Transient):
        await store.current()
    assert await store.version() == ""
    assert "mapping_missing" in alarms(caplog)

    office.schema_is("served")
    office.time += A_LOOK
    assert title(await store.current()) == "[jobTitle]"


async def test_a_ledger_that_is_down_at_first_is_a_passing_reason(office):
    store = office.store()
    await store.ledger.links([])
    await store.ledger.state("anything")
    with office.no_ledger():
        with pytest.raises(Transient):
            await store.current()
        with pytest.raises(Transient):  # and it is not asked again by everybody who comes
            await store.soon()
    office.time += A_LOOK

    assert title(await store.current()) == "[jobTitle]"


async def test_a_ledger_that_goes_down_later_changes_nothing(office, caplog):
    store = office.store()
    before = await store.current()
    with office.no_ledger():
        office.time += A_LOOK

        assert await store.current() is before
        assert await store.version() == before.version

    assert alarms(caplog) == ["mapping_not_read"]  # once for each look, not for each question


@pytest.mark.parametrize("damage", ["cut off", '{"v": 99, "job_id": "x", "packed": ""}', '{"v": 1, "packed": "@@@"}'])
async def test_a_damaged_copy_is_read_from_graph_again(office, damage):
    before = await office.store().current()
    ledger = office.ledgers[0]
    await ledger.put_state("provisioning-schema", damage)

    assert (await office.store().current()).version == before.version


async def test_a_damaged_copy_changes_nothing_for_who_has_a_mapping(office):
    store = office.store()
    before = await store.current()
    await store.ledger.put_state("provisioning-schema", "cut off")
    office.schema_is("missing")
    office.time += A_LOOK

    assert await store.current() is before


class SilentJobs:
    """A Graph that says nothing until it is let go."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.let_go = asyncio.Event()

    async def read(self):
        await self.let_go.wait()
        return await self.jobs.read()


async def test_who_can_go_on_without_a_mapping_waits_a_moment_only(office):
    store = office.store(patience_s=0.01)
    store.jobs = silent = SilentJobs(store.jobs)

    assert await store.version() == ""
    with pytest.raises(Unreachable, match="it is being read"):
        await store.soon()

    silent.let_go.set()
    assert title(await store.current()) == "[jobTitle]"


async def test_who_has_a_mapping_does_not_wait_for_a_slow_look(office):
    store = office.store(patience_s=0.01)
    before = await store.current()
    with contextlib.closing(sqlite3.connect(office.database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        office.time += A_LOOK

        assert await store.current() is before

        connection.execute("ROLLBACK")


async def test_without_a_job_the_file_alone_is_the_mapping(office):
    store = office.store(NO_JOB)

    found = await store.current()

    assert [one.path for one in found.rows] == ["userName"]
    assert not await store.refresh()
    office.time += A_LOOK
    assert await store.current() is found
    assert schema_calls(office) == []
    assert await office.ledgers[0].state("provisioning-schema") is None
