"""The nouns of the house: what was read, what is due, what was done. All frozen; none knows I/O."""

from __future__ import annotations

from shared.model.letters import Lifecycle, Look, Order, Ring, Stage
from shared.model.readings import Account, Identity, Link, Role, SessionCheck
from shared.model.records import Intent, Outcome, Parked, Times, Verdict
from shared.model.steps import Change, Plan, Step, StepName, StepResult
from shared.model.values import Cause, Claim, Instant, Mode, Presence, Standing, Urgency, Value

__all__ = [
    "Instant",
    "Value",
    "Mode",
    "Urgency",
    "Cause",
    "Claim",
    "Presence",
    "Standing",
    "Role",
    "Identity",
    "Account",
    "SessionCheck",
    "Link",
    "Change",
    "Plan",
    "StepName",
    "StepResult",
    "Step",
    "Ring",
    "Look",
    "Lifecycle",
    "Stage",
    "Order",
    "Verdict",
    "Times",
    "Intent",
    "Outcome",
    "Parked",
]
