"""`python -m shared.cli doctor` against the running world: what works and what does not, a sentence each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.director import Director
from infra.local.world import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def doctor(director: Director, *arguments: str, **settings: str) -> tuple[int, str]:
    environment = {**os.environ, **director.world.environment, **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", "doctor", *arguments,
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def findings(director: Director, **settings: str) -> tuple[int, dict[str, Any]]:
    code, output = await doctor(director, "--json", **settings)
    return code, {row["check"]: row for row in json.loads(output)["checks"]}


async def test_in_a_healthy_world_nothing_fails(director: Director) -> None:
    code, rows = await findings(director)

    assert code == 0
    assert {row["status"] for row in rows.values()} <= {"ok", "warn"}
    assert {"settings", "Graph token", "Graph permissions", "ledger", "Genesys token"} <= set(rows)


async def test_a_wrong_secret_is_named_and_the_other_checks_still_run(director: Director) -> None:
    code, rows = await findings(director, GENESYS_CLIENT_SECRET="wrong")

    assert code == 1
    assert rows["Genesys token"]["status"] == "fail"
    assert rows["Graph token"]["status"] == "ok"
    assert "wrong" not in json.dumps(rows)


async def test_a_bad_provisioning_file_is_a_finding_with_its_line(director: Director, tmp_path: Path) -> None:
    bad = tmp_path / "provisioning.toml"
    bad.write_text("version = 1\n[scope]\npeople = 1\n")

    _, healthy = await findings(director)
    code, rows = await findings(director, PROVISIONING_FILE=str(bad))

    assert healthy["mapping"]["status"] == "ok"
    assert code == 1
    assert rows["mapping"]["status"] == "fail"
    assert rows["mapping"]["sentence"].startswith("provisioning.toml:3: people is a number")


async def test_missing_settings_are_named_one_by_one(director: Director) -> None:
    code, output = await doctor(director, CLIENT_STATE="", GENESYS_CLIENT_ID="")

    assert code == 1
    assert "CLIENT_STATE" in output
    assert "GENESYS_CLIENT_ID" in output


async def test_the_table_for_people_shows_no_secret(director: Director) -> None:
    _, output = await doctor(director)

    for name in ("CLIENT_STATE", "GENESYS_CLIENT_SECRET", "IDENTITY_HEADER"):
        assert director.world.environment[name] not in output
