"""Remove the keys of links from what people write, so that nobody gets in by reading the record.

People quote the emails that they answer, and with them the link that is for them alone. It comes
as it was, broken over lines, encoded again by each program on its way, or inside the link of a mail
scanner that leads there. This is the one place that removes it: from each fact before it goes on
the record (:mod:`adapters.casebook`), and from each draft (:mod:`adapters.drafts`).

A scanner writes the address it leads to in one of these ways: with percent signs, once or several
times (Microsoft Safe Links, Proofpoint v1, Barracuda, Cisco, FireEye and Trellix, Trend Micro,
Fortinet); with ``-`` and ``_`` for ``%`` and ``/`` (Proofpoint v2); as it is, between ``__``
(Proofpoint v3, Check Point); in base64 (Sophos). Others keep it to themselves (Mimecast): a link
whose target nobody can tell is removed as well.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64Error
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum, IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["LEFT_OUT", "fact_without_keys", "form_without_keys", "is_recognised", "without_keys"]

_T = TypeVar("_T")

#: What replaces a link, or a key on its own.
LEFT_OUT = "[a link was left out]"

#: A key: 256 random bits in base64 (:mod:`adapters.links`).
_KEY = 43
#: The shortest part of a key that is removed from a link.
_PART = 8
#: A key changes between lower case, upper case and digit about 27 times; words hardly ever do.
_CHANGES = 12
#: One key in half a million changes less often, but has this many capitals and as many small
#: letters. Words with as many capitals change as often as a key, unless they are abbreviations.
_MIXED = 8

_KEY_IN_LINK = re.compile(rf"/reply/([\w-]{{{_PART},}})", re.IGNORECASE | re.ASCII)
#: The same in a link for an action, or in a calendar's address. These are words of other sites'
#: addresses too, so here a part of a key has to look like one.
_KEY_FOR_ACTION = re.compile(rf"/(?:action|calendar)/([\w-]{{{_PART},}})", re.IGNORECASE | re.ASCII)
_DRAFT_IN_LINK = re.compile(r"\bdraft=[0-9a-f-]{32,36}", re.IGNORECASE)
#: A run that may be a key. Followed by "=" it is not one but padded base64, such as a checksum.
_RUN = re.compile(r"(?<![\w-])[\w-]{43,48}(?![\w=-]|%(?:25)*3D)", re.ASCII)
#: The first few characters of a key, and a key without these.
_FEW = re.compile(r"[\w-]{1,8}=?", re.ASCII)
_MOST = re.compile(r"[>|]*[\w-]{35,42}", re.ASCII)
#: One of our links as we write it, and its key.
_OURS = re.compile(
    r"(?P<before>(?:https?://[^\s/?%]+)?/(?:reply|action|calendar)/)[\w-]{8,}(?P<after>.*)",
    re.IGNORECASE | re.ASCII,
)

#: Hosts of scanners whose links lead on to others.
_SCANNERS = re.compile(
    r"https?://(?:[\w.-]*\.)?(?:safelinks\.protection\.outlook\.com|urldefense(?:\.proofpoint)?\.com"
    r"|urldefense\.us|mimecast(?:protect)?\.com|cudasvc\.com|secure-web\.cisco\.com"
    r"|protection\.sophos\.com|fireeye\.com|trellix\.com|trendmicro\.com|symantec\.com"
    r"|fortimailcloud\.com|hornetsecurity\.com|inky\.com|esvalabs\.com|edgepilot\.com"
    r"|emailprotection\.link|avanan\.click|protect\.checkpoint\.com|zixcentral\.com)[:/]",
    re.IGNORECASE,
)
#: The target of a link that is written inside another.
_TARGET = re.compile(r".https?:/", re.IGNORECASE | re.DOTALL)

_WORD = re.compile(r"\S+")
_EDGES = re.compile(r"(?P<open>[<(\[\"'*]*)(?P<inner>.*?)(?P<close>[>)\]\"'*.,;:!?]*)", re.DOTALL)

#: The most lines that one link may be broken over, and the most characters of one that is searched.
_LINES = 12
_LONGEST = 4_000
#: The most characters decoded for one text, or for all those of one form or fact. After that, every
#: broken or encoded link is removed. Counted rather than timed, so that every computer finds the
#: same.
_WORK = 3_000_000
_ROUNDS = 5
_WAYS = 24


class _Found(IntEnum):
    """What a word contains: no key, the first part of one, or a whole one."""

    NOTHING = 0
    BEGINS = 1
    KEY = 2


def fact_without_keys(value: _T) -> _T:
    """Return a fact, or any part of one, with :func:`without_keys` of each text in it."""
    return _within(value, _Work())


def form_without_keys(form: Mapping[str, str]) -> dict[str, str]:
    """Return a form, as field → text, with :func:`without_keys` of each text."""
    work = _Work()
    return {name: _Reading(text, work).clean() for name, text in form.items()}


def is_recognised(key: str) -> bool:
    """Whether the key is left out wherever it is quoted: whole, cut short, or broken in two.

    Chance makes one key in ten that is not. No link gets one of these (:mod:`adapters.links`).
    """
    cut = (key[:size] for size in range(_PART, _KEY))
    most = (key[few:] for few in range(1, _PART + 1))
    return _is_key(key) and all(map(_is_part, cut)) and all(map(_is_random, most))


def without_keys(text: str) -> str:
    """Return ``text`` without keys of reply links and drafts, however a program wrote them."""
    return _Reading(text, _Work()).clean()


@dataclass
class _Work:
    """How many characters may still be decoded."""

    left: int = _WORK


def _within(value: _T, work: _Work) -> _T:
    found: object = value
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        found = _Reading(value, work).clean()
    elif isinstance(value, tuple):
        found = tuple(_within(one, work) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        held = {one.name: getattr(value, one.name) for one in fields(value)}
        clean = {name: _within(one, work) for name, one in held.items()}
        found = replace(value, **clean) if clean != held else value
    return cast("_T", found)


class _Reading:
    """One text, word by word; a word that continues on the next line is also tried joined."""

    def __init__(self, text: str, work: _Work) -> None:
        self._text = text
        self._words = [match.span() for match in _WORD.finditer(text)]
        self._work = work

    def clean(self) -> str:
        kept: list[str] = []
        at = number = 0
        while number < len(self._words):
            start, end = self._words[number]
            last, put = self._from(number)
            if put is not None:
                end = self._words[last][1]
                kept += [self._text[at:start], put]
                at = end
            number = last + 1
        return "".join([*kept, self._text[at:]])

    def _from(self, number: int) -> tuple[int, str | None]:
        """Return the last word of those from ``number`` to replace, and what replaces them."""
        start, end = self._words[number]
        word = self._text[start:end]
        best, last = self._holds(word), number
        if best is not _Found.KEY and (best or _may_go_on(word) or self._before_most(number)):
            for later, joined in self._joined(number):
                if self._holds(joined) is _Found.KEY:
                    return later, _put(joined)
        return last, _put(word) if best else None

    def _before_most(self, number: int) -> bool:
        """Whether the next word may be a key without its first few characters."""
        start, end = self._words[number]
        if number + 1 == len(self._words) or not _FEW.fullmatch(self._text[start:end]):
            return False
        start, end = self._words[number + 1]
        following = self._text[start:end]
        return bool(_MOST.fullmatch(following)) and _is_random(following)

    def _joined(self, number: int) -> Iterator[tuple[int, str]]:
        """Yield the word joined with what begins the next line, and so on; never past a space."""
        start, end = self._words[number]
        joined, in_new_line, lines = self._text[start:end], False, 0
        for later in range(number + 1, len(self._words)):
            start, following = self._words[later]
            in_new_line = in_new_line or "\n" in self._text[end:start]
            word, end = self._text[start:following].lstrip(">|"), following
            lines += bool(word)
            if not in_new_line or lines > _LINES or len(joined) > _LONGEST:
                return
            if word:  # otherwise it is the mark of a quoted line
                joined, in_new_line = joined.removesuffix("=") + word, False
                yield later, joined

    def _holds(self, word: str) -> _Found:
        """Return what the word contains, however it is encoded."""
        if len(word) < _PART:
            return _Found.NOTHING
        self._work.left -= len(word)
        if self._work.left <= 0 and _may_go_on(word):
            return _Found.KEY
        seen, fresh = {word}, [word]
        found = _Found.NOTHING
        for _ in range(_ROUNDS):
            found = max([found, *(_holds(one) for one in fresh)])
            if found is _Found.KEY:
                return found
            fresh = [one for text in fresh for one in self._decoded(text) if one not in seen]
            fresh = list(dict.fromkeys(fresh))[: _WAYS - len(seen)]
            if not fresh:
                break
            seen.update(fresh)
        leads = any(_TARGET.search(one) for one in seen)
        if _SCANNERS.match(word.lstrip("<([\"'*")) and not leads:
            return _Found.KEY
        return found

    def _decoded(self, text: str) -> Iterator[str]:
        """Yield the text with one layer decoded, in each way mail programs and scanners use."""
        self._work.left -= len(text)
        if self._work.left <= 0:
            return
        if "%" in text:
            yield unquote(text)
        if "&" in text:
            from html import unescape

            yield unescape(text)
        if "=" in text:
            yield _QUOTED.sub(_sign, text)
        if "u=http" in text:
            yield _DASHED.sub(_sign, text.replace("_", "/"))
        if "-" in text:
            yield _DASHED.sub(_sign, text)
        if not text.isascii() or "\\" in text:
            yield _UNSEEN.sub("", text)
        for run in dict.fromkeys([*_BASE64.findall(text), *_URL_BASE64.findall(text)][:_WAYS]):
            coded = run.translate(_URL_SAFE)
            coded = coded[:-1] if len(coded) % 4 == 1 else coded  # no base64 has this length
            try:
                plain = urlsafe_b64decode(f"{coded}===").decode("ascii")
            except (NotBase64Error, UnicodeError):
                continue
            yield plain


_QUOTED = re.compile("=([0-9A-F]{2})", re.IGNORECASE)
_DASHED = re.compile("-([0-9A-F]{2})")
_BASE64 = re.compile("[A-Za-z0-9+/_-]{24,}")
_URL_BASE64 = re.compile("[A-Za-z0-9_-]{24,}")
_URL_SAFE = str.maketrans("+/", "-_")
#: Invisible characters, such as soft hyphens and joiners, and what some programs escape with.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\\\\]")


def _sign(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _holds(text: str) -> _Found:
    """Return what the text contains as it is."""
    found = _Found.NOTHING
    keys = _KEY_FOR_ACTION.findall(text)
    for key in [*_KEY_IN_LINK.findall(text), *(one for one in keys if _is_part(one))]:
        found = max(found, _Found.KEY if len(key) >= _KEY else _Found.BEGINS)
    if _DRAFT_IN_LINK.search(text) or any(map(_is_key, _RUN.findall(text))):
        return _Found.KEY
    return found


def _is_key(run: str) -> bool:
    """Whether it looks like a key: as long, and as random. ``_so_`` may be emphasis."""
    if not len(run.strip("_-")) <= _KEY <= len(run):
        return False
    return _is_random(run)


def _is_random(run: str) -> bool:
    """Whether a whole key, or nearly one, may be as mixed as this: words are not."""
    capitals, small = sum(map(str.isupper, run)), sum(map(str.islower, run))
    return _changes(run) >= _CHANGES or min(capitals, small) >= _MIXED


def _is_part(run: str) -> bool:
    """Whether it may be the first part of a key: it changes as often as one, unlike words."""
    return _changes(run) * 3 >= len(run)


def _changes(run: str) -> int:
    kinds = [
        "a" if s.islower() else "A" if s.isupper() else "1" if s.isdigit() else "-" for s in run
    ]
    return sum(one != other for one, other in pairwise(kinds))


def _may_go_on(word: str) -> bool:
    """Whether the word may be the first part of a link or a key."""
    return "/" in word or "%" in word or (len(word) >= _PART and _changes(word) * 5 >= len(word))


def _put(word: str) -> str:
    """Return what replaces a word with a key. Of a plain link of ours, the rest stays."""
    edges = _EDGES.fullmatch(word)
    inner, before, after = (
        (edges["inner"], edges["open"], edges["close"]) if edges else (word, "", "")
    )
    plain = _OURS.fullmatch(inner)
    if plain and not plain["after"]:
        return f"{before}{plain['before']}…{after}"
    return f"{before}{LEFT_OUT}{after}"
