"""How do letters change? .NET's case and Microsoft's table of letters without their accents."""

from __future__ import annotations

import pytest

from tests.rules.expressions.giving import give

# The table of the functions page, NormalizeDiacritics: what each row's characters become.
DIACRITICS = {
    "a": "ä à â ã å á ą ă ā ā́ ā̀ ā̂ ā̃ ǟ ā̈ ǡ a̱ å̄", "A": "Ä À Â Ã Å Á Ą Ă Ā Ā́ Ā̀ Ā̂ Ā̃ Ǟ Ā̈ Ǡ A̱ Å̄",
    "ae": "æ ǣ", "AE": "Æ Ǣ",
    "c": "ç č ć c̄ c̱", "C": "Ç Č Ć C̄ C̱",
    "d": "ď d̄ ḏ", "D": "Ď D̄ Ḏ",
    "e": "ë è é ê ę ě ė ē ḗ ḕ ē̂ ē̃ ê̄ e̱ ë̄ e̊̄", "E": "Ë È É Ê Ę Ě Ė Ē Ḗ Ḕ Ē̂ Ē̃ Ê̄ E̱ Ë̄ E̊̄",
    "g": "ğ ḡ g̱", "G": "Ğ Ḡ G̱",
    "i": "ï î ì í \u0131 ī ī́ ī̀ ī̂ ī̃ i̱", "I": "Ï Î Ì Í İ Ī Ī́ Ī̀ Ī̂ Ī̃ I̱",
    "l": "ľ ł l̄ ḹ ḻ", "L": "Ł Ľ L̄ Ḹ Ḻ",
    "n": "ñ ń ň n̄ ṉ", "N": "Ñ Ń Ň N̄ Ṉ",
    "o": "ö ò ő õ ô ó ō ṓ ṑ ō̂ ō̃ ȫ ō̈ ǭ ȭ ȱ o̱", "O": "Ö Ò Ő Õ Ô Ó Ō Ṓ Ṑ Ō̂ Ō̃ Ȫ Ō̈ Ǭ Ȭ Ȱ O̱",
    "oe": "ø ø̄ œ̄", "OE": "Ø Ø̄ Œ̄",
    "r": "ř r̄ ṟ ṝ", "R": "Ř R̄ Ṟ Ṝ",
    "ss": "ß",
    "s": "š ś ș ş s̄ s̱", "S": "Š Ś Ș Ş S̄ S̱",
    "t": "ť ț t̄ ṯ", "T": "Ť Ț T̄ Ṯ",
    "u": "ü ù û ú ů ű ū ū́ ū̀ ū̂ ū̃ u̇̄ ǖ ṻ ṳ̄ u̱", "U": "Ü Ù Û Ú Ů Ű Ū Ū́ Ū̀ Ū̂ Ū̃ U̇̄ Ǖ Ṻ Ṳ̄ U̱",
    "y": "ÿ ý ȳ ȳ́ ȳ̀ ȳ̃ y̱", "Y": "Ÿ Ý Ȳ Ȳ́ Ȳ̀ Ȳ̃ Y̱",
    "z": "ź ž ż z̄ ẕ", "Z": "Ź Ž Ż Z̄ Ẕ",
}  # fmt: skip


@pytest.mark.parametrize("plain", DIACRITICS, ids=lambda plain: f"functions page, NormalizeDiacritics, {plain}")
def test_every_letter_of_the_documented_table_loses_its_accent(plain):
    given = DIACRITICS[plain].split()

    assert {give("NormalizeDiacritics([a])", a=letter) for letter in given} == {plain}


@pytest.mark.parametrize(
    ("text", "value", "given"),
    [
        ("ToUpper([a])", "stra\u00dfe", "STRA\u00dfE"),
        ("ToUpper([a])", "\ufb01x", "\ufb01X"),
        ("ToUpper([a])", "\u1fb3", "\u1fbc"),
        ("ToUpper([a])", "\u0131i", "\u0131I"),
        ("ToUpper([a])", "\u00e9\u03c2", "\u00c9\u03a3"),
        ("ToLower([a])", "\u0130I", "\u0130i"),
        ("ToLower([a])", "\u039f\u03a3", "\u03bf\u03c3"),
        ('ToLower([a], "en-US")', "ABC", "abc"),
        ('ToUpper([a], "ja-JP")', "abc", "ABC"),
        ('ToUpper([a], "")', "abc", "ABC"),
        ("ToUpper([a], )", "abc", "ABC"),
        ("PCase([a])", "o'brien", "O'brien"),
        ("PCase([a])", "o\u2019brien", "O\u2019Brien"),
        ("PCase([a])", "'tis", "'Tis"),
        ("PCase([a])", "SMITH-JONES", "Smith-Jones"),
        ("PCase([a])", "a_b.c/d+e\u00a0f", "A_B.C/D+E\u00a0F"),
        ("PCase([a])", "a1b 2nd", "A1b 2Nd"),
        ("PCase([a])", "\u00c9COLE e\u0301t", "\u00c9cole E\u0301t"),
        ("PCase([a])", "", ""),
        ('PCase([a], " ")', "SMITH-JONES ANN", "Smith-jones Ann"),
        ('PCase([a], "")', "SMITH JONES", "Smith jones"),
        ("NormalizeDiacritics([a])", "Jos\u00e9 M\u00fcller", "Jose Muller"),
        ("NormalizeDiacritics([a])", "\u6771\u4eac \uac00", "\u6771\u4eac \uac00"),
    ],
)
def test_letters_change_as_in_dotnet(text, value, given):
    assert give(text, a=value) == given
