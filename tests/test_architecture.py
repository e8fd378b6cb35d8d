"""Which room may know which? Read from the source, so that nothing has to be imported to find out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("function_app", "functions", "shared", "infra", "bench", "tests")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "core", "services", "misc"}
LONGEST = 300

SIMULATORS = ("entra", "genesys", "servicebus", "platform", "worker")
SIMULATOR_MAY_USE = {
    "entra": {"entra", "simulation"},
    "genesys": {"genesys", "simulation"},
    "servicebus": {"servicebus", "simulation"},
    "platform": {"platform", "servicebus", "worker", "simulation"},  # the host feeds its workers from the bus
    "worker": {"worker", "simulation"},
}

# Pure: what a rule may import besides the model, the errors and its sister rules.
PURE = {
    "__future__", "collections", "collections.abc", "dataclasses", "datetime", "enum", "functools", "hashlib",
    "itertools", "json", "math", "re", "typing", "tomllib", "string", "unicodedata", "operator", "decimal", "fractions",
    "base64", "calendar", "types",
    "regex",  # the one package: .NET's look-behind, \\p{...} and a time limit are not in `re` (entra-mapping.md §6.5)
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today", "time"}

# What the core decides with. `wiring`, `cli` and the rooms `entra`, `targets`, `runtime` are not the core.
OUTSIDE = ("httpx", "azure", "msgraph", "kiota_abstractions", "aiohttp", "sqlite3", "functions")
ROOMS = ("shared.entra", "shared.targets", "shared.runtime", "shared.cli")
CORE_MAY_USE = {"shared.webhook": {"shared.entra.notifications"}}  # a parser, pure itself
NOT_CORE = {"shared.wiring"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One of our source files."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def imports(self) -> frozenset[str]:
        """Every module that it names in an import, wherever that stands."""
        return frozenset(self._imports())

    def _imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} has a relative import"
                # `from shared import triage` names a module, `from shared.model import Ring` names a thing in one.
                yield node.module or ""
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def uses(self, *prefixes: str) -> set[str]:
        return {name for name in self.imports if within(name, *prefixes)}


def within(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def read() -> list[Module]:
    files = [ROOT / "function_app.py", *(file for top in OURS for file in sorted((ROOT / top).rglob("*.py")))]
    return [
        Module(name=name_of(file), path=file, tree=ast.parse(file.read_text(encoding="utf-8"), str(file)))
        for file in files
        if not any(part in ("node_modules", "__pycache__") for part in file.parts)
    ]


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = read()
PRODUCT = [module for module in MODULES if within(module.name, "function_app", "functions", "shared")]
RULES = [module for module in MODULES if within(module.name, "shared.rules")]
CORE = [
    module
    for module in PRODUCT
    if module.name.count(".") == 1 and within(module.name, "shared") and not module.is_package
    if module.name not in NOT_CORE
]


def each(modules: list[Module]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", modules, ids=lambda module: module.name)


def test_there_is_something_to_look_at():
    assert {module.name for module in CORE} >= {
        "shared.triage", "shared.revoke", "shared.aftercare", "shared.converge", "shared.watch", "shared.webhook",
    }  # fmt: skip
    assert len(RULES) > 5


@each(RULES)
def test_rules_import_the_model_the_errors_and_pure_parts_of_the_standard_library(module):
    ours = {name for name in module.imports if within(name, *OURS)}
    foreign = {name for name in module.imports - ours if name not in PURE and name.rpartition(".")[0] not in PURE}

    assert foreign == set()
    assert {name for name in ours if not within(name, "shared.model", "shared.errors", "shared.rules")} == set()


@each(RULES)
def test_rules_have_no_clock_and_no_output(module):
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
    }

    assert called & {*CLOCKS, "print", "open", "input"} == set()
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(module.tree))


@each(CORE)
def test_the_core_talks_to_ports_and_not_to_rooms(module):
    allowed = CORE_MAY_USE.get(module.name, set())
    rooms = {name for name in module.uses(*ROOMS) if not within(name, *allowed)}

    assert rooms == set()
    assert module.uses(*OUTSIDE) == set()


@each([module for module in CORE if within(module.name, "shared.model", "shared.errors")])
def test_the_nouns_and_the_errors_know_nobody(module):
    assert {name for name in module.uses(*OURS) if not within(name, "shared.model")} == set()


@each([module for module in PRODUCT if within(module.name, "shared.entra", "shared.targets", "shared.runtime")])
def test_rooms_do_not_know_who_puts_them_together(module):
    assert module.uses("shared.wiring", "shared.cli", "functions", "function_app") == set()


@each([module for module in PRODUCT if within(module.name, "shared.entra")])
def test_the_entra_room_does_not_know_the_targets(module):
    assert module.uses("shared.targets") == set()


@each([module for module in PRODUCT if within(module.name, "shared.targets")])
def test_the_targets_room_does_not_know_entra(module):
    assert module.uses("shared.entra") == set()


@each(PRODUCT)
def test_the_product_knows_neither_the_local_world_nor_its_tests(module):
    assert module.uses("infra", "tests", "bench") == set()


@each([module for module in MODULES if within(module.name, "infra.local")])
def test_the_local_world_knows_nothing_of_the_product(module):
    assert module.uses("shared", "functions", "function_app", "tests", "bench") == set()


@each([module for module in MODULES if within(module.name, "shared", "infra", "bench")])
def test_nobody_but_function_app_knows_the_functions(module):
    assert module.uses("functions") == set()


@each([module for module in MODULES if within(module.name, *(f"infra.local.{name}" for name in SIMULATORS))])
def test_simulators_do_not_know_each_other(module):
    mine = module.name.split(".")[2]
    allowed = {f"infra.local.{name}" for name in SIMULATOR_MAY_USE[mine]}

    assert {name for name in module.uses("infra.local") - {"infra.local"} if not within(name, *allowed)} == set()


@each(MODULES)
def test_modules_are_named_after_what_they_decide_or_talk_to(module):
    assert FORBIDDEN_NAMES.isdisjoint(module.name.split("."))


@each(MODULES)
def test_the_first_line_says_which_question_the_module_answers(module):
    only_the_future = module.is_package and all(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in module.tree.body
    )

    assert only_the_future or ast.get_docstring(module.tree)


@each(PRODUCT)
def test_no_module_of_the_product_is_longer_than_a_reader_s_patience(module):
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= LONGEST
