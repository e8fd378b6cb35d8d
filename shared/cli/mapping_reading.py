"""What is the mapping here and now? The file and the tenant's schema as they are, not the ledger's copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.entra.provisioning_schema import ProvisioningJobs, TenantSchema
from shared.errors import Refused, SyncError
from shared.rules.effective import effective
from shared.rules.mapping import Effective
from shared.rules.provisioning.comparing import Deviation, compare
from shared.rules.provisioning.nouns import ProvisioningFile, SchemaFrom
from shared.rules.schema.loading import LoadedSchema, load_schema
from shared.runtime.provisioning_file import read_file

if TYPE_CHECKING:
    from shared.wiring import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that was read.

    Attributes:
        tenant: None: there is no job to read, or it could not be read.
        entra: the schema to compare with, from the job or from the exported file.
        faults: sentences about what makes the mapping unusable or wrong, beside its own problems.
        notes: sentences about what was not looked at, and why.
    """

    file: ProvisioningFile
    effective: Effective
    tenant: TenantSchema | None = None
    entra: LoadedSchema | None = None
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        return () if self.entra is None else compare(self.effective, self.entra)


async def read_mapping(app: App) -> Reading:
    """The mapping as it would be in force now.

    Raises:
        Misconfigured: the provisioning file can't be used; with a sentence for each problem.
    """
    file = read_file(Path(app.settings.provisioning_file))
    tenant, faults, notes = await _tenant(app, file)
    found = effective(file, tenant)
    document = tenant.document if tenant is not None else file.document
    entra = None if document is None else load_schema(document, sync_all=found.switches.sync_all)
    if tenant is not None and file.schema is SchemaFrom.NONE:
        notes = (*notes, 'Entra\'s provisioning job exists: with schema = "job" the two always write the same values.')
        if file.transitive:
            said = 'members = "transitive" cannot be while an Entra job has the same target'
            faults = (*faults, f"{file.name}: {said}: it counts direct members only, and would disable the others.")
    return Reading(file=file, effective=found, tenant=tenant, entra=entra, faults=faults, notes=notes)


async def _tenant(app: App, file: ProvisioningFile) -> tuple[TenantSchema | None, tuple[str, ...], tuple[str, ...]]:
    """The tenant's schema, what is wrong where there is none, and what was not looked at."""
    if not file.service_principal:
        return None, (), ("No Entra job was looked at: service_principal in [entra] is empty.",)
    try:
        return await ProvisioningJobs(app.graph, file.service_principal, job_id=file.job).read(), (), ()
    except Refused as error:
        if file.reads_job or error.code != "no_job":
            return (None, (str(error),), ()) if file.reads_job else (None, (), (str(error),))
        return None, (), ("The application has no provisioning job to compare with.",)
    except SyncError as error:
        return (None, (str(error),), ()) if file.reads_job else (None, (), (f"Entra's job was not compared: {error}",))
