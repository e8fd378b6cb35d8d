"""How does one provisioning cycle run? People first, references second, groups last.

Source: entra-docs app-provisioning/how-provisioning-works, use-scim-to-provision-users-and-groups,
skip-out-of-scope-deletions.
"""

from __future__ import annotations

from typing import Any

import httpx

from tests.conformance.entra_cycle.accounts import Accounts
from tests.conformance.entra_cycle.expressions import Source, attributes_of
from tests.conformance.entra_cycle.flow import Abandoned, changed, disables, evaluated, initial
from tests.conformance.entra_cycle.people import Group, Person, World, read_world
from tests.conformance.entra_cycle.report import CycleReport, Dialect
from tests.conformance.entra_cycle.schema import Mapping, ObjectMapping, read_schema
from tests.conformance.entra_cycle.scope import in_scope
from tests.conformance.entra_cycle.targets import CORE_USER

Links = dict[str, str]


async def run_cycle(
    graph: httpx.AsyncClient,
    genesys: httpx.AsyncClient,
    schema: dict[str, Any],
    *,
    dialect: Dialect,
    links: Links | None = None,
) -> CycleReport:
    """One cycle over everybody.

    Args:
        graph: authorised to read, its base URL ends with `/v1.0`.
        genesys: authorised to write, its base URL is the API's.
        schema: the provisioning schema as a document.
        dialect: how a PATCH is worded.
        links: object id to account id, what earlier cycles learned; brought up to date. None stands for a job that
            has known everybody from the start: accounts of people outside the scope are found by matching, too.

    Raises:
        UnsupportedError, ValueError: the schema uses what this evaluator does not know.
        httpx.HTTPStatusError: a read was refused; refused writes are in the report.
    """
    mappings = read_schema(schema)
    names = {"objectId", "userPrincipalName"}
    for mapping in mappings:
        if mapping.source == "User":
            names |= {clause.attribute for group in mapping.scope for clause in group}
            names.update(*(attributes_of(one.expression) for one in mapping.mappings if one.expression))
    report = CycleReport()
    world = await read_world(graph, names)
    cycle = _Cycle(world, Accounts(genesys, dialect, report), report, links)
    for mapping in mappings:
        if mapping.source == "User":
            await cycle.users(mapping)
    for mapping in mappings:
        if mapping.source == "Group":
            await cycle.groups(mapping)
    return report


class _Cycle:
    def __init__(self, world: World, accounts: Accounts, report: CycleReport, links: Links | None) -> None:
        self._world = world
        self._accounts = accounts
        self._report = report
        self._knows_everybody = links is None
        self._links: Links = {} if links is None else links
        self._within: set[str] = set()

    async def users(self, mapping: ObjectMapping) -> None:
        people = self._world.people
        self._within = {one.id for one in people.values() if not one.deleted and self._in(mapping, one)}
        documents: dict[str, dict[str, Any]] = {}
        # Who is within goes first, so that nobody outside is matched with their accounts.
        for person in sorted(people.values(), key=lambda one: (one.id not in self._within, one.id)):
            document = await self._person(mapping, person)
            if document is not None:
                documents[person.id] = document
        for object_id, document in documents.items():
            if object_id in self._within:
                await self._references(mapping, people[object_id], document)
        for object_id in [one for one in self._links if one not in people]:
            account = self._links.pop(object_id)
            if "Delete" in mapping.flows:
                await self._accounts.delete(account)

    def _in(self, mapping: ObjectMapping, person: Person) -> bool:
        return (self._world.sync_all or person.assigned) and in_scope(mapping.scope, person.source)

    async def _person(self, mapping: ObjectMapping, person: Person) -> dict[str, Any] | None:
        """Create, update or disable one account; gives the account that the person has now."""
        within = person.id in self._within
        gone = person.deleted or not within or not person.enabled
        source = {**person.source, "IsSoftDeleted": str(gone)}
        try:
            if not within and not self._knows_everybody and person.id not in self._links:
                return None
            document = await self._account(mapping, person, source)
            if document is None:
                return None if gone or "Add" not in mapping.flows else await self._create(mapping, person, source)
            if not within and not person.deleted and self._world.skips:
                return document
            due = [one for one in mapping.mappings if one.type != "Reference" and (within or disables(one))]
            changes = [changed(one, source, document, self._report.errors) for one in due]
        except Abandoned:
            return None
        if "Update" in mapping.flows:
            await self._accounts.change("users", document["id"], [one for one in changes if one is not None])
        return document

    async def _account(self, mapping: ObjectMapping, person: Person, source: Source) -> dict[str, Any] | None:
        """By the link, or else by the first matching attribute that finds one.

        Raises:
            Abandoned: several accounts match, or there is no matching value at all.
        """
        if person.id in self._links:
            document = await self._accounts.read(self._links[person.id])
            if document is not None:
                return document
            del self._links[person.id]
        found = await self._matched("users", mapping, source)
        if found is None or found["id"] in self._links.values():
            return None
        self._links[person.id] = found["id"]
        return found

    async def _matched(self, kind: str, mapping: ObjectMapping, source: Source) -> dict[str, Any] | None:
        asked = False
        for one in sorted((one for one in mapping.mappings if one.matching > 0), key=lambda one: one.matching):
            value = evaluated(one, source, self._report.errors)
            if not isinstance(value, str):
                continue
            asked = True
            found = await self._accounts.find(kind, one.target.name, value)
            if len(found) > 1:
                self._report.errors.append(f"{source['objectId']} matches {len(found)} accounts by {one.target.name}")
                raise Abandoned
            if found:
                return found[0]
        if not asked:
            self._report.errors.append(f"{source['objectId']} has no matching value")
            raise Abandoned
        return None

    async def _create(self, mapping: ObjectMapping, person: Person, source: Source) -> dict[str, Any] | None:
        body: dict[str, Any] = {"schemas": [CORE_USER], "meta": {"resourceType": "User"}}
        for one in mapping.mappings:
            value = None if one.type == "Reference" else initial(one, source, self._report.errors)
            if value is not None:
                one.target.put(body, value)
                if one.target.urn and one.target.urn not in body["schemas"]:
                    body["schemas"].append(one.target.urn)
        document = await self._accounts.create(body)
        if document is not None:
            self._links[person.id] = document["id"]
        return document

    async def _references(self, mapping: ObjectMapping, person: Person, document: dict[str, Any]) -> None:
        """A reference is written once the account it points at is known; someone outside the scope is not."""
        for one in mapping.mappings:
            if one.type != "Reference":
                continue
            referenced = evaluated(one, person.source, self._report.errors)
            account = self._links.get(str(referenced)) if referenced in self._within else None
            change = changed(_constant(one, account), person.source, document, self._report.errors) if account else None
            if change is not None and "Update" in mapping.flows:
                await self._accounts.change("users", document["id"], [change])

    async def groups(self, mapping: ObjectMapping) -> None:
        for group in self._world.groups:
            if (self._world.sync_all or group.assigned) and in_scope(mapping.scope, group.source):
                await self._group(mapping, group)

    async def _group(self, mapping: ObjectMapping, group: Group) -> None:
        try:
            found = await self._matched("groups", mapping, group.source)
        except Abandoned:
            return
        if found is None or "Update" not in mapping.flows:
            if found is None and "Add" in mapping.flows:
                self._report.errors.append(f"the group {group.id} would be created, which Genesys does not offer")
            return
        plain = [one for one in mapping.mappings if one.type != "Reference"]
        changes = [changed(one, group.source, found, self._report.errors) for one in plain]
        await self._accounts.change("groups", found["id"], [one for one in changes if one is not None])
        if len(plain) < len(mapping.mappings):
            await self._members(group, found["id"])

    async def _members(self, group: Group, there: str) -> None:
        """Accounts of people that the job does not know are left alone, and so are those of disabled people."""
        held = await self._accounts.members(there)
        enabled = {one for one in self._within if self._world.people[one].enabled}
        due = {self._links[one] for one in group.members & enabled if one in self._links}
        known = {self._links[one] for one in enabled - group.members if one in self._links}
        await self._accounts.change_members(there, sorted(due - held), sorted(held & known))


def _constant(mapping: Mapping, account: str) -> Mapping:
    """The mapping with the id of the referenced account in place of that of the object."""
    return Mapping(
        target=mapping.target,
        expression=f'"{account}"',
        default=None,
        flow=mapping.flow,
        matching=0,
        case_exact=True,
    )
