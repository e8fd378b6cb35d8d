"""What are the attributes of the objects in both directories? The `directories` of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import Refused
from shared.rules.quoting import shown
from shared.rules.schema import document
from shared.rules.schema.document import Object
from shared.rules.schema.nouns import AttributeDefinition, AttributeType, Mutability


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """The attributes of one object.

    Attributes:
        unreadable: name of an attribute to the sentence that says why its definition cannot be used.
    """

    attributes: Mapping[str, AttributeDefinition] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


UNDEFINED = Definitions()


def read_directories(schema: Object) -> Mapping[tuple[str, str], Definitions]:
    """Name of the directory and of the object to the attributes; names are unique, the first of equal ones counts.

    Raises:
        Refused: the lists themselves are malformed. An attribute's own faults only make that attribute unreadable.
    """
    found: dict[tuple[str, str], Definitions] = {}
    for directory in document.objects(schema, "directories"):
        for one in document.objects(directory, "objects"):
            key = document.text(directory, "name"), document.text(one, "name")
            found.setdefault(key, _definitions(one))
    return found


def _definitions(one: Object) -> Definitions:
    attributes: dict[str, AttributeDefinition] = {}
    unreadable: dict[str, str] = {}
    for attribute in document.objects(one, "attributes"):
        name = document.text(attribute, "name")
        try:
            attributes.setdefault(name, _definition(name, attribute))
        except Refused as error:
            unreadable.setdefault(name, f"The definition of `{shown(name)}` cannot be used: {error}")
    return Definitions(attributes=attributes, unreadable=unreadable)


def _definition(name: str, attribute: Object) -> AttributeDefinition:
    return AttributeDefinition(
        name=name,
        type=document.choice(attribute, "type", AttributeType, AttributeType.STRING),
        multivalued=document.flag(attribute, "multivalued"),
        case_exact=document.flag(attribute, "caseExact"),
        required=document.flag(attribute, "required"),
        mutability=document.choice(attribute, "mutability", Mutability, Mutability.READ_WRITE),
        anchor=document.flag(attribute, "anchor"),
        default_value=document.optional_text(attribute, "defaultValue"),
        flow_null_values=document.flag(attribute, "flowNullValues"),
    )
