"""Which of an object mapping's attributes can be evaluated with certainty? Each expression is read once (§11).

A fault of an ordinary attribute switches off that attribute; a fault of a matching attribute or of `active` switches
off the whole object mapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shared.errors import Refused
from shared.rules.expressions import Expression
from shared.rules.expressions.trees import read_stored, tree_of
from shared.rules.schema.checks import ACTIVE, definition_of, kind_of, place, stops
from shared.rules.schema.expression_checks import check_expression
from shared.rules.schema.genesys_attributes import ObjectKind, attribute_for
from shared.rules.schema.nouns import AttributeDefinition, AttributeMapping, Flow, ObjectMapping
from shared.rules.schema.problems import Level, Problem, Stops, error, warning
from shared.rules.scope.filters import ScopeFilter

SOFT_DELETED = "IsSoftDeleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledAttribute:
    """One attribute that can be evaluated.

    Attributes:
        path: the target, as Genesys takes it.
        expression: None: the mapping has no source, only its default is ever written.
    """

    mapping: AttributeMapping
    definition: AttributeDefinition
    path: str
    expression: Expression | None

    @property
    def disables(self) -> bool:
        """Whether it flows for people outside of the scope: only what reads `IsSoftDeleted` does."""
        return self.expression is not None and SOFT_DELETED in self.expression.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledMapping:
    """An object mapping that can be evaluated, without the attributes that cannot.

    Attributes:
        attributes: in the order of the schema; behind them, those that only get the target's own default at creation.
        unmet: target attributes that are required and that nothing gives: no account can be created without them.
    """

    kind: ObjectKind
    rule: str
    name: str
    flows: frozenset[Flow]
    scope: ScopeFilter
    attributes: tuple[CompiledAttribute, ...]
    unmet: tuple[str, ...] = ()

    @property
    def active(self) -> CompiledAttribute | None:
        """The mapping of `active`, if there is one."""
        return next((attribute for attribute in self.attributes if attribute.path == ACTIVE), None)

    @property
    def matching(self) -> tuple[CompiledAttribute, ...]:
        """The attributes by which an account is found, in the order in which they are tried.

        The first whose source has a value and that finds one account ends the search; two accounts are an error.
        """
        found = [attribute for attribute in self.attributes if attribute.mapping.is_matching]
        return tuple(sorted(found, key=lambda attribute: attribute.mapping.matching_priority))

    @property
    def source_names(self) -> frozenset[str]:
        """Every source attribute that expressions and the scoping filter read."""
        read = (attribute.expression.attributes for attribute in self.attributes if attribute.expression is not None)
        return self.scope.attributes.union(*read)

    @property
    def deactivates(self) -> bool:
        """Whether anybody is ever disabled: that takes `IsSoftDeleted` in the mapping of `active`, and updates."""
        return Flow.UPDATE in self.flows and self.active is not None and self.active.disables


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The outcome for one object mapping.

    Attributes:
        mapping: None: an error switched it off as a whole.
        problems: all, those of the reading included.
    """

    mapping: CompiledMapping | None
    problems: tuple[Problem, ...]


def compile_mapping(mapping: ObjectMapping, problems: Iterable[Problem] = (), *, sync_all: bool = False) -> Compiled:
    """The mapping with its expressions read, and everything that is wrong with it.

    Args:
        mapping: of users or of groups.
        problems: what reading the schema found; those of other mappings are left out.
        sync_all: whether everybody is synchronized: role functions do not work then.
    """
    kind = kind_of(mapping)
    assert kind is not None, "neither of users nor of groups"
    this = (mapping.rule, mapping.name)
    found = [problem for problem in problems if (problem.where.rule, problem.where.object_mapping) == this]
    off = {problem.where.target for problem in found if problem.stops is Stops.ATTRIBUTE}
    attributes: list[CompiledAttribute] = []
    for attribute in mapping.attribute_mappings:
        try:
            compiled = _attribute(mapping, attribute, kind)
        except Refused as refusal:
            found.append(error(place(mapping, attribute.target), str(refusal), stops(attribute)))
            continue
        own = tuple(check_expression(mapping, compiled.mapping, compiled.expression, kind, sync_all=sync_all))
        found.extend(own)
        if attribute.target not in off and all(problem.level is Level.WARNING for problem in own):
            attributes.append(compiled)
    whole = None
    if mapping.scope is not None:
        by_default, unmet = _required(mapping, attributes, kind)
        whole = CompiledMapping(
            kind=kind, rule=mapping.rule, name=mapping.name, flows=mapping.flows, scope=mapping.scope,
            attributes=(*attributes, *by_default), unmet=unmet,
        )  # fmt: skip
        found.extend(_soft_deletion(mapping, whole))
    if any(problem.stops >= Stops.OBJECT_MAPPING for problem in found):
        whole = None
    return Compiled(mapping=whole, problems=tuple(dict.fromkeys(found)))


def _attribute(mapping: ObjectMapping, attribute: AttributeMapping, kind: ObjectKind) -> CompiledAttribute:
    expression = None if attribute.source is None else read_stored(attribute.source)
    if expression is not None and attribute.source is not None and not attribute.source.name:
        attribute = replace(attribute, source=tree_of(expression.root))  # of which only the text was stored
    return CompiledAttribute(
        mapping=attribute,
        definition=definition_of(mapping, attribute.target),
        path=attribute_for(attribute.target, kind).path,
        expression=expression,
    )


def _required(
    mapping: ObjectMapping, attributes: Iterable[CompiledAttribute], kind: ObjectKind
) -> tuple[tuple[CompiledAttribute, ...], tuple[str, ...]]:
    """What the target requires and no attribute gives: by a default of the target, or not at all."""
    given = {attribute.mapping.target for attribute in attributes}
    by_default, unmet = [], []
    for name, definition in mapping.target_attributes.items():
        if not definition.required or definition.anchor or name in given:
            continue
        if definition.default_value is None:
            unmet.append(name)
            continue
        defaulted = AttributeMapping(target=name, source=None, default_value=definition.default_value)
        try:
            by_default.append(_attribute(mapping, defaulted, kind))
        except Refused:
            continue  # Genesys has no such attribute, so it cannot require it
    return tuple(by_default), tuple(unmet)


def _soft_deletion(mapping: ObjectMapping, whole: CompiledMapping) -> Iterator[Problem]:
    if whole.kind is not ObjectKind.USER:
        return
    if not any(attribute.disables for attribute in whole.attributes):
        yield warning(place(mapping), "Nothing in it reads `IsSoftDeleted`: nobody will be disabled.")
    for attribute in whole.attributes:
        read = frozenset[str]() if attribute.expression is None else attribute.expression.attributes
        if attribute.path == ACTIVE and "accountEnabled" in read:
            sentence = (
                "It follows `accountEnabled`: people who are no longer assigned stay active. Use `IsSoftDeleted`."
            )
            yield warning(place(mapping, attribute.mapping.target), sentence)
