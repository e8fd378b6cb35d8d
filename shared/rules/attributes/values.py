"""When do two values say the same, and how is a value written? So that nothing that is equal differs for ever.

| kind | written | compared |
|---|---|---|
| text, custom | without blanks at the ends | by case, unless the mapping says otherwise |
| boolean | `true`, `false` | |
| date | `YYYY-MM-DD` | a time of day does not count |
| phone | E.164, or `tel:+…;ext=…` | by digits and extension |
| email | without blanks at the ends | without case |
| reference | in lower case, as Genesys writes ids | |
| names | each once, in order | as a set |
| ratings | `Billing:3`, each name once, the highest counts | as a set; 3 is 3.0 |
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date

from shared.model import Value
from shared.rules.attributes.phones import dialled, phone
from shared.rules.attributes.table import Attribute, Kind, attribute_or_text

BEST = 5.0
_RATING = re.compile(r"(?P<name>.*\S)\s*:\s*(?P<proficiency>[0-9]{1,3}(?:\.[0-9]+)?)", re.DOTALL)
_DAY = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A skill or language with its proficiency; a name without one counts as 0."""

    name: str
    proficiency: float

    @classmethod
    def parse(cls, text: str) -> Rating:
        """From `Billing:3`; what stands behind the last colon is a proficiency only when it is a number."""
        match = _RATING.fullmatch(text.strip())
        if match is None:
            return cls(name=text.strip(), proficiency=0.0)
        return cls(name=match["name"].strip(), proficiency=round(float(match["proficiency"]), 3))

    def __str__(self) -> str:
        return f"{self.name}:{f'{self.proficiency:.3f}'.rstrip('0').rstrip('.')}"


def normal(attribute: Attribute, value: Value) -> Value:
    """The value as we write it; None for what says nothing. Idempotent, and total: nonsense stays as it is."""
    if attribute.kind is Kind.RATINGS:
        return _ratings(value.split(";") if isinstance(value, str) else value or ()) or None
    items = [value] if isinstance(value, str) else value or ()
    texts = sorted({_text(attribute.kind, item) for item in items} - {""})
    if attribute.multi or len(texts) > 1:
        return tuple(texts) or None
    return texts[0] if texts else None


def same(attribute: Attribute, desired: Value, current: Value, *, case_exact: bool) -> bool:
    """Whether nothing has to be written. An equivalence, for each attribute and each `case_exact`."""
    return _key(attribute, desired, case_exact=case_exact) == _key(attribute, current, case_exact=case_exact)


def digest(path: str, value: Value) -> str:
    """By what a value is known again without keeping it: equal for values that are the same by case."""
    key = _key(attribute_or_text(path), value, case_exact=True)
    return hashlib.sha256(json.dumps([path, key]).encode()).hexdigest()


def united(attribute: Attribute, added: Value, current: Value) -> Value:
    """Both sets of a multi-valued attribute; where both rate a name, the added proficiency counts."""
    new, held = _items(normal(attribute, added)), _items(normal(attribute, current))
    if attribute.kind is Kind.RATINGS:
        names = {Rating.parse(item).name for item in new}
        held = [item for item in held if Rating.parse(item).name not in names]
    return normal(attribute, (*new, *held))


def _key(attribute: Attribute, value: Value, *, case_exact: bool) -> tuple[str, ...]:
    items = _items(normal(attribute, value))
    match attribute.kind:
        case Kind.PHONE:
            return tuple(dialled(item) for item in items)
        case Kind.EMAIL:
            return tuple(item.casefold() for item in items)
        case Kind.CUSTOM:
            items = [item.lower() if item.lower() in ("true", "false") else item for item in items]
        case _:
            pass
    return tuple(items) if case_exact else tuple(sorted({item.casefold() for item in items}))


def _items(value: Value) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _text(kind: Kind, text: str) -> str:
    text = text.strip()
    match kind:
        case Kind.BOOLEAN:
            return text.lower() if text.lower() in ("true", "false") else text
        case Kind.DATE:
            match = _DAY.fullmatch(text)
            return match["day"] if match else text
        case Kind.PHONE:
            return phone(text)
        case Kind.REFERENCE:
            return text.lower()
        case _:
            return text


def _ratings(items: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    best: dict[str, Rating] = {}
    for rating in (Rating.parse(item) for item in items if item.strip()):
        held = best.get(rating.name)
        if held is None or rating.proficiency > held.proficiency:
            best[rating.name] = rating
    return tuple(str(best[name]) for name in sorted(best))


def is_day(text: str) -> bool:
    """Whether a normal date exists in the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("YYYY-MM-DD")
