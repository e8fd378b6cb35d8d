"""Are the small evaluator's expressions, filters, flows and paths those of the documentation?"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import entra_cycle
from tests.conformance.entra_cycle.expressions import UnsupportedError, attributes_of, evaluate, parse
from tests.conformance.entra_cycle.flow import changed
from tests.conformance.entra_cycle.functions import EvaluationError, SkipFlow
from tests.conformance.entra_cycle.schema import Clause, Mapping, read_schema
from tests.conformance.entra_cycle.scope import in_scope
from tests.conformance.entra_cycle.targets import Target
from tests.conformance.worlds import read

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("[mail]", {"mail": "a@b"}, "a@b"),
        ("[mail]", {}, None),
        ('"Home"', {}, "Home"),
        ('"a \\"b\\" \\\\c"', {}, 'a "b" \\c'),
        ('Append([upn], ".test")', {"upn": "John.Doe@contoso.com"}, "John.Doe@contoso.com.test"),
        ('Append([upn], ".test")', {}, None),
        ('Join(", ", "", [surname], [givenName])', {"surname": "Doe", "givenName": "John"}, "Doe, John"),
        ('Join(" ", [a], [b])', {}, None),
        ('Join("-", [a])', {"a": ("1", "2")}, "1-2"),
        ("Append(Mid([first],1,3), Mid([last],1,5))", {"first": "John", "last": "Doe"}, "JohDoe"),
        ("Left([a], 2)", {"a": "abc"}, "ab"),
        ('Replace([lang], "-", , , "_", , )', {"lang": "EN-US"}, "EN_US"),
        ('Replace([p], , "[()\\\\s-]+", , "", , )', {"p": "+1 (999) 888-7777"}, "+19998887777"),
        (
            'Replace([p], , "\\\\+(?<isd>\\\\d* )(?<number>\\\\d{10})", , "${number}", , )',
            {"p": "+91 9998887777"},
            "9998887777",
        ),
        ('Switch([flag], "other", "true", "1", "", "0")', {"flag": "true"}, "1"),
        ('Switch([flag], "other", "true", "1", "", "0")', {}, "0"),
        ('Switch([flag], "other", "true", "1", "", "0")', {"flag": "True"}, "other"),
        ('Switch([flag], , "true", "1")', {"flag": "x"}, None),
        ('Switch(ToLower([flag]), "0", "true", "1", "false", "0")', {"flag": "TRUE"}, "1"),
        ('IIF([country]="USA",[country],[department])', {"country": "USA"}, "USA"),
        ('IIF([country]="USA",[country],[department])', {"country": "FR", "department": "Sales"}, "Sales"),
        ('IIF([country]<>"USA","out","in")', {"country": "FR"}, "out"),
        ("Coalesce([a], [b])", {"b": "x"}, "x"),
        ("Not([IsSoftDeleted])", {"IsSoftDeleted": "True"}, "False"),
        ("Not([IsSoftDeleted])", {}, "True"),
        ("SingleAppRoleAssignment([roles])", {"roles": ("Agent",)}, "Agent"),
        ("SingleAppRoleAssignment([roles])", {}, None),
        ('FormatDateTime([d], , "yyyyMMdd", "yyyy-MM-dd")', {"d": "20150123"}, "2015-01-23"),
        ('FormatDateTime([d], "yyyyMMdd", "dd/MM/yyyy")', {"d": "20150123"}, "23/01/2015"),
        ("Item([list], 2)", {"list": ("a", "b")}, "b"),
        ("StripSpaces([a])", {"a": " 1 2 "}, "12"),
        ("ToUpper([a])", {"a": "x"}, "X"),
    ],
)
def test_an_expression_has_its_documented_value(text, source, expected):
    assert evaluate(text, source) == expected


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('IIF([country]="USA", "a", "b")', {}),
        ("IIF([country], [a], [b])", {"country": "maybe"}),
        ("SingleAppRoleAssignment([roles])", {"roles": ("Agent", "Supervisor")}),
        ("Mid([a], 9, 1)", {"a": "abc"}),
        ("Item([a], 3)", {"a": ("1", "2")}),
        ('Append([a], "x")', {"a": ("1", "2")}),
        ('FormatDateTime([d], , "yyyyMMdd", "yyyy")', {"d": "23.1.2015"}),
        ('Replace([a], "x", , , , [b], )', {"a": "1"}),
    ],
)
def test_what_cannot_be_computed_is_an_error(text, source):
    with pytest.raises(EvaluationError):
        evaluate(text, source)


def test_a_flow_can_be_skipped():
    assert evaluate("IgnoreFlowIfNullOrEmpty([a])", {"a": "1"}) == "1"
    with pytest.raises(SkipFlow):
        evaluate("IgnoreFlowIfNullOrEmpty([a])", {})


@pytest.mark.parametrize("text", ["Redact([a])", "Append([a]", "[a] [b]", "[a", "Append([a] [b])", 'IIF([a]>"1","x",)'])
def test_what_this_evaluator_does_not_know_is_refused(text):
    with pytest.raises(UnsupportedError):
        evaluate(text, {"a": "2"})


@pytest.mark.parametrize("path", sorted(Path(entra_cycle.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_the_cycle_is_independent_of_the_product_and_of_the_simulators(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}

    assert {name.split(".")[0] for name in imported} & {"shared", "functions", "function_app", "infra"} == set()


def test_the_attributes_of_an_expression_are_found_anywhere_in_it():
    assert attributes_of('IIF([a]="x", Append([b], [c]), Switch([d], [e], "k", [f]))') == set("abcdef")
    assert parse("[a]") is parse("[a]")


@pytest.mark.parametrize(
    ("operator", "value", "held", "expected"),
    [
        ("EQUALS", "Sales", "Sales", True),
        ("EQUALS", "sales", "Sales", False),
        ("EQUALS", "", None, False),
        ("NOT EQUALS", "Sales", "Support", True),
        ("NOT EQUALS", "Sales", None, False),
        ("NOT EQUALS", "Sales", "", False),
        ("IS NULL", "", None, True),
        ("IS NULL", "", "x", False),
        ("IS NOT NULL", "", "x", True),
        ("IS NOT NULL", "", None, False),
        ("IS TRUE", "", "True", True),
        ("IS FALSE", "", "True", False),
        ("REGEX MATCH", r"^.*@domain\.com$", "a@domain.com", True),
        ("REGEX MATCH", r"^.*@domain\.com$", None, False),
        ("NOT REGEX MATCH", r"^.*@domain\.com$", "a@other.com", True),
        ("NOT REGEX MATCH", r"^.*@domain\.com$", None, False),
        ("ENDS WITH", "com", "a.com", True),
        ("INCLUDES", "b", "abc", True),
        ("GREATER THAN", "5", "6", True),
        ("GREATER THAN", "5", "x", False),
        ("GREATER THAN OR EQUALS", "5", "5", True),
    ],
)
def test_a_clause_holds_as_documented(operator, value, held, expected):
    groups = ((Clause(attribute="a", operator=operator, value=value),),)

    assert in_scope(groups, {"a": held}) is expected


def test_clauses_of_a_group_must_all_hold_and_groups_are_alternatives():
    one, two = (Clause(attribute=name, operator="EQUALS", value="1") for name in "ab")

    assert in_scope((), {})
    assert in_scope(((one,), (two,)), {"b": "1"})
    assert not in_scope(((one, two),), {"b": "1"})


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("userName", {"userName": "x"}),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", {"title": "x"}),
        ("name.givenName", {"name": {"givenName": "x"}}),
        ('phoneNumbers[type eq "work"].value', {"phoneNumbers": [{"type": "work", "value": "x"}]}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "x"}}),
        (
            f'{GENESYS}:externalIds[authority eq "teams"].value',
            {GENESYS: {"externalIds": [{"authority": "teams", "value": "x"}]}},
        ),
        ('roles[primary eq "True"].value', {"roles": [{"primary": True, "value": "x"}]}),
    ],
)
def test_a_target_is_put_and_found_where_entra_puts_it(name, document):
    body: dict[str, Any] = {}
    target = Target.parse(name)
    target.put(body, "x")

    assert body == document
    assert target.held(document) == "x"
    assert target.held({}) is None


def test_two_targets_with_the_same_filter_share_an_entry():
    body: dict[str, Any] = {}
    Target.parse('roles[primary eq "True"].value').put(body, "v")
    Target.parse('roles[primary eq "True"].display').put(body, "d")

    assert body == {"roles": [{"primary": True, "value": "v", "display": "d"}]}


@pytest.mark.parametrize("name", ["", "emails[", "a b", "urn:x:"])
def test_what_is_no_target_is_refused(name):
    with pytest.raises(ValueError, match="not a target"):
        Target.parse(name)


def mapping(flow, **more):
    return Mapping(
        target=Target.parse(more.pop("target", "title")),
        expression=more.pop("expression", "[a]"),
        default="D",
        flow=flow,
        matching=0,
        **more,
    )


@pytest.mark.parametrize(
    ("flow", "held", "expected"),
    [
        ("Always", None, ("add", "new")),
        ("Always", "old", ("replace", "new")),
        ("Always", "NEW", None),
        ("AttributeAddOnly", None, ("add", "new")),
        ("AttributeAddOnly", "old", None),
        ("ObjectAddOnly", None, None),
        ("ObjectAddOnly", "old", None),
    ],
)
def test_a_flow_type_says_when_a_value_is_written_over_another(flow, held, expected):
    change = changed(mapping(flow), {"objectId": "1", "a": "new"}, {"title": held}, [])

    assert (change and (change.operation, change.value)) == expected


@pytest.mark.parametrize(
    ("flow", "value", "held", "expected"),
    [
        ("Always", "a", [], ("add", ["a"])),
        ("Always", "a", ["b"], ("replace", ["a"])),
        ("Always", "a", ["A"], None),
        ("Always", ("a", "b"), ["b"], ("add", ["a"])),
        ("MultiValueAddOnly", "a", ["b"], ("add", ["a"])),
        ("MultiValueAddOnly", "a", ["a", "b"], None),
    ],
)
def test_a_list_is_replaced_by_one_value_and_grows_by_several(flow, value, held, expected):
    document = {"roles": [{"value": one} for one in held]}
    change = changed(mapping(flow, target="roles", multivalued=True), {"objectId": "1", "a": value}, document, [])

    assert (change and (change.operation, [one["value"] for one in change.value])) == expected


def test_the_case_of_letters_counts_where_the_definition_says_so():
    due = mapping("Always", case_exact=True)

    assert changed(due, {"objectId": "1", "a": "new"}, {"title": "NEW"}, []) is not None


def test_a_schema_is_read_by_priority_without_what_is_switched_off():
    users, groups = read_schema(read("contact_centre"))
    by_target = {one.target.name: one for one in users.mappings}

    assert (users.source, groups.source) == ("User", "Group")
    assert [one.target.name for one in users.mappings if one.matching] == ["userName", f"{ENTERPRISE}:employeeNumber"]
    assert (by_target["active"].type, by_target["roles"].multivalued) == ("Boolean", True)
    assert len(users.scope) == 3


def test_a_source_without_text_is_written_out():
    document = read("gallery")
    raw = document["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"]
    raw[0]["source"] = {"name": "extensionAttribute10", "type": "Attribute"}
    raw[1]["source"] = {"name": 'a "b"', "type": "Constant"}

    users = read_schema(document)[0]

    assert [one.expression for one in users.mappings[:2]] == ["[extensionAttribute10]", '"a \\"b\\""']
