"""What is the tenant's own provisioning configuration? The schema of Entra's job, and the two switches beside it.

Microsoft Learn: synchronization-serviceprincipal-list-jobs, synchronization-synchronizationschema-get. The answer of
`secrets` also carries the target's credentials: two of its values are taken, and nothing of it is kept or logged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.entra.client import GraphClient, JsonObject
from shared.errors import Ambiguous, NotThere, Refused, Unauthorized

READ = "Synchronization.Read.All"
SYNC_ALL, SKIP = "SyncAll", "SkipOutOfScopeDeletions"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSchema:
    """What was read, as it is kept for the time when it cannot be read.

    Attributes:
        document: the schema as JSON in UTF-8, for `load_schema`.
        sync_all: None: it could not be read, so a setting has to say it; the same for the next.
        notes: complete sentences about what could not be read.
    """

    job_id: str
    document: bytes
    sync_all: bool | None = None
    skip_out_of_scope_deletions: bool | None = None
    notes: tuple[str, ...] = ()


class ProvisioningJobs:
    """The provisioning jobs of one application.

    Args:
        service_principal_id: object id of the application's service principal.
        job_id: where it has several jobs.
    """

    def __init__(self, client: GraphClient, service_principal_id: str, *, job_id: str = "") -> None:
        self._client = client
        self._service_principal_id = service_principal_id
        self._job_id = job_id

    async def read(self) -> TenantSchema:
        """Schema and switches, as they are now.

        Raises:
            NotThere: the application has no provisioning job, or the job no schema.
            Ambiguous: it has several jobs, and none was named.
            Unauthorized: a permission is missing; the message names it.
            Unreachable, Throttled, Refused: as `GraphClient.send`; also where only the switches are out of reach for a
                passing reason, because they decide who is in scope.
        """
        job_id = self._job_id or await self._only_job()
        schema = await self._get("jobs", job_id, "schema")
        try:
            secrets = await self._get("secrets")
        except (Unauthorized, Refused) as error:
            note = f"{SYNC_ALL} and {SKIP} could not be read, so settings decide. {error}"
            return TenantSchema(job_id=job_id, document=_kept(schema), notes=(note,))
        sync_all, skip = _switch(secrets, SYNC_ALL), _skip(secrets)
        unread = [name for name, value in ((SYNC_ALL, sync_all), (SKIP, skip)) if value is None]
        notes = (f"Graph does not show {' and '.join(unread)}, so settings decide.",) if unread else ()
        return TenantSchema(
            job_id=job_id, document=_kept(schema), sync_all=sync_all, skip_out_of_scope_deletions=skip, notes=notes
        )

    async def _only_job(self) -> str:
        listed = (await self._get("jobs")).get("value")
        jobs = [job["id"] for job in listed or () if isinstance(job, Mapping) and isinstance(job.get("id"), str)]
        match jobs:
            case [job_id]:
                return str(job_id)
            case []:
                raise NotThere(f"The application {self._service_principal_id} has no provisioning job.", "no_job")
            case _:
                raise Ambiguous(
                    f"The application {self._service_principal_id} has {len(jobs)} provisioning jobs; "
                    f"name one of them in the settings: {', '.join(jobs)}.",
                    "several_jobs",
                )

    async def _get(self, *below: str) -> JsonObject:
        request = self._client.urls.synchronization(self._service_principal_id, below)
        try:
            return await self._client.send(request)
        except Unauthorized as error:
            raise Unauthorized(f"{error} Reading the provisioning configuration needs {READ}.") from error
        except NotThere as error:
            raise NotThere(
                f"{error} The application has no such provisioning job, or provisioning was never set up.", error.code
            ) from error


def _kept(schema: JsonObject) -> bytes:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _skip(secrets: JsonObject) -> bool | None:
    """Off where it is missing, but only in a list that shows the other switch: any other list may be incomplete."""
    shown = _values(secrets)
    return False if SKIP not in shown and SYNC_ALL in shown else _switch(secrets, SKIP)


def _switch(secrets: JsonObject, key: str) -> bool | None:
    """A switch among the secrets; None where it is missing, masked or nothing that we know."""
    value = str(_values(secrets).get(key)).strip().casefold()
    return {"true": True, "1": True, "false": False, "0": False}.get(value)


def _values(secrets: JsonObject) -> Mapping[str, object]:
    listed = secrets.get("value")
    pairs = [pair for pair in listed if isinstance(pair, Mapping)] if isinstance(listed, list) else []
    return {str(pair.get("key")): pair.get("value") for pair in pairs}
