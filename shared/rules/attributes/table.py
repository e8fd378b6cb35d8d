"""Which attributes does Genesys have for a user, and which of them can a mapping write? (genesys-api.md §3.)

`target_for` takes the names that Entra's provisioning and people write, and answers with the one attribute that is
meant, or with a sentence that says why there is none and what to do instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from shared.errors import Refused
from shared.rules.attributes.paths import ENTERPRISE, GENESYS, ScimPath
from shared.rules.attributes.unsupported import CUSTOM_ATTRIBUTES, why_not

CUSTOM = "custom:"
SCIM_AUTHORITY = "x-pc:scimv2:v1"
PHONE_TYPES = (
    "work", "work2", "work3", "work4", "home", "mobile", "other",
    "microsoftteams", "zoomphone", "eightbyeight", "ringcentral",
)  # fmt: skip


class Kind(StrEnum):
    """What a value means, and with that how it is compared and written."""

    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    REFERENCE = "reference"  # the Genesys id of another account
    PHONE = "phone"
    EMAIL = "email"
    NAMES = "names"  # a set of names
    RATINGS = "ratings"  # a set of names with a proficiency from 0 to 5, in text `Billing:3`
    CUSTOM = "custom"  # text, or a set of texts, in the organisation's own schema


class Access(StrEnum):
    WRITABLE = "writable"
    READ_ONLY = "read_only"
    IMMUTABLE = "immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a Genesys user.

    Attributes:
        path: as Genesys takes it in a PATCH: fully qualified for extensions, with double quotes and `.value`.
        clearable: False: Genesys always has a value, so that nothing can be removed.
        instead: for what can't be written: what to do.
    """

    path: str
    kind: Kind = Kind.TEXT
    access: Access = Access.WRITABLE
    clearable: bool = True
    instead: str = ""

    @property
    def multi(self) -> bool:
        """Whether it holds a set of values."""
        return self.kind in (Kind.NAMES, Kind.RATINGS)


def _phone(kind: str) -> Attribute:
    return Attribute(path=f'phoneNumbers[type eq "{kind}"].value', kind=Kind.PHONE)


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(path="userName", kind=Kind.EMAIL, clearable=False),
    Attribute(path="displayName", clearable=False),
    Attribute(path="active", kind=Kind.BOOLEAN, clearable=False),
    Attribute(path="title"),
    Attribute(path="externalId"),
    Attribute(path='emails[type eq "work"].value', kind=Kind.EMAIL),
    Attribute(
        path='emails[type eq "other"].value', kind=Kind.EMAIL, access=Access.IMMUTABLE, clearable=False,
        instead="it mirrors userName: map to userName, or to emails[type eq \"work\"].value for a second address",
    ),
    *map(_phone, PHONE_TYPES),
    Attribute(path="roles", kind=Kind.NAMES),
    Attribute(path=f"{ENTERPRISE}:division", clearable=False),
    Attribute(path=f"{ENTERPRISE}:department"),
    Attribute(path=f"{ENTERPRISE}:manager", kind=Kind.REFERENCE),
    Attribute(path=f"{ENTERPRISE}:employeeNumber"),
    Attribute(path=f"{ENTERPRISE}:dateHire", kind=Kind.DATE),
    Attribute(path=f"{GENESYS}:routingSkills", kind=Kind.RATINGS),
    Attribute(path=f"{GENESYS}:routingLanguages", kind=Kind.RATINGS),
    Attribute(path="id", access=Access.READ_ONLY, clearable=False, instead="Genesys gives every account its id"),
    Attribute(
        path="groups", kind=Kind.NAMES, access=Access.READ_ONLY,
        instead="membership is written through the group: give the Entra group the name of the Genesys group",
    ),
    Attribute(path="meta", access=Access.READ_ONLY, clearable=False, instead="Genesys writes it itself"),
    Attribute(path="schemas", access=Access.READ_ONLY, clearable=False, instead="Genesys writes it itself"),
)  # fmt: skip

_BY_PATH = {attribute.path.lower(): attribute for attribute in ATTRIBUTES}
# Extension attributes may be written without their URN, since no name is in two schemas.
_BY_NAME = {ScimPath.parse(attribute.path).name.lower(): ScimPath.parse(attribute.path) for attribute in ATTRIBUTES}
_SELECTED = {"emails": ("type", ("work",)), "phonenumbers": ("type", PHONE_TYPES)}


def target_for(name: str) -> Attribute:
    """The attribute that a mapping means by `name`, which is Entra's target name or `custom:<schema>:<key>`.

    Raises:
        Refused: `invalidPath`, with a sentence: Genesys has no such attribute, or it can't be written.
    """
    attribute = attribute_at(name)
    if attribute.access is not Access.WRITABLE:
        how = "cannot be changed" if attribute.access is Access.IMMUTABLE else "can only be read"
        raise Refused(f"{attribute.path} {how} through Genesys' SCIM; {attribute.instead}.", "invalidPath")
    return attribute


def attribute_at(name: str) -> Attribute:
    """The attribute at a path, whether it can be written or not.

    Raises:
        Refused: `invalidPath`, with a sentence: Genesys has no such attribute.
    """
    if name.strip().lower().startswith(CUSTOM):
        return _custom(name.strip())
    if "customfields" in name.lower().replace("_", ""):
        raise Refused(
            f"Genesys' SCIM has no custom fields, so {name} leads nowhere. {CUSTOM_ATTRIBUTES}", "invalidPath"
        )
    path = ScimPath.parse(name)
    known = _BY_NAME.get(path.name.lower()) if path.schema in ("", ENTERPRISE, GENESYS) else None
    if path.name.lower() == "externalids" and path.schema in ("", GENESYS):
        return _external_id(name, path)
    if known is None or path.schema not in ("", known.schema):
        raise Refused(why_not(name, path), "invalidPath")
    if path.name.lower() in _SELECTED:
        return _entry(name, path, known)
    if path.selector is not None:
        raise Refused(f"{known.attribute} is written as a whole, without a selector: not {name}.", "invalidPath")
    if path.sub is not None and path.sub.lower() != "value" and path.name.lower() != "meta":
        raise Refused(f"{known.attribute} has no {path.sub} in Genesys: write {known.attribute}.", "invalidPath")
    return _BY_PATH[known.attribute.lower()]


@lru_cache(maxsize=1024)
def attribute_or_text(path: str) -> Attribute:
    """The same for paths that were checked elsewhere; one that Genesys is not known to have counts as text."""
    try:
        return attribute_at(path)
    except Refused:
        return Attribute(path=path)


def custom_key(path: str) -> tuple[str, str] | None:
    """Schema name and key of `custom:<schema name>:<key>`; None for other paths. A schema's name can hold colons."""
    schema, colon, key = path.removeprefix(CUSTOM).rpartition(":")
    return (schema, key) if path.startswith(CUSTOM) and colon and schema and key else None


def _custom(name: str) -> Attribute:
    path = CUSTOM + name[len(CUSTOM) :]
    if custom_key(path) is None:
        raise Refused(f"{name} is no custom attribute: it has to be custom:<schema name>:<key>.", "invalidPath")
    return Attribute(path=path, kind=Kind.CUSTOM)


def _external_id(name: str, path: ScimPath) -> Attribute:
    key, authority = path.selector or ("", "")
    if key.lower() != "authority" or not authority or (path.sub or "value").lower() != "value":
        raise Refused(
            f"{name} does not say which external id is meant: write "
            f'{GENESYS}:externalIds[authority eq "microsoftteams"].value, with your authority.',
            "invalidPath",
        )
    if authority.lower().startswith(SCIM_AUTHORITY):
        raise Refused(f"{name} cannot be changed: it mirrors externalId, so map to externalId.", "invalidPath")
    return Attribute(path=f'{GENESYS}:externalIds[authority eq "{authority}"].value')


def _entry(name: str, path: ScimPath, known: ScimPath) -> Attribute:
    key, allowed = _SELECTED[path.name.lower()]
    listed = ", ".join(allowed)
    if path.selector is None or path.selector[0].lower() != key:
        raise Refused(
            f"{name} does not say which of the {known.attribute} is meant: write "
            f'{known.attribute}[{key} eq "{allowed[0]}"].value; Genesys lets these types be written: {listed}.',
            "invalidPath",
        )
    if (path.sub or "value").lower() != "value":
        raise Refused(f"{name}: only .value of {known.attribute} can be mapped, not .{path.sub}.", "invalidPath")
    found = _BY_PATH.get(f'{known.attribute}[{key} eq "{path.selector[1]}"].value'.lower())
    if found is None:
        raise Refused(
            f"Genesys has no {known.attribute} of type {path.selector[1]}; these types can be written: {listed}.",
            "invalidPath",
        )
    return found
