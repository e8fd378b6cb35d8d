"""Which Graph property becomes which SCIM attribute?

The built-in mapping is the part of the Entra gallery application's default that changes an existing account's profile
(genesys-api.md §9). A null never overwrites, exactly as in Entra's own job (entra-mapping.md §0 rule 3): otherwise
the two would undo each other's work every 40 minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.model import Identity, Value

ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeMapping:
    """One Graph property, copied to one SCIM path."""

    source: str
    target: str


BUILT_IN = (
    AttributeMapping(source="displayName", target="displayName"),
    AttributeMapping(source="jobTitle", target="title"),
    AttributeMapping(source="department", target=f"{ENTERPRISE_USER}:department"),
)


def desired_attributes(
    identity: Identity, mappings: tuple[AttributeMapping, ...] = BUILT_IN
) -> Mapping[str, tuple[Value, AttributeMapping]]:
    """SCIM path to the value that is due and the mapping that says so; nulls and empty values are left out."""
    due: dict[str, tuple[Value, AttributeMapping]] = {}
    for mapping in mappings:
        value = identity.attributes.get(mapping.source)
        if value:
            due[mapping.target] = (value, mapping)
    return due


def source_properties(mappings: tuple[AttributeMapping, ...] = BUILT_IN) -> tuple[str, ...]:
    """The Graph properties that a reading must select for these mappings."""
    return tuple(dict.fromkeys(mapping.source for mapping in mappings))


def target_paths(mappings: tuple[AttributeMapping, ...] = BUILT_IN) -> frozenset[str]:
    """The SCIM paths that these mappings can write."""
    return frozenset(mapping.target for mapping in mappings)
