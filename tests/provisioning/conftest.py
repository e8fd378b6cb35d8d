"""What do the tests of provisioning.toml write, and what do they read?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.rules.mapping import Row
from shared.rules.provisioning.nouns import ProvisioningFile
from shared.rules.schema.compiling import CompiledAttribute
from shared.runtime.provisioning_file import read_file

MINIMAL = """\
version = 1
[[mapping]]
target = "userName"
expression = "[userPrincipalName]"
match = 1
[[mapping]]
target = "active"
expression = "Not([IsSoftDeleted])"
"""
PRINCIPAL = "0a1b2c3d-0000-4000-8000-0000000000ff"


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str | bytes], ProvisioningFile]:
    """Read a text as if it stood in provisioning.toml."""

    def read(text: str | bytes) -> ProvisioningFile:
        path = tmp_path / "provisioning.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_file(path)

    return read


@pytest.fixture
def complaints(load: Callable[[str | bytes], ProvisioningFile]) -> Callable[[str | bytes], tuple[str, ...]]:
    """The sentences that a bad file is answered with."""

    def read(text: str | bytes) -> tuple[str, ...]:
        with pytest.raises(Misconfigured) as raised:
            load(text)
        return raised.value.problems

    return read


def text_of(mapped: Row | CompiledAttribute) -> str:
    """The expression, as it was written."""
    return "" if mapped.expression is None else mapped.expression.text
