"""What are the new values? Attributes, drafts, and what adding, replacing and removing does to each kind of attribute.

An attribute is text, a boolean, a reference (`{"value": id}`) or a set of entries. Entries are kept as a mapping from
the sub-attribute that tells them apart (`type`, `authority`, `name`, `value`) to the one they carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.local.genesys.errors import invalid


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


@dataclass(frozen=True, slots=True)
class Rules:
    """The variants of the engine, taken from the switches."""

    ignore_unknown: bool = False
    add_missing: bool = False
    empty_clears: bool = False
    string_booleans: bool = True


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


def write(draft: Draft, target: Target, op: str, value: Any, rules: Rules) -> None:
    """Add, replace or remove what `target` points at.

    Raises:
        ScimProblem: 400 `invalidPath`, `invalidValue`, `mutability` or `noTarget`.
    """
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
