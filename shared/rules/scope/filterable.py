"""Can a scoping filter read this attribute? Microsoft lists what it cannot (entra-mapping.md §9.3)."""

from __future__ import annotations

from shared.rules.schema.nouns import AttributeDefinition, AttributeType

_REASONS = {
    "several": "attributes with several values cannot be filtered",
    "date": "dates cannot be filtered",
    "group": "membership of groups cannot be filtered; assign the group to the application instead",
    "unsupported": "Entra does not support this attribute in scoping filters",
}

_NAMES = {
    "several": (
        "businessPhones", "imAddresses", "otherMails", "proxyAddresses", "assignedLicenses", "assignedPlans",
        "provisionedPlans", "identities", "interests", "pastProjects", "responsibilities", "schools", "skills",
    ),
    "date": (
        "birthday", "createdDateTime", "deletedDateTime", "employeeHireDate", "employeeLeaveDateTime",
        "externalUserStateChangeDateTime", "hireDate", "lastPasswordChangeDateTime", "onPremisesLastSyncDateTime",
        "refreshTokensValidFromDateTime", "signInSessionsValidFromDateTime",
    ),
    "group": ("members", "memberOf", "transitiveMemberOf"),
    "unsupported": ("appRoleAssignments", "userType", "manager"),
}  # fmt: skip
_BY_NAME = {name.casefold(): _REASONS[reason] for reason, names in _NAMES.items() for name in names}


def why_not(attribute: str, definition: AttributeDefinition | None) -> str:
    """The reason why a filter cannot read the attribute; empty where it can.

    Args:
        definition: of the attribute in the source object, where it is known.
    """
    if definition is not None and definition.multivalued:
        return _REASONS["several"]
    if definition is not None and definition.type is AttributeType.DATE_TIME:
        return _REASONS["date"]
    return _BY_NAME.get(attribute.casefold(), "")
