"""Which permissions does the app need, for which feature, and which ones does its access token carry? Pure.

Least privilege: microsoft-graph.md §5 for Graph, genesys-api.md §1.4 for Genesys.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass

from shared.runtime.settings import Settings

# Who holds one of these holds what they include (Learn: graph/permissions-reference).
INCLUDED_IN: dict[str, frozenset[str]] = {
    "User.Read.All": frozenset({"User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}),
    "Group.Read.All": frozenset({"Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}),
    "GroupMember.Read.All": frozenset(
        {
            "GroupMember.ReadWrite.All",
            "Group.Read.All",
            "Group.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        }
    ),
}

# With these, people, groups or grants can be changed: this app only reads in Entra.
WRITERS = frozenset(
    {
        "Directory.ReadWrite.All",
        "User.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One application permission and the feature that needs it."""

    permission: str
    feature: str


def graph_needs(settings: Settings, resources: Collection[str]) -> tuple[Need, ...]:
    """The application permissions of Graph for the features that are on.

    Args:
        resources: what is watched with graph subscriptions, for example `users`.
    """
    switches = (
        (True, "User.Read.All", "reading and watching people"),
        ("groups" in resources, "Group.Read.All", "watching groups"),
        (bool(settings.pilot_group), "GroupMember.Read.All", "PILOT_GROUP"),
    )
    return tuple(Need(permission=name, feature=feature) for needed, name, feature in switches if needed)


def lacking(needs: Collection[Need], roles: Collection[str]) -> tuple[Need, ...]:
    """The needs that no granted role satisfies, neither by its name nor by a larger one."""
    held = set(roles)
    return tuple(
        need for need in needs if need.permission not in held and not held & INCLUDED_IN.get(need.permission, set())
    )


def beyond(roles: Collection[str]) -> tuple[str, ...]:
    """Granted roles that can write in the directory."""
    return tuple(sorted(WRITERS.intersection(roles)))


def roles_of(access_token: str) -> tuple[str, ...] | None:
    """The `roles` claim of an access token, read without verifying anything; None when it is no JWT.

    Whether the token is genuine is Graph's business. Here it only tells an operator what was granted.
    """
    parts = access_token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    roles = claims.get("roles", []) if isinstance(claims, dict) else None
    return tuple(str(role) for role in roles) if isinstance(roles, list) else None


def genesys_unseen(settings: Settings) -> tuple[str, ...]:
    """Permissions of the Genesys role that only a write would show, for the features that are on."""
    switches = (
        (True, "directory:user:edit"),
        (settings.revoke_end_sessions or settings.revoke_verify, "oauth:token:delete"),
        (settings.revoke_station, "telephony:station:disassociate"),
        (settings.revoke_presence, "presence:userPresence:edit"),
        (settings.revoke_conversations, "analytics:conversationDetail:view"),
        (settings.revoke_conversations, "conversation:communication:disconnect"),
        (settings.revoke_queues, "routing:queue:view"),
        (settings.revoke_queues, "routing:queueMember:manage"),
    )
    return tuple(name for needed, name in switches if needed)
