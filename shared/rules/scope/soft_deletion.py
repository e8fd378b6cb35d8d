"""May this person have an active account? `IsSoftDeleted` as Entra computes it (entra-mapping.md §10.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.rules.scope.evaluation import Judgement, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What the tenant decided; the first two are not in the schema but in the job's secrets (§1.2).

    Attributes:
        sync_all: everybody is synchronized, assigned or not.
        skip_out_of_scope_deletions: who goes out of scope is left as they are.
        deactivates: whether the mapping reads `IsSoftDeleted` and may update; without it nobody is ever disabled.
    """

    sync_all: bool = False
    skip_out_of_scope_deletions: bool = False
    deactivates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read about one person.

    Attributes:
        account_enabled: None: the reading did not say.
        assigned: to the application, directly or as a direct member of an assigned group; None: not read.
        judgement: what the scoping filter makes of the person.
    """

    account_enabled: bool | None
    soft_deleted: bool
    assigned: bool | None
    judgement: Judgement


class Due(StrEnum):
    """What is due for the account."""

    ACTIVE = "active"  # to be created where there is none
    INACTIVE = "inactive"  # never to be created
    LEAVE = "leave"  # nothing is written, nothing is created


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is due, and why in one sentence.

    Attributes:
        is_soft_deleted: the value that mappings read as `[IsSoftDeleted]`; None: it cannot be told.
    """

    due: Due
    is_soft_deleted: bool | None
    why: str

    @property
    def may_create(self) -> bool:
        """Whether an account may be made where there is none: only for who is certainly not soft-deleted."""
        return self.due is Due.ACTIVE


def rule(facts: Facts, switches: Switches) -> Ruling:
    """The first row that fits decides.

    | facts | IsSoftDeleted | due |
    |---|---|---|
    | the filter ignores the person | as computed | leave |
    | soft-deleted, or disabled | True | inactive |
    | not assigned though they must be, or out of the filter | True | inactive; leave with SkipOutOfScopeDeletions |
    | anything of these cannot be told | unknown | leave |
    | enabled, assigned or everybody is, in the filter | False | active |

    Where nothing of the mapping deactivates, *inactive* becomes *leave*.
    """
    gone = _gone(facts)
    outside = _outside(facts, switches)
    if gone or outside:
        computed: bool | None = True
    else:
        computed = None if gone is None or outside is None else False
    if facts.judgement.scope is Scope.IGNORED:
        return Ruling(due=Due.LEAVE, is_soft_deleted=computed, why=facts.judgement.why)
    if gone:
        why = "The person is deleted in Entra." if facts.soft_deleted else "The person is disabled in Entra."
        return _inactive(why, switches)
    if outside:
        if switches.skip_out_of_scope_deletions:
            why = f"{_outside_why(facts, switches)} SkipOutOfScopeDeletions leaves such accounts as they are."
            return Ruling(due=Due.LEAVE, is_soft_deleted=True, why=why)
        return _inactive(_outside_why(facts, switches), switches)
    if computed is None:
        return Ruling(due=Due.LEAVE, is_soft_deleted=None, why=_unknown_why(facts, switches))
    because = "everybody is synchronized" if switches.sync_all else "they are assigned"
    return Ruling(
        due=Due.ACTIVE,
        is_soft_deleted=False,
        why=f"The person is enabled, {because}, and the filter has them in scope.",
    )


def _gone(facts: Facts) -> bool | None:
    if facts.soft_deleted or facts.account_enabled is False:
        return True
    return None if facts.account_enabled is None else False


def _outside(facts: Facts, switches: Switches) -> bool | None:
    assigned = True if switches.sync_all else facts.assigned
    if assigned is False or facts.judgement.scope is Scope.OUT:
        return True
    return None if assigned is None or facts.judgement.scope is Scope.UNDETERMINED else False


def _outside_why(facts: Facts, switches: Switches) -> str:
    if not switches.sync_all and facts.assigned is False:
        return "The person is assigned neither directly nor as a direct member of an assigned group."
    return facts.judgement.why


def _unknown_why(facts: Facts, switches: Switches) -> str:
    if facts.account_enabled is None:
        return "Entra did not say whether the person is enabled."
    if not switches.sync_all and facts.assigned is None:
        return "It is not known whether the person is assigned."
    return facts.judgement.why


def _inactive(why: str, switches: Switches) -> Ruling:
    if switches.deactivates:
        return Ruling(due=Due.INACTIVE, is_soft_deleted=True, why=why)
    return Ruling(
        due=Due.LEAVE, is_soft_deleted=True, why=f"{why} The mapping has nothing that would deactivate the account."
    )
