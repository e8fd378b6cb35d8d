"""Group membership through SCIM, and what else can be said about a group."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import (
    ADA,
    AGENTS_GROUP,
    BILLING_GROUP,
    GRACE,
    GROUPS,
    NOBODY,
    USERS,
    advance,
    find,
    patch_op,
    replace,
    switch,
)


async def change(api, *operations, group=BILLING_GROUP, **headers):
    return await api.patch(f"{GROUPS}/{group}", json=patch_op(*operations), headers=headers)


def members(response):
    return [member["value"] for member in response.json().get("members", [])]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "members", "value": [{"value": GRACE}]}, [ADA, GRACE]),
        ({"op": "add", "path": "members", "value": [{"value": ADA}]}, [ADA]),
        ({"op": "Add", "path": "members", "value": {"value": GRACE}}, [ADA, GRACE]),
        ({"op": "add", "value": {"members": [{"value": GRACE}]}}, [ADA, GRACE]),
        ({"op": "remove", "path": f'members[value eq "{ADA}"]'}, []),
        ({"op": "remove", "path": f'members[value eq "{GRACE}"]'}, [ADA]),
        ({"op": "remove", "path": "members", "value": [{"value": ADA}]}, []),
        ({"op": "remove", "path": "members"}, []),
        (replace("members", [{"value": GRACE}]), [GRACE]),
    ],
)
async def test_members_become(api, operation, expected):
    await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}]})

    response = await change(api, operation)

    assert (response.status_code, members(response)) == (200, expected)


async def test_a_membership_shows_on_the_user_and_bumps_only_the_group(api):
    response = await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}]})
    again = await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}]})

    user = (await api.get(f"{USERS}/{ADA}")).json()
    assert BILLING_GROUP in [group["value"] for group in user["groups"]]
    assert user["meta"]["version"] == "1"
    assert (response.headers["ETag"], again.headers["ETag"]) == ('"2"', '"2"')


async def test_an_unknown_member_is_400_or_left_out(api):
    operation = {"op": "add", "path": "members", "value": [{"value": NOBODY}, {"value": ADA}]}

    refused = await change(api, operation)
    await switch(api, unknown_name="skip")
    skipped = await change(api, operation)

    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert members(skipped) == [ADA]


async def test_a_group_name_is_immutable(api):
    ignored = await change(api, replace("displayName", "Other"))
    await switch(api, group_name_write="mutability")
    refused = await change(api, replace("displayName", "Other"))

    assert (ignored.status_code, ignored.json()["displayName"]) == (200, "CC Billing")
    assert refused.json()["scimType"] == "mutability"


async def test_an_external_id_of_a_group_is_writable(api):
    response = await change(api, replace("externalId", "entra-group"))

    assert (response.json()["externalId"], response.headers["ETag"]) == ("entra-group", '"2"')


async def test_a_put_replaces_all_members(api):
    await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}]})

    response = await api.put(f"{GROUPS}/{BILLING_GROUP}", json={"members": [{"value": GRACE}]})

    assert members(response) == [GRACE]


async def test_a_second_write_while_the_first_is_settling_is_409(api):
    await switch(api, group_write_s=2)

    first = await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}]})
    second = await change(api, {"op": "add", "path": "members", "value": [{"value": GRACE}]})
    await advance(api, 3)
    third = await change(api, {"op": "add", "path": "members", "value": [{"value": GRACE}]})

    assert [answer.status_code for answer in (first, second, third)] == [200, 409, 200]
    assert members(third) == [ADA, GRACE]


async def test_too_many_members_at_once_can_be_413(api):
    await switch(api, group_member_cap=1)

    response = await change(api, {"op": "add", "path": "members", "value": [{"value": ADA}, {"value": GRACE}]})

    assert response.status_code == 413


async def test_a_stale_if_match_on_a_group_is_400_invalid_vers(api):
    response = await change(api, replace("externalId", "x"), **{"If-Match": '"9"'})

    assert response.json()["scimType"] == "invalidVers"


async def test_members_can_be_left_out_of_a_read(api):
    found = await find(api, 'displayName eq "CC Agents"', GROUPS, excludedAttributes="members")
    whole = await api.get(f"{GROUPS}/{AGENTS_GROUP}")
    unchanged = await api.get(f"{GROUPS}/{AGENTS_GROUP}", headers={"If-None-Match": whole.headers["ETag"]})

    assert "members" not in found["Resources"][0]
    assert len(members(whole)) == 30
    assert unchanged.status_code == 304


async def test_a_group_that_is_not_there_is_404(api):
    assert (await api.get(f"{GROUPS}/{NOBODY}")).status_code == 404
