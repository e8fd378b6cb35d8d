"""What is in force for a file and a tenant's schema, and what is said about the two."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from shared.rules.attributes.difference import Flow, NullPolicy
from shared.rules.effective import effective
from shared.rules.mapping import Effective, Origin, Row
from shared.rules.schema.problems import Level
from tests.provisioning.conftest import MINIMAL, PRINCIPAL, text_of

GALLERY = Path(__file__).parents[2] / "infra" / "local" / "entra" / "gallery_schema.json"
JOB = f'version = 1\n[entra]\nschema = "job"\nservice_principal = "{PRINCIPAL}"\n'
TITLE = '[[mapping]]\ntarget = "title"\nexpression = "ToUpper([jobTitle])"\n'
CUSTOM = '[custom_attributes]\n"HR:tier_text" = "[extensionAttribute1]"\n'


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """As it is read of a job."""

    document: bytes = GALLERY.read_bytes()
    sync_all: bool | None = True
    skip_out_of_scope_deletions: bool | None = False
    notes: tuple[str, ...] = ()


def gallery(change=None) -> bytes:
    """The gallery's schema, its mapping of users changed."""
    document: dict[str, Any] = json.loads(GALLERY.read_text(encoding="utf-8"))
    if change is not None:
        change(document["synchronizationRules"][0]["objectMappings"][0])
    return json.dumps(document).encode()


def row(mapping: Effective, path: str) -> Row:
    (found,) = [one for one in mapping.rows if one.path == path]
    return found


def said(mapping: Effective, level: Level = Level.ERROR) -> list[str]:
    return [problem.sentence for problem in mapping.problems if problem.level is level]


def test_without_a_schema_the_rows_are_the_mapping(load):
    mapping = effective(load(MINIMAL + TITLE + CUSTOM), None)

    assert [(one.path, one.origin, one.policy) for one in mapping.rows] == [
        ("userName", Origin.FILE, NullPolicy.CLEAR),
        ("active", Origin.FILE, NullPolicy.CLEAR),
        ("title", Origin.FILE, NullPolicy.CLEAR),
        ("custom:HR:tier_text", Origin.FILE, NullPolicy.CLEAR),
    ]
    assert mapping.users is not None
    assert [one.path for one in mapping.users.matching] == ["userName"]
    assert mapping.updates
    assert mapping.switches.sync_all
    assert mapping.switches.deactivates
    assert not mapping.needs_assignment
    assert mapping.problems == ()


def test_without_a_schema_the_tenant_s_job_does_not_count(load):
    file = load(MINIMAL)

    assert effective(file, Tenant()) == effective(file, None)


def test_assigned_people_are_asked_about_at_their_application(load):
    people = (
        f'[entra]\nservice_principal = "{PRINCIPAL.upper()}"\n[scope]\npeople = "assigned"\nmembers = "transitive"\n'
    )
    mapping = effective(load(MINIMAL + people), None)

    assert mapping.needs_assignment
    assert mapping.transitive
    assert mapping.service_principal == PRINCIPAL


def test_the_file_s_own_filter_is_in_force(load):
    group = '[[scope.group]]\nclauses = [{ attribute = "department", operator = "EQUALS", value = "Sales" }]\n'
    mapping = effective(load(MINIMAL + group), None)

    assert mapping.users is not None
    assert mapping.users.scope.attributes == {"department"}
    assert "department" in mapping.names


def test_a_pattern_without_anchors_is_told_with_its_line(load):
    group = '[[scope.group]]\nclauses = [{ attribute = "mail", operator = "REGEX MATCH", value = "[0-9]" }]\n'
    (remark,) = said(effective(load(MINIMAL + group), None), Level.WARNING)

    assert remark.startswith("provisioning.toml:9: ")


def test_a_mapping_without_active_says_that_nobody_is_disabled(load):
    mapping = effective(load(MINIMAL[: MINIMAL.rindex("[[mapping]]")]), None)

    assert said(mapping, Level.WARNING) == [
        "provisioning.toml: Nothing in it reads `IsSoftDeleted`: nobody will be disabled."
    ]
    assert not mapping.switches.deactivates


def test_a_job_that_was_not_read_yet_has_no_mapping(load):
    mapping = effective(load(JOB), None)

    assert mapping.users is None
    assert said(mapping) == ["The tenant's provisioning schema has not been read yet."]


def test_the_job_s_rows_keep_what_has_no_value_and_ours_are_added(load):
    mapping = effective(load(JOB + CUSTOM), Tenant())

    assert said(mapping) == []
    assert (row(mapping, "title").origin, row(mapping, "title").policy) == (Origin.ENTRA, NullPolicy.KEEP)
    assert (row(mapping, "custom:HR:tier_text").origin, row(mapping, "custom:HR:tier_text").policy) == (
        Origin.FILE, NullPolicy.CLEAR,
    )  # fmt: skip


def test_a_row_beside_the_tenant_s_is_refused_and_both_are_named(load):
    mapping = effective(load(JOB + TITLE), Tenant())

    assert row(mapping, "title").origin is Origin.ENTRA
    assert said(mapping) == [
        (
            "provisioning.toml:5: title is mapped by the tenant's schema too, as `[jobTitle]`, and that one stays in "
            "force: write override = true here, or leave one of the two out."
        )
    ]


def test_a_row_that_overrides_takes_the_place_of_the_tenant_s(load):
    mapping = effective(load(JOB + TITLE + "override = true\n"), Tenant())

    assert said(mapping) == []
    assert row(mapping, "title").origin is Origin.FILE
    assert text_of(row(mapping, "title")) == "ToUpper([jobTitle])"


def test_an_override_of_what_the_tenant_does_not_map_is_told(load):
    text = '[[mapping]]\ntarget = "externalId"\nexpression = "[objectId]"\noverride = true\n'
    mapping = effective(load(JOB + text), Tenant())

    assert row(mapping, "externalId").origin is Origin.FILE
    assert "provisioning.toml:5: externalId has override = true, but the tenant's schema does not map it." in said(
        mapping, Level.WARNING
    )


def test_an_override_of_active_that_reads_nothing_is_told(load):
    text = '[[mapping]]\ntarget = "active"\nexpression = "\\"True\\""\noverride = true\n'
    mapping = effective(load(JOB + text), Tenant())

    assert not mapping.switches.deactivates
    assert "provisioning.toml: the row for active overrides what disables people." in said(mapping, Level.WARNING)


def test_an_override_of_the_only_match_without_a_match_is_refused(load):
    text = '[[mapping]]\ntarget = "userName"\nexpression = "[mail]"\noverride = true\n'

    assert effective(load(JOB + text), Tenant()).users is None
    matching = effective(load(JOB + text + "match = 1\n"), Tenant())
    assert matching.users is not None
    assert [text_of(one) for one in matching.users.matching] == ["[mail]"]


@pytest.mark.parametrize(
    ("job", "file", "sync_all", "usable"),
    [
        (True, None, True, True),
        (False, None, False, True),
        (None, None, False, False),
        (None, "everybody", True, True),
        (None, "assigned", False, True),
        (False, "everybody", False, True),
    ],
)
def test_who_is_provisioned_is_the_job_s_to_say_and_the_file_s_where_it_does_not(load, job, file, sync_all, usable):
    scope = f'[scope]\npeople = "{file}"\n' if file else ""
    mapping = effective(load(JOB + scope), Tenant(sync_all=job))

    assert mapping.switches.sync_all is sync_all
    assert (mapping.users is not None) is usable


def test_a_file_that_contradicts_the_job_is_told(load):
    mapping = effective(load(JOB + '[scope]\npeople = "everybody"\n'), Tenant(sync_all=False))

    assert (
        "provisioning.toml: Entra's job says otherwise than `people` in [scope] who is provisioned; the job counts."
        in (said(mapping, Level.WARNING))
    )


def test_what_could_not_be_read_of_the_job_is_among_the_problems(load):
    note = "Graph does not show SyncAll, so settings decide."

    assert note in said(effective(load(JOB), Tenant(notes=(note,))), Level.WARNING)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b"\xff", b'{"synchronizationRules": []}'], ids=str)
def test_a_document_that_is_no_schema_leaves_nothing_to_do(load, document):
    mapping = effective(load(JOB + CUSTOM), Tenant(document=document))

    assert mapping.users is None
    assert said(mapping)


def test_a_schema_whose_matching_cannot_be_evaluated_leaves_nothing_to_do(load):
    def spoil(users):
        users["attributeMappings"][0]["source"] = {"expression": "Unknown([mail])", "name": "", "type": "Function"}

    assert effective(load(JOB), Tenant(document=gallery(spoil))).users is None


def test_an_exported_file_is_as_good_as_the_job(load, tmp_path):
    (tmp_path / "schema.json").write_bytes(GALLERY.read_bytes())
    text = 'version = 1\n[entra]\nschema = "file"\nfile = "schema.json"\n[scope]\npeople = "everybody"\n'

    exported = effective(load(text), None)
    job = effective(load(JOB), Tenant())

    assert exported.rows == job.rows
    assert exported.switches == job.switches


@pytest.mark.parametrize(
    ("shown", "written", "expected"),
    [(None, "", True), (None, "false", False), (None, "true", True), (False, "", False), (False, "true", False)],
)
def test_accounts_outside_of_the_scope_stay_unless_somebody_says_otherwise(load, shown, written, expected):
    scope = f"[scope]\nskip_out_of_scope_deletions = {written}\n" if written else ""

    mapping = effective(load(JOB + scope), Tenant(skip_out_of_scope_deletions=shown))

    assert mapping.switches.skip_out_of_scope_deletions is expected
    told = [one for one in said(mapping, Level.WARNING) if "SkipOutOfScopeDeletions" in one]
    assert len(told) == (shown is None and not written)


def test_that_the_file_decides_who_is_provisioned_is_told(load):
    mapping = effective(load(JOB + '[scope]\npeople = "assigned"\n'), Tenant(sync_all=None))

    assert not mapping.switches.sync_all
    assert any("Graph does not show SyncAll" in one for one in said(mapping, Level.WARNING))


def test_the_version_changes_with_everything_that_changes_what_is_written(load, tmp_path):
    file = load(JOB)
    before = effective(file, Tenant())
    others = [
        effective(load(JOB + CUSTOM), Tenant()),
        effective(file, Tenant(document=gallery(lambda users: users.update(flowTypes="Update")))),
        effective(file, Tenant(sync_all=False)),
        effective(file, Tenant(skip_out_of_scope_deletions=True)),
        effective(replace(file, digest="other"), Tenant()),
        effective(file, None),
    ]

    assert before.version == effective(file, Tenant()).version
    assert len({before.version, *(one.version for one in others)}) == len(others) + 1


def test_flows_are_those_of_the_file(load):
    text = (
        '[[mapping]]\ntarget = "roles"\nexpression = "Split([extensionAttribute3], \\",\\")"\nflow = "add_values"\n'
        '[[mapping]]\ntarget = "division"\nexpression = "\\"Home\\""\nflow = "on_create"\n'
        '[[mapping]]\ntarget = "title"\nexpression = "[jobTitle]"\nflow = "only_when_empty"\n'
    )
    mapping = effective(load(MINIMAL + text), None)

    flows = {one.path.rpartition(":")[2]: one.flow for one in mapping.rows}
    assert (flows["roles"], flows["division"], flows["title"]) == (Flow.ADD_VALUES, None, Flow.ONLY_WHEN_EMPTY)


def test_app_roles_of_an_unknown_application_are_left_as_they_are(load, tmp_path):
    """Everybody would seem to have none, and lose those in Genesys."""

    def add_roles(users):
        expression = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"
        users["attributeMappings"].append({"targetAttributeName": "roles", "source": {"expression": expression}})

    (tmp_path / "schema.json").write_bytes(gallery(add_roles))
    text = 'version = 1\n[entra]\nschema = "file"\nfile = "schema.json"\n{}[scope]\npeople = "everybody"\n'

    without = effective(load(text.format("")), None)
    named = effective(load(text.format(f'service_principal = "{PRINCIPAL}"\n')), None)

    assert "roles" not in without.paths
    assert said(without)[0].startswith("It follows app roles, and nobody knows of which application")
    assert "roles" in named.paths
    assert named.needs_assignment
