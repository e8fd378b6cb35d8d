"""Which dates do texts mean, and how are they written? .NET's custom formats, and Visual Basic's differences."""

from __future__ import annotations

import pytest

from shared.errors import MappingRefused
from shared.rules.expressions import parse
from tests.rules.expressions.giving import give


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020-03-16", "3/16/2020 12:00:00 AM"),
        ("2020-3-6", "3/6/2020 12:00:00 AM"),
        ("2020/03/16", "3/16/2020 12:00:00 AM"),
        ("2020-03-16Z", "3/16/2020 12:00:00 AM"),
        ("2020-03-16T13:05:09", "3/16/2020 1:05:09 PM"),
        ("2020-03-16 13:05", "3/16/2020 1:05:00 PM"),
        ("2020-03-16T13:05:09.1234567Z", "3/16/2020 1:05:09 PM"),
        ("2020-03-16T00:30:00+0100", "3/15/2020 11:30:00 PM"),
        ("2020-03-16T23:30:00 -01:00", "3/17/2020 12:30:00 AM"),
        ("3/16/2020 7:00:00 AM", "3/16/2020 7:00:00 AM"),
        ("12/31/2020 12:00:00 AM", "12/31/2020 12:00:00 AM"),
        ("12/31/2020 12:30 pm", "12/31/2020 12:30:00 PM"),
        ("3/16/20", "3/16/2020 12:00:00 AM"),
        ("3/16/30", "3/16/1930 12:00:00 AM"),
        ("16 March 2020", "3/16/2020 12:00:00 AM"),
        ("Mon, 16 Mar 2020 07:00:00 GMT", "3/16/2020 7:00:00 AM"),
        ("March 16, 2020", "3/16/2020 12:00:00 AM"),
        (" 2020-03-16 ", "3/16/2020 12:00:00 AM"),
        ("0001-01-01", "1/1/0001 12:00:00 AM"),
        ("9999-12-31T23:59:59", "12/31/9999 11:59:59 PM"),
    ],
)
def test_a_date_in_one_of_many_forms(text, date):
    assert give("CDate([a])", a=text) == date


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "20200316", "2020-02-30", "2020-13-01", "0000-01-01", "2020-03-16T25:00:00",
        "3/16/2020 13:00:00 PM", "2020-03-16+15:00", "2020-03-16+01:60", "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00", "12:30", "2020-03-16T", "\u0662\u0660\u0662\u0660-03-16",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_without_being_repeated(text):
    with pytest.raises(MappingRefused) as refused:
        give("CDate([a])", a=text)

    assert text == "" or text not in str(refused.value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('DateAdd("m", 1, CDate("2024-01-31"))', "2/29/2024 12:00:00 AM"),
        ('DateAdd("m", -1, CDate("2023-03-31"))', "2/28/2023 12:00:00 AM"),
        ('DateAdd("yyyy", 1, CDate("2024-02-29"))', "2/28/2025 12:00:00 AM"),
        ('DateAdd("h", -1, CDate("2024-03-01"))', "2/29/2024 11:00:00 PM"),
        ('DateAdd("n", 90, CDate("2024-03-01"))', "3/1/2024 1:30:00 AM"),
        ('DateAdd("s", -1, "2024-03-01")', "2/29/2024 11:59:59 PM"),
        ('DateAdd("d", [n], Now())', None),
        ('DateAdd("d", 1, [none])', None),
        ('DateDiff("yyyy", "2020-12-31", "2021-01-01")', "1"),
        ('DateDiff("m", "2020-01-31", "2020-02-01")', "1"),
        ('DateDiff("d", "2021-01-02T12:00:00", "2021-01-01")', "-1"),
        ('DateDiff("d", "2021-01-01", "2021-01-01T23:59:59")', "0"),
        ('DateDiff("ww", "2021-01-02", "2021-01-03")', "1"),
        ('DateDiff("ww", "2021-01-03", "2021-01-09")', "0"),
        ('DateDiff("d", Now(), [none])', None),
        ("DateFromNum(0)", "1/1/1601 12:00:00 AM"),
        ("DateFromNum([none])", None),
        ('NumFromDate("1601-01-01")', "0"),
        ('NumFromDate("2012-01-01T23:00:00.0000001Z")', "129699324000000001"),
        ("NumFromDate([none])", None),
        ("BitAnd(-1, &HFF)", "255"),
        ('BitAnd("6", 3)', "2"),
        ("BitAnd([none], 3)", None),
    ],
)
def test_dates_are_reckoned_as_visual_basic_does(expression, value):
    assert give(expression) == value


@pytest.mark.parametrize(
    ("read", "written", "value", "result"),
    [
        ("yyyy-MM-dd", "dd.MM.yy", "2020-03-06", "06.03.20"),
        ("yyyy-MM-dd", "d/M/yyyy", "2020-03-06", "6/3/2020"),
        ("M/d/yyyy", "ddd d MMM yyyy", "3/6/2020", "Fri 6 Mar 2020"),
        ("M/d/yyyy", "dddd, MMMM dd", "12/31/2020", "Thursday, December 31"),
        ("dddd, d MMMM yyyy", "yyyyMMdd", "thursday, 31 DECEMBER 2020", "20201231"),
        ("yyyyMMdd", "yyyy-MM-dd", " 20201231\t", "2020-12-31"),
        ("yy-MM-dd", "yyyy", "29-01-01", "2029"),
        ("y-M-d", "y yy yyy yyyyy", "5-1-1", "5 05 2005 02005"),
        ("yyyy-MM-dd HH:mm:ss", "h:mm:ss tt", "2020-01-01 00:05:09", "12:05:09 AM"),
        ("yyyy-MM-dd HH:mm:ss", "hh t H s", "2020-01-01 13:05:09", "01 P 13 9"),
        ("yyyy-MM-dd h:mm tt", "HH:mm", "2020-01-01 12:05 am", "00:05"),
        ("yyyy-MM-dd h:mm t", "HH:mm", "2020-01-01 12:05 p", "12:05"),
        ("yyyy-MM-dd h:mm", "HH:mm", "2020-01-01 12:05", "00:05"),
        ("yyyy-MM-dd HH:mm:ss.fff", "ffffff|FF|fffffff", "2020-01-01 00:00:00.120", "120000|12|1200000"),
        ("yyyy-MM-dd HH:mm:ss.fff", "ss.FFF", "2020-01-01 00:00:07.000", "07"),
        ("yyyy-MM-dd HH:mm:ss.FFF", "fff", "2020-01-01 00:00:00.5", "500"),
        ("yyyy-MM-ddzzz", "yyyy-MM-dd", "2020-12-31+08:00", "2020-12-30"),
        ("yyyy-MM-ddzzz", "yyyy-MM-dd HH", "2020-12-31-08:00", "2020-12-31 08"),
        ("yyyy-MM-dd HHz", "HH", "2020-12-31 10+2", "08"),
        ("yyyy-MM-dd HHzz", "HH", "2020-12-31 10-02", "12"),
        ("yyyy-MM-ddK", "yyyy-MM-ddK", "2020-12-31", "2020-12-31"),
        ("yyyy-MM-ddK", "yyyy-MM-ddK", "2020-12-31Z", "2020-12-31Z"),
        ("yyyy-MM-ddK", "yyyy-MM-ddK", "2020-12-31-08:00", "2020-12-31+00:00"),
        ("yyyy-MM-ddTHH:mm:ssZ", "HHK z zz zzz Z", "2020-12-31T01:00:00Z", "01Z +0 +00 +00:00 Z"),
        ("yyyy-MM-dd", "'day' d \\d \"of\" yyyy", "2020-12-31", "day 31 d of 2020"),
        ("'at' yyyy-MM-dd", "%d", "at 2020-12-31", "31"),
        ("MM-dd", "yyyy-MM-dd", "12-31", "2026-12-31"),
        ("yyyy", "yyyy-MM-dd", "2020", "2020-01-01"),
        ("HH:mm", "yyyy-MM-dd HH:mm", "10:00", "2026-01-31 10:00"),
    ],
)
def test_a_date_goes_from_one_format_into_another(read, written, value, result):
    escaped = [text.replace("\\", "\\\\").replace('"', '\\"') for text in (read, written)]

    assert give(f'FormatDateTime([a], , "{escaped[0]}", "{escaped[1]}")', a=value) == result
    assert give(f'FormatDateTime([a], "{escaped[0]}", "{escaped[1]}")', a=value) == result


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("yyyy-MM-dd", "2020-3-06"), ("yyyy-MM-dd", "2020-02-30"), ("yyyy-MM-dd", "20-02-03"), ("yyyy-MM-dd", ""),
        ("yyyy-MM-dd", "2020-02-03 x"), ("yyyy-MM-dd HH", "2020-02-03 24"), ("yyyy-MM-dd hh", "2020-02-03 13"),
        ("yyyy-MM-dd HH tt", "2020-02-03 13 AM"), ("yyyy-MM-dd HH tt", "2020-02-03 01 PM"),
        ("dddd yyyy-MM-dd", "Monday 2020-12-31"), ("yyyy-MM-dd yyyy", "2020-01-01 2021"), ("dM-yyyy", "11-2020"),
        ("yyyy-MM-ddzzz", "2020-01-01+15:00"), ("yyyy-MM-ddK", "0001-01-01+01:00"), ("yyyy-MM-ddZ", "2020-01-01"),
        ("MM-dd", "02-29"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_in_the_input_format_is_refused(read, value):
    with pytest.raises(MappingRefused):
        give(f'FormatDateTime([a], , "{read}", "yyyy")', a=value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('FormatDateTime([a], , "d", "yyyy-MM-dd")', "'d' is a standard format of .NET"),
        ('FormatDateTime([a], , "yyyy-MM-dd", "s")', "'s' is a standard format of .NET"),
        ('FormatDateTime([a], , "yyyy-MM-dd", "")', "'' is a standard format of .NET"),
        ('FormatDateTime([a], , "yyyy g", "yyyy")', "asks for the era"),
        ('FormatDateTime([a], , "ffffffff-yyyy", "yyyy")', "has 8 times f in a row, 7 at most"),
        ('FormatDateTime([a], , "yyyy\'x", "yyyy")', "has an opening ' without its end"),
        ('FormatDateTime([a], , "yyyy\\\\", "yyyy")', "ends with a backslash"),
        ('FormatDateTime([a], , "yyyy%", "yyyy")', "has a % before nothing"),
        ('FormatDateTime([a], "AssumeLocal", "yyyy", "yyyy-MM")', "the default dateTimeStyles only"),
        ('FormatDateTime([a], [s], "yyyy", "yyyy-MM")', "its argument dateTimeStyles as a text"),
        ('FormatDateTime([a], "yyyy")', "FormatDateTime takes"),
        ('DateAdd("q", 1, Now())', "DateAdd: The interval is none of yyyy, m, d, ww, h, n, s"),
        ('DateAdd("D", 1, Now())', "DateAdd: The interval is none of"),
        ('CDate("soon")', "CDate: The text is no date"),
    ],
)
def test_a_wrong_format_or_interval_is_found_when_the_mapping_is_loaded(expression, said):
    with pytest.raises(MappingRefused) as refused:
        parse(expression)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        'DateAdd("d", 9999999, Now())', 'DateAdd("yyyy", 9223372036854775807, Now())', 'DateAdd("s", [n], Now())',
        "DateFromNum(9223372036854775807)", "DateFromNum(-9223372036854775807)", 'NumFromDate("1600-12-31")',
        'DateAdd("d", 1.5, Now())', 'DateAdd([i], 1, Now())', "CDate([l])", "DateAdd(\"d\", 1, Count([l]))",
    ],
)  # fmt: skip
def test_a_date_out_of_reach_is_refused(expression):
    with pytest.raises(MappingRefused):
        give(expression, n="99999999999999999", i="x", l=("x", "y"))


def test_default_styles_may_be_written_out():
    styles = "DateTimeStyles.RoundtripKind, AllowLeadingWhite,DateTimeStyles.AllowTrailingWhite"

    assert give(f'FormatDateTime("2020-01-02", "{styles}", "yyyy-MM-dd", "yyyyMMdd")') == "20200102"
