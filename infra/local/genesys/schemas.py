"""Which attributes do Genesys' SCIM users and groups have? Schema URNs, attribute tables, discovery documents."""

from __future__ import annotations

from typing import Any

from infra.local.genesys.draft import Attribute
from infra.local.genesys.patch import Engine

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SCIM_AUTHORITY = "x-pc:scimv2:v1"
USER_SCHEMAS = (CORE_USER, ENTERPRISE, GENESYS)

PHONE_TYPES = (
    "work", "work2", "work3", "work4", "home", "mobile", "other",
    "microsoftteams", "zoomphone", "eightbyeight", "ringcentral",
)  # fmt: skip

_CORE = (
    Attribute(name="userName", field="user_name", kind="text"),
    Attribute(name="displayName", field="display_name", kind="text"),
    Attribute(name="title", field="title", kind="text"),
    Attribute(name="active", field="active", kind="boolean"),
    Attribute(name="password", field="password", kind="text", permission="directory:user:setPassword"),
    Attribute(name="externalId", field="external_id", kind="text"),
    # `other` mirrors userName and is refused by the account, which knows userName.
    Attribute(
        name="emails", field="emails", kind="entries", selector="type", payload="value",
        choices=frozenset({"work", "other"}), fixed=("other",),
    ),
    Attribute(
        name="phoneNumbers", field="phones", kind="entries", selector="type", payload="value",
        choices=frozenset(PHONE_TYPES),
    ),
    Attribute(name="roles", field="roles", kind="entries", selector="value", permission="authorization:grant:add"),
    Attribute(name="groups", field="groups", kind="entries", selector="value", writable=False),
    Attribute(name="id", field="id", kind="text", writable=False),
    Attribute(name="meta", field="meta", kind="text", writable=False),
)  # fmt: skip
_ENTERPRISE = (
    Attribute(name="division", field="division", kind="text"),
    Attribute(name="department", field="department", kind="text"),
    Attribute(name="manager", field="manager_id", kind="reference"),
    Attribute(name="employeeNumber", field="employee_number", kind="text"),
    Attribute(name="dateHire", field="date_hire", kind="text"),
)
_GENESYS = (
    Attribute(
        name="routingSkills", field="skills", kind="entries", selector="name", payload="proficiency", numeric=True,
        permission="routing:skill:assign",
    ),
    Attribute(
        name="routingLanguages", field="languages", kind="entries", selector="name", payload="proficiency",
        numeric=True, permission="routing:language:assign",
    ),
    Attribute(
        name="externalIds", field="external_ids", kind="entries", selector="authority", payload="value",
        fixed=(SCIM_AUTHORITY,),
    ),
)  # fmt: skip

USER_ATTRIBUTES: dict[str, Attribute] = {
    **{attribute.name.lower(): attribute for attribute in _CORE},
    **{f"{ENTERPRISE}:{attribute.name}".lower(): attribute for attribute in _ENTERPRISE},
    **{f"{GENESYS}:{attribute.name}".lower(): attribute for attribute in _GENESYS},
}
GROUP_ATTRIBUTES: dict[str, Attribute] = {
    attribute.name.lower(): attribute
    for attribute in (
        Attribute(name="displayName", field="name", kind="text"),
        Attribute(name="externalId", field="external_id", kind="text"),
        Attribute(name="members", field="members", kind="entries", selector="value"),
        Attribute(name="id", field="id", kind="text", writable=False),
        Attribute(name="meta", field="meta", kind="text", writable=False),
    )
}
USERS = Engine(USER_ATTRIBUTES, USER_SCHEMAS)
GROUPS = Engine(GROUP_ATTRIBUTES, (CORE_GROUP,))


def service_provider_config(base: str, max_results: int) -> dict[str, Any]:
    """Fact sheet §2.6; `max_results` is a number that no source gives."""
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://developer.genesys.cloud/",
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": max_results},
        "changePassword": {"supported": True},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "Authentication with an OAuth bearer token",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base}/serviceproviderconfig",
            "version": "1",
        },
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    def kind(name: str, schema: str, extensions: tuple[str, ...]) -> dict[str, Any]:
        return {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name.lower()}s",
            "schema": schema,
            "schemaExtensions": [{"schema": urn, "required": False} for urn in extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/resourcetypes/{name}"},
        }

    return [kind("User", CORE_USER, (ENTERPRISE, GENESYS)), kind("Group", CORE_GROUP, ())]


def schema_documents(base: str) -> list[dict[str, Any]]:
    return [
        _schema(base, CORE_USER, "User", _CORE),
        _schema(base, ENTERPRISE, "EnterpriseUser", _ENTERPRISE),
        _schema(base, GENESYS, "GenesysUser", _GENESYS),
        _schema(base, CORE_GROUP, "Group", tuple(GROUP_ATTRIBUTES.values())),
    ]


def _schema(base: str, urn: str, name: str, attributes: tuple[Attribute, ...]) -> dict[str, Any]:
    kinds = {"text": "string", "boolean": "boolean", "reference": "complex", "entries": "complex"}
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn,
        "name": name,
        "attributes": [
            {
                "name": attribute.name,
                "type": kinds[attribute.kind],
                "multiValued": attribute.kind == "entries",
                "required": attribute.name in {"userName", "displayName"} and urn == CORE_USER,
                "mutability": "readWrite" if attribute.writable else "readOnly",
            }
            for attribute in attributes
        ],
        "meta": {"resourceType": "Schema", "location": f"{base}/schemas/{urn}"},
    }
