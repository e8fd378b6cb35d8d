"""Who is assigned, by whom and with which roles; and that no leaver's reading depends on it."""

from __future__ import annotations

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
def source(graph: GraphClient, assignments: Assignments) -> GraphSource:
    return source_with(graph, ReadPlan(assignments=assignments))


async def assign(entra: Entra, object_id: str, role: str = DEFAULT_ACCESS) -> None:
    body = {"principalId": object_id, "resourceId": application_id(), "appRoleId": role}
    await entra.write("POST", ASSIGNED_TO.removeprefix("/v1.0"), body)


async def role_id(entra: Entra, value: str) -> str:
    application = await entra.write("GET", PRINCIPAL.removeprefix("/v1.0"))
    return next(str(one["id"]) for one in application["appRoles"] if one["value"] == value)


async def leave(entra: Entra, person: str, group: str = AGENTS) -> None:
    await entra.write("DELETE", f"/groups/{group}/members/{person}/$ref")


def told(found: dict[str, Identity | ReadFailure]) -> Iterator[tuple[str, bool | None, list[str]]]:
    for id_, one in sorted(found.items()):
        assert isinstance(one, Identity)
        yield id_, one.assigned, sorted(role.value for role in one.roles)


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
    assert boss.roles[0].display_name == boss.roles[0].value


async def test_an_unknown_role_is_an_assignment_without_one(entra: Entra, source: GraphSource):
    await leave(entra, GRACE)
    await assign(entra, GRACE, str(uuid.uuid4()))

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


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
    assert list(told(await read(source, [GRACE]))) == [(GRACE, False, [])]
    await assign(entra, GRACE)
    time.now += 299

    assert list(told(await read(source, [GRACE]))) == [(GRACE, False, [])]

    time.now += 2
    await assignments.current()
    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


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
    assert list(told({id_: found[id_] for id_ in (GRACE, ALAN)})) == sorted([(GRACE, True, []), (ALAN, None, [])])


async def test_a_leaver_is_told_with_the_assignment_where_it_is_known(entra: Entra, source: GraphSource):
    await entra.write("PATCH", f"/users/{GRACE}", {"accountEnabled": False})
    await read(source, [ADA])

    assert list(told(await read(source, [GRACE]))) == [(GRACE, True, [])]


async def test_more_groups_than_fit_on_a_page_leave_open_who_is_not_assigned(entra: Entra, source: GraphSource):
    await leave(entra, GRACE)
    for id_ in [str(uuid.uuid4()) for _ in range(1_000)]:
        properties = {"id": id_, "displayName": "One of many"}
        entra.tenant.directory.plant(Record(id=id_, kind="group", properties=properties, members={GRACE: None}))

    assert list(told(await read(source, [GRACE]))) == [(GRACE, None, [])]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [([], None), (["g1"], ("r1",)), (["g1", "g2"], ("r1", "r2")), (["g3"], None), (["g0"], ())],
)
def test_roles_of_somebody_in_groups(groups: list[str], expected: tuple[str, ...] | None):
    one, two = Role(id="r1", value="One"), Role(id="r2", value="Two")
    assigned = Assigned(roles={"g0": (), "g1": (one,), "g2": (two, one)})

    roles = assigned.of("somebody", groups)

    assert (None if roles is None else tuple(role.id for role in roles)) == expected
