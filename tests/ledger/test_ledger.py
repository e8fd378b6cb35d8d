"""What the ledger promises, on every store, written by one worker and read by another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import Stale, Unreadable
from shared.model import Change, Link, Times, Verdict
from shared.ports import Ledger
from shared.runtime import ledger_keys as keys
from shared.runtime.ledger_open import open_ledger
from shared.runtime.rows import Row, key, pack
from tests.ledger.conftest import Pair
from tests.ledger.examples import ACCOUNT, OTHER_ACCOUNT, a_parked, an_intent, an_outcome, identity

# The pair stays open over all examples; each example brings identities of its own.
few = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def test_it_is_the_port(pair: Pair) -> None:
    ledger: Ledger = pair.here

    assert await ledger.links([]) == {}


async def test_links_are_found_in_both_directions(pair: Pair) -> None:
    ada, bob, nobody = identity(), identity(), identity()
    links = {
        ada: Link(identity_id=ada, account_id=ACCOUNT, fingerprint="f", pilot=False),
        bob: Link(identity_id=bob, account_id=None),
    }
    for link in links.values():
        await pair.here.put_link(link)

    assert await pair.there.links([ada, nobody, bob, ada]) == links
    assert await pair.there.identity_of(ACCOUNT) == ada
    assert await pair.there.identity_of(OTHER_ACCOUNT) is None


async def test_an_account_that_a_link_leaves_forgets_the_identity(pair: Pair) -> None:
    ada = identity()
    await pair.here.put_link(Link(identity_id=ada, account_id=ACCOUNT))

    await pair.there.put_link(Link(identity_id=ada, account_id=OTHER_ACCOUNT))

    assert await pair.here.identity_of(ACCOUNT) is None
    assert await pair.here.identity_of(OTHER_ACCOUNT) == ada


async def test_an_account_that_another_identity_took_stays_theirs(pair: Pair) -> None:
    ada, bob = identity(), identity()
    await pair.here.put_link(Link(identity_id=ada, account_id=ACCOUNT))
    await pair.there.put_link(Link(identity_id=bob, account_id=ACCOUNT))

    await pair.here.put_link(Link(identity_id=ada, account_id=None))

    assert await pair.there.identity_of(ACCOUNT) == bob


async def test_marks_count_from_zero_for_each_identity(pair: Pair) -> None:
    ada, bob = identity(), identity()

    assert await pair.here.mark(ada) == 0
    assert [await pair.here.raise_mark(ada), await pair.there.raise_mark(ada)] == [1, 2]
    assert [await pair.there.mark(ada), await pair.there.mark(bob)] == [2, 0]


@few
@given(turns=st.lists(st.booleans(), min_size=2, max_size=12))
async def test_raised_at_once_marks_are_distinct_and_without_gaps(pair: Pair, turns: list[bool]) -> None:
    ada = identity()

    numbers = await asyncio.gather(*((pair.here if turn else pair.there).raise_mark(ada) for turn in turns))

    assert sorted(numbers) == list(range(1, len(turns) + 1))
    assert await pair.here.mark(ada) == len(turns)


async def test_intents_are_open_until_the_outcome_of_their_trace_and_stage(pair: Pair) -> None:
    ada = identity()
    later = an_intent(ada, trace="a", stage="rest", at=2.0)
    for intent in (later, an_intent(ada, trace="b", at=1.0), an_intent(ada, trace="a", at=3.0)):
        await pair.here.open_intent(intent)

    assert [intent.opened_at for intent in await pair.there.open_intents(ada)] == [1.0, 2.0, 3.0]

    await pair.there.record(an_outcome(ada, trace="a", stage="first"))
    await pair.there.record(an_outcome(ada, trace="b", stage="first"))

    assert await pair.here.open_intents(ada) == (later,)
    assert await pair.here.open_intents(identity()) == ()


async def test_noting_an_intent_again_replaces_it(pair: Pair) -> None:
    ada = identity()
    await pair.here.open_intent(an_intent(ada, at=1.0))
    await pair.there.open_intent(an_intent(ada, at=2.0))

    assert await pair.here.open_intents(ada) == (an_intent(ada, at=2.0),)


async def test_history_is_complete_and_newest_first(pair: Pair) -> None:
    ada = identity()
    outcomes = [an_outcome(ada, trace=f"t{number}", at=1_800_000_000.0 + number) for number in range(4)]
    for outcome in (outcomes[2], outcomes[0], outcomes[3], outcomes[1]):
        await pair.here.record(outcome)

    assert await pair.there.history(ada) == tuple(reversed(outcomes))
    assert await pair.there.history(ada, limit=2) == (outcomes[3], outcomes[2])
    assert await pair.there.history(identity()) == ()


async def test_an_outcome_with_thousands_of_changes_is_kept_whole(pair: Pair) -> None:
    ada = identity()
    changes = tuple(Change(path=f"members[{n}]", before=None, after="ü", reason="due") for n in range(3_000))
    outcome = replace(an_outcome(ada), changes=changes)

    await pair.here.record(outcome)

    assert await pair.there.history(ada) == (outcome,)


async def test_an_outcome_without_any_time_is_put_where_it_was_written(pair: Pair) -> None:
    ada = identity()
    untimed = replace(an_outcome(ada, trace="now"), times=Times())
    await pair.here.record(untimed)
    await pair.here.record(an_outcome(ada, trace="long ago", at=1.0))

    assert [outcome.trace for outcome in await pair.there.history(ada)] == ["now", "long ago"]


@few
@given(
    turns=st.lists(
        st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from(["first", "rest"]), st.integers(0, 1)),
        min_size=1,
        max_size=10,
    )
)
async def test_an_outcome_recorded_again_by_anybody_is_one_outcome(pair: Pair, turns) -> None:
    ada = identity()
    before = len(await _audit(pair))

    for number, (here, trace, stage, attempt) in enumerate(turns):
        ledger = pair.here if here else pair.there
        await ledger.open_intent(an_intent(ada, trace=trace, stage=stage))
        await ledger.record(an_outcome(ada, trace=trace, stage=stage, attempt=attempt, at=1_800_000_000.0 + number))

    works = [(outcome.trace, outcome.stage, outcome.attempt) for outcome in await pair.there.history(ada)]
    assert works == list(dict.fromkeys(turn[1:] for turn in turns))[::-1]
    assert len(await _audit(pair)) - before == len(works)
    assert await pair.there.open_intents(ada) == ()


async def test_the_summary_stands_in_for_an_audit_record_that_was_moved_away(pair: Pair) -> None:
    ada = identity()
    await pair.here.record(an_outcome(ada))
    for row in await _audit(pair):
        await pair.here.rows.delete(row.partition, row.row)

    assert await pair.there.history(ada) == (replace(an_outcome(ada), steps=(), changes=()),)


async def test_a_redelivery_that_ended_otherwise_is_recorded_too(pair: Pair) -> None:
    ada = identity()
    revoked = an_outcome(ada, at=1_800_000_005.0)
    failed = replace(an_outcome(ada), verdict=Verdict.FAILED, steps=(), changes=())

    for outcome in (failed, failed, revoked, failed, revoked):
        await pair.here.record(outcome)

    assert await pair.there.history(ada) == (revoked, failed)


async def test_parked_messages_are_kept_newest_first_until_they_are_taken_out(pair: Pair) -> None:
    first, second, third = (
        a_parked("changes/7#1", at=1.0, body='{"a":"\\"🙂"}'),
        a_parked("b", at=2.5, body="x" * 262_144),
        a_parked("c", at=2.75),
    )
    for parked in (second, first, third, first):
        await pair.here.park(parked)

    assert await pair.there.parked() == (third, second, first)
    assert await pair.there.parked(limit=1) == (third,)

    await pair.there.unpark("b")
    await pair.there.unpark("b")

    assert await pair.here.parked() == (third, first)


async def test_parking_a_message_again_keeps_it_once(pair: Pair) -> None:
    again = a_parked("b", at=2.0)
    for parked in (a_parked("b", at=1.0), a_parked("c", at=1.5), again):
        await pair.here.park(parked)

    assert await pair.there.parked() == (again, a_parked("c", at=1.5))


@pytest.mark.parametrize("count", [0, 1, 1000, 1001])
async def test_the_newest_of_many_parked_messages_comes_first(count: int) -> None:
    ledger = open_ledger("sqlite::memory:")
    for number in range(count):
        await ledger.park(a_parked(f"{number:04}", at=float(number)))

    newest = [parked.key for parked in await ledger.parked(limit=2)]
    assert newest == [f"{number:04}" for number in range(count - 1, max(count - 3, -1), -1)]
    await ledger.close()


async def test_a_named_value_is_written_under_its_condition(pair: Pair) -> None:
    await pair.here.put_state("sweep/users", "1", etag="")
    with pytest.raises(Stale):
        await pair.there.put_state("sweep/users", "2", etag="")

    first = await pair.there.state("sweep/users")
    assert first is not None
    assert first.value == "1"
    await pair.there.put_state("sweep/users", "3", etag=first.etag)
    with pytest.raises(Stale):
        await pair.here.put_state("sweep/users", "4", etag=first.etag)

    await pair.here.put_state("sweep/users", "5")
    last = await pair.there.state("sweep/users")
    assert last is not None
    assert last.value == "5"
    assert await pair.here.state("sweep") is None


@few
@given(name=st.text(min_size=1, max_size=20), value=st.text(max_size=50))
async def test_any_name_and_any_text_can_be_kept(pair: Pair, name: str, value: str) -> None:
    await pair.here.put_state(name, value)

    row = await pair.there.state(name)
    assert row is not None
    assert row.value == value


async def test_an_epoch_begins_once_whoever_begins_it(pair: Pair) -> None:
    assert await pair.here.epoch() is None

    begun = await asyncio.gather(*(ledger.init() for ledger in (pair.here, pair.there) * 3))

    assert len(set(begun)) == 1
    assert await pair.there.epoch() == begun[0]


async def test_an_epoch_of_another_format_is_unreadable_not_missing(pair: Pair) -> None:
    await pair.here.rows.upsert("epoch", "epoch", {"v": "2", "body": "x"})

    with pytest.raises(Unreadable):
        await pair.there.epoch()
    with pytest.raises(Unreadable):
        await pair.there.init()


async def test_fields_that_a_newer_version_added_are_ignored(pair: Pair) -> None:
    ada = identity()
    text = f'{{"identity_id":"{ada}","account_id":null,"colour":"blue"}}'
    await pair.here.rows.upsert(*keys.link(ada), pack(text))

    assert await pair.there.links([ada]) == {ada: Link(identity_id=ada, account_id=None)}


unreadable = pytest.mark.parametrize(
    "values", [pack(""), pack("{"), pack("{}"), pack('{"identity_id":1}'), {"v": "2", "body": "1"}], ids=str
)


@unreadable
async def test_a_document_that_does_not_fit_is_unreadable(pair: Pair, values: dict[str, str]) -> None:
    ada = identity()
    for at in (keys.mark(ada), keys.intent(ada, "t", "first"), (keys.person(ada), "1"), ("parked", "1")):
        await pair.here.rows.upsert(*at, values)

    for operation in (pair.there.mark, pair.there.raise_mark, pair.there.open_intents, pair.there.history):
        with pytest.raises(Unreadable):
            await operation(ada)
    with pytest.raises(Unreadable):
        await pair.there.parked()


@unreadable
async def test_a_link_that_cannot_be_read_is_found_and_written_again(pair: Pair, values: dict[str, str]) -> None:
    ada, bob = identity(), identity()
    links = {one: Link(identity_id=one, account_id=ACCOUNT) for one in (ada, bob)}
    await pair.here.put_link(links[bob])
    await pair.here.rows.upsert(*keys.link(ada), values)

    assert await pair.there.links([ada, bob]) == {bob: links[bob]}

    await pair.there.put_link(links[ada])
    assert await pair.here.links([ada, bob]) == links


async def _audit(pair: Pair) -> list[Row]:
    """All audit rows that the two have written, even when midnight passed in between."""
    today = datetime.now(UTC).date()
    days = [day.isoformat() for day in (today, today - timedelta(days=1))]
    partitions = [key("audit", day, writer) for day in days for writer in {pair.here.writer, pair.there.writer}]
    return [row for partition in partitions for row in await pair.here.rows.query(partition)]
