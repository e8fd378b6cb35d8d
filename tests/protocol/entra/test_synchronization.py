"""Does the provisioning API answer as Graph documents it, and can its job be made to misbehave?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from infra.local.entra.app import build
from infra.local.entra.expression_answers import ExpressionAnswers
from infra.local.entra.population import agent_id, application_id, group_id
from infra.local.entra.provisioning_job import GALLERY_SCHEMA
from infra.local.simulation.clock import Clock
from tests.protocol.entra.conftest import World, bearer

BASE = f"/servicePrincipals/{application_id()}/synchronization"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SOURCES = [
    "id", "mobilePhone", "businessPhones", "faxNumber", "officeLocation", "onPremisesSyncEnabled",
    "onPremisesImmutableId", "onPremisesExtensionAttributes", "extension_00000000000000000000000000000001_badge",
    "userPrincipalName", "accountEnabled", "city", "companyName", "country", "department", "displayName", "employeeId",
    "employeeHireDate", "givenName", "jobTitle", "mail", "mailNickname", "onPremisesSecurityIdentifier", "postalCode",
    "preferredLanguage", "proxyAddresses", "state", "streetAddress", "surname", "usageLocation",
]  # fmt: skip


@pytest.fixture
async def schema_path(world):
    jobs = (await world.admin.get(f"{BASE}/jobs")).json()["value"]
    return f"{BASE}/jobs/{jobs[0]['id']}/schema"


async def parse(world: World, path: str, expression: str, **source: Any) -> dict[str, Any]:
    properties = [{"key": key, "value": value} for key, value in source.items()]
    answer = await world.admin.post(
        f"{path}/parseExpression",
        json={"expression": expression, "testInputObject": {"definition": None, "properties": properties}},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_application_has_one_job_that_runs_every_forty_minutes(world):
    listed = (await world.admin.get(f"{BASE}/jobs")).json()["value"]
    one = (await world.admin.get(f"{BASE}/jobs/{listed[0]['id']}")).json()

    assert len(listed) == 1
    assert (one["schedule"]["interval"], one["status"]["code"]) == ("PT40M", "Active")
    assert one.items() >= listed[0].items()


async def test_the_schema_is_the_gallery_application_s_with_users_and_groups(world, schema_path):
    schema = (await world.admin.get(schema_path)).json()
    users, groups = schema["synchronizationRules"][0]["objectMappings"]

    assert schema["version"] == "v1.1"
    assert {one["targetAttributeName"]: one["source"]["expression"] for one in users["attributeMappings"]} == {
        "userName": "[userPrincipalName]",
        "active": "Not([IsSoftDeleted])",
        "displayName": "[displayName]",
        "title": "[jobTitle]",
        'emails[type eq "work"].value': "[mail]",
        'phoneNumbers[type eq "work"].value': "[telephoneNumber]",
        'phoneNumbers[type eq "mobile"].value': "[mobile]",
        f"{ENTERPRISE}:department": "[department]",
        f"{ENTERPRISE}:employeeNumber": "[employeeId]",
        f"{ENTERPRISE}:manager": "[manager]",
    }
    assert [one["targetAttributeName"] for one in groups["attributeMappings"]] == [
        "displayName",
        "externalId",
        "members",
    ]
    assert groups["flowTypes"] == "Update"


async def test_every_change_of_the_schema_changes_its_version_and_sorts_its_mappings(world, schema_path):
    schema = (await world.admin.get(schema_path)).json()
    users = schema["synchronizationRules"][0]["objectMappings"][0]
    users["attributeMappings"] = users["attributeMappings"][::-1]

    answer = await world.admin.put(schema_path, json=schema)
    after = (await world.admin.get(schema_path)).json()
    steered = await world.control("provisioning", {"schema": schema})

    mappings = after["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    names = [one["targetAttributeName"] for one in mappings]
    assert answer.status_code == 204
    assert names == sorted(names)
    assert (after["version"], steered["version"]) == ("v1.2", "v1.3")


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {},
        {"directories": []},
        {"directories": [], "synchronizationRules": [7]},
        {"directories": [], "synchronizationRules": [{"objectMappings": [{}]}]},
    ],
)
async def test_what_is_no_schema_is_not_put(world, schema_path, schema):
    refused = await world.admin.put(schema_path, json=schema)
    steered = await world.admin.post(f"{world.url}/_control/provisioning", json={"schema": schema})
    after = (await world.admin.get(schema_path)).json()

    assert (refused.status_code, steered.status_code, after["version"]) == (400, 400, "v1.1")


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], [403] * 7),
        (["Application.Read.All", "Directory.Read.All"], [403] * 7),
        (["Synchronization.Read.All"], [200, 200, 200, 403, 403, 403, 403]),
        (["Synchronization.ReadWrite.All"], [200, 200, 200, 200, 200, 200, 204]),
    ],
)
async def test_reading_takes_one_permission_and_functions_and_parsing_another(world, schema_path, roles, expected):
    schema = (await world.admin.get(schema_path)).json()
    headers = world.bearer(replace(world.tenant.app, roles=frozenset(roles)))

    answers = [
        await world.admin.get(f"{BASE}/jobs", headers=headers),
        await world.admin.get(schema_path, headers=headers),
        await world.admin.get(f"{BASE}/secrets", headers=headers),
        await world.admin.get(f"{schema_path}/functions", headers=headers),
        await world.admin.get(f"{schema_path}/filterOperators", headers=headers),
        await world.admin.post(f"{schema_path}/parseExpression", headers=headers, json={"expression": "[mail]"}),
        await world.admin.put(schema_path, headers=headers, json=schema),
    ]

    assert [answer.status_code for answer in answers] == expected


async def test_the_application_s_own_client_may_read_the_job_and_not_change_it(world, schema_path):
    headers = world.bearer(world.tenant.app)

    read = await world.admin.get(schema_path, headers=headers)
    written = await world.admin.put(schema_path, headers=headers, json=read.json())
    assigned = await world.admin.get(f"/servicePrincipals/{application_id()}/appRoleAssignedTo", headers=headers)

    assert (read.status_code, written.status_code, assigned.status_code) == (200, 403, 200)


@pytest.mark.parametrize(
    "path",
    [
        "/servicePrincipals/nobody/synchronization/jobs",
        f"{BASE}/jobs/another",
        f"{BASE}/jobs/another/schema",
        f"{BASE}/jobs/another/schema/functions",
    ],
)
async def test_what_is_not_there_is_404(world, path):
    answer = await world.admin.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in {"ResourceNotFound", "Request_ResourceNotFound"}


async def test_a_job_can_go_away_and_come_back(world, schema_path):
    await world.control("provisioning", {"job": False})
    gone = [await world.admin.get(path) for path in (f"{BASE}/jobs", schema_path, f"{BASE}/secrets")]
    back = await world.control("provisioning", {"job": True})

    assert [answer.status_code for answer in gone] == [200, 404, 404]
    assert gone[0].json()["value"] == []
    assert back["job"] in schema_path


async def test_functions_and_operators_are_listed_with_their_shapes(world, schema_path):
    functions = {one["name"]: one for one in (await world.admin.get(f"{schema_path}/functions")).json()["value"]}
    operators = {one["name"]: one for one in (await world.admin.get(f"{schema_path}/filterOperators")).json()["value"]}

    assert functions["Switch"]["parameters"][2] == {
        "name": "switchValue",
        "type": "String",
        "required": True,
        "allowMultipleOccurrences": True,
    }
    assert functions["Now"]["parameters"] == []
    assert operators["IS NOT NULL"]["arity"] == "Unary"
    assert operators["EQUALS"]["supportedAttributeTypes"] == ["String", "Integer"]


async def test_secrets_say_who_is_in_scope_and_mask_credentials(world):
    await world.admin.put(f"{BASE}/secrets", json={"value": [{"key": "SkipOutOfScopeDeletions", "value": "True"}]})
    await world.control("provisioning", {"secrets": {"SyncAll": "true", "SyncNotificationSettings": None}})

    shown = {one["key"]: one["value"] for one in (await world.admin.get(f"{BASE}/secrets")).json()["value"]}
    await world.switch(mask_secrets=False)
    bare = {one["key"]: one["value"] for one in (await world.admin.get(f"{BASE}/secrets")).json()["value"]}

    assert shown == {
        "BaseAddress": "https://api.mypurecloud.com/api/v2/scim/v2?aadOptscim062020",
        "SecretToken": "*****",
        "SkipOutOfScopeDeletions": "True",
        "SyncAll": "true",
    }
    assert bare["SecretToken"] == "local-scim-token"


async def test_reading_secrets_may_turn_out_to_need_the_larger_permission(world):
    await world.switch(secrets_need_write=True)

    mine = await world.admin.get(f"{BASE}/secrets", headers=world.bearer(world.tenant.app))
    theirs = await world.admin.get(f"{BASE}/secrets")

    assert (mine.status_code, theirs.status_code) == (403, 200)


@pytest.mark.parametrize("body", [{}, {"value": {}}, {"value": [{"value": "x"}]}])
async def test_secrets_come_as_pairs(world, body):
    assert (await world.admin.put(f"{BASE}/secrets", json=body)).status_code == 400


async def test_a_recorded_answer_is_given_whatever_the_blanks(world, schema_path):
    answer = await parse(
        world,
        schema_path,
        'Replace( [preferredLanguage],"-",,,"_",,)',
        preferredLanguage="EN-US",
        IsSoftDeleted="false",
    )

    assert answer["evaluationResult"] == ["EN_US"]
    assert [one["key"] for one in answer["parsedExpression"]["parameters"]] == ["source", "Find", "Replacement"]
    assert (answer["parsingSucceeded"], answer["evaluationSucceeded"], answer["error"]) == (True, True, None)


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        ('Append([mail], "x")', {"mail": "a"}),
        ('Append([userPrincipalName], ".test")', {"userPrincipalName": "somebody@contoso.com"}),
        ('Append([userPrincipalName], ". test")', {"userPrincipalName": "John.Doe@contoso.com"}),
    ],
)
async def test_what_was_not_recorded_is_not_worked_out(world, schema_path, expression, source):
    answer = await parse(world, schema_path, expression, **source)

    assert (answer["parsingSucceeded"], answer["evaluationSucceeded"]) == (False, False)
    assert answer["error"]["code"] == "NotRecorded"


async def test_answers_can_be_given_failures_of_both_stages_and_absent_values_included(world, schema_path):
    entries = [
        {"expression": "Nonsense(", "error": "Unexpected end"},
        {"expression": "Item([a], 9)", "error": "Out of range", "stage": "evaluation"},
        {"expression": "[a]", "source": {"a": None}, "result": []},
        {"expression": "[a]", "source": {"a": ["1", "2"]}, "result": ["1", "2"]},
    ]
    await world.control("provisioning", {"answers": entries})

    broken = await parse(world, schema_path, "Nonsense(")
    failed = await parse(world, schema_path, "Item([a], 9)", a="x")
    absent = await parse(world, schema_path, "[a]", a="")
    several = await parse(world, schema_path, "[a]", a=["1", "2"])

    assert (broken["parsingSucceeded"], broken["error"]["message"]) == (False, "Unexpected end")
    assert (failed["parsingSucceeded"], failed["evaluationSucceeded"]) == (True, False)
    assert (absent["evaluationSucceeded"], absent["evaluationResult"]) == (True, [])
    assert several["evaluationResult"] == ["1", "2"]


@pytest.mark.parametrize("answers", [7, [7], [{"result": []}], [{"expression": "[a]", "answer": "x"}]])
async def test_answers_of_another_form_are_refused(world, answers):
    refused = await world.admin.post(f"{world.url}/_control/provisioning", json={"answers": answers})

    assert refused.status_code == 400


@pytest.mark.parametrize("body", [{}, {"expression": 7}, {"expression": "[a]", "testInputObject": {"properties": 7}}])
async def test_a_question_without_an_expression_or_values_is_a_bad_request(world, schema_path, body):
    assert (await world.admin.post(f"{schema_path}/parseExpression", json=body)).status_code == 400


async def test_another_schema_and_other_answers_are_read_from_files(tmp_path):
    schema = json.loads(GALLERY_SCHEMA.read_text())
    schema["synchronizationRules"][0]["name"] = "OURS"
    exported, recorded = tmp_path / "schema.json", tmp_path / "answers.json"
    exported.write_bytes(b"\xef\xbb\xbf" + json.dumps({"id": "x", "version": "v9", **schema}).encode())
    recorded.write_text(json.dumps({"answers": [{"expression": "[x]", "result": ["y"]}]}))

    _, tenant = build(Clock(), agents=1, schema=exported, answers=recorded)

    assert tenant.synchronization.job.schema["synchronizationRules"][0]["name"] == "OURS"
    assert tenant.synchronization.job.version == "v1.1"
    assert tenant.synchronization.job.answers.answer("[x]", {})["evaluationResult"] == ["y"]


def test_every_documented_answer_is_of_the_documented_form():
    answers = ExpressionAnswers()

    assert answers.answer(
        'Split([extensionAttribute5],",")', {"extensionAttribute5": "PermissionSetOne, PermissionSetTwo"}
    )["evaluationResult"] == ["PermissionSetOne", "PermissionSetTwo"]


@pytest.mark.parametrize("state", ["missing", "truncated", "foreign", "oversized", "deep"])
async def test_the_schema_can_disappear_or_arrive_damaged(world, schema_path, state):
    await world.switch(provisioning_schema=state, oversized_schema_bytes=300_000)
    answer = await world.admin.get(schema_path)
    await world.switch(provisioning_schema="served")
    healed = await world.admin.get(schema_path)

    assert healed.json()["version"] == "v1.1"
    match state:
        case "missing":
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")
        case "truncated" | "deep":
            with pytest.raises((ValueError, RecursionError)):
                answer.json()
        case "foreign":
            assert "synchronizationRules" not in answer.json()
        case "oversized":
            assert len(answer.content) > 300_000


async def test_a_fault_rule_throttles_the_schema(world, schema_path):
    rule = {"method": "GET", "path": "/synchronization/", "status": 429, "headers": {"Retry-After": "2"}}
    await world.admin.post(f"{world.url}/_control/faults", json=rule)

    first, second = await world.admin.get(schema_path), await world.admin.get(schema_path)

    assert (first.status_code, first.headers["Retry-After"], second.status_code) == (429, "2", 200)
    assert first.json()["error"]["code"] == "TooManyRequests"


async def test_assignments_of_a_person_include_those_of_their_groups(world):
    path = f"/servicePrincipals/{application_id()}"
    role = next(one for one in (await world.admin.get(path)).json()["appRoles"] if one["value"] == "Supervisor")
    wish = {"principalId": agent_id(1), "resourceId": application_id(), "appRoleId": role["id"]}
    await world.admin.post(f"{path}/appRoleAssignedTo", json=wish)

    mine = (await world.admin.get(f"/users/{agent_id(1)}/appRoleAssignments")).json()["value"]
    theirs = (await world.admin.get(f"/groups/{group_id('CC Agents')}/appRoleAssignments")).json()["value"]
    refused = await world.admin.get(
        f"/users/{agent_id(1)}/appRoleAssignments", headers=bearer(world.tenant, world.tenant.app)
    )

    assert {(one["principalType"], one["principalId"]) for one in mine} == {
        ("User", agent_id(1)),
        ("Group", group_id("CC Agents")),
    }
    assert [one["principalId"] for one in theirs] == [group_id("CC Agents")]
    assert refused.status_code == 403


async def test_every_source_attribute_of_a_mapping_can_be_selected(world):
    client: httpx.AsyncClient = world.admin
    answer = await client.get(f"/users/{agent_id(1)}", params={"$select": ",".join(SOURCES), "$expand": "manager"})

    assert answer.status_code == 200
    assert answer.json()["manager"]["id"] == agent_id(10)
