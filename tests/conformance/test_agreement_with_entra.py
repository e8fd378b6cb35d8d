"""The point of it all: our convergence and Entra's job never undo each other's work, whoever comes first.

What the app does not do yet is named here as a gap. A gap covers its own differences and nothing else of its scene,
and a gap that is closed fails here until its name is taken out.
"""

from __future__ import annotations

import re

import pytest

from tests.conformance.agreement import (
    EVERY_SCENE,
    EVERY_SCHEMA,
    entra_finds_nothing_after,
    finds_nothing_after_entra,
)
from tests.conformance.our_convergence import ours
from tests.conformance.scenes import everybody, guest, joiners, regrouped, returner

CREATING = "who has no account is not given one yet"
GROUPS = "groups and their members are not written yet"
ENABLING = "an inactive account is neither enabled again nor otherwise written yet"
GAPS = {joiners: {CREATING}, guest: {CREATING}, regrouped: {GROUPS}, everybody: {GROUPS}, returner: {ENABLING}}
WRITE = re.compile(r"(?P<operation>\w+) (?P<path>.*) of (?P<account>[0-9a-f-]{36}): (?P<value>.*)")


@pytest.fixture
def converge_all(tmp_path, monkeypatch):
    def signed_in(worlds):
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{worlds.graph_url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", worlds.tenant.identity_header)

    return ours(tmp_path, signed_in)


def sorted_out(told, worlds):
    """The lines that no gap explains, and the gaps that explain the others."""
    rest, gaps = [], set()
    writes = [(line, WRITE.fullmatch(line)) for line in told]
    enabled = {one["account"] for _, one in writes if one and (one["path"], one["value"]) == ("active", "True")}
    for line, one in writes:
        if one and one["operation"] == "create":
            gaps.add(CREATING)
        elif one and one["account"] in worlds.cloud.org.groups:
            gaps.add(GROUPS)
        elif one and one["account"] in enabled:
            gaps.add(ENABLING)
        else:
            rest.append(line)
    return rest, gaps


@EVERY_SCHEMA
@EVERY_SCENE
async def test_entra_finds_nothing_to_change_after_us(converge_all, worlds, schema, scene, dialect):
    await converge_all(worlds)  # whom nobody knows as ours, nobody may deactivate: Entra's job has linked them, too
    told = []
    try:
        await entra_finds_nothing_after(converge_all, worlds, schema, scene, dialect=dialect)
    except AssertionError as error:
        told = str(error).splitlines()[1:]

    assert sorted_out(told, worlds) == ([], GAPS.get(scene, set()))


@EVERY_SCHEMA
@EVERY_SCENE
async def test_we_find_nothing_to_change_after_entra(converge_all, worlds, schema, scene, dialect):
    await converge_all(worlds)

    await finds_nothing_after_entra(converge_all, worlds, schema, scene, dialect=dialect)


async def test_a_second_convergence_writes_nothing(converge_all, worlds):
    await converge_all(worlds)
    before, since = worlds.versions(), worlds.now

    outcomes = await converge_all(worlds)

    assert [one for one in worlds.written(since) if "/scim/" in one] == []
    assert worlds.versions() == before
    assert [one.notes for one in outcomes if one.notes] == []
