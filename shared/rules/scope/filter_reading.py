"""What does the `scope` object of a schema ask for? Read once, so that evaluating it cannot fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.errors import Refused
from shared.rules.quoting import kind_of, shown
from shared.rules.schema.nouns import AttributeDefinition
from shared.rules.scope.clauses import integer
from shared.rules.scope.filterable import why_not
from shared.rules.scope.filters import NUMERIC, REGEX, UNARY, Clause, Group, Operator, Pattern, ScopeFilter

MOST_CLAUSES = 10_000
LARGEST = 10**18  # a number in a clause that is longer is no attribute's
_SETS = ("groups", "inputFilterGroups", "categoryFilterGroups")
_SPELLINGS = {operator.upper().replace("_", " "): operator for operator in Operator}
_REFUSED = {
    "ISMEMBEROF": "membership of groups cannot be filtered; Entra itself does not support it",
    "PRESENT": "nobody documents what it does; IS NOT NULL may be what is meant",
    "VALID CERT MATCH": "nobody documents what it does",
}

CompilePattern = Callable[[str], Pattern]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFilter:
    """The filter, with what a person should know of it.

    Attributes:
        warnings: complete sentences.
    """

    filter: ScopeFilter
    warnings: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Reading:
    compile_pattern: CompilePattern
    definitions: Mapping[str, AttributeDefinition]
    warnings: list[str] = field(default_factory=list)
    clauses: int = 0


def read_filter(
    document: object, compile_pattern: CompilePattern, definitions: Mapping[str, AttributeDefinition] | None = None
) -> ReadFilter:
    """The filter of one object mapping; null is the filter that everybody passes.

    Args:
        document: the JSON value under `scope`.
        compile_pattern: makes a pattern of a .NET regular expression; raises `Refused` for one that it cannot take.
        definitions: of the source object's attributes, by name, where they are known.

    Raises:
        Refused: it cannot be evaluated as Entra would; the message is one sentence that names the clause.
    """
    if document is None:
        return ReadFilter(filter=ScopeFilter())
    if not isinstance(document, Mapping):
        raise Refused(f"The scoping filter is {kind_of(document)} and no object.")
    reading = _Reading(compile_pattern=compile_pattern, definitions=definitions or {})
    ordinary, reads, category = (_groups(document.get(name), name, reading) for name in _SETS)
    read = ScopeFilter(groups=ordinary, input_groups=reads, category_groups=category)
    return ReadFilter(filter=read, warnings=tuple(dict.fromkeys(reading.warnings)))


def _groups(document: object, set_name: str, reading: _Reading) -> tuple[Group, ...]:
    listed = _listed(document, f"`{set_name}` of the scoping filter")
    return tuple(_group(one, number, set_name, reading) for number, one in enumerate(listed, start=1))


def _group(document: object, number: int, set_name: str, reading: _Reading) -> Group:
    if not isinstance(document, Mapping):
        raise Refused(f"Group {number} of `{set_name}` is {kind_of(document)} and no object.")
    given = document.get("name")
    name = given if isinstance(given, str) and given else f"{set_name} {number}"
    listed = _listed(document.get("clauses"), f"`clauses` of the filter's group `{shown(name)}`")
    if not listed:
        raise Refused(
            f"The filter's group `{shown(name)}` has no clauses, and nobody documents whether it is satisfied then."
        )
    reading.clauses += len(listed)
    if reading.clauses > MOST_CLAUSES:
        raise Refused(f"The scoping filter has more than {MOST_CLAUSES:,} clauses.")
    return Group(name=name, clauses=tuple(_clause(one, name, reading) for one in listed))


def _clause(document: object, group: str, reading: _Reading) -> Clause:
    if not isinstance(document, Mapping):
        raise Refused(f"A clause of the filter's group `{shown(group)}` is {kind_of(document)} and no object.")
    attribute, spelling = document.get("sourceOperandName"), document.get("operatorName")
    if not isinstance(attribute, str) or not attribute:
        raise Refused(f"A clause of the filter's group `{shown(group)}` names no attribute in `sourceOperandName`.")
    said = f"The filter's clause on `{shown(attribute)}`"
    if not isinstance(spelling, str) or not spelling.strip():
        raise Refused(f"{said} names no operator in `operatorName`.")
    reason = why_not(attribute, reading.definitions.get(attribute))
    if reason:
        raise Refused(f"{said} cannot be evaluated: {reason}.")
    operator = _operator(spelling, said)
    values = _values(document.get("targetOperand"), said)
    if operator in UNARY:
        return Clause(attribute=attribute, operator=operator)
    if len(values) != 1:
        raise Refused(f"{said} has {len(values)} values, but {operator} compares with exactly one.")
    operand = values[0]
    if operator in NUMERIC and integer(operand) is None:
        reading.warnings.append(f'{said} compares with "{shown(operand)}", which is no whole number: it never holds.')
    if operator not in REGEX:
        return Clause(attribute=attribute, operator=operator, operand=operand)
    return Clause(attribute=attribute, operator=operator, operand=operand, pattern=_pattern(operand, said, reading))


def _operator(spelling: str, said: str) -> Operator:
    """Stored spellings are only partly known: letter case does not matter, and `_` is a blank."""
    plain = " ".join(spelling.upper().replace("_", " ").split())
    operator = _SPELLINGS.get(plain)
    if operator is None:
        reason = _REFUSED.get(plain, "it is not known")
        raise Refused(f"{said} uses the operator `{shown(spelling)}`, which is refused: {reason}.")
    return operator


def _values(document: object, said: str) -> tuple[str, ...]:
    if document is None:
        return ()
    if not isinstance(document, Mapping):
        raise Refused(f"{said} has a `targetOperand` that is {kind_of(document)} and no object.")
    values = _listed(document.get("values"), f"`values` in a clause on {said.rpartition(' ')[2]}")
    return tuple(_text(value, said) for value in values)


def _text(value: object, said: str) -> str:
    match value:
        case bool():
            return "True" if value else "False"
        case int() if abs(value) < LARGEST:
            return str(value)
        case str():
            return value
        case _:
            raise Refused(f"{said} compares with {kind_of(value)} instead of a text.")


def _listed(document: object, said: str) -> list[object] | tuple[object, ...]:
    if document is None:
        return ()
    if not isinstance(document, list | tuple):
        raise Refused(f"{said[:1].upper()}{said[1:]} is {kind_of(document)} and no list.")
    return document


def _pattern(operand: str, said: str, reading: _Reading) -> Pattern:
    try:
        pattern = reading.compile_pattern(operand)
    except Refused as error:
        raise Refused(f"{said} has a pattern that cannot be used: {error}", error.code) from error
    if not is_anchored(operand):
        reading.warnings.append(
            f"{said} has the pattern `{shown(operand)}`, which is not anchored. Microsoft does not say whether it has "
            "to match all of the value: where that matters nothing is changed; put ^ and $ around it."
        )
    return pattern


def is_anchored(pattern: str) -> bool:
    """Whether matching a part and matching all of a text are the same for this pattern, as far as its ends show."""
    return all(_anchored(alternative) for alternative in _alternatives(pattern))


def _anchored(pattern: str) -> bool:
    while pattern.startswith("(?") and pattern[2:].partition(")")[0].isalpha():  # (?i) and its like
        pattern = pattern.partition(")")[2]
    starts = pattern.startswith(("^", r"\A", ".*"))
    end = next((end for end in ("$", r"\z", r"\Z", ".*") if pattern.endswith(end)), "")
    escapes = len(pattern.removesuffix(end)) - len(pattern.removesuffix(end).rstrip("\\"))
    return starts and bool(end) and escapes % 2 == 0


def _alternatives(pattern: str) -> list[str]:
    """The pattern cut at every `|` outside groups and character classes."""
    parts, depth, in_class, escaped = [""], 0, False, False
    for letter in pattern:
        if not escaped and not in_class and depth == 0 and letter == "|":
            parts.append("")
            continue
        parts[-1] += letter
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif in_class:
            in_class = letter != "]"
        else:
            in_class = letter == "["
            depth += (letter == "(") - (letter == ")")
    return parts
