"""What `mapping check` and `mapping verify` work out: steps, deviations, names, answers that differ."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from shared.cli.mapping_person import effect_on
from shared.cli.mapping_rows import table, views
from shared.cli.mapping_samples import EMPTY, FILLED
from shared.cli.mapping_verify import differences, questions, report
from shared.entra.expression_engine import EngineAnswer
from shared.model import Account, Identity, Presence
from shared.rules.attributes.difference import NullPolicy
from shared.rules.effective import effective
from shared.rules.expressions import SKIP, Role, parse
from shared.rules.expressions.explaining import explain
from shared.rules.expressions.open_points import OPEN_POINTS
from shared.rules.expressions.parser import parse_tree
from shared.rules.expressions.trees import tree_of
from shared.rules.mapping import Origin, Row
from shared.rules.provisioning.comparing import compare
from shared.rules.provisioning.names_used import constants, names_used
from shared.rules.schema.loading import load_schema
from shared.rules.scope.soft_deletion import Due, Ruling
from tests.provisioning.conftest import MINIMAL, PRINCIPAL
from tests.provisioning.test_effective import GALLERY

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SHIPPED_TITLE = '[[mapping]]\ntarget = "title"\nexpression = "[jobTitle]"\n'


def steps(text, source):
    return [(step.text, step.depth, step.value, step.refusal) for step in explain(parse(text), source, now=NOW)]


def row(path: str, text: str) -> Row:
    return Row(path=path, expression=parse(text), origin=Origin.FILE, policy=NullPolicy.CLEAR)


def test_every_part_is_shown_with_what_it_gives_the_innermost_first():
    assert steps('IIF([a] = "x", ToUpper([b]), "no")', {"a": "x", "b": "y"}) == [
        ("[a]", 2, "x", ""),
        ('[a] = "x"', 1, "True", ""),
        ("[b]", 2, "y", ""),
        ("ToUpper([b])", 1, "Y", ""),
        ('IIF([a] = "x", ToUpper([b]), "no")', 0, "Y", ""),
    ]


@pytest.mark.parametrize(
    ("text", "source", "shown"),
    [
        ("[a]", {}, [("[a]", 0, None, "")]),
        ('"x"', {}, [('"x"', 0, "x", "")]),
        ("IgnoreFlowIfNullOrEmpty([a])", {}, [("[a]", 1, None, ""), ("IgnoreFlowIfNullOrEmpty([a])", 0, SKIP, "")]),
    ],
)
def test_short_expressions_are_shown_as_well(text, source, shown):
    assert steps(text, source) == shown


def test_a_part_that_gives_no_certain_value_says_why():
    (_, _, value, refusal) = steps('Word([a], 2, " ")', {"a": "x  y"})[-1]

    assert value is None
    assert refusal


def test_what_is_to_be_redacted_is_not_shown():
    shown = steps("Redact([a])", {"a": "secret"})

    assert all(value == "[Redact]" for _, _, value, _ in shown)


def test_the_shipped_rows_differ_from_the_gallery_in_what_they_clear_only(load):
    mapping = effective(load(MINIMAL + SHIPPED_TITLE), None)
    found = {one.path: one for one in compare(mapping, load_schema(GALLERY.read_bytes()))}

    assert found["title"].sentence == "title: no value clears it here, Entra leaves it."
    assert found["displayName"].sentence == "displayName is mapped in Entra only, from `[displayName]`."
    assert "userName" not in found
    assert "active" not in found


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            'expression = "ToUpper([jobTitle])"\nwhen_null = "keep"',
            "here from `ToUpper([jobTitle])`, in Entra from `[jobTitle]`",
        ),
        ('expression = "[jobTitle]"\nflow = "on_create"', "it flows on_create here, always in Entra"),
        ('expression = "[jobTitle]"\nwhen_null = "keep"\ndefault = "x"', "the defaults for new accounts differ"),
        (
            'expression = "[jobTitle]"\nwhen_null = "keep"\ncase_exact = true',
            "one of the two takes a change of letter case for a change",
        ),
    ],
)
def test_each_way_to_differ_is_named(load, lines, sentence):
    mapping = effective(load(f'{MINIMAL}[[mapping]]\ntarget = "title"\n{lines}\n'), None)
    found = {one.path: one.sentence for one in compare(mapping, load_schema(GALLERY.read_bytes()))}

    assert found["title"] == f"title: {sentence}."


def test_what_is_mapped_here_only_is_named(load):
    text = '[custom_attributes]\n"HR:tier_text" = "[extensionAttribute1]"\n'
    found = compare(effective(load(MINIMAL + text), None), load_schema(GALLERY.read_bytes()))

    assert "custom:HR:tier_text is mapped here only, from `[extensionAttribute1]`." in [one.sentence for one in found]


def test_without_a_usable_schema_there_is_nothing_to_compare_with(load):
    assert compare(effective(load(MINIMAL), None), load_schema(b"{}")) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"Home"', ["Home"]),
        ('Switch([a], "x", "1", "one", "2", [b])', ["x", "one"]),
        ('Switch([a], , "1", "one")', ["one"]),
        ('IIF([a] = "1", "one", Coalesce([b], "two"))', ["one", "two"]),
        ('Append("x", [a])', []),
        ("[a]", []),
        ('""', []),
    ],
)
def test_constants_that_can_be_the_value_are_found(text, found):
    assert list(constants(parse_tree(text))) == found


def test_names_are_taken_from_what_has_names_only():
    skills = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User:routingSkills"
    rows = [row("roles", '"employee"'), row(skills, '"Billing:3;Sales"'), row("title", '"x"'), row("custom:a:b", '"y"')]

    assert names_used(rows) == (("roles", "employee"), ("routingSkills", "Billing"), ("routingSkills", "Sales"))


def test_the_table_says_what_takes_effect(load):
    text = '[[mapping]]\ntarget = "roles"\nexpression = "\\"employee\\""\nflow = "add_values"\n'
    shown = {one.target: one for one in views(effective(load(MINIMAL + SHIPPED_TITLE + text), None))}

    assert (shown["title"].when_null, shown["userName"].when_null, shown["roles"].when_null) == ("clear", "", "keep")
    assert (shown["userName"].match, shown["roles"].source) == (1, ())


def test_what_is_too_wide_for_the_table_goes_on_below_itself(load):
    long = 'Join(\\"-\\", [department], [jobTitle], [city], [country], [displayName])'
    text = f'[[mapping]]\ntarget = "title"\nexpression = "{long}"\n'
    lines = table(views(effective(load(MINIMAL + text), None))).splitlines()

    assert max(map(len, lines)) < 160
    assert len(lines) > 4


# What Entra's engine says


@dataclass
class Engine:
    """Answers from a table, null otherwise."""

    answers: dict[str, EngineAnswer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def ask(self, expression, source):
        self.asked.append(expression)
        json.dumps(dict(source))
        return self.answers.get(expression, EngineAnswer(result=()))


def question(load, text: str, source: dict[str, str]):
    written = json.dumps(text)
    mapping = effective(load(f'{MINIMAL}[[mapping]]\ntarget = "title"\nexpression = {written}\n'), None)
    asked, _ = questions(mapping, source)
    return next(one for one in asked if one.about == "title")


@pytest.mark.parametrize(
    ("text", "answer", "said"),
    [
        ("[jobTitle]", EngineAnswer(result=("Agent",)), ()),
        ("[jobTitle]", EngineAnswer(result=()), ('Entra gives nothing; we give "Agent".',)),
        ("[city]", EngineAnswer(result=("",)), ()),
        ("[city]", EngineAnswer(result=("x",)), ('Entra gives "x"; we give nothing.',)),
        ("[jobTitle]", EngineAnswer(result=None, error="No."), ('Entra gives no value (No.); we give "Agent".',)),
        ("Mid([jobTitle], 9, 1)", EngineAnswer(result=None, error="No."), ()),
        (
            "Redact([jobTitle])",
            EngineAnswer(result=("x",)),
            ("Entra gives [Redact]; we give [Redact].",),
        ),
    ],
)
def test_answers_are_compared_as_what_would_be_written(load, text, answer, said):
    assert differences(question(load, text, {"jobTitle": "Agent"}), answer, now=NOW) == said


def test_a_value_that_we_refuse_to_give_is_a_difference(load):
    (said,) = differences(
        question(load, "Mid([jobTitle], 9, 1)", {"jobTitle": "Agent"}), EngineAnswer(result=("x",)), now=NOW
    )

    assert said.startswith('Entra gives "x"; we refuse: ')


def test_a_tree_that_entra_reads_otherwise_is_a_difference(load):
    answer = EngineAnswer(result=("AGENT",), parsed=tree_of(parse_tree("ToUpper([city])")))
    (said,) = differences(question(load, "ToUpper([jobTitle])", {"jobTitle": "Agent"}), answer, now=NOW)

    assert said.startswith("Entra reads it otherwise: ")


async def test_every_expression_and_every_open_point_is_asked(load):
    mapping = effective(load(MINIMAL + SHIPPED_TITLE), None)
    asked, left_out = questions(mapping, None)
    engine, out = Engine(), io.StringIO()

    code = await report(engine, asked, left_out, out, now=NOW)

    assert code == 1
    assert set(engine.asked) == {"[userPrincipalName]", "Not([IsSoftDeleted])", "[jobTitle]"} | {
        point.expression for point in OPEN_POINTS
    }
    assert out.getvalue().splitlines()[-1].startswith(f"{2 * 3 + len(OPEN_POINTS)} questions were asked, and ")


async def test_nothing_is_printed_but_the_count_where_both_agree(load):
    mapping = effective(load(MINIMAL), None)
    asked, left_out = questions(mapping, {"userPrincipalName": "a@b", "IsSoftDeleted": "False"})
    own = [one for one in asked if not one.about.startswith("Open point")]
    answers = {
        "[userPrincipalName]": EngineAnswer(result=("a@b",)),
        "Not([IsSoftDeleted])": EngineAnswer(result=("True",)),
    }
    out = io.StringIO()

    assert await report(Engine(answers), tuple(own), left_out, out, now=NOW) == 0
    assert out.getvalue() == "2 questions were asked, and 0 answers of Entra's engine differ from ours.\n"


def test_app_roles_are_left_out_and_said_so(load):
    text = (
        f'[entra]\nservice_principal = "{PRINCIPAL}"\n'
        '[[mapping]]\ntarget = "roles"\nexpression = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"\n'
    )
    asked, left_out = questions(effective(load(MINIMAL + text), None), {"appRoleAssignments": (Role(value="x"),)})

    assert left_out == ("roles was not asked: Entra's engine gives nothing for app roles there.",)
    assert all(one.about != "roles" for one in asked)


def test_made_up_values_exist_for_every_attribute_or_for_none():
    assert FILLED.get("extension_0123456789abcdef0123456789abcdef_x")
    assert FILLED.get("userPrincipalName") == "zoe.obrien@contoso.example"
    assert EMPTY.get("userPrincipalName") is None


# What becomes of an account as a whole

CURRENT = Identity(id="i", presence=Presence.PRESENT, account_enabled=True)
DISABLED = Identity(id="i", presence=Presence.PRESENT, account_enabled=False)


@pytest.mark.parametrize(
    ("active", "identity", "due", "deactivates", "said"),
    [
        (None, CURRENT, Due.ACTIVE, True, "Genesys has no account for the person."),
        (True, CURRENT, Due.ACTIVE, True, ""),
        (
            False,
            CURRENT,
            Due.ACTIVE,
            True,
            "The account is inactive, and stays so: nothing is activated on one reading.",
        ),
        (True, CURRENT, Due.INACTIVE, True, "The account would be deactivated."),
        (True, CURRENT, Due.INACTIVE, False, "The account is left to Entra's job, since OUT_OF_SCOPE is `leave`."),
        (False, CURRENT, Due.INACTIVE, True, "The account is left as it is."),
        (True, CURRENT, Due.LEAVE, True, "The account is left as it is."),
        (True, DISABLED, Due.INACTIVE, False, "The account would be deactivated."),
        (True, DISABLED, Due.LEAVE, False, "The account would be deactivated."),
        (False, DISABLED, Due.INACTIVE, False, "The account is inactive already."),
    ],
)
def test_what_becomes_of_the_account_is_one_sentence(active, identity, due, deactivates, said):
    account = None if active is None else Account(id="a", user_name="a@b", active=active)
    ruling = Ruling(due=due, is_soft_deleted=None, why="")

    assert effect_on(account, identity, ruling, deactivates=deactivates) == said
