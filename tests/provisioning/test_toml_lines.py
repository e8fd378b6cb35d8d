"""Where a key stands, whatever stands around it."""

from __future__ import annotations

import pytest

from shared.runtime.toml_lines import line_at, lines_of

DOCUMENT = '''\
version = 1 # = [x]
"odd # key" = "]"
text = """
[not.a.table]
key = "no"
"""
literal = \'\'\'
x = [
\'\'\'

[scope]
people = 'everybody'
list = [
  1, # one
  { a = 1, b = [2,
    3] },
]

[[mapping]]
target = "title"

[[mapping]]
target = 'phoneNumbers[type eq "work"].value'
[mapping.more]
deep.er = 1

["HR:x"."y\\u00e9"]
z = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("version",), 1),
        (("odd # key",), 2),
        (("text",), 3),
        (("literal",), 7),
        (("scope",), 11),
        (("scope", "people"), 12),
        (("scope", "list"), 13),
        (("scope", "list", 0), 14),
        (("scope", "list", 1), 15),
        (("scope", "list", 1, "b"), 15),
        (("scope", "list", 1, "b", 1), 16),
        (("mapping",), 19),
        (("mapping", 0), 19),
        (("mapping", 0, "target"), 20),
        (("mapping", 1), 22),
        (("mapping", 1, "target"), 23),
        (("mapping", 1, "more", "deep", "er"), 25),
        (("HR:x", "y\u00e9", "z"), 28),
    ],
    ids=str,
)
def test_every_key_table_and_entry_is_found_on_its_line(path, line):
    assert lines_of(DOCUMENT)[path] == line


def test_text_that_looks_like_keys_is_none():
    assert not {path for path in lines_of(DOCUMENT) if "not" in path or "key" in path or "x" in path}


@pytest.mark.parametrize(
    ("path", "line"),
    [(("scope", "absent"), 11), (("mapping", 1, "absent"), 22), (("absent",), 1), ((), 1)],
    ids=str,
)
def test_what_is_missing_is_shown_at_what_it_is_missing_from(path, line):
    assert line_at(lines_of(DOCUMENT), path) == line
