"""How is a source attribute of the schema read from Graph? Its names are those of the old Azure AD Graph (§10.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Refused
from shared.model import Value
from shared.rules.quoting import shown
from shared.rules.schema.genesys_attributes import ObjectKind


class Reading(StrEnum):
    """What has to be done to have the attribute."""

    PROPERTY = "property"  # select it with the object
    COMPUTED = "computed"  # nothing: `IsSoftDeleted` follows from the other facts
    RELATION = "relation"  # a call of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAttribute:
    """One source attribute.

    Attributes:
        name: in the schema.
        path: Graph's property, or `object.part` where Graph only gives the object as a whole; of a relation, its name.
        first: whether only the first of the property's values is meant.
    """

    name: str
    reading: Reading
    path: str = ""
    first: bool = False

    @property
    def select(self) -> str:
        """What stands in `$select`; empty where nothing does."""
        return self.path.partition(".")[0] if self.reading is Reading.PROPERTY else ""


_RENAMED = {
    "objectId": "id",
    "mobile": "mobilePhone",
    "telephoneNumber": "businessPhones",
    "facsimileTelephoneNumber": "faxNumber",
    "physicalDeliveryOfficeName": "officeLocation",
    "dirSyncEnabled": "onPremisesSyncEnabled",
    "immutableId": "onPremisesImmutableId",
    "originalUserPrincipalName": "userPrincipalName",
    **{f"extensionAttribute{n}": f"onPremisesExtensionAttributes.extensionAttribute{n}" for n in range(1, 16)},
}
_SAME_NAME = (
    "accountEnabled", "ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "createdDateTime",
    "creationType", "department", "displayName", "employeeHireDate", "employeeId", "employeeLeaveDateTime",
    "employeeType", "externalUserState", "givenName", "imAddresses", "isResourceAccount", "jobTitle",
    "legalAgeGroupClassification", "mail", "mailNickname", "onPremisesDistinguishedName", "onPremisesDomainName",
    "onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "otherMails", "postalCode", "preferredDataLocation",
    "preferredLanguage", "proxyAddresses", "securityIdentifier", "showInAddressList", "state", "streetAddress",
    "surname", "usageLocation", "userPrincipalName",
)  # fmt: skip
_OF_GROUPS = {
    "objectId": "id", "dirSyncEnabled": "onPremisesSyncEnabled",
    **{name: name for name in ("description", "displayName", "mail", "mailEnabled", "mailNickname",
    "onPremisesSecurityIdentifier", "proxyAddresses", "securityEnabled")},
}  # fmt: skip
_RELATIONS = {ObjectKind.USER: ("manager", "appRoleAssignments"), ObjectKind.GROUP: ("members",)}
_UNAVAILABLE = {
    "sAMAccountName": "Entra does not offer it as a source",
    "userType": "Entra does not offer it as a source",
    "thumbnailPhoto": "photos are not provisioned",
    "photo": "photos are not provisioned",
    "passwordProfile.password": "passwords are never read",
}
_PROPERTIES = {
    ObjectKind.USER: {**{name: name for name in _SAME_NAME}, **_RENAMED},
    ObjectKind.GROUP: _OF_GROUPS,
}
_EXTENSION = re.compile(r"extension_[0-9a-fA-F]{32}_\w+", re.ASCII)
GUEST = "#EXT#"


def source_attribute(name: str, kind: ObjectKind = ObjectKind.USER) -> SourceAttribute:
    """How to read one attribute. Names are case-sensitive, as Entra's are.

    Raises:
        Refused: Entra does not offer it, or it is not known.
    """
    if name == "IsSoftDeleted":
        return SourceAttribute(name=name, reading=Reading.COMPUTED)
    if name in _RELATIONS[kind]:
        return SourceAttribute(name=name, reading=Reading.RELATION, path=name)
    path = _PROPERTIES[kind].get(name)
    if path is None and _EXTENSION.fullmatch(name):
        path = name
    if path is not None:
        return SourceAttribute(name=name, reading=Reading.PROPERTY, path=path, first=path == "businessPhones")
    reason = _UNAVAILABLE.get(name) or _hint(name, kind)
    raise Refused(f"The source attribute `{shown(name)}` cannot be read: {reason}.")


def properties_to_read(names: Iterable[str], kind: ObjectKind = ObjectKind.USER) -> tuple[str, ...]:
    """Graph's properties for these attributes, each once, as `object.part` where only a part is meant.

    Raises:
        Refused: as `source_attribute`.
    """
    attributes = [source_attribute(name, kind) for name in names]
    return tuple(dict.fromkeys(one.path for one in attributes if one.reading is Reading.PROPERTY))


def source_of(
    properties: Mapping[str, Value], names: Iterable[str], kind: ObjectKind = ObjectKind.USER
) -> Mapping[str, Value]:
    """The source object that expressions and filters see, without what is computed and without relations.

    Args:
        properties: paths as `properties_to_read` names them to values in text form; a missing one is null.

    Raises:
        Refused: as `source_attribute`.
    """
    attributes = [source_attribute(name, kind) for name in names]
    return {one.name: _value(one, properties) for one in attributes if one.reading is Reading.PROPERTY}


def _value(one: SourceAttribute, properties: Mapping[str, Value]) -> Value:
    value = properties.get(one.path)
    if one.first and isinstance(value, tuple):
        return value[0] if value else None
    if one.name == "userPrincipalName" and isinstance(value, str):
        id_ = properties.get("id")
        return home_name(value, id_ if isinstance(id_, str) else "")
    return value


def home_name(user_principal_name: str, object_id: str = "") -> str:
    """A name as the mapping sees it.

    A guest's `alias_domain#EXT#@tenant` becomes `alias@domain`. The name of a deleted user carries the object id in
    front, without its dashes, which is taken off: the account still has the name from before.
    """
    prefix = object_id.replace("-", "").casefold()
    name = user_principal_name
    if prefix and name.casefold().startswith(prefix) and len(name) > len(prefix):
        name = name[len(prefix) :]
    local, guest, _ = name.partition(GUEST)
    alias, underscore, domain = local.rpartition("_")
    return f"{alias}@{domain}" if guest and underscore and alias and domain else name


def _hint(name: str, kind: ObjectKind) -> str:
    spellings = (*_PROPERTIES[kind], *_RELATIONS[kind], "IsSoftDeleted")
    meant = next((known for known in spellings if known.casefold() == name.casefold()), None)
    return f"names are case-sensitive, and `{meant}` is the known one" if meant else "it is not known"
