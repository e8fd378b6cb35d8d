"""A beginning is no name, case counts where Genesys says so, and who is looked up is remembered."""

from __future__ import annotations

import pytest

from infra.local.genesys.app import LIMITED_ID
from infra.local.genesys.directory import Named as Thing
from infra.local.genesys.population import genesys_id
from shared.errors import Ambiguous, NotThere, Unauthorized
from shared.targets.names import Named, NameDirectory, NameKind, check_names

CASE = "and upper and lower case count"


@pytest.mark.parametrize(
    ("kind", "asked", "sort", "name"),
    [
        (NameKind.ROLE, "Agent", "role", "Agent"),
        (NameKind.ROLE, "quality evaluator", "role", "Quality Evaluator"),
        (NameKind.SKILL, "Billing", "skill", "Billing"),
        (NameKind.LANGUAGE, "French", "language", "French"),
        (NameKind.DIVISION, "EMEA", "division", "EMEA"),
        (NameKind.DIVISION, "emea", "division", "EMEA"),
    ],
)
async def test_a_name_has_an_id_and_an_exact_spelling(genesys, kind, asked, sort, name):
    assert await NameDirectory().find(genesys.send(), kind, asked) == Named(id=genesys_id(sort, name), name=name)


@pytest.mark.parametrize(
    ("kind", "asked", "sentence"),
    [
        (NameKind.SKILL, "Bill", 'Genesys has no routing skill "Bill".'),
        (NameKind.SKILL, "billing", f'Genesys has no routing skill "billing"; there is "Billing", {CASE}.'),
        (NameKind.LANGUAGE, "FRENCH", f'Genesys has no routing language "FRENCH"; there is "French", {CASE}.'),
        (NameKind.ROLE, "Agen", 'Genesys has no role "Agen".'),
        (NameKind.DIVISION, "Atlantis", 'Genesys has no division "Atlantis".'),
    ],
)
async def test_an_unknown_name_is_a_sentence(genesys, kind, asked, sentence):
    with pytest.raises(NotThere) as unknown:
        await NameDirectory().find(genesys.send(), kind, asked)
    assert str(unknown.value) == sentence


async def test_names_that_differ_in_case_only_are_told_apart_or_ambiguous(genesys):
    genesys.cloud.org.roles.by_id["r"] = Thing(id="r", name="AGENT")
    names, send = NameDirectory(), genesys.send()
    assert (await names.find(send, NameKind.ROLE, "AGENT")).id == "r"
    with pytest.raises(Ambiguous):
        await names.find(send, NameKind.ROLE, "agent")


async def test_a_name_is_found_behind_the_first_page(genesys):
    for number in range(150):
        genesys.cloud.org.skills.by_id[f"s{number}"] = Thing(id=f"s{number}", name=f"Tier {number:03}")
    genesys.cloud.org.skills.by_id["last"] = Thing(id="last", name="Tier")
    assert (await NameDirectory().find(genesys.send(), NameKind.SKILL, "Tier")).id == "last"


async def test_what_was_found_is_remembered_longer_than_what_was_not(genesys):
    time = 0.0
    names, send = NameDirectory(lifetime_s=600, now=lambda: time), genesys.send()

    async def asked() -> int:
        await check_names(names, send, [(NameKind.SKILL, "Billing"), (NameKind.SKILL, "Juggling")])
        return len(genesys.seen("GET", "/routing/skills"))

    assert [await asked(), await asked()] == [2, 2]
    time = 30.0
    assert await asked() == 3
    time = 600.0
    assert await asked() == 5


async def test_each_problem_is_one_sentence_and_asked_once(genesys):
    wanted = [
        (NameKind.ROLE, "Agent"),
        (NameKind.SKILL, "Juggling"),
        (NameKind.SKILL, "Juggling"),
        (NameKind.DIVISION, "X"),
    ]
    assert await genesys.target().check_mapping(wanted) == (
        'Genesys has no routing skill "Juggling".',
        'Genesys has no division "X".',
    )
    assert len(genesys.seen("GET", "/routing/skills")) == 1


async def test_whoever_may_not_look_is_told_so(genesys):
    with pytest.raises(Unauthorized, match="authorization:role:view"):
        await check_names(NameDirectory(), genesys.send(client_id=LIMITED_ID), [(NameKind.ROLE, "Agent")])
