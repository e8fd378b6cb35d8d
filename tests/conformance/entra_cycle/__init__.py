"""What would Entra's provisioning job write? A second reading of the documentation, kept apart from the product's.

    report = await run_cycle(graph, genesys, schema, dialect="old")

One cycle reads people and groups from Graph, evaluates a schema's mappings, finds the accounts, and writes what differs
over SCIM in one of Entra's two dialects. It knows the functions and operators that the schemas of these tests use, and
refuses all others. It imports nothing of the product: that two independent readings agree is the point.
"""

from __future__ import annotations

from tests.conformance.entra_cycle.cycle import run_cycle
from tests.conformance.entra_cycle.report import CycleReport, Write

__all__ = ["CycleReport", "Write", "run_cycle"]
