"""How is one person's mapping told? For a terminal, and as JSON."""

from __future__ import annotations

import json

from shared.cli.mapping_person import Person, Trace
from shared.cli.mapping_rows import short
from shared.model import Role, Value
from shared.rules.expressions import Result, Skip
from shared.rules.expressions.explaining import Step

NOTHING = "nothing"


def as_text(person: Person) -> str:
    """What is due and why, each expression step by step, and what would change."""
    ruling = person.ruling
    soft_deleted = "cannot be told" if ruling.is_soft_deleted is None else f"is {ruling.is_soft_deleted}"
    lines = [
        f"Identity {person.identity.id}: IsSoftDeleted {soft_deleted}, due is {ruling.due.value}. {ruling.why}",
        "",
    ]
    for trace in person.traces:
        lines += _trace(trace)
    account = "no account" if person.account is None else f"account {person.account.id}"
    lines += ["", f"In Genesys ({account}), what would change:"]
    changes = [f"{short(one.path)}: {written(one.before)} becomes {written(one.after)}" for one in person.changes]
    told = [*([person.effect] if person.effect else []), *changes, *person.notes]
    lines += [f"  {one}" for one in told or ["Nothing would change."]]
    return "\n".join(lines) + "\n"


def person_document(person: Person) -> dict[str, object]:
    """For machines."""
    return {
        "identity": person.identity.id,
        "is_soft_deleted": person.ruling.is_soft_deleted,
        "due": person.ruling.due.value,
        "why": person.ruling.why,
        "rows": [
            {
                "target": trace.path,
                "value": trace.value,
                "refused": trace.refusal,
                "skipped": trace.skipped,
                "steps": [_step_document(step) for step in trace.steps],
            }
            for trace in person.traces
        ],
        "account": None if person.account is None else person.account.id,
        "effect": person.effect,
        "changes": [{"target": one.path, "before": one.before, "after": one.after} for one in person.changes],
        "notes": list(person.notes),
    }


def written(value: Value | Result | Skip) -> str:
    """A value in one line."""
    if value is None or value == ():
        return NOTHING
    if isinstance(value, Skip):
        return "left out of the flow"
    texts = [value] if isinstance(value, str) else [_role(one) if isinstance(one, Role) else one for one in value]
    return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)


def _trace(trace: Trace) -> list[str]:
    if len(trace.steps) == 1:
        return [f"{short(trace.path)}: {trace.steps[0].text} is {_outcome(trace.steps[0])}"]
    lines = [f"{short(trace.path)}:"]
    return lines + [f"  {'  ' * step.depth}{step.text} is {_outcome(step)}" for step in trace.steps]


def _outcome(step: Step) -> str:
    return f"refused: {step.refusal}" if step.refusal else written(step.value)


def _step_document(step: Step) -> dict[str, object]:
    value = step.value
    if isinstance(value, tuple):
        shown: object = [_role(one) if isinstance(one, Role) else one for one in value]
    else:
        shown = None if isinstance(value, Skip) else value
    return {"expression": step.text, "value": shown, "refused": step.refusal}


def _role(role: Role) -> str:
    return role.value or role.display_name
