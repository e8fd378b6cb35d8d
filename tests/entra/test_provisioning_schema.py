"""The provisioning configuration of a simulated tenant, read over a socket."""

from __future__ import annotations

import logging

import pytest

from infra.local.entra.population import application_id
from shared.entra.provisioning_schema import ProvisioningJobs
from shared.errors import Ambiguous, NotThere, Unauthorized, Unreachable
from shared.rules.schema.reading import read_schema

BASE = f"/v1.0/servicePrincipals/{application_id()}/synchronization"


@pytest.fixture
def jobs(graph):
    return ProvisioningJobs(graph, application_id())


async def test_the_schema_and_the_switches_are_read(jobs, entra):
    found = await jobs.read()

    assert found.job_id == entra.tenant.synchronization.job.id
    assert (found.sync_all, found.skip_out_of_scope_deletions, found.notes) == (False, False, ())
    read = read_schema(found.document)
    assert read.problems == ()
    assert read.schema is not None
    assert read.schema.version == entra.tenant.synchronization.job.version


async def test_switches_may_be_written_in_any_case(jobs, entra):
    entra.tenant.synchronization.job.change_secrets({"SyncAll": "True", "SkipOutOfScopeDeletions": "1"})

    found = await jobs.read()

    assert (found.sync_all, found.skip_out_of_scope_deletions) == (True, True)


async def test_switches_that_are_missing_or_masked_are_left_to_settings(jobs, entra):
    entra.tenant.synchronization.job.change_secrets({"SyncAll": None, "SkipOutOfScopeDeletions": "*****"})

    found = await jobs.read()

    assert (found.sync_all, found.skip_out_of_scope_deletions) == (None, None)
    assert found.notes == ("Graph does not show SyncAll and SkipOutOfScopeDeletions, so settings decide.",)


@pytest.mark.parametrize(
    "secrets",
    [{}, {"value": None}, {"value": []}, {"value": [{"key": "BaseAddress", "value": "*"}]}],
    ids=["nothing", "null", "empty", "others only"],
)
async def test_secrets_that_show_no_switch_leave_both_open(jobs, entra, secrets):
    entra.fault(path=f"{BASE}/secrets", status=200, body=secrets)

    found = await jobs.read()

    assert (found.sync_all, found.skip_out_of_scope_deletions) == (None, None)
    assert found.notes == ("Graph does not show SyncAll and SkipOutOfScopeDeletions, so settings decide.",)


async def test_skipping_is_off_where_only_the_other_switch_is_written(jobs, entra):
    entra.tenant.synchronization.job.change_secrets({"SyncAll": "true", "SkipOutOfScopeDeletions": None})

    found = await jobs.read()

    assert (found.sync_all, found.skip_out_of_scope_deletions, found.notes) == (True, False, ())


async def test_the_schema_is_read_although_the_secrets_are_forbidden(jobs, entra):
    entra.fault(path=f"{BASE}/secrets", status=403)

    found = await jobs.read()

    assert found.document
    assert (found.sync_all, found.skip_out_of_scope_deletions) == (None, None)
    assert "Synchronization.Read.All" in found.notes[0]


async def test_no_job_is_a_sentence(jobs, entra):
    entra.tenant.synchronization.job.exists = False

    with pytest.raises(NotThere, match="has no provisioning job"):
        await jobs.read()


async def test_a_named_job_that_is_gone_is_a_sentence(graph):
    with pytest.raises(NotThere, match="no such provisioning job"):
        await ProvisioningJobs(graph, application_id(), job_id="PureCloud.gone").read()


async def test_several_jobs_are_left_to_a_person(jobs, entra):
    job = entra.tenant.synchronization.job.resource(0.0)
    entra.fault(path=f"{BASE}/jobs", status=200, body={"value": [job, {**job, "id": "PureCloud.other"}]})

    with pytest.raises(Ambiguous, match=r"2 provisioning jobs.*PureCloud\.other"):
        await jobs.read()


async def test_a_missing_permission_is_named(jobs, entra):
    entra.fault(path=f"{BASE}/jobs", status=403)

    with pytest.raises(Unauthorized, match=r"needs Synchronization\.Read\.All"):
        await jobs.read()


@pytest.mark.parametrize(("state", "error"), [("truncated", Unreachable), ("deep", Unreachable), ("missing", NotThere)])
async def test_a_damaged_schema_is_an_error_of_the_tree(jobs, entra, state, error):
    entra.tenant.control.switches["provisioning_schema"] = state

    with pytest.raises(error):
        await jobs.read()


async def test_another_document_is_no_schema(jobs, entra):
    entra.tenant.control.switches["provisioning_schema"] = "foreign"

    read = read_schema((await jobs.read()).document)

    assert read.schema is None
    assert "synchronizationRules" in read.problems[0].sentence


async def test_no_secret_is_logged_or_kept(jobs, caplog):
    with caplog.at_level(logging.DEBUG):
        found = await jobs.read()

    assert "local-scim-token" not in caplog.text + repr(found)


async def test_switches_that_are_out_of_reach_for_a_passing_reason_are_waited_for(jobs, entra):
    entra.fault(path=f"{BASE}/secrets", status=503)

    with pytest.raises(Unreachable):
        await jobs.read()


async def test_an_oversized_schema_is_told_in_a_sentence(jobs, entra):
    entra.tenant.control.switches["provisioning_schema"] = "oversized"
    entra.tenant.control.switches["oversized_schema_bytes"] = 17 * 2**20

    read = read_schema((await jobs.read()).document)

    assert read.schema is None
    assert "too large" in read.problems[0].sentence
