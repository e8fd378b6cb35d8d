"""Values and attributes to draw from."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from shared.model import Value
from shared.rules.attributes.table import ATTRIBUTES, Access, Attribute, Kind, target_for

CUSTOM_TEXT = target_for("custom:HR:bpo_vendor_id_text")
WRITABLE = tuple(each for each in ATTRIBUTES if each.access is Access.WRITABLE)
attributes = st.sampled_from((*WRITABLE, CUSTOM_TEXT))
cases = st.booleans()

_NAMES = st.sampled_from(["Billing", "billing", "Sales", "Sales: EMEA", "Tier:2", "A;B", ""])
_RATINGS = st.sampled_from(["", ":3", ":3.0", " : 2.5", ":9", ":x", ":", ":0.0004"])
_PHONES = st.sampled_from([
    "+12065550100", "+1 (206) 555-0100", "tel:+12065550100", "12065550100", "0012065550100", "+1 206 555 0100 x12",
    "tel:+12065550100;ext=12", "+44 (0)20 7946 0000", "reception", "+", "ext. 5",
])  # fmt: skip
_ODD = st.text(alphabet=string.printable + "äÄß\u00a0", max_size=12)
_TEXTS = st.one_of(
    _ODD,
    _PHONES,
    st.builds("{}{}".format, _NAMES, _RATINGS),
    st.sampled_from(
        ["True", "FALSE", " true", "1", "2026-01-31", "2026-01-31T10:00:00Z", "2026-13-41", "Ada@X.example"]
    ),
)
values: st.SearchStrategy[Value] = st.one_of(st.none(), _TEXTS, st.lists(_TEXTS, max_size=4).map(tuple))

_WORDS = st.text(alphabet=string.ascii_letters + string.digits + " .-'ß", min_size=1, max_size=12)
_DAYS = st.dates().map(str)


def allowed(attribute: Attribute, *, names: tuple[str, ...], ids: tuple[str, ...]) -> st.SearchStrategy[Value]:
    """Values that Genesys takes for this attribute in any of the forms in which a directory may hold them.

    Args:
        names: of roles, skills, languages or divisions that exist.
        ids: of accounts.
    """
    match attribute.kind:
        case Kind.PHONE:
            digits = st.integers(10**9, 10**14).map(str)
            forms = st.sampled_from(["+{}", "+{} x12", "tel:+{}", "tel:+{};ext=7", "00{}", "+ {}", "(+{})"])
            return st.builds(lambda form, number: form.format(number), forms, digits)
        case Kind.EMAIL:
            return st.builds("{}@contoso.example".format, st.text(alphabet="abcABC", min_size=1, max_size=6))
        case Kind.DATE:
            return st.builds("{}{}".format, _DAYS, st.sampled_from(["", "T00:00:00Z", "T10:00:00.000+02:00"]))
        case Kind.REFERENCE:
            return st.sampled_from(ids) | st.sampled_from(ids).map(str.upper)
        case Kind.NAMES:
            return st.lists(st.sampled_from(names), min_size=1, max_size=4).map(tuple)
        case Kind.RATINGS:
            rated = st.builds("{}:{:g}".format, st.sampled_from(names), st.floats(0, 5).map(lambda x: round(x, 1)))
            return st.lists(rated, min_size=1, max_size=4).map(tuple) | st.lists(rated, min_size=1).map(";".join)
        case _ if attribute.path.endswith(":division"):
            return st.sampled_from(names)
        case _:
            return _WORDS.filter(str.strip)
