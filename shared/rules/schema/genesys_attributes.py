"""Which attribute of Genesys does a target attribute's name mean, and can Genesys find an object by it?"""

from __future__ import annotations

from enum import StrEnum

from shared.errors import Refused
from shared.rules.attributes.paths import ENTERPRISE, ScimPath
from shared.rules.attributes.table import Attribute, Kind, target_for
from shared.rules.schema.nouns import AttributeDefinition, AttributeType

GROUP_CORE = "urn:ietf:params:scim:schemas:core:2.0:Group"


class ObjectKind(StrEnum):
    USER = "User"
    GROUP = "Group"


_TYPES = {Kind.BOOLEAN: AttributeType.BOOLEAN, Kind.REFERENCE: AttributeType.REFERENCE}

GROUP_ATTRIBUTES = {
    "displayname": Attribute(path="displayName", clearable=False),
    "externalid": Attribute(path="externalId"),
    "members": Attribute(path="members", kind=Kind.NAMES),
}

# genesys-api.md §2.3; what else its filters know is no attribute of a mapping, or needs a form that Entra does not use.
FILTERABLE = {
    ObjectKind.USER: ("userName", "externalId", 'emails[type eq "work"].value', f"{ENTERPRISE}:employeeNumber"),
    ObjectKind.GROUP: ("displayName",),
}


def attribute_for(name: str, kind: ObjectKind) -> Attribute:
    """The attribute that Genesys stores for a target attribute's name.

    Raises:
        Refused: Genesys has no such attribute, or it cannot be written; the message says what there is instead.
    """
    if kind is ObjectKind.USER:
        return target_for("roles" if is_primary_role(name) else name)
    attribute = GROUP_ATTRIBUTES.get(name.strip().removeprefix(f"{GROUP_CORE}:").casefold())
    if attribute is None:
        known = ", ".join(one.path for one in GROUP_ATTRIBUTES.values())
        raise Refused(f"Genesys' SCIM has no attribute {name} of a group, only {known}.", "invalidPath")
    return attribute


def assumed_definition(name: str, kind: ObjectKind) -> AttributeDefinition:
    """What a target attribute is where the schema does not define it: what Genesys takes it for."""
    try:
        attribute = attribute_for(name, kind)
    except Refused:
        return AttributeDefinition(name=name)
    type_ = _TYPES.get(attribute.kind, AttributeType.STRING)
    return AttributeDefinition(name=name, type=type_, multivalued=attribute.multi)


def is_filterable(path: str, kind: ObjectKind) -> bool:
    """Whether Genesys finds objects by this attribute, given as `attribute_for` spells it."""
    return path in FILTERABLE[kind]


def is_primary_role(name: str) -> bool:
    """Whether it is `roles[primary eq "True"].value`, in which Entra puts the one name of `SingleAppRoleAssignment`.

    Genesys has names of roles and nothing else, so it is one name in `roles` there (entra-mapping.md §4.5).
    """
    try:
        path = ScimPath.parse(name)
    except Refused:
        return False
    key, value = path.selector or ("", "")
    written = (path.name.casefold(), key.casefold(), value.casefold(), (path.sub or "").casefold())
    return not path.schema and written == ("roles", "primary", "true", "value")
