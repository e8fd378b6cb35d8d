"""How does a tree become something that is evaluated a hundred thousand times a second? Closures, built once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import MappingRefused
from shared.rules.expressions import (
    choice_functions,
    date_functions,
    list_functions,
    random_functions,
    replacing,
    text_functions,
)
from shared.rules.expressions.comparing import comparison
from shared.rules.expressions.nodes import (
    Attribute,
    Call,
    Comparison,
    Keyword,
    Node,
    Number,
    Text,
    attributes_of,
    refused,
    text_of,
    walk,
)
from shared.rules.expressions.parser import parse_tree
from shared.rules.expressions.refused_functions import why_refused
from shared.rules.expressions.signatures import Function, check_arity, number_text
from shared.rules.expressions.values import (
    SKIP,
    Result,
    Run,
    Scene,
    Skip,
    Skipped,
    Source,
    Worth,
    attribute_reader,
    result_of,
)

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for module in (
        text_functions, choice_functions, list_functions, date_functions, replacing, random_functions
    )
    for function in module.FUNCTIONS
}  # fmt: skip
KNOWN = frozenset(FUNCTIONS)
_CONDITIONAL = {"IIF", "CBool"}  # their first argument may be a comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression, read and ready.

    Attributes:
        text: as it was written.
        root: its tree.
        attributes: names of the source attributes that it reads.
        redacted: it holds `Redact`, so its values must not be shown; logs and records say `[Redact]`.
    """

    text: str
    root: Node
    attributes: frozenset[str] = field(compare=False)
    redacted: bool = field(compare=False)
    run: Run = field(compare=False, repr=False)


def parse(text: str) -> Expression:
    """Read an expression, once.

    Raises:
        MappingRefused: syntax, an unknown or refused function, wrong arguments, a regular expression or date format
            that cannot be carried over; with its place.
    """
    return expression(parse_tree(text), text)


def expression(root: Node, text: str | None = None) -> Expression:
    """Make a tree ready.

    Raises:
        MappingRefused: as `parse`, syntax apart.
    """
    return Expression(
        text=text_of(root) if text is None else text,
        root=root,
        attributes=attributes_of(root),
        redacted=any(isinstance(part, Call) and part.name == "Redact" for part in walk(root)),
        run=_compiled(root),
    )


def evaluate(
    expression: Expression, source: Source, *, now: datetime, choose: Callable[[int], int] | None = None
) -> Result | Skip:
    """What the expression gives for one source object.

    Args:
        source: attribute name to value; a missing name is null.
        now: what `Now()` says.
        choose: a random number from 0 up to its argument, excluded. Without it, random functions are refused.

    Returns:
        text, a list of texts, a list of roles, None for null, or SKIP: the attribute does not flow this time.

    Raises:
        MappingRefused: this source object gives no certain value; with the place. It names no value.
    """
    try:
        return result_of(expression.run(Scene(source, now, choose)))
    except Skipped:
        return SKIP


def _compiled(node: Node, *, condition: bool = False, keyword: bool = False) -> Run:
    match node:
        case Attribute(name=name):
            return attribute_reader(name)
        case Text(value=value):
            return lambda _: value
        case Keyword(name=value):
            if not keyword:
                raise refused(f"{value} stands only as the compareType of InStr", node.at)
            return lambda _: value
        case Number():
            text = number_text(node)
            return lambda _: text
        case Comparison(left=left, operator=sign, right=right):
            if not condition:
                raise refused("A comparison stands only in the condition of IIF and in CBool", node.at)
            return comparison(_compiled(left), sign, _compiled(right))
        case Call():
            return _call(node)


def _call(call: Call) -> Run:
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise refused(why_refused(call.name, KNOWN), call.at)
    check_arity(function, call)
    arguments = [
        None
        if one is None
        else _compiled(
            one, condition=call.name in _CONDITIONAL and index == 0, keyword=call.name == "InStr" and index == 3
        )
        for index, one in enumerate(call.arguments)
    ]
    if not function.repeats:
        arguments += [None] * (len(function.parameters) - len(arguments))
    run = function.build(call, tuple(arguments))

    def located(scene: Scene) -> Worth:
        try:
            return run(scene)
        except MappingRefused as error:
            if error.offset is not None:
                raise
            raise refused(f"{call.name}: {error.sentence}", call.at) from error

    return located
