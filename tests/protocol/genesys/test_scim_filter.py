"""Which filters are understood, and whom they find."""

from __future__ import annotations

import pytest

from infra.local.genesys.errors import ScimProblem
from infra.local.genesys.scim_filter import Condition, parse
from tests.protocol.genesys.calls import (
    ADA,
    ENTERPRISE,
    GENESYS,
    GRACE,
    GROUPS,
    USERS,
    advance,
    find,
    patch,
    replace,
    set_active,
    switch,
    user_name,
)

ENTRA_ID = "9980cf21-d820-51aa-9e4f-dabc2eb98905"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("userName eq search@sample.org", Condition(name="username", value="search@sample.org")),
        ('userName eq "search@sample.org"', Condition(name="username", value="search@sample.org")),
        ('USERNAME EQ "a"', Condition(name="username", value="a")),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"', Condition(name="username", value="a")),
        (f"{ENTERPRISE}:employeeNumber eq 42", Condition(name="employeenumber", value="42")),
        ('externalId eq "x \\"y\\""', Condition(name="externalid", value='x "y"')),
        ("active eq false", Condition(name="active", value="false")),
        (
            f'{GENESYS}:externalIds[authority eq "A" and value eq "B"]',
            Condition(name="externalids", authority="A", value="B"),
        ),
    ],
)
def test_a_documented_user_filter_is_understood(text, condition):
    assert parse(text, "user") == condition


@pytest.mark.parametrize(("text"), ["displayname eq CC Agents", 'displayName eq "CC Agents"'])
def test_a_group_filter_may_be_bare_or_quoted(text):
    assert parse(text, "group") == Condition(name="displayname", value="CC Agents")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("user", 'userName sw "a"'),
        ("user", 'userName eq "a" and active eq true'),
        ("user", "userName eq a or userName eq b"),
        ("user", "userName pr"),
        ("user", 'title eq "Agent"'),
        ("user", "active eq maybe"),
        ("user", ""),
        ("user", 'externalIds[authority eq "A" and value eq "B"]'),
        ("user", 'displayName eq "Ada"'),
        ("group", 'members eq "x"'),
        ("group", 'userName eq "x"'),
    ],
)
def test_any_other_filter_is_400_invalid_filter(kind, text):
    with pytest.raises(ScimProblem) as caught:
        parse(text, kind)

    assert (caught.value.status, caught.value.scim_type) == (400, "invalidFilter")


@pytest.mark.parametrize(
    "text",
    [
        f"id eq {ADA}",
        f'userName eq "{user_name(1).upper()}"',
        f"email eq {user_name(1)}",
        f'externalId eq "{ENTRA_ID}"',
        f'{GENESYS}:externalIds[authority eq "x-pc:scimv2:v1:org" and value eq "{ENTRA_ID}"]',
        "employeeNumber eq 4711",
        f"manager eq {GRACE}",
        "division eq EMEA",
        f'{GENESYS}:externalIds[authority eq "zoomphone" and value eq "z1"]',
    ],
)
async def test_each_documented_attribute_finds_its_person(api, text):
    await patch(
        api,
        ADA,
        replace(f"{ENTERPRISE}:employeeNumber", "4711"),
        replace(f"{ENTERPRISE}:manager", GRACE),
        replace(f"{ENTERPRISE}:division", "EMEA"),
        {"op": "add", "path": f"{GENESYS}:externalIds", "value": [{"authority": "zoomphone", "value": "z1"}]},
    )

    assert [found["id"] for found in (await find(api, text))["Resources"]] == [ADA]


async def test_a_filter_without_a_hit_is_200_and_empty(api):
    listing = await find(api, "userName eq nobody@contoso.example")

    assert (listing["totalResults"], listing["Resources"]) == (0, [])


async def test_a_list_without_filter_shows_active_people_only(api):
    await set_active(api, ADA, False)

    everyone = (await api.get(USERS, params={"count": 100})).json()
    inactive = await find(api, "active eq false")

    assert everyone["totalResults"] == 29
    assert [found["id"] for found in inactive["Resources"]] == [ADA]


@pytest.mark.parametrize(("finds", "hits"), [(True, 1), (False, 0)])
async def test_whether_a_user_name_filter_finds_inactive_people_is_a_switch(api, finds, hits):
    await switch(api, userName_filter_finds_inactive=finds)
    await set_active(api, ADA, False)

    assert (await find(api, f"userName eq {user_name(1)}"))["totalResults"] == hits


async def test_case_matters_in_a_user_name_filter_only_where_switched_on(api):
    await switch(api, user_name_case_exact=True)

    assert (await find(api, f"userName eq {user_name(1).upper()}"))["totalResults"] == 0


async def test_filters_and_searches_lag_by_the_index_delay_and_reads_by_id_do_not(api):
    await switch(api, index_delay_s=30)
    await set_active(api, ADA, False)

    assert (await api.get(f"{USERS}/{ADA}")).json()["active"] is False
    assert (await find(api, "active eq false"))["totalResults"] == 0
    await advance(api, 31)
    assert (await find(api, "active eq false"))["totalResults"] == 1


async def test_the_v2_group_list_needs_a_filter_and_its_twin_does_not(api):
    missing = await api.get(GROUPS)
    twin = await api.get("/api/v2/scim/groups")

    assert (missing.status_code, missing.json()["scimType"]) == (400, "invalidFilter")
    assert twin.json()["totalResults"] == 6
    await switch(api, groups_filter_required=False)
    assert (await api.get(GROUPS)).status_code == 200
