"""Which properties does Graph know on a user, a group and their kin, and which does it give unasked?

Learn: graph/api/resources/user, graph/api/resources/group. The lists hold what a provisioning client may want to
read or write; a property outside them is refused like a misspelt one.
"""

from __future__ import annotations

import re
from typing import Literal

from infra.local.entra.calls import bad_request

Kind = Literal["user", "group", "servicePrincipal", "appRoleAssignment", "organization"]

USER_DEFAULT = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName",
)  # fmt: skip
USER_MORE = (
    "accountEnabled", "ageGroup", "city", "companyName", "country", "createdDateTime", "creationType",
    "deletedDateTime", "department", "employeeHireDate", "employeeId", "employeeLeaveDateTime", "employeeOrgData",
    "employeeType", "externalUserState", "externalUserStateChangeDateTime", "faxNumber", "imAddresses",
    "isResourceAccount", "lastPasswordChangeDateTime", "mailNickname", "manager", "onPremisesDistinguishedName",
    "onPremisesDomainName", "onPremisesExtensionAttributes", "onPremisesImmutableId", "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName", "otherMails", "passwordPolicies", "passwordProfile", "postalCode",
    "preferredDataLocation", "proxyAddresses", "refreshTokensValidFromDateTime", "securityIdentifier",
    "showInAddressList", "signInActivity", "signInSessionsValidFromDateTime", "state", "streetAddress",
    "usageLocation", "userType",
)  # fmt: skip
GROUP_DEFAULT = (
    "classification", "createdDateTime", "creationOptions", "deletedDateTime", "description", "displayName",
    "expirationDateTime", "groupTypes", "id", "isAssignableToRole", "mail", "mailEnabled", "mailNickname",
    "membershipRule", "membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName", "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
    "preferredDataLocation", "preferredLanguage", "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions",
    "resourceProvisioningOptions", "securityEnabled", "securityIdentifier", "theme", "visibility",
)  # fmt: skip
SERVICE_PRINCIPAL = (
    "accountEnabled", "appDisplayName", "appId", "appRoleAssignmentRequired", "appRoles", "displayName", "id",
    "servicePrincipalType", "tags",
)  # fmt: skip
APP_ROLE_ASSIGNMENT = (
    "appRoleId", "createdDateTime", "deletedDateTime", "id", "principalDisplayName", "principalId", "principalType",
    "resourceDisplayName", "resourceId",
)  # fmt: skip
ORGANIZATION = (
    "city", "country", "createdDateTime", "displayName", "id", "onPremisesSyncEnabled", "tenantType", "verifiedDomains",
)  # fmt: skip

DEFAULTS: dict[str, tuple[str, ...]] = {
    "user": USER_DEFAULT,
    "group": GROUP_DEFAULT,
    "servicePrincipal": SERVICE_PRINCIPAL,
    "appRoleAssignment": APP_ROLE_ASSIGNMENT,
    "organization": ORGANIZATION,
}
KNOWN: dict[str, frozenset[str]] = {
    "user": frozenset(USER_DEFAULT + USER_MORE),
    "group": frozenset(GROUP_DEFAULT),
    "servicePrincipal": frozenset(SERVICE_PRINCIPAL),
    "appRoleAssignment": frozenset(APP_ROLE_ASSIGNMENT),
    "organization": frozenset(ORGANIZATION),
}
COLLECTIONS = {"user": "users", "group": "groups"}

EXTENSION_ATTRIBUTES = frozenset(f"extensionAttribute{number}" for number in range(1, 16))
_DIRECTORY_EXTENSION = re.compile(r"extension_[0-9a-f]{32}_\w+")

REQUIRED_OF_USER = ("accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName")
REQUIRED_OF_GROUP = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
_READ_ONLY = frozenset({"id", "deletedDateTime", "createdDateTime", "signInSessionsValidFromDateTime", "manager"})


def knows(kinds: tuple[str, ...], name: str) -> bool:
    """Whether one of the `kinds` has a property of this name; a directory extension is a property of users."""
    if _DIRECTORY_EXTENSION.fullmatch(name):
        return "user" in kinds
    return any(name in KNOWN[kind] for kind in kinds)


def check_writable(kind: Kind, names: list[str]) -> None:
    """Refuse a body that sets what does not exist or must not be written.

    Raises:
        GraphError: 400 with the name of the property.
    """
    for name in names:
        if "@" in name:
            continue
        if not knows((kind,), name):
            raise bad_request(f"Invalid property '{name}'.", "BadRequest")
        if name in _READ_ONLY:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")


def check_required(resource: str, required: tuple[str, ...], given: set[str]) -> None:
    """Raises GraphError 400 for the first property that a creation lacks."""
    for name in required:
        if name not in given:
            raise bad_request(f"A value is required for property '{name}' of resource '{resource}'.")
