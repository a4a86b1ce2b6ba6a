"""What people write, as it is stored: without invisible characters, and isolated where it is shown.

Pasted text brings zero-width spaces and word processors bring soft hyphens; somebody hostile can
hide words in tags, fill a field with nothing, or turn a line around. Unicode's properties of a
character (its category, direction, combining class and ``Default_Ignorable_Code_Point``) decide
what is removed, never a list of characters that somebody happened to meet. What a language needs
stays: a joiner within a word of Persian, Bengali or Sinhala, the sequences of emoji, every
combining mark.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal

__all__ = ["as_id", "by_day", "can_be_seen", "capitalised", "isolated", "kept", "unisolated"]

#: ``Default_Ignorable_Code_Point`` (DerivedCoreProperties.txt, Unicode 16): first and last of each
#: range. Python's tables lack the property. The ranges will not change: Unicode has reserved code
#: points in them.
_IGNORABLE = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160)),
    *((0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E)),
    *((0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)
_FIRSTS = tuple(first for first, _ in _IGNORABLE)
#: Interlinear annotation: not ignorable by default, but not visible either.
_ANNOTATION = range(0xFFF9, 0xFFFC)

#: To Unicode these blanks are signs or letters: only their names say that they are blank.
_DRAWN_AS_NOTHING = (
    *("PATTERN BLANK", "HIEROGLYPH FULL BLANK", "HIEROGLYPH HALF BLANK"),
    *("SYMBOL NULL NOTEHEAD", "SMALL SCRIPT FILLER"),
)

_NON_JOINER, _JOINER = "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"
_GRAPHEME_JOINER = "\N{COMBINING GRAPHEME JOINER}"
#: They turn no letter around, and put a full stop or a bracket on the correct side.
_MARKS_OF_DIRECTION = (
    *("\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"),
    "\N{ARABIC LETTER MARK}",
)
_RIGHT_TO_LEFT = ("R", "AL")
_KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"
_VIRAMA = 9
#: The flags made of tags (RGI_Emoji_Tag_Sequence: there are these three): England, Scotland, Wales.
_FLAG = "\N{WAVING BLACK FLAG}"
_TAGGED_FLAGS = tuple(
    _FLAG + "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f"
    for code in ("gbeng", "gbsct", "gbwls")
)

_FIRST_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
#: What turns text around until it is closed: embeddings, overrides and isolates.
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def can_be_seen(text: str) -> bool:
    """Whether anything in ``text`` is visible; if not, the field counts as empty.

    Letters, figures, punctuation and symbols are; a combining mark on nothing is not.
    """
    return any(unicodedata.category(one)[0] in "LNPS" and not _unseen(one) for one in text)


def kept(text: str) -> str:
    """Return ``text`` in NFC, without what is invisible and what turns it around.

    What a language or an emoji needs stays. Doing it twice changes nothing more.
    """
    if text.isascii():
        return text
    text = _composed(text)
    if not any(map(_unseen, set(text))):
        return text
    # Removing a character can let its neighbours compose, or leave one of them without need, so
    # both steps repeat. No rule depends on a neighbour of its own kind, so the rounds stay few.
    while (shorter := _composed(_without(text))) != text:
        text = shorter
    return text


def as_id(text: str) -> str:
    """Return ``text`` as an ID that can be found again: in NFKC, with nothing invisible in it.

    There is one space between its parts, and full-width letters and figures become plain ones.
    """
    plain = (" " if _blank(one) else "" if _unseen(one) else one for one in text)
    return " ".join(_composed("".join(plain), "NFKC").split())


def isolated(words: str) -> str:
    """Return ``words`` for use in a sentence: their direction does not affect the rest of it."""
    return f"{_FIRST_ISOLATE}{words.translate(_TURNS)}{_POP}"


def unisolated(sentence: str) -> str:
    """Return a sentence without the marks of :func:`isolated`, for what is no page or email."""
    return sentence.replace(_FIRST_ISOLATE, "").replace(_POP, "")


# In one form -------------------------------------------------------------------------------------


def _composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return ``text`` in this form, in linear time.

    Python sorts the marks after a letter by insertion: a hundred thousand would take a minute. So a
    text with marks is sorted first.
    """
    if any(_is(one, "M") for one in set(text)):
        apart = "".join(_decomposed(one, form) for one in text)
        runs = groupby(apart, key=lambda one: unicodedata.combining(one) > 0)
        ordered = (sorted(run, key=unicodedata.combining) if marks else run for marks, run in runs)
        text = "".join(chain.from_iterable(ordered))
    return unicodedata.normalize(form, text)


@lru_cache(2_048)
def _decomposed(one: str, form: Literal["NFC", "NFKC"]) -> str:
    return unicodedata.normalize("NFD" if form == "NFC" else "NFKD", one)


# Character by character --------------------------------------------------------------------------


def _ignorable(one: str) -> bool:
    place = bisect_right(_FIRSTS, ord(one)) - 1
    return (place >= 0 and ord(one) <= _IGNORABLE[place][1]) or ord(one) in _ANNOTATION


@lru_cache(2_048)
def _blank(one: str) -> bool:
    """Whether it is drawn as empty space although Unicode calls it a sign."""
    return not one.isascii() and unicodedata.name(one, "").endswith(_DRAWN_AS_NOTHING)


def _unseen(one: str) -> bool:
    return _ignorable(one) or _blank(one)


def _without(text: str) -> str:
    """Return ``text`` without what is invisible; what is drawn as a space becomes one."""
    turned = any(_right_to_left(one) for one in text)
    within: list[str] = []
    place = 0
    while place < len(text):
        one = text[place]
        flags = _TAGGED_FLAGS if one == _FLAG else ()
        flag = next((flag for flag in flags if text.startswith(flag, place)), "")
        if flag:
            within.append(flag)
        elif _ignorable(one):
            stays = turned if one in _MARKS_OF_DIRECTION else _needed(text, place)
            within.append(one if stays else "")
        else:
            within.append(" " if _blank(one) else one)
        place += len(flag) or 1
    return "".join(within)


def _needed(text: str, place: int) -> bool:
    """Whether the invisible character at ``place`` changes how its neighbours are read."""
    one, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if one in (_JOINER, _NON_JOINER):
        return _joins_a_word(text, place) or (one == _JOINER and _joins_emoji(text, place))
    if one == _GRAPHEME_JOINER:
        return all(_is(mark, "M") and not _ignorable(mark) for mark in (before, after))
    if "VARIATION SELECTOR" in unicodedata.name(one, ""):
        if _is(before, "S") or (_is(before, "L") and not _cased(before)):
            return True  # an emoji or sign; a letter of Han, Mongolian, Myanmar …
        return before != "" and after == _KEYCAP
    # The vowel separator of Mongolian.
    return one == "\u180e" and _is(before, "L") and not _cased(before) and _is(after, "L")


def _joins_a_word(text: str, place: int) -> bool:
    """Whether a joiner is where scripts use one: by a virama, or within or after a word.

    Scripts with small and capital letters do not, and neither do those written in squares.
    """
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if any(one and unicodedata.combining(one) == _VIRAMA for one in (before, after)):
        return True
    base = _base(text, place)
    if not _connects(base):
        return False
    return _is(after, "M") or _connects(after) or (text[place] == _JOINER and not _is(after, "L"))


def _base(text: str, place: int) -> str:
    """Return the nearest character before ``place`` that is not a mark, or ``""``."""
    while place > 0 and _is(text[place - 1], "M"):
        place -= 1
    return text[place - 1 : place]


def _connects(one: str) -> bool:
    if not _is(one, "L") or _ignorable(one):
        return False
    of_squares = unicodedata.east_asian_width(one) in "WFH"
    return _right_to_left(one) or not (_cased(one) or of_squares)


def _right_to_left(one: str) -> bool:
    return _is(one, "L") and unicodedata.bidirectional(one) in _RIGHT_TO_LEFT


def _joins_emoji(text: str, place: int) -> bool:
    """Whether it joins two signs, with nothing between but what changes how the first is drawn."""
    start = place
    while start > 0 and (_is_selector(text[start - 1]) or _is_skin(text[start - 1])):
        start -= 1
    return _is(text[start - 1 : start], "S") and _is(text[place + 1 : place + 2], "S")


def _is(one: str, kind: str) -> bool:
    return bool(one) and unicodedata.category(one)[0] == kind


def _cased(one: str) -> bool:
    return one.lower() != one.upper()


def _is_selector(one: str) -> bool:
    return "VARIATION SELECTOR" in unicodedata.name(one, "")


def _is_skin(one: str) -> bool:
    return unicodedata.category(one) == "Sk" and unicodedata.name(one, "").startswith("EMOJI")


def by_day(asks: str, due: str) -> str:
    """Return what somebody has to do, by when: ``say who should reply, by Monday 9 November 2026``.

    The comma keeps apart two dates: that of the task, and when something was done.
    """
    comma = "," if _CLAUSE.search(asks) else ""
    return f"{asks}{comma} by {due}"


_CLAUSE = re.compile(r"\b(?:that|whether|how|who|what|if|was|now)\b")


def capitalised(text: str) -> str:
    """Return ``text`` with a capital at its beginning, its other letters as they are: PEP stays."""
    return text[:1].upper() + text[1:]
