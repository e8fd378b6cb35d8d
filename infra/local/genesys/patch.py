"""What does a SCIM PATCH ask for? Paths and operations (RFC 7644 §3.5.2) worked into a draft of the new values.

Nothing here knows accounts or groups: they come as an attribute table and a draft that reads their fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.local.genesys.draft import Attribute, Draft, Rules, Target, write
from infra.local.genesys.errors import invalid

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATH = re.compile(
    r"(?P<name>(?:urn:[^\[\]]+:)?[A-Za-z$][\w$-]*)"
    r"(?:\[\s*(?P<key>\w+)\s+eq\s+(?P<value>\"[^\"]*\"|'[^']*'|[^\s\]\"']+)\s*\])?"
    r"(?:\.(?P<sub>[A-Za-z$]\w*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    op: Literal["add", "replace", "remove"]
    path: str | None
    value: Any = None


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
            write(draft, target, operation.op, operation.value, rules)

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
                    write(draft, target, op, value, rules)

    def needing(self, permission: str) -> list[Attribute]:
        """The attributes whose change takes this permission besides the operation's own."""
        return [attribute for attribute in self._attributes.values() if attribute.permission == permission]

    def _merge_schema(self, draft: Draft, prefix: str, operation: Operation, rules: Rules) -> None:
        if operation.op == "remove":
            for name, attribute in self._attributes.items():
                if name.startswith(prefix.lower()) and attribute.writable:
                    write(draft, Target(attribute=attribute), "remove", None, rules)
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
