"""Does a whole cycle over the contact centre's schema keep to flow types, defaults, and what fails for one person?"""

from __future__ import annotations

from infra.local.entra.population import agent_id, application_id
from infra.local.genesys.population import genesys_id
from tests.conformance import scenes
from tests.conformance.entra_cycle import run_cycle
from tests.conformance.entra_cycle.report import NEW, OLD
from tests.conformance.worlds import read

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"


async def test_a_new_account_gets_defaults_and_what_only_flows_at_creation(worlds, dialect):
    await scenes.joiners(worlds)
    schema = read("contact_centre")

    first = await run_cycle(worlds.graph, worlds.genesys, schema, dialect=dialect)
    second = await run_cycle(worlds.graph, worlds.genesys, schema, dialect=dialect)
    account = await worlds.named("joan@contoso.example")

    assert account is not None
    assert account["displayName"] == "Joan Clarke"
    assert {one["type"]: one["value"] for one in account["phoneNumbers"]} == {"home": "+12065550000"}
    assert (account["title"], account[ENTERPRISE]["division"]) == ("Agent", "Home")
    assert [one["authority"] for one in account[GENESYS]["externalIds"]][1:] == ["microsoftteams", "zoomphone"]
    assert first.writes
    assert second.writes == []


async def test_several_roles_stop_that_attribute_alone(worlds):
    path = f"/servicePrincipals/{application_id()}"
    for one in (await worlds.in_entra("GET", path))["appRoles"][:2]:
        await scenes.assign(worlds, agent_id(3), one["id"])
    await worlds.in_genesys(3, {"op": "replace", "path": "title", "value": "Janitor"})

    report = await run_cycle(worlds.graph, worlds.genesys, read("contact_centre"), dialect=OLD)

    assert report.paths(genesys_id("user", 3))["title"] == "Agent"
    assert "roles" not in report.paths(genesys_id("user", 3))
    assert len(report.errors) == 1


async def test_a_value_set_by_hand_stays_where_the_flow_only_adds(worlds, dialect):
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", {"faxNumber": "+12065550188"})
    await worlds.in_genesys(
        3,
        {"op": "replace", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+14255550199"},
        {"op": "add", "path": 'phoneNumbers[type eq "work2"].value', "value": "+12065550177"},
    )

    report = await run_cycle(worlds.graph, worlds.genesys, read("contact_centre"), dialect=dialect)

    assert not any("phoneNumbers" in path for path in report.paths(genesys_id("user", 3)))


async def test_a_second_matching_attribute_finds_whom_the_first_does_not(worlds):
    await worlds.in_genesys(3, {"op": "replace", "path": "userName", "value": "old-name@contoso.example"})

    report = await run_cycle(worlds.graph, worlds.genesys, read("contact_centre"), dialect=NEW)

    assert report.paths(genesys_id("user", 3))["userName"] == "agent00003@contoso.example"
    assert not any(write.operation == "create" for write in report.writes)


async def test_an_active_flag_that_cannot_be_computed_stops_everything_for_that_person(worlds):
    schema = read("gallery")
    users = schema["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    active = next(one for one in users if one["targetAttributeName"] == "active")
    active["source"] = {
        "expression": 'IIF([companyName]="Contoso", "True", "False")',
        "type": "Function",
        "name": "IIF",
    }
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", {"companyName": None, "jobTitle": "Lead"})

    report = await run_cycle(worlds.graph, worlds.genesys, schema, dialect=OLD)

    assert report.writes == []
    assert len(report.errors) == 1
