"""What do the functions give that make something up? Only where the caller passes its randomness in.

They suit attributes that are written once, at creation: otherwise Entra and we would each write our own for ever.
"""

from __future__ import annotations

import string
from collections.abc import Callable

from shared.errors import MappingRefused
from shared.rules.expressions.nodes import Call
from shared.rules.expressions.signatures import NUMBER, Arguments, Function, Parameter
from shared.rules.expressions.values import Run, Scene, Worth, as_number, as_text

NAMES = frozenset({"Guid", "RandomString"})
LONGEST = 256
SPECIAL = "'-!\"#$%&()*,./:;?@[]^_`{|}~+<=>"  # of Windows' password complexity rule, to which the page links
_GROUPS = (string.digits, SPECIAL, string.ascii_uppercase, string.ascii_lowercase)

Choose = Callable[[int], int]


def _choose(scene: Scene) -> Choose:
    if scene.choose is None:
        raise MappingRefused(
            "Each evaluation gives another value, so Entra and this system would overwrite each other: use "
            "it only in a mapping that applies during object creation only (ObjectAddOnly), or derive the value from "
            "the identity"
        )
    return scene.choose


def _guid(_: Call, _arguments: Arguments) -> Run:
    def run(scene: Scene) -> Worth:
        choose = _choose(scene)
        digits = [f"{choose(16):x}" for _ in range(32)]
        digits[12], digits[16] = "4", "89ab"[choose(4)]  # version 4, variant of RFC 9562
        return "-".join("".join(digits[start:end]) for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))

    return run


def _random_string(_: Call, arguments: Arguments) -> Run:
    *counts, avoided = arguments

    def run(scene: Scene) -> Worth:
        choose = _choose(scene)
        length, *least = (as_number(count(scene), "RandomString") if count else None for count in counts)
        without = (as_text(avoided(scene), "charactersToAvoid") if avoided else None) or ""
        if length is None or any(count is None for count in least):
            return None
        return _made_up(choose, length, [count or 0 for count in least], without)

    return run


def _made_up(choose: Choose, length: int, least: list[int], without: str) -> str:
    if min(least) < 0 or not sum(least) <= length <= LONGEST:
        raise MappingRefused(f"The length must be the sum of the minimum counts at least, and {LONGEST} at most")
    groups = ["".join(character for character in group if character not in without) for group in _GROUPS]
    picked: list[str] = []
    for count, group in zip(least, groups, strict=True):
        if count and not group:
            raise MappingRefused("The characters to avoid leave nothing of a kind that is wanted")
        picked += (group[choose(len(group))] for _ in range(count))
    # What is left over is of the kinds that were asked for, as in Microsoft's examples.
    rest = "".join(group for count, group in zip(least, groups, strict=True) if count) or "".join(groups)
    if length > len(picked) and not rest:
        raise MappingRefused("The characters to avoid leave nothing to choose from")
    picked += (rest[choose(len(rest))] for _ in range(length - len(picked)))
    for index in range(len(picked) - 1, 0, -1):
        other = choose(index + 1)
        picked[index], picked[other] = picked[other], picked[index]
    return "".join(picked)


FUNCTIONS = (
    Function(name="Guid", parameters=(), build=_guid),
    Function(
        name="RandomString",
        parameters=(
            *(
                Parameter(key=key, kind=NUMBER)
                for key in (
                    "length",
                    "minimumNumbers",
                    "minimumSpecialCharacters",
                    "minimumCapital",
                    "minimumLowerCase",
                )
            ),
            Parameter(key="charactersToAvoid", optional=True),
        ),
        build=_random_string,
    ),
)
