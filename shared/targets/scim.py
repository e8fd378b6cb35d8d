"""How does a SCIM document become an `Account`, and how do changes become a PATCH? RFC 7643 and 7644, no I/O.

A path is written as mappings write it: `displayName`, `phoneNumbers[type eq "mobile"].value`, and fully qualified
for extensions, because Genesys was reported not to take the short form (genesys-api.md §4.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared.errors import Refused, Unreadable
from shared.model import Account, Change, Value
from shared.rules.attributes.paths import ScimPath
from shared.rules.attributes.table import CUSTOM, Kind, attribute_or_text
from shared.rules.attributes.values import Rating, normal, same

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MEDIA_TYPE = "application/scim+json"
ALWAYS = ("id", "userName", "active", "externalId", "meta.version")


def value_in(document: Mapping[str, Any], path: str) -> Value:
    """What a User document holds at this path; None when there is nothing. `manager` is its `value`."""
    attribute = attribute_or_text(path)
    at = ScimPath.parse(attribute.path)
    holder = document.get(at.schema) if at.schema else document
    found = holder.get(at.name) if isinstance(holder, dict) else None
    match attribute.kind:
        case Kind.NAMES:
            return tuple(text for entry in _entries(found) if (text := text_of(entry.get("value")))) or None
        case Kind.RATINGS:
            return tuple(rating for entry in _entries(found) if (rating := _rating(entry))) or None
        case _:
            pass
    if at.selector is not None:
        key, wanted = at.selector
        found = next((entry for entry in _entries(found) if entry.get(key) == wanted), None)
    return text_of(found.get(at.sub or "value") if isinstance(found, dict) else found)


def text_of(value: object) -> str | None:
    """A SCIM value as mappings compare it; lists and objects have no text."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return None


def _entries(found: object) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _rating(entry: Mapping[str, Any]) -> str | None:
    match entry:
        case {"name": str(name), "proficiency": int() | float() as proficiency}:
            return str(Rating(name=name, proficiency=float(proficiency)))
        case {"name": str(name)}:
            return str(Rating(name=name, proficiency=0.0))
        case _:
            return None


def account_of(document: Mapping[str, Any], paths: Iterable[str]) -> Account:
    """One User document; `paths` are read into `attributes`, None where the document has nothing.

    Custom attributes are no part of the document and are left out.

    Raises:
        Unreadable: what every User has is missing.
    """
    match document:
        case {"id": str(id_), "userName": str(user_name), "active": bool(active)}:
            meta = document.get("meta")
            version = meta.get("version") if isinstance(meta, dict) else None
            external_id = document.get("externalId")
            return Account(
                id=id_,
                user_name=user_name,
                active=active,
                version=None if version is None else str(version).removeprefix("W/").strip('"'),
                external_id=external_id if isinstance(external_id, str) else None,
                attributes={path: value_in(document, path) for path in paths if not path.startswith(CUSTOM)},
            )
        case _:
            raise Unreadable("Genesys answered a SCIM user without id, userName or active")


def equality_filter(attribute: str, value: str) -> str:
    """`attribute eq "value"`; the value is quoted as JSON (RFC 7644 §3.4.2.2).

    Raises:
        Refused: the value is no Unicode text.
    """
    try:
        return f"{attribute} eq {msgspec.json.encode(value).decode()}"
    except UnicodeEncodeError as error:
        raise Refused(f"The {attribute} to look for is no Unicode text.", "unsayable") from error


def operation(change: Change) -> dict[str, object]:
    """One PATCH operation.

    A value that goes away is removed, since empty values may not clear anything. An entry that is not there yet is
    added whole: `replace` with a selector that selects nothing is `noTarget` (RFC 7644 §3.5.2.3). Roles, skills and
    languages are replaced as full sets, by name.
    """
    attribute = attribute_or_text(change.path)
    path = ScimPath.parse(attribute.path)
    if change.after is None:
        return {"op": "remove", "path": path.entry}
    value = _wire(attribute.kind, normal(attribute, change.after))
    if path.selector is not None and change.before is None:
        key, wanted = path.selector
        return {"op": "add", "path": path.attribute, "value": [{key: wanted, path.sub or "value": value}]}
    return {"op": "replace", "path": str(path), "value": value}


def _wire(kind: Kind, value: Value) -> object:
    items = [value] if isinstance(value, str) else list(value or ())
    match kind:
        case Kind.BOOLEAN:
            return value == "true"
        case Kind.NAMES:
            return [{"value": item} for item in items]
        case Kind.RATINGS:
            ratings = map(Rating.parse, items)
            return [{"name": rating.name, "proficiency": rating.proficiency} for rating in ratings]
        case _:
            return "" if value is None else value if isinstance(value, str) else items


def patch_of(changes: Iterable[Change]) -> dict[str, object]:
    """One PatchOp message with every change."""
    return {"schemas": [PATCH_OP], "Operations": [operation(change) for change in changes]}


def took(change: Change, document: Mapping[str, Any]) -> bool:
    """Whether the answered document shows what was asked for, in whatever way Genesys writes it."""
    return same(attribute_or_text(change.path), change.after, value_in(document, change.path), case_exact=True)
