"""The people at the start, and the simulator as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from uuid import UUID, uuid5

import pytest

from infra.local.genesys import build

GENESYS_IDS = UUID("0b7a2f5e-8a77-4a5e-8c39-5a2d4ab1a1b2")
ENTRA_IDS = UUID("6f1d3a52-0b1e-4c55-9a77-4f6f7f3f8e01")


@pytest.mark.parametrize(
    ("n", "display_name", "title", "department", "groups"),
    [
        (1, "Grace Lovelace", "Agent", "Sales", ["CC Agents", "CC Pilot"]),
        (10, "Ada Hopper", "Supervisor", "Sales", ["CC Agents", "CC Supervisors"]),
        (123, "Edsger Turing", "Agent", "Support", ["CC Agents"]),
    ],
)
def test_a_number_decides_who_somebody_is(n, display_name, title, department, groups):
    org = build(agents=150).org
    account = org.accounts[str(uuid5(GENESYS_IDS, f"genesys-user-{n}"))]

    assert account.user_name == f"agent{n:05d}@contoso.example"
    assert (account.display_name, account.title, account.department) == (display_name, title, department)
    assert account.scim_external_ids == {"org": str(uuid5(ENTRA_IDS, f"entra-user-{n}"))}
    assert [org.groups[group].name for group in account.group_ids] == groups


def test_nobody_is_led_by_somebody_who_is_not_there():
    org = build(agents=25).org

    leaders = {account.manager_id for account in org.accounts.values()} - {""}
    assert leaders <= set(org.accounts)
    assert len(leaders) == 2


async def test_many_people_can_be_held_and_found():
    org = build(agents=5_000).org

    assert len(org.index.in_state("active")) == 5_000
    assert len(org.index.by_email("AGENT05000@contoso.example")) == 1


def test_the_process_says_where_it_answers_and_stops_on_sigterm():
    command = [sys.executable, "-m", "infra.local.genesys", "--port", "0", "--agents", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            with urllib.request.urlopen(f"{ready['url']}/_control", timeout=5) as answer:
                described = json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

    assert ready.keys() == {"url", "token_url", "client_id", "client_secret", "control"}
    assert described["switches"]["rate_allowed"] == 300
