"""What does a SCIM PATCH ask for? Paths and operations (RFC 7644 §3.5.2) worked into a draft of the new values.

An attribute is text, a boolean, a reference (`{"value": id}`) or a set of entries. Entries are kept as a mapping from
the sub-attribute that tells them apart (`type`, `authority`, `name`, `value`) to the one they carry. Nothing here
knows accounts or groups: they come as an attribute table and a function that reads a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.local.genesys.errors import invalid

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATH = re.compile(
    r"(?P<name>(?:urn:[^\[\]]+:)?[A-Za-z$][\w$-]*)"
    r"(?:\[\s*(?P<key>\w+)\s+eq\s+(?P<value>\"[^\"]*\"|'[^']*'|[^\s\]\"']+)\s*\])?"
    r"(?:\.(?P<sub>[A-Za-z$]\w*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a resource.

    `selector` and `payload` name the sub-attributes of an entry; `choices` the selectors allowed; a selector that
    starts with one of `fixed` cannot be written. `permission` is what a caller needs besides the operation's own.
    """

    name: str
    field: str
    kind: Literal["text", "boolean", "reference", "entries"]
    selector: str = ""
    payload: str = ""
    numeric: bool = False
    choices: frozenset[str] = frozenset()
    fixed: tuple[str, ...] = ()
    writable: bool = True
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a path points at: the attribute, perhaps one entry of it, perhaps one sub-attribute."""

    attribute: Attribute
    selected: str | None = None
    sub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    op: Literal["add", "replace", "remove"]
    path: str | None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The variants of the engine, taken from the switches."""

    ignore_unknown: bool = False
    add_missing: bool = False
    empty_clears: bool = False
    string_booleans: bool = True


def operations(body: object) -> list[Operation]:
    """From a PatchOp message.

    Raises:
        ScimProblem: 400 `invalidSyntax` for a message that is none, `noTarget` for a removal without path.
    """
    if not isinstance(body, dict) or PATCH_OP not in (body.get("schemas") or ()):
        raise invalid("invalidSyntax", f"The request needs the schema {PATCH_OP}.")
    raw = body.get("Operations")
    if not isinstance(raw, list):
        raise invalid("invalidSyntax", "Operations must be a list.")
    return [_operation(item) for item in raw]


def _operation(item: object) -> Operation:
    if not isinstance(item, dict) or not isinstance(item.get("op"), str):
        raise invalid("invalidSyntax", "Each operation needs an op.")
    path = item.get("path")
    if path is not None and not isinstance(path, str):
        raise invalid("invalidPath", "A path is a string.")
    match item["op"].lower():
        case "add":
            return Operation(op="add", path=path or None, value=item.get("value"))
        case "replace":
            return Operation(op="replace", path=path or None, value=item.get("value"))
        case "remove":
            if not path:
                raise invalid("noTarget", "A remove operation needs a path.")
            return Operation(op="remove", path=path, value=item.get("value"))
        case unknown:
            raise invalid("invalidSyntax", f"The operation {unknown} does not exist.")


class Draft:
    """The values as they will be: what has been changed so far, over what `read` says of a field."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read
        self.changes: dict[str, Any] = {}
        self.permissions: set[str] = set()

    def __getitem__(self, field: str) -> Any:
        return self.changes[field] if field in self.changes else self._read(field)

    def set(self, attribute: Attribute, value: Any) -> None:
        self.changes[attribute.field] = value
        if attribute.permission:
            self.permissions.add(attribute.permission)


class Engine:
    """Applies operations to drafts of one resource type.

    `attributes` maps lower-case wire names to attributes: bare for the core schema, behind `<urn>:` for extensions,
    which have no short form. `schemas` are the URNs whose attributes may come as one object.
    """

    def __init__(self, attributes: Mapping[str, Attribute], schemas: tuple[str, ...]) -> None:
        self._attributes = attributes
        self._schemas = {schema.lower(): "" if ":core:" in schema.lower() else f"{schema}:" for schema in schemas}

    def apply(self, draft: Draft, operation: Operation, rules: Rules) -> None:
        """Work one operation into the draft.

        Raises:
            ScimProblem: 400 `invalidPath`, `invalidValue`, `mutability` or `noTarget`.
        """
        if operation.path is None:
            self.merge(draft, operation.value, operation.op, rules)
            return
        schema = self._schemas.get(operation.path.lower())
        if schema is not None:
            self._merge_schema(draft, schema, operation, rules)
            return
        target = self.resolve(operation.path, rules)
        if target is not None:
            _write(draft, target, operation.op, operation.value, rules)

    def merge(self, draft: Draft, document: object, op: Literal["add", "replace", "remove"], rules: Rules) -> None:
        """Work the attributes of an object in; read-only ones are left out of account, as in a PUT."""
        if not isinstance(document, dict):
            raise invalid("invalidValue", "Without a path, the value is an object of attributes.")
        for key, value in document.items():
            schema = self._schemas.get(key.lower())
            if schema is not None:
                self._merge_schema(draft, schema, Operation(op=op, path=key, value=value), rules)
            elif key.lower() not in {"schemas", "meta", "id"}:
                target = self.resolve(key, rules)
                if target is not None and target.attribute.writable:
                    _write(draft, target, op, value, rules)

    def needing(self, permission: str) -> list[Attribute]:
        """The attributes whose change takes this permission besides the operation's own."""
        return [attribute for attribute in self._attributes.values() if attribute.permission == permission]

    def _merge_schema(self, draft: Draft, prefix: str, operation: Operation, rules: Rules) -> None:
        if operation.op == "remove":
            for name, attribute in self._attributes.items():
                if name.startswith(prefix.lower()) and attribute.writable:
                    _write(draft, Target(attribute=attribute), "remove", None, rules)
            return
        if not isinstance(operation.value, dict):
            raise invalid("invalidValue", f"{operation.path} takes an object of attributes.")
        document = {f"{prefix}{key}": value for key, value in operation.value.items()}
        self.merge(draft, document, operation.op, rules)

    def resolve(self, path: str, rules: Rules) -> Target | None:
        """What `path` points at; None when it is unknown and unknown paths are ignored."""
        match = _PATH.fullmatch(path.strip())
        name = match["name"].lower() if match else ""
        for schema, prefix in self._schemas.items():
            if not prefix and name.startswith(schema + ":"):
                name = name.removeprefix(schema + ":")
        attribute = self._attributes.get(name)
        if match is None or attribute is None:
            if rules.ignore_unknown:
                return None
            raise invalid("invalidPath", f"The path {path} does not exist.")
        selected = None
        if match["key"] is not None:
            if attribute.kind != "entries" or match["key"].lower() != attribute.selector.lower():
                raise invalid("invalidPath", f"{attribute.name} cannot be selected by {match['key']}.")
            selected = match["value"].strip("\"'")
        return Target(attribute=attribute, selected=selected, sub=match["sub"] or "")


def _write(draft: Draft, target: Target, op: str, value: Any, rules: Rules) -> None:
    attribute = target.attribute
    if not attribute.writable:
        raise invalid("mutability", f"{attribute.name} cannot be changed here.")
    match attribute.kind:
        case "entries":
            _write_entries(draft, target, op, value, rules)
        case "boolean":
            draft.set(attribute, False if op == "remove" else boolean(value, attribute.name, rules))
        case "text" | "reference":
            text = "" if op == "remove" else _text(attribute, value)
            if text or op == "remove" or value is None or rules.empty_clears:
                draft.set(attribute, text)


def boolean(value: object, name: str, rules: Rules) -> bool:
    if isinstance(value, bool):
        return value
    if rules.string_booleans and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise invalid("invalidValue", f"{name} is true or false.")


def _text(attribute: Attribute, value: Any) -> str:
    if attribute.kind == "reference":
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            value = value.get("value")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid("invalidValue", f"{attribute.name} is a string.")
    return value


def _write_entries(draft: Draft, target: Target, op: str, value: Any, rules: Rules) -> None:
    attribute = target.attribute
    current: Mapping[str, Any] = draft[attribute.field]
    if target.selected is not None:
        _write_selected(draft, target, op, value, rules)
        return
    if target.sub:
        raise invalid("invalidPath", f"{attribute.name} needs a filter on {attribute.selector}.")
    if op == "remove":
        gone = entries(attribute, value) if value else dict(current)
        draft.set(attribute, {key: kept for key, kept in current.items() if key not in gone})
    elif op == "add":
        draft.set(attribute, {**current, **entries(attribute, value)})
    else:
        draft.set(attribute, entries(attribute, value))


def _write_selected(draft: Draft, target: Target, op: str, value: Any, rules: Rules) -> None:
    attribute, selected = target.attribute, target.selected or ""
    current: Mapping[str, Any] = draft[attribute.field]
    if attribute.fixed and selected.startswith(attribute.fixed):
        raise invalid("mutability", f"{attribute.name} of {attribute.selector} {selected} cannot be changed.")
    if op == "remove":
        draft.set(attribute, {key: kept for key, kept in current.items() if key != selected})
        return
    if target.sub and target.sub.lower() != attribute.payload.lower():
        return
    if op == "replace" and selected not in current and not rules.add_missing:
        raise invalid("noTarget", f"There is no {attribute.name} whose {attribute.selector} is {selected}.")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    entry = {**value, attribute.selector: selected} if isinstance(value, dict) else {attribute.selector: selected}
    if attribute.payload and not isinstance(value, dict):
        if value in ("", None) and not rules.empty_clears:
            return
        if value in ("", None):
            draft.set(attribute, {key: kept for key, kept in current.items() if key != selected})
            return
        entry[attribute.payload] = value
    draft.set(attribute, {**current, **entries(attribute, entry)})


def entries(attribute: Attribute, value: Any) -> dict[str, Any]:
    """The entries that `value` lists: objects, or bare strings where an entry is nothing but its selector.

    Raises:
        ScimProblem: 400 `invalidValue`.
    """
    found: dict[str, Any] = {}
    for listed in value if isinstance(value, list) else [] if value is None else [value]:
        item = {attribute.selector: listed} if isinstance(listed, str) and not attribute.payload else listed
        key = item.get(attribute.selector) if isinstance(item, dict) else None
        if not isinstance(key, str) or not key:
            raise invalid("invalidValue", f"Each entry of {attribute.name} needs a {attribute.selector}.")
        if attribute.choices and key not in attribute.choices:
            raise invalid("invalidValue", f"{attribute.name} has no {attribute.selector} {key}.")
        found[key] = _payload(attribute, item) if attribute.payload else None
    return found


def _payload(attribute: Attribute, item: Mapping[str, Any]) -> Any:
    value = item.get(attribute.payload)
    if attribute.numeric:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 5:
            raise invalid("invalidValue", f"{attribute.payload} is a number from 0.0 to 5.0.")
        return float(value)
    if not isinstance(value, str) or not value:
        raise invalid("invalidValue", f"Each entry of {attribute.name} needs a {attribute.payload}.")
    return value
