"""Who works here when the simulator starts? The people of Contoso, as a provisioning run would have left them.

Numbers decide everything, so the Entra simulator can hold the same people without asking: name, title, department,
employee number, telephone numbers, manager (every tenth leads the nine before) and groups.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from infra.local.genesys.directory import Account, DirectoryGroup, Named, Names
from infra.local.genesys.org import Org
from infra.local.simulation.clock import Clock

ENTRA_IDS = UUID("6f1d3a52-0b1e-4c55-9a77-4f6f7f3f8e01")
GENESYS_IDS = UUID("0b7a2f5e-8a77-4a5e-8c39-5a2d4ab1a1b2")
FIRST = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Ken", "Radia", "Tim"]
LAST = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Hamilton", "Thompson", "Perlman", "Lee"]
DEPARTMENTS = ["Support", "Sales", "Billing"]
SPAN = 10
PILOTS = 5

ROLES = ["employee", "Agent", "Supervisor", "Quality Evaluator", "SCIM Integration"]
DIVISIONS = ["Home", "EMEA", "Americas"]
SKILLS = ["Billing", "Billing Disputes", "Sales", "Support", "Retention", "Tier1", "Tier2", "Tier3"]
LANGUAGES = ["English", "French", "German", "Spanish"]
QUEUES = ["Support", "Sales", "Billing", "Escalations"]
PRESENCES = ["Available", "Away", "Break", "Busy", "Meal", "Meeting", "Offline", "On Queue", "Training"]
PROVISIONED = frozenset({"CC Agents", "CC Supervisors"})
GROUP_ROLES = {
    "CC Agents": ["Agent"],
    "CC Supervisors": ["Supervisor"],
    "CC Pilot": [],
    "CC Quality": ["Quality Evaluator"],
    "CC Billing": [],
    "CC Sales": [],
}


def genesys_id(kind: str, name: object) -> str:
    """The id of a seeded thing, for example `genesys_id("user", 1)` or `genesys_id("group", "CC Agents")`."""
    return str(uuid5(GENESYS_IDS, f"genesys-{kind}-{name}"))


def names(kind: str, wanted: list[str]) -> Names:
    return Names([Named(id=genesys_id(kind, name), name=name) for name in wanted])


def populate(clock: Clock, switches: Mapping[str, Any], *, agents: int, seed: int) -> Org:
    """An organisation with `agents` active accounts; `seed` decides who works which queues.

    Everyone is in "CC Agents", every tenth also in "CC Supervisors", the first five in "CC Pilot".
    """
    org = Org(
        clock,
        switches,
        roles=names("role", ROLES),
        divisions=names("division", DIVISIONS),
        skills=names("skill", SKILLS),
        languages=names("language", LANGUAGES),
        queues=names("queue", QUEUES),
        presences=names("presence", PRESENCES),
        home_division=genesys_id("division", "Home"),
    )
    started = clock.now()
    for name, roles in GROUP_ROLES.items():
        grants = {(org.roles.by_name[role].id, org.home_division): None for role in roles}
        group = DirectoryGroup(id=genesys_id("group", name), name=name, modified=started, grants=grants)
        if name in PROVISIONED:
            group.external_id = str(uuid5(ENTRA_IDS, f"entra-group-{name}"))
        org.groups[group.id] = group
    employee = {(org.roles.by_name["employee"].id, org.home_division): None}
    work = _queue_sets(org, random.Random(seed))
    for n in range(1, agents + 1):
        account = _account(org, n, agents)
        account.grants = employee
        account.queues = work[n % len(work)]
        for name in _groups_of(n):
            org.groups[genesys_id("group", name)].members[account.id] = None
        org.add(account)
    return org


def _account(org: Org, n: int, agents: int) -> Account:
    started = org.clock.now()
    return Account(
        id=genesys_id("user", n),
        user_name=f"agent{n:05d}@contoso.example",
        display_name=f"{FIRST[n % len(FIRST)]} {LAST[(n // len(FIRST)) % len(LAST)]}",
        title="Supervisor" if n % SPAN == 0 else "Agent",
        department=DEPARTMENTS[n % len(DEPARTMENTS)],
        employee_number=str(10_000 + n),
        emails={"work": f"agent{n:05d}@contoso.example"},
        phones={"work": f"+1206{5_550_000 + n}", "mobile": f"+1425{5_550_000 + n}"},
        manager_id=_manager_of(n, agents),
        division_id=org.home_division,
        scim_external_ids={"org": str(uuid5(ENTRA_IDS, f"entra-user-{n}"))},
        group_ids={genesys_id("group", name): None for name in _groups_of(n)},
        presence_id=org.presences.by_name["Offline"].id,
        modified=started,
        state_changed=started,
        routing_since=started,
    )


def _manager_of(n: int, agents: int) -> str:
    """Every tenth leads the nine before, the first of them leads the others; nobody leads who is not there."""
    chief = -(-n // SPAN) * SPAN
    manager = SPAN if chief == n else chief
    return "" if manager == n or manager > agents else genesys_id("user", manager)


def _groups_of(n: int) -> list[str]:
    supervises, pilots = n % SPAN == 0, n <= PILOTS
    return ["CC Agents"] + ["CC Supervisors"] * supervises + ["CC Pilot"] * pilots


def _queue_sets(org: Org, chance: random.Random) -> list[dict[str, bool]]:
    """Seven ways to be a queue member: one to three queues, joined or not."""
    ids = list(org.queues.by_id)
    return [{queue: chance.random() < 0.8 for queue in chance.sample(ids, k=1 + way % 3)} for way in range(7)]
