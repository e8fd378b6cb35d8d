"""Is there a mapping that can be used, from the file and from Entra's job as they are now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.cli.findings import Finding, fail, ok, warn
from shared.rules.schema.problems import Level

if TYPE_CHECKING:
    from shared.wiring import App

CHECK = "mapping"


async def mapping(app: App) -> Finding:
    """Details are `mapping check`'s to tell."""
    from shared.cli.mapping_reading import read_mapping

    reading = await read_mapping(app)
    problems = reading.effective.problems
    faults = (*reading.faults, *(str(problem) for problem in problems if problem.level is Level.ERROR))
    if reading.effective.users is None:
        return fail(CHECK, " ".join(("Nobody can be evaluated.", *faults)))
    said = f"{len(reading.effective.rows)} attributes are mapped, by {reading.file.name}"
    said += " and Entra's provisioning job" if reading.file.reads_job else ""
    if faults:
        return warn(CHECK, f"{said}; faults: {len(faults)}, the first one is: {faults[0]}")
    return ok(CHECK, f"{said}.")
