"""Answers that no Genesys should give: whatever they hold, callers see our errors and sane numbers."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Unreachable, Unreadable
from shared.runtime.allowance import Reading
from shared.targets.answers import Answer, error_of, wait_of

DEEP = b'{"details": ' + b"[" * 100_000


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(what="GET /x", status=status, headers=headers, body=body, at=1_000.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "inf"}, 10.0),
        ({"retry-after": "nan"}, 10.0),
        ({"retry-after": "inf", "inin-ratelimit-reset": "5"}, 6.0),
        ({"retry-after": "1e12"}, 300.0),
        ({"retry-after": "86400"}, 300.0),
        ({"retry-after": "-7"}, 1.0),
        ({"inin-ratelimit-reset": "1e308"}, 300.0),
    ],
)
def test_no_announcement_silences_us_for_long(headers, seconds):
    assert wait_of(headers) == seconds


@pytest.mark.parametrize(
    ("date", "dated"),
    [
        ("Thu, 01 Jan 1970 00:10:00 GMT", 600.0),
        ("Thu, 01 Jan 1970 00:10:00 -0000", 600.0),
        ("Thu, 99 Jan 1970 00:10:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_is_genesys_clock_or_ours(date, dated):
    told = answer(date=date)
    assert (told.dated, told.server_time) == (dated, 1_000.0 if dated is None else dated)


@pytest.mark.parametrize("body", [DEEP, b"\xff", b'{"message": "\xff"}', b"<html>", b'{"code": 1e999}'])
def test_a_refusal_that_cannot_be_read_is_known_by_its_status(body):
    assert isinstance(error_of(answer(503, body)), Unreachable)


@pytest.mark.parametrize("body", [DEEP, b"\xff", b'{"message": "\xff"}', b"<html>", b'{"code": 1e999}'])
def test_a_document_that_cannot_be_read_is_unreadable(body):
    with pytest.raises(Unreadable):
        answer(200, body).read(dict[str, Any])


@pytest.mark.parametrize(
    ("count", "allowed", "reset"),
    [
        ("1", "300", "inf"),
        ("1", "300", "nan"),
        ("1", "300", "1e12"),
        ("1", "1" + "0" * 400, "5"),
        ("1" * 5_000, "300", "5"),
        ("-1", "300", "5"),
        ("1", "0", "5"),
    ],
)
def test_rate_headers_beyond_reason_are_none(count, allowed, reset):
    headers = {"inin-ratelimit-count": count, "inin-ratelimit-allowed": allowed, "inin-ratelimit-reset": reset}
    assert Reading.parse(headers) is None
