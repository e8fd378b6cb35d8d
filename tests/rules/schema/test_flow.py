"""When a value flows: flow types against what the target has, nulls, defaults, letter case, lists."""

from __future__ import annotations

import pytest

from shared.model import Role
from shared.rules.expressions.values import SKIP
from shared.rules.schema.flow import Cannot, Leave, Policy, Write, flow, value_of
from shared.rules.schema.nouns import (
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    FlowType,
    Mutability,
    SourceKind,
    StoredSource,
)

ONE = AttributeDefinition(name="title")
MANY = AttributeDefinition(name="title", multivalued=True)
A = StoredSource(kind=SourceKind.ATTRIBUTE, name="jobTitle")


def mapping(flow_type=FlowType.ALWAYS, default=None, source: StoredSource | None = A):
    return AttributeMapping(target="title", source=source, flow_type=flow_type, default_value=default)


T = FlowType
# flow type, definition, creating, current, value, what is written (None: nothing)
CASES = [
    (T.ALWAYS, ONE, True, None, "new", "new"),
    (T.ALWAYS, ONE, False, None, "new", "new"),
    (T.ALWAYS, ONE, False, "", "new", "new"),
    (T.ALWAYS, ONE, False, "old", "new", "new"),
    (T.ALWAYS, ONE, False, "new", "new", None),
    (T.OBJECT_ADD_ONLY, ONE, True, None, "new", "new"),
    (T.OBJECT_ADD_ONLY, ONE, False, None, "new", None),
    (T.OBJECT_ADD_ONLY, ONE, False, "old", "new", None),
    (T.ATTRIBUTE_ADD_ONLY, ONE, True, None, "new", "new"),
    (T.ATTRIBUTE_ADD_ONLY, ONE, False, None, "new", "new"),
    (T.ATTRIBUTE_ADD_ONLY, ONE, False, "", "new", "new"),
    (T.ATTRIBUTE_ADD_ONLY, ONE, False, "old", "new", None),
    (T.ATTRIBUTE_ADD_ONLY, MANY, False, ("old",), ("new",), None),
    *(
        case
        for adding in (T.VALUE_ADD_ONLY, T.MULTI_VALUE_ADD_ONLY)
        for case in (
            (adding, ONE, True, None, "new", "new"),
            (adding, ONE, False, "old", "new", "new"),
            (adding, MANY, True, None, ("a", "b"), ("a", "b")),
            (adding, MANY, False, None, ("a", "b"), ("a", "b")),
            (adding, MANY, False, ("a",), ("b",), ("a", "b")),
            (adding, MANY, False, ("a", "b"), ("b",), None),
            (adding, MANY, False, ("a", "b"), "c", ("a", "b", "c")),
            (adding, MANY, False, "a", ("A", "b"), ("a", "b")),
        )
    ),
    (T.ALWAYS, MANY, False, ("b", "a"), ("a", "b"), None),
]  # fmt: skip


@pytest.mark.parametrize(("flow_type", "definition", "creating", "current", "value", "expected"), CASES)
def test_flow_types(flow_type, definition, creating, current, value, expected):
    found = flow(mapping(flow_type), definition, value, creating=creating, current=current)

    assert found == Write(value=expected) if expected is not None else isinstance(found, Leave)


@pytest.mark.parametrize("flow_type", list(FlowType))
@pytest.mark.parametrize("value", [None, "", (), SKIP])
@pytest.mark.parametrize("current", [None, "old"])
def test_nothing_never_overwrites(flow_type, value, current):
    assert isinstance(flow(mapping(flow_type, default="d"), ONE, value, creating=False, current=current), Leave)


@pytest.mark.parametrize(
    ("value", "default", "required", "attribute_default", "expected"),
    [
        (None, None, False, None, None),
        (None, "d", False, None, "d"),
        ("", "d", False, None, "d"),
        ("v", "d", False, None, "v"),
        (SKIP, "d", False, None, None),
        (None, None, True, "needed", "needed"),
        (None, "d", True, "needed", "d"),
        (SKIP, "d", True, "needed", "needed"),
        (None, None, False, "needed", None),
        (None, None, True, None, Cannot),
        (SKIP, "d", True, None, Cannot),
    ],
)
def test_defaults_are_for_creation(value, default, required, attribute_default, expected):
    definition = AttributeDefinition(name="title", required=required, default_value=attribute_default)

    found = flow(mapping(default=default), definition, value, creating=True)

    if expected is Cannot:
        assert found == Cannot(why="`title` is required, and Entra has no value for it.", blocks=True)
    elif expected is None:
        assert isinstance(found, Leave)
    else:
        assert found == Write(value=expected)


def test_a_mapping_without_source_writes_its_default_at_creation_only():
    without = mapping(default="none", source=None)

    assert flow(without, ONE, None, creating=True) == Write(value="none")
    assert isinstance(flow(without, ONE, None, creating=False, current=None), Leave)


def test_an_empty_text_is_a_value_where_the_policy_says_so():
    send = Policy(send_empty=True)

    assert flow(mapping(), ONE, "", creating=False, current="old", policy=send) == Write(value="")
    assert flow(mapping(default="d"), ONE, "", creating=True, policy=send) == Write(value="")
    assert isinstance(flow(mapping(), ONE, None, creating=False, current="old", policy=send), Leave)


@pytest.mark.parametrize(
    ("definition", "current", "value", "written"),
    [
        (AttributeDefinition(name="title"), "Agent", "AGENT", False),
        (AttributeDefinition(name="title", case_exact=True), "Agent", "AGENT", True),
        (AttributeDefinition(name="title", case_exact=True, type=AttributeType.BOOLEAN), "true", "True", False),
    ],
)
def test_a_change_of_letter_case_alone_is_none_unless_it_counts(definition, current, value, written):
    assert isinstance(flow(mapping(), definition, value, creating=False, current=current), Write) is written


def test_an_immutable_attribute_is_written_at_creation_only():
    definition = AttributeDefinition(name="title", mutability=Mutability.IMMUTABLE)

    assert flow(mapping(), definition, "v", creating=True) == Write(value="v")
    assert isinstance(flow(mapping(), definition, "v", creating=False, current="old"), Leave)


def test_several_values_do_not_fit_where_there_is_one():
    assert flow(mapping(), ONE, ("a", "b"), creating=True) == Cannot(
        why="`title` takes one value, and the mapping gave 2."
    )


ASSERTED = StoredSource(kind=SourceKind.FUNCTION, name="AssertiveAppRoleAssignmentsComplex")
MEMBERS = AttributeDefinition(name="members", multivalued=True, type=AttributeType.REFERENCE)


@pytest.mark.parametrize(
    ("source", "definition", "policy", "expected"),
    [
        (A, MANY, Policy(), ("old", "new")),
        (A, MANY, Policy(lists_only_grow=False), ("new",)),
        (ASSERTED, MANY, Policy(), ("new",)),
        (A, MEMBERS, Policy(), ("new",)),
    ],
)
def test_lists_grow_as_in_entra_s_job_but_references_and_asserted_roles_replace(source, definition, policy, expected):
    found = flow(mapping(source=source), definition, ("new",), creating=False, current=("old",), policy=policy)

    assert found == Write(value=expected)


def test_one_value_replaces_a_list():
    assert flow(mapping(), MANY, "new", creating=False, current=("old", "older")) == Write(value="new")
    assert isinstance(flow(mapping(), MANY, "old", creating=False, current=("old",)), Leave)


def test_a_role_is_its_value_or_its_display_name():
    roles = (Role(id="1", value="admin", display_name="Administrator"), Role(id="2", display_name="Agent"))

    assert value_of(roles) == ("admin", "Agent")
    assert value_of(("a", "b")) == ("a", "b")
    assert value_of("a") == "a"
    assert value_of(None) is None


@pytest.mark.parametrize(
    ("type_", "value", "fits"),
    [
        (AttributeType.BOOLEAN, "True", True),
        (AttributeType.BOOLEAN, "false", True),
        (AttributeType.BOOLEAN, "yes", False),
        (AttributeType.BOOLEAN, "1", False),
        (AttributeType.INTEGER, "-7", True),
        (AttributeType.INTEGER, "7.0", False),
        (AttributeType.STRING, "anything", True),
    ],
)
def test_a_value_has_to_fit_the_target_s_type(type_, value, fits):
    definition = AttributeDefinition(name="title", type=type_)

    for creating in (True, False):
        found = flow(mapping(), definition, value, creating=creating)
        assert found == Write(value=value) if fits else isinstance(found, Cannot)


def test_what_can_only_be_written_is_written_at_creation():
    definition = AttributeDefinition(name="title", mutability=Mutability.WRITE_ONLY)

    assert flow(mapping(), definition, "v", creating=True) == Write(value="v")
    assert isinstance(flow(mapping(), definition, "v", creating=False), Leave)
