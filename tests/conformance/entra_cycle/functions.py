"""What does each function give? One entry per function that the schemas of these tests use.

Arguments come as thunks, so that a branch that is not taken is not evaluated; an argument left empty is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

Value = str | tuple[str, ...] | None
Thunk = Callable[[], Value]
Argument = Thunk | None

_DATE_PARTS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


class EvaluationError(ValueError):
    """The value cannot be computed for this object; the attribute is not written."""


class SkipFlow(Exception):
    """The expression asks not to flow at all."""


def truth(value: Value) -> bool:
    if value not in ("True", "False"):
        raise EvaluationError("a condition is neither True nor False")
    return value == "True"


def text(argument: Argument) -> str | None:
    """One text or null.

    Raises:
        EvaluationError: a list.
    """
    value = None if argument is None else argument()
    if isinstance(value, tuple):
        raise EvaluationError("one value is expected where there is a list")
    return value


def _given(argument: Argument) -> str:
    value = text(argument)
    if value is None:
        raise EvaluationError("a required argument is missing")
    return value


def _append(source: Argument, suffix: Argument) -> Value:
    value = text(source)
    return None if value is None else value + _given(suffix)


def _coalesce(*arguments: Argument) -> Value:
    return next((value for one in arguments if one is not None and (value := one()) is not None), None)


def _format_date(source: Argument, *formats: Argument) -> Value:
    value = text(source)
    if not value:
        return None
    given, wanted = (_strptime(_given(one)) for one in formats[-2:])
    try:
        return datetime.strptime(value.strip(), given).strftime(wanted)  # noqa: DTZ007 - a date without a place
    except ValueError as error:
        raise EvaluationError(f"the date is not of the form {given}") from error


def _strptime(pattern: str) -> str:
    return re.sub("yyyy|MM|dd|HH|mm|ss", lambda match: _DATE_PARTS[match[0]], pattern)


def _ignore_flow(source: Argument) -> Value:
    value = None if source is None else source()
    if not value:
        raise SkipFlow
    return value


def _item(source: Argument, index: Argument) -> Value:
    values = None if source is None else source()
    listed = (values,) if isinstance(values, str) else values or ()
    number = int(_given(index))
    if not 1 <= number <= len(listed):
        raise EvaluationError(f"there is no item {number}")
    return listed[number - 1]


def _join(separator: Argument, *sources: Argument) -> Value:
    parts: list[str] = []
    for one in sources:
        value = None if one is None else one()
        parts += value if isinstance(value, tuple) else [value or ""]
    kept = [part for part in parts if part]
    return (text(separator) or "").join(kept) if kept else None


def _left(source: Argument, length: Argument) -> Value:
    value, count = text(source), int(_given(length))
    return (value or "") if count < 0 else (value or "")[:count]


def _mid(source: Argument, start: Argument, length: Argument) -> Value:
    value, first, count = text(source), int(_given(start)), int(_given(length))
    if value is None:
        return None
    if not 1 <= first <= len(value):
        raise EvaluationError("the start is outside the text")
    return value[first - 1 : first - 1 + count]


def _replace(source: Argument, *rest: Argument) -> Value:
    padded: list[Argument] = [*rest, None, None, None, None, None, None]
    old, pattern, group, new, other, template = padded[:6]
    value = text(source)
    if group is not None or other is not None or template is not None:
        raise EvaluationError("only the plain forms of Replace are known here")
    if value is None:
        return None
    if old is not None:
        return value.replace(_given(old), _given(new))
    wanted = re.sub(r"\(\?<(\w+)>", r"(?P<\1>", _given(pattern))
    replacement = re.sub(r"\$\{(\w+)\}", r"\\g<\1>", _given(new).replace("\\", r"\\"))
    return re.sub(wanted, replacement, value)


def _single_role(source: Argument) -> Value:
    """The display name of the one role (V-c, entra-mapping §4.5)."""
    roles = (None if source is None else source()) or ()
    if len(roles) > 1 and isinstance(roles, tuple):
        raise EvaluationError(f"one app role assignment was expected, there are {len(roles)}")
    return roles if isinstance(roles, str) else next(iter(roles), None)


def _switch(source: Argument, default: Argument, *pairs: Argument) -> Value:
    asked = text(source) or ""
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if (text(key) or "") == asked:
            return None if value is None else value()
    return None if default is None else default()


def _on_text(change: Callable[[str], str]) -> Callable[..., Value]:
    def apply(source: Argument) -> Value:
        value = text(source)
        return None if value is None else change(value)

    return apply


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "Append": _append,
    "Coalesce": _coalesce,
    "FormatDateTime": _format_date,
    "IIF": lambda *_: None,  # the evaluator takes one branch itself
    "IgnoreFlowIfNullOrEmpty": _ignore_flow,
    "Item": _item,
    "Join": _join,
    "Left": _left,
    "Mid": _mid,
    "Not": lambda source: "False" if text(source) == "True" else "True",
    "Replace": _replace,
    "SingleAppRoleAssignment": _single_role,
    "StripSpaces": _on_text(lambda value: value.replace(" ", "")),
    "Switch": _switch,
    "ToLower": _on_text(str.lower),
    "ToUpper": _on_text(str.upper),
}
