"""Agents who are logged in: what ends a session, and why tokens are deleted after the account, not before."""

from __future__ import annotations

import pytest

from tests.protocol.genesys.calls import (
    ADA,
    NOBODY,
    USERS,
    advance,
    log_in,
    sessions,
    set_active,
    switch,
    user_name,
)

TOKENS = f"/api/v2/tokens/{ADA}"


async def states(api):
    return [session["state"] for session in await sessions(api, ADA)]


async def test_an_agent_logs_in_by_id_or_user_name_and_works(api):
    session = await log_in(api, user_name(1), conversation=True)

    expand = "lasttokenissued,station,presence,routingStatus"
    user = (await api.get(f"/api/v2/users/{ADA}", params={"expand": expand})).json()
    assert session["user"] == ADA
    assert user["lastTokenIssued"]["dateIssued"].endswith("Z")
    assert user["station"]["associatedStation"]["id"]
    assert user["presence"]["presenceDefinition"]["systemPresence"] == "On Queue"
    assert user["routingStatus"]["status"] == "INTERACTING"


async def test_deactivation_blocks_log_in_and_leaves_the_session_alive(api):
    session = await log_in(api, ADA)
    await set_active(api, ADA, False)

    assert await states(api) == ["live"]
    assert (await api.post("/_control/sessions", json={"user": ADA})).status_code == 401
    assert (await api.post(f"/_control/sessions/{session['id']}/renew")).status_code == 401


async def test_deactivation_can_end_sessions_where_switched_on(api):
    await switch(api, deactivation_ends_tokens=True)
    await log_in(api, ADA)
    await set_active(api, ADA, False)

    assert [session["why"] for session in await sessions(api, ADA)] == ["account deactivated"]


async def test_deleting_tokens_first_lets_the_session_come_back(api):
    await switch(api, relogin=True)
    await log_in(api, ADA)

    await api.delete(TOKENS)
    await set_active(api, ADA, False)

    assert await states(api) == ["live"]


async def test_deleting_tokens_after_deactivation_ends_the_session_for_good(api):
    await switch(api, relogin=True)
    session = await log_in(api, ADA)

    await set_active(api, ADA, False)
    await api.delete(TOKENS)

    (dead,) = await sessions(api, ADA)
    assert (dead["state"], dead["why"]) == ("dead", "tokens deleted")
    assert dead["diedAt"] >= dead["opened"]
    assert (await api.post(f"/_control/sessions/{session['id']}/renew")).status_code == 401


async def test_a_silent_sign_in_mints_a_newer_token_while_the_agent_is_active(api):
    session = await log_in(api, ADA)
    await api.delete(TOKENS)
    await advance(api, 10)

    renewed = (await api.post(f"/_control/sessions/{session['id']}/renew")).json()

    assert renewed["state"] == "live"
    assert renewed["tokenIssued"] > session["tokenIssued"] + 9
    user = (await api.get(f"/api/v2/users/{ADA}", params={"expand": "lasttokenissued"})).json()
    assert user["lastTokenIssued"]["dateIssued"] > user["dateModified"]


async def test_a_session_ends_when_its_token_expires(api):
    await log_in(api, ADA)
    await advance(api, 86_401)

    assert [(s["state"], s["why"]) for s in await sessions(api, ADA)] == [("dead", "token expired")]


@pytest.mark.parametrize(
    ("switches", "logged_in", "status"),
    [
        ({}, True, 200),
        ({"tokens_delete_status": 204}, True, 204),
        ({}, False, 200),
        ({"tokens_delete_without_tokens": 404}, False, 404),
    ],
)
async def test_what_deleting_tokens_answers_is_a_switch(api, switches, logged_in, status):
    await switch(api, **switches)
    if logged_in:
        await log_in(api, ADA)

    assert (await api.delete(TOKENS)).status_code == status


async def test_deleting_the_tokens_of_nobody_is_404(api):
    assert (await api.delete(f"/api/v2/tokens/{NOBODY}")).status_code == 404


@pytest.mark.parametrize("ends", [True, False])
async def test_whether_a_call_ends_with_the_tokens_is_a_switch(api, ends):
    await switch(api, token_delete_ends_conversations=ends)
    await log_in(api, ADA, conversation=True)
    await api.delete(TOKENS)

    (session,) = await sessions(api, ADA)
    assert ("conversationEnd" in session["conversation"]) is ends


async def test_the_journal_says_what_each_call_did(api):
    await log_in(api, ADA)
    await set_active(api, ADA, False)
    await api.delete(TOKENS)

    entries = (await api.get("/_control/log")).json()["entries"]
    notes = {entry["method"]: entry["note"] for entry in entries if ADA in entry["path"]}
    assert notes["PATCH"] == {"user": ADA, "version": 2, "active_before": True, "active_after": False}
    assert notes["DELETE"] == {
        "user": ADA,
        "active_before": False,
        "active_after": False,
        "sessions_ended": 1,
        "sessions_back": 0,
    }
    assert all(entry["done"] >= entry["at"] for entry in entries)


async def test_the_control_knows_accounts_and_refuses_strangers(api):
    account = (await api.get(f"/_control/accounts/{user_name(1)}")).json()

    assert (account["id"], account["state"], account["groups"]) == (ADA, "active", ["CC Agents", "CC Pilot"])
    for method, path in (
        ("GET", "/_control/accounts/nobody"),
        ("GET", "/_control/sessions?user=nobody"),
        ("POST", "/_control/sessions/nothing/renew"),
    ):
        assert (await api.request(method, path)).status_code == 404
    assert (await api.post("/_control/sessions", json={"user": "nobody"})).status_code == 404


async def test_a_scim_delete_blocks_log_in_too(api):
    await log_in(api, ADA)
    await api.delete(f"{USERS}/{ADA}")

    assert (await api.post("/_control/sessions", json={"user": ADA})).status_code == 401
    assert await states(api) == ["live"]


async def test_a_token_minted_in_a_race_outlives_the_first_deletion_and_not_the_second(api):
    await switch(api, race_token_after_s=5)
    await log_in(api, ADA)
    await set_active(api, ADA, False)

    await api.delete(TOKENS)
    first = await states(api)
    await advance(api, 6)
    later = await states(api)
    await api.delete(TOKENS)
    await advance(api, 6)

    assert (first, later, await states(api)) == (["dead"], ["live"], ["dead"])


async def test_the_control_lists_accounts_and_groups(api):
    await set_active(api, ADA, False)

    inactive = (await api.get("/_control/accounts", params={"state": "inactive"})).json()["accounts"]
    everyone = (await api.get("/_control/accounts")).json()["accounts"]
    groups = (await api.get("/_control/groups")).json()["groups"]

    assert [account["id"] for account in inactive] == [ADA]
    assert len(everyone) == 30
    assert {group["name"]: len(group["members"]) for group in groups}["CC Agents"] == 30


async def test_a_control_body_that_is_no_object_is_400(api):
    for body in ("[]", "{"):
        assert (await api.post("/_control/sessions", content=body)).status_code == 400
