"""Where in a SCIM document does a target attribute live? Names such as `phoneNumbers[type eq "work"].value`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_NAME = re.compile(
    r"""(?:(?P<urn>urn:[^\[\]"]*[^:\[\]"]):)?(?P<attribute>[A-Za-z$]\w*)
    (?:\[\s*(?P<key>\w+)\s+eq\s+["'](?P<chosen>[^"']*)["']\s*\])?(?:\.(?P<sub>\w+))?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`name` is the whole text; `key` and `chosen` select one entry of a list."""

    name: str
    urn: str
    attribute: str
    key: str
    chosen: str
    sub: str

    @classmethod
    def parse(cls, name: str) -> Target:
        """Raises ValueError for what is no target attribute name."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"not a target attribute: {name}")
        urn = match["urn"] or ""
        return cls(
            name=name,
            urn="" if urn == CORE_USER else urn,
            attribute=match["attribute"],
            key=match["key"] or "",
            chosen=match["chosen"] or "",
            sub=match["sub"] or "",
        )

    @property
    def plain(self) -> bool:
        """Whether it is one member of the document or of an extension, without a filter."""
        return not self.key

    def held(self, document: dict[str, Any]) -> Any:
        """The value that the account has: text, boolean, list of texts, or None. A reference gives its id."""
        holder = document.get(self.urn, {}) if self.urn else document
        value = holder.get(self.attribute)
        if self.key:
            value = next((entry for entry in value or [] if _is(entry.get(self.key), self.chosen)), None)
        if isinstance(value, list):
            return [str(entry.get("value")) if isinstance(entry, dict) else str(entry) for entry in value]
        return value.get(self.sub or "value") if isinstance(value, dict) else value

    def put(self, document: dict[str, Any], value: Any) -> None:
        """Set the value in the body of a POST; targets with the same filter share one list entry."""
        holder = document.setdefault(self.urn, {}) if self.urn else document
        if not self.key:
            if self.sub:
                holder.setdefault(self.attribute, {})[self.sub] = value
            else:
                holder[self.attribute] = value
            return
        entries = holder.setdefault(self.attribute, [])
        entry = next((one for one in entries if _is(one.get(self.key), self.chosen)), None)
        if entry is None:
            entry = {self.key: True if self.chosen == "True" else self.chosen}
            entries.append(entry)
        entry[self.sub or "value"] = value


def _is(held: object, chosen: str) -> bool:
    return str(held) == chosen
