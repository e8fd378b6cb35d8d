"""Which accounts does a filter, list or search find? The search index, which may lag behind the accounts themselves.

Reads by id never go through here. With the switch `index_delay_s` above 0, a change is found only that much later,
as with Genesys' own search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.genesys.directory import Account
from infra.local.simulation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What the index knew of an account when it was last refreshed."""

    id: str
    user_name: str
    display_name: str
    state: str
    title: str
    department: str
    division_id: str
    manager_id: str
    employee_number: str
    emails: Mapping[str, str]
    external_ids: Mapping[str, str]
    scim_external_ids: Mapping[str, str]


def indexed(account: Account) -> Indexed:
    return Indexed(
        id=account.id,
        user_name=account.user_name,
        display_name=account.display_name,
        state=account.state,
        title=account.title,
        department=account.department,
        division_id=account.division_id,
        manager_id=account.manager_id,
        employee_number=account.employee_number,
        emails=account.emails,
        external_ids=account.external_ids,
        scim_external_ids=account.scim_external_ids,
    )


class Index:
    """Entries in order of creation, with look-ups by e-mail address and externalId."""

    def __init__(self, clock: Clock, switches: Mapping[str, Any]) -> None:
        self._clock = clock
        self._switches = switches
        self._entries: dict[str, Indexed] = {}
        self._by_email: dict[str, dict[str, None]] = {}
        self._by_external_id: dict[str, dict[str, None]] = {}
        self._by_state: dict[str, list[Indexed]] = {}

    def refresh(self, account: Account) -> None:
        """Take the account's present values over, now or after `index_delay_s`."""
        delay = float(self._switches["index_delay_s"])
        entry = indexed(account)
        if delay > 0:
            self._clock.call_later(delay, lambda: self._store(entry))
        else:
            self._store(entry)

    def _store(self, entry: Indexed) -> None:
        before = self._entries.get(entry.id)
        if before is not None:
            for keys, table in ((_emails(before), self._by_email), (_external(before), self._by_external_id)):
                for key in keys:
                    table[key].pop(entry.id, None)
        self._entries[entry.id] = entry
        for key in _emails(entry):
            self._by_email.setdefault(key, {})[entry.id] = None
        for key in _external(entry):
            self._by_external_id.setdefault(key, {})[entry.id] = None
        self._by_state.clear()

    def get(self, identifier: str) -> Indexed | None:
        return self._entries.get(identifier)

    def by_email(self, address: str) -> list[Indexed]:
        """Main or work address, whatever its case."""
        return [self._entries[found] for found in self._by_email.get(address.casefold(), ())]

    def by_external_id(self, value: str) -> list[Indexed]:
        return [self._entries[found] for found in self._by_external_id.get(value, ())]

    def in_state(self, state: str) -> list[Indexed]:
        if state not in self._by_state:
            self._by_state[state] = self.where(lambda entry: entry.state == state)
        return self._by_state[state]

    def where(self, test: Callable[[Indexed], bool]) -> list[Indexed]:
        return [entry for entry in self._entries.values() if test(entry)]


def _emails(entry: Indexed) -> Iterable[str]:
    yield entry.user_name.casefold()
    for address in entry.emails.values():
        yield address.casefold()


def _external(entry: Indexed) -> Iterable[str]:
    yield from entry.scim_external_ids.values()
