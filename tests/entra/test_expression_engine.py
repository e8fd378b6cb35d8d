"""Entra's own engine, asked over a socket."""

from __future__ import annotations

import pytest

from infra.local.entra.permissions import APP_ROLES
from infra.local.entra.population import application_id
from shared.entra.expression_engine import ExpressionEngine
from shared.errors import NotThere, Unauthorized, Unreadable
from shared.rules.expressions import Role
from shared.rules.expressions.parser import parse_tree
from shared.rules.expressions.trees import tree_of

REPLACE = 'Replace([preferredLanguage], "-", , , "_", , )'


@pytest.fixture
def granted(entra):
    entra.tenant.tokens.grant(entra.tenant.app.id, APP_ROLES | {"Synchronization.ReadWrite.All"})


@pytest.fixture
def engine(graph, entra):
    return ExpressionEngine(graph, application_id(), entra.tenant.synchronization.job.id)


def path(entra) -> str:
    job = entra.tenant.synchronization.job.id
    return f"/v1.0/servicePrincipals/{application_id()}/synchronization/jobs/{job}/schema/parseExpression"


@pytest.mark.usefixtures("granted")
async def test_an_answer_has_its_texts_and_its_tree(engine):
    answer = await engine.ask(REPLACE, {"preferredLanguage": "EN-US", "mail": None})

    assert answer.result == ("EN_US",)
    assert answer.error == ""
    assert answer.parsed is not None
    assert [one.key for one in answer.parsed.parameters] == ["source", "Find", "Replacement"]
    assert answer.parsed.parameters[0].value == tree_of(parse_tree("[preferredLanguage]"))


@pytest.mark.usefixtures("granted")
async def test_a_list_is_a_list_of_texts_and_null_is_none(engine, entra):
    entra.tenant.synchronization.steer(
        {"answers": [{"expression": "[a]", "source": {"a": ["x", "y"]}, "result": ["x", "y"]},
                     {"expression": "[a]", "source": {"a": ""}, "result": []}]}
    )  # fmt: skip

    assert (await engine.ask("[a]", {"a": ("x", "y")})).result == ("x", "y")
    assert (await engine.ask("[a]", {"a": None})).result == ()


@pytest.mark.usefixtures("granted")
async def test_roles_are_sent_as_the_json_that_entra_writes(engine, entra):
    await engine.ask("[appRoleAssignments]", {"appRoleAssignments": (Role(id="1", value="v", display_name="d"),)})

    assert entra.calls(path(entra), "POST")


@pytest.mark.usefixtures("granted")
async def test_an_expression_that_fails_has_its_error_and_no_result(engine, entra):
    entra.tenant.synchronization.steer({"answers": [{"expression": "Mid([a], 9, 1)", "error": "Out of range."}]})

    answer = await engine.ask("Mid([a], 9, 1)", {"a": "x"})

    assert (answer.result, answer.error) == (None, "Out of range.")


async def test_a_missing_permission_is_named(engine):
    with pytest.raises(Unauthorized, match=r"needs Synchronization\.ReadWrite\.All, although nothing is written"):
        await engine.ask(REPLACE, {})


@pytest.mark.usefixtures("granted")
async def test_a_job_that_is_gone_is_a_sentence(engine, entra):
    entra.tenant.synchronization.job.exists = False

    with pytest.raises(NotThere, match="The application has no such provisioning job"):
        await engine.ask(REPLACE, {})


@pytest.mark.usefixtures("granted")
async def test_an_answer_that_is_none_is_not_taken_for_null(engine, entra):
    entra.fault(path=path(entra), status=200, body={})

    with pytest.raises(Unreadable, match="does not say whether the expression was evaluated"):
        await engine.ask(REPLACE, {})
