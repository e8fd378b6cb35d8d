"""The watch over real subscriptions: whatever has happened, one run later there is one live each, and it is ours."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from infra.local.entra.population import agent_id
from shared.entra.client import GraphClient
from shared.entra.subscriptions import GraphSubscriptions
from shared.errors import Unreachable
from shared.ports import Ledger
from shared.runtime.ledger import RowLedger
from shared.runtime.ledger_open import open_ledger
from shared.watch import watch
from shared.watching import Done, GraphSubscription, Memory, WatchConfig, WatchReport
from tests.entra.conftest import Entra, Webhook

DAY = 86_400.0
STATE = "a-client-state-of-the-tests"
PATH = "/v1.0/subscriptions"


@dataclass
class Watching:
    """The watch as one instance of the app runs it."""

    entra: Entra
    subscriptions: GraphSubscriptions
    ledger: RowLedger
    config: WatchConfig

    async def run(
        self, *, lifecycle: Sequence[tuple[str, str]] = (), ledger: Ledger | None = None, **changes: Any
    ) -> WatchReport:
        return await watch(
            self.subscriptions,
            ledger or self.ledger,
            config=replace(self.config, **changes),
            now=self.entra.tenant.clock.now,
            lifecycle=lifecycle,
        )

    def live(self) -> dict[str, list[str]]:
        """Ids of what lives in Graph, by resource."""
        found: dict[str, list[str]] = {"users": [], "groups": []}
        for one in self.entra.tenant.subscriptions.live():
            found[one.resource].append(one.id)
        return found

    def ours(self, url: str) -> dict[str, list[str]]:
        """Ids of what lives in Graph and posts to `url`, by resource."""
        live = [one for one in self.entra.tenant.subscriptions.live() if one.notification_url == url]
        return {name: [one.id for one in live if one.resource == name] for name in ("users", "groups")}

    def is_exactly_one_each(self, report: WatchReport) -> bool:
        return self.live() == {one.resource: [one.subscription_id] for one in report.resources}

    def requests(self, method: str) -> int:
        return self.methods().count(method)

    def methods(self) -> list[str]:
        """Of all requests about subscriptions, in their order."""
        entries: list[dict[str, Any]] = self.entra.tenant.control.journal.since(0)
        return [entry["method"] for entry in entries if entry["path"].startswith(PATH)]


@pytest.fixture
async def watching(entra: Entra, graph: GraphClient, webhook: Webhook, tmp_path: Path) -> AsyncIterator[Watching]:
    ledger = open_ledger(f"sqlite:{tmp_path / 'ledger.db'}")
    config = WatchConfig(notification_url=webhook.url, client_state=STATE, minutes=2 * 24 * 60)
    try:
        yield Watching(entra, GraphSubscriptions(graph), ledger, config)
    finally:
        await ledger.close()


def done(report: WatchReport) -> list[Done]:
    return [one.done for one in report.resources]


async def test_pages_of_subscriptions_that_lead_in_a_circle_are_unreachable(entra: Entra, graph: GraphClient):
    page = {"value": [], "@odata.nextLink": f"{entra.graph_url}/subscriptions?$skiptoken=again"}
    entra.fault(method="GET", path=f"{PATH}$", status=200, body=page, times=None)

    async with asyncio.timeout(10):
        with pytest.raises(Unreachable):
            await GraphSubscriptions(graph).list()


async def test_the_first_run_subscribes_to_users_and_groups(watching: Watching, webhook: Webhook):
    report = await watching.run()

    assert done(report) == [Done.CREATED, Done.CREATED]
    assert report.is_watching
    assert watching.is_exactly_one_each(report)
    for one in watching.entra.tenant.subscriptions.live():
        assert (one.change_type, one.notification_url, one.lifecycle_url) == (
            "updated,deleted",
            webhook.url,
            webhook.url,
        )
        assert one.expires_at == pytest.approx(watching.entra.tenant.clock.now() + 2 * DAY, abs=60)


async def test_graph_then_posts_what_changes(watching: Watching, webhook: Webhook):
    await watching.run()
    await watching.entra.write("PATCH", f"/users/{agent_id(1)}", {"accountEnabled": False})

    async with asyncio.timeout(10):
        while not webhook.received:
            await asyncio.sleep(0.01)

    assert webhook.received[0].rings == (("user", agent_id(1), None),)
    assert webhook.received[0].dropped == {}


async def test_a_second_run_changes_nothing(watching: Watching):
    first = await watching.run()
    watching.entra.forget()

    second = await watching.run()

    assert done(second) == [Done.KEPT, Done.KEPT]
    assert [one.expires_at for one in second.resources] == [one.expires_at for one in first.resources]
    assert [watching.requests(method) for method in ("POST", "PATCH", "DELETE")] == [0, 0, 0]


async def test_at_half_life_it_is_renewed(watching: Watching):
    first = await watching.run()
    watching.entra.tenant.clock.advance(DAY + 60)

    second = await watching.run()

    assert done(second) == [Done.RENEWED, Done.RENEWED]
    assert [one.subscription_id for one in second.resources] == [one.subscription_id for one in first.resources]
    assert all(
        one.expires_at == pytest.approx(watching.entra.tenant.clock.now() + 2 * DAY, abs=60) for one in second.resources
    )
    assert done(await watching.run()) == [Done.KEPT, Done.KEPT]


@pytest.mark.parametrize("shown", [False, True])
async def test_what_has_expired_is_created_anew_even_when_graph_still_lists_it(watching: Watching, shown: bool):
    await watching.run()
    watching.entra.tenant.control.switches["list_shows_expired"] = shown
    watching.entra.tenant.clock.advance(3 * DAY)

    report = await watching.run()

    assert done(report) == [Done.CREATED, Done.CREATED]
    assert watching.is_exactly_one_each(report)


async def test_what_graph_shows_after_its_end_is_not_taken_for_alive(watching: Watching, webhook: Webhook):
    users = (await watching.run(resources=("users",))).resources[0].subscription_id or ""
    shown = {
        "id": users, "resource": "users", "changeType": "updated,deleted", "notificationUrl": webhook.url,
        "expirationDateTime": "2001-01-01T00:00:00.0000000Z",
    }  # fmt: skip
    watching.entra.fault(method="GET", path=f"{PATH}/{users}", status=200, body=shown)

    report = await watching.run(resources=("users",))

    assert done(report) == [Done.CREATED]
    assert report.resources[0].subscription_id != users


async def test_what_graph_dropped_without_a_word_is_created_anew(watching: Watching):
    for one in (await watching.run()).resources:
        watching.entra.tenant.subscriptions.remove(one.subscription_id or "")

    report = await watching.run()

    assert done(report) == [Done.CREATED, Done.CREATED]
    assert watching.is_exactly_one_each(report)


async def test_what_ends_between_reading_and_renewing_is_created_anew(watching: Watching):
    await watching.run(resources=("users",))
    watching.entra.tenant.clock.advance(DAY + 60)
    watching.entra.fault(method="PATCH", path=PATH, status=404, body={"error": {"code": "ResourceNotFound"}})

    report = await watching.run(resources=("users",))

    assert done(report) == [Done.CREATED]
    assert report.is_watching


async def test_a_live_one_that_graph_does_not_list_is_found_by_its_id(watching: Watching):
    await watching.run()
    watching.entra.tenant.control.switches["list_hides_newest"] = True

    report = await watching.run()

    assert done(report) == [Done.KEPT, Done.KEPT]
    assert watching.is_exactly_one_each(report)


async def test_duplicates_are_removed_and_those_of_other_urls_are_left_alone(watching: Watching):
    first = await watching.run(resources=("users",))
    for _ in range(3):
        await create(watching, "users", watching.config.notification_url)
    other = await create(watching, "users", f"{watching.config.notification_url}/of-another-app")
    watching.entra.tenant.control.switches["subscriptions_page"] = 2

    report = await watching.run(resources=("users",))

    assert done(report) == [Done.KEPT]
    assert report.resources[0].removed == 3
    assert set(watching.live()["users"]) == {first.resources[0].subscription_id, other}


async def create(watching: Watching, resource: str, url: str, kinds: str = "updated") -> str:
    created = await watching.subscriptions.create(
        resource=resource,
        change_types=kinds.split(","),
        notification_url=url,
        client_state=STATE,
        expires_at=watching.entra.tenant.clock.now() + DAY,
    )
    return created.id


@pytest.mark.parametrize("change", ["client_state", "notification_url"])
async def test_a_new_secret_or_url_moves_it_without_a_gap(watching: Watching, webhook: Webhook, change: str):
    before = await watching.run(resources=("users",))
    watching.entra.forget()
    values = {"client_state": "another-secret-of-ours", "notification_url": f"{webhook.url}/new"}
    changes: dict[str, Any] = {change: values[change]}

    report = await watching.run(resources=("users",), **changes)

    assert done(report) == [Done.MOVED]
    assert report.resources[0].removed == 1
    assert watching.live()["users"] == [report.resources[0].subscription_id]
    assert before.resources[0].subscription_id not in watching.live()["users"]
    assert watching.methods().index("POST") < watching.methods().index("DELETE")
    assert done(await watching.run(resources=("users",), **changes)) == [Done.KEPT]


async def test_where_graph_refuses_a_second_one_the_old_one_goes_first(watching: Watching):
    await watching.run()
    watching.entra.tenant.control.switches["duplicate_subscriptions"] = "refuse"

    report = await watching.run(client_state="another-secret-of-ours")

    assert done(report) == [Done.MOVED, Done.MOVED]
    assert watching.is_exactly_one_each(report)


async def test_a_refused_second_one_that_is_not_ours_is_told(watching: Watching):
    other = await create(
        watching, "users", f"{watching.config.notification_url}/of-another-app", kinds="updated,deleted"
    )
    watching.entra.tenant.control.switches["duplicate_subscriptions"] = "refuse"

    report = await watching.run(resources=("users",))

    assert report.resources[0].problem == "There is a graph subscription on users already."
    assert watching.live()["users"] == [other]


async def test_a_move_that_fails_keeps_the_old_one_alive(watching: Watching, webhook: Webhook):
    before = await watching.run(resources=("users",))
    watching.entra.tenant.clock.advance(DAY + 60)
    webhook.status = 500

    report = await watching.run(resources=("users",), client_state="another-secret-of-ours")

    [users] = report.resources
    assert users.done is Done.FAILED
    assert "ValidationError" in users.problem
    assert users.subscription_id == before.resources[0].subscription_id
    assert users.expires_at == pytest.approx(watching.entra.tenant.clock.now() + 2 * DAY, abs=60)
    webhook.status = 200
    assert done(await watching.run(resources=("users",), client_state="another-secret-of-ours")) == [Done.MOVED]


async def test_after_a_lost_ledger_what_carries_an_unknown_secret_is_replaced(watching: Watching, tmp_path: Path):
    await watching.run()
    ledger = open_ledger(f"sqlite:{tmp_path / 'new.db'}")

    report = await watching.run(ledger=ledger)
    again = await watching.run(ledger=ledger)
    await ledger.close()

    assert done(report) == [Done.MOVED, Done.MOVED]
    assert watching.is_exactly_one_each(report)
    assert done(again) == [Done.KEPT, Done.KEPT]


async def test_one_of_which_graph_tells_that_it_has_our_secret_is_adopted(watching: Watching, tmp_path: Path):
    before = await watching.run()
    watching.entra.tenant.control.switches["list_shows_client_state"] = True
    ledger = open_ledger(f"sqlite:{tmp_path / 'new.db'}")

    report = await watching.run(ledger=ledger)
    watching.entra.tenant.control.switches["list_shows_client_state"] = False
    again = await watching.run(ledger=ledger)
    await ledger.close()

    assert done(report) == [Done.ADOPTED, Done.ADOPTED]
    assert [one.subscription_id for one in report.resources] == [one.subscription_id for one in before.resources]
    assert done(again) == [Done.KEPT, Done.KEPT]


async def test_a_webhook_that_does_not_answer_is_said_and_the_next_run_tries_at_once(
    watching: Watching, webhook: Webhook
):
    webhook.status = 500

    report = await watching.run()

    assert done(report) == [Done.FAILED, Done.FAILED]
    assert not report.is_watching
    assert report.resources[0].problem == "Graph answered POST /v1.0/subscriptions with 400 ValidationError."
    webhook.status = 200
    assert done(await watching.run()) == [Done.CREATED, Done.CREATED]


async def test_one_resources_failure_does_not_stop_the_other(watching: Watching):
    app = watching.entra.tenant.app
    watching.entra.tenant.tokens.grant(app.id, app.roles - {"Group.Read.All"})

    report = await watching.run()

    assert done(report) == [Done.CREATED, Done.FAILED]
    assert "403 ExtensionError" in report.resources[1].problem
    assert not report.is_watching


async def test_a_listing_that_fails_fails_that_resource_only(watching: Watching):
    watching.entra.fault(method="GET", path=PATH, status=503)

    assert done(await watching.run()) == [Done.FAILED, Done.CREATED]


async def test_a_duplicate_that_can_not_be_removed_is_told_and_removed_later(watching: Watching):
    await watching.run(resources=("users",))
    await create(watching, "users", watching.config.notification_url)
    watching.entra.fault(method="DELETE", path=PATH, status=503)

    report = await watching.run(resources=("users",))

    assert done(report) == [Done.KEPT]
    assert report.resources[0].problem.startswith("A superfluous graph subscription is still there")
    assert (await watching.run(resources=("users",))).resources[0].removed == 1


async def test_one_that_could_not_be_removed_from_an_old_url_is_removed_later(watching: Watching, webhook: Webhook):
    await watching.run(resources=("users",))
    watching.entra.fault(method="DELETE", path=PATH, status=503)
    url = f"{webhook.url}/new"

    moved = await watching.run(resources=("users",), notification_url=url)
    assert moved.resources[0].problem
    assert len(watching.live()["users"]) == 2

    report = await watching.run(resources=("users",), notification_url=url)
    assert report.resources[0].removed == 1
    assert watching.live()["users"] == [report.resources[0].subscription_id]


class Stopping(GraphSubscriptions):
    """Another instance's, that stops before it removes anything until it may go on."""

    def __init__(self, client: GraphClient) -> None:
        super().__init__(client)
        self.stopped, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def delete(self, subscription_id: str) -> None:
        self.stopped.set()
        await self.may_go_on.wait()
        await super().delete(subscription_id)


class Overtaken(GraphSubscriptions):
    """Ours, while something happens between the reading of the memory and the first listing."""

    def __init__(self, client: GraphClient, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(client)
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def list(self) -> tuple[GraphSubscription, ...]:
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        return await super().list()


async def test_whoever_acts_on_an_older_memory_removes_nothing_of_a_newer_one(watching: Watching, graph: GraphClient):
    old = (await watching.run(resources=("users",))).resources[0].subscription_id or ""
    stopping = Stopping(graph)
    other = replace(watching, subscriptions=stopping)
    moves: list[asyncio.Task[WatchReport]] = []

    async def other_moves() -> None:
        run = other.run(resources=("users",), lifecycle=[(old, "subscriptionRemoved")])
        moves.append(asyncio.create_task(run))
        await stopping.stopped.wait()
        assert len(watching.live()["users"]) == 2

    overtaken = replace(watching, subscriptions=Overtaken(graph, other_moves))
    report = await overtaken.run(resources=("users",))
    stopping.may_go_on.set()
    moved = await moves[0]

    assert done(moved) == [Done.MOVED]
    assert watching.live()["users"] == [moved.resources[0].subscription_id]
    assert report.resources[0].subscription_id == moved.resources[0].subscription_id


async def test_reauthorization_is_answered_at_once_for_the_one_that_asks(watching: Watching):
    users, groups = (one.subscription_id or "" for one in (await watching.run()).resources)

    report = await watching.run(lifecycle=[(users.upper(), "reauthorizationRequired")])

    assert done(report) == [Done.RENEWED, Done.KEPT]
    assert not report.missed
    assert watching.live() == {"users": [users], "groups": [groups]}


@pytest.mark.parametrize("still_there", [False, True])
async def test_one_that_graph_says_it_removed_is_created_anew(watching: Watching, still_there: bool):
    users = (await watching.run()).resources[0].subscription_id or ""
    if not still_there:
        watching.entra.tenant.subscriptions.remove(users)

    report = await watching.run(lifecycle=[(users, "subscriptionRemoved")])

    assert done(report) == [Done.MOVED if still_there else Done.CREATED, Done.KEPT]
    assert watching.is_exactly_one_each(report)
    assert users not in watching.live()["users"]


async def test_missed_notifications_are_reported(watching: Watching):
    assert (await watching.run(lifecycle=[("5c0a", "missed")])).missed


async def test_two_instances_at_once_create_one_each(watching: Watching, tmp_path: Path):
    other = open_ledger(f"sqlite:{tmp_path / 'ledger.db'}")

    reports = await asyncio.gather(watching.run(), watching.run(ledger=other))
    settled = await watching.run(ledger=other)
    await other.close()

    assert done(settled) == [Done.KEPT, Done.KEPT]
    assert watching.is_exactly_one_each(settled)
    assert all(Done.FAILED not in done(report) for report in reports)
    assert watching.requests("POST") == 2


async def test_two_instances_that_renew_at_once_agree(watching: Watching, tmp_path: Path):
    await watching.run()
    other = open_ledger(f"sqlite:{tmp_path / 'ledger.db'}")
    watching.entra.tenant.clock.advance(DAY + 60)

    reports = await asyncio.gather(watching.run(), watching.run(ledger=other))
    await other.close()

    assert {state for report in reports for state in done(report)} <= {Done.RENEWED, Done.KEPT}
    assert watching.is_exactly_one_each(reports[0])


async def test_a_creation_that_another_instance_claimed_is_left_to_it_until_the_claim_ends(watching: Watching):
    claim = Memory(claimed_by="another", claimed_until=watching.entra.tenant.clock.now() + 60)
    await watching.ledger.put_state("subscription|users", claim.dumps())

    report = await watching.run(resources=("users",))
    assert done(report) == [Done.LEFT_TO_ANOTHER]
    assert watching.requests("POST") == 0

    watching.entra.tenant.clock.advance(61)
    assert done(await watching.run(resources=("users",))) == [Done.CREATED]


async def test_a_creation_that_was_taken_over_meanwhile_is_taken_back(watching: Watching, webhook: Webhook):
    async def take_over() -> None:
        claim = Memory(claimed_by="another", claimed_until=watching.entra.tenant.clock.now() + 60)
        await watching.ledger.put_state("subscription|users", claim.dumps())

    webhook.meanwhile = take_over

    report = await watching.run(resources=("users",))

    assert done(report) == [Done.LEFT_TO_ANOTHER]
    assert watching.live()["users"] == []


async def test_without_a_ledger_each_resource_fails_with_a_sentence(watching: Watching, tmp_path: Path):
    (tmp_path / "file").touch()
    nowhere = open_ledger(f"sqlite:{tmp_path / 'file' / 'ledger.db'}")

    report = await watching.run(ledger=nowhere)
    await nowhere.close()

    assert done(report) == [Done.FAILED, Done.FAILED]
    assert all(one.problem for one in report.resources)


async def test_the_longest_life_is_not_refused(watching: Watching):
    assert done(await watching.run(minutes=41_760)) == [Done.CREATED, Done.CREATED]
    assert replace(watching.config, minutes=41_760).life <= 41_755 * 60  # Graph's clock may be behind ours


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_has_happened_one_run_later_there_is_one_each_and_it_is_ours(watching: Watching, seed: int):
    chance = random.Random(seed)
    tenant, config = watching.entra.tenant, watching.config
    for number in range(6):
        for _ in range(chance.randint(1, 3)):
            match chance.choice(["drop", "duplicate", "time", "secret", "url", "forget", "hide", "show expired"]):
                case "drop":
                    for one in list(tenant.subscriptions.live())[:1]:
                        tenant.subscriptions.remove(one.id)
                case "duplicate":
                    await create(watching, chance.choice(["users", "groups"]), config.notification_url)
                case "time":
                    tenant.clock.advance(chance.choice([0.6, 1.1, 3]) * DAY)
                case "secret":
                    config = replace(config, client_state=f"the-secret-number-{number}")
                case "url":
                    config = replace(config, notification_url=f"{watching.config.notification_url}/{number}")
                case "forget":
                    await watching.ledger.put_state("subscription|users", "lost")
                case "hide":
                    tenant.control.switches["list_hides_newest"] ^= True
                case "show expired":
                    tenant.control.switches["list_shows_expired"] ^= True
        watching.config = config
        report = await watching.run()
        tenant.control.switches["list_hides_newest"] = False
        await watching.run()  # what Graph had hidden in its list is found by the next run

        assert report.is_watching
        ours = watching.ours(config.notification_url)
        assert [len(ids) for ids in ours.values()] == [1, 1]
        for one in tenant.subscriptions.live():
            if one.id in ours[one.resource]:
                assert (one.client_state, one.change_type) == (config.client_state, "updated,deleted")


@pytest.mark.parametrize(
    "text",
    [None, "", "nonsense", "[]", "[" * 100_000, '{"v": 2, "id": "x"}', '{"v": 1}', '{"v": 1, "id": 7}',
     Memory(id="x").dumps().replace('"x"', "null")],
)  # fmt: skip
def test_a_memory_that_can_not_be_read_is_none(text: str | None):
    assert Memory.loads(text) == Memory()


def test_a_memory_comes_back_as_it_was():
    memory = Memory(
        id="x", client_state_hash="h", notification_url="u", expires_at=1.5, claimed_until=2, claimed_by="c"
    )

    assert Memory.loads(memory.dumps()) == memory


def test_the_memory_holds_no_secret():
    config = WatchConfig(notification_url="", client_state=STATE, minutes=60)

    assert STATE not in config.client_state_hash
    assert len(config.client_state_hash) == 16


@pytest.mark.parametrize("answer", [{}, {"value": 7}, {"value": [{"id": "x"}]}])
async def test_a_listing_without_what_every_subscription_has_is_unreachable(
    entra: Entra, graph: GraphClient, answer: object
):
    entra.fault(path=PATH, status=200, body=answer)

    with pytest.raises(Unreachable):
        await GraphSubscriptions(graph).list()
