"""Who is assigned, by whom and with which roles; and that no leaver's reading depends on it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest

from infra.local.entra.directory import Record
from infra.local.entra.population import agent_id, application_id, group_id
from shared.entra.assignments import DEFAULT_ACCESS, Assigned, Assignments
from shared.entra.client import GraphClient
from shared.entra.source import GraphSource, ReadPlan
from shared.errors import Throttled, Unauthorized, Unreachable
from shared.model import Identity, Presence, Role
from shared.ports import ReadFailure
from tests.entra.conftest import Entra
from tests.entra.test_source import BATCH, THROTTLED, read, source_with

PRINCIPAL = f"/v1.0/servicePrincipals/{application_id()}"
ASSIGNED_TO = f"{PRINCIPAL}/appRoleAssignedTo"
ADA, GRACE, ALAN, BOSS = agent_id(1), agent_id(2), agent_id(3), agent_id(10)
AGENTS, SUPERVISORS = group_id("CC Agents"), group_id("CC Supervisors")


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def assignments(graph: GraphClient, time: Time) -> Assignments:
    return Assignments(graph, application_id(), time)


@pytest.fixture
def source(graph: GraphClient, assignments: Assignments, time: Time) -> GraphSource:
    return source_with(graph, ReadPlan(assignments=assignments), time)


async def assign(entra: Entra, object_id: str, role: str = DEFAULT_ACCESS) -> str:
    """The assignment's id."""
    body = {"principalId": object_id, "resourceId": application_id(), "appRoleId": role}
    return str((await entra.write("POST", ASSIGNED_TO.removeprefix("/v1.0"), body))["id"])


async def unassign(entra: Entra, assignment: str) -> None:
    await entra.write("DELETE", f"{ASSIGNED_TO.removeprefix('/v1.0')}/{assignment}")


async def unassign_everybody(entra: Entra) -> None:
    for one in (await entra.write("GET", ASSIGNED_TO.removeprefix("/v1.0")))["value"]:
        await unassign(entra, one["id"])


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message.split()[1] for message in caplog.messages if message.startswith("alarm ")]


async def role_id(entra: Entra, value: str) -> str:
    application = await entra.write("GET", PRINCIPAL.removeprefix("/v1.0"))
    return next(str(one["id"]) for one in application["appRoles"] if one["value"] == value)


async def leave(entra: Entra, person: str, group: str = AGENTS) -> None:
    await entra.write("DELETE", f"/groups/{group}/members/{person}/$ref")


def told(found: dict[str, Identity | ReadFailure]) -> Iterator[tuple[str, bool | None, list[str] | None]]:
    for id_, one in sorted(found.items()):
        assert isinstance(one, Identity)
        yield id_, one.assigned, None if one.roles is None else sorted(role.value for role in one.roles)


async def test_members_of_an_assigned_group_are_assigned_and_others_are_not(entra: Entra, source: GraphSource):
    await leave(entra, GRACE)

    found = await read(source, [ADA, GRACE])

    assert list(told(found)) == sorted([(ADA, True, []), (GRACE, False, [])])
    assert len(entra.calls(BATCH)) == 1


async def test_an_assignment_of_their_own_counts_without_any_group(entra: Entra, source: GraphSource):
    await leave(entra, GRACE)
    await assign(entra, GRACE)

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


@pytest.mark.parametrize(("transitive", "expected"), [(False, False), (True, True)])
async def test_members_of_nested_groups_count_only_where_it_is_set(
    entra: Entra, graph: GraphClient, assignments: Assignments, transitive: bool, expected: bool
):
    group = {"displayName": "Outer", "mailNickname": "outer", "mailEnabled": False, "securityEnabled": True}
    outer, inner = [await entra.write("POST", "/groups", {**group, "displayName": name}) for name in ("o", "i")]
    for parent, child in ((outer["id"], inner["id"]), (inner["id"], GRACE)):
        member = {"@odata.id": f"{entra.graph_url}/directoryObjects/{child}"}
        await entra.write("POST", f"/groups/{parent}/members/$ref", member)
    await leave(entra, GRACE)
    await assign(entra, outer["id"])
    source = source_with(graph, ReadPlan(assignments=assignments, transitive=transitive))

    assert list(told(await read(source, [GRACE]))) == [(GRACE, expected, [])]


async def test_roles_come_from_groups_and_own_assignments_each_once(entra: Entra, source: GraphSource):
    await assign(entra, SUPERVISORS, await role_id(entra, "Supervisor"))
    await assign(entra, BOSS, await role_id(entra, "Supervisor"))
    await assign(entra, BOSS, await role_id(entra, "Agent"))
    await assign(entra, ADA, await role_id(entra, "Agent"))

    found = await read(source, [ADA, GRACE, BOSS])

    assert list(told(found)) == sorted(
        [(ADA, True, ["Agent"]), (GRACE, True, []), (BOSS, True, ["Agent", "Supervisor"])]
    )
    boss = found[BOSS]
    assert isinstance(boss, Identity)
    assert boss.roles
    assert boss.roles[0].display_name == boss.roles[0].value


async def test_with_a_role_that_nobody_knows_it_is_not_told_which_roles_they_have(entra: Entra, source: GraphSource):
    await assign(entra, GRACE, str(uuid.uuid4()))
    await assign(entra, GRACE, await role_id(entra, "Agent"))

    assert list(told(await read(source, [ADA, GRACE]))) == sorted([(ADA, True, []), (GRACE, True, None)])


@pytest.mark.parametrize("roles", [None, []], ids=["null", "empty"])
async def test_without_the_applications_roles_nobody_is_said_to_have_none(
    entra: Entra, source: GraphSource, roles: object
):
    await assign(entra, ADA, await role_id(entra, "Agent"))
    entra.tenant.applications.principals[application_id()]["appRoles"] = roles

    assert list(told(await read(source, [ADA, GRACE]))) == sorted([(ADA, True, None), (GRACE, True, [])])


async def test_every_page_of_the_assignments_is_read(entra: Entra, assignments: Assignments):
    ids = [str(uuid.uuid4()) for _ in range(1_100)]
    for id_ in ids:
        entra.tenant.applications.grant(
            application_id(), Record(id=id_, kind="user", properties={"displayName": "Somebody"})
        )

    found = await assignments.current()

    assert found.roles.keys() == {*ids, AGENTS, SUPERVISORS}
    assert len(entra.calls(ASSIGNED_TO)) == 2


async def test_the_list_is_read_again_when_it_is_old(
    entra: Entra, source: GraphSource, assignments: Assignments, time: Time
):
    await leave(entra, GRACE)
    assignment = await assign(entra, GRACE)
    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]
    await unassign(entra, assignment)
    time.now += 299

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]

    time.now += 2
    await assignments.current()
    assert list(told(await read(source, [GRACE]))) == [(GRACE, False, [])]


async def test_nobody_is_denied_by_a_list_from_before_their_reading(entra: Entra, source: GraphSource, time: Time):
    await leave(entra, GRACE)
    assert list(told(await read(source, [GRACE]))) == [(GRACE, False, [])]
    await assign(entra, GRACE)
    time.now += 11

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


async def test_for_those_who_are_not_in_it_the_list_is_read_once_in_ten_seconds_by_one_for_all(
    entra: Entra, source: GraphSource, time: Time
):
    people = [GRACE, ALAN, *(agent_id(number) for number in range(21, 30))]
    for person in people:
        await leave(entra, person)
    await read(source, [ADA])
    time.now += 11
    entra.forget()

    found = await asyncio.gather(*(read(source, [person]) for person in people), read(source, people))
    time.now += 9
    await read(source, people)

    assert {one.assigned for some in found for one in some.values() if isinstance(one, Identity)} == {False}
    assert len(entra.calls(ASSIGNED_TO)) == 1


async def test_a_list_that_can_not_be_read_again_denies_nobody(entra: Entra, source: GraphSource, time: Time):
    await leave(entra, GRACE)
    await read(source, [ADA])
    entra.fault(path=ASSIGNED_TO, status=503, times=None)
    time.now += 11

    found = await read(source, [ADA, GRACE])

    assert isinstance(found[GRACE], ReadFailure)
    assert list(told({ADA: found[ADA]})) == [(ADA, True, [])]


async def test_a_leaver_does_not_wait_for_a_newer_list(entra: Entra, source: GraphSource, time: Time):
    await leave(entra, GRACE)
    await entra.write("PATCH", f"/users/{GRACE}", {"accountEnabled": False})
    await read(source, [ADA])
    entra.forget()
    time.now += 11

    assert list(told(await read(source, [GRACE]))) == [(GRACE, None, None)]
    assert entra.calls(ASSIGNED_TO) == []


async def test_those_who_wait_for_a_list_share_its_failure(entra: Entra, assignments: Assignments):
    entra.fault(path=ASSIGNED_TO, status=503, times=1)

    failed = await asyncio.gather(*(assignments.current() for _ in range(5)), return_exceptions=True)

    assert [type(one) for one in failed] == [Unreachable] * 5
    assert len(entra.calls(ASSIGNED_TO)) == 1
    assert (await assignments.current()).certain


@pytest.mark.parametrize("full_before", [True, False], ids=["after one that held somebody", "from the start"])
async def test_an_empty_list_denies_nobody_and_raises_an_alarm(
    entra: Entra, source: GraphSource, time: Time, caplog: pytest.LogCaptureFixture, full_before: bool
):
    if full_before:
        await read(source, [ADA])
    await unassign_everybody(entra)
    time.now += 301

    found = await read(source, [ADA, GRACE])
    assert ADA in found
    found = await read(source, [ADA, GRACE])

    assert list(told(found)) == sorted([(ADA, None, None), (GRACE, None, None)])
    assert alarms(caplog) == ["assignments_empty"]


@pytest.mark.parametrize(
    "body",
    [{}, {"value": None}, {"value": {}}, {"value": ["?"]}, {"value": [{"appRoleId": DEFAULT_ACCESS}]}],
    ids=["nothing", "null", "an object", "no objects", "nobody"],
)
async def test_a_page_without_a_list_is_no_empty_list(
    entra: Entra, source: GraphSource, caplog: pytest.LogCaptureFixture, body: dict[str, object]
):
    entra.fault(path=ASSIGNED_TO, status=200, body=body, times=None)

    failed = (await read(source, [ADA]))[ADA]

    assert isinstance(failed, ReadFailure)
    assert type(failed.error) is Unreachable
    assert alarms(caplog) == []


@pytest.mark.parametrize(
    "body", [{"error": "?"}, {"value": None}, {"value": [{"displayName": "?"}]}], ids=["nothing", "null", "no ids"]
)
async def test_groups_without_a_list_are_not_no_groups(entra: Entra, source: GraphSource, body: dict[str, object]):
    entra.fault(path=f"/users/{ADA}/memberOf", status=200, body=body, times=None)

    failed = (await read(source, [ADA]))[ADA]

    assert isinstance(failed, ReadFailure)
    assert type(failed.error) is Unreachable


@pytest.mark.parametrize("path", [PRINCIPAL, ASSIGNED_TO], ids=["application", "assignments"])
@pytest.mark.parametrize("status", [404, 400, 410])
async def test_an_application_that_graph_refuses_is_nobodys_refusal(
    entra: Entra, source: GraphSource, status: int, path: str
):
    entra.fault(path=path, status=status, times=None)

    failed = (await read(source, [ADA]))[ADA]

    assert isinstance(failed, ReadFailure)
    assert type(failed.error) is Unreachable
    assert "service_principal in [entra]" in str(failed.error)
    assert application_id() in str(failed.error)


@pytest.mark.parametrize(
    ("status", "error"), [(503, Unreachable), (403, Unauthorized), (429, Throttled)], ids=["503", "403", "429"]
)
async def test_without_the_assignments_nobody_is_current_and_leavers_are_read(
    entra: Entra, source: GraphSource, status: int, error: type[Exception]
):
    deleted = agent_id(4)
    await entra.write("PATCH", f"/users/{GRACE}", {"accountEnabled": False})
    await entra.write("DELETE", f"/users/{deleted}")
    entra.fault(path=ASSIGNED_TO, status=status, times=None, body=THROTTLED if status == 429 else None)

    found = await read(source, [ADA, GRACE, deleted])

    failed, disabled, gone = found[ADA], found[GRACE], found[deleted]
    assert isinstance(failed, ReadFailure)
    assert type(failed.error) is error
    assert isinstance(disabled, Identity)
    assert (disabled.account_enabled, disabled.assigned) == (False, None)
    assert isinstance(gone, Identity)
    assert gone.presence is Presence.SOFT_DELETED


async def test_groups_that_can_not_be_read_fail_one_person_only(entra: Entra, source: GraphSource):
    await entra.write("PATCH", f"/users/{ALAN}", {"accountEnabled": False})
    for id_ in (ADA, ALAN):
        entra.fault(path=f"/users/{id_}/memberOf", status=503, times=None)

    found = await read(source, [ADA, GRACE, ALAN])

    assert isinstance(found[ADA], ReadFailure)
    assert list(told({id_: found[id_] for id_ in (GRACE, ALAN)})) == sorted([(GRACE, True, []), (ALAN, None, None)])


async def test_a_leaver_is_told_with_the_assignment_where_it_is_known(entra: Entra, source: GraphSource):
    await entra.write("PATCH", f"/users/{GRACE}", {"accountEnabled": False})
    await read(source, [ADA])

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


async def test_more_groups_than_fit_on_a_page_leave_open_who_is_not_assigned_and_with_which_roles(
    entra: Entra, source: GraphSource, assignments: Assignments, time: Time
):
    await leave(entra, GRACE)
    for id_ in [str(uuid.uuid4()) for _ in range(1_000)]:
        properties = {"id": id_, "displayName": "One of many"}
        entra.tenant.directory.plant(Record(id=id_, kind="group", properties=properties, members={GRACE: None}))

    assert list(told(await read(source, [GRACE]))) == [(GRACE, None, None)]

    await assign(entra, GRACE)
    time.now += 11
    await assignments.denying(time.now)
    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, None)]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], ()), (["g1"], ("r1",)), (["g1", "g2"], ("r1", "r2")), (["g3"], ()), (["g0"], ()),
        (["g4"], None), (["g1", "g4"], None),
    ],
)  # fmt: skip
def test_roles_of_somebody_in_groups(groups: list[str], expected: tuple[str, ...] | None):
    one, two = Role(id="r1", value="One"), Role(id="r2", value="Two")
    assigned = Assigned(roles={"g0": (), "g1": (one,), "g2": (two, one), "g4": None})

    roles = assigned.of("somebody", groups)

    assert assigned.has("somebody", groups) is bool(set(groups) - {"g3"})

    assert (None if roles is None else tuple(role.id for role in roles)) == expected
