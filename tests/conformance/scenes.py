"""What happens in the two worlds before somebody converges? Named scenes for the agreement between us and Entra's job.

Everything a scene does is an administrator's call to Graph or an edit in Genesys; people are agents by number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from infra.local.entra.population import agent_id, application_id, group_id
from tests.conformance.worlds import Worlds

Scene = Callable[[Worlds], Awaitable[None]]

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BADGE = "extension_9d1f7c2a4b6e4f0f8a1c3e5d7b9f0a21_badge"
NO_ROLE = "00000000-0000-0000-0000-000000000000"


async def nothing(_: Worlds) -> None:
    """The worlds as they start."""


async def mover(worlds: Worlds) -> None:
    """Somebody changes job, department, names, telephone numbers and manager."""
    await worlds.in_entra(
        "PATCH",
        f"/users/{agent_id(3)}",
        {
            "jobTitle": "Supervisor",
            "department": "Contact-Centre",
            "displayName": "Augusta King",
            "givenName": "Augusta",
            "surname": "King",
            "mail": "augusta@contoso.example",
            "mobilePhone": "+14255550199",
            "businessPhones": ["+12065550199"],
            "faxNumber": "+12065550188",
            "employeeId": "20003",
            BADGE: "B-3",
            "onPremisesExtensionAttributes": {"extensionAttribute1": "Tier9", "extensionAttribute2": "20200315"},
        },
    )
    await set_manager(worlds, 3, 20)


async def leavers(worlds: Worlds) -> None:
    """One is disabled, one deleted, one loses the last assignment, one leaves the filter of `contact_centre`."""
    await worlds.in_entra("PATCH", f"/users/{agent_id(4)}", {"accountEnabled": False})
    await worlds.in_entra("DELETE", f"/users/{agent_id(7)}")
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(9)}/$ref")
    await worlds.in_entra("PATCH", f"/users/{agent_id(12)}", {"department": "Billing"})


async def returner(worlds: Worlds) -> None:
    """Somebody is inactive in Genesys who is enabled in Entra."""
    await worlds.in_genesys(6, {"op": "replace", "path": "active", "value": False})


async def drift(worlds: Worlds) -> None:
    """Somebody edits accounts in Genesys: changed, emptied, and only the case of a letter."""
    await worlds.in_genesys(
        3,
        {"op": "replace", "path": "title", "value": "Janitor"},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Cellar"},
        {"op": "remove", "path": f"{ENTERPRISE}:manager"},
        {"op": "remove", "path": 'phoneNumbers[type eq "mobile"]'},
    )
    await worlds.in_genesys(6, {"op": "replace", "path": "title", "value": "AGENT"})


async def emptied(worlds: Worlds) -> None:
    """Attributes become null in Entra: neither engine may clear what the account has."""
    await worlds.in_entra(
        "PATCH",
        f"/users/{agent_id(3)}",
        {"department": None, "mobilePhone": None, "businessPhones": [], "surname": None},
    )
    await worlds.in_entra("DELETE", f"/users/{agent_id(3)}/manager/$ref")


async def renamed(worlds: Worlds) -> None:
    """Somebody gets another user principal name; the account must follow, not be made again."""
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", {"userPrincipalName": "Augusta@contoso.example"})


async def role(worlds: Worlds) -> None:
    """Somebody is assigned an app role directly."""
    path = f"/servicePrincipals/{application_id()}"
    roles = (await worlds.in_entra("GET", path))["appRoles"]
    agent = next(one["id"] for one in roles if one["value"] == "Agent")
    await assign(worlds, agent_id(3), agent)


async def regrouped(worlds: Worlds) -> None:
    """Somebody joins the supervisors, somebody else leaves them."""
    group = f"/groups/{group_id('CC Supervisors')}/members"
    joining = {"@odata.id": f"{worlds.graph_url}/v1.0/directoryObjects/{agent_id(3)}"}
    await worlds.in_entra("POST", f"{group}/$ref", joining)
    await worlds.in_entra("DELETE", f"{group}/{agent_id(10)}/$ref")


async def joiners(worlds: Worlds) -> None:
    """Two people arrive and are assigned; one of them is disabled and must never get an account."""
    for name, enabled in (("joan", True), ("conel", False)):
        await assign(worlds, await _hire(worlds, name, f"{name}@contoso.example", enabled=enabled))


async def guest(worlds: Worlds) -> None:
    """Somebody from another organisation arrives; Entra turns the guest's name back into an address."""
    name = "marian_partner.example#EXT#@contoso.example"
    await assign(worlds, await _hire(worlds, "marian", name))


async def awkward(worlds: Worlds) -> None:
    """Letters and signs that want escaping somewhere on the way."""
    await worlds.in_entra(
        "PATCH",
        f"/users/{agent_id(3)}",
        {
            "userPrincipalName": "zoe.o'brien+cc@contoso.example",
            "displayName": 'Zoë "Zed" O\'Brien \\ Şahin',
            "givenName": 'Zoë "Zed"',
            "surname": "O'Brien \\ Şahin",
            "department": 'Service-, "Care"',
            "jobTitle": "Agent [night]",
        },
    )


async def recased(worlds: Worlds) -> None:
    """Only the case of letters changes: no change, except where the target attribute is case-exact."""
    properties = {"displayName": "ADA LOVELACE", "givenName": "ADA", "surname": "LOVELACE", "jobTitle": "AGENT"}
    await worlds.in_entra("PATCH", f"/users/{agent_id(3)}", properties)


async def left_alone(worlds: Worlds) -> None:
    """Somebody loses the assignment while the job leaves such people alone."""
    await _secret(worlds, "SkipOutOfScopeDeletions", "True")
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(9)}/$ref")


async def everybody(worlds: Worlds) -> None:
    """Somebody loses the assignment while the job synchronises everybody."""
    await _secret(worlds, "SyncAll", "true")
    await worlds.in_entra("DELETE", f"/groups/{group_id('CC Agents')}/members/{agent_id(9)}/$ref")


async def assign(worlds: Worlds, object_id: str, role_id: str = NO_ROLE) -> None:
    """Assign a person or a group to the provisioning application."""
    path = f"/servicePrincipals/{application_id()}/appRoleAssignedTo"
    body = {"principalId": object_id, "resourceId": application_id(), "appRoleId": role_id}
    await worlds.in_entra("POST", path, body)


async def set_manager(worlds: Worlds, number: int, manager: int) -> None:
    body = {"@odata.id": f"{worlds.graph_url}/v1.0/users/{agent_id(manager)}"}
    await worlds.in_entra("PUT", f"/users/{agent_id(number)}/manager/$ref", body)


async def _hire(worlds: Worlds, name: str, principal_name: str, *, enabled: bool = True) -> str:
    person = await worlds.in_entra(
        "POST",
        "/users",
        {
            "accountEnabled": enabled,
            "displayName": f"{name.capitalize()} Clarke",
            "givenName": name.capitalize(),
            "surname": "Clarke",
            "mail": f"{name}@contoso.example",
            "mailNickname": f"{name}.clarke",
            "userPrincipalName": principal_name,
            "department": "Sales",
            "employeeId": f"30-{name}",
            "passwordProfile": {"password": "never-used"},
        },
    )
    return str(person["id"])


async def _secret(worlds: Worlds, key: str, value: str) -> None:
    path = f"/servicePrincipals/{application_id()}/synchronization/secrets"
    await worlds.in_entra("PUT", path, {"value": [{"key": key, "value": value}]})


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        nothing, mover, leavers, returner, drift, emptied, renamed, role, regrouped, joiners, guest, awkward, recased,
        left_alone, everybody,
    )
}  # fmt: skip
