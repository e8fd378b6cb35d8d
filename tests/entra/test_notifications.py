"""Graph's posts, taken apart: tables of single items, and that nothing forged or broken costs a good one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.entra.notifications import VALIDATION_TOKEN_LIMIT, Members, handshake, parse
from shared.errors import Refused, Unreadable
from shared.model import Claim

TENANT = "0f6c3f0e-8b0d-4a0b-8d53-5f1f0b6f7b10"
STATE, PREVIOUS = "k3Yv-the-secret", "the-secret-before"
ADA = "8a7c1b1e-6f51-4d0a-9a34-0b6a2d2f9c01"
BOB = "c2d9aaaa-6f51-4d0a-9a34-0b6a2d2f9c02"
AGENTS = "3b1e0f52-6f51-4d0a-9a34-0b6a2d2f9c03"
SUBSCRIPTION = "5c0a1fd2-0d7e-4e0c-9f7a-3d1c6d1f0a11"
ABSENT = object()


def item(**changes: Any) -> dict[str, Any]:
    """A notification as captured (microsoft-graph.md §1.3), changed; `ABSENT` takes a property away."""
    full = {
        "subscriptionId": SUBSCRIPTION,
        "clientState": STATE,
        "changeType": "updated",
        "resource": f"Users/{ADA}",
        "subscriptionExpirationDateTime": "2026-03-01T11:00:00+00:00",
        "tenantId": TENANT,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.User",
            "@odata.id": f"Users/{ADA}",
            "id": ADA,
            "organizationId": TENANT,
            "sequenceNumber": 637123456789012345,
        },
    } | changes
    return {name: value for name, value in full.items() if value is not ABSENT}


def group_item(members: Any = ABSENT, **changes: Any) -> dict[str, Any]:
    data = {"@odata.type": "#Microsoft.Graph.Group", "id": AGENTS} | (
        {} if members is ABSENT else {"members@delta": members}
    )
    return item(resource=f"Groups/{AGENTS}", resourceData=data, **changes)


def lifecycle_item(event: Any = "reauthorizationRequired", **changes: Any) -> dict[str, Any]:
    return item(lifecycleEvent=event, changeType=ABSENT, resource=ABSENT, resourceData=ABSENT, **changes)


def parsed(*items: Any, states: tuple[str, ...] = (STATE, PREVIOUS)):
    return parse(json.dumps({"value": items}).encode(), client_states=states, tenant_id=TENANT)


@pytest.mark.parametrize(
    ("notification", "ring"),
    [
        (item(), ("user", ADA, None)),
        (item(changeType="deleted"), ("user", ADA, Claim.GONE)),
        (item(changeType="Deleted"), ("user", ADA, Claim.GONE)),
        (item(changeType="created"), ("user", ADA, None)),
        (item(changeType=ABSENT), ("user", ADA, None)),
        (item(clientState=PREVIOUS), ("user", ADA, None)),
        (item(tenantId=TENANT.upper()), ("user", ADA, None)),
        (item(tenantId=ABSENT), ("user", ADA, None)),
        (item(resource=f"users/{ADA}"), ("user", ADA, None)),
        (item(resource=f"/USERS/{ADA.upper()}"), ("user", ADA, None)),
        (item(resourceData={"id": ADA.upper()}), ("user", ADA, None)),
        (item(resourceData={"id": BOB}), ("user", BOB, None)),
        (item(resourceData=ABSENT), ("user", ADA, None)),
        (item(resourceData=None, changeType="deleted"), ("user", ADA, Claim.GONE)),
        (item(lifecycleEvent=None), ("user", ADA, None)),
        (group_item(), ("group", AGENTS, None)),
        (group_item(changeType="deleted"), ("group", AGENTS, Claim.GONE)),
    ],
)
def test_a_notification_of_ours_rings_its_object(notification: dict[str, Any], ring: tuple[str, str, Claim | None]):
    kept = parsed(notification)

    assert (ring,) == kept.rings
    assert kept.dropped == {}


@pytest.mark.parametrize(
    ("notification", "reason"),
    [
        ("Users", "not_an_object"),
        (None, "not_an_object"),
        ([item()], "not_an_object"),
        (item(clientState="forged"), "client_state"),
        (item(clientState=STATE + "x"), "client_state"),
        (item(clientState=ABSENT), "client_state"),
        (item(clientState=None), "client_state"),
        (item(clientState=""), "client_state"),
        (item(clientState=[STATE]), "client_state"),
        (item(clientState="\ud800"), "client_state"),
        (item(clientState="ü"), "client_state"),
        (item(tenantId=BOB), "tenant"),
        (item(tenantId=7), "tenant"),
        (item(resource=ABSENT), "resource"),
        (item(resource="NA", changeType="Validation: Testing client application reachability"), "resource"),
        (item(resource=f"Devices/{ADA}"), "resource"),
        (item(resource=f"Groups/{AGENTS}/members/{ADA}"), "resource"),
        (item(resource=f"Groups/{ADA}"), "resource"),  # its @odata.type says user
        (item(resourceData={"id": "ada@contoso.example"}), "id"),
        (item(resourceData={"id": f"{ADA}/manager"}), "id"),
        (item(resourceData={"id": f"{{{ADA}}}"}), "id"),
        (item(resourceData={"id": None}), "id"),
        (item(resource="Users/ada@contoso.example", resourceData={}), "id"),
        (lifecycle_item("paused"), "lifecycle_event"),
        (lifecycle_item(7), "lifecycle_event"),
        (lifecycle_item(clientState="forged"), "client_state"),
        (lifecycle_item(subscriptionId="mine"), "subscription_id"),
        (lifecycle_item(subscriptionId=ABSENT), "subscription_id"),
    ],
)
def test_what_is_not_ours_or_broken_is_dropped_with_its_reason_and_the_rest_is_kept(notification: Any, reason: str):
    kept = parsed(item(resourceData={"id": BOB}), notification, group_item())

    assert {reason: 1} == kept.dropped
    assert list(kept.rings) == [("user", BOB, None), ("group", AGENTS, None)]


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed"])
def test_a_lifecycle_event_needs_neither_change_type_nor_resource(event: str):
    kept = parsed(lifecycle_item(event), lifecycle_item(event), item())

    assert ((SUBSCRIPTION, event),) == kept.lifecycle
    assert kept.rings == (("user", ADA, None),)


@pytest.mark.parametrize("removed", ["deleted", {"reason": "deleted"}])
def test_both_forms_of_a_removed_member_are_understood(removed: Any):
    kept = parsed(group_item([{"id": ADA}, {"id": BOB.upper(), "@removed": removed}]))

    assert {AGENTS: Members(added=frozenset({ADA}), removed=frozenset({BOB}))} == kept.members
    assert kept.rings == (("group", AGENTS, None),)


def test_members_of_split_notifications_are_put_together_and_broken_ones_are_counted():
    kept = parsed(group_item([{"id": ADA}, {"id": "x"}, 7]), group_item([{"id": BOB}]), group_item("none"))

    assert {AGENTS: Members(added=frozenset({ADA, BOB}))} == kept.members
    assert kept.dropped == {"member": 2}
    assert len(kept.rings) == 1


def test_a_user_has_no_members():
    assert parsed(item(resourceData={"id": ADA, "members@delta": [{"id": BOB}]})).members == {}


@pytest.mark.parametrize("order", [["updated", "deleted"], ["deleted", "updated"]])
def test_an_id_that_is_posted_twice_rings_once_and_keeps_its_claim(order: list[str]):
    kept = parsed(*(item(changeType=change_type) for change_type in order))

    assert kept.rings == (("user", ADA, Claim.GONE),)


def test_a_user_and_a_group_with_the_same_id_are_two():
    kept = parsed(group_item(), item(resourceData={"id": AGENTS}))

    assert kept.rings == (("group", AGENTS, None), ("user", AGENTS, None))


def test_one_forged_among_a_hundred_is_dropped_alone():
    ids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(99)]
    good = [item(resource=f"Users/{id_}", resourceData={"id": id_}) for id_ in ids]

    kept = parsed(*good[:50], item(clientState="forged"), *good[50:])

    assert ids == [ring.id for ring in kept.rings]
    assert kept.dropped == {"client_state": 1}


@pytest.mark.parametrize("states", [(), ("",)])
def test_without_an_accepted_client_state_nothing_is_accepted(states: tuple[str, ...]):
    assert parsed(item(), item(clientState=""), states=states).dropped == {"client_state": 2}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json"),
        (b"not json", "json"),
        (b"\xff\xfe", "json"),
        (b"[" * 100_000, "json"),
        (b'{"value": ' + b"9" * 5_000 + b"}", "json"),
        (b"[]", "value"),
        (b'"value"', "value"),
        (b"{}", "value"),
        (b'{"value": {"0": 1}}', "value"),
        (b'{"value": []}' + b" " * 100, "too_large"),
    ],
)
def test_a_body_without_a_list_of_items_is_unreadable(body: bytes, code: str):
    with pytest.raises(Unreadable) as refused:
        parse(body, client_states=[STATE], tenant_id=TENANT, limit=100 if code == "too_large" else 200_000)

    assert code == refused.value.code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["clientState", "tenantId", "resource", "resourceData", "changeType", "lifecycleEvent", "subscriptionId"]
WRONG = st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from([STATE, TENANT, f"Groups/{AGENTS}"]))


@settings(deadline=None)
@given(JSON | st.binary(max_size=64).map(lambda raw: raw.decode("latin-1")))
def test_any_body_is_parsed_or_unreadable(document: Any):
    try:
        kept = parse(json.dumps(document).encode(), client_states=[STATE], tenant_id=TENANT)
    except Unreadable:
        return
    assert kept.rings == ()


@settings(deadline=None)
@given(st.lists(WRONG.map(lambda changes: item(**changes)) | JSON, max_size=6), st.integers(0, 6))
def test_a_good_item_survives_whatever_stands_beside_it(others: list[Any], place: int):
    good = item(resource=f"Users/{BOB}", resourceData={"id": BOB})
    kept = parsed(*others[:place], good, *others[place:])

    assert BOB in {ring.id for ring in kept.rings if ring.kind == "user"}
    assert all(ring.id == ring.id.lower() and len(ring.id) == 36 for ring in kept.rings)


def test_the_handshake_echoes_graphs_token_as_it_is():
    token = "Validation: Testing client application reachability for subscription Request-Id: 7d0f"

    assert token == handshake(token)
    assert handshake(None) is None


@pytest.mark.parametrize(
    "token", ["", "x" * (VALIDATION_TOKEN_LIMIT + 1), "a\r\nSet-Cookie: b", "\x00", "\x85", "\u2028"]
)
def test_nobodys_echo(token: str):
    with pytest.raises(Refused) as refused:
        handshake(token)

    assert refused.value.code == "validation_token"


def test_the_parser_needs_the_standard_library_only():
    """The webhook's cold start (microsoft-graph.md §8.4)."""
    script = (
        "import sys; import shared.entra.notifications;"
        "print(sorted({'httpx', 'msgraph', 'azure', 'aiohttp', 'kiota_abstractions', 'msgspec'} & set(sys.modules)))"
    )

    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
