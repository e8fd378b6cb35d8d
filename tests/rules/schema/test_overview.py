"""The table that people lay beside the portal's."""

from __future__ import annotations

from shared.rules.schema.loading import load_schema
from shared.rules.schema.overview import Row, overview
from tests.rules.schema.examples import GALLERY_FILE, attribute, direct, group_mapping, object_mapping, schema, written


def test_every_object_mapping_of_the_gallery_has_its_table():
    users, groups = overview(load_schema(GALLERY_FILE.read_bytes()))

    assert (users.rule, users.object_mapping, len(users.rows)) == (
        "USER_OUTBOUND_USER", "Provision Microsoft Entra ID Users", 13,
    )  # fmt: skip
    assert users.rows[0] == Row(
        target="userName", source="[userPrincipalName]", flow_type="Always", default="", matching=1, flows=True
    )
    assert (users.rows[4].target, users.rows[4].default) == ("title", "Agent")
    assert users.rows[-1].source == ""
    assert [row.source for row in groups.rows] == ["[displayName]", "[objectId]", "[members]"]


def test_what_is_switched_off_is_marked():
    broken = attribute("title", written("Shout([jobTitle])"))
    tree = attribute("displayName", {"type": "Attribute", "name": "displayName"})
    users, groups, old = overview(
        load_schema(schema(object_mapping(broken, tree), group_mapping(), object_mapping(name="Old", enabled=False)))
    )

    assert [row.target for row in users.rows if not row.flows] == ["title"]
    assert users.rows[3].source == "[displayName]"
    assert all(row.flows for row in groups.rows)
    assert (old.enabled, old.rows) == (False, ())


def test_a_mapping_that_is_off_as_a_whole_has_no_attribute_that_flows():
    (users, _) = overview(
        load_schema(schema(object_mapping(attributeMappings=[attribute("title", direct("a"))]), group_mapping()))
    )

    assert [row.flows for row in users.rows] == [False]


def test_what_is_no_schema_has_no_table():
    assert overview(load_schema(b"{}")) == ()
