"""SCIM paths, documents and PATCH operations, as tables."""

from __future__ import annotations

import pytest

from shared.errors import Refused, Unreadable
from shared.model import Change
from shared.rules.attributes.paths import ScimPath
from shared.targets.scim import account_of, equality_filter, operation, took, value_in

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
DOCUMENT = {
    "id": "d7a1",
    "userName": "ada@example.com",
    "displayName": "Ada",
    "active": True,
    "emails": [{"value": "ada@example.com", "type": "other"}, {"value": "a@work.example", "type": "work"}],
    "phoneNumbers": [{"value": "+1 317-555-0100", "type": "work", "primary": True}],
    "roles": [{"value": "employee"}],
    ENTERPRISE: {"department": "Support", "employeeNumber": 10042, "manager": {"value": "3a0e", "$ref": "/x"}},
    GENESYS: {
        "externalIds": [{"authority": "microsoftteams", "value": "ada-teams"}],
        "routingSkills": [{"name": "Billing", "proficiency": 3.0}, {"name": "Sales: EMEA", "proficiency": 2.5}],
        "routingLanguages": [{"name": "French"}, {"proficiency": 2}, "German"],
    },
    "meta": {"version": "56"},
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("displayName", "Ada"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:displayName", "Ada"),
        ("title", None),
        ("active", "true"),
        ('phoneNumbers[type eq "work"].value', "+1 317-555-0100"),
        ("phoneNumbers[type eq 'work'].value", "+1 317-555-0100"),
        ('phoneNumbers[type eq "mobile"].value', None),
        ('emails[type eq "work"].value', "a@work.example"),
        ("roles", ("employee",)),
        ("groups", None),
        (f"{GENESYS}:routingSkills", ("Billing:3", "Sales: EMEA:2.5")),
        ("routingLanguages", ("French:0",)),
        (f"{ENTERPRISE}:division", None),
        (f"{ENTERPRISE}:department", "Support"),
        (f"{ENTERPRISE}:employeeNumber", "10042"),
        (f"{ENTERPRISE}:manager", "3a0e"),
        (f"{ENTERPRISE}:manager.value", "3a0e"),
        (f"{GENESYS}:externalIds[authority eq 'microsoftteams'].value", "ada-teams"),
        (f"{GENESYS}:externalIds[authority eq 'zoomphone'].value", None),
        ("urn:example:other:2.0:User:department", None),
    ],
)
def test_a_path_reads_one_value(path, text):
    assert value_in(DOCUMENT, path) == text


@pytest.mark.parametrize(("roles", "read"), [([], None), ("Agent", None), ([{}, "x", {"value": "Agent"}], ("Agent",))])
def test_lists_of_another_form_are_read_as_far_as_they_go(roles, read):
    assert value_in({"roles": roles}, "roles") == read


@pytest.mark.parametrize(
    "path", ["", "a b", "emails[type eq work].value", "emails[", "x.y.z", 'e[a eq "b" and c eq "d"]']
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(Refused) as refusal:
        ScimPath.parse(path)
    assert refusal.value.code == "invalidPath"


MOBILE = 'phoneNumbers[type eq "mobile"].value'
TEAMS = f"{GENESYS}:externalIds[authority eq 'microsoftteams'].value"


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ("title", None, "Lead", {"op": "replace", "path": "title", "value": "Lead"}),
        ("title", "Lead", None, {"op": "remove", "path": "title"}),
        ("active", "true", "false", {"op": "replace", "path": "active", "value": False}),
        ("active", "false", "True", {"op": "replace", "path": "active", "value": True}),
        (f"{ENTERPRISE}:manager", "a", "b", {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": "b"}),
        (f"{ENTERPRISE}:manager", "a", None, {"op": "remove", "path": f"{ENTERPRISE}:manager"}),
        (
            "roles",
            None,
            ("employee", "Agent"),
            {"op": "replace", "path": "roles", "value": [{"value": "Agent"}, {"value": "employee"}]},
        ),
        ("roles", ("Agent",), None, {"op": "remove", "path": "roles"}),
        (
            "routingSkills",
            ("Billing:3",),
            ("Sales:2.5", "Billing"),
            {
                "op": "replace",
                "path": f"{GENESYS}:routingSkills",
                "value": [{"name": "Billing", "proficiency": 0.0}, {"name": "Sales", "proficiency": 2.5}],
            },
        ),
        (
            f"{ENTERPRISE}:dateHire",
            None,
            "2026-01-31T00:00:00Z",
            {"op": "replace", "path": f"{ENTERPRISE}:dateHire", "value": "2026-01-31"},
        ),
        ("nickName", None, ("a", "b"), {"op": "replace", "path": "nickName", "value": ["a", "b"]}),
        (MOBILE, "+1", "+2", {"op": "replace", "path": MOBILE, "value": "+2"}),
        (MOBILE, None, "+2", {"op": "add", "path": "phoneNumbers", "value": [{"type": "mobile", "value": "+2"}]}),
        (MOBILE, "+1", None, {"op": "remove", "path": 'phoneNumbers[type eq "mobile"]'}),
        (
            TEAMS,
            None,
            "x",
            {"op": "add", "path": f"{GENESYS}:externalIds", "value": [{"authority": "microsoftteams", "value": "x"}]},
        ),
        (
            TEAMS,
            "x",
            "y",
            {"op": "replace", "path": f'{GENESYS}:externalIds[authority eq "microsoftteams"].value', "value": "y"},
        ),
    ],
)
def test_a_change_is_one_operation(path, before, after, expected):
    assert operation(Change(path=path, before=before, after=after, reason="")) == expected


@pytest.mark.parametrize(
    ("path", "asked", "took_it"),
    [
        ("displayName", "Ada", True),
        ("displayName", "ada", False),
        ("userName", "ADA@example.com", True),
        ("active", "True", True),
        ("title", None, True),
        ("displayName", None, False),
        ('phoneNumbers[type eq "work"].value', "+13175550100", True),
        ('phoneNumbers[type eq "work"].value', "+13175550101", False),
        ("roles", ("employee",), True),
        ("roles", ("employee", "Agent"), False),
        (f"{GENESYS}:routingSkills", ("Sales: EMEA:2.50", "Billing:3.0"), True),
        (f"{GENESYS}:routingSkills", ("Billing:3",), False),
        (f"{GENESYS}:routingSkills", None, False),
    ],
)
def test_an_answer_is_compared_as_genesys_may_write_it(path, asked, took_it):
    assert took(Change(path=path, before="x", after=asked, reason=""), DOCUMENT) is took_it


@pytest.mark.parametrize(
    ("meta", "version"),
    [({"version": "56"}, "56"), ({"version": 'W/"56"'}, "56"), ({"version": 56}, "56"), ({}, None), (None, None)],
)
def test_a_version_is_what_if_match_takes(meta, version):
    assert account_of({**DOCUMENT, "meta": meta}, ()).version == version


@pytest.mark.parametrize("missing", ["id", "userName", "active"])
def test_a_user_without_what_every_user_has_is_unreadable(missing):
    with pytest.raises(Unreadable) as unreadable:
        account_of({name: value for name, value in DOCUMENT.items() if name != missing}, ())
    assert "Ada" not in str(unreadable.value)


def test_a_filter_value_is_quoted_as_json():
    assert equality_filter("userName", 'a"b\\ü') == 'userName eq "a\\"b\\\\ü"'
