"""What PATCH operations do to an account, case by case."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import (
    ADA,
    ENTERPRISE,
    GENESYS,
    GRACE,
    NOBODY,
    SUPERVISOR,
    USERS,
    patch,
    patch_op,
    replace,
    switch,
    user_name,
)

ADA_MAIL = user_name(1)


def core(document):
    return {name: document.get(name) for name in ("title", "displayName", "active", "externalId")}


@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        (replace("title", "Lead"), "title", "Lead"),
        ({"op": "Replace", "path": "title", "value": "Lead"}, "title", "Lead"),
        ({"op": "ADD", "path": "TITLE", "value": "Lead"}, "title", "Lead"),
        ({"op": "replace", "value": {"title": "Lead"}}, "title", "Lead"),
        ({"op": "add", "value": {"displayName": "Ada L."}}, "displayName", "Ada L."),
        (replace("urn:ietf:params:scim:schemas:core:2.0:User:title", "Lead"), "title", "Lead"),
        ({"op": "remove", "path": "title"}, "title", None),
        (replace("title", None), "title", None),
        (replace("title", ""), "title", "Agent"),
        (replace("active", False), "active", False),
        (replace("active", "False"), "active", False),
        (replace("externalId", "e-1"), "externalId", "e-1"),
    ],
)
async def test_a_simple_attribute_becomes(api, operation, name, value):
    response = await patch(api, ADA, operation)

    assert response.status_code == 200, response.text
    assert response.json().get(name) == value
    assert (response.headers["ETag"], response.json()["meta"]["version"]) in {('"2"', "2"), ('"1"', "1")}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (replace(f"{ENTERPRISE}:department", "Legal"), {"department": "Legal"}),
        (replace(f"{ENTERPRISE}:manager", GRACE), {"manager": GRACE}),
        (replace(f"{ENTERPRISE}:manager.value", GRACE), {"manager": GRACE}),
        (replace(f"{ENTERPRISE}:manager", {"value": GRACE}), {"manager": GRACE}),
        (replace(f"{ENTERPRISE}:dateHire", "2026-03-01T08:00:00Z"), {"dateHire": "2026-03-01"}),
        (replace(f"{ENTERPRISE}:division", "EMEA"), {"division": "EMEA"}),
        (replace(ENTERPRISE, {"department": "Legal", "employeeNumber": "7"}), {"department": "Legal"}),
        ({"op": "add", "value": {ENTERPRISE: {"department": "Legal"}}}, {"department": "Legal"}),
        ({"op": "add", "value": {f"{ENTERPRISE}:department": "Legal"}}, {"department": "Legal"}),
        ({"op": "remove", "path": f"{ENTERPRISE}:department"}, {"department": None}),
    ],
)
async def test_an_enterprise_attribute_becomes(api, operation, expected):
    extension = (await patch(api, ADA, operation)).json()[ENTERPRISE]

    ((name, value),) = expected.items()
    found = extension.get(name)
    assert (found["value"] if isinstance(found, dict) else found) == value


@pytest.mark.parametrize(
    ("operations", "phones"),
    [
        (
            [replace("phoneNumbers", [{"type": "work", "value": "+13175550100"}])],
            {"work": "+13175550100", "mobile": None},
        ),
        (
            [{"op": "add", "path": 'phoneNumbers[type eq "work2"].value', "value": "+13175550102"}],
            {"work2": "+13175550102", "mobile": "+13175550199"},
        ),
        ([replace('phoneNumbers[type eq "mobile"].value', "+13175550101")], {"mobile": "+13175550101"}),
        ([replace("phoneNumbers[type eq 'mobile']", {"value": "+13175550101"})], {"mobile": "+13175550101"}),
        ([replace('phoneNumbers[type eq "mobile"].primary', True)], {"mobile": "+13175550199"}),
        ([replace('phoneNumbers[type eq "mobile"].value', "")], {"mobile": "+13175550199"}),
        ([{"op": "remove", "path": 'phoneNumbers[type eq "mobile"]'}], {"mobile": None}),
        ([{"op": "remove", "path": "phoneNumbers"}], {"mobile": None}),
        (
            [{"op": "add", "path": "phoneNumbers", "value": {"type": "home", "value": "tel:+13175550100;ext=7"}}],
            {"home": "tel:+13175550100;ext=7", "mobile": "+13175550199"},
        ),
    ],
)
async def test_phone_numbers_become(api, operations, phones):
    await patch(api, ADA, {"op": "add", "path": "phoneNumbers", "value": [{"type": "mobile", "value": "+13175550199"}]})

    document = (await patch(api, ADA, *operations)).json()

    held = {entry["type"]: entry["value"] for entry in document.get("phoneNumbers", [])}
    assert {kind: held.get(kind) for kind in phones} == phones


@pytest.mark.parametrize(
    ("operation", "extension"),
    [
        (
            replace(f"{GENESYS}:routingSkills", [{"name": "Billing", "proficiency": 3}]),
            {"routingSkills": [{"name": "Billing", "proficiency": 3.0}]},
        ),
        (
            replace(GENESYS, {"routingLanguages": [{"name": "French", "proficiency": 4.5}]}),
            {"routingLanguages": [{"name": "French", "proficiency": 4.5}]},
        ),
        (replace(f"{GENESYS}:routingSkills", []), {"routingSkills": None}),
    ],
)
async def test_skills_and_languages_are_set_by_name(api, operation, extension):
    document = (await patch(api, ADA, operation)).json()

    ((name, value),) = extension.items()
    assert document[GENESYS].get(name) == value


async def test_roles_are_a_full_set_of_names(api):
    roles = (await patch(api, ADA, replace("roles", [{"value": "Agent"}, "Supervisor"]))).json()["roles"]

    assert roles == [{"value": "Agent"}, {"value": "Supervisor"}]


async def test_the_scim_authority_is_always_there_and_stays(api):
    own = (await api.get(f"{USERS}/{ADA}")).json()[GENESYS]["externalIds"][0]

    document = (
        await patch(api, ADA, replace(f"{GENESYS}:externalIds", [{"authority": "zoomphone", "value": "z"}]))
    ).json()
    with_filter = await patch(api, ADA, replace(f'{GENESYS}:externalIds[authority eq "zoomphone"].value', "z2"))

    assert document[GENESYS]["externalIds"] == [own, {"authority": "zoomphone", "value": "z"}]
    assert with_filter.json()[GENESYS]["externalIds"][1]["value"] == "z2"


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        (replace("nickName", "x"), "invalidPath"),
        (replace("externalIds", []), "invalidPath"),
        (replace("department", "x"), "invalidPath"),
        (replace(f"{GENESYS}:customFields.BPO_Vendor_ID", "V-017"), "invalidPath"),
        (replace("emails.value", "x@y.example"), "invalidPath"),
        (replace('emails[value eq "a"].type', "x"), "invalidPath"),
        (replace("phoneNumbers[", "x"), "invalidPath"),
        ({"op": "replace", "path": 7, "value": 1}, "invalidPath"),
        ({"op": "remove"}, "noTarget"),
        (replace('phoneNumbers[type eq "home"].value', "+13175550100"), "noTarget"),
        ({"op": "move", "path": "title"}, "invalidSyntax"),
        ({"path": "title"}, "invalidSyntax"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        (replace("active", "perhaps"), "invalidValue"),
        (replace("active", None), "invalidValue"),
        (replace("title", 7), "invalidValue"),
        (replace("displayName", None), "invalidValue"),
        (replace("roles", [{"value": "Astronaut"}]), "invalidValue"),
        (replace(f"{GENESYS}:routingSkills", [{"name": "billing", "proficiency": 1}]), "invalidValue"),
        (replace(f"{GENESYS}:routingSkills", [{"name": "Billing", "proficiency": 6}]), "invalidValue"),
        (replace(f"{GENESYS}:routingSkills", [{"name": "Billing"}]), "invalidValue"),
        (replace(f"{GENESYS}:routingLanguages", [{"name": "Klingon", "proficiency": 1}]), "invalidValue"),
        (replace(f"{ENTERPRISE}:division", "Atlantis"), "invalidValue"),
        (replace(f"{ENTERPRISE}:manager", ADA_MAIL), "invalidValue"),
        (replace(f"{ENTERPRISE}:manager", NOBODY), "invalidValue"),
        (replace(f"{ENTERPRISE}:dateHire", "soon"), "invalidValue"),
        (replace("phoneNumbers", [{"type": "fax", "value": "+13175550100"}]), "invalidValue"),
        (replace("phoneNumbers", [{"type": "work", "value": "0317 555"}]), "invalidValue"),
        (replace("phoneNumbers", [{"value": "+13175550100"}]), "invalidValue"),
        (replace("groups", []), "mutability"),
        (replace("id", NOBODY), "mutability"),
        (replace('emails[type eq "other"].value', "x@y.example"), "mutability"),
        (replace("emails", [{"type": "other", "value": "x@y.example"}]), "mutability"),
        ({"op": "remove", "path": f'{GENESYS}:externalIds[authority eq "x-pc:scimv2:v1:org"]'}, "mutability"),
        (
            replace(f"{GENESYS}:externalIds", [{"authority": "x-pc:scimv2:v1:org", "value": "other"}]),
            "mutability",
        ),
    ],
)
async def test_an_impossible_operation_is_400_and_changes_nothing(api, operation, scim_type):
    response = await patch(api, ADA, replace("title", "Lead"), operation)

    assert (response.status_code, response.json().get("scimType")) == (400, scim_type), response.text
    after = (await api.get(f"{USERS}/{ADA}")).json()
    assert (after["title"], after["meta"]["version"]) == ("Agent", "1")


async def test_operations_before_a_refused_one_stay_where_patches_are_not_atomic(api):
    await switch(api, patch_atomic=False)

    response = await patch(api, ADA, replace("title", "Lead"), replace("nickName", "x"))

    assert response.status_code == 400
    assert (await api.get(f"{USERS}/{ADA}")).json()["title"] == "Lead"


@pytest.mark.parametrize(
    "body", [{"Operations": []}, [], {"schemas": [], "Operations": []}, {**patch_op(), "Operations": 1}]
)
async def test_what_is_no_patch_op_is_400_invalid_syntax(api, body):
    response = await api.patch(f"{USERS}/{ADA}", json=body)

    assert (response.status_code, response.json()["scimType"]) == (400, "invalidSyntax")


@pytest.mark.parametrize(
    ("switches", "operation", "check"),
    [
        ({"unknown_path": "ignore"}, replace("nickName", "x"), lambda user: "nickName" not in user),
        ({"unknown_name": "skip"}, replace("roles", [{"value": "Astronaut"}]), lambda user: "roles" not in user),
        (
            {"unknown_name": "skip"},
            replace(f"{ENTERPRISE}:division", "Atlantis"),
            lambda user: user[ENTERPRISE]["division"] == "Home",
        ),
        (
            {"unknown_name": "skip"},
            replace(f"{ENTERPRISE}:manager", NOBODY),
            lambda user: user[ENTERPRISE]["manager"]["value"] == SUPERVISOR,
        ),
        (
            {"replace_missing_entry": "add"},
            replace('phoneNumbers[type eq "home"].value', "+13175550100"),
            lambda user: user["phoneNumbers"][-1]["type"] == "home",
        ),
        ({"empty_value_clears": True}, replace("title", ""), lambda user: "title" not in user),
        (
            {"unchanged_patch_bumps_version": True},
            replace("title", "Agent"),
            lambda user: user["meta"]["version"] == "2",
        ),
        ({"user_name_write": "ignore"}, replace("userName", "x@y.example"), lambda user: user["userName"] == ADA_MAIL),
    ],
)
async def test_a_switch_makes_the_same_operation_pass(api, switches, operation, check):
    await switch(api, **switches)

    response = await patch(api, ADA, operation)

    assert response.status_code == 200, response.text
    assert check(response.json())


async def test_a_rename_moves_the_mirrored_address_and_frees_the_old_name(api):
    document = (await patch(api, ADA, replace("userName", "ada@contoso.example"))).json()

    assert document["emails"][0] == {"value": "ada@contoso.example", "type": "other", "primary": True}
    created = await api.post(USERS, json={"userName": ADA_MAIL, "displayName": "Next"})
    assert created.status_code == 201


@pytest.mark.parametrize(
    ("mode", "name", "status"), [("allow", user_name(2), 409), ("mutability", "new@contoso.example", 400)]
)
async def test_a_rename_can_be_refused(api, mode, name, status):
    await switch(api, user_name_write=mode)

    assert (await patch(api, ADA, replace("userName", name))).status_code == status


async def test_a_patch_that_changes_nothing_keeps_the_version(api):
    response = await patch(api, ADA, replace("title", "Agent"), replace("active", True))

    assert response.json()["meta"]["version"] == "1"


async def test_string_booleans_can_be_switched_off(api):
    await switch(api, string_booleans=False)

    assert (await patch(api, ADA, replace("active", "False"))).json()["scimType"] == "invalidValue"


async def test_a_password_is_taken_and_never_given_back(api):
    response = await patch(api, ADA, replace("password", "correct horse"))

    assert response.status_code == 200
    assert "password" not in response.json()
