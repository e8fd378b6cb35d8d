"""Whatever stands in a document: it is loaded, or told of in sentences, and nothing is raised."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.schema.loading import load_schema
from shared.rules.schema.overview import overview
from tests.rules.schema.examples import attribute, changed, direct, group_mapping, object_mapping, schema, written

MAPPING = ("synchronizationRules", 0, "objectMappings", 0)
THIRD = (*MAPPING, "attributeMappings", 2)
DOCUMENT = schema(object_mapping(attribute("title", direct("jobTitle"))), group_mapping())

KEYS = st.sampled_from(
    [
        "synchronizationRules", "directories", "objects", "attributes", "objectMappings", "attributeMappings", "name",
        "scope", "groups", "clauses", "metadata", "key", "value", "source", "parameters", "type", "targetAttributeName",
        "sourceObjectName", "targetObjectName", "enabled", "flowTypes", "matchingPriority", "expression", "priority",
        "multivalued", "defaultValue", "version", "id",
    ]
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["User", "Group", "Update", "Attribute", "Function", "userName", "active", "True", "[mail]"])
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


def told(document):
    """Every sentence about a document."""
    loaded = load_schema(document)
    overview(loaded)
    return [str(problem) for problem in loaded.problems]


def are_sentences(lines):
    return all(line.endswith(".") and line.isprintable() for line in lines)


@given(document=st.dictionaries(KEYS, JSON, max_size=6) | JSON)
def test_any_json(document):
    assert are_sentences(told(document))


@given(document=st.binary(max_size=200))
def test_any_bytes(document):
    assert are_sentences(told(document))


PATHS = [
    *((*MAPPING, key) for key in (*object_mapping(), "metadata")),
    *((*THIRD, key) for key in ("targetAttributeName", "source", "defaultValue", "flowType", "matchingPriority")),
    (*THIRD, "source", "name"),
    (*THIRD, "source", "parameters"),
]


@settings(max_examples=200)
@given(path=st.sampled_from(PATHS), value=JSON)
def test_any_value_at_any_place(path, value):
    assert are_sentences(told(changed(DOCUMENT, *path, to=value)))


@given(depth=st.integers(min_value=1, max_value=200))
def test_any_depth_of_a_stored_tree(depth):
    source = direct("jobTitle")
    for _ in range(depth):
        source = {"type": "Function", "name": "ToUpper", "parameters": [{"key": "source", "value": source}]}

    assert are_sentences(told(changed(DOCUMENT, *THIRD, "source", to=source)))


PIECES = st.sampled_from(["[mail]", '"a"', "Join(", "Switch(", "Not(", ")", ",", " ", "[", '"', "\\", "1", "=", "IIF("])


@given(expression=st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
def test_any_expression(expression):
    assert are_sentences(told(changed(DOCUMENT, *THIRD, "source", to=written(expression))))
