"""What goes wrong on the way: lost answers, storms, outages, and how each leaves the organisation."""

from __future__ import annotations

import httpx
import pytest

from tests.protocol.genesys.calls import ADA, USERS, set_active


async def fault(api, **rule):
    (await api.post("/_control/faults", json=rule)).raise_for_status()


async def test_a_lost_answer_after_the_write_leaves_the_write(api):
    await fault(api, method="PATCH", path="/scim/", reset="after")

    with pytest.raises(httpx.RemoteProtocolError):
        await set_active(api, ADA, False)

    assert (await api.get(f"{USERS}/{ADA}")).json()["active"] is False
    again = await set_active(api, ADA, False)
    assert (again.status_code, again.headers["ETag"]) == (200, '"2"')


async def test_a_connection_lost_before_the_write_changes_nothing(api):
    await fault(api, method="PATCH", path="/scim/", reset="before")

    with pytest.raises(httpx.RemoteProtocolError):
        await set_active(api, ADA, False)

    assert (await api.get(f"{USERS}/{ADA}")).json()["active"] is True


@pytest.mark.parametrize("status", [401, 408, 409, 429, 500, 503, 504])
async def test_an_injected_status_strikes_once_and_is_in_the_journal(api, status):
    await fault(api, id="storm", method="PATCH", path="/scim/v2/users", status=status, headers={"Retry-After": "2"})

    struck, passed = await set_active(api, ADA, False), await set_active(api, ADA, False)

    assert (struck.status_code, struck.headers["Retry-After"], passed.status_code) == (status, "2", 200)
    entries = (await api.get("/_control/log")).json()["entries"]
    assert [entry["fault"] for entry in entries if entry["method"] == "PATCH"] == ["storm", ""]


async def test_an_outage_answers_nothing_but_the_controls(api):
    await api.post("/_control/outage", json={"mode": "refuse"})
    with pytest.raises(httpx.RemoteProtocolError):
        await api.get(f"{USERS}/{ADA}")
    await api.post("/_control/outage", json={"mode": "off"})

    assert (await api.get(f"{USERS}/{ADA}")).status_code == 200


async def test_an_unknown_switch_is_refused(api):
    assert (await api.post("/_control/switches", json={"no_such_switch": 1})).status_code == 400
