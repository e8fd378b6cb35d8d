"""Both simulators with the same people, for every test of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conformance.entra_cycle.report import NEW, OLD
from tests.conformance.worlds import Worlds, side_by_side


@pytest.fixture
async def worlds() -> AsyncIterator[Worlds]:
    async with side_by_side() as both:
        yield both


@pytest.fixture(params=[OLD, NEW])
def dialect(request):
    return request.param
