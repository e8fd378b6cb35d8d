"""Every step of the leaver playbook, against sessions, stations, queues and conversations that really end."""

from __future__ import annotations

import pytest

from shared.errors import NotThere, Refused, Stale, Throttled, Unreachable
from shared.model import StepName, StepResult, Urgency
from shared.targets.genesys import GenesysTarget

NOBODY = "00000000-0000-4000-8000-000000000000"
SCIM = "^/api/v2/scim"


@pytest.fixture
def revoking(genesys):
    return genesys.target(Urgency.REVOCATION)


async def test_deactivation_is_one_patch_without_a_precondition(revoking, genesys):
    account = genesys.account(1)
    step = await revoking.perform(StepName.DEACTIVATE, account.id)
    assert (step.name, step.result, step.detail) == (StepName.DEACTIVATE, StepResult.DONE, "")
    assert step.at == pytest.approx(genesys.cloud.control.clock.now(), abs=5)
    assert not account.active
    assert [entry["method"] for entry in genesys.writes] == ["PATCH"]


@pytest.mark.parametrize("name", [StepName.DEACTIVATE, StepName.END_SESSIONS, StepName.VERIFY])
async def test_a_step_tells_the_moment_on_genesys_clock(revoking, genesys, name):
    genesys.cloud.sessions.open(genesys.account(1), conversation=False)
    step = await revoking.perform(name, genesys.account(1).id)
    assert step.server_time == pytest.approx(genesys.cloud.control.clock.now(), abs=5)


async def test_every_step_can_be_done_again(revoking, genesys):
    genesys.cloud.switches.update(
        {"tokens_delete_without_tokens": 404, "station_delete_without_station": 404, "relogin": True}
    )
    account = genesys.account(1)
    genesys.cloud.sessions.open(account, conversation=True)
    done, nothing = StepResult.DONE, StepResult.NOTHING_TO_DO
    expected = {
        StepName.DEACTIVATE: (done, done),
        StepName.DISCONNECT_CONVERSATIONS: (done, nothing),
        StepName.DISASSOCIATE_STATION: (done, nothing),
        StepName.SET_OFFLINE: (done, done),
        StepName.LEAVE_QUEUES: (done, nothing),
        StepName.END_SESSIONS: (done, nothing),
        StepName.END_SESSIONS_AGAIN: (nothing, nothing),
        StepName.VERIFY: (done, done),
    }
    for name, results in expected.items():
        assert tuple([(await revoking.perform(name, account.id)).result for _ in range(2)]) == results, name
    assert genesys.cloud.sessions.live(account.id) == []
    assert account.station_id == ""
    assert account.queues == {}
    assert genesys.cloud.org.presences.name_of(account.presence_id) == "Offline"
    assert all(call.ended for call in genesys.cloud.sessions.conversations.values())


async def test_leaving_queues_includes_those_that_are_not_joined(revoking, genesys):
    account = genesys.account(1)
    queues = list(genesys.cloud.org.queues.by_id)
    account.queues = {queues[0]: True, queues[1]: False, queues[2]: False}
    step = await revoking.perform(StepName.LEAVE_QUEUES, account.id)
    assert (step.detail, account.queues) == ("3 queues", {})


async def test_the_offline_presence_is_looked_up_once(revoking, genesys):
    for number in (1, 2, 3):
        await revoking.at(Urgency.BACKGROUND).perform(StepName.SET_OFFLINE, genesys.account(number).id)
    assert len(genesys.seen("GET", "/presence/definitions")) == 1


@pytest.mark.parametrize("step", [StepName.DEACTIVATE, StepName.VERIFY])
async def test_an_unknown_account_is_not_there(revoking, step):
    with pytest.raises(NotThere):
        await revoking.perform(step, NOBODY)


@pytest.mark.parametrize(
    "step",
    [StepName.END_SESSIONS, StepName.DISASSOCIATE_STATION, StepName.SET_OFFLINE, StepName.LEAVE_QUEUES],
)
async def test_an_unknown_account_has_nothing_left_to_end(revoking, step):
    assert (await revoking.perform(step, NOBODY)).result is StepResult.NOTHING_TO_DO


async def test_verification_fails_while_the_account_is_active(revoking, genesys):
    step = await revoking.perform(StepName.VERIFY, genesys.account(1).id)
    assert (step.result, step.detail) == (StepResult.FAILED, "the account is active")


async def test_a_routine_write_is_no_step_of_the_playbook(revoking, genesys):
    with pytest.raises(Refused):
        await revoking.perform(StepName.UPDATE, genesys.account(1).id)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 408}, {"reset": "before"}])
async def test_when_scim_does_not_work_the_platform_call_deactivates(revoking, genesys, fault):
    genesys.fault(method="PATCH", path=SCIM, times=None, **fault)
    account = genesys.account(1)
    step = await revoking.perform(StepName.DEACTIVATE, account.id)
    assert (step.result, step.detail) == (StepResult.DONE, "by the Platform call")
    assert not account.active


@pytest.mark.parametrize(
    "body", ["<html>a gateway's page</html>", {}, [], {"active": True}, {"active": "false"}, {"active": None}]
)
async def test_an_answer_that_shows_no_inactive_account_is_no_deactivation(revoking, genesys, body):
    genesys.fault(method="PATCH", path=SCIM, status=200, body=body)
    step = await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert (step.result, step.detail) == (StepResult.DONE, "by the Platform call")
    assert step.server_time is not None
    assert not genesys.account(1).active


async def test_a_platform_call_that_shows_no_inactive_account_is_made_again(revoking, genesys):
    genesys.fault(method="PATCH", path=SCIM, status=200, body="<html>")
    genesys.fault(method="PUT", path="/state$", status=200, body="<html>", times=2)
    step = await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert step.detail == "by the Platform call"
    assert not genesys.account(1).active


async def test_a_deactivation_that_nobody_shows_is_unreachable(revoking, genesys):
    genesys.fault(method="PATCH", path=SCIM, status=200, body="<html>")
    genesys.fault(method="PUT", path="/state$", status=200, body={"state": "active"}, times=None)
    with pytest.raises(Unreachable):
        await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)


async def test_a_gateway_that_answers_everything_itself_is_unreachable(revoking, genesys):
    genesys.fault(path="^/api", status=200, body="<html>", times=None)
    with pytest.raises(Unreachable):
        await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)


async def test_when_scim_answers_too_late_the_platform_call_deactivates(genesys):
    genesys.fault(method="PATCH", path=SCIM, status=503, delay_s=1.5)
    revoking = genesys.target(Urgency.REVOCATION, timeout_s=1.0)
    step = await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert step.detail == "by the Platform call"
    assert not genesys.account(1).active


async def test_a_deactivation_whose_answers_were_all_lost_is_found_done(revoking, genesys):
    genesys.fault(method="PATCH", path=SCIM, reset="after", times=2)
    step = await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert (step.result, step.detail) == (StepResult.DONE, "found inactive after SCIM had not confirmed it")
    assert [entry["method"] for entry in genesys.writes] == ["PATCH", "PATCH"]


async def test_one_lost_answer_costs_one_more_patch_and_nothing_else(revoking, genesys):
    genesys.fault(method="PATCH", path=SCIM, reset="after")
    step = await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert (step.result, step.detail) == (StepResult.DONE, "")
    assert [entry["method"] for entry in genesys.writes] == ["PATCH", "PATCH"]


async def test_the_platform_call_reads_the_version_again_when_it_lost_a_race(revoking, genesys):
    conflict = {
        "message": "The version supplied does not match the current version", "code": "general.conflict", "status": 409,
    }  # fmt: skip
    genesys.fault(method="PATCH", path=SCIM, status=503, times=None)
    genesys.fault(method="PUT", path="/state$", status=409, body=conflict, times=2)
    assert (await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)).detail == "by the Platform call"
    genesys.fault(method="PUT", path="/state$", status=409, body=conflict, times=3)
    with pytest.raises(Stale):
        await revoking.perform(StepName.DEACTIVATE, genesys.account(2).id)


async def test_a_429_is_no_reason_for_the_platform_call(revoking, genesys):
    genesys.fault(method="PATCH", path=SCIM, status=429, headers={"Retry-After": "7"})
    with pytest.raises(Throttled) as throttled:
        await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)
    assert throttled.value.retry_after == 8.0
    assert genesys.seen("PUT") == []


async def test_when_nothing_works_it_is_unreachable(revoking, genesys):
    genesys.fault(status=503, path="^/api", times=None)
    with pytest.raises(Unreachable):
        await revoking.perform(StepName.DEACTIVATE, genesys.account(1).id)


async def test_token_kills_of_a_revocation_are_charged_as_such(genesys):
    charged: list[Urgency] = []
    client = genesys.client()
    send = client.send

    class Watching:
        now = staticmethod(client.now)

        async def send(self, request, urgency):
            charged.append(urgency)
            return await send(request, urgency)

    revoking = GenesysTarget(Watching(), urgency=Urgency.REVOCATION)  # type: ignore[arg-type]
    account_id = genesys.account(1).id
    await revoking.perform(StepName.DEACTIVATE, account_id)
    await revoking.perform(StepName.END_SESSIONS, account_id)
    await revoking.at(Urgency.BACKGROUND).perform(StepName.END_SESSIONS_AGAIN, account_id)
    assert charged == [Urgency.REVOCATION, Urgency.SESSIONS, Urgency.BACKGROUND]
