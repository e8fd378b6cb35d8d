"""Which names of roles, skills, languages and divisions can a mapping give, as far as its constants tell? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.rules.attributes.paths import ScimPath
from shared.rules.attributes.values import Rating
from shared.rules.expressions.nodes import Call, Node, Text
from shared.rules.mapping import Row

NAMED = ("roles", "routingSkills", "routingLanguages", "division")


def names_used(rows: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    """(attribute, name), each once. What comes out of Entra's attributes is only known for each person."""
    found = [
        (attribute, name)
        for row in rows
        if row.expression is not None and (attribute := _attribute(row.path)) in NAMED
        for constant in constants(row.expression.root)
        for name in _names(attribute, constant)
    ]
    return tuple(dict.fromkeys(found))


def constants(node: Node) -> Iterator[str]:
    """The constants that can be the whole value of an expression."""
    match node:
        case Text(value=value) if value:
            yield value
        case Call(name="Switch", arguments=(_, default, *pairs)):
            for one in (default, *pairs[1::2]):
                yield from constants(one) if one is not None else ()
        case Call(name="IIF", arguments=(_, *arms)) | Call(name="Coalesce", arguments=arms):
            for one in arms:
                yield from constants(one) if one is not None else ()
        case _:
            return


def _attribute(path: str) -> str:
    return "" if path.startswith("custom:") else ScimPath.parse(path).name


def _names(attribute: str, constant: str) -> Iterator[str]:
    if attribute.startswith("routing"):
        yield from (Rating.parse(one).name for one in constant.split(";") if one.strip())
    else:
        yield constant
