"""Who works at Contoso? Agents, their managers and groups, the same ones for every run.

Ids and names follow from the agent's number alone, so that another simulator can hold the same people without asking:
`agent_id(n)`, `agent_upn(n)` and the name lists are that agreement.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from infra.local.entra.applications import Applications
from infra.local.entra.calls import Document
from infra.local.entra.directory import Directory, Record
from infra.local.entra.moments import zulu

NAMESPACE = uuid.UUID("6f1d3a52-0b1e-4c55-9a77-4f6f7f3f8e01")
FIRST = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Ken", "Radia", "Tim"]
LAST = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Hamilton", "Thompson", "Perlman", "Lee"]
DEPARTMENTS = ["Support", "Sales", "Billing"]
SPAN = 10  # every tenth is the supervisor of the nine before
PILOTS = 5

AGENTS, SUPERVISORS, PILOT = "CC Agents", "CC Supervisors", "CC Pilot"
APPLICATION = "Genesys Cloud"
APP_ROLES = ["Agent", "Supervisor", "Quality Evaluator"]
HIRED_AT = 1_704_067_200.0  # 2024-01-01: everybody was here before the story begins


def agent_id(number: int) -> str:
    """Object id of agent `number`, counted from 1."""
    return str(uuid.uuid5(NAMESPACE, f"entra-user-{number}"))


def agent_upn(number: int) -> str:
    return f"agent{number:05d}@contoso.example"


def group_id(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"entra-group-{name}"))


def application_id() -> str:
    """Object id of the service principal to which the groups are assigned."""
    return str(uuid.uuid5(NAMESPACE, f"entra-service-principal-{APPLICATION}"))


def agent(number: int) -> Document:
    """The properties of agent `number`."""
    first, last = FIRST[number % len(FIRST)], LAST[(number // len(FIRST)) % len(LAST)]
    upn = agent_upn(number)
    return {
        "id": agent_id(number),
        "userPrincipalName": upn,
        "mail": upn,
        "mailNickname": upn.partition("@")[0],
        "displayName": f"{first} {last}",
        "givenName": first,
        "surname": last,
        "jobTitle": "Supervisor" if number % SPAN == 0 else "Agent",
        "department": DEPARTMENTS[number % len(DEPARTMENTS)],
        "companyName": "Contoso",
        "employeeId": f"{10_000 + number}",
        "accountEnabled": True,
        "mobilePhone": f"+1425{5_550_000 + number}",
        "businessPhones": [f"+1206{5_550_000 + number}"],
        "officeLocation": "Seattle",
        "preferredLanguage": "en-US",
        "usageLocation": "US",
        "userType": "Member",
        "onPremisesExtensionAttributes": {"extensionAttribute1": f"Tier{number % 3 + 1}"},
        "createdDateTime": zulu(HIRED_AT),
        "signInSessionsValidFromDateTime": zulu(HIRED_AT),
    }


def populate(directory: Directory, applications: Applications, agents: int) -> None:
    """Plant `agents` people and their groups, and assign the groups to the contact centre's application."""
    for name in (AGENTS, SUPERVISORS, PILOT):
        directory.plant(Record(id=group_id(name), kind="group", properties=_group(name)))
    hire(directory, range(1, agents + 1))
    applications.place(application_id(), APPLICATION, roles=APP_ROLES)
    for name in (AGENTS, SUPERVISORS):
        applications.grant(application_id(), directory.records[group_id(name)])


def hire(directory: Directory, numbers: Iterable[int]) -> list[str]:
    """Plant these agents with their manager and memberships; nobody is told. Gives their object ids."""
    hired = list(numbers)
    for number in hired:
        chief = -(-number // SPAN) * SPAN
        manager = SPAN if chief == number else chief
        directory.plant(
            Record(
                id=agent_id(number),
                kind="user",
                properties=agent(number),
                manager=agent_id(manager) if manager != number else None,
            )
        )
    _enrol(directory, AGENTS, hired)
    _enrol(directory, SUPERVISORS, [number for number in hired if number % SPAN == 0])
    _enrol(directory, PILOT, [number for number in hired if number <= PILOTS])
    return [agent_id(number) for number in hired]


def _enrol(directory: Directory, name: str, numbers: list[int]) -> None:
    group = directory.records[group_id(name)]
    members = {**group.members, **dict.fromkeys(agent_id(number) for number in numbers)}
    directory.plant(Record(id=group.id, kind="group", properties=group.properties, members=members))


def _group(name: str) -> Document:
    return {
        "id": group_id(name),
        "displayName": name,
        "description": f"{name} of the contact centre",
        "mailNickname": name.replace(" ", "-").lower(),
        "mailEnabled": False,
        "securityEnabled": True,
        "groupTypes": [],
        "createdDateTime": zulu(HIRED_AT),
    }
