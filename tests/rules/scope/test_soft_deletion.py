"""Every combination of facts against the four cases that Microsoft documents."""

from __future__ import annotations

from itertools import product

import pytest

from shared.rules.scope.evaluation import Judgement, Scope
from shared.rules.scope.soft_deletion import Due, Facts, Switches, rule

ALL = list(
    product(
        (True, False, None),  # account enabled
        (False, True),  # soft-deleted
        (True, False, None),  # assigned
        tuple(Scope),
        (False, True),  # SyncAll
        (False, True),  # SkipOutOfScopeDeletions
    )
)


def ruling(enabled, deleted, assigned, scope, sync_all, skip, *, deactivates=True):
    facts = Facts(
        account_enabled=enabled, soft_deleted=deleted, assigned=assigned,
        judgement=Judgement(scope=scope, why=f"The filter says {scope}."),
    )  # fmt: skip
    return rule(facts, Switches(sync_all=sync_all, skip_out_of_scope_deletions=skip, deactivates=deactivates))


@pytest.mark.parametrize(("enabled", "deleted", "assigned", "scope", "sync_all", "skip"), ALL)
def test_every_combination(enabled, deleted, assigned, scope, sync_all, skip):
    ruled = ruling(enabled, deleted, assigned, scope, sync_all, skip)

    leaver = enabled is False or deleted
    outside = (not sync_all and assigned is False) or scope is Scope.OUT
    entitled = enabled is True and not deleted and (sync_all or assigned is True) and scope is Scope.IN
    if scope is Scope.IGNORED:
        expected = Due.LEAVE
    elif leaver:
        expected = Due.INACTIVE
    elif outside:
        expected = Due.LEAVE if skip else Due.INACTIVE
    elif entitled:
        expected = Due.ACTIVE
    else:
        expected = Due.LEAVE
    assert ruled.due is expected
    assert ruled.may_create is entitled
    assert ruled.why.endswith(".")
    assert (ruled.is_soft_deleted is True) == (leaver or outside)
    if entitled:
        assert ruled.is_soft_deleted is False


@pytest.mark.parametrize(("enabled", "deleted", "assigned", "scope", "sync_all", "skip"), ALL)
def test_without_a_mapping_that_deactivates_nobody_is_deactivated(enabled, deleted, assigned, scope, sync_all, skip):
    with_it = ruling(enabled, deleted, assigned, scope, sync_all, skip)
    without = ruling(enabled, deleted, assigned, scope, sync_all, skip, deactivates=False)

    assert without.due is (Due.LEAVE if with_it.due is Due.INACTIVE else with_it.due)
    assert without.may_create is with_it.may_create
    assert without.is_soft_deleted is with_it.is_soft_deleted


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((False, False, True, Scope.IN, False, False), "The person is disabled in Entra."),
        ((True, True, True, Scope.IN, False, False), "The person is deleted in Entra."),
        (
            (True, False, False, Scope.IN, False, False),
            "The person is assigned neither directly nor as a direct member of an assigned group.",
        ),
        ((True, False, True, Scope.OUT, False, False), "The filter says out."),
        (
            (True, False, True, Scope.OUT, False, True),
            "The filter says out. SkipOutOfScopeDeletions leaves such accounts as they are.",
        ),
        ((True, False, None, Scope.IN, False, False), "It is not known whether the person is assigned."),
        ((None, False, True, Scope.IN, False, False), "Entra did not say whether the person is enabled."),
        ((True, False, True, Scope.UNDETERMINED, False, False), "The filter says undetermined."),
        (
            (True, False, None, Scope.IN, True, False),
            "The person is enabled, everybody is synchronized, and the filter has them in scope.",
        ),
    ],
)
def test_the_reason_is_one_of_the_four_cases(facts, why):
    assert ruling(*facts).why == why
