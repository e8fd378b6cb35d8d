"""How is a function called, and how do its arguments reach it? What every function of the language has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import MappingRefused
from shared.rules.expressions.nodes import Call, Node, Number, Text, refused
from shared.rules.expressions.values import Run, Scene, Worth, as_list, as_moment, as_number, as_text

Convert = Callable[[Worth, str], Any]
Arguments = tuple[Run | None, ...]
Build = Callable[[Call, Arguments], Run]


def as_it_is(worth: Worth, _: str) -> Worth:
    """No conversion."""
    return worth


def as_values(worth: Worth, _: str) -> Worth:
    """A list, also of one."""
    return as_list(worth)


TEXT: Convert = as_text
NUMBER: Convert = as_number
DATE: Convert = as_moment
LIST: Convert = as_values
ANY: Convert = as_it_is


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; `key` is its name in Entra's parsed tree, where known, and else in Microsoft's page."""

    key: str
    kind: Convert = TEXT
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the language.

    Attributes:
        repeats: the last parameter may be given any number of times, once at least.
        build: makes the evaluation from the call and its compiled arguments, filled up with None.
    """

    name: str
    parameters: tuple[Parameter, ...]
    repeats: bool = False
    build: Build

    def keys(self, count: int) -> tuple[str, ...]:
        """Keys of this many arguments in Entra's tree."""
        keys = tuple(parameter.key for parameter in self.parameters)
        return (*keys, *([keys[-1]] * (count - len(keys))))[:count] if keys else ()


def check_arity(function: Function, call: Call) -> None:
    """Raises MappingRefused: too few or too many arguments, or a required one is empty."""
    given, most = len(call.arguments), len(function.parameters)
    least = sum(not parameter.optional for parameter in function.parameters)
    if (given > most and not function.repeats) or sum(one is not None for one in call.arguments) < least:
        exactly = str(least) if least == most else f"{least} to {most}"
        wanted = f"at least {least}" if function.repeats else exactly
        names = ", ".join(parameter.key for parameter in function.parameters) or "none"
        noun = "argument" if wanted in ("1", "at least 1") else "arguments"
        raise refused(f"{call.name} takes {wanted} {noun} ({names}), and {given_count(given)}", call.at)
    single = function.parameters[: most - 1] if function.repeats else function.parameters
    for parameter, argument in zip(single, call.arguments, strict=False):
        if argument is None and not parameter.optional:
            raise refused(f"{call.name} needs its argument {parameter.key}, which is empty", call.at)


def given_count(count: int) -> str:
    """`1 is given`, `2 are given`."""
    return "1 is given" if count == 1 else f"{count} are given"


def constant(node: Node | None) -> str | None:
    """The text of a constant argument; None for anything that depends on the source."""
    match node:
        case Text(value=value):
            return value
        case Number():
            return number_text(node)
        case _:
            return None


def number_text(number: Number) -> str:
    """Decimal as written, hexadecimal in decimal digits."""
    return str(number.value) if number.written.startswith("&H") else number.written


def constant_needed(call: Call, index: int, key: str) -> str:
    """The text of an argument that has to be known when the mapping is loaded.

    Raises:
        MappingRefused: it is no constant.
    """
    value = constant(call.arguments[index] if index < len(call.arguments) else None)
    if value is None:
        raise refused(f"{call.name} needs its argument {key} as a text in quotation marks", call.at)
    return value


def plain(name: str, parameters: Sequence[Parameter], apply: Callable[..., Worth], *, nulls: bool = False) -> Function:
    """A function of its converted arguments; null in a required one gives null, unless `nulls` lets it through.

    Constant arguments are converted when the mapping is loaded, so that a wrong one is found then.
    """

    def build(call: Call, arguments: Arguments) -> Run:
        readers = tuple(
            _reader(call, parameter, argument, call.arguments[index] if index < len(call.arguments) else None)
            for index, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True))
        )

        def run(scene: Scene) -> Worth:
            values = []
            for read, needed in readers:
                value = read(scene)
                if value is None and needed:
                    return None
                values.append(value)
            return apply(*values)

        return run

    def _reader(
        call: Call, parameter: Parameter, argument: Run | None, node: Node | None
    ) -> tuple[Callable[[Scene], Any], bool]:
        needed = not parameter.optional and not nulls
        what = parameter.key
        if argument is None:
            return (lambda _: None), needed
        fixed = constant(node)
        if fixed is not None:
            try:
                value = parameter.kind(fixed, what)
            except MappingRefused as error:
                raise refused(f"{call.name}: {error.sentence}", call.at) from error
            return (lambda _: value), needed
        if parameter.kind is ANY:
            return argument, needed
        convert = parameter.kind
        return (lambda scene: convert(argument(scene), what)), needed

    return Function(name=name, parameters=tuple(parameters), build=build)
