"""Which keys does a schema of user custom attributes have, and how does text become a value of one? (§3.5)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.errors import Refused
from shared.model import Value
from shared.targets.scim import text_of

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One schema of the organisation.

    Attributes:
        keys: key to the name of its type, as Genesys' data schemas call them: `text`, `integer`, `checkbox`, ...
    """

    id: str
    name: str
    version: int
    enabled: bool
    keys: Mapping[str, str]

    def key(self, key: str) -> str:
        """The type of a key.

        Raises:
            Refused: there is no such key, and the sentence lists those that there are.
        """
        if not self.enabled:
            raise Refused(f'The custom attribute schema "{self.name}" is switched off in Genesys.', "invalidPath")
        if key not in self.keys:
            keys = ", ".join(sorted(self.keys)) or "none at all"
            raise Refused(
                f'The custom attribute schema "{self.name}" has no key {key}; its keys are: {keys}.', "invalidPath"
            )
        return self.keys[key]

    def wire(self, key: str, value: Value) -> object:
        """The JSON value that Genesys takes for this key; None takes it away.

        Raises:
            Refused: no such key, or no value of its type.
        """
        kind = self.key(key)
        if value is None or kind in ("tag", "array"):
            return None if value is None else [value] if isinstance(value, str) else list(value)
        if not isinstance(value, str):
            raise Refused(f'{key} of the schema "{self.name}" takes one value, not {len(value)}.', "invalidValue")
        match kind:
            case "integer" if _INTEGER.fullmatch(value):
                return int(value)
            case "number" if _NUMBER.fullmatch(value):
                return float(value)
            case "checkbox" | "boolean" if value.lower() in ("true", "false"):
                return value.lower() == "true"
            case "integer" | "number" | "checkbox" | "boolean":
                raise Refused(f'{key} of the schema "{self.name}" takes a value of type {kind}.', "invalidValue")
            case _:
                return value


def value_of(found: object) -> Value:
    """What a record holds, as mappings compare it: numbers in their shortest form."""
    if isinstance(found, list):
        return tuple(text for item in found if (text := text_of(item)) is not None) or None
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    return text_of(found)


class _JsonSchema(msgspec.Struct):
    properties: dict[str, dict[str, Any]] = {}


class DataSchema(msgspec.Struct, rename="camel"):
    """Genesys' DataSchema, the fields that we use."""

    id: str
    name: str = ""
    version: int = 1
    enabled: bool = True
    json_schema: _JsonSchema = msgspec.field(default_factory=_JsonSchema)

    def parsed(self) -> Schema:
        keys = {key: _type_of(shape) for key, shape in self.json_schema.properties.items()}
        return Schema(id=self.id, name=self.name, version=self.version, enabled=self.enabled, keys=keys)


def _type_of(shape: Mapping[str, Any]) -> str:
    """The last part of the core type's `$ref`, else the JSON type, else text."""
    parts = shape.get("allOf")
    for part in [shape, *(parts if isinstance(parts, list) else [])]:
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            return str(part["$ref"]).rpartition("/")[2]
    kind = shape.get("type")
    return kind if isinstance(kind, str) else "text"
