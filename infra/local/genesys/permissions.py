"""Who may do what? The permissions that open each operation: one of them is enough (fact sheet §1.4)."""

from __future__ import annotations

from infra.local.genesys.errors import PlatformProblem

NONE: tuple[str, ...] = ()
SCIM_USER_CREATE = (
    "directory:user:add",
    "authorization:grant:add",
    "authorization:grant:delete",
    "routing:skill:assign",
    "routing:language:assign",
    "telephony:extension:assign",
)
SCIM_USER_WRITE = ("directory:user:edit", "directory:user:setPassword", *SCIM_USER_CREATE[1:])
SCIM_USER_DELETE = ("directory:user:delete",)
SCIM_GROUPS = ("directory:group:edit",)
TOKENS_DELETE = ("oauth:token:delete",)
USER_VIEW = ("directory:user:view",)
USER_EDIT = ("admin", "directory:user:edit", "directory:organization:admin")
STATE_VIEW = ("directory:userStateChange:view",)
STATE_EDIT = ("directory:user:edit",)
CUSTOM_SCHEMA_VIEW = ("users:customAttributesSchema:view",)
CUSTOM_SCHEMA_ADD = ("users:customAttributesSchema:add",)
GRANT_VIEW = ("authorization:grant:view",)
GRANT_ADD = ("authorization:grant:add",)
GRANT_DELETE = ("authorization:grant:delete",)
ROLE_VIEW = ("authorization:role:view",)
SKILL_VIEW = ("routing:skill:view",)
SKILL_ASSIGN = ("routing:skill:assign",)
LANGUAGE_ASSIGN = ("routing:language:assign",)
STATION_DISASSOCIATE = ("telephony:station:disassociate",)
STATION_VIEW = ("telephony:otherStationAssociation:view",)
PRESENCE_DEFINITIONS = ("presence:presenceDefinition:view",)
PRESENCE_EDIT = ("presence:userPresence:edit",)
QUEUE_VIEW = ("routing:queue:view",)
QUEUE_MEMBERS = ("routing:queue:edit", "routing:queueMember:manage")
DISCONNECT = ("conversation:communication:disconnect",)
CONVERSATION_VIEW = ("analytics:conversationDetail:view",)
CLIENT_VIEW = ("oauth:client:view",)
CLIENT_EDIT = ("oauth:client:edit",)
CLIENT_DELETE = ("oauth:client:delete",)
GROUP_ADD = ("directory:group:add",)

EVERYTHING = frozenset(
    permission
    for gate in (
        SCIM_USER_CREATE, SCIM_USER_WRITE, SCIM_USER_DELETE, SCIM_GROUPS, TOKENS_DELETE, USER_VIEW, USER_EDIT,
        STATE_VIEW, STATE_EDIT, CUSTOM_SCHEMA_VIEW, CUSTOM_SCHEMA_ADD, GRANT_VIEW, GRANT_ADD, GRANT_DELETE,
        ROLE_VIEW, SKILL_VIEW, STATION_DISASSOCIATE, STATION_VIEW, PRESENCE_DEFINITIONS, PRESENCE_EDIT, QUEUE_VIEW,
        QUEUE_MEMBERS, DISCONNECT, CONVERSATION_VIEW, CLIENT_VIEW, CLIENT_EDIT, CLIENT_DELETE, GROUP_ADD,
    )
    for permission in gate
)  # fmt: skip
LIMITED = frozenset({"directory:user:edit", "directory:user:view"})


def check(held: frozenset[str], any_of: tuple[str, ...]) -> None:
    """Let the caller pass when it holds one of `any_of`, or when nothing is asked for.

    Raises:
        PlatformProblem: 403 `missing.permissions`, or `missing.any.permissions` when several would do.
    """
    if not any_of or not held.isdisjoint(any_of):
        return
    listed = ", ".join(any_of)
    if len(any_of) == 1:
        message, code = (
            f"Unable to perform the requested action. You are missing the permission(s): {listed}",
            "missing.permissions",
        )
    else:
        message, code = (
            f"Unable to perform the requested action. You must have at least one of: {listed}",
            "missing.any.permissions",
        )
    raise PlatformProblem(403, code, message, params={"permissions": listed})
