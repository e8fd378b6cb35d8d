"""Which permissions are due, and which ones an access token shows."""

from __future__ import annotations

import base64
import json

import pytest

from shared.cli.permissions import beyond, genesys_unseen, graph_needs, lacking, roles_of
from shared.runtime.settings import load
from tests.settings.test_settings import COMPLETE

PILOT = {"PILOT_GROUP": "0a1b2c3d-0000-4000-8000-00000000000b"}
BOTH = ("users", "groups")


def jwt(claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{payload}.signature"


@pytest.mark.parametrize(
    ("more", "resources", "expected"),
    [
        ({}, ("users",), ["User.Read.All"]),
        ({}, BOTH, ["User.Read.All", "Group.Read.All"]),
        (PILOT, ("users",), ["User.Read.All", "GroupMember.Read.All"]),
        (PILOT, BOTH, ["User.Read.All", "Group.Read.All", "GroupMember.Read.All"]),
    ],
)
def test_only_features_that_are_on_need_a_permission(more, resources, expected):
    assert [need.permission for need in graph_needs(load(COMPLETE | more), resources)] == expected


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        ([], ["User.Read.All", "Group.Read.All", "GroupMember.Read.All"]),
        (["User.Read.All"], ["Group.Read.All", "GroupMember.Read.All"]),
        (["User.Read.All", "GroupMember.Read.All"], ["Group.Read.All"]),
        (["User.Read.All", "Group.Read.All"], []),
        (["User.Read.All", "Group.Read.All", "GroupMember.Read.All"], []),
        (["Directory.Read.All"], []),
        (["User.ReadWrite.All", "Group.ReadWrite.All"], []),
        (["Mail.Read", "user.read.all"], ["User.Read.All", "Group.Read.All", "GroupMember.Read.All"]),
    ],
)
def test_a_permission_is_missing_unless_it_or_a_larger_one_is_granted(roles, missing):
    needs = graph_needs(load(COMPLETE | PILOT), BOTH)

    assert [need.permission for need in lacking(needs, roles)] == missing


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["User.Read.All", "Synchronization.ReadWrite.All"], ()),
        (["User.ReadWrite.All", "Directory.ReadWrite.All"], ("Directory.ReadWrite.All", "User.ReadWrite.All")),
    ],
)
def test_permissions_to_write_in_the_directory_are_more_than_is_needed(roles, expected):
    assert beyond(roles) == expected


@pytest.mark.parametrize(
    ("access_token", "expected"),
    [
        (jwt({"roles": ["User.Read.All", "Group.Read.All"]}), ("User.Read.All", "Group.Read.All")),
        (jwt({"roles": []}), ()),
        (jwt({"appid": "x"}), ()),
        (jwt({"roles": "User.Read.All"}), None),
        (jwt(["roles"]), None),
        ("opaque", None),
        ("a.b", None),
        ("a.%%%.c", None),
        ("a.bm8.c", None),
        ("", None),
    ],
)
def test_the_roles_of_an_access_token_are_read_and_nothing_else_is_a_jwt(access_token, expected):
    assert roles_of(access_token) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"directory:user:edit", "oauth:token:delete", "telephony:station:disassociate"}),
        (
            {"REVOKE_END_SESSIONS": "false", "REVOKE_VERIFY": "false", "REVOKE_STATION": "false"},
            {"directory:user:edit"},
        ),
        (
            {
                "REVOKE_STATION": "false",
                "REVOKE_PRESENCE": "true",
                "REVOKE_CONVERSATIONS": "true",
                "REVOKE_QUEUES": "true",
            },
            {
                "directory:user:edit",
                "oauth:token:delete",
                "presence:userPresence:edit",
                "analytics:conversationDetail:view",
                "conversation:communication:disconnect",
                "routing:queue:view",
                "routing:queueMember:manage",
            },
        ),
    ],
)
def test_the_genesys_permissions_to_compare_are_those_of_the_steps_that_are_on(more, expected):
    assert set(genesys_unseen(load(COMPLETE | more))) == expected
