"""Which application permission opens which door? Learn: graph/permissions-reference, one line per kind of access."""

from __future__ import annotations

DIRECTORY_READ = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
DIRECTORY_WRITE = frozenset({"Directory.ReadWrite.All"})

USERS_READ = (DIRECTORY_READ | {"User.Read.All", "User.ReadWrite.All"},)
USERS_WRITE = (DIRECTORY_WRITE | {"User.ReadWrite.All"},)
DELETED_WRITE = (DIRECTORY_WRITE | {"User.ReadWrite.All", "User.DeleteRestore.All", "Group.ReadWrite.All"},)
DELETED_READ = (USERS_READ[0] | {"Group.Read.All", "Group.ReadWrite.All"},)
SESSIONS_REVOKE = (DIRECTORY_WRITE | {"User.ReadWrite.All", "User.RevokeSessions.All"},)

_GROUPS = DIRECTORY_READ | {"Group.Read.All", "Group.ReadWrite.All"}
GROUPS_READ = (_GROUPS | {"GroupMember.Read.All", "GroupMember.ReadWrite.All"},)
GROUPS_WRITE = (DIRECTORY_WRITE | {"Group.ReadWrite.All"},)
MEMBERS_WRITE = (DIRECTORY_WRITE | {"Group.ReadWrite.All", "GroupMember.ReadWrite.All"},)
MEMBERSHIP_CHECK = (*USERS_READ, *GROUPS_READ)

APPLICATIONS_READ = (DIRECTORY_READ | {"Application.Read.All", "Application.ReadWrite.All"},)
ASSIGNMENTS_WRITE = (DIRECTORY_WRITE | {"AppRoleAssignment.ReadWrite.All"},)
# Application.Read.All opens the list of an application, not that of a user or a group.
ASSIGNMENTS_OF_PRINCIPAL = (DIRECTORY_READ | {"AppRoleAssignment.ReadWrite.All"},)

SYNCHRONIZATION_WRITE = (frozenset({"Synchronization.ReadWrite.All", "Application.ReadWrite.OwnedBy"}),)
SYNCHRONIZATION_READ = (SYNCHRONIZATION_WRITE[0] | {"Synchronization.Read.All"},)

LEAVE_DATE = frozenset({"User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"})

GROUPS_SUBSCRIBE = (_GROUPS,)

APP_ROLES = frozenset(
    {
        "User.Read.All",
        "Group.Read.All",
        "GroupMember.Read.All",
        "Application.Read.All",
        "User-LifeCycleInfo.Read.All",
        "Synchronization.Read.All",
        "AuditLog.Read.All",
        "User.RevokeSessions.All",
    }
)
ADMIN_ROLES = APP_ROLES | {
    "Directory.ReadWrite.All",
    "User.ReadWrite.All",
    "Group.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Synchronization.ReadWrite.All",
    "User-LifeCycleInfo.ReadWrite.All",
}


def missing(roles: frozenset[str], needs: tuple[frozenset[str], ...]) -> bool:
    """Whether of some set in `needs` the caller holds none."""
    return any(roles.isdisjoint(any_of) for any_of in needs)
