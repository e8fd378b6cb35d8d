"""What does the documentation leave open? Each point as a question to Entra's own engine, with our answer.

`mapping verify` sends them to `parseExpression` and prints where Entra's answer differs (entra-mapping.md §12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.rules.expressions.values import Result, SourceValue


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One question.

    Attributes:
        source: a made-up source object.
        answer: what we give; None for null. Not compared where `refused`.
        why: what is open, and why we answer so.
        refused: we give no value, because no answer would be certain.
    """

    expression: str
    source: Mapping[str, SourceValue]
    answer: Result
    why: str
    refused: bool = False


_NOTHING: Mapping[str, SourceValue] = MappingProxyType({})
_PEOPLE = MappingProxyType({"a": ("x", "y")})

OPEN_POINTS: tuple[OpenPoint, ...] = (
    # Null and empty
    OpenPoint('Append([a], ".test")', _NOTHING, None, "Null into Append: null, which writes nothing."),
    OpenPoint('Append("x", [a])', _NOTHING, None, "A null suffix: null, which writes nothing."),
    OpenPoint('Replace([a], "-", , , "_", , )', _NOTHING, None, "Null into Replace: null, which writes nothing."),
    OpenPoint("Mid([a], 1, 3)", _NOTHING, None, "Null into Mid: null, which writes nothing."),
    OpenPoint("ToLower([a])", _NOTHING, None, "Null into ToLower: null, which writes nothing."),
    OpenPoint("Count([a])", _NOTHING, None, "Count of an absent attribute: null as everywhere; it could be 0."),
    OpenPoint("IsString([a])", _NOTHING, "False", "Null as text: it is none."),
    OpenPoint('Join("-", [a], [b])', _NOTHING, "", "Join of nothing: the empty text, as .NET joins an empty list."),
    OpenPoint('Join("-", [a], "x")', _NOTHING, "x", "The page shows an empty text left out; null is treated alike."),
    OpenPoint('Coalesce([a], "x")', {"a": ""}, "", "An empty text is a value for Coalesce, by its wording."),
    OpenPoint('Switch([a], , "x", "1")', {"a": "y"}, None, "Switch without default and without hit: null."),
    OpenPoint('IIF([a] <> "x", "1", "2")', _NOTHING, None, "The check fails: we give nothing.", refused=True),
    OpenPoint('IIF(Coalesce([a], "x") = "x", "1", "2")', _NOTHING, "1",
              "A null attribute that the condition replaces."),
    OpenPoint("IgnoreFlowIfNullOrEmpty(Trim([a]))", {"a": "x "}, "x", "A value inside of the flow test stays itself."),
    # Text
    OpenPoint("Mid([a], 4, 2)", {"a": "Doe"}, None, "A start behind the end: refused, as nothing says.", refused=True),
    OpenPoint("Mid([a], 0, 2)", {"a": "Doe"}, None, "A start before the text: refused.", refused=True),
    OpenPoint("Mid([a], 1, 2)", {"a": ""}, None, "A start in an empty text: refused.", refused=True),
    OpenPoint('Word([a], 2, " ")', {"a": "x  y"}, None, "Neighbouring delimiters: refused.", refused=True),
    OpenPoint('Word([a], 1, " ")', {"a": "x  y"}, "x", "Neighbouring delimiters behind the word change nothing."),
    OpenPoint('Split([a], ",")', {"a": "x , y"}, ("x", "y"), "Trimmed, as the page's one example is."),
    OpenPoint('Split([a], ",")', {"a": "x,,y"}, ("x", "", "y"), "Empty elements stay, as .NET keeps them by default."),
    OpenPoint('InStr("Abc", "b")', _NOTHING, "2", "Exact comparison is the default."),
    OpenPoint('InStr("ABC", "b")', _NOTHING, "0", "Exact comparison is the default; not found is 0, as in cloud sync."),
    OpenPoint('InStr("ABC", "b", 1, vbTextCompare)', _NOTHING, "2", "vbTextCompare ignores case."),
    OpenPoint("NormalizeDiacritics([a])", {"a": "\u0111\u00fe\u00f0"}, "\u0111\u00fe\u00f0", "No entry."),
    OpenPoint("NormalizeDiacritics([a])", {"a": "\u0153"}, "oe", "The table has this letter only with a macron."),
    OpenPoint("PCase([a])", {"a": "o'brien"}, "O'brien", "The page lists apostrophes, .NET does not split there."),
    OpenPoint("PCase([a])", {"a": "1st street"}, "1St Street", "A word begins with its first letter in .NET."),
    OpenPoint('ToUpper([a], "en-US")', {"a": "stra\u00dfe"}, "STRA\u00dfE", "Letter by letter, as .NET."),
    OpenPoint('ToUpper([a], "tr-TR")', {"a": "i"}, None, "Cultures with a case of their own: refused.", refused=True),
    OpenPoint('Append("a\\d", "x")', _NOTHING, None, "Other escapes than \\\\ and \\\": refused.", refused=True),
    OpenPoint('Append([a], "x")', _PEOPLE, None, "A list where one value is due: refused.", refused=True),
    OpenPoint('Trim([a])', {"a": ("x ", "y")}, ("x", "y"), "Documented for cloud sync only; each value of a list."),
    OpenPoint('Prepend("x", [a])', {"a": "y"}, "xy", "In the function list of 2018 only."),
    OpenPoint('Replace([a], , "(?<n>b)", "n", "$1", , )', {"a": "abc"}, "a$1c", "A group's replacement is literal."),
    OpenPoint('Replace([a], , "(?<n>\\\\d+)", "n", , [b], )', {"b": "x"}, None,
              "No match in the other attribute: null."),
    # Choice
    OpenPoint('IIF([a] = "X", "1", "2")', {"a": "x"}, "2", "= is exact, as Switch is."),
    OpenPoint('IIF([a] = "10", "1", "2")', {"a": "10.0"}, "1", "Texts that are both numbers compare by value."),
    OpenPoint('Switch(IsPresent([a]), "d", "True", [a])', {"a": "x"}, "x", "The page warns, and does it itself."),
    OpenPoint("Not([a])", {"a": "true"}, "False", "true from an attribute is taken for True."),
    OpenPoint('Not("true")', _NOTHING, "True", "Only True is true."),
    OpenPoint("IsString(Count([a]))", _PEOPLE, "False", "A computed number is no text; Entra may have texts only."),
    OpenPoint('Join("", &HF)', _NOTHING, "15", "A hexadecimal number as text: decimal digits."),
    # Lists and roles
    OpenPoint("RemoveDuplicates([a])", {"a": ("x", "X", "x")}, ("x", "X"), "Exact comparison, first ones, in order."),
    OpenPoint("Item([a], 3)", _PEOPLE, None, "Beyond the end: an error, as in cloud sync.", refused=True),
    # Dates
    OpenPoint('FormatDateTime([a], , "yy-MM-dd", "yyyy")', {"a": "29-01-01"}, "2029", "Up to 29: this century."),
    OpenPoint('FormatDateTime([a], , "yy-MM-dd", "yyyy")', {"a": "30-01-01"}, "1930", "From 30 on: the last century."),
    OpenPoint('FormatDateTime([a], , "yyyy-MM-ddzzz", "yyyy-MM-dd")', {"a": "2020-12-31+08:00"}, "2020-12-30",
              "An offset in the input converts to UTC, as on a host that runs in UTC."),
    OpenPoint('CDate("2020-03-16")', _NOTHING, "3/16/2020 12:00:00 AM", "Without offset it is in UTC."),
    OpenPoint('DateAdd("m", 1, CDate("2024-01-31"))', _NOTHING, "2/29/2024 12:00:00 AM", "Stops at the month's end."),
)  # fmt: skip
