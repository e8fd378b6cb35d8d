"""Which SCIM paths exist? Both trees, the resource segment in any case, discovery; POST and DELETE of groups do not."""

from __future__ import annotations

from aiohttp import web

from infra.local.genesys import permissions as need
from infra.local.genesys.errors import ScimProblem
from infra.local.genesys.gateway import Call, Cloud, guarded
from infra.local.genesys.schemas import resource_types, schema_documents, service_provider_config
from infra.local.genesys.scim_groups import ScimGroups
from infra.local.genesys.scim_users import ScimUsers
from infra.local.genesys.scim_wire import listing, scim_answer, scim_base

TREES = ("/api/v2/scim/v2", "/api/v2/scim")


class Discovery:
    """Handlers of `/serviceproviderconfig`, `/resourcetypes` and `/schemas`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def config(self, call: Call) -> web.Response:
        document = service_provider_config(scim_base(call), int(self._cloud.switches["advertised_max_results"]))
        return scim_answer(document, headers={"ETag": '"1"'})

    async def resource_types(self, call: Call) -> web.Response:
        found = resource_types(scim_base(call))
        return listing(found, total=len(found), start=1)

    async def resource_type(self, call: Call) -> web.Response:
        for document in resource_types(scim_base(call)):
            if document["id"].lower() == call.path("id").lower():
                return scim_answer(document)
        raise ScimProblem(404, f"There is no resource type {call.path('id')}.")

    async def schemas(self, call: Call) -> web.Response:
        """RFC 7644 §4: a filter on the schemas is forbidden."""
        if "filter" in call.request.query:
            raise ScimProblem(403, "Schemas cannot be filtered.")
        found = schema_documents(scim_base(call))
        return listing(found, total=len(found), start=1)

    async def schema(self, call: Call) -> web.Response:
        for document in schema_documents(scim_base(call)):
            if document["id"].lower() == call.path("id").lower():
                return scim_answer(document)
        raise ScimProblem(404, f"There is no schema {call.path('id')}.")


def add_routes(app: web.Application, cloud: Cloud) -> None:
    users, groups, discovery = ScimUsers(cloud), ScimGroups(cloud), Discovery(cloud)
    table = (
        ("GET", "users", users.find, need.NONE),
        ("POST", "users", users.create, need.SCIM_USER_CREATE),
        ("GET", "users/{id}", users.get, need.NONE),
        ("PUT", "users/{id}", users.put, need.SCIM_USER_WRITE),
        ("PATCH", "users/{id}", users.patch, need.SCIM_USER_WRITE),
        ("DELETE", "users/{id}", users.delete, need.SCIM_USER_DELETE),
        ("GET", "groups", groups.find, need.SCIM_GROUPS),
        ("GET", "groups/{id}", groups.get, need.SCIM_GROUPS),
        ("PUT", "groups/{id}", groups.put, need.SCIM_GROUPS),
        ("PATCH", "groups/{id}", groups.patch, need.SCIM_GROUPS),
        ("GET", "serviceproviderconfig", discovery.config, need.NONE),
        ("GET", "resourcetypes", discovery.resource_types, need.NONE),
        ("GET", "resourcetypes/{id}", discovery.resource_type, need.NONE),
        ("GET", "schemas", discovery.schemas, need.NONE),
        ("GET", "schemas/{id}", discovery.schema, need.NONE),
    )
    for tree in TREES:
        for method, path, handler, any_of in table:
            kind, slash, rest = path.partition("/")
            app.router.add_route(method, f"{tree}/{{kind:(?i:{kind})}}{slash}{rest}", guarded(handler, any_of))
