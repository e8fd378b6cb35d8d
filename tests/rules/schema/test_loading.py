"""From a document to a mapping that can be evaluated, with every finding of the check list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.rules.expressions import evaluate
from shared.rules.schema.loading import load_schema
from shared.rules.schema.problems import Level, Stops
from tests.rules.schema.examples import (
    ACTIVE,
    ENTERPRISE,
    GALLERY_FILE,
    USER_NAME,
    attribute,
    direct,
    gallery,
    group_mapping,
    object_mapping,
    schema,
    written,
)

GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PERSON = {
    "userPrincipalName": "ada@contoso.example", "IsSoftDeleted": "False", "givenName": "Ada", "surname": "Lovelace",
    "mail": "ada@contoso.example", "department": "Contact-Centre", "mobile": "+1 555 0100",
}  # fmt: skip


def loaded(*attributes, groups=True, **more):
    mappings = [object_mapping(*attributes, **more), *([group_mapping()] if groups else [])]
    return load_schema(schema(*mappings))


def test_the_gallery_application_s_schema_gives_the_values_of_its_page():
    found = load_schema(GALLERY_FILE.read_bytes())

    assert found.problems == ()
    assert found.version == "v1.7"
    assert found.users is not None
    assert found.groups is not None
    values = {
        one.path: None if one.expression is None else evaluate(one.expression, PERSON, now=NOW)
        for one in found.users.attributes
    }
    assert values == {
        "userName": "ada@contoso.example",
        "active": "True",
        "displayName": "Ada Lovelace",
        'emails[type eq "work"].value': "ada@contoso.example",
        "title": None,
        'phoneNumbers[type eq "work"].value': None,
        'phoneNumbers[type eq "mobile"].value': "+1 555 0100",
        "roles": None,
        f"{ENTERPRISE}:department": "Contact_Centre",
        f"{ENTERPRISE}:division": "Home",
        f"{ENTERPRISE}:manager": None,
        f'{GENESYS}:externalIds[authority eq "microsoftteams"].value': "ada@contoso.example",
        f"{ENTERPRISE}:employeeNumber": None,
    }  # fmt: skip
    assert found.users.deactivates
    assert [one.path for one in found.users.attributes if one.disables] == ["active"]
    assert found.users.source_names >= {"IsSoftDeleted", "department", "mail", "manager", "userPrincipalName"}
    assert [one.path for one in found.users.matching] == ["userName"]
    assert [one.path for one in found.groups.attributes] == ["displayName", "externalId", "members"]


def test_matching_attributes_come_in_the_order_of_their_priority():
    found = loaded(
        attribute(f"{ENTERPRISE}:employeeNumber", direct("employeeId"), matchingPriority=3),
        attribute("externalId", direct("objectId"), matchingPriority=2),
    )

    assert found.users is not None
    assert [one.path for one in found.users.matching] == ["userName", "externalId", f"{ENTERPRISE}:employeeNumber"]


def test_curly_quotes_in_a_target_are_straight_ones():
    found = loaded(attribute("emails[type eq \u201cwork\u201d].value", direct("mail")))

    assert found.users is not None
    assert found.users.attributes[2].path == 'emails[type eq "work"].value'


RANDOM = "RandomString(6,3,0,0,3)"
# source of title, what is said, flow type
OFF = [
    (written("Shout([jobTitle])"), "Shout", "Always"),
    (written("ToUpper([jobTitle]"), "", "Always"),
    (written("SelectUniqueValue([jobTitle], [mail])"), "SelectUniqueValue", "Always"),
    (written("LCase([jobTitle])"), "ToLower", "Always"),
    (written('Replace([jobTitle], , "(", , "x", , )'), "regular expression", "Always"),
    (written("Guid()"), "ObjectAddOnly", "Always"),
    (written(RANDOM), "ObjectAddOnly", "AttributeAddOnly"),
    (written('Switch([manager], "x", "a", "b")'), "reference", "Always"),
    (direct("sAMAccountName"), "sAMAccountName", "Always"),
    (direct("JobTitle"), "`jobTitle`", "Always"),
    (written('Split([jobTitle], ",")'), "list", "Always"),
    (direct("proxyAddresses"), "list", "Always"),
]


@pytest.mark.parametrize(("source", "said", "flow_type"), OFF)
def test_a_fault_switches_off_its_attribute_and_no_other(source, said, flow_type):
    found = loaded(attribute("title", source, flowType=flow_type), attribute("displayName", direct("displayName")))

    (problem,) = found.errors
    assert said in problem.sentence
    assert problem.sentence.endswith(".")
    assert (problem.level, problem.stops, problem.where.target) == (Level.ERROR, Stops.ATTRIBUTE, "title")
    assert found.users is not None
    assert [one.path for one in found.users.attributes] == ["userName", "active", "displayName"]


def with_mapping(*attributes, **more):
    return load_schema(schema(object_mapping(attributeMappings=list(attributes), **more), group_mapping()))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (with_mapping(USER_NAME, attribute("active", written("Nott([IsSoftDeleted])"))), "Nott"),
        (with_mapping(attribute("userName", written("Guid()"), matchingPriority=1), ACTIVE), "matching"),
        (
            with_mapping(attribute("userName", written("IgnoreFlowIfNullOrEmpty([mail])"), matchingPriority=1), ACTIVE),
            "IgnoreFlowIfNullOrEmpty",
        ),
        (
            with_mapping(
                attribute("userName", written("SingleAppRoleAssignment([appRoleAssignments])"), matchingPriority=1),
                ACTIVE,
            ),
            "SingleAppRoleAssignment",
        ),
        (with_mapping(attribute("userName", direct("userPrincipalName")), ACTIVE), "matchingPriority"),
        (with_mapping(USER_NAME, ACTIVE, attribute("title", direct("jobTitle"), matchingPriority=2)), "filter by it"),
        (loaded(scope={"groups": [{"clauses": []}]}), "no clauses"),
    ],
)
def test_a_fault_of_matching_of_active_or_of_the_scope_switches_off_the_whole_mapping(found, said):
    assert found.users is None
    assert found.groups is not None
    assert any(said in problem.sentence and problem.stops is Stops.OBJECT_MAPPING for problem in found.errors)


# source of title, what is said
DOUBTFUL = [
    ('IIF(IsNullOrEmpty([country]), "x", "y")', "IIF"),
    ('IIF([country]="", "x", "y")', "IIF"),
    ('Switch(IsPresent([jobTitle]), "x", "True", [jobTitle])', "IsPresent"),
    ('Switch([country], , "DE", "Germany")', "no default"),
    ('FormatDateTime(Now(), , "M/d/yyyy h:mm:ss tt", "yyyy-MM-dd")', "Now"),
]


@pytest.mark.parametrize(("expression", "said"), DOUBTFUL)
def test_a_doubt_is_a_warning_and_the_attribute_flows(expression, said):
    found = loaded(attribute("title", written(expression)))

    (problem,) = found.problems
    assert said in problem.sentence
    assert (problem.level, problem.stops) == (Level.WARNING, Stops.NOTHING)
    assert found.users is not None
    assert "title" in [one.path for one in found.users.attributes]


@pytest.mark.parametrize(
    ("active", "said", "deactivates"),
    [
        ("Not([IsSoftDeleted])", "", True),
        ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', "", True),
        ('Switch([IsSoftDeleted], , "false", "true", "true", "false")', "never met", True),
        ("[accountEnabled]", "no longer assigned", False),
        ('"True"', "nobody will be disabled", False),
    ],
)
def test_what_would_not_deactivate_is_warned_of(active, said, deactivates):
    found = with_mapping(USER_NAME, attribute("active", written(active)))

    assert found.errors == ()
    sentences = " ".join(problem.sentence for problem in found.problems)
    assert said in sentences
    assert bool(said) is bool(sentences)
    assert found.users is not None
    assert found.users.deactivates is deactivates


def test_without_updates_nobody_is_deactivated():
    found = loaded(flowTypes="Add")

    assert found.users is not None
    assert not found.users.deactivates


def test_a_random_value_is_fine_at_creation():
    found = loaded(attribute("title", written(RANDOM), flowType="ObjectAddOnly"))

    assert found.problems == ()


def test_role_functions_while_everybody_is_synchronized_are_warned_of():
    document = gallery()

    assert load_schema(document).problems == ()
    (problem,) = load_schema(document, sync_all=True).problems
    assert "SingleAppRoleAssignment" in problem.sentence
    assert problem.level is Level.WARNING


def test_roles_that_stay_are_warned_of():
    roles = attribute("roles", written("AppRoleAssignmentsComplex([appRoleAssignments])"))
    definition = {"name": "roles", "multivalued": True}
    found = load_schema(schema(object_mapping(roles), group_mapping(), target_attributes=[definition]))

    assert any("AssertiveAppRoleAssignmentsComplex" in problem.sentence for problem in found.problems)
    assert found.errors == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (schema(group_mapping()), "nobody can be provisioned"),
        (schema(object_mapping(enabled=False), group_mapping()), "nobody can be provisioned"),
        (schema(object_mapping(sourceObjectName="Contact"), group_mapping()), "nobody can be provisioned"),
        (schema(object_mapping(targetObjectName="urn:x:Person"), group_mapping()), "nobody can be provisioned"),
        (schema(object_mapping(), object_mapping(name="More"), group_mapping()), "2 mappings of User"),
        ({"synchronizationRules": []}, "nobody can be provisioned"),
        ({}, "synchronizationRules"),
        (b"", "no JSON"),
    ],
)
def test_without_one_mapping_of_users_nothing_is_provisioned(document, said):
    found = load_schema(document)

    assert found.users is None
    assert any(said in problem.sentence and problem.stops is Stops.SCHEMA for problem in found.problems)


def test_of_two_mappings_of_users_the_enabled_one_counts():
    found = load_schema(schema(object_mapping(name="Old", enabled=False), object_mapping(), group_mapping()))

    assert found.problems == ()
    assert found.users is not None
    assert found.users.name == "Users"


def test_without_a_mapping_of_groups_users_are_provisioned():
    found = loaded(groups=False)

    assert found.users is not None
    assert found.groups is None
    (problem,) = found.problems
    assert (problem.level, problem.sentence) == (
        Level.WARNING, "No usable mapping from Group to a SCIM group is enabled: groups are left as they are.",
    )  # fmt: skip


def both(expression: str, tree_name: str, *parameters: tuple[str, dict]) -> dict:
    """A function in both forms."""
    return {
        "type": "Function", "name": tree_name, "expression": expression,
        "parameters": [{"key": key, "value": value} for key, value in parameters],
    }  # fmt: skip


def constant(value: str) -> dict:
    return {"type": "Constant", "name": value, "expression": f'"{value}"', "parameters": []}


def test_text_and_tree_that_disagree_are_refused_with_both_readings():
    source = both("Left([jobTitle], 3)", "Left", ("source", direct("jobTitle")), ("numChars", constant("4")))

    found = loaded(attribute("title", source))

    (problem,) = found.errors
    assert (problem.where.target, problem.stops) == ("title", Stops.ATTRIBUTE)
    assert "says 3" in problem.sentence
    assert 'says "4"' in problem.sentence


def test_a_number_in_the_text_is_a_constant_in_the_tree():
    source = both("Left([jobTitle], 3)", "Left", ("source", direct("jobTitle")), ("numChars", constant("3")))

    assert loaded(attribute("title", source)).problems == ()


def test_an_expression_of_which_only_the_tree_was_stored_is_evaluated():
    found = loaded(attribute("title", {"type": "Attribute", "name": "extensionAttribute10"}))

    assert found.users is not None
    title = found.users.attributes[2].expression
    assert title is not None
    assert evaluate(title, {"extensionAttribute10": "Coach"}, now=NOW) == "Coach"


REQUIRED = [
    {"name": "userName", "required": True},
    {"name": "active", "type": "Boolean", "required": True},
    {"name": "id", "required": True, "anchor": True},
    {"name": "displayName", "required": True},
    {"name": "title", "required": True, "defaultValue": "Agent"},
]


def test_what_genesys_does_not_have_it_does_not_require():
    definition = {"name": "nickName", "required": True, "defaultValue": "x"}
    found = load_schema(schema(object_mapping(), group_mapping(), target_attributes=[*REQUIRED[:3], definition]))

    assert found.users is not None
    assert [one.path for one in found.users.attributes] == ["userName", "active"]


def test_a_list_is_known_by_its_definition():
    several = {"name": "extension_0123456789abcdef0123456789abcdef_tags", "multivalued": True}
    tags = attribute("title", direct(str(several["name"])))
    found = load_schema(schema(object_mapping(tags), group_mapping(), source_attributes=[several]))

    (problem,) = found.errors
    assert "list" in problem.sentence


def test_what_the_target_requires_and_nothing_gives_is_told():
    found = load_schema(schema(object_mapping(), group_mapping(), target_attributes=REQUIRED))

    assert found.users is not None
    assert found.users.unmet == ("displayName",)
    (problem,) = found.problems
    assert (problem.where.target, problem.level) == ("displayName", Level.WARNING)
    title = found.users.attributes[-1]
    assert (title.path, title.expression, title.mapping.default_value) == ("title", None, "Agent")


def test_a_required_attribute_that_was_switched_off_is_not_given_either():
    broken = attribute("displayName", written("Shout([mail])"))
    found = load_schema(schema(object_mapping(broken), group_mapping(), target_attributes=REQUIRED))

    assert found.users is not None
    assert found.users.unmet == ("displayName",)


@pytest.mark.parametrize(
    ("name", "said"),
    [("IsSoftDeleted", "computed from the filter"), ("workerID", "not known"), ("sAMAccountName", "does not offer")],
)
def test_a_filter_on_what_cannot_be_read_switches_off_the_mapping(name, said):
    clause = {"sourceOperandName": name, "operatorName": "IS NOT NULL", "targetOperand": None}
    found = loaded(scope={"groups": [{"name": "g", "clauses": [clause]}]})

    assert found.users is None
    assert any(said in problem.sentence for problem in found.errors)


def test_the_mapping_of_active_is_at_hand():
    found = loaded()

    assert found.users is not None
    assert found.users.active is not None
    assert found.users.active.expression is not None
    for said, active in (("True", "False"), ("False", "True")):
        assert evaluate(found.users.active.expression, {"IsSoftDeleted": said}, now=NOW) == active


def test_sentences_are_short_printable_lines_whatever_they_quote():
    found = load_schema(schema(object_mapping(attribute("x\n\ud800" + "y" * 10_000)), group_mapping()))

    for problem in found.problems:
        assert str(problem).isprintable()
        assert len(str(problem)) < 3_000
