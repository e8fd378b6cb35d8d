"""`python -m shared.cli mapping check` and `mapping verify` against the running world: the file, a job, a person."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from infra.local.director import Agent, Director
from infra.local.entra.permissions import APP_ROLES
from infra.local.world import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWN = """\
version = 1
[entra]
service_principal = "{application}"
[[mapping]]
target = "userName"
expression = "[userPrincipalName]"
match = 1
[[mapping]]
target = "active"
expression = "Not([IsSoftDeleted])"
[[mapping]]
target = "title"
expression = 'Append(ToUpper([jobTitle]), " (voice)")'
"""
JOB = 'version = 1\n[entra]\nschema = "job"\nservice_principal = "{application}"\n'
SHIPPED = ROOT / "provisioning.toml"
READ_WRITE = "Synchronization.ReadWrite.All"


async def mapping(director: Director, *arguments: str, file: Path) -> tuple[int, str]:
    environment = {**os.environ, **director.world.environment, "PROVISIONING_FILE": str(file)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", "mapping", *arguments,
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def checked(director: Director, file: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, output = await mapping(director, "check", "--json", *arguments, file=file)
    return code, json.loads(output)


def written(folder: Path, director: Director, text: str) -> Path:
    path = folder / "provisioning.toml"
    path.write_text(text.replace("{application}", director.world.entra.described["application"]))
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def engine(director: Director) -> AsyncIterator[Director]:
    """A world whose app may ask Entra's engine."""
    client = director.world.entra.described["clients"]["app"]["client_id"]
    more = {"client": client, "roles": sorted(APP_ROLES | {READ_WRITE})}
    await director.control("graph", "POST", "/roles", more)
    yield director
    await director.control("graph", "POST", "/roles", {"client": client, "roles": sorted(APP_ROLES)})


async def test_the_shipped_file_is_shown_as_a_table(director: Director) -> None:
    code, output = await mapping(director, "check", file=SHIPPED)

    assert code == 0
    assert "Everybody is in scope." in output
    assert "jobTitle" in output
    assert "Nothing is wrong with the mapping." in output


async def test_a_bad_file_is_answered_with_its_lines(director: Director, tmp_path: Path) -> None:
    code, output = await mapping(director, "check", file=written(tmp_path, director, OWN + 'flow = "never"\n'))

    assert code == 1
    assert output.startswith('provisioning.toml:14: flow is "never"')


async def test_the_differences_from_entra_s_job_are_named(director: Director, tmp_path: Path) -> None:
    code, found = await checked(director, written(tmp_path, director, OWN))

    assert code == 0
    kinds = {one["path"]: one["kind"] for one in found["differences"]}
    assert kinds["title"] == "different"
    assert kinds["displayName"] == "only_there"
    assert "active" not in kinds


async def test_the_job_s_own_mapping_differs_in_nothing(director: Director, tmp_path: Path) -> None:
    code, found = await checked(director, written(tmp_path, director, JOB))

    assert code == 0
    assert found["differences"] == []
    assert {row["origin"] for row in found["rows"]} == {"entra"}
    assert not found["scope"]["everybody"]


async def test_a_custom_attribute_that_genesys_lacks_is_a_fault(director: Director, tmp_path: Path) -> None:
    text = OWN + '[custom_attributes]\n"Nowhere:key" = "[jobTitle]"\n'
    code, found = await checked(director, written(tmp_path, director, text))

    assert code == 1
    assert any("Nowhere" in fault for fault in found["faults"])


async def test_a_name_that_genesys_lacks_is_a_fault(director: Director, tmp_path: Path) -> None:
    text = OWN + '[[mapping]]\ntarget = "routingSkills"\nexpression = \'"No such skill:3"\'\n'
    code, found = await checked(director, written(tmp_path, director, text))

    assert code == 1
    assert any("No such skill" in fault for fault in found["faults"])


async def test_a_person_is_evaluated_step_by_step_and_nothing_is_written(
    director: Director, person: Agent, tmp_path: Path
) -> None:
    file = written(tmp_path, director, OWN.replace("ToUpper([jobTitle])", "ToUpper([displayName])"))
    before = await director.account(person)

    code, found = await checked(director, file, "--user", person.upn)
    _, output = await mapping(director, "check", "--user", person.identity_id, file=file)

    assert code == 0
    told = found["person"]
    assert (told["identity"], told["account"]) == (person.identity_id, person.account_id)
    assert told["due"] == "active"
    (title,) = [row for row in told["rows"] if row["target"] == "title"]
    name, upper, whole = title["steps"]
    assert upper["value"] == name["value"].upper()
    assert whole["value"] == f"{upper['value']} (voice)" == title["value"]
    assert [change["after"] for change in told["changes"] if change["target"] == "title"] == [title["value"]]
    assert json.dumps(title["value"]) in output
    assert await director.account(person) == before


async def test_a_disabled_person_is_ruled_out_with_the_reason(
    director: Director, person: Agent, tmp_path: Path
) -> None:
    await director.disable(person)
    _, found = await checked(director, written(tmp_path, director, OWN), "--user", person.upn)

    assert found["person"]["is_soft_deleted"] is True
    assert found["person"]["why"] == "The person is disabled in Entra."
    assert found["person"]["changes"] == []


async def test_somebody_whom_entra_does_not_know_is_said_so(director: Director) -> None:
    code, output = await mapping(director, "check", "--user", "nobody@contoso.example", file=SHIPPED)

    assert code == 1
    assert output == "Entra has nobody of that name; of a deleted person only the object id leads on.\n"


async def test_verify_without_the_permission_names_it(director: Director, tmp_path: Path) -> None:
    code, output = await mapping(director, "verify", "--against-entra", file=written(tmp_path, director, OWN))

    assert code == 1
    assert READ_WRITE in output
    assert "Traceback" not in output


async def test_verify_without_a_job_says_that_there_is_none_to_ask(director: Director) -> None:
    code, output = await mapping(director, "verify", "--against-entra", file=SHIPPED)

    assert code == 1
    assert output.startswith("Entra's engine belongs to a provisioning job, and there is none to ask: ")


async def test_verify_prints_where_entra_s_answers_differ(engine: Director, tmp_path: Path) -> None:
    answers = [
        {"expression": "[userPrincipalName]", "source": {"userPrincipalName": ""}, "result": []},
        {"expression": "[userPrincipalName]", "result": ["zoe.obrien@contoso.example"]},
        {"expression": "ToLower([a])", "result": []},
        {"expression": 'InStr("Abc", "b")', "result": ["1"]},
    ]
    await engine.control("graph", "POST", "/provisioning", {"answers": answers})

    code, output = await mapping(engine, "verify", "--against-entra", file=written(tmp_path, engine, OWN))

    assert code == 1
    assert 'Entra gives "1"; we give "2".' in output
    assert "[userPrincipalName]" not in output
    assert "ToLower([a])" not in output
    assert "No answer is recorded" in output
