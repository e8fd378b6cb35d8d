"""What does Entra's own engine say of an expression? Here: what was recorded, and nothing is worked out.

A file of answers is `{"answers": [entry, ...]}`; the first entry that fits is the answer. An entry:

    {"expression": "Append([mail], \".x\")", "source": {"mail": "a@b"}, "result": ["a@b.x"]}

| key | means |
|---|---|
| `expression` | the text; blanks outside quotes do not count |
| `source` | optional: the attributes that must have exactly these values; null for one that must be absent |
| `result` | the texts that the evaluation gave; empty for null |
| `parsed` | optional: the tree that the parser gave |
| `error` | optional: the message of a failure; then there is no `result` |
| `stage` | of a failure: `parsing` (default) or `evaluation` |

`recorded_answers.json` holds the examples of Microsoft's function page and of the endpoint's own page; nothing in it
comes from a live tenant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.entra.calls import Document

DOCUMENTED = Path(__file__).with_name("recorded_answers.json")
KEYS = frozenset({"expression", "source", "result", "parsed", "error", "stage"})
_TEXT_OR_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


class ExpressionAnswers:
    def __init__(self, path: Path = DOCUMENTED) -> None:
        self._entries: list[Document] = []
        self.load(json.loads(path.read_text(encoding="utf-8")))

    def load(self, document: object) -> None:
        """Take the answers of a document in place of the present ones.

        Raises:
            ValueError: it is not of the form above.
        """
        entries = document.get("answers") if isinstance(document, dict) else None
        if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
            raise ValueError("answers is a list of {expression, source, result, parsed, error, stage}")
        self._entries = entries

    def answer(self, expression: str, source: Mapping[str, Any]) -> Document:
        """A `parseExpressionResponse` (Learn: graph/api/resources/synchronization-parseexpressionresponse)."""
        asked = _squeezed(expression)
        for entry in self._entries:
            if _squeezed(entry["expression"]) == asked and _fits(entry.get("source") or {}, source):
                return _response(entry)
        return _response({"error": "No answer is recorded for this expression with these values."}, "NotRecorded")


def values_of(given: object) -> dict[str, Any]:
    """The attributes of an `expressionInputObject`; empty texts and null are absent.

    Raises:
        ValueError: it is none.
    """
    if given is None:
        return {}
    properties = given.get("properties") if isinstance(given, dict) else None
    if not isinstance(properties, list) or not all(isinstance(one, dict) and "key" in one for one in properties):
        raise ValueError("testInputObject has a list of properties with key and value")
    return {str(one["key"]): one.get("value") for one in properties if one.get("value") not in ("", None)}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("expression"), str) and set(entry) <= KEYS


def _squeezed(expression: str) -> str:
    return _TEXT_OR_BLANKS.sub(lambda match: match[1] or "", expression)


def _fits(wanted: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    return all(source.get(name) == (value if value != "" else None) for name, value in wanted.items())


def _response(entry: Document, code: str = "ExpressionError") -> Document:
    message = entry.get("error")
    parsed = message is None or entry.get("stage") == "evaluation"
    error = None if message is None else {"code": code, "message": message, "target": None, "details": []}
    return {
        "parsingSucceeded": parsed,
        "parsedExpression": entry.get("parsed") if parsed else None,
        "evaluationSucceeded": message is None,
        "evaluationResult": list(entry.get("result") or []) if message is None else [],
        "error": error,
    }
