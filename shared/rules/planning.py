"""What has to be written so that this account says what Entra says? Pure and total: nothing is left to decide later."""

from __future__ import annotations

from shared.model import Account, Change, Identity, Plan
from shared.rules.mapping import BUILT_IN, AttributeMapping, desired_attributes


def plan(identity: Identity, account: Account, mappings: tuple[AttributeMapping, ...] = BUILT_IN) -> Plan:
    """The changes that bring the account's attributes to what the reading demands; empty when there are none.

    `active` is never part of it: deactivation is the revocation's work, and reactivation needs evidence that one
    reading is not (design §5).
    """
    due = desired_attributes(identity, mappings)
    changes = tuple(
        Change(path=path, before=account.attributes.get(path), after=value, reason=f"Entra's {mapping.source} differs")
        for path, (value, mapping) in due.items()
        if account.attributes.get(path) != value
    )
    return Plan(identity_id=identity.id, account_id=account.id, version=account.version, changes=changes)
