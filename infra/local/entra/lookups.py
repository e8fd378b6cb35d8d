"""What are these ids, and which tenant is this?

Learn: graph/api/directoryobject-getbyids, graph/api/organization-list.
"""

from __future__ import annotations

from infra.local.entra import permissions as may
from infra.local.entra.calls import Answer, Call, Route, bad_request, route
from infra.local.entra.directory import Directory
from infra.local.entra.queries import context, selection
from infra.local.entra.tokens import TENANT_ID
from infra.local.entra.views import documents, noted, typed

MAX_IDS = 1000


class Lookups:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def routes(self) -> list[Route]:
        return [
            route("POST", "/directoryObjects/getByIds", self.by_ids, may.MEMBERSHIP_CHECK, units=3),
            route("POST", "/directoryObjects/microsoft.graph.getByIds", self.by_ids, may.MEMBERSHIP_CHECK, units=3),
            route("GET", "/organization", self.organization),
        ]

    async def by_ids(self, call: Call) -> Answer:
        body = call.document()
        ids, types = body.get("ids"), body.get("types") or ["user", "group"]
        if not isinstance(ids, list) or not ids or len(ids) > MAX_IDS:
            raise bad_request(f"'ids' takes between 1 and {MAX_IDS} object ids.")
        names = selection(call, "user", "group")
        value = []
        for object_id in dict.fromkeys(str(one).lower() for one in ids):
            noted(call, object_id)
            record = self._directory.replicas.read(object_id)
            if record is not None and record.live and record.kind in types:
                value.append(typed(record, names))
        return Answer(body=context(call, "directoryObjects", names) | {"value": value})

    async def organization(self, call: Call) -> Answer:
        domain = {"name": "contoso.example", "isDefault": True, "isInitial": True, "type": "Managed"}
        tenant = {"id": TENANT_ID, "displayName": "Contoso", "tenantType": "AAD", "verifiedDomains": [domain]}
        return documents(call, {TENANT_ID: tenant}, "organization", "organization")
