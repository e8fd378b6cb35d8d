"""What is an expression, and where does the error stand when a text is none?"""

from __future__ import annotations

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import FUNCTIONS, parse
from shared.rules.expressions.nodes import Attribute, Call, Comparison, Keyword, Number, Text
from shared.rules.expressions.parser import DEEPEST, LONGEST, parse_tree
from shared.rules.expressions.refused_functions import REFUSED


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[mail]", Attribute(name="mail")),
        ("[extension_0123_a b.c]", Attribute(name="extension_0123_a b.c")),
        ('"Home"', Text(value="Home")),
        ('"a\\\\d \\"x\\" ]),"', Text(value='a\\d "x" ]),')),
        ('"two\nlines"', Text(value="two\nlines")),
        ("-10", Number(written="-10", value=-10)),
        ("&HfF", Number(written="&HfF", value=255)),
        ("007", Number(written="007", value=7)),
        ("Now()", Call(name="Now")),
        ("Now ( \r\n )", Call(name="Now")),
        ("F(,)", Call(name="F", arguments=(None, None))),
        ("F(a1(),[b] , )", Call(name="F", arguments=(Call(name="a1"), Attribute(name="b"), None))),
        ("F(vbTextCompare)", Call(name="F", arguments=(Keyword(name="vbTextCompare"),))),
        ('[a]<>"x"', Comparison(left=Attribute(name="a"), operator="<>", right=Text(value="x"))),
        ("[a]>=-1", Comparison(left=Attribute(name="a"), operator=">=", right=Number(written="-1", value=-1))),
    ],
)
def test_a_text_is_read_as(text, tree):
    assert parse_tree(text) == tree


@pytest.mark.parametrize(
    ("text", "said", "line", "column"),
    [
        ("", "The expression is empty", 1, 1),
        (" \n ", "The expression is empty", 1, 1),
        ('Append([a], "b"', "Append has no closing parenthesis )", 1, 1),
        ('Append([a],\n  "b', 'The text that starts here has no closing quotation mark "', 2, 3),
        ('Append([a],\n\n "b\\', "has no closing quotation mark", 3, 2),
        ('Append("a\nb", [c)', "The attribute that starts here has no closing bracket ]", 2, 5),
        ("[]", "An attribute is written [name]", 1, 1),
        ("[ a ]", "An attribute is written [name]", 1, 1),
        ('Append([a], "\\d")', "holds \\d: a backslash in a text must be written \\\\", 1, 13),
        ("Append(\u201ca\u201d)", 'Curly quotation marks are no quotation marks here: write " instead', 1, 8),
        ("Append([a] [b])", "Between the arguments of Append a comma was due, not an attribute", 1, 12),
        ("[a] [b]", "The expression is complete, but an attribute follows", 1, 5),
        ("[a])", "The expression is complete, but a closing parenthesis follows", 1, 4),
        ("[a] And [b]", "The expression is complete, but `And` follows", 1, 5),
        ("[a] & [b]", "The character U+0026 has no meaning here", 1, 5),
        ('"a" + "b"', "The character U+002B has no meaning here", 1, 5),
        ("mail", "mail is neither a function with its arguments in ()", 1, 1),
        ("(", "An opening parenthesis stands where a value was due", 1, 1),
        ("IIF([a]=)", "A closing parenthesis stands where a value was due", 1, 9),
        ("IIF([a]=", "The expression ends where a value was due", 1, 9),
        ("IIF([a]=[b]=[c])", "A condition has one comparison; nest IIF for more", 1, 12),
        ("99999999999999999999", "The number is too large", 1, 1),
        ("9" * 5000, "The number is too large", 1, 1),
        ("Mid([a], 1.5, 2)", "The character U+002E has no meaning here", 1, 11),
        ('Append(\n  Foo([a]),\n  "b")', "Foo is no function that Entra documents", 2, 3),
        ('Append(toLower([a]), "b")', "toLower is written ToLower: names of functions are case-sensitive", 1, 8),
        ('Append(Append([a]), "b")', "Append takes 2 arguments (source, suffix), and 1 is given", 1, 8),
    ],
)
def test_a_text_that_is_no_expression_says_why_and_where(text, said, line, column):
    with pytest.raises(MappingRefused) as refused:
        parse(text)

    error = refused.value
    assert said in error.sentence
    assert (error.line, error.column) == (line, column)
    assert str(error) == f"{error.sentence} (line {line}, column {column})."
    assert error.offset is not None
    assert text.count("\n", 0, error.offset) == line - 1 or not text.strip()


def test_an_expression_has_ten_thousand_characters_at_most():
    longest = f'"{"x" * (LONGEST - 2)}"'

    assert len(longest) == LONGEST
    assert parse(longest).text == longest
    with pytest.raises(MappingRefused, match="has 10001 characters, and Entra takes at most 10000"):
        parse(f"{longest} ")


@pytest.mark.parametrize("opening", ["Trim(", "IIF([a]=Trim("])
def test_functions_inside_each_other_are_bounded(opening):
    deepest = "Trim(" * DEEPEST + "[a]" + ")" * DEEPEST

    assert parse(deepest).attributes == {"a"}
    with pytest.raises(MappingRefused, match=f"More than {DEEPEST} functions inside each other"):
        parse(f"Trim({deepest})")
    with pytest.raises(MappingRefused):
        parse(opening * (LONGEST // len(opening)))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refused_function_is_named_with_why_and_what_to_do(name):
    with pytest.raises(MappingRefused) as refused:
        parse(f"{name}([a])")

    why, instead = REFUSED[name]
    assert refused.value.sentence == f"{name} {why}: {instead}"
    assert name not in FUNCTIONS


def test_every_documented_function_is_known_or_refused():
    documented = {
        "Append", "AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex", "BitAnd", "CBool", "CDate",
        "Coalesce", "ConvertToBase64", "ConvertToUTF8Hex", "Count", "CStr", "DateAdd", "DateDiff", "DateFromNum",
        "FormatDateTime", "Guid", "IgnoreFlowIfNullOrEmpty", "IIF", "InStr", "IsNull", "IsNullOrEmpty", "IsPresent",
        "IsString", "Item", "Join", "Left", "Mid", "NormalizeDiacritics", "Not", "Now", "NumFromDate", "PCase",
        "RandomString", "Redact", "RemoveDuplicates", "Replace", "SingleAppRoleAssignment", "Split", "StripSpaces",
        "Switch", "ToLower", "ToUpper", "Word", "Prepend", "Trim",
    }  # fmt: skip

    assert documented == set(FUNCTIONS)
    assert "SelectUniqueValue" in REFUSED


def test_an_expression_tells_what_it_reads_and_whether_it_may_be_shown():
    plain = parse('Switch([a], [b], "x", ToLower([a]))')

    assert plain.attributes == {"a", "b"}
    assert not plain.redacted
    assert parse('Append(Redact([a]), "x")').redacted
