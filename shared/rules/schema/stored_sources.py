"""Where does an attribute mapping's value come from, as the schema stores it: text and tree?"""

from __future__ import annotations

from shared.errors import Refused
from shared.rules.schema import document as doc
from shared.rules.schema.document import Object
from shared.rules.schema.nouns import Parameter, SourceKind, StoredSource

LONGEST = 10_000  # characters; Entra takes no more


def read_source(mapping: Object) -> StoredSource | None:
    """The mapping's `source`; None for a mapping that only has a default.

    Raises:
        Refused: the source is malformed, or of a type that is not known.
    """
    source = doc.optional_object(mapping, "source")
    return None if source is None else _source(source)


def attributes_of(source: StoredSource | None) -> frozenset[str]:
    """Names of the source attributes in the stored tree."""
    if source is None:
        return frozenset()
    own = {source.name} if source.kind is SourceKind.ATTRIBUTE and source.name else set()
    return frozenset(own.union(*(attributes_of(parameter.value) for parameter in source.parameters)))


def _source(source: Object) -> StoredSource:
    expression, name = doc.text(source, "expression"), doc.optional_text(source, "name")
    if len(expression) > LONGEST:
        raise Refused(f"The expression has {len(expression):,} characters; Entra takes at most {LONGEST:,}.")
    kind = doc.choice(source, "type", SourceKind, SourceKind.ATTRIBUTE)
    # A constant may be the empty text; nothing else may be without a name.
    if not expression.strip() and (name is None or not (name or kind is SourceKind.CONSTANT)):
        raise Refused("The source has neither an expression nor a name.")
    return StoredSource(
        kind=kind,
        name=name or "",
        expression=expression,
        parameters=tuple(_parameter(parameter) for parameter in doc.objects(source, "parameters")),
    )


def _parameter(parameter: Object) -> Parameter:
    value = doc.optional_object(parameter, "value")
    if value is None:
        raise Refused("A parameter of the stored tree has no value.")
    return Parameter(key=doc.text(parameter, "key"), value=_source(value))
