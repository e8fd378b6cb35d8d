"""Where do custom fields live? User custom attributes: schemas, and one record per user and schema (sheet §3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys.directory import Account
from infra.local.genesys.errors import PlatformProblem, bad_request, not_found, version_conflict
from infra.local.genesys.gateway import Call, Cloud, answer, guarded
from infra.local.genesys.platform_users import account_of
from infra.local.genesys.population import genesys_id

HR_SCHEMA_ID = genesys_id("schema", "HR")


def _seeded() -> dict[str, Any]:
    """The schema that is there at the start: an HR record with a vendor and a cost centre."""
    return {
        "id": HR_SCHEMA_ID,
        "name": "HR",
        "version": 1,
        "enabled": True,
        "appliesTo": ["USER"],
        "jsonSchema": {
            "title": "HR",
            "type": "object",
            "properties": {
                "bpo_vendor_id_text": {"title": "BPO vendor", "allOf": [{"$ref": "#/definitions/text"}]},
                "cost_center_text": {"title": "Cost centre", "allOf": [{"$ref": "#/definitions/text"}]},
            },
        },
        "selfUri": f"/api/v2/users/customattributes/schemas/{HR_SCHEMA_ID}",
    }


class CustomAttributes:
    """Handlers of `/users/customattributes` and `/users/{id}/customattributes`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._schemas: dict[str, dict[str, Any]] = {HR_SCHEMA_ID: _seeded()}

    async def schemas(self, call: Call) -> web.Response:
        found = list(self._schemas.values())
        return answer({"entities": found, "total": len(found), "selfUri": call.request.path})

    async def schema(self, call: Call) -> web.Response:
        return answer(self._schema(call.path("schema")))

    async def add_schema(self, call: Call) -> web.Response:
        body = await call.document()
        if not body.get("name") or not isinstance(body.get("jsonSchema"), dict):
            raise bad_request("name and jsonSchema are required.")
        identifier = str(uuid4())
        self._schemas[identifier] = {
            "enabled": True,
            "appliesTo": ["USER"],
            **body,
            "id": identifier,
            "version": 1,
            "selfUri": f"/api/v2/users/customattributes/schemas/{identifier}",
        }
        return answer(self._schemas[identifier], status=201)

    async def get(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud)
        schema = self._schema(call.path("schema"))
        if schema["id"] not in account.custom:
            raise not_found("custom attributes", schema["id"])
        return answer(_record(account, schema))

    async def put(self, call: Call) -> web.Response:
        """Create or replace the record."""
        return await self._write(call, amend=False)

    async def patch(self, call: Call) -> web.Response:
        """Change only the given keys; null takes one away."""
        return await self._write(call, amend=True)

    async def _write(self, call: Call, *, amend: bool) -> web.Response:
        account = account_of(call, self._cloud)
        body = await call.document()
        schema = self._schema(str(body.get("schemaId", "")))
        given = body.get("attributes")
        if not isinstance(given, dict):
            raise bad_request("attributes is an object.")
        if body.get("schemaVersion", schema["version"]) != schema["version"]:
            raise version_conflict(body["schemaVersion"], schema["version"])
        unknown = set(given) - set(schema["jsonSchema"].get("properties", {}))
        if unknown:
            raise PlatformProblem(400, "invalid.value", f"The schema has no {', '.join(sorted(unknown))}.")
        record = {**(account.custom.get(schema["id"], {}) if amend else {}), **given}
        record = {name: value for name, value in record.items() if value is not None}
        self._cloud.org.commit(account, {"custom": {**account.custom, schema["id"]: record}})
        return answer(_record(account, schema))

    async def delete(self, call: Call) -> web.Response:
        account = account_of(call, self._cloud)
        schema = self._schema(call.path("schema"))
        kept = {other: record for other, record in account.custom.items() if other != schema["id"]}
        self._cloud.org.commit(account, {"custom": kept})
        return web.Response(status=204)

    def _schema(self, identifier: str) -> dict[str, Any]:
        schema = self._schemas.get(identifier)
        if schema is None:
            raise not_found("schema", identifier)
        return schema


def _record(account: Account, schema: Mapping[str, Any]) -> dict[str, Any]:
    path = f"/api/v2/users/{account.id}/customattributes/{schema['id']}"
    return {
        "id": schema["id"],
        "userId": account.id,
        "schema": schema,
        "attributes": dict(account.custom[schema["id"]]),
        "selfUri": path,
    }


def add_routes(app: web.Application, cloud: Cloud) -> None:
    custom = CustomAttributes(cloud)
    schemas, records = "/api/v2/users/customattributes/schemas", "/api/v2/users/{id}/customattributes"
    for method, path, handler, any_of in (
        ("GET", schemas, custom.schemas, need.CUSTOM_SCHEMA_VIEW),
        ("POST", schemas, custom.add_schema, need.CUSTOM_SCHEMA_ADD),
        ("GET", f"{schemas}/{{schema}}", custom.schema, need.CUSTOM_SCHEMA_VIEW),
        ("GET", f"{records}/{{schema}}", custom.get, need.USER_VIEW),
        ("PUT", records, custom.put, need.STATE_EDIT),
        ("PATCH", records, custom.patch, need.STATE_EDIT),
        ("DELETE", f"{records}/{{schema}}", custom.delete, need.STATE_EDIT),
    ):
        app.router.add_route(method, path, guarded(handler, any_of))
