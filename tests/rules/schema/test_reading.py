"""A schema is read whatever its form, and told of in sentences whatever is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.rules.schema.nouns import (
    AttributeType,
    Flow,
    FlowType,
    Mutability,
    SourceKind,
)
from shared.rules.schema.problems import Level, Stops
from shared.rules.schema.reading import read_schema
from tests.rules.schema.examples import (
    ENTERPRISE,
    GALLERY_FILE,
    attribute,
    changed,
    direct,
    gallery,
    group_mapping,
    object_mapping,
    schema,
    written,
)


def mappings_of(document):
    read = read_schema(document)
    assert read.schema is not None, read.problems
    return {mapping.name: mapping for rule in read.schema.rules for mapping in rule.object_mappings}


def test_the_gallery_application_s_schema_is_read_completely():
    read = read_schema(GALLERY_FILE.read_bytes())

    assert read.problems == ()
    assert read.schema is not None
    assert read.schema.version == "v1.7"
    (rule,) = read.schema.rules
    users, groups = rule.object_mappings
    assert (rule.name, users.rule, users.source_object) == ("USER_OUTBOUND_USER", "USER_OUTBOUND_USER", "User")
    assert users.flows == {Flow.ADD, Flow.UPDATE, Flow.DELETE}
    assert groups.flows == {Flow.UPDATE}
    assert [one.target for one in users.attribute_mappings][:3] == ["userName", "active", "displayName"]
    assert len(users.attribute_mappings) == 13
    assert users.scope is not None
    assert users.scope.attributes == {"department", "mail"}
    by_target = {one.target: one for one in users.attribute_mappings}
    assert by_target["userName"].matching_priority == 1
    assert by_target["title"].default_value == "Agent"
    assert by_target['phoneNumbers[type eq "mobile"].value'].flow_type is FlowType.OBJECT_ADD_ONLY
    assert by_target[f"{ENTERPRISE}:employeeNumber"].source is None
    active = by_target["active"].source
    assert active is not None
    assert (active.kind, active.name, len(active.parameters)) == (SourceKind.FUNCTION, "Switch", 5)
    assert active.parameters[1].value.kind is SourceKind.CONSTANT
    assert users.target_attributes["active"].type is AttributeType.BOOLEAN
    assert users.target_attributes["id"].anchor
    assert users.target_attributes["id"].mutability is Mutability.READ_ONLY
    assert users.target_attributes["roles"].multivalued


def test_graph_s_answer_and_the_exported_file_are_the_same_schema():
    exported = gallery()
    del exported["@odata.context"]

    assert read_schema(exported) == read_schema(gallery()) == read_schema(GALLERY_FILE.read_bytes())


@pytest.mark.parametrize(
    "as_bytes",
    [
        lambda document: b"\xef\xbb\xbf" + json.dumps(document).encode(),
        lambda document: json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False).encode(),
        lambda document: json.dumps({"unheard-of": [1, {"x": None}], **document}).encode(),
    ],
)
def test_byte_order_mark_order_of_keys_and_unknown_keys_do_not_matter(as_bytes):
    assert read_schema(as_bytes(gallery())) == read_schema(gallery())


@pytest.mark.parametrize(
    ("written_flows", "flows"),
    [
        ("Add, Update, Delete", {Flow.ADD, Flow.UPDATE, Flow.DELETE}),
        ("Add,Update,Delete", {Flow.ADD, Flow.UPDATE, Flow.DELETE}),
        ("update", {Flow.UPDATE}),
        (" Update ,delete", {Flow.UPDATE, Flow.DELETE}),
        ("None", set()),
        ("", set()),
    ],
)
def test_flow_types_with_and_without_blanks(written_flows, flows):
    assert mappings_of(schema(object_mapping(flowTypes=written_flows)))["Users"].flows == flows


def test_names_of_types_are_known_in_any_letter_case():
    title = attribute("title", {**direct("jobTitle"), "type": "attribute"}, flowType="ATTRIBUTEADDONLY")
    document = schema(
        object_mapping(title), target_attributes=[{"name": "title", "type": "string", "mutability": "readwrite"}]
    )

    mapping = mappings_of(document)["Users"]

    assert mapping.attribute_mappings[2].flow_type is FlowType.ATTRIBUTE_ADD_ONLY
    assert mapping.target_attributes["title"].type is AttributeType.STRING


@pytest.mark.parametrize("empty", [None, "absent"])
def test_optional_keys_may_be_null_or_absent(empty):
    optional = {"scope", "metadata", "name", "enabled"}
    mapping: dict[str, Any] = {key: value for key, value in object_mapping().items() if key not in optional}
    if empty is None:
        mapping |= dict.fromkeys(optional)
    document: dict[str, Any] = {"synchronizationRules": [{"objectMappings": [mapping]}]}
    if empty is None:
        document["directories"] = None

    read = read_schema(document)

    assert read.problems == ()
    assert mappings_of(document)[""].enabled


def test_rules_come_in_the_order_of_their_priority():
    document = {
        "synchronizationRules": [
            {"name": "second", "priority": 2, "objectMappings": [object_mapping(name="B")]},
            {"name": "first", "priority": 1, "objectMappings": [object_mapping(name="A")]},
        ]
    }

    assert list(mappings_of(document)) == ["A", "B"]


def test_what_is_wrong_with_a_disabled_mapping_concerns_nobody():
    broken = object_mapping(
        attribute("nonsense"), enabled=False, name="Old", scope={"groups": "x"}, metadata=7, attributeMappings="x"
    )
    read = read_schema(schema(object_mapping(), broken))

    assert read.problems == ()
    assert not mappings_of(schema(object_mapping(), broken))["Old"].enabled


def test_mappings_of_other_objects_are_read_and_not_judged():
    other = object_mapping(
        name="Devices", sourceObjectName="Device", targetObjectName="urn:x:Device", attributeMappings=[]
    )

    assert read_schema(schema(object_mapping(), other)).problems == ()


MAPPING = ("synchronizationRules", 0, "objectMappings", 0)
FIRST = (*MAPPING, "attributeMappings", 0)
THIRD = (*MAPPING, "attributeMappings", 2)
TITLE = object_mapping(attribute("title", direct("jobTitle")))
DEFINED = schema(TITLE, target_attributes=[{"name": "title", "type": "String"}])

# What is wrong, a part of the sentence, what it switches off.
BAD = [
    (b"", "no JSON", Stops.SCHEMA),
    (b"\xff\xfe{\x00}\x00", "not in UTF-8", Stops.SCHEMA),
    (b"{", "line 1, column 2", Stops.SCHEMA),
    (b"[]", "a list", Stops.SCHEMA),
    (b'"x"', "a text", Stops.SCHEMA),
    (b"{}", "no `synchronizationRules`", Stops.SCHEMA),
    (b'{"synchronizationRules": null}', "no `synchronizationRules`", Stops.SCHEMA),
    (b'{"synchronizationRules": {}}', "an object and no list", Stops.SCHEMA),
    (b'{"synchronizationRules": [3]}', "a number instead of an object", Stops.SCHEMA),
    (b'{"synchronizationRules": [], "id": 7}', "`id` is a number", Stops.SCHEMA),
    (b'{"synchronizationRules": [], "directories": "x"}', "`directories`", Stops.SCHEMA),
    (b'{"synchronizationRules":' + b"[" * 100_000, "levels deep", Stops.SCHEMA),
    (b'{"synchronizationRules":' + b"[" * 400 + b"]" * 400 + b"}", "levels deep", Stops.SCHEMA),
    (b'{"x": ' + b"9" * 5_000 + b"}", "too long", Stops.SCHEMA),
    (b'{"x": ' + b"9" * 30 + b"}", "too large", Stops.SCHEMA),
    (b'{"synchronizationRules": [' + b"1," * 1_000_001 + b"1]}", "values", Stops.SCHEMA),
    (b'{"synchronizationRules": []' + b" " * (17 * 1024 * 1024) + b"}", "bytes", Stops.SCHEMA),
    (changed(DEFINED, "synchronizationRules", 0, "objectMappings", to="x"), "`objectMappings`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, "synchronizationRules", 0, "priority", to="x"), "`priority`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "enabled", to="maybe"), "neither true nor false", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "flowTypes", to="Add, Wonder"), "`Wonder`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "flowTypes", to=7), "`flowTypes`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "scope", to="x"), "scoping filter", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "scope", to={"groups": [{"clauses": []}]}), "no clauses", Stops.OBJECT_MAPPING),
    (
        changed(DEFINED, *MAPPING, "scope", to={"groups": [{"clauses": [
            {"sourceOperandName": "IsSoftDeleted", "operatorName": "IS TRUE"}]}]}),
        "computed from the filter", Stops.OBJECT_MAPPING,
    ),
    (changed(DEFINED, *MAPPING, "attributeMappings", to={}), "`attributeMappings`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "attributeMappings", to=[]), "`matchingPriority`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "attributeMappings", to=["x"]), "a text instead of", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *THIRD, "targetAttributeName", to=None), "no `targetAttributeName`", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "targetAttributeName", to=[]), "is a list and no text", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "source", to="[jobTitle]"), "`source` is a text", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "source", "type", to="Magic"), "`Magic`", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "source", to={"type": "Function"}), "neither an expression", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "source", "parameters", to=[{}]), "no value", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "source", "expression", to="x" * 10_001), "10,001 characters", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "flowType", to="Sometimes"), "`Sometimes`", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "flowBehavior", to="Backwards"), "`Backwards`", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "defaultValue", to=3), "`defaultValue`", Stops.ATTRIBUTE),
    (changed(DEFINED, *THIRD, "matchingPriority", to=-1), "`matchingPriority`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *THIRD, "matchingPriority", to=1), "cannot filter by it", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *THIRD, to=attribute("nickName", direct("a"), matchingPriority=2)), "nickName",
     Stops.OBJECT_MAPPING),
    (changed(DEFINED, *FIRST, "source", "type", to="Magic"), "`Magic`", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *FIRST, "source", to=None), "has no source", Stops.OBJECT_MAPPING),
    (changed(DEFINED, *MAPPING, "attributeMappings", 1, "source", to=7), "`source`", Stops.OBJECT_MAPPING),
    (
        changed(DEFINED, "directories", 1, "objects", 0, "attributes", 0, "type", to="Complex"),
        "`Complex`", Stops.ATTRIBUTE,
    ),
    (
        schema(TITLE, source_attributes=[{"name": "jobTitle", "multivalued": "perhaps"}]),
        "`jobTitle`", Stops.ATTRIBUTE,
    ),
    (
        schema(TITLE, target_attributes=[{"name": "title", "mutability": "ReadOnly"}]), "read-only", Stops.ATTRIBUTE,
    ),
    (schema(TITLE, target_attributes=[{"name": "title", "anchor": True}]), "own key", Stops.ATTRIBUTE),
    (schema(object_mapping(attribute("title", direct("a")), attribute("title", direct("b")))), "2 mappings", 1),
    (schema(object_mapping(attribute("Title"), attribute("title", direct("b")))), "2 mappings", 1),
    (schema(object_mapping(attribute("active", direct("accountEnabled")))), "2 mappings", Stops.OBJECT_MAPPING),
    (
        schema(object_mapping(attribute("roles"), attribute('roles[primary eq "True"].value', direct("a")))),
        "2 mappings", Stops.ATTRIBUTE,
    ),
    (schema(object_mapping(attribute("name.givenName", direct("givenName")))), "name.givenName", Stops.ATTRIBUTE),
    (schema(object_mapping(attribute("urn:x:User:customFields.tier", direct("a")))), "custom", Stops.ATTRIBUTE),
    (schema(group_mapping(attributeMappings=[attribute("description", direct("a"))])), "of a group", 1),
]  # fmt: skip


@pytest.mark.parametrize(("document", "said", "stops"), BAD)
def test_a_bad_document_is_one_plain_sentence(document, said, stops):
    problems = [problem for problem in read_schema(document).problems if problem.level is Level.ERROR]

    about = [problem for problem in problems if said in problem.sentence]
    assert about, problems
    for problem in problems:
        assert problem.sentence.endswith(".")
        assert "\n" not in str(problem)
    assert max(problem.stops for problem in about) == stops


def test_a_problem_names_rule_mapping_and_attribute():
    read = read_schema(changed(DEFINED, *THIRD, "flowType", to="Sometimes"))

    (problem,) = (problem for problem in read.problems if problem.level is Level.ERROR)
    assert str(problem).startswith("Rule `OUT`, mapping `Users`, attribute `title`: `flowType` is `Sometimes`")


WARNED = [
    (object_mapping(flowTypes="Add, Delete"), "lack Update"),
    (object_mapping(flowTypes=None), "no `flowTypes`"),
    (object_mapping(metadata=[{"key": "Unsynchronized", "value": "true"}]), "`Unsynchronized`"),
    (object_mapping(metadata=[{"key": "Disposition", "value": '"Odd"'}]), "`Disposition`"),
    (group_mapping(flowTypes="Add, Update"), "neither creates nor deletes groups"),
    (object_mapping(attribute("title", direct("a"), flowBehavior="FlowAlways")), "FlowAlways"),
    (object_mapping(attribute("title", direct("a"), flowType="ValueAddOnly")), "ValueAddOnly"),
    (object_mapping(attribute("title", direct("a"), flowType="MultiValueAddOnly")), "MultiValueAddOnly"),
    (object_mapping(attribute("title", direct("a"), flowNullValues=True)), "null values"),
    (object_mapping(attribute("title")), "neither a source nor a default"),
    (
        object_mapping(scope={"groups": [{"clauses": [{"sourceOperandName": "city", "operatorName": "REGEX MATCH",
                       "targetOperand": {"values": ["x"]}}]}]}),
        "not anchored",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("mapping", "said"), WARNED)
def test_a_warning_switches_nothing_off(mapping, said):
    (problem,) = read_schema(schema(mapping)).problems

    assert said in problem.sentence
    assert (problem.level, problem.stops) == (Level.WARNING, Stops.NOTHING)


def test_definitions_that_want_nulls_or_lack_the_attribute_are_warned_of():
    nulls = schema(TITLE, target_attributes=[{"name": "title", "flowNullValues": True}])

    said = [problem.sentence for problem in read_schema(nulls).problems]

    assert any("null values" in sentence for sentence in said)
    assert sum("does not define it" in sentence for sentence in said) == 2  # userName and active


def test_a_source_of_which_only_the_tree_was_stored_is_read():
    mapping = mappings_of(schema(object_mapping(attribute("title", {"type": "Attribute", "name": "jobTitle"}))))[
        "Users"
    ]

    source = mapping.attribute_mappings[2].source
    assert source is not None
    assert (source.name, source.expression) == ("jobTitle", "")


def test_a_source_of_which_only_the_text_was_stored_is_read():
    mapping = mappings_of(schema(object_mapping(attribute("title", written("ToUpper([jobTitle])")))))["Users"]

    source = mapping.attribute_mappings[2].source
    assert source is not None
    assert (source.name, source.expression) == ("", "ToUpper([jobTitle])")


@pytest.mark.parametrize(
    ("written_flag", "enabled"), [("true", True), ("False", False), (" TRUE ", True), (False, False)]
)
def test_flags_may_be_texts(written_flag, enabled):
    assert mappings_of(schema(object_mapping(enabled=written_flag)))["Users"].enabled is enabled


def test_a_document_that_contains_itself_is_too_deep():
    document: dict[str, Any] = {"synchronizationRules": []}
    document["directories"] = [document]

    (problem,) = read_schema(document).problems

    assert "levels deep" in problem.sentence
