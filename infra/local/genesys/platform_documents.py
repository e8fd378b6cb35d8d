"""How do accounts, groups and named things look on the platform API, with and without `expand`?"""

from __future__ import annotations

from typing import Any

from infra.local.genesys.directory import Account, DirectoryGroup, Named, Names, iso
from infra.local.genesys.org import Org


def reference(names: Names, identifier: str, path: str) -> dict[str, Any]:
    return {"id": identifier, "name": names.name_of(identifier), "selfUri": f"{path}/{identifier}"}


def named(thing: Named, path: str) -> dict[str, Any]:
    return {"id": thing.id, "name": thing.name, "selfUri": f"{path}/{thing.id}"}


def user(org: Org, account: Account, expand: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The user; `expand` holds lower-case names and adds what Genesys leaves out otherwise."""
    document: dict[str, Any] = {
        "id": account.id,
        "name": account.display_name,
        "division": reference(org.divisions, account.division_id, "/api/v2/authorization/divisions"),
        "email": account.user_name,
        "username": account.user_name,
        "state": account.state,
        "version": account.version,
        "dateModified": iso(account.modified),
        "primaryContactInfo": [{"address": account.user_name, "mediaType": "EMAIL", "type": "PRIMARY"}],
        "addresses": [
            {"address": number, "mediaType": "PHONE", "type": kind.upper()} for kind, number in account.phones.items()
        ],
        "selfUri": f"/api/v2/users/{account.id}",
    }
    if account.title:
        document["title"] = account.title
    if account.department:
        document["department"] = account.department
    if account.manager_id:
        document["manager"] = {"id": account.manager_id, "selfUri": f"/api/v2/users/{account.manager_id}"}
    if account.employee_number or account.date_hire:
        document["employerInfo"] = {"employeeId": account.employee_number, "dateHire": account.date_hire}
    if expand:
        _expand(org, account, expand, document)
    return document


def _expand(org: Org, account: Account, expand: frozenset[str], document: dict[str, Any]) -> None:
    if "authorization" in expand:
        held = dict.fromkeys(role for role, _ in account.grants)
        held |= dict.fromkeys(role for _, role, _ in org.inherited_grants(account))
        document["authorization"] = {"roles": [{"id": role, "name": org.roles.name_of(role)} for role in held]}
    if "lasttokenissued" in expand and account.token_issued is not None:
        document["lastTokenIssued"] = {"dateIssued": iso(account.token_issued)}
    if "station" in expand:
        document["station"] = station(account)
    if "presence" in expand:
        document["presence"] = presence(org, account)
    if "routingstatus" in expand:
        document["routingStatus"] = routing_status(account)
    if "groups" in expand:
        document["groups"] = [{"id": group, "selfUri": f"/api/v2/groups/{group}"} for group in account.group_ids]
    for name, key, held_by, names in (
        ("skills", "skills", account.skills, org.skills),
        ("languages", "languages", account.languages, org.languages),
    ):
        if name in expand:
            document[key] = [
                {"id": names.by_name[held].id, "name": held, "proficiency": proficiency, "state": "active"}
                for held, proficiency in held_by.items()
            ]


def station(account: Account) -> dict[str, Any]:
    if not account.station_id:
        return {}
    held = {"id": account.station_id, "name": "Web client", "type": "inin_webrtc_softphone"}
    return {"associatedStation": held, "effectiveStation": held}


def presence(org: Org, account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "source": "PURECLOUD",
        "primary": True,
        "presenceDefinition": {
            "id": account.presence_id,
            "systemPresence": org.presences.name_of(account.presence_id),
            "selfUri": f"/api/v2/presence/definitions/{account.presence_id}",
        },
        "selfUri": f"/api/v2/users/{account.id}/presences/PURECLOUD",
    }


def routing_status(account: Account) -> dict[str, Any]:
    return {"userId": account.id, "status": account.routing_status, "startTime": iso(account.routing_since)}


def state(account: Account) -> dict[str, Any]:
    return {
        "state": account.state,
        "version": account.version,
        "stateChangeReason": account.state_reason,
        "stateChangeDate": iso(account.state_changed),
    }


def group(held: DirectoryGroup) -> dict[str, Any]:
    return {
        "id": held.id,
        "name": held.name,
        "dateModified": iso(held.modified),
        "memberCount": len(held.members),
        "state": "active",
        "version": held.version,
        "type": "official",
        "visibility": "public",
        "rulesVisible": True,
        "rolesEnabled": True,
        "selfUri": f"/api/v2/groups/{held.id}",
    }
