"""What does each function give for nulls and at its edges? One row each; the facts are in entra-mapping.md §7."""

from __future__ import annotations

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import SKIP, Role, parse
from tests.rules.expressions.giving import give

ADMIN, AGENT = Role(id="1", value="admin", display_name="Admin"), Role(id="2", value="agent", display_name="Agent")
DEFAULT_ACCESS = Role(id="00000000-0000-0000-0000-000000000000")
SWITCH = 'Switch([a], "d", "x", "1", "", "0", "x", "2")'
ACTIVE = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'

TEXT = [
    ('Append([a], "")', {"a": "x"}, "x"),
    ('Append("", [a])', {"a": "x"}, "x"),
    ('Append([a], "x")', {}, None),
    ("Append([a], 007)", {"a": "x"}, "x007"),
    ('Join("", [a], [b])', {"a": "x", "b": "y"}, "xy"),
    ('Join(",", [a], [b], [c])', {"a": "x", "c": "z"}, "x,z"),
    ('Join(",", [a], "", [b])', {"a": ("x", "", "y"), "b": "z"}, "x,y,z"),
    ('Join([s], "a", "b")', {}, None),
    ('Join(",", , "a", )', {}, "a"),
    ('Join(",", CDate("2020-01-01"), 5)', {}, "1/1/2020 12:00:00 AM,5"),
    ("Left([a], 0)", {"a": "John"}, ""),
    ("Left([a], -1)", {"a": "John"}, "John"),
    ("Left([a], 9)", {"a": "John"}, "John"),
    ("Left([a], 2)", {}, ""),
    ("Left([a], [n])", {"a": "John"}, None),
    ('Left([a], "2")', {"a": "John"}, "Jo"),
    ("Left([a], 2)", {"a": "\U0001f600x"}, "\U0001f600"),
    ("Left([a], 1)", {"a": "\U0001f600x"}, "\ufffd"),
    ("Mid([a], 2, 99)", {"a": "John"}, "ohn"),
    ("Mid([a], 2, 0)", {"a": "John"}, ""),
    ("Mid([a], 3, 1)", {"a": "\U0001f600x"}, "x"),
    ("Mid([a], 1, 1)", {}, None),
    ('InStr([a], "x")', {}, None),
    ('InStr("abcabc", "c", 4)', {}, "6"),
    ('InStr("abc", "c", 9)', {}, "0"),
    ('InStr("aBc", "b", , vbTextCompare)', {}, "2"),
    ('InStr("\U0001f600x", "x")', {}, "3"),
    ('Word([a], 1, " ")', {}, ""),
    ('Word("x y", 0, " ")', {}, ""),
    ('Word("x y", 3, " ")', {}, ""),
    ('Word("x y", 1, "")', {}, "x y"),
    ('Word("x-y.z", 3, "-.")', {}, "z"),
    ('Split([a], ",")', {}, None),
    ('Split([a], ",")', {"a": "x"}, ("x",)),
    ('Split([a], "|")', {"a": " x |\ty\u00a0"}, ("x", "y")),
    ("StripSpaces([a])", {"a": " a\tb\u00a0c "}, "a\tb\u00a0c"),
    ("StripSpaces([a])", {}, None),
    ("Trim([a])", {"a": "\t x y\u00a0"}, "x y"),
    ("Trim([a])", {"a": ("x ", " y")}, ("x", "y")),
    ("Trim([a])", {}, None),
    ('Prepend("x", [a])', {}, None),
    ("ConvertToBase64([a])", {}, None),
    ("ConvertToUTF8Hex([a])", {"a": "\u00e4\U0001f600"}, "C3A4F09F9880"),
    ("ConvertToUTF8Hex([a])", {"a": "\ud800"}, "EFBFBD"),
    ("CStr(Count([a]))", {"a": ("x", "y")}, "2"),
    ("CStr(IsNull([a]))", {}, "True"),
    ("CStr([a])", {}, None),
    ("Redact([a])", {}, None),
    ("Redact([a])", {"a": ("x", "y")}, ("x", "y")),
    ('"Home"', {}, "Home"),
    ('"Company name: \\"Contoso\\" \\\\"', {}, 'Company name: "Contoso" \\'),
    ("[a]", {"a": ()}, None),
    ("[a]", {"a": ("x",)}, ("x",)),
    ("[accountEnabled]", {"accountEnabled": "true"}, "True"),
    ("[a]", {"a": "true"}, "true"),
]
CHOICE = [
    (SWITCH, {"a": "x"}, "1"),
    (SWITCH, {"a": "X"}, "d"),
    (SWITCH, {"a": ""}, "0"),
    (SWITCH, {}, "0"),
    ('Switch([a], "d", "x", "1")', {}, "d"),
    ('Switch([a], , "x", )', {"a": "x"}, None),
    ('Switch([a], "d", [b], "1")', {"a": "x", "b": "x"}, "1"),
    ('Switch([a], "d", [b], "1")', {}, "1"),
    ('Switch(Count([a]), "many", "1", "one")', {"a": ("x",)}, "one"),
    (ACTIVE, {"IsSoftDeleted": "True"}, "False"),
    (ACTIVE, {}, None),
    ('IIF([a] = 5, "y", "n")', {"a": "05"}, "y"),
    ('IIF([a] > [b], "y", "n")', {"a": "10", "b": "9"}, "y"),
    ('IIF([a] > [b], "y", "n")', {"a": "10x", "b": "9x"}, "n"),
    ('IIF([a] <> "x", "y", "n")', {"a": "X"}, "y"),
    ('IIF([a] >= "b", "y", "n")', {"a": "b"}, "y"),
    ('IIF([a] <= -3, "y", "n")', {"a": "-4"}, "y"),
    ('IIF([a] < "1.5", "y", "n")', {"a": "1.25"}, "y"),
    ('IIF(CDate([a]) < Now(), "y", "n")', {"a": "2026-01-31"}, "y"),
    ('IIF(CDate([a]) = CDate([b]), "y", "n")', {"a": "2026-01-31T01:00+01:00", "b": "1/31/2026"}, "y"),
    ('IIF(CDate([a]) > "2026-01-30", "y", "n")', {"a": "2026-01-31"}, "y"),
    ('IIF([a], "y", "n")', {"a": "True"}, "y"),
    ('IIF([a], "y", "n")', {"a": "0"}, "n"),
    ('IIF(IsPresent([a]), "y", "n")', {"a": "x"}, "y"),
    ('IIF(Count([a]) > 1, "y", "n")', {"a": ("x", "y")}, "y"),
    ('IIF([a] = "x", [b], Item([b], 9))', {"a": "x"}, None),
    ("Coalesce([a], [b])", {}, None),
    ("Coalesce([a])", {"a": "x"}, "x"),
    ('Coalesce([a], , "d")', {}, "d"),
    ("Coalesce([a], [b])", {"b": ("x", "y")}, ("x", "y")),
    ("IgnoreFlowIfNullOrEmpty([a])", {"a": ""}, SKIP),
    ("IgnoreFlowIfNullOrEmpty([a])", {"a": ()}, SKIP),
    ("IgnoreFlowIfNullOrEmpty([a])", {"a": " "}, " "),
    ('Append(IgnoreFlowIfNullOrEmpty([a]), "x")', {}, SKIP),
    ('Switch([a], IgnoreFlowIfNullOrEmpty([b]), "x", "1")', {"a": "x"}, "1"),
    ("IsNull([a])", {"a": ""}, "False"),
    ("IsNull([a])", {"a": ()}, "True"),
    ("IsNullOrEmpty([a])", {"a": " "}, "False"),
    ("IsPresent([a])", {}, "False"),
    ("IsPresent([a])", {"a": ""}, "False"),
    ("IsPresent([a])", {"a": "x"}, "True"),
    ("IsString([a])", {"a": ""}, "True"),
    ("IsString([a])", {"a": ("x", "y")}, "False"),
    ("IsString(5)", {}, "True"),
    ('Not("True")', {}, "False"),
    ('Not("False")', {}, "True"),
    ('Not("maybe")', {}, "True"),
    ("Not([a])", {}, "True"),
    ("Not([a])", {"a": ""}, "True"),
    ("Not(IsNull([a]))", {}, "False"),
    ("CBool([a])", {"a": "-2"}, "True"),
    ("CBool([a])", {"a": "0"}, "False"),
    ("CBool([a])", {"a": "true"}, "True"),
    ("CBool([a])", {}, None),
    ('CBool([a] <> "x")', {"a": "y"}, "True"),
]
LISTS = [
    ("Item([a], 2)", {"a": ("x", "y")}, "y"),
    ("Item([a], 1)", {"a": "x"}, "x"),
    ("Item([a], 1)", {}, None),
    ('Item(Split([a], ","), 2)', {"a": "x, y"}, "y"),
    ("Count([a])", {"a": ("x", "y", "x")}, "3"),
    ("Count([a])", {"a": "x"}, "1"),
    ("Count([a])", {}, None),
    ("RemoveDuplicates([a])", {"a": ("y", "x", "y")}, ("y", "x")),
    ("RemoveDuplicates([a])", {"a": "x"}, ("x",)),
    ("RemoveDuplicates([a])", {}, None),
    ("SingleAppRoleAssignment([r])", {}, None),
    ("SingleAppRoleAssignment([r])", {"r": (ADMIN,)}, "Admin"),
    ("SingleAppRoleAssignment([r])", {"r": (Role(id="1", value="admin"),)}, "admin"),
    ("SingleAppRoleAssignment([r])", {"r": (DEFAULT_ACCESS, AGENT)}, "Agent"),
    ("SingleAppRoleAssignment([r])", {"r": (DEFAULT_ACCESS,)}, None),
    ("AppRoleAssignmentsComplex([r])", {"r": (ADMIN, AGENT)}, (ADMIN, AGENT)),
    ("AssertiveAppRoleAssignmentsComplex([r])", {"r": (DEFAULT_ACCESS, AGENT)}, (AGENT,)),
    ("AssertiveAppRoleAssignmentsComplex([r])", {"r": "Agent"}, (Role(value="Agent", display_name="Agent"),)),
    ("AssertiveAppRoleAssignmentsComplex([r])", {}, None),
]
REPLACE = [
    ('Replace([a], "-", , , "_", , )', {"a": "a-b-c"}, "a_b_c"),
    ('Replace([a], "X", , , "_", , )', {"a": "xX"}, "x_"),
    ('Replace([a], "-", , , "", , )', {"a": "a-b"}, "ab"),
    ('Replace([a], "-", , , [b], , )', {"a": "a-b"}, None),
    ('Replace([a], "-", , , "_")', {"a": "a-b"}, "a_b"),
    ('Replace([a], "<a>", , , , , [t])', {"a": "x", "t": "<a>/<a>"}, "x/x"),
    ('Replace([a], "<a>", , , "y", , "<a>")', {"a": "x"}, "x"),
    ('Replace([a], "<a>", , , , , "<a>")', {}, None),
    ('Replace([a], , "[a-z]*", , "-", , )', {"a": "ab1"}, "--1-"),
    ('Replace([a], , "(?<n>b)c", "n", "", , )', {"a": "abcb"}, "acb"),
    ('Replace([a], , "(?<n>b)|c", "n", "-", , )', {"a": "abc"}, "a-c"),
    ('Replace([a], , "(?<=(?<n>a))b", "n", "-", , )', {"a": "ab"}, "-b"),
    ('Replace([a], , "(?<n>b)", "n", , [b], )', {"a": "x", "b": "b"}, "x"),
    ('Replace([a], , "(?<n>b)?c", "n", , [b], )', {"b": "c"}, None),
    ('Replace([a], , "(?<n>b)", "n", , [b], )', {}, None),
    ('Replace([a], , "b", , [b], , )', {"a": "abc", "b": "$&$&"}, "abbc"),
    ('Replace([a], , "b", , "x", , )', {}, None),
]


def rows(name, table):
    return [pytest.param(*row, id=f"{name}: {row[0]} of {row[1]}") for row in table]


@pytest.mark.parametrize(
    ("text", "source", "value"),
    [
        *rows("text", TEXT),
        *rows("choice", CHOICE),
        *rows("lists", LISTS),
        *rows("replace", REPLACE),
    ],
)
def test_a_function_gives(text, source, value):
    assert give(text, **source) == value


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ('Append([a], "x")', {"a": ("x", "y")}, "Append: source takes one value and got a list of 2"),
        ("Mid([a], 0, 1)", {"a": "x"}, "Mid: The value has no character 0"),
        ("Mid([a], 2, 1)", {"a": "x"}, "Mid: The value has no character 2"),
        ("Mid([a], 1, -1)", {"a": "x"}, "Mid: The length is below 0"),
        ('Mid([a], 1, "x")', {"a": "x"}, "Mid: length takes a whole number"),
        ("Mid([a], 1, [b])", {"a": "x", "b": "1.5"}, "Mid: length takes a whole number"),
        ("Left([a], [b])", {"a": "x", "b": "99999999999999999999"}, "Left: numChars takes a whole number"),
        ('InStr("a", "b", 0)', {}, "InStr: The start is below 1"),
        ('InStr("a", "b", 1, "text")', {}, "InStr: The compareType is neither vbTextCompare nor vbBinaryCompare"),
        ('Append("a", vbTextCompare)', {}, "vbTextCompare stands only as the compareType of InStr"),
        ('Word([a], 2, " ")', {"a": " x y"}, "Word: The value has delimiters next to each other"),
        ('Split([a], "--")', {"a": "x"}, "Split: The delimiter must be one character"),
        ('Split([a], "")', {"a": "x"}, "Split: The delimiter must be one character"),
        ('ToLower([a], "tr")', {"a": "x"}, "ToLower: The culture tr has letters"),
        ('ToLower([a], "az-Latn-AZ")', {"a": "x"}, "ToLower: The culture az-Latn-AZ has letters"),
        ('ToUpper([a], "english")', {"a": "x"}, "ToUpper: The culture is not written like a culture"),
        ("ToUpper([a], [b])", {"a": "x", "b": "lt"}, "ToUpper: The culture lt has letters"),
        ("Item([a], 0)", {"a": ("x",)}, "Item: The list has 1 value and no number 0"),
        ("Item([a], 2)", {"a": ("x",)}, "Item: The list has 1 value and no number 2"),
        ("SingleAppRoleAssignment([r])", {"r": (ADMIN, AGENT)}, "No more than one app role assignment was expected"),
        ('IIF([a] = "x", "y", "n")', {}, "IIF: The condition compares something that has no value"),
        ('IIF("x" <> [a], "y", "n")', {"a": ""}, "IIF: The condition compares something that has no value"),
        ('IIF([a], "y", "n")', {}, "IIF: The condition has no value"),
        ('IIF([a], "y", "n")', {"a": "yes"}, "IIF: The condition is neither True nor False nor a number"),
        ('IIF([a] = "x", "y", "n")', {"a": ("x",)}, "A comparison takes one value and got a list of 1"),
        ('IIF(Now() > [a], "y", "n")', {"a": "soon"}, "IIF: The text is no date that can be read"),
        ('IIF(Now() > [a], "y", "n")', {"a": ("x",)}, "IIF: The condition compares a date with something that is none"),
        ("CBool([a])", {"a": "x"}, "CBool: The expression is neither True nor False nor a number"),
        ('CBool([a] = "x")', {}, "CBool: The condition compares something that has no value"),
        ('Switch([a], "d", "x", "1")', {"a": ("x",)}, "Switch: Switch takes one value and got a list of 1"),
        ("BitAnd([a], 1)", {"a": "x"}, "BitAnd: value1 takes a whole number"),
        ('Replace([a], [b], , , "y", , )', {"a": "x", "b": ""}, "Replace: The oldValue is empty"),
    ],
)
def test_a_function_refuses_what_is_not_certain(text, source, said):
    with pytest.raises(MappingRefused) as refused:
        give(text, **source)

    assert said in str(refused.value)
    assert "line 1, column" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Append([a])", "Append takes 2 arguments (source, suffix), and 1 is given"),
        ('Append([a], "b", "c")', "Append takes 2 arguments (source, suffix), and 3 are given"),
        ('Append(, "b")', "Append takes 2 arguments"),
        ("Guid(1)", "Guid takes 0 arguments (none), and 1 is given"),
        ("Now(,)", "Now takes 0 arguments (none), and 2 are given"),
        ("ToLower()", "ToLower takes 1 to 2 arguments"),
        ("Join(, [a], [b])", "Join needs its argument separator, which is empty"),
        ('Join(",")', "Join takes at least 2 arguments"),
        ("Coalesce()", "Coalesce takes at least 1 argument"),
        ('IIF([a] = "x", "y")', "IIF takes 3 arguments"),
        ('IIF([a] = "x", "y", )', "IIF takes 3 arguments"),
        ("Switch([a])", "an even number of arguments, 4 at least, and 1 is given"),
        ('Switch([a], "d", "x")', "Switch takes a source, a default (which may be empty) and pairs"),
        ('Switch([a], "d", "x", "1", "y")', "an even number of arguments, 4 at least, and 5 are given"),
        ('Switch([a], "d", , "1")', 'Switch needs its source and every key; an empty text is written ""'),
        ('Append([a] = "x", "y")', "A comparison stands only in the condition of IIF and in CBool"),
        ('[a] = "x"', "A comparison stands only in the condition of IIF and in CBool"),
        ('IIF("x", [a] = "x", "y")', "A comparison stands only in the condition of IIF and in CBool"),
        ('Replace([a], "-", , , , , )', "Replace has none of its five forms"),
        ('Replace([a], , "x", , , [b], )', "Replace has none of its five forms"),
        ('Replace([a], "", , , "_", , )', "Replace: oldValue is empty"),
        ('Replace([a], , [p], , "_", , )', "Replace needs its argument regexPattern as a text in quotation marks"),
        ('Replace([a], , "(?<n>x)", "m", "_", , )', "Replace: the regular expression has no group named m"),
        ('Replace([a], , "(x", , "_", , )', "Replace: The regular expression has a ( without )"),
        ('Replace([a], "-", , , "_", , , )', "Replace takes 1 to 7 arguments"),
    ],
)
def test_a_call_that_cannot_work_is_refused_when_the_mapping_is_loaded(text, said):
    with pytest.raises(MappingRefused) as refused:
        parse(text)

    assert said in str(refused.value)
