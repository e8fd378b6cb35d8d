"""Schemas are read once, keys are checked, and only what differs is written."""

from __future__ import annotations

import httpx
import pytest

from infra.local.genesys.platform_custom import HR_SCHEMA_ID
from shared.errors import Ambiguous, Misconfigured, NotThere, Refused
from shared.model import Value
from shared.targets.custom_attributes import CustomAttributes
from shared.targets.custom_schema import DataSchema, value_of
from tests.targets.conftest import COST_CENTER, VENDOR, plan_for

SCHEMAS = "/api/v2/users/customattributes/schemas"
KEYS = {
    "name_text": {"allOf": [{"$ref": "#/definitions/text"}]},
    "age_integer": {"allOf": [{"title": "x"}, {"$ref": "#/definitions/integer"}]},
    "share_number": {"$ref": "#/definitions/number"},
    "on_checkbox": {"type": "boolean"},
    "labels_tag": {"type": "array"},
    "plain": {},
}


async def added(genesys, **fields):
    """A schema that an administrator makes beside the seeded one."""
    body = {"name": "Person", "jsonSchema": {"properties": KEYS}, **fields}
    async with httpx.AsyncClient(base_url=genesys.url) as admin:
        client = genesys.client()
        await client.warm()
        token = (await client._tokens.get()).value
        answer = await admin.post(SCHEMAS, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    return answer.json()["id"]


async def test_a_record_is_amended_key_by_key(genesys):
    custom, send, account = CustomAttributes(), genesys.send(), genesys.account(2)
    assert await custom.read(send, account.id, "HR") == {}
    held = {"bpo_vendor_id_text": "V-017"}
    assert await custom.amend(send, account.id, "HR", held) == held
    both = await custom.amend(send, account.id, "HR", {"cost_center_text": "C-1"})
    assert both == {"bpo_vendor_id_text": "V-017", "cost_center_text": "C-1"} == account.custom[HR_SCHEMA_ID]
    assert await custom.amend(send, account.id, "HR", {"bpo_vendor_id_text": None}) == {"cost_center_text": "C-1"}
    assert await custom.read(send, account.id, "HR") == {"cost_center_text": "C-1"}


async def test_what_does_not_differ_is_not_written(genesys):
    custom, send, account = CustomAttributes(), genesys.send(), genesys.account(2)
    await custom.amend(send, account.id, "HR", {"bpo_vendor_id_text": "V-017", "cost_center_text": "C-1"})
    assert len(genesys.writes) == 1
    await custom.amend(send, account.id, "HR", {"bpo_vendor_id_text": " V-017 ", "cost_center_text": "C-1"})
    assert len(genesys.writes) == 1


async def test_values_have_the_types_of_their_keys(genesys):
    schema = await added(genesys)
    custom, send, account = CustomAttributes(), genesys.send(), genesys.account(2)
    written: dict[str, Value] = {
        "name_text": "007", "age_integer": "42", "share_number": "2.5", "on_checkbox": "True",
        "labels_tag": ("a", "b"), "plain": "x",
    }  # fmt: skip
    answered = await custom.amend(send, account.id, "Person", written)
    assert account.custom[schema] == {
        "name_text": "007", "age_integer": 42, "share_number": 2.5, "on_checkbox": True,
        "labels_tag": ["a", "b"], "plain": "x",
    }  # fmt: skip
    assert answered == {**written, "on_checkbox": "true"}
    await custom.amend(send, account.id, "Person", {**written, "labels_tag": ("b", "a"), "on_checkbox": "true"})
    await custom.amend(send, account.id, "Person", {"share_number": "2.50"})
    assert len([each for each in genesys.writes if each["method"] == "PATCH"]) == 1
    await custom.amend(send, account.id, "Person", {"labels_tag": "a"})
    assert account.custom[schema]["labels_tag"] == ["a"]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("age_integer", "old", "age_integer of the schema \"Person\" takes a value of type integer"),
        ("age_integer", "4.5", "type integer"),
        ("share_number", "half", "type number"),
        ("share_number", "nan", "type number"),
        ("on_checkbox", "1", "type boolean"),
        ("name_text", ("a", "b"), "takes one value, not 2"),
        ("shoe", "42", "no key shoe; its keys are: age_integer, labels_tag, name_text"),
    ],
)  # fmt: skip
async def test_a_value_of_another_type_is_a_sentence_and_nothing_is_written(genesys, key, value, says):
    await added(genesys)
    with pytest.raises(Refused) as refusal:
        await CustomAttributes().amend(genesys.send(), genesys.account(2).id, "Person", {"plain": "x", key: value})
    assert says in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert genesys.seen("PATCH") == []


async def test_schemas_are_read_once_in_their_lifetime(genesys):
    time = 0.0
    custom, send = CustomAttributes(lifetime_s=600, now=lambda: time), genesys.send()
    for _ in range(3):
        await custom.schema(send, "HR")
    assert len(genesys.seen("GET", SCHEMAS)) == 1
    await added(genesys)
    time = 599.0
    with pytest.raises(NotThere) as unknown:
        await custom.schema(send, "Person")
    assert str(unknown.value) == 'Genesys has no custom attribute schema "Person"; its schemas are: "HR".'
    time = 600.0
    assert (await custom.schema(send, "Person")).keys["age_integer"] == "integer"
    assert len(genesys.seen("GET", SCHEMAS)) == 2


async def test_two_schemas_of_one_name_are_ambiguous(genesys):
    await added(genesys, name="HR")
    with pytest.raises(Ambiguous):
        await CustomAttributes().schema(genesys.send(), "HR")
    assert await CustomAttributes().read(genesys.send(), genesys.account(2).id, "HR") == {}


async def test_a_schema_with_a_new_version_is_read_again(genesys):
    custom, send, account = CustomAttributes(), genesys.send(), genesys.account(2)
    await custom.schema(send, "HR")
    genesys.fault(method="PATCH", path="/customattributes", status=409)
    await custom.amend(send, account.id, "HR", {"cost_center_text": "C-1"})
    assert account.custom[HR_SCHEMA_ID] == {"cost_center_text": "C-1"}
    assert len(genesys.seen("GET", SCHEMAS)) == 2


async def test_a_schema_that_is_switched_off_takes_nothing(genesys):
    await added(genesys, enabled=False)
    with pytest.raises(Refused, match="switched off"):
        await CustomAttributes().amend(genesys.send(), genesys.account(2).id, "Person", {"plain": "x"})


async def test_a_mapping_is_checked_before_it_runs(genesys):
    target = genesys.target(mapped=frozenset({"title", VENDOR, "custom:HR:shoe", "custom:Wardrobe:size"}))
    assert await target.check_mapping() == (
        'The custom attribute schema "HR" has no key shoe; its keys are: bpo_vendor_id_text, cost_center_text.',
        'Genesys has no custom attribute schema "Wardrobe"; its schemas are: "HR".',
    )
    assert await genesys.target(mapped=frozenset({"title", VENDOR})).check_mapping() == ()


def test_a_malformed_custom_path_is_a_wrong_setting(genesys):
    with pytest.raises(Misconfigured, match="custom:<schema name>:<key>"):
        genesys.target(mapped=frozenset({"custom:HR"}))


async def test_an_account_with_a_schema_that_is_gone_is_read_without_it(genesys):
    target = genesys.target(mapped=frozenset({"title", "custom:Wardrobe:size", COST_CENTER}))
    account = await target.get(genesys.account(2).id)
    assert account.attributes == {"title": "Agent", "custom:Wardrobe:size": None, COST_CENTER: None}
    (found,) = await target.find(account.user_name)
    assert found == account


async def test_a_plan_of_custom_attributes_only_is_one_write(genesys):
    target = genesys.target(mapped=frozenset({"title", VENDOR}))
    account = await target.get(genesys.account(2).id)
    _, written = await target.apply(plan_for(account, {VENDOR: "V-017"}))
    assert [each["method"] for each in genesys.writes] == ["PATCH"]
    assert written.attributes == {"title": "Agent", VENDOR: "V-017"}


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (3.0, "3"),
        (3.25, "3.25"),
        (True, "true"),
        ("x", "x"),
        (None, None),
        ([], None),
        (["a", 1], ("a", "1")),
        ({}, None),
    ],
)
def test_json_becomes_text(found, value):
    assert value_of(found) == value


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"$ref": "#/definitions/tag"}, "tag"),
        ({"type": "string"}, "string"),
        ({"type": []}, "text"),
        ({"allOf": 1}, "text"),
    ],
)
def test_a_key_without_a_known_type_is_text(shape, kind):
    raw = DataSchema(id="s", json_schema=DataSchema(id="s").json_schema)
    raw.json_schema.properties = {"key": shape}
    assert raw.parsed().keys == {"key": kind}
