"""Schemas for tables: a small one whose every part can be changed, and the gallery application's own."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

GALLERY_FILE = Path(__file__).with_name("genesys_gallery.json")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER_OBJECT = ENTERPRISE
GROUP_OBJECT = "urn:ietf:params:scim:schemas:core:2.0:Group"


def gallery() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(GALLERY_FILE.read_text(encoding="utf-8"))
    return document


def direct(name: str) -> dict[str, Any]:
    return {"type": "Attribute", "name": name, "expression": f"[{name}]", "parameters": []}


def written(expression: str) -> dict[str, Any]:
    """A function of which only the text is known."""
    return {"type": "Function", "name": None, "expression": expression}


def attribute(target: str, source: Any = None, **more: Any) -> dict[str, Any]:
    return {"targetAttributeName": target, "source": source, **more}


USER_NAME = attribute("userName", direct("userPrincipalName"), matchingPriority=1)
ACTIVE = attribute("active", written("Not([IsSoftDeleted])"))


def object_mapping(*attributes: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "Users", "enabled": True, "flowTypes": "Add, Update, Delete", "sourceObjectName": "User",
        "targetObjectName": USER_OBJECT, "scope": None, "attributeMappings": [USER_NAME, ACTIVE, *attributes],
        **more,
    }  # fmt: skip


def group_mapping(**more: Any) -> dict[str, Any]:
    given = {
        "name": "Groups", "flowTypes": "Update", "sourceObjectName": "Group", "targetObjectName": GROUP_OBJECT,
        "attributeMappings": [
            attribute("displayName", direct("displayName"), matchingPriority=1),
            attribute("members", direct("members")),
        ],
    }  # fmt: skip
    return {**object_mapping(), **given, **more}


def schema(*mappings: Any, target_attributes: Any = (), source_attributes: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "id": "job", "version": "v1", **more,
        "directories": [
            {"name": "Entra", "objects": [{"name": "User", "attributes": list(source_attributes)}]},
            {"name": "Genesys", "objects": [{"name": USER_OBJECT, "attributes": list(target_attributes)}]},
        ],
        "synchronizationRules": [
            {
                "id": "r", "name": "OUT", "priority": 1, "sourceDirectoryName": "Entra",
                "targetDirectoryName": "Genesys", "objectMappings": list(mappings or [object_mapping()]),
            }
        ],
    }  # fmt: skip


def changed(document: Any, *path: Any, to: Any) -> Any:
    """A copy with another value at one place."""
    copied = copy.deepcopy(document)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return copied
