"""How is the name of a target attribute taken apart? The grammar of Entra's target names and of SCIM's PATCH paths.

    target = [ urn ":" ] name [ "[" key " eq " quoted "]" ] [ "." sub ]

Quotes are straight or curly, single or double: portals and documents mix them (entra-mapping.md §4.1). The URN ends
at the last colon outside of brackets, since its own version holds a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.errors import Refused

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
SCHEMAS = (ENTERPRISE, GENESYS)

_STRAIGHT = str.maketrans("\u201c\u201d\u201e\u2018\u2019", '"""\'\'')
_PATH = re.compile(
    r"(?:(?P<schema>urn:[^\[\]]+):)?(?P<name>[A-Za-z$][\w$-]*)"
    r"""(?:\[\s*(?P<key>\w+)\s+eq\s+(?P<quote>["'])(?P<value>[^"'\[\]]*)(?P=quote)\s*\])?"""
    r"(?:\.(?P<sub>[A-Za-z$][\w$-]*))?",
    re.IGNORECASE,
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
        """The parts, with the core URN left out and the URNs that we know in their own spelling.

        Raises:
            Refused: `invalidPath`: it has no form that SCIM knows.
        """
        match = _PATH.fullmatch(text.translate(_STRAIGHT).strip())
        if match is None:
            raise Refused(f"{text!r} is no attribute path that SCIM knows.", "invalidPath")
        schema = match["schema"] or ""
        known = next((urn for urn in (CORE, *SCHEMAS) if urn.lower() == schema.lower()), schema)
        return cls(
            schema="" if known == CORE else known,
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
