"""What do the functions of dates and numbers give? (entra-mapping.md §7.5)"""

from __future__ import annotations

from calendar import monthrange
from functools import lru_cache

from shared.errors import MappingRefused
from shared.rules.expressions.date_formats import pieces_of
from shared.rules.expressions.date_reading import Reader
from shared.rules.expressions.date_writing import write
from shared.rules.expressions.moments import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WEEK,
    Moment,
    as_filetime,
    from_datetime,
    from_fields,
    from_filetime,
    moment,
)
from shared.rules.expressions.nodes import Call, refused
from shared.rules.expressions.signatures import DATE, NUMBER, Arguments, Function, Parameter, constant, plain
from shared.rules.expressions.values import Run, Scene, Worth, as_text, bounded

_UNITS = {"ww": WEEK, "d": DAY, "h": HOUR, "n": MINUTE, "s": SECOND}
_INTERVALS = ("yyyy", "m", "d", "ww", "h", "n", "s")
_DEFAULT_STYLES = {"RoundtripKind", "AllowLeadingWhite", "AllowTrailingWhite"}


def _interval(worth: Worth, what: str) -> str | None:
    interval = as_text(worth, what)
    if interval is not None and interval not in _INTERVALS:
        raise MappingRefused(f"The interval is none of {', '.join(_INTERVALS)}")
    return interval


def _date_add(interval: str, count: int, at: Moment) -> Moment:
    if interval in _UNITS:
        return moment(at.ticks + count * _UNITS[interval])
    day = at.day
    months = day.year * 12 + day.month - 1 + count * (12 if interval == "yyyy" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise MappingRefused("The date is outside of the years 1 to 9999")
    return from_fields(year, month + 1, min(day.day, monthrange(year, month + 1)[1]), at.time)


def _date_diff(interval: str, first: Moment, second: Moment) -> int:
    """As Visual Basic's DateDiff, on every row of Microsoft's table."""
    if interval == "yyyy":
        return second.day.year - first.day.year
    if interval == "m":
        return (second.day.year - first.day.year) * 12 + second.day.month - first.day.month
    if interval == "ww":
        return _cut(_sunday(second) - _sunday(first), WEEK)
    return _cut(second.ticks - first.ticks, _UNITS[interval])


def _sunday(at: Moment) -> int:
    return at.ticks - at.day.isoweekday() % 7 * DAY


def _cut(ticks: int, unit: int) -> int:
    """Divided and cut towards zero."""
    whole = abs(ticks) // unit
    return whole if ticks >= 0 else -whole


@lru_cache(maxsize=512)
def _reader(pattern: str) -> Reader:
    return Reader(pieces_of(pattern))


_pieces = lru_cache(maxsize=512)(pieces_of)


def _format_date_time(call: Call, arguments: Arguments) -> Run:
    """Four arguments, or three in the older form without styles."""
    if len(call.arguments) < 3:
        raise refused("FormatDateTime takes source, dateTimeStyles, inputFormat and outputFormat", call.at)
    if len(call.arguments) == 3:
        source_, styles, input_, output = arguments[0], None, arguments[1], arguments[2]
        patterns = (call.arguments[1], call.arguments[2])
    else:
        source_, styles, input_, output = arguments
        patterns = (call.arguments[2], call.arguments[3])
    if source_ is None or input_ is None or output is None:
        raise refused("FormatDateTime needs its arguments source, inputFormat and outputFormat", call.at)
    if styles is not None:
        _only_default_styles(call)
    try:  # constant formats are read when the mapping is loaded, so that a wrong one is found then
        for prepare, pattern in zip((_reader, _pieces), map(constant, patterns), strict=True):
            if pattern is not None:
                prepare(pattern)
    except MappingRefused as error:
        raise refused(f"FormatDateTime: {error.sentence}", call.at) from error
    source, input_format, output_format = source_, input_, output

    def run(scene: Scene) -> Worth:
        text = as_text(source(scene), "source")
        read = as_text(input_format(scene), "inputFormat")
        written = as_text(output_format(scene), "outputFormat")
        if text is None or read is None or written is None:
            return None
        return bounded(write(_reader(read).read(text, scene.now.date()), _pieces(written)))

    return run


def _only_default_styles(call: Call) -> None:
    styles = constant(call.arguments[1])
    if styles is None:
        raise refused("FormatDateTime needs its argument dateTimeStyles as a text in quotation marks", call.at)
    chosen = {style.strip().removeprefix("DateTimeStyles.") for style in styles.split(",")}
    if chosen - {""} not in (set(), _DEFAULT_STYLES):
        raise refused(
            "FormatDateTime is evaluated with the default dateTimeStyles only: leave that argument empty", call.at
        )


def _now(_: Call, _arguments: Arguments) -> Run:
    return lambda scene: from_datetime(scene.now)


def _bit_and(first: int, second: int) -> int:
    return first & second


_DATE = Parameter(key="dateTime", kind=DATE)
_INTERVAL = Parameter(key="interval", kind=_interval)

FUNCTIONS = (
    plain("CDate", [Parameter(key="expression", kind=DATE)], lambda at: at),
    Function(name="Now", parameters=(), build=_now),
    plain("DateAdd", [_INTERVAL, Parameter(key="value", kind=NUMBER), _DATE], _date_add),
    plain("DateDiff", [_INTERVAL, Parameter(key="date1", kind=DATE), Parameter(key="date2", kind=DATE)], _date_diff),
    Function(
        name="FormatDateTime",
        parameters=(
            Parameter(key="source"),
            Parameter(key="dateTimeStyles", optional=True),
            Parameter(key="inputFormat"),
            Parameter(key="outputFormat", optional=True),
        ),
        build=_format_date_time,
    ),
    plain("DateFromNum", [Parameter(key="value", kind=NUMBER)], from_filetime),
    plain("NumFromDate", [Parameter(key="value", kind=DATE)], as_filetime),
    plain("BitAnd", [Parameter(key="value1", kind=NUMBER), Parameter(key="value2", kind=NUMBER)], _bit_and),
)
