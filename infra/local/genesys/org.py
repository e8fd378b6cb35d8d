"""What is true in the organisation now, and how does a change become true? Accounts and groups with their versions.

Every write ends in `commit` or in one of the state changes of the fact sheet's machine:

    active --active:false--> inactive --active:true--> active
    any    --delete-->       deleted  --restore-->     active (home division, no direct roles, no groups)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from infra.local.genesys.directory import NOTHING, Account, DirectoryGroup, Names
from infra.local.genesys.index import Index
from infra.local.simulation.clock import Clock


class Org:
    """All state of the directory. `switches` is the simulator's live switch table."""

    def __init__(
        self,
        clock: Clock,
        switches: Mapping[str, Any],
        *,
        roles: Names,
        divisions: Names,
        skills: Names,
        languages: Names,
        queues: Names,
        presences: Names,
        home_division: str,
    ) -> None:
        self.clock = clock
        self.switches = switches
        self.roles = roles
        self.divisions = divisions
        self.skills = skills
        self.languages = languages
        self.queues = queues
        self.presences = presences
        self.home_division = home_division
        self.accounts: dict[str, Account] = {}
        self.groups: dict[str, DirectoryGroup] = {}
        self.index = Index(clock, switches)
        self._ids_by_user_name: dict[str, str] = {}

    def add(self, account: Account) -> None:
        """Put a new account in; its `user_name` must be free."""
        self.accounts[account.id] = account
        self._ids_by_user_name[account.user_name.casefold()] = account.id
        self.index.refresh(account)

    def named(self, user_name: str) -> Account | None:
        """The account with this main e-mail address in any state, whatever its case."""
        identifier = self._ids_by_user_name.get(user_name.casefold())
        return self.accounts[identifier] if identifier is not None else None

    def present(self, identifier: str) -> Account | None:
        """The account with this id unless it is deleted."""
        account = self.accounts.get(identifier)
        return None if account is None or account.deleted else account

    def commit(self, account: Account, changes: Mapping[str, Any], *, bump_unchanged: bool = False) -> bool:
        """Make `changes` (field → new value) true as one new version; False when nothing differs.

        `active` goes through the state machine: on deactivation the direct roles may go.
        """
        different = {name: value for name, value in changes.items() if getattr(account, name) != value}
        if not different and not bump_unchanged:
            return False
        if "user_name" in different:
            del self._ids_by_user_name[account.user_name.casefold()]
            self._ids_by_user_name[different["user_name"].casefold()] = account.id
        for name, value in different.items():
            setattr(account, name, value)
        if "active" in different or "deleted" in different:
            account.state_changed = self.clock.now()
            if not account.active and self.switches["inactive_drops_direct_roles"]:
                account.grants = NOTHING
        account.version += 1
        account.modified = self.clock.now()
        self.index.refresh(account)
        return True

    def delete(self, account: Account) -> None:
        """Soft delete: permissions and memberships go, a custom division becomes Home, the data stays."""
        for group_id in account.group_ids:
            self.change_members(self.groups[group_id], without=[account.id])
        self.commit(account, {"deleted": True, "active": False, "division_id": self.home_division, "grants": NOTHING})

    def restore(self, account: Account, *, active: bool) -> None:
        """Bring a deleted account back: same id, home division, no direct roles, no groups, no station."""
        self.commit(account, {"deleted": False, "active": active, "grants": NOTHING, "station_id": ""})

    def change_members(
        self, group: DirectoryGroup, *, new: Iterable[str] = (), without: Iterable[str] = ()
    ) -> tuple[int, int]:
        """Add and remove members by account id; how many were really added and removed. One new version if any."""
        added = removed = 0
        for identifier in without:
            if identifier in group.members:
                del group.members[identifier]
                account = self.accounts[identifier]
                account.group_ids = {other: None for other in account.group_ids if other != group.id}
                removed += 1
        for identifier in new:
            if identifier not in group.members:
                group.members[identifier] = None
                account = self.accounts[identifier]
                account.group_ids = {**account.group_ids, group.id: None}
                added += 1
        if added or removed:
            self.touch(group)
        return added, removed

    def touch(self, group: DirectoryGroup) -> None:
        """A new version of the group."""
        group.version += 1
        group.modified = self.clock.now()

    def role_names(self, account: Account) -> dict[str, None]:
        """Direct roles by name, each once, in order of their grants."""
        return {self.roles.name_of(role_id): None for role_id, _ in account.grants}

    def inherited_grants(self, account: Account) -> list[tuple[str, str, str]]:
        """(group id, role id, division id) of what the account's groups give it."""
        return [
            (group_id, role_id, division_id)
            for group_id in account.group_ids
            for role_id, division_id in self.groups[group_id].grants
        ]

    def grants_for(self, account: Account, names: Iterable[str]) -> dict[tuple[str, str], None]:
        """The grants that give exactly these role names: divisions granted before stay, new roles go to Home."""
        wanted = {self.roles.by_name[name].id: None for name in names}
        kept = {grant: None for grant in account.grants if grant[0] in wanted}
        held = {role_id for role_id, _ in kept}
        return kept | {(role_id, self.home_division): None for role_id in wanted if role_id not in held}
