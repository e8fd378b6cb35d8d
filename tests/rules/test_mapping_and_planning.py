"""What is due by the mapping in force, which changes bring it about, and what is remembered of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.model import Change, Presence, Role
from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.attributes.values import digest
from shared.rules.mapping import is_within, rows_of, ruling_of, wanted
from shared.rules.planning import plan, written_after
from shared.rules.schema.compiling import CompiledAttribute, CompiledMapping
from shared.rules.schema.genesys_attributes import ObjectKind
from shared.rules.schema.nouns import (
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    FlowBehavior,
    FlowType,
    Mutability,
)
from shared.rules.schema.nouns import Flow as ObjectFlow
from shared.rules.scope.filters import EVERYBODY, Clause, Group, Operator, ScopeFilter
from shared.rules.scope.soft_deletion import Due
from tests.rules.examples import ACCOUNT, ENTERPRISE, PERSON, account, identity
from tests.rules.mappings import mapping, row

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BOSS, BOSS_ACCOUNT = "11111111-2222-4333-8444-555555555555", "99999999-8888-4777-8666-555555555555"
DEPARTMENT, MANAGER = f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager"
CARE = ScopeFilter(
    groups=(Group(name="Care", clauses=(Clause(attribute="department", operator=Operator.EQUALS, operand="Care"),)),)
)
AGENT = Role(id="r1", value="Agent", display_name="Contact centre agent")


def due(effective, person, manager=None):
    return {one.path: one.value for one in wanted(effective, person, manager=manager, now=NOW).desired}


def attributes(**given):
    return identity(attributes=given)


@pytest.mark.parametrize(
    ("expression", "given", "expected"),
    [
        ("[jobTitle]", {"jobTitle": "Lead"}, {"title": "Lead"}),
        ("[jobTitle]", {"jobTitle": None}, {"title": None}),
        ("[jobTitle]", {}, {"title": None}),
        ("[jobTitle]", {"jobTitle": ""}, {"title": None}),
        ('"Agent"', {}, {"title": "Agent"}),
        ('Append([jobTitle], " (CC)")', {"jobTitle": "Lead"}, {"title": "Lead (CC)"}),
        ("IgnoreFlowIfNullOrEmpty([jobTitle])", {"jobTitle": "Lead"}, {"title": "Lead"}),
        ("IgnoreFlowIfNullOrEmpty([jobTitle])", {"jobTitle": None}, {}),
        ("[telephoneNumber]", {"businessPhones": ("+1", "+2")}, {"title": "+1"}),
        ("[otherMails]", {"otherMails": ("a@b.example", "c@d.example")}, {"title": ("a@b.example", "c@d.example")}),
        ("[extensionAttribute1]", {"onPremisesExtensionAttributes.extensionAttribute1": "T"}, {"title": "T"}),
        ("Now()", {}, {"title": "3/1/2026 12:00:00 AM"}),
        ("[IsSoftDeleted]", {}, {"title": "False"}),
    ],
)
def test_an_expression_gives_what_is_due(expression, given, expected):
    assert due(mapping(row("title", expression)), attributes(**given)) == expected


def test_a_row_that_fails_is_told_and_costs_the_others_nothing():
    effective = mapping(row("title", 'FormatDateTime([jobTitle], , "yyyyMMdd", "yyyy")'), row("nickName", "[mail]"))
    found = wanted(effective, attributes(jobTitle="Lead", mail="a@b.example"), manager=None, now=NOW)

    assert [one.path for one in found.desired] == ["nickName"]
    assert found.failed.keys() == {"title"}
    assert "Lead" not in found.failed["title"]


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ({"manager": BOSS}, BOSS_ACCOUNT, {MANAGER: BOSS_ACCOUNT}),
        ({"manager": BOSS}, None, {}),
        ({"manager": None}, None, {MANAGER: None}),
        ({}, None, {MANAGER: None}),
    ],
    ids=["an account is known", "none is known", "nobody is the manager", "nobody read the manager"],
)
def test_a_manager_is_due_only_by_the_account_that_is_known(given, known, expected):
    assert due(mapping(row(MANAGER, "[manager]")), attributes(**given), known) == expected


def test_active_is_never_among_what_is_due():
    assert due(mapping(row("active", "Not([IsSoftDeleted])")), identity()) == {}


@pytest.mark.parametrize(
    "changes", [{"flow": None}, {"expression": None, "default_value": "x"}], ids=["only at creation", "a default"]
)
def test_what_is_for_new_accounts_is_not_due_for_an_old_one(changes):
    given = {"expression": "[jobTitle]", **changes}

    assert due(mapping(row("title", given.pop("expression"), **given)), identity()) == {}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (identity(), {"title": "Agent", "nickName": "False"}),
        (identity(account_enabled=False), {"title": "Agent", "nickName": "True"}),
        (identity(attributes={"department": "Sales", "jobTitle": "Agent"}), {"nickName": "True"}),
        (identity(presence=Presence.SOFT_DELETED), {"nickName": "True"}),
    ],
    ids=["current", "disabled", "out of the filter", "deleted"],
)
def test_outside_of_the_scope_only_what_reads_is_soft_deleted_is_due(person, expected):
    effective = mapping(row("title", "[jobTitle]"), row("nickName", "[IsSoftDeleted]"), scope=CARE)

    assert due(effective, person) == expected
    assert is_within(effective, person) is ("title" in expected)


@pytest.mark.parametrize(
    ("person", "sync_all", "expected"),
    [
        (identity(), True, Due.ACTIVE),
        (identity(account_enabled=False), True, Due.INACTIVE),
        (identity(account_enabled=None), True, Due.LEAVE),
        (identity(presence=Presence.SOFT_DELETED), True, Due.INACTIVE),
        (identity(assigned=True), False, Due.ACTIVE),
        (identity(assigned=False), False, Due.INACTIVE),
        (identity(assigned=None), False, Due.LEAVE),
    ],
)
def test_what_is_due_for_the_account_follows_from_presence_state_and_assignment(person, sync_all, expected):
    assert ruling_of(mapping(sync_all=sync_all), person).due is expected


@pytest.mark.parametrize(
    ("expression", "roles", "expected"),
    [
        ("SingleAppRoleAssignment([appRoleAssignments])", (AGENT,), "Contact centre agent"),
        ("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", (AGENT,), ("Agent",)),
        ("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", (), None),
    ],
)
def test_roles_are_due_as_genesys_knows_them(expression, roles, expected):
    assert due(mapping(row("roles", expression)), identity(roles=roles)) == {"roles": expected}


def test_nothing_is_due_by_roles_that_nobody_can_tell():
    rows = row("roles", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"), row("title", "[jobTitle]")

    assert due(mapping(*rows), identity(roles=None)).keys() == {"title"}


@pytest.mark.parametrize(
    ("flow", "grows", "value", "expected"),
    [
        (Flow.ALWAYS, True, "[otherMails]", Flow.ADD_VALUES),
        (Flow.ALWAYS, True, "[jobTitle]", Flow.ALWAYS),
        (Flow.ALWAYS, False, "[otherMails]", Flow.ALWAYS),
        (Flow.ONLY_WHEN_EMPTY, True, "[otherMails]", Flow.ONLY_WHEN_EMPTY),
        (Flow.ADD_VALUES, False, "[jobTitle]", Flow.ADD_VALUES),
    ],
)
def test_a_list_adds_and_one_value_replaces(flow, grows, value, expected):
    effective = mapping(row("roles", value, flow=flow, lists_grow=grows))
    person = attributes(jobTitle="Agent", otherMails=("a", "b"))

    assert [one.flow for one in wanted(effective, person, manager=None, now=NOW).desired] == [expected]


def tenants_row(flow_type=FlowType.ALWAYS, text="[otherMails]", **definition):
    given = {"name": "roles", "type": AttributeType.STRING, "case_exact": True, **definition}
    attribute = CompiledAttribute(
        mapping=AttributeMapping(
            target="roles",
            source=None,
            default_value="x",
            flow_type=flow_type,
            flow_behavior=FlowBehavior.FLOW_WHEN_CHANGED,
            matching_priority=0,
        ),
        definition=AttributeDefinition(**given),
        path="roles",
        expression=row("roles", text).expression,
    )
    users = CompiledMapping(
        kind=ObjectKind.USER,
        rule="rule",
        name="users",
        flows=frozenset({ObjectFlow.UPDATE}),
        scope=EVERYBODY,
        attributes=(attribute,),
    )
    [made] = rows_of(users)
    return made


@pytest.mark.parametrize(
    ("flow_type", "definition", "flow", "grows"),
    [
        (FlowType.ALWAYS, {}, Flow.ALWAYS, False),
        (FlowType.ALWAYS, {"multivalued": True}, Flow.ALWAYS, True),
        (FlowType.ALWAYS, {"multivalued": True, "type": AttributeType.REFERENCE}, Flow.ALWAYS, False),
        (FlowType.OBJECT_ADD_ONLY, {}, None, False),
        (FlowType.ATTRIBUTE_ADD_ONLY, {}, Flow.ONLY_WHEN_EMPTY, False),
        (FlowType.VALUE_ADD_ONLY, {"multivalued": True}, Flow.ADD_VALUES, True),
        (FlowType.MULTI_VALUE_ADD_ONLY, {"multivalued": True}, Flow.ADD_VALUES, True),
        (FlowType.ALWAYS, {"mutability": Mutability.READ_ONLY}, None, False),
        (FlowType.ALWAYS, {"mutability": Mutability.IMMUTABLE}, None, False),
    ],
)
def test_a_row_of_the_tenant_flows_as_its_job_says(flow_type, definition, flow, grows):
    made = tenants_row(flow_type, **definition)

    assert (made.flow, made.lists_grow, made.policy) == (flow, grows, NullPolicy.KEEP)
    assert (made.case_exact, made.default_value) == (True, "x")


def test_a_list_of_roles_that_asserts_replaces_what_is_there():
    made = tenants_row(text="AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", multivalued=True)

    assert made.lists_grow is False


def planned(row_, in_entra, in_genesys, written=None):
    due_ = wanted(mapping(row_), attributes(jobTitle=in_entra), manager=None, now=NOW)
    return plan(identity(), account(attributes={"title": in_genesys}), due_, written=written or {})


@pytest.mark.parametrize(
    ("in_entra", "in_genesys", "changes", "expected"),
    [
        ("Agent", "Agent", {}, None),
        ("Lead", "Agent", {}, ("Agent", "Lead")),
        ("Lead", None, {}, (None, "Lead")),
        ("agent", "Agent", {}, None),
        ("agent", "Agent", {"case_exact": True}, ("Agent", "agent")),
        ("Lead", "Agent", {"flow": Flow.ONLY_WHEN_EMPTY}, None),
        ("Lead", None, {"flow": Flow.ONLY_WHEN_EMPTY}, (None, "Lead")),
        (None, "Agent", {}, None),
        (None, None, {"policy": NullPolicy.CLEAR}, None),
        (None, "Agent", {"policy": NullPolicy.CLEAR}, None),
    ],
)
def test_a_plan_holds_what_differs_and_nothing_else(in_entra, in_genesys, changes, expected):
    made = planned(row("title", "[jobTitle]", **changes), in_entra, in_genesys)

    assert [(one.path, one.before, one.after) for one in made.changes] == ([("title", *expected)] if expected else [])


@pytest.mark.parametrize(
    ("owned", "cleared"),
    [("Agent", True), ("Lead", False), (None, False)],
    ids=["we wrote this value", "we wrote another one", "nobody knows who wrote it"],
)
def test_only_what_is_known_to_have_been_written_is_cleared(owned, cleared):
    written = {} if owned is None else {"title": digest("title", owned)}
    made = planned(row("title", "[jobTitle]", policy=NullPolicy.CLEAR), None, "Agent", written)

    assert [one.after for one in made.changes] == ([None] if cleared else [])
    told = "title would be cleared: Entra has no value, but nothing is known to have written this one"
    assert made.notes == (() if cleared else (told,))


def test_the_tenants_rows_never_clear():
    made = planned(row("title", "[jobTitle]"), None, "Agent", {"title": digest("title", "Agent")})

    assert (made.changes, made.notes) == ((), ())


def test_a_plan_names_both_sides_and_the_version_that_it_was_made_from():
    made = plan(identity(), account(version="12"), wanted(mapping(), identity(), manager=None, now=NOW), written={})

    assert (made.identity_id, made.account_id, made.version) == (PERSON, ACCOUNT, "12")


def test_notes_tell_what_failed_and_what_does_not_fit_without_any_value():
    effective = mapping(
        row("title", 'FormatDateTime([jobTitle], , "yyyyMMdd", "yyyy")'),
        row(MANAGER, "[mail]"),
        row("nickName", "[city]", policy=NullPolicy.CLEAR),
    )
    person = attributes(jobTitle="Secret-1", mail="secret-2@contoso.example", city=None)
    found = account(attributes={"nickName": "Secret-3"})
    made = plan(person, found, wanted(effective, person, manager=None, now=NOW), written={})

    assert made.changes == ()
    assert [note.split(" ", 1)[0] for note in made.notes] == ["title", MANAGER, "nickName"]
    assert "ecret" not in " ".join(made.notes)


def test_applying_a_plan_leaves_nothing_to_plan():
    effective = mapping(row("title", "[jobTitle]"), row(DEPARTMENT, "[department]"))
    due_ = wanted(effective, identity(), manager=None, now=NOW)
    before = account(attributes={"title": "Lead"})
    after = {one.path: one.after for one in plan(identity(), before, due_, written={}).changes}

    assert after.keys() == {"title", DEPARTMENT}
    assert plan(identity(), account(attributes=after), due_, written={}).changes == ()


TITLE = row("title", "[jobTitle]", policy=NullPolicy.CLEAR)


@pytest.mark.parametrize(
    ("in_entra", "in_genesys", "before", "refused", "expected"),
    [
        ("Lead", "Agent", None, (), "Lead"),
        ("Lead", "Lead", None, (), "Lead"),
        ("lead", "Lead", None, (), "Lead"),
        ("Lead", "Agent", "Agent", ("title",), "Agent"),
        ("Lead", "Agent", None, ("title",), None),
        (None, "Agent", "Agent", (), None),
        (None, "Agent", "Agent", ("title",), "Agent"),
        (None, "Agent", None, (), None),
        (None, "Agent", "Lead", (), "Lead"),
        (None, None, None, (), None),
    ],
    ids=["written", "there already", "there but for its case", "refused, known before", "refused", "cleared",
         "clearing was refused", "not ours to clear", "changed by others since", "nothing anywhere"],
)  # fmt: skip
def test_what_is_written_or_there_already_is_remembered_and_what_is_cleared_forgotten(
    in_entra, in_genesys, before, refused, expected
):
    due_ = wanted(mapping(TITLE), attributes(jobTitle=in_entra), manager=None, now=NOW)
    known = {} if before is None else {"title": digest("title", before)}
    found = account(attributes={"title": in_genesys})
    made = plan(identity(), found, due_, written=known)

    after = written_after(found, due_, made, refused, known)

    assert after == ({} if expected is None else {"title": digest("title", expected)})


def test_a_plan_that_was_only_observed_makes_nothing_known():
    due_ = wanted(mapping(TITLE), attributes(jobTitle="Lead"), manager=None, now=NOW)
    found = account(attributes={"title": "Agent"})
    nothing = plan(identity(), found, wanted(mapping(), identity(), manager=None, now=NOW), written={})

    assert written_after(found, due_, nothing, (), {}) == {}


def test_what_is_known_of_other_paths_stays():
    due_ = wanted(mapping(TITLE), attributes(jobTitle="Lead"), manager=None, now=NOW)
    made = plan(identity(), account(), due_, written={"nickName": "d1"})

    assert written_after(account(), due_, made, (), {"nickName": "d1"})["nickName"] == "d1"


def test_a_reason_names_the_expression():
    made = planned(TITLE, "Lead", "Agent")

    assert made.changes == (Change(path="title", before="Agent", after="Lead", reason="`[jobTitle]` says so"),)


@pytest.mark.parametrize(
    ("expressions", "properties", "manager", "assignment"),
    [
        (["[jobTitle]"], {"id", "jobTitle"}, False, False),
        (["[telephoneNumber]", "[extensionAttribute3]"],
         {"id", "businessPhones", "onPremisesExtensionAttributes.extensionAttribute3"}, False, False),
        (["[manager]"], {"id"}, True, False),
        (["SingleAppRoleAssignment([appRoleAssignments])"], {"id"}, False, True),
        (["[IsSoftDeleted]"], {"id"}, False, False),
    ],
)  # fmt: skip
def test_a_mapping_says_what_has_to_be_read(expressions, properties, manager, assignment):
    rows = [row(f"custom:HR:{number}", text) for number, text in enumerate(expressions)]
    effective = mapping(*rows, service_principal="sp")

    assert set(effective.properties) | {"id"} == properties
    assert (effective.reads_manager, effective.needs_assignment) == (manager, assignment)


@pytest.mark.parametrize(
    ("sync_all", "principal", "expected"), [(True, "sp", False), (False, "sp", True), (False, "", False)]
)
def test_assignments_are_read_where_they_are_the_scope(sync_all, principal, expected):
    assert mapping(sync_all=sync_all, service_principal=principal).needs_assignment is expected


def test_the_filters_attributes_are_read_too():
    assert set(mapping(scope=CARE).properties) | {"id"} == {"id", "department"}
