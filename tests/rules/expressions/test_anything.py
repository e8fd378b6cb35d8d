"""Does anything ever leave an evaluation but a value, SKIP or the one mapping error?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MappingRefused
from shared.rules.expressions import FUNCTIONS, SKIP, Role, concerns, evaluate, expression, parse
from shared.rules.expressions.net_regex import compile_net
from shared.rules.expressions.nodes import (
    COMPARISONS,
    ENUMERATION,
    Attribute,
    Call,
    Comparison,
    Keyword,
    Number,
    Text,
    text_of,
    walk,
)
from shared.rules.expressions.parser import parse_tree
from shared.rules.expressions.trees import expression_of, same, tree_of
from shared.rules.expressions.values import LONGEST_TEXT

NAMES = ("a", "b", "accountEnabled", "appRoleAssignments")
TELLING = (
    "", "True", "false", "0", "-1", "7", "99999999999999999999", "d", "ww", "yyyy", "m", "yyyy-MM-dd", "h:mm tt",
    "2024-02-29", "9999-12-31", "2012-03-16-07:00", "0001-01-01+14:00", "[a-z]*", "(?<n>\\d+)", "n", "${n}$&$1$",
    ",", " ", "o'BRIEN (\u00df\u0130\u0131)", "\U0001f600x", "\ud800", "tr-TR", "en-US", "x" * 300,
)  # fmt: skip
PATTERN_PIECES = (
    "a", "\\d", "\\w", "\\W", "[a-z]", "[^\\w-]", "(?<n>", "(?'q'", "(", "(?:", "(?=", "(?<!", ")", "*", "+?", "{2,3}",
    "|",     "^", "$", "\\z", "\\Z", "\\1", "\\k<n>", "(?i)", "(?m-s:", "\\p{Lu}", "[", "]", "-", ".", "\\", "(?#",
    "\u20ac", "{,", "\\x41",
)  # fmt: skip
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

texts = st.sampled_from(TELLING) | st.text(max_size=12)
leaves = (
    st.sampled_from(NAMES).map(lambda name: Attribute(name=name))
    | texts.map(lambda value: Text(value=value))
    | st.integers(-(2**63) + 1, 2**63 - 1).map(lambda value: Number(written=str(value), value=value))
    | st.sampled_from(ENUMERATION).map(lambda name: Keyword(name=name))
)


def calls(below):
    """Mostly calls with as many arguments as the function takes, so that most of them are evaluated."""

    def of(function):
        count = len(function.parameters)
        argument = st.none() | below if function.name in ("Replace", "FormatDateTime") else below
        arguments = st.lists(argument, min_size=count, max_size=8 if function.repeats else count)
        return st.tuples(st.just(function.name), arguments)

    compared = st.tuples(below, st.sampled_from(COMPARISONS), below).map(
        lambda parts: Comparison(left=parts[0], operator=parts[1], right=parts[2])
    )
    conditional = st.tuples(compared, below, below).map(lambda parts: Call(name="IIF", arguments=parts))
    called = st.sampled_from(list(FUNCTIONS.values())).flatmap(of)
    return conditional | called.map(lambda parts: Call(name=parts[0], arguments=tuple(parts[1])))


nodes = st.recursive(leaves, calls, max_leaves=12)
roles = st.builds(Role, id=texts, value=texts, display_name=texts)
values = st.none() | texts | st.lists(texts, max_size=3).map(tuple) | st.lists(roles, max_size=3).map(tuple)
sources = st.dictionaries(st.sampled_from(NAMES), values)


def outcome_of(attempt):
    try:
        return attempt()
    except MappingRefused as refusal:
        return refusal


@given(nodes, sources, st.booleans())
def test_an_evaluation_gives_a_value_or_the_mapping_error(node, source, random):
    def attempt():
        ready = expression(node)
        concerns(ready)
        return evaluate(ready, source, now=NOW, choose=(lambda most: most - 1) if random else None)

    value = outcome_of(attempt)

    assert value is None or value is SKIP or isinstance(value, str | tuple | MappingRefused)
    assert not isinstance(value, str) or len(value) <= LONGEST_TEXT
    assert not isinstance(value, MappingRefused) or str(value).endswith(".")


@given(nodes)
def test_the_text_of_a_tree_is_read_as_that_tree(node):
    assert parse_tree(text_of(node)) == node


@given(nodes)
def test_an_expression_agrees_with_its_own_tree(node):
    try:
        ready = expression(node)
    except MappingRefused:
        return
    tree = tree_of(node)
    assert same(ready, tree) is None
    if not isinstance(node, Comparison) and not any(isinstance(part, Comparison) for part in walk(node)):
        assert same(parse(expression_of(tree)), tree) is None


@given(st.text(alphabet='Append(Switch[a]",\\ \n=<>-&H1)x\u201c', max_size=60) | st.text(max_size=40))
def test_any_text_is_an_expression_or_the_mapping_error(text):
    value = outcome_of(lambda: evaluate(parse(text), {}, now=NOW))

    assert not isinstance(value, MappingRefused) or value.offset is None or 0 <= value.offset <= len(text)


@given(st.lists(st.sampled_from(PATTERN_PIECES), max_size=10).map("".join), texts)
def test_any_pattern_matches_or_is_refused(pattern, text):
    given_ = (Attribute(name="a"), None, Text(value=pattern), None, Text(value="-"), None, None)
    node = Call(name="Replace", arguments=given_)
    try:
        evaluate(expression(node), {"a": text}, now=NOW)
    except MappingRefused:
        return
    assert compile_net(pattern).compiled is not None


@pytest.mark.parametrize("depth", [5, 30, 59])
def test_nested_replacements_never_grow_without_end(depth):
    text = "[a]"
    for _ in range(depth):
        text = f'Replace({text}, "a", , , "aaaaaaaaaa", , )'

    with pytest.raises(MappingRefused, match=f"grow beyond {LONGEST_TEXT}"):
        evaluate(parse(text), {"a": "aaa"}, now=NOW)
