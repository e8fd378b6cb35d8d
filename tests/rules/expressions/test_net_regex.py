"""Does a .NET regular expression match what it matches in .NET, and is the rest refused?"""

from __future__ import annotations

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions.net_regex import compile_net
from shared.rules.expressions.nodes import quoted
from tests.rules.expressions.giving import give


def replaced(pattern: str, replacement: str, text: str):
    return give(f"Replace([a], , {quoted(pattern)}, , {quoted(replacement)}, , )", a=text)


@pytest.mark.parametrize(
    ("pattern", "text", "marked"),
    [
        ("b", "abc", "a-c"),
        ("B", "abc", "abc"),
        (".", "a\nb", "-\n-"),
        ("^a", "aba", "-ba"),
        ("a$", "ba\n", "b-\n"),
        (r"a\Z", "ba\n", "b-\n"),
        (r"a\z", "ba\n", "ba\n"),
        (r"\Aa", "aba", "-ba"),
        ("(?m)^a$", "a\na", "-\n-"),
        ("(?m:a$)|b$", "a\nb\n", "-\n-\n"),
        ("(?m-s:a$)", "a\nb", "-\nb"),
        ("(?s)a.b", "a\nb", "-"),
        ("a(?i)b|c", "aBCab", "---"),
        ("(?i:a)b", "AbAB", "-AB"),
        ("(?i)strasse", "stra\u00dfe", "stra\u00dfe"),
        (r"\d+", "a12\u0663b", "a-b"),
        (r"\w+", "\u00e9_\u203f1 \u20ac", "- \u20ac"),
        (r"\W", "a-b\u20acc", "a-b-c"),
        (r"[\W\d]", "a1 b", "a--b"),
        (r"[^\w-]", "a-b!c", "a-b-c"),
        (r"\s+", "a \t\u00a0b", "a-b"),
        (r"\S", "a b", "- -"),
        (r"\bcat\b", "cat cats", "- cats"),
        (r"\Bt", "t at", "t a-"),
        (r"\p{Lu}+", "aBCd", "a-d"),
        (r"[\p{Lu}\P{L}]", "aB1", "a--"),
        (r"(?<=a.*)b", "axxb", "axx-"),
        (r"(?<!a)b", "abb", "ab-"),
        ("a(?=b)", "abac", "-bac"),
        ("a(?!b)", "abac", "ab-c"),
        ("(?>a+)ab", "aaab", "aaab"),
        ("(a)(?:b)(c)?", "abc", "-"),
        ("(?<n>a)\\k<n>", "aab", "-b"),
        ("(?'n'a)\\k'n'", "aab", "-b"),
        (r"(a)\1", "aab", "-b"),
        (r"(?<n>a)(b)\1\2", "abba", "-"),
        ("a{2}", "aaa", "-a"),
        ("a{2,}?", "aaaa", "--"),
        ("a{,2}", "a{,2}", "-"),
        ("a{", "a{", "-"),
        ("[]a]+", "]a[", "-["),
        ("[a-c-]+", "ab-d", "-d"),
        (r"[\d-x]+", "1-xy", "-y"),
        ("[[]", "a[", "a-"),
        ("[a^]", "^a", "--"),
        ("[~&|]+", "~~&&||", "-"),
        (r"\x41\u0042\cJ\t\e\0", "AB\n\t\x1b\0", "-"),
        (r"[\b]\.", "\b.", "-"),
        ("a(?#comment (x)b", "ab", "-"),
        ("a b#c", "a b#c", "-"),
        ("[-[a]+", "-[ab", "-b"),
        ("", "ab", "-a-b-"),
        ("()", "a", "-a-"),
    ],
)
def test_a_pattern_matches_as_in_dotnet(pattern, text, marked):
    assert replaced(pattern, "-", text) == marked


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[a-z-[aeiou]]", "subtracts one class of characters"),
        ("(?<a-b>x)", "a group that cannot be carried over"),
        ("(?(a)b|c)", "a group that cannot be carried over"),
        ("(?<1>x)", "a group that cannot be carried over"),
        ("(?P<n>x)", "a group that cannot be carried over"),
        ("(?x)a b", "sets an option other than i, m and s"),
        ("(?n:(a))", "sets an option other than i, m and s"),
        (r"\p{IsGreek}", "no general category"),
        (r"\pL", "no general category"),
        (r"\G", "the escape \\G"),
        (r"\y", "the escape \\y"),
        (r"\_", "the escape \\_"),
        (r"\x4", "the escape \\x"),
        ("a\\", "ends with a backslash"),
        ("[a", "a [ without ]"),
        ("[", "a [ without ]"),
        ("[]", "a [ without ]"),
        ("[z-a]", "a range in reverse order"),
        (r"[a-\d]", "a range in reverse order, or one that ends with a class"),
        ("[[:alpha:]]", "[: inside of brackets"),
        ("(a", "a ( without )"),
        ("a)", "a ) without ("),
        ("(?#a", "a comment (?# without )"),
        ("*a", "repeats nothing"),
        ("a**", "repeats twice"),
        ("a++", "repeats twice"),
        ("(*a)", "repeats nothing"),
        ("a|*", "repeats nothing"),
        ("a{3,2}", "with m below n"),
        ("a{20000}", "more than 10000 times"),
        (r"\1", "refers to a group that it does not have"),
        (r"(a)\2", "refers to a group that it does not have"),
        (r"\k<n>", "refers to a group that it does not have"),
        ("(" * 60 + ")" * 60, "more than 50 groups inside each other"),
    ],
)
def test_what_cannot_be_carried_over_is_refused_when_the_mapping_is_loaded(pattern, said):
    with pytest.raises(MappingRefused) as refused:
        compile_net(pattern)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("replacement", "value"),
    [
        ("$1", "<b>"),
        ("$2", "<d>"),
        ("$3", "<c>"),
        ("${n}", "<c>"),
        ("${3}", "<c>"),
        ("$0", "<bcd>"),
        ("$&", "<bcd>"),
        ("$01", "<b>"),
        ("$$1", "<$1>"),
        ("$`", "<<>"),
        ("$'", "<>>"),
        ("$_", "<<bcd>>"),
        ("$+", "<c>"),
        ("$4", "<$4>"),
        ("$10", "<$10>"),
        ("${m}", "<${m}>"),
        ("${n", "<${n>"),
        ("$", "<$>"),
        ("$x", "<$x>"),
        (r"\1", r"<\1>"),
        ("a$1b$2", "<abbd>"),
    ],
)
def test_a_replacement_is_filled_in_as_in_dotnet(replacement, value):
    """Groups without a name are numbered first, so that `$3` is the named one in the middle."""
    assert replaced("(b)(?<n>c)(d)", replacement, "<bcd>") == value


def test_a_group_that_took_no_part_is_empty():
    assert replaced("a(b)?", "[$1]", "ac") == "[]c"


def test_without_groups_the_last_group_is_the_match():
    assert replaced("b", "[$+]", "abc") == "a[b]c"


def test_a_pattern_that_backtracks_without_end_is_stopped():
    source = {"a": "a" * 60 + "!"}

    with pytest.raises(MappingRefused, match="did not finish within"):
        give('Replace([a], , "^(a|a)*$", , "", , )', **source)
    with pytest.raises(MappingRefused, match="did not finish within"):
        give('Replace([b], , "^(?<n>a|a)*$", "n", , [a], )', **source)
