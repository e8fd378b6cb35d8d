"""What does `Replace` give? Five functions in one, told apart by which arguments are given (entra-mapping.md §7.2)."""

from __future__ import annotations

from collections.abc import Callable

from shared.errors import MappingRefused
from shared.rules.expressions.net_regex import Pattern, compile_net
from shared.rules.expressions.net_replacement import Expansion, expansion, first_group, replace_all
from shared.rules.expressions.nodes import Call, refused
from shared.rules.expressions.signatures import Arguments, Function, Parameter, constant, constant_needed
from shared.rules.expressions.values import LONGEST_TEXT, Run, Scene, Worth, as_text, is_empty

_PATTERN, _GROUP, _VALUE = 2, 3, 4
_KEYS = (
    "source", "Find", "RegularExpression", "RegularExpressionGroupName", "Replacement", "ReplacementPropertyName",
    "Template",
)  # fmt: skip


def _replace(call: Call, arguments: Arguments) -> Run:
    source, old, pattern, group, value, attribute, template = arguments
    assert source is not None
    if pattern and group and attribute:
        return _extract(source, attribute, *_group_of(call))
    if old and template:
        return _literally(call, text=template, old=old, new=source)
    if old and value:
        return _literally(call, text=source, old=old, new=value)
    if pattern and group and value:
        compiled, name = _group_of(call)
        return _by_pattern(source, value, compiled, lambda text: lambda _: text, name)
    if pattern and value:
        return _by_pattern(source, value, *_expanding(call))
    raise refused(
        "Replace has none of its five forms: give oldValue with replacementValue or template, or regexPattern with "
        "replacementValue, or regexPattern and regexGroupName with replacementValue or replacementAttributeName",
        call.at,
    )


def _compiled(call: Call) -> Pattern:
    try:
        return compile_net(constant_needed(call, _PATTERN, "regexPattern"))
    except MappingRefused as error:
        raise error if error.offset is not None else refused(f"Replace: {error.sentence}", call.at) from error


def _group_of(call: Call) -> tuple[Pattern, str]:
    pattern = _compiled(call)
    name = constant_needed(call, _GROUP, "regexGroupName")
    group = pattern.groups.get(name)
    if group is None:
        raise refused(f"Replace: the regular expression has no group named {name}", call.at)
    return pattern, group


def _expanding(call: Call) -> tuple[Pattern, Callable[[str], Expansion]]:
    """The pattern, and how a replacement text is filled in; a constant one is read once."""
    pattern = _compiled(call)
    fixed = constant(call.arguments[_VALUE])
    if fixed is None:
        return pattern, lambda text: expansion(text, pattern)
    once = expansion(fixed, pattern)
    return pattern, lambda _: once


def _extract(source: Run, attribute: Run, pattern: Pattern, group: str) -> Run:
    def run(scene: Scene) -> Worth:
        own = as_text(source(scene), "source")
        if not is_empty(own):
            return own
        other = as_text(attribute(scene), "replacementAttributeName")
        return None if other is None else first_group(pattern, group, other)

    return run


def _literally(call: Call, *, text: Run, old: Run, new: Run) -> Run:
    if constant(call.arguments[1]) == "":
        raise refused("Replace: oldValue is empty, so there is nothing to find", call.at)

    def run(scene: Scene) -> Worth:
        whole = as_text(text(scene), "Replace")
        find = as_text(old(scene), "oldValue")
        put = as_text(new(scene), "Replace")
        if whole is None or find is None or put is None:
            return None
        if not find:
            raise MappingRefused("The oldValue is empty, so there is nothing to find")
        if len(whole) + whole.count(find) * len(put) > LONGEST_TEXT:
            raise MappingRefused(f"The text would grow beyond {LONGEST_TEXT} characters")
        return whole.replace(find, put)

    return run


def _by_pattern(source: Run, value: Run, pattern: Pattern, expand: Callable[[str], Expansion], group: str = "") -> Run:
    def run(scene: Scene) -> Worth:
        text = as_text(source(scene), "source")
        replacement = as_text(value(scene), "replacementValue")
        if text is None or replacement is None:
            return None
        return replace_all(pattern, text, expand(replacement), group)

    return run


FUNCTIONS = (
    Function(
        name="Replace",
        parameters=tuple(Parameter(key=key, optional=key != "source") for key in _KEYS),
        build=_replace,
    ),
)
