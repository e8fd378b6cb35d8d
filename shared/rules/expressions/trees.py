"""Do the two forms of a stored expression, its text and Entra's tree, say the same? (entra-mapping.md §2, §6.7)"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import MappingRefused
from shared.rules.expressions.compiling import FUNCTIONS, Expression, parse
from shared.rules.expressions.nodes import Attribute, Call, Comparison, Keyword, Node, Number, Text, quoted, text_of
from shared.rules.expressions.parser import DEEPEST
from shared.rules.expressions.signatures import number_text
from shared.rules.expressions.tokens import UNKNOWN_ESCAPE
from shared.rules.schema.nouns import Parameter, SourceKind, StoredSource

_DEFAULT = 1  # where Switch has its default, which may be left empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Text and tree disagree: somebody edited one of them.

    Attributes:
        text: the part of the expression's text that differs.
        tree: the same part, as the tree has it.
    """

    text: str
    tree: str

    @property
    def sentence(self) -> str:
        return (
            f"The expression's text says {self.text}, and the tree stored with it says {self.tree}: save the "
            "expression once more in the portal, so that both are made anew"
        )


def read_stored(source: StoredSource) -> Expression:
    """The expression of a mapping, both forms considered.

    Raises:
        MappingRefused: it cannot be read, or its two forms differ.
    """
    if not source.expression.strip():
        return parse(expression_of(source))
    try:
        expression = parse(source.expression)
    except MappingRefused as error:
        if error.code != UNKNOWN_ESCAPE or not source.name:
            raise
        return parse(expression_of(source))  # the tree has its constants without escapes: what Entra made of them
    difference = same(expression, source)
    if difference is not None:
        raise MappingRefused(difference.sentence)
    return expression


def tree_of(node: Node) -> StoredSource:
    """The tree that Entra stores: numbers as constants, empty arguments left out.

    What it stores for a comparison is not known; here it is a function named by the operator.
    """
    match node:
        case Attribute(name=name):
            return StoredSource(kind=SourceKind.ATTRIBUTE, name=name, expression=text_of(node))
        case Text(value=value) | Keyword(name=value) | Number(written=value):
            return StoredSource(kind=SourceKind.CONSTANT, name=value, expression=quoted(value))
        case Comparison(left=left, operator=sign, right=right):
            sides = tuple(Parameter(key=key, value=tree_of(side)) for key, side in (("left", left), ("right", right)))
            return StoredSource(kind=SourceKind.FUNCTION, name=sign, expression=text_of(node), parameters=sides)
        case Call(name=name, arguments=arguments):
            parameters = tuple(
                Parameter(key=key, value=tree_of(argument))
                for key, argument in zip(_keys(name, len(arguments)), arguments, strict=True)
                if argument is not None
            )
            return StoredSource(kind=SourceKind.FUNCTION, name=name, expression=text_of(node), parameters=parameters)


def expression_of(source: StoredSource) -> str:
    """Text for a tree that was stored without one.

    Raises:
        MappingRefused: it nests too deeply.
    """
    return text_of(_node(source, 0))


def same(expression: Expression, source: StoredSource) -> Difference | None:
    """The first difference between an expression and a stored tree; None where the tree is missing or agrees.

    Keys are ignored, except where they tell which optional argument was left empty.
    """
    if not source.name and not source.parameters and source.kind is not SourceKind.CONSTANT:
        return None
    return _difference(expression.root, source)


def _difference(node: Node, stored: StoredSource) -> Difference | None:
    match node:
        case Comparison():
            return None
        case Attribute(name=name):
            agrees = (stored.kind, stored.name) == (SourceKind.ATTRIBUTE, name)
        case Number():
            agrees = stored.kind is SourceKind.CONSTANT and stored.name in {node.written, number_text(node)}
        case Text(value=value) | Keyword(name=value):
            agrees = (stored.kind, stored.name) == (SourceKind.CONSTANT, value)
        case Call(name=name, arguments=arguments):
            called = (stored.kind, stored.name) == (SourceKind.FUNCTION, name)
            pairs = _paired(name, arguments, stored.parameters) if called else None
            if pairs is not None:
                return next(filter(None, (_difference(argument, value) for argument, value in pairs)), None)
            agrees = False
    return None if agrees else Difference(text=text_of(node), tree=expression_of(stored))


def _paired(
    name: str, arguments: tuple[Node | None, ...], parameters: tuple[Parameter, ...]
) -> list[tuple[Node, StoredSource]] | None:
    """Each argument with its part of the tree; None when they are not the same arguments."""
    placed = _placed(name, parameters)
    if placed is None:  # the keys say nothing: what is there must be there in this order
        given = [argument for argument in arguments if argument is not None]
        values = [parameter.value for parameter in parameters]
        return list(zip(given, values, strict=True)) if len(given) == len(values) else None
    padded = [*arguments, *[None] * (len(placed) - len(arguments))]
    placed += [None] * (len(padded) - len(placed))
    if any(
        (argument is None) is not (value is None) and not isinstance(argument, Comparison)
        for argument, value in zip(padded, placed, strict=True)
    ):
        return None
    return [
        (argument, value)
        for argument, value in zip(padded, placed, strict=True)
        if argument is not None and value is not None
    ]


def _placed(name: str, parameters: tuple[Parameter, ...]) -> list[StoredSource | None] | None:
    """The arguments at their positions, where the function may leave out one in the middle and the keys tell which."""
    keys = [parameter.key.casefold() for parameter in parameters]
    values = [parameter.value for parameter in parameters]
    if name == "Switch":
        without_default = len(values) % 2 == 1 if "defaultvalue" not in keys else False
        return [*values[:_DEFAULT], *([None] if without_default else []), *values[_DEFAULT:]]
    function = FUNCTIONS.get(name)
    # FormatDateTime without styles may be the older form, which never had them: the order says as much.
    if function is None or function.repeats or name == "FormatDateTime":
        return None
    known = [parameter.key.casefold() for parameter in function.parameters]
    if not set(keys) <= set(known) or len(set(keys)) < len(keys):
        return None
    by_key = dict(zip(keys, values, strict=True))
    placed = [by_key.get(key) for key in known]
    while name != "Replace" and placed and placed[-1] is None:
        placed.pop()  # Replace alone is written with all of its commas
    return placed


def _node(source: StoredSource, depth: int) -> Node:
    if depth > DEEPEST + 1:  # the innermost function has arguments, and a comparison's sides are one level further
        raise MappingRefused(f"The stored tree has more than {DEEPEST} functions inside each other")
    match source.kind:
        case SourceKind.ATTRIBUTE:
            return Attribute(name=source.name)
        case SourceKind.CONSTANT:
            return Text(value=source.name)
        case SourceKind.FUNCTION:
            placed = _placed(source.name, source.parameters)
            if placed is None:
                placed = [parameter.value for parameter in source.parameters]
            nodes = tuple(None if value is None else _node(value, depth + 1) for value in placed)
            return Call(name=source.name, arguments=nodes)


def _keys(name: str, count: int) -> tuple[str, ...]:
    function = FUNCTIONS.get(name)
    if function is None:
        return tuple(f"argument{index}" for index in range(count))
    if name == "FormatDateTime" and count == 3:
        return ("source", "inputFormat", "outputFormat")
    return function.keys(count)
