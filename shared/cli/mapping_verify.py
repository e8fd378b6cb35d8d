"""Does Entra's own engine give what we give? `mapping verify --against-entra`: each expression, and each open point."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TextIO

from shared.cli.mapping_person import read_identity, source_object
from shared.cli.mapping_reading import read_mapping
from shared.cli.mapping_samples import EMPTY, FILLED
from shared.cli.mapping_story import written
from shared.entra.expression_engine import EngineAnswer, ExpressionEngine
from shared.errors import MappingRefused, Refused
from shared.rules.expressions import Expression, Result, Skip, SourceValue, evaluate, parse
from shared.rules.expressions.open_points import OPEN_POINTS
from shared.rules.expressions.trees import same
from shared.rules.mapping import ROLES, Effective, ruling_of
from shared.rules.schema.flow import value_of

if TYPE_CHECKING:
    from shared.wiring import App

AT_A_TIME = 4


class Engine(Protocol):
    async def ask(self, expression: str, source: Mapping[str, SourceValue]) -> EngineAnswer:
        """As `ExpressionEngine.ask`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One expression with one source object.

    Attributes:
        about: the target attribute, or what the documentation leaves open.
        values: whose values these are, in a few words.
        expression: None: we refuse its text, and `refusal` says why.
    """

    about: str
    text: str
    source: Mapping[str, SourceValue]
    values: str
    expression: Expression | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one question; `differs` is empty where both agree."""

    question: Question
    differs: tuple[str, ...]


async def run(app: App, out: TextIO, *, user: str = "") -> int:
    """Print the differences; 1 when there are any.

    Raises:
        Misconfigured: the provisioning file can't be used.
        Refused: there is no job whose engine could be asked.
        SyncError: Graph did not answer, or a permission is missing.
    """
    reading = await read_mapping(app)
    if reading.tenant is None:
        reasons = " ".join((*reading.faults, *reading.notes))
        raise Refused(f"Entra's engine belongs to a provisioning job, and there is none to ask: {reasons}", "no_job")
    engine = ExpressionEngine(app.graph, reading.file.service_principal, reading.tenant.job_id)
    person = await _person(app, reading.effective, user) if user else None
    asked, left_out = questions(reading.effective, person)
    return await report(engine, asked, left_out, out, now=datetime.fromtimestamp(app.now(), UTC))


async def report(
    engine: Engine, asked: tuple[Question, ...], left_out: tuple[str, ...], out: TextIO, *, now: datetime
) -> int:
    """Ask everything, print what differs, and count."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def one(question: Question) -> Verdict:
        async with places:
            answer = await engine.ask(question.text, question.source)
        return Verdict(question=question, differs=differences(question, answer, now=now))

    found = [verdict for verdict in await asyncio.gather(*map(one, asked)) if verdict.differs]
    for verdict in found:
        out.write(f"{verdict.question.about}, with {verdict.question.values}:\n  {verdict.question.text}\n")
        out.write("".join(f"  {line}\n" for line in verdict.differs) + "\n")
    for sentence in left_out:
        out.write(f"{sentence}\n")
    answers = "answer" if len(found) == 1 else "answers"
    out.write(f"{len(asked)} questions were asked, and {len(found)} {answers} of Entra's engine differ from ours.\n")
    return int(bool(found))


def questions(
    effective: Effective, person: Mapping[str, SourceValue] | None
) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """What to ask, and sentences about what can't be asked.

    Args:
        person: a source object; None: two made-up ones, with everything and with nothing.
    """
    asked, left_out = [], []
    for row in effective.rows:
        if row.expression is None:
            continue
        if ROLES in row.expression.attributes:
            left_out.append(f"{row.path} was not asked: Entra's engine gives nothing for app roles there.")
            continue
        objects = (("made-up values", FILLED), ("no values", EMPTY)) if person is None else (("their values", person),)
        for values, whole in objects:
            source = {name: whole.get(name) for name in sorted(row.expression.attributes)}
            asked.append(
                Question(
                    about=row.path, text=row.expression.text, source=source, values=values, expression=row.expression
                )
            )
    asked += [_open(point.expression, point.source, point.why) for point in OPEN_POINTS]
    return tuple(asked), tuple(left_out)


def differences(question: Question, answer: EngineAnswer, *, now: datetime) -> tuple[str, ...]:
    """Where the two answers part, in sentences; the values are those of the question's source object."""
    ours, refusal = _ours(question, now)
    found = []
    if answer.parsed is not None and question.expression is not None:
        part = same(question.expression, answer.parsed)
        if part is not None:
            found.append(f"Entra reads it otherwise: {part.sentence}")
    hidden = question.expression is not None and question.expression.redacted
    if answer.result is None:
        if not refusal:
            found.append(f"Entra gives no value ({answer.error}); we give {'[Redact]' if hidden else written(ours)}.")
    elif refusal:
        found.append(f"Entra gives {'[Redact]' if hidden else written(answer.result)}; we refuse: {refusal}")
    elif _texts(ours) != _content(answer.result):
        theirs, mine = ("[Redact]", "[Redact]") if hidden else (written(answer.result), written(ours))
        found.append(f"Entra gives {theirs}; we give {mine}.")
    return tuple(found)


def _ours(question: Question, now: datetime) -> tuple[Result | Skip, str]:
    if question.expression is None:
        return None, question.refusal
    try:
        return evaluate(question.expression, question.source, now=now), ""
    except MappingRefused as error:
        return None, str(error)


def _open(text: str, source: Mapping[str, SourceValue], why: str) -> Question:
    try:
        expression, refusal = parse(text), ""
    except MappingRefused as error:
        expression, refusal = None, str(error)
    return Question(
        about=f"Open point ({why.rstrip('.')})", text=text, source=source, values="made-up values",
        expression=expression, refusal=refusal,
    )  # fmt: skip


def _texts(result: Result | Skip) -> tuple[str, ...]:
    value = None if isinstance(result, Skip) else value_of(result)
    return _content(() if value is None else (value,) if isinstance(value, str) else value)


def _content(texts: tuple[str, ...]) -> tuple[str, ...]:
    """An empty text writes as little as null, so that the two are no difference."""
    return () if texts == ("",) else texts


async def _person(app: App, effective: Effective, user: str) -> Mapping[str, SourceValue]:
    identity = await read_identity(app, effective, user)
    if effective.users is None:
        raise Refused("Nobody can be evaluated: no mapping of users can be used.", "users")
    manager = identity.attributes.get("manager")
    return source_object(
        effective, identity, ruling_of(effective, identity), manager if isinstance(manager, str) else None
    )
