"""What has to be written so that this account says what Entra says? Pure and total: nothing is left to decide later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.model import Account, Change, Identity, Plan
from shared.rules.attributes.difference import Difference, Flow, diff
from shared.rules.attributes.table import attribute_or_text
from shared.rules.attributes.values import digest, same
from shared.rules.mapping import Wanted

REDACTED = "[Redact]"


def plan(identity: Identity, account: Account, wanted: Wanted, *, written: Mapping[str, str]) -> Plan:
    """The changes that bring the account's attributes to what is due; empty when there are none.

    `active` is never part of it: deactivation is the revocation's work, and reactivation needs evidence that one
    reading is not (design §5).

    Args:
        written: path to digest of the values that are known to have been written for this identity: only those may
            be cleared.
    """
    difference = diff(wanted.desired, account, owned=written)
    return Plan(
        identity_id=identity.id,
        account_id=account.id,
        version=account.version,
        changes=difference.changes,
        notes=_notes(wanted, difference),
    )


def shown(changes: tuple[Change, ...], redacted: frozenset[str]) -> tuple[Change, ...]:
    """The changes as they may be kept: values of redacted paths are replaced by the word."""
    return tuple(
        replace(change, before=change.before and REDACTED, after=change.after and REDACTED)
        if change.path in redacted
        else change
        for change in changes
    )


def written_after(
    account: Account, wanted: Wanted, done: Plan, refused: tuple[str, ...], before: Mapping[str, str]
) -> Mapping[str, str]:
    """What is known to have been written, once the plan is carried out.

    A value that the account has already, and that is due, counts as written too: by Entra's own job, or by us before.

    Args:
        done: without changes when nothing was written.
        refused: paths of the plan that did not take.
    """
    known = dict(before)
    changed = {change.path: change.after for change in done.changes if change.path not in refused}
    for due in wanted.desired:
        current = account.attributes.get(due.path)
        if due.path in changed and changed[due.path] is None:
            known.pop(due.path, None)
        elif due.flow is Flow.ADD_VALUES or due.value is None:
            continue  # of a list that only grows, nobody knows which part is ours
        elif due.path in changed:
            known[due.path] = digest(due.path, changed[due.path])
        elif same(attribute_or_text(due.path), due.value, current, case_exact=due.case_exact):
            known[due.path] = digest(due.path, current)
    return known


def _notes(wanted: Wanted, difference: Difference) -> tuple[str, ...]:
    """Sentences for people: what could not be evaluated, what does not fit, what would be cleared. No values."""
    failed = [f"{path} is left as it is: {sentence}" for path, sentence in wanted.failed.items()]
    cleared = [
        f"{change.path} would be cleared: Entra has no value, but nothing is known to have written this one"
        for change in difference.would_clear
    ]
    return (*failed, *difference.unfit, *cleared)
