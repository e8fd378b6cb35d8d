"""How does a SCIM document become an `Account`, and how do changes become a PATCH? RFC 7643 and 7644, no I/O.

A path is written as mappings write it: `displayName`, `phoneNumbers[type eq "mobile"].value`, and fully qualified
for extensions, because Genesys was reported not to take the short form (genesys-api.md §4.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.errors import Refused, Unreadable
from shared.model import Account, Change

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MEDIA_TYPE = "application/scim+json"
ALWAYS = ("id", "userName", "active", "externalId", "meta.version")

_PATH = re.compile(
    r"^(?:(?P<schema>urn:[^\[\]]+):)?(?P<name>[A-Za-z][\w$-]*)"
    r"""(?:\[\s*(?P<key>\w+)\s+eq\s+(?P<quote>["'])(?P<value>[^"']*)(?P=quote)\s*\])?"""
    r"(?:\.(?P<sub>[A-Za-z]\w*))?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimPath:
    """An attribute path (RFC 7644 §3.5.2) with at most one `eq` selector.

    Attributes:
        schema: the extension's URN; empty for the core schema.
        selector: which entry of a multi-valued attribute, as (sub-attribute, value).
    """

    schema: str = ""
    name: str
    selector: tuple[str, str] | None = None
    sub: str | None = None

    @classmethod
    def parse(cls, text: str) -> ScimPath:
        """Raises:
        Refused: `invalidPath`.
        """
        match = _PATH.match(text.strip())
        if match is None:
            raise Refused(f"{text!r} is no attribute path that we can write", "invalidPath")
        schema = match["schema"] or ""
        return cls(
            schema="" if schema == CORE else schema,
            name=match["name"],
            selector=(match["key"], match["value"]) if match["key"] else None,
            sub=match["sub"],
        )

    @property
    def attribute(self) -> str:
        """The whole attribute, as `attributes=` and `add` name it."""
        return f"{self.schema}:{self.name}" if self.schema else self.name

    @property
    def entry(self) -> str:
        """The attribute, or the entry of it that the selector picks."""
        return f'{self.attribute}[{self.selector[0]} eq "{self.selector[1]}"]' if self.selector else self.attribute

    def __str__(self) -> str:
        return f"{self.entry}.{self.sub}" if self.sub else self.entry

    def text_in(self, document: Mapping[str, Any]) -> str | None:
        """The text at this path; None when there is nothing. A reference such as `manager` is its `value`."""
        holder = document.get(self.schema) if self.schema else document
        found = holder.get(self.name) if isinstance(holder, dict) else None
        if self.selector is not None:
            key, wanted = self.selector
            entries = found if isinstance(found, list) else []
            found = next((entry for entry in entries if isinstance(entry, dict) and entry.get(key) == wanted), None)
        if isinstance(found, dict):
            found = found.get(self.sub or "value")
        return text_of(found)


def text_of(value: object) -> str | None:
    """A SCIM value as mappings compare it; lists and objects have no text."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return None


def account_of(document: Mapping[str, Any], paths: Iterable[str]) -> Account:
    """One User document; `paths` are read into `attributes`, None where the document has nothing.

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
                attributes={path: ScimPath.parse(path).text_in(document) for path in paths},
            )
        case _:
            raise Unreadable("Genesys answered a SCIM user without id, userName or active")


def equality_filter(attribute: str, value: str) -> str:
    """`attribute eq "value"`; the value is quoted as JSON (RFC 7644 §3.4.2.2)."""
    return f"{attribute} eq {msgspec.json.encode(value).decode()}"


def operation(change: Change) -> dict[str, object]:
    """One PATCH operation.

    A value that goes away is removed, since empty values may not clear anything. An entry that is not there yet is
    added whole: `replace` with a selector that selects nothing is `noTarget` (RFC 7644 §3.5.2.3).
    """
    path = ScimPath.parse(change.path)
    if change.after is None:
        return {"op": "remove", "path": path.entry if path.selector else str(path)}
    if path.selector is not None and change.before is None:
        key, wanted = path.selector
        entry = {key: wanted, path.sub or "value": change.after}
        return {"op": "add", "path": path.attribute, "value": [entry]}
    value: object = change.after
    if str(path) == "active" and isinstance(change.after, str):
        value = change.after.lower() == "true"
    return {"op": "replace", "path": str(path), "value": value}


def patch_of(changes: Iterable[Change]) -> dict[str, object]:
    """One PatchOp message with every change."""
    return {"schemas": [PATCH_OP], "Operations": [operation(change) for change in changes]}


def took(change: Change, document: Mapping[str, Any]) -> bool:
    """Whether the answered document shows what was asked for. Genesys may write phone numbers its own way."""
    path = ScimPath.parse(change.path)
    found, wanted = path.text_in(document), change.after
    if found is None or wanted is None:
        return not found and not wanted
    if not isinstance(wanted, str):
        return False
    if path.name == "phoneNumbers":
        return re.sub(r"\D", "", found) == re.sub(r"\D", "", wanted)
    if path.name in ("userName", "active", "emails"):
        return found.casefold() == wanted.casefold()
    return found == wanted
