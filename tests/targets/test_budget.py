"""Calls wait for their share of Genesys' allowance, the most urgent first, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Throttled
from shared.model import Urgency
from shared.runtime.allowance import SHARES, Allowance, Reading
from shared.runtime.budget import PROBE_EVERY_S, Budget
from tests.targets.virtual import now, play


def headers(count: int, allowed: int = 300, reset: float = 60) -> dict[str, str]:
    return {
        "inin-ratelimit-count": str(count),
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-reset": str(reset),
    }


async def spend(budget: Budget, urgency: Urgency, answer: dict[str, str] | None = None, takes: float = 0.0) -> None:
    async with budget.call(urgency) as call:
        if takes:
            await asyncio.sleep(takes)
        budget.observe(answer or {}, call)


async def settle() -> None:
    """Let every task that can run do so; no time passes."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("urgency", "last_that_may"),
    [
        (Urgency.REVOCATION, 299),
        (Urgency.SESSIONS, 299),
        (Urgency.PERSON, 284),
        (Urgency.ROUTINE, 239),
        (Urgency.BACKGROUND, 179),
    ],
)
def test_each_urgency_may_use_its_share_of_the_allowance(urgency, last_that_may):
    async def journey():
        for count, waits in ((last_that_may, False), (last_that_may + 1, True)):
            budget = Budget(background_wait_s=70.0, now=now)
            await spend(budget, Urgency.REVOCATION, headers(count))
            began = now()
            await spend(budget, urgency, headers(1))
            assert (now() > began) is waits

    play(journey())


def test_calls_in_flight_count_as_spent():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(238))
        async with budget.call(Urgency.ROUTINE), budget.call(Urgency.ROUTINE):
            third = asyncio.create_task(spend(budget, Urgency.ROUTINE, headers(1)))
            await settle()
            assert not third.done()
            assert budget.allowance.spent == 240
        await third

    play(journey())


def test_a_call_without_rate_headers_stays_spent():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(10))
        await spend(budget, Urgency.ROUTINE)
        assert budget.allowance.spent == 11

    play(journey())


def test_waiting_ends_with_the_window():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(300, reset=30))
        began = now()
        await spend(budget, Urgency.ROUTINE, headers(1))
        assert 30 <= now() - began <= 31

    play(journey())


def test_the_most_urgent_goes_first_whoever_came_first():
    async def journey():
        budget = Budget(in_flight=1, extra_for_revocation=0, background_wait_s=70.0, now=now)
        order: list[Urgency] = []

        async def one(urgency: Urgency) -> None:
            async with budget.call(urgency) as call:
                order.append(urgency)
                budget.observe(headers(200, reset=9), call)

        async with budget.call(Urgency.ROUTINE) as running:
            tasks = []
            for urgency in reversed(Urgency):
                tasks.append(asyncio.create_task(one(urgency)))
                await settle()
            budget.observe(headers(170), running)
        await asyncio.gather(*tasks)
        assert order == list(Urgency)

    play(journey())


@pytest.mark.parametrize(
    ("count", "first"), [(10, Urgency.SESSIONS), (149, Urgency.SESSIONS), (151, Urgency.REVOCATION)]
)
def test_token_kills_stand_behind_revocations_once_the_budget_is_under_half(count, first):
    async def journey():
        budget = Budget(in_flight=1, extra_for_revocation=0, now=now)
        order: list[Urgency] = []

        async def one(urgency: Urgency) -> None:
            async with budget.call(urgency):
                order.append(urgency)

        await spend(budget, Urgency.ROUTINE, headers(count - 1))
        async with budget.call(Urgency.REVOCATION) as running:
            tasks = [asyncio.create_task(one(Urgency.SESSIONS))]
            await settle()
            tasks.append(asyncio.create_task(one(Urgency.REVOCATION)))
            await settle()
            budget.observe(headers(count), running)
        await asyncio.gather(*tasks)
        assert order[0] is first

    play(journey())


def test_at_most_eight_are_in_flight_and_a_revocation_has_two_slots_more():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(1))
        release = asyncio.Event()
        started: list[Urgency] = []

        async def one(urgency: Urgency) -> None:
            async with budget.call(urgency):
                started.append(urgency)
                await release.wait()

        tasks = [asyncio.create_task(one(Urgency.ROUTINE)) for _ in range(12)]
        await settle()
        assert started == [Urgency.ROUTINE] * 8
        tasks += [asyncio.create_task(one(Urgency.REVOCATION)) for _ in range(4)]
        await settle()
        assert started[8:] == [Urgency.REVOCATION] * 2
        release.set()
        await asyncio.gather(*tasks)

    play(journey())


def test_before_the_first_answer_only_two_calls_are_risked():
    async def journey():
        budget = Budget(now=now)
        release = asyncio.Event()
        started = 0

        async def one() -> None:
            nonlocal started
            async with budget.call(Urgency.ROUTINE) as call:
                started += 1
                await release.wait()
                budget.observe({}, call)

        tasks = [asyncio.create_task(one()) for _ in range(6)]
        await settle()
        assert started == 2
        release.set()
        await asyncio.gather(*tasks)
        assert started == 6

    play(journey())


def test_a_429_closes_the_gate_for_everybody_until_it_says():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(5))
        budget.throttled(38.0)
        began = now()
        await asyncio.gather(*(spend(budget, urgency, headers(9)) for urgency in (Urgency.SESSIONS, Urgency.ROUTINE)))
        assert now() - began >= 38.0

    play(journey())


def test_a_revocation_probes_a_closed_gate_and_the_next_follows_when_it_works():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(5))
        budget.throttled(60.0)
        began = now()
        await spend(budget, Urgency.REVOCATION, headers(6))
        assert now() - began == pytest.approx(PROBE_EVERY_S)
        for count in range(7, 20):
            await spend(budget, Urgency.REVOCATION, headers(count))
        assert now() - began == pytest.approx(PROBE_EVERY_S)
        await spend(budget, Urgency.ROUTINE, headers(20))
        assert now() - began >= 60.0

    play(journey())


def test_probes_that_are_refused_are_few():
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(5))
        budget.throttled(60.0)
        closed_at, probes = now(), 0

        async def probe() -> None:
            nonlocal probes
            async with budget.call(Urgency.REVOCATION) as call:
                probes += now() < closed_at + 60
                budget.observe(headers(300), call)
                budget.throttled(closed_at + 60 - now())

        await asyncio.gather(*(probe() for _ in range(10)))
        assert probes <= 60 / PROBE_EVERY_S

    play(journey())


@pytest.mark.parametrize("announced", [86_400.0, 1e12, math.inf])
def test_a_429_closes_the_gate_for_one_window_at_most(announced):
    async def journey():
        budget = Budget(now=now)
        await spend(budget, Urgency.ROUTINE, headers(5))
        budget.throttled(announced)
        began = now()
        await spend(budget, Urgency.ROUTINE)
        assert now() - began == pytest.approx(60.0)

    play(journey())


def test_a_wait_known_to_be_too_long_is_refused_at_once():
    async def journey():
        budget = Budget(max_wait_s=30.0, now=now)
        await spend(budget, Urgency.ROUTINE, headers(5))
        budget.throttled(45.0)
        began = now()
        with pytest.raises(Throttled) as refusal:
            await spend(budget, Urgency.ROUTINE)
        assert refusal.value.retry_after == pytest.approx(45.0)
        assert now() == began

    play(journey())


def test_a_wait_that_turns_out_too_long_is_ended_at_the_limit():
    async def journey():
        budget = Budget(in_flight=1, max_wait_s=70.0, now=now)
        began = now()
        async with budget.call(Urgency.ROUTINE):
            with pytest.raises(Throttled):
                await spend(budget, Urgency.ROUTINE)
            with pytest.raises(Throttled):
                await spend(budget, Urgency.PERSON)
        assert now() - began == pytest.approx(140.0)
        await spend(budget, Urgency.ROUTINE)

    play(journey())


def test_a_background_call_gives_its_place_back_soon():
    """Hundreds of follow-ups that wait would hold every place of the host, and first revocations would stand behind."""

    async def journey():
        budget = Budget(in_flight=1, now=now)
        began = now()
        async with budget.call(Urgency.ROUTINE):
            with pytest.raises(Throttled):
                await spend(budget, Urgency.BACKGROUND)
        assert now() - began == pytest.approx(1.0)

    play(journey())


def test_a_cancelled_waiter_gives_its_place_to_the_next():
    async def journey():
        budget = Budget(in_flight=1, now=now)
        async with budget.call(Urgency.ROUTINE):
            tasks = [asyncio.create_task(spend(budget, Urgency.ROUTINE)) for _ in range(3)]
            await settle()
            tasks[0].cancel()
        tasks[1].cancel()  # admitted by now, but not running yet
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in results] == [True, True, False]
        assert budget.allowance.in_flight == 0

    play(journey())


def test_a_late_answer_about_the_window_before_changes_nothing():
    allowance = Allowance()
    allowance.start(0.0)
    allowance.start(0.0)
    allowance.observe(Reading(count=299, allowed=300, reset_s=2), started=0.0, now=0.1)
    allowance.finish(observed=True, now=0.1)
    allowance.roll(10.0)
    allowance.start(10.0)
    allowance.observe(Reading(count=1, allowed=300, reset_s=60), started=10.0, now=10.1)
    allowance.observe(Reading(count=300, allowed=300, reset_s=1), started=0.0, now=10.2)
    assert allowance.spent == 3 - 1 + 1  # one counted, two in flight
    assert allowance.ends_at == pytest.approx(71.1)


def test_a_slow_answer_is_not_taken_for_a_new_window():
    allowance = Allowance()
    allowance.observe(Reading(count=200, allowed=300, reset_s=30), started=0.0, now=0.1)
    allowance.observe(Reading(count=150, allowed=300, reset_s=31), started=-1.0, now=9.0)
    assert allowance.spent == 200


@pytest.mark.parametrize(
    "broken",
    [
        {},
        headers(1) | {"inin-ratelimit-count": "many"},
        headers(1, allowed=0),
        headers(-1),
        {"inin-ratelimit-count": "7"},
    ],
)
def test_headers_that_say_nothing_are_skipped(broken):
    assert Reading.parse(broken) is None


@dataclass
class Server:
    """Genesys' windows: each opens with its first request; `rounding` writes the seconds that are left."""

    allowed: int
    rounding: Callable[[float], float]
    length: float = 60.0
    opened: float = -math.inf
    spent: int = 0
    refused: int = 0
    on_their_way: int = 0
    over_share: list[tuple[Urgency, int]] = field(default_factory=list)

    def depart(self, urgency: Urgency) -> None:
        """A call starts: what is counted in the window that is open now, and what is under way, must leave room."""
        spent = self.on_their_way + (self.spent if now() < self.opened + self.length else 0)
        if spent >= max(1, int(self.allowed * SHARES[urgency])):
            self.over_share.append((urgency, spent))
        self.on_their_way += 1

    def count(self) -> tuple[dict[str, str], bool]:
        """A call arrives."""
        self.on_their_way -= 1
        if now() >= self.opened + self.length:
            self.opened, self.spent = now(), 0
        refused = self.spent >= self.allowed
        self.refused += refused
        self.spent += not refused
        left = self.opened + self.length - now()
        return headers(self.spent, self.allowed, self.rounding(left)), refused


moments = st.sampled_from([0.0, 1.0, 30.0, 58.5, 59.5, 60.0, 61.0]) | st.floats(0, 90)
delays = st.sampled_from([0.01, 0.01, 0.3, 4.0]) | st.floats(0.001, 4.0)
calls = st.lists(
    st.tuples(
        st.sampled_from(list(Urgency)),
        moments,  # arrives
        delays,  # on the way there
        delays,  # on the way back
        st.sampled_from([True, True, True, False]),  # the answer arrives
    ),
    min_size=1,
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(mix=calls, allowed=st.integers(5, 40), rounding=st.sampled_from([math.floor, math.ceil, round]))
def test_no_window_gets_more_calls_than_the_shares_permit_and_nobody_waits_for_ever(mix, allowed, rounding):
    """The server learns the calls in any order and answers in any order; the first window's size is a guess."""
    server = Server(allowed=allowed, rounding=rounding)
    ended = {"done": 0, "too long": 0}

    async def one(budget, urgency, arrives, there, back, answered):
        await asyncio.sleep(arrives)
        try:
            async with budget.call(urgency) as call:
                server.depart(urgency)
                await asyncio.sleep(there)
                answer, refused = server.count()
                await asyncio.sleep(back)
                if answered:
                    budget.observe(answer, call)
                if refused:
                    budget.throttled(float(answer["inin-ratelimit-reset"]) + 1)
        except Throttled:
            ended["too long"] += 1
        else:
            ended["done"] += 1

    async def journey():
        budget = Budget(in_flight=4, extra_for_revocation=1, now=now)
        await one(budget, Urgency.ROUTINE, 0, 0.01, 0.01, True)  # from here on the allowance is known
        await asyncio.gather(*(one(budget, *each) for each in mix))
        assert budget.allowance.in_flight == 0

    play(journey())
    assert sum(ended.values()) == len(mix) + 1
    assert server.refused == 0
    assert server.over_share == []
