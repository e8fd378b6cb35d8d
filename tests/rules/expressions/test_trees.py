"""Do an expression's text and the tree that Entra stores with it say the same?"""

from __future__ import annotations

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import parse
from shared.rules.expressions.parser import DEEPEST
from shared.rules.expressions.trees import expression_of, read_stored, same, tree_of
from shared.rules.schema.nouns import Parameter, SourceKind, StoredSource


def attribute(name):
    return StoredSource(kind=SourceKind.ATTRIBUTE, name=name, expression=f"[{name}]")


def constant(value):
    return StoredSource(kind=SourceKind.CONSTANT, name=value, expression=f'"{value}"')


def function(name, *parameters, expression=""):
    return StoredSource(
        kind=SourceKind.FUNCTION, name=name, expression=expression,
        parameters=tuple(Parameter(key=key, value=value) for key, value in parameters),
    )  # fmt: skip


# Real trees (entra-mapping.md §2), their keys in the spelling of Graph's pages.
MID = function(
    "Mid", ("source", attribute("userPrincipalName")), ("start", constant("1")), ("length", constant("8")),
    expression="Mid([userPrincipalName], 1, 8)",
)  # fmt: skip
REPLACE = function(
    "Replace", ("source", attribute("preferredLanguage")), ("Find", constant("-")), ("Replacement", constant("_")),
    expression='Replace([preferredLanguage], "-", , , "_", , )',
)  # fmt: skip
SWITCH = function(
    "Switch", ("source", attribute("IsSoftDeleted")), ("switchValue", constant("False")),
    ("switchValue", constant("True")), ("switchValue", constant("True")), ("switchValue", constant("False")),
    expression='Switch([IsSoftDeleted], , "False", "True", "True", "False")',
)  # fmt: skip


@pytest.mark.parametrize("stored", [MID, REPLACE, SWITCH], ids=lambda stored: stored.name)
def test_a_real_tree_agrees_with_its_text_and_can_be_made_from_it(stored):
    expression = parse(stored.expression)

    assert same(expression, stored) is None
    assert read_stored(stored).root == expression.root
    assert tree_of(expression.root) == stored


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (attribute("extensionAttribute10"), "[extensionAttribute10]"),
        (constant('say "hi" \\'), '"say \\"hi\\" \\\\"'),
        (constant(""), '""'),
        (MID, 'Mid([userPrincipalName], "1", "8")'),
        (REPLACE, 'Replace([preferredLanguage], "-", , , "_", , )'),
        (SWITCH, 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
        (function("Now"), "Now()"),
        (function("Switch", ("source", attribute("a")), ("defaultValue", constant("d")), ("switchValue", constant("x")),
                  ("switchValue", constant("1"))), 'Switch([a], "d", "x", "1")'),
        (function("Replace", ("a", attribute("a")), ("b", constant("-"))), 'Replace([a], "-")'),
        (function("ToLower", ("source", function("Trim", ("value", attribute("a"))))), "ToLower(Trim([a]))"),
    ],
)  # fmt: skip
def test_a_tree_without_text_gets_one(stored, text):
    assert expression_of(stored) == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("[a]", attribute("b")),
        ("[a]", constant("a")),
        ('"a"', attribute("a")),
        ('"True"', constant("true")),
        ("Trim([a])", function("ToLower", ("source", attribute("a")))),
        ("Trim([a])", attribute("a")),
        ('Append([a], "x")', function("Append", ("source", constant("x")), ("suffix", attribute("a")))),
        ('Append([a], "x")', function("Append", ("source", attribute("a")))),
        ('Switch([a], "d", "x", "1")', SWITCH),
        ("Mid([userPrincipalName], 1, 9)", MID),
        ('Replace([preferredLanguage], , "-", , "_", , )', REPLACE),
        ('Replace([preferredLanguage], "-", , , "_", , "x")', REPLACE),
        ('Switch([IsSoftDeleted], "False", "True", "True", "False", "x")', SWITCH),
        ('IIF([a] = "x", "1", "2")', function("IIF", ("condition", constant("?")), ("a", constant("2")),
                                             ("b", constant("1")))),
    ],
)  # fmt: skip
def test_a_tree_that_says_something_else_is_found_with_both_readings(text, stored):
    difference = same(parse(text), stored)

    assert difference is not None
    assert difference.text in difference.sentence
    assert difference.tree in difference.sentence
    with pytest.raises(MappingRefused, match="and the tree stored with it says"):
        read_stored(StoredSource(kind=stored.kind, name=stored.name, expression=text, parameters=stored.parameters))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ('Append([a], "x")', function("Append", ("one", attribute("a")), ("two", constant("x")))),
        ('CBool([a] = "x")', function("CBool", ("expression", constant("unknown form")))),
        ('IIF([a] = "x", "1", "2")', function("IIF", ("valueIfTrue", constant("1")), ("valueIfFalse", constant("2")))),
        ("BitAnd(&HF, 1)", function("BitAnd", ("value1", constant("15")), ("value2", constant("1")))),
        ("BitAnd(&HF, 1)", function("BitAnd", ("value1", constant("&HF")), ("value2", constant("1")))),
        ('FormatDateTime([a], , "yyyy-MM", "MM")', function("FormatDateTime", ("source", attribute("a")),
                                                            ("in", constant("yyyy-MM")), ("out", constant("MM")))),
        ("ToLower([a], )", function("ToLower", ("source", attribute("a")))),
        ("[a]", StoredSource(kind=SourceKind.ATTRIBUTE, name="", expression="[a]")),
    ],
)  # fmt: skip
def test_what_means_the_same_is_no_difference(text, stored):
    assert same(parse(text), stored) is None


def test_the_tree_settles_an_escape_that_the_grammar_does_not_know():
    tree = function("Append", ("source", attribute("a")), ("suffix", constant("d")), expression='Append([a], "\\d")')

    assert read_stored(tree).text == 'Append([a], "d")'
    with pytest.raises(MappingRefused, match="must be written"):
        read_stored(StoredSource(kind=SourceKind.FUNCTION, name="", expression='Append([a], "\\d")'))


def test_a_tree_that_nests_without_end_is_refused():
    tree = attribute("a")
    for _ in range(500):
        tree = function("Trim", ("value", tree))

    with pytest.raises(MappingRefused, match="functions inside each other"):
        expression_of(tree)
    with pytest.raises(MappingRefused, match="functions inside each other"):
        same(parse("Trim([a])"), tree)


@pytest.mark.parametrize("around", ["Trim({})", 'IIF([a] = "x", "1", {})', 'Switch({}, "d", "x", "1")'])
def test_the_deepest_expression_has_a_tree_that_agrees(around):
    text = "[a]"
    for _ in range(DEEPEST):
        text = around.format(text)
    tree = tree_of(parse(text).root)

    assert same(parse(text), tree) is None
    if "=" not in text:
        assert parse(expression_of(tree)).root == parse(text).root
