"""What does the tenant's provisioning schema say, as far as we use it? The nouns (entra-mapping.md §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.rules.scope.filters import EVERYBODY, ScopeFilter


class AttributeType(StrEnum):
    """How a value, which is always text inside, is written as JSON."""

    STRING = "String"
    INTEGER = "Integer"
    REFERENCE = "Reference"
    BINARY = "Binary"
    BOOLEAN = "Boolean"
    DATE_TIME = "DateTime"


class Mutability(StrEnum):
    READ_WRITE = "ReadWrite"
    READ_ONLY = "ReadOnly"
    IMMUTABLE = "Immutable"
    WRITE_ONLY = "WriteOnly"


class SourceKind(StrEnum):
    """Where a mapping's value comes from; a mapping without source writes its default at most."""

    ATTRIBUTE = "Attribute"
    CONSTANT = "Constant"
    FUNCTION = "Function"


class FlowType(StrEnum):
    """When a value flows; the table is in `shared/rules/schema/flow.py`."""

    ALWAYS = "Always"
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"
    VALUE_ADD_ONLY = "ValueAddOnly"
    ATTRIBUTE_ADD_ONLY = "AttributeAddOnly"


class FlowBehavior(StrEnum):
    FLOW_WHEN_CHANGED = "FlowWhenChanged"
    FLOW_ALWAYS = "FlowAlways"


class Flow(StrEnum):
    """What an object mapping may do in the target. A disable is an update."""

    ADD = "Add"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDefinition:
    """One attribute of an object in a directory.

    Attributes:
        case_exact: False: a change of letter case alone is no change.
        required: the object cannot be created without it.
        anchor: the object's key, which nobody writes.
        default_value: what a required attribute gets at creation when nothing else gave it a value.
    """

    name: str
    type: AttributeType = AttributeType.STRING
    multivalued: bool = False
    case_exact: bool = False
    required: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    anchor: bool = False
    default_value: str | None = None
    flow_null_values: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a function in a stored tree; repeated parameters repeat their key."""

    key: str
    value: StoredSource


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSource:
    """An expression in both forms that a schema carries: as text, and as the tree that Entra made of it.

    Attributes:
        name: of the attribute or the function; for a constant the value itself, without quotes and escapes.
        expression: the text; empty where only the tree was stored.
    """

    kind: SourceKind
    name: str
    expression: str = ""
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeMapping:
    """One target attribute and where its value comes from.

    Attributes:
        source: None: only the default is ever written.
        default_value: for creation only, where the source gives null.
        matching_priority: 0: not used for matching; otherwise the lowest number is tried first.
    """

    target: str
    source: StoredSource | None
    default_value: str | None = None
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.FLOW_WHEN_CHANGED
    matching_priority: int = 0

    @property
    def is_matching(self) -> bool:
        return self.matching_priority > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMapping:
    """How objects of one kind in Entra become objects of one kind in the target.

    Attributes:
        rule: name of the synchronization rule that it belongs to.
        scope: everybody where the schema has no filter; None where the filter was refused, and nothing can be told.
        source_attributes: definitions by name; empty where the document has no directories.
        target_attributes: as `source_attributes`.
    """

    rule: str
    name: str
    enabled: bool
    flows: frozenset[Flow]
    source_object: str
    target_object: str
    scope: ScopeFilter | None = EVERYBODY
    attribute_mappings: tuple[AttributeMapping, ...] = ()
    source_attributes: Mapping[str, AttributeDefinition] = field(default_factory=dict)
    target_attributes: Mapping[str, AttributeDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRule:
    """A set of object mappings between two directories; the lowest priority number comes first."""

    id: str
    name: str
    priority: int
    object_mappings: tuple[ObjectMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSchema:
    """The whole document.

    Attributes:
        version: changes with every change of the schema; everybody is to be evaluated again then.
        rules: in the order of their priority.
    """

    id: str
    version: str
    rules: tuple[SyncRule, ...] = ()
