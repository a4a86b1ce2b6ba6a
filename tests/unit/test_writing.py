"""What people write is stored without invisible characters; if only those are left, it is empty."""

from __future__ import annotations

import sys
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import writing
from domain.writing import as_id, can_be_seen, capitalised, isolated, kept

#: One of each kind of invisible character.
UNSEEN = {
    "soft hyphen": "\u00ad",
    "grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c",
    "Hangul fillers": "\u115f\u1160",
    "Khmer inherent vowel": "\u17b4",
    "Mongolian selector": "\u180b",
    "zero-width space": "\u200b",
    "non-joiner": "\u200c",
    "joiner": "\u200d",
    "marks of direction": "\u200e\u200f",
    "overrides": "\u202d\u202e\u202c",
    "isolates": "\u2066\u2067\u2068\u2069",
    "word joiner": "\u2060",
    "invisible times": "\u2062",
    "braille blank": "\u2800",
    "Hangul filler": "\u3164",
    "halfwidth filler": "\uffa0",
    "variation selectors": "\ufe0e\ufe0f",
    "byte order mark": "\ufeff",
    "annotation": "\ufff9\ufffb",
    "shorthand overlap": "\U0001bca0",
    "null notehead": "\U0001d159",
    "tags": "\U000e0041\U000e0042\U000e007f",
    "selector 256": "\U000e01ef",
    "not given out yet": "\U000e0fff",
}

#: What a language or an emoji needs, although parts of it are invisible.
NEEDED = {
    "Persian": "می‌خواهم",
    "Arabic abbreviation": "\u0647\u200d",
    "Arabic with a mark of direction": "قال C++‎.",
    "Hebrew": "הוא אמר \u200f(כן)",
    "Hindi": "क्‍ष र्‍य",
    "Bengali": "র‍্যাব",
    "Sinhala": "ශ්‍රී ලංකා",
    "Malayalam, as it was written": "അവന്‍",
    "Mongolian": "ᠠ᠋ ᠬᠠᠷ\u180eᠠ",
    "Han": "葛\U000e0100城",
    "family": "👩‍👩‍👧",
    "doctor": "👩🏽‍⚕️",
    "heart": "❤️",
    "keycap": "1️⃣",
    "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "marks in Hebrew": "ב\u05b8\u034f\u05b0",
    "Vietnamese": "Nguyễn Thị",
    "Thai": "น้ำ",
    "Scots Gaelic": "Mòrag",
}

_IGNORED = st.sampled_from(sorted("".join(UNSEEN.values())))
_MIXED = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), _IGNORED))


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_can_see_is_no_answer_and_is_not_kept_within_a_word(text: str) -> None:
    assert not can_be_seen(text)
    assert not can_be_seen(f" \n{text}\t\u3000{text}")
    assert not can_be_seen(kept(text))
    assert as_id(f"SAM{text}PLE").replace(" ", "") == "SAMPLE"
    assert kept(f"Al{text}ex").replace(" ", "") == "Alex"


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_what_a_language_or_an_emoji_needs_stays(text: str) -> None:
    assert kept(text) == unicodedata.normalize("NFC", text)
    assert can_be_seen(text)


def test_a_mark_alone_is_no_answer_and_a_full_stop_is_one() -> None:
    assert not can_be_seen("\u0301\u0308")
    assert not can_be_seen("\ue000")
    assert can_be_seen(".")
    assert can_be_seen("🙂")


@pytest.mark.parametrize("turn", "\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069")
def test_nothing_turns_the_words_after_it_around(turn: str) -> None:
    for text in (f"by {turn}6202", f"שלום {turn}abc"):
        assert turn not in kept(text)
        assert isolated(text).count(turn) == "\u2068\u2069".count(turn)


def test_only_the_flags_that_there_are_hide_letters() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "alex")
    assert kept(f"🏴{hidden}\U000e007f") == "🏴"
    assert kept(f"🙂{hidden}") == "🙂"


@given(_MIXED)
def test_what_was_kept_once_is_kept_as_it_is(text: str) -> None:
    assert kept(kept(text)) == kept(text)
    assert as_id(as_id(text)) == as_id(text)
    assert kept(isolated(text)) == kept(text.translate(dict.fromkeys(map(ord, "\u2068\u2069"))))


@given(_MIXED)
def test_whatever_can_be_seen_is_kept_in_its_order(text: str) -> None:
    def seen(words: str) -> list[str]:
        return [one for one in unicodedata.normalize("NFD", words) if can_be_seen(one)]

    assert seen(kept(text)) == seen(text)
    assert can_be_seen(kept(text)) is can_be_seen(text)


@pytest.mark.parametrize("one", sorted({*"".join(UNSEEN.values()), "\U000e0061"}))
def test_a_row_of_what_nobody_sees_takes_few_rounds(
    one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form full of invisible characters must not keep a function busy for hours."""
    rounds = 0
    without = writing._without

    def counted(text: str) -> str:
        nonlocal rounds
        rounds += 1
        return without(text)

    monkeypatch.setattr(writing, "_without", counted)
    for before, behind in (("x", "y"), ("\u0628", "\u0301"), ("\U0001f642", "\u20e3")):
        kept(before + one * 40 + behind)
    assert rounds <= 3 * 4


def test_marks_reach_python_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python sorts marks by insertion, so unsorted ones would take quadratic time."""
    given_to: list[str] = []
    normalize = unicodedata.normalize

    def noted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        given_to.append(text)
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noted)
    for text in ("a" + "\u0301" * 40 + "\u0316" * 40, "\u0f40" + "\u0f73" * 40):
        assert kept(text) == normalize("NFC", text)
        assert as_id(text) == normalize("NFKC", text)
    for text in given_to:
        classes = [unicodedata.combining(one) for one in text[1:]]
        assert classes == sorted(classes)


@given(
    st.text(st.characters(categories=["Mn", "Lo", "Ll"]) | st.sampled_from("\u0f73\u0344\uac01"))
)
def test_the_one_form_is_unicodes(text: str) -> None:
    for form in ("NFC", "NFKC"):
        assert writing._composed(text, form) == unicodedata.normalize(form, text)


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_plain_letters_are_kept_as_they_are(text: str) -> None:
    assert kept(text) == text


@given(st.text("ABCxyz019-/. ", min_size=1), st.lists(st.tuples(st.integers(0, 40), _IGNORED)))
def test_an_id_is_the_same_whatever_was_pasted_into_it(
    text: str, pasted: list[tuple[int, str]]
) -> None:
    pasted = [(place, one) for place, one in pasted if one not in "\u2800\U0001d159"]
    found = text
    for place, one in pasted:
        found = found[:place] + one + found[place:]
    assert as_id(found) == as_id(text)


def test_every_format_character_of_unicode_is_known() -> None:
    """Those of category Cf that stay are visible, or arrange hieroglyphs."""
    stay = {
        one
        for one in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(one) == "Cf" and kept(f"a{one}b") != "ab"
    }
    assert {unicodedata.name(one).split()[0] for one in stay} == {
        *("ARABIC", "SYRIAC", "KAITHI"),
        "EGYPTIAN",
    }


#: Where ``Default_Ignorable_Code_Point`` begins and ends (DerivedCoreProperties.txt, Unicode 16).
FIRST_AND_LAST = """
    00AD-00AD 034F-034F 061C-061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F
    3164-3164 FE00-FE0F FEFF-FEFF FFA0-FFA0 FFF0-FFFB 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF
"""


@pytest.mark.parametrize("ends", FIRST_AND_LAST.split())
def test_what_nobody_sees_begins_and_ends_where_unicode_says(ends: str) -> None:
    """FFF9 to FFFB, which mark a gloss, come right after, and are invisible as well."""
    first, last = (int(end, 16) for end in ends.split("-"))
    for inside in (chr(first), chr(last)):
        assert as_id(f"1{inside}2") in ("12", "1 2")
        assert not can_be_seen(inside)
    for outside in (chr(first - 1), chr(last + 1)):
        plain = " ".join(unicodedata.normalize("NFKC", f"1{outside}2").split())
        if outside not in ("\u2029", "\ufffc"):  # a line's end, and what stands for a picture
            assert as_id(f"1{outside}2") == plain


@pytest.mark.parametrize(
    ("written", "stays"),
    [
        ("👩🏽\u200d⚕️", "👩🏽\u200d⚕️"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("👩\u200d", "👩"),
        ("\u200d👩", "👩"),
        ("👩\u200dabc", "👩abc"),
        ("abc\u200d👩", "abc👩"),
        ("👩\u200d\u200d👧", "👩👧"),
        ("🏽\u200d👧", "🏽👧"),
    ],
)
def test_a_joiner_stays_between_two_signs_and_nowhere_else_among_them(
    written: str, stays: str
) -> None:
    assert kept(written) == stays


def test_a_sentence_begins_with_a_capital_and_its_other_letters_stay() -> None:
    assert capitalised("education (PEP)") == "Education (PEP)"
    assert capitalised("closed after Cafcass") == "Closed after Cafcass"
    assert capitalised("") == ""
