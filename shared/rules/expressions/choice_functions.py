"""What do the functions of choice and of null give? (entra-mapping.md §7.3)"""

from __future__ import annotations

from shared.errors import MappingRefused
from shared.rules.expressions.comparing import truth
from shared.rules.expressions.nodes import Attribute, Call, Comparison, Node, Number, attributes_of, refused, walk
from shared.rules.expressions.signatures import ANY, Arguments, Function, Parameter, constant, given_count, plain
from shared.rules.expressions.values import Run, Scene, Skipped, Worth, as_text, attribute_reader, is_empty

NULL_TESTS = frozenset({"IsNull", "IsNullOrEmpty", "IsPresent"})


def _switch(call: Call, arguments: Arguments) -> Run:
    if len(arguments) < 4 or len(arguments) % 2:
        raise refused(
            "Switch takes a source, a default (which may be empty) and pairs of key and value: "
            f"an even number of arguments, 4 at least, and {given_count(len(arguments))}",
            call.at,
        )
    source, default, *pairs = arguments
    keys, values = pairs[::2], pairs[1::2]
    if source is None or any(key is None for key in keys):
        raise refused('Switch needs its source and every key; an empty text is written ""', call.at)
    constants = [constant(node) for node in call.arguments[2::2]]
    if all(key is not None for key in constants):
        return _fixed_switch(source, default, dict(zip(reversed(constants), reversed(values), strict=True)))
    choices = [(key, value) for key, value in zip(keys, values, strict=True) if key is not None]
    chosen_from = source

    def run(scene: Scene) -> Worth:
        sought = as_text(chosen_from(scene), "Switch") or ""
        for key, value in choices:
            if (as_text(key(scene), "A key of Switch") or "") == sought:
                return value(scene) if value else None
        return default(scene) if default else None

    return run


def _fixed_switch(source: Run, default: Run | None, choices: dict[str | None, Run | None]) -> Run:
    """All keys are constants: one look into a dictionary, in which the first of equal keys won."""

    def run(scene: Scene) -> Worth:
        value = choices.get(as_text(source(scene), "Switch") or "", default)
        return value(scene) if value else None

    return run


def _iif(call: Call, arguments: Arguments) -> Run:
    condition, when_true, when_false = arguments
    assert condition is not None
    assert when_true is not None
    assert when_false is not None
    is_met, chosen, otherwise = condition, when_true, when_false
    # Entra's check fails on a missing attribute even where the condition asks just that (functions page, IIF).
    tested = [attribute_reader(name) for name in sorted(_null_tested(call.arguments[0]))]

    def run(scene: Scene) -> Worth:
        if any(is_empty(read(scene)) for read in tested):
            raise MappingRefused("The condition tests an attribute that has no value, and Entra's check fails then")
        met = is_met(scene)
        if not isinstance(met, bool):
            met = truth(met, "The condition")
        return chosen(scene) if met else otherwise(scene)

    return run


def _null_tested(condition: Node | None) -> frozenset[str]:
    if condition is None:
        return frozenset()
    return frozenset[str]().union(
        *(attributes_of(part) for part in walk(condition) if isinstance(part, Call) and part.name in NULL_TESTS)
    )


def _coalesce(_: Call, arguments: Arguments) -> Run:
    sources = [argument for argument in arguments if argument is not None]

    def run(scene: Scene) -> Worth:
        for source in sources:
            value = source(scene)
            if value is not None:
                return value
        return None

    return run


def _ignore_flow(value: Worth) -> Worth:
    if is_empty(value):
        raise Skipped
    return value


def _not(call: Call, arguments: Arguments) -> Run:
    (source_,) = arguments
    assert source_ is not None
    source = source_
    from_source = isinstance(call.arguments[0], Attribute)

    def run(scene: Scene) -> Worth:
        value = as_text(source(scene), "source")
        if from_source and value is not None and value.lower() == "true":
            return False  # an attribute's True may arrive as `true` (entra-mapping.md §6.2)
        return value != "True"

    return run


def _is_string(call: Call, arguments: Arguments) -> Run:
    (value_,) = arguments
    assert value_ is not None
    value = value_
    is_constant = isinstance(call.arguments[0], Number)  # Entra's tree has it as a text
    return lambda scene: is_constant or isinstance(value(scene), str)


def _cbool(call: Call, arguments: Arguments) -> Run:
    (value_,) = arguments
    assert value_ is not None
    value = value_
    if isinstance(call.arguments[0], Comparison):
        return value

    def run(scene: Scene) -> Worth:
        worth = value(scene)
        return None if worth is None else truth(worth, "The expression")

    return run


_ANY = Parameter(key="expression", kind=ANY)
_SOURCE = Parameter(key="source", kind=ANY)

FUNCTIONS = (
    Function(
        name="Switch",
        parameters=(_SOURCE, Parameter(key="defaultValue", optional=True), Parameter(key="switchValue", optional=True)),
        repeats=True,
        build=_switch,
    ),
    Function(
        name="IIF",
        parameters=(Parameter(key="condition"), Parameter(key="valueIfTrue"), Parameter(key="valueIfFalse")),
        build=_iif,
    ),
    Function(name="Coalesce", parameters=(_SOURCE,), repeats=True, build=_coalesce),
    plain("IgnoreFlowIfNullOrEmpty", [_ANY], _ignore_flow, nulls=True),
    plain("IsNull", [_ANY], lambda value: value is None, nulls=True),
    plain("IsNullOrEmpty", [_ANY], is_empty, nulls=True),
    plain("IsPresent", [_ANY], lambda value: not is_empty(value), nulls=True),
    Function(name="IsString", parameters=(_ANY,), build=_is_string),
    Function(name="Not", parameters=(_SOURCE,), build=_not),
    Function(name="CBool", parameters=(_ANY,), build=_cbool),
)
