"""What in somebody's words could identify a child, as far as software can see it.

Anyone with a reply link reads some words without signing in. So a form marks in them what it
recognises (the procedure, *Privacy*): the child's name as on the form, dates of birth, the
names of brothers and sisters, schools and addresses. The writer replaces them; nothing is ever
replaced here, and what is not recognised may still identify the child.

If a form names several children, each child's text also has the other children's names, initials,
dates of birth and Case IDs marked, in whatever somebody wrote (rule 17): it goes on that child's
record.

Import this only when there are words to check: its patterns take a moment to compile.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from domain.form import Child, Form

__all__ = [
    "Detail",
    "Part",
    "Passage",
    "details_in_words",
    "found_in",
    "longer_than_initials",
    "names_others",
    "parts",
    "passages",
    "read_by_link",
    "signed_in_only",
]


class Detail(StrEnum):
    """A kind of identifying detail. The value is its name in a warning."""

    NAME = "the child’s name"
    BORN = "a date of birth"
    SIBLING = "the name of a brother or sister"
    SCHOOL = "the name of a school or nursery"
    ADDRESS = "an address or a postcode"
    CASE = "another child’s Case ID"
    INITIALS = "another child’s initials"


@dataclass(frozen=True)
class Passage:
    """``text[start:end]`` seems to contain ``details``: at least one, in the order of `Detail`."""

    start: int
    end: int
    details: tuple[Detail, ...]


@dataclass(frozen=True)
class Part:
    """A piece of a text, with the details it contains, if any."""

    text: str
    details: tuple[Detail, ...] = ()


def passages(text: str, child: Child | None, others: Sequence[Child] = ()) -> tuple[Passage, ...]:
    """Return the passages of ``text`` that seem to identify ``child``, or ``others``, in order.

    They do not overlap. Leave out ``child`` for readers who must not find out the name by trying:
    then names and dates of birth are found only where the words say what they are.
    """
    found = [
        *((*span, Detail.NAME) for span in _names(text, child.name if child else "")),
        *((*span, Detail.BORN) for span in _births(text, child.date_of_birth if child else None)),
        *((*span, Detail.ADDRESS) for span in _postcodes(text)),
        *_of_words(text),
        *_of_others(text, child, others),
    ]
    return _in_order(found)


def _in_order(found: Iterable[tuple[int, int, Detail]]) -> tuple[Passage, ...]:
    """Return the passages of what was found; what overlaps is one passage."""
    joined: list[Passage] = []
    for start, end, detail in sorted(found):
        last = joined[-1] if joined else None
        if last and start < last.end:
            known = {*last.details, detail}
            details = tuple(one for one in Detail if one in known)
            joined[-1] = Passage(last.start, max(last.end, end), details)
        else:
            joined.append(Passage(start, end, (detail,)))
    return tuple(joined)


def parts(text: str, found: Iterable[Passage]) -> tuple[Part, ...]:
    """Return ``text`` in pieces, each passage a piece of its own."""
    pieces, done = [], 0
    for one in found:
        pieces += [Part(text[done : one.start]), Part(text[one.start : one.end], one.details)]
        done = one.end
    return tuple(piece for piece in (*pieces, Part(text[done:])) if piece.text)


def details_in_words(found: Iterable[Passage]) -> str:
    """Return ``the child’s name, an address or a postcode``, each once."""
    known = {detail for one in found for detail in one.details}
    return ", ".join(one for one in Detail if one in known)


def read_by_link(raised: Form) -> Iterator[tuple[str, str]]:
    """Yield the words of a challenge that its reply links show: form field, text."""
    yield "initials", raised.child.initials
    yield "reason", raised.entry_reason
    for place, concern in enumerate(raised.concerns):
        yield f"concerns.{place}.what", concern.what
        yield f"concerns.{place}.outcome", concern.outcome_wanted
    yield "tried", raised.tried
    for place, action in enumerate(raised.from_review.actions if raised.from_review else ()):
        yield f"actions.{place}.what", action.what


def signed_in_only(raised: Form) -> Iterator[tuple[str, str]]:
    """Yield the words of a challenge that no reply link shows: form field, text."""
    yield "views", raised.views
    yield "rights_why", raised.childs_rights.why
    yield "legal_help", raised.childs_rights.legal_help
    yield "too_late_why", raised.urgency.why
    yield "guardian", raised.court.guardian
    if raised.before:
        yield "resolution", raised.before.resolution
        yield "why_not", raised.before.why_not
        yield "how_told", raised.before.how_told
    if raised.from_review:
        yield "confirmed", raised.from_review.confirmed
    if raised.good_practice:
        yield "well", raised.good_practice.what
        yield "difference", raised.good_practice.difference


def names_others(raised: Form, others: Sequence[Child]) -> Mapping[str, tuple[Passage, ...]]:
    """Return where a child's text tells who ``others`` on the same form are: field → passages."""
    words = (*read_by_link(raised), *signed_in_only(raised))
    found = {field: _in_order(_of_others(text, raised.child, others)) for field, text in words}
    return {field: some for field, some in found.items() if some and field != "initials"}


def found_in(raised: Form, others: Sequence[Child] = ()) -> Mapping[str, tuple[Passage, ...]]:
    """Return what its reply links would reveal: field → at least one passage.

    It is about the child, and about ``others`` on the same form.
    """
    found = {field: passages(text, raised.child, others) for field, text in read_by_link(raised)}
    found["initials"] = longer_than_initials(found["initials"])
    return {field: some for field, some in found.items() if some}


def longer_than_initials(found: Iterable[Passage]) -> tuple[Passage, ...]:
    """Return what was found in a child's initials, without what is two letters at most.

    They are initials, even if the child's name is Jo.
    """
    return tuple(one for one in found if one.end - one.start > _SHORT)


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Other children on the same form ------------------------------------------------------------------


def _of_others(
    text: str, child: Child | None, others: Sequence[Child]
) -> Iterator[tuple[int, int, Detail]]:
    """Yield what tells who ``others`` are; a name or initials that ``child`` has too do not."""
    own = _initials(child.initials) if child else ""
    for other in others:
        for span in _written_initials(text, _initials(other.initials), own):
            yield (*span, Detail.INITIALS)
        for span in _names(text, other.name, child.name if child else ""):
            yield (*span, Detail.SIBLING)
        twin = child is not None and child.date_of_birth == other.date_of_birth
        for span in () if twin else _births(text, other.date_of_birth, said=False):
            yield (*span, Detail.BORN)
        for match in re.finditer(rf"(?<!\w){re.escape(other.case_id)}(?!\w)", text, re.IGNORECASE):
            yield (*match.span(), Detail.CASE)


def _initials(typed: str) -> str:
    """Return the letters alone, as capitals: ``AF`` for ``a. f.``."""
    return "".join(letter for letter in typed if letter.isalpha()).upper()


def _written_initials(text: str, letters: str, own: str) -> Iterator[tuple[int, int]]:
    """Yield where ``letters`` stand as initials: ``A.F.``, ``a.f.``, ``AF`` or ``A F``, no word.

    A single letter is no initials, and neither are the child's ``own``.
    """
    if len(letters) < _SHORT or letters == own:
        return
    spaced, dotted = r"[ \u00a0-]?".join(letters), r"\.[ \u00a0]?".join(letters)
    whole = rf"(?<![^\W_])(?<![^\W_]\.)(?:(?i:{dotted}\.?)|{spaced})(?![^\W_])(?!\.[^\W_])"
    for match in re.finditer(whole, text):
        yield match.span()


# The child's name --------------------------------------------------------------------------------

#: Names that are also words: they only count as the name with a capital letter.
_ALSO_WORDS = _each("""
    amber angel art ash autumn baker barber bay bell best bill bishop black blue bond bright brook
    brown case cash chance chase child church clay cliff coach cook cross crystal daisy dale dawn
    day dean drew earl east faith field fields fisher ford forest fox frank frost gale gene gold
    good grace grant gray green grey guy hall hand hardy harmony hart heath hill holiday holly home
    honey hope house hunt hunter ivy jack jade jasmine jay joy june king knight lake lane law lee
    lily little long love major mark marsh mason max may mead mercy miles miller moon moore more
    moss north olive pace page park parks pat patience pearl penny piper pope poppy potter price
    prince queen rain ray read reed reason rich river rivers rob robin rock rose ruby rush sage
    sandy sharp short sky small snow south star stone storm street strong sue summer swift true
    turner violet walker wall ward waters way weaver wells west white will winter wise wolf wood
    woods worth young april august
    """)
#: Parts of names that identify nobody.
_PARTICLES = _each("al and bin da de del della den der di du el ibn la le of st the van von")
_SHORT = 2
_NAME_PART = re.compile(r"[^\W_](?:[\w'.-]*[^\W_])?")
_BETWEEN_NAMES = re.compile(r"[\s,.'’‘\-\u2010\u2011–]{0,3}")
_APOSTROPHES = "’‘`\N{MODIFIER LETTER APOSTROPHE}"


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the letters alone, small and without marks, and the place of each in ``text``."""
    letters: list[str] = []
    places: list[int] = []
    for place, one in enumerate(text):
        plain = unicodedata.normalize("NFKD", one.casefold()).casefold()
        for letter in plain:
            kind = unicodedata.category(letter)
            if kind[0] != "M" and kind != "Cf":
                alike = "'" if letter in _APOSTROPHES else "-" if kind == "Pd" else letter
                letters.append(alike)
                places.append(place)
    return "".join(letters), places


def _names(text: str, name: str, but: str = "") -> list[tuple[int, int]]:
    """Return the spans of parts of the name in ``text``; neighbouring parts are one span.

    Parts that the name ``but`` has as well do not count.
    """
    letters, places = _folded(text)
    spans: list[tuple[int, int]] = []
    own = _name_parts(but)
    for part in (part for part in _name_parts(name) if part not in own):
        before = r"(?<![^\W_])" if _cased(part[0]) else ""
        behind = r"(?![^\W_])" if _cased(part[-1]) else ""
        for match in re.finditer(before + re.escape(part) + behind, letters):
            start, end = places[match.start()], places[match.end() - 1] + 1
            while end < len(text) and unicodedata.category(text[end])[0] == "M":
                end += 1
            small = text[start] == text[start].lower() and _cased(part[0])
            if not (small and (len(part) <= _SHORT or part in _ALSO_WORDS)):
                spans.append((start, end))
    return _joined(text, spans)


def _name_parts(name: str) -> list[str]:
    folded, _ = _folded(name)
    whole = [part for part in _NAME_PART.findall(folded) if part not in _PARTICLES]
    pieces = [piece for part in whole if "-" in part for piece in part.split("-")]
    # A single letter is an initial, which is what we ask people to write.
    found = [part for part in whole if len(part.strip(".")) > 1 and not _is_initials(part)]
    return list(dict.fromkeys([*found, *(piece for piece in pieces if len(piece) > _SHORT)]))


def _is_initials(part: str) -> bool:
    return all(len(piece) <= 1 for piece in part.split("."))


def _cased(letter: str) -> bool:
    return letter.lower() != letter.upper()


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and _BETWEEN_NAMES.fullmatch(text[joined[-1][1] : max(start, joined[-1][1])]):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


# Dates of birth ----------------------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?P<day>\d{1,2})(?:\s?(?:st|nd|rd|th))?"
_YEAR = r"(?P<year>\d{4}|['’‘]?\d{2})"
_GAP = r"[\s,./–-]{0,3}"
#: What may follow a month: "Mar., 2015" too.
_MORE = rf"\.?{_GAP}"
_SIGN = r"\s?[\s./\-–—]\s?"

#: The ways in which people write a date. Each may begin anywhere, so that none hides another.
_DATES = tuple(
    re.compile(rf"(?<![\d])(?=(?P<all>{form})(?!\d))", re.IGNORECASE)
    for form in (
        rf"(?P<day>\d{{1,2}}){_SIGN}(?P<month>\d{{1,2}}){_SIGN}{_YEAR}",
        rf"(?P<year>\d{{4}}){_SIGN}(?P<month>\d{{1,2}}){_SIGN}(?P<day>\d{{1,2}})",
        rf"{_DAY}{_GAP}(?:(?:day\s)?of\s)?{_MONTH}{_MORE}{_YEAR}",
        rf"(?<![^\W\d_]){_MONTH}{_MORE}(?:the\s)?{_DAY}{_GAP}(?:of\s)?{_YEAR}",
        rf"(?P<year>\d{{4}}){_GAP}{_MONTH}{_MORE}{_DAY}",
        r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        # Without a year it is a date of birth only if the words say so.
        rf"{_DAY}{_GAP}(?:(?:day\s)?of\s)?{_MONTH}(?![^\W\d_])",
    )
)
_SAYS_BORN = re.compile(
    r"(?<![^\W_])(?:born|d\.?\s?o\.?\s?b\.?|date of birth|birth ?date|birthday|birthdays|b)"
    r"[\s:,.=(–-]{0,3}(?:(?:on|is|was|of|the)\s+){0,2}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)"
    r"day,?\s+)?(?:the\s+)?\Z",
    re.IGNORECASE,
)
_LOOKS_BACK = 50


def _births(text: str, born: date | None, *, said: bool = True) -> Iterator[tuple[int, int]]:
    """Yield the spans of the date of birth, however written; if ``said``, of any said to be one."""
    for form in _DATES:
        for match in form.finditer(text):
            before = text[max(0, match.start() - _LOOKS_BACK) : match.start()]
            is_said = said and _SAYS_BORN.search(before)
            is_date = any(1 <= day <= 31 and 1 <= month <= 12 for day, month in _readings(match))  # noqa: PLR2004 - of a calendar
            if is_date and (is_said or (born and _is(match, born))):
                yield match.span("all")


def _readings(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield day and month, in British and in American order."""
    day, month = int(match["day"]), match["month"]
    if not month.isdecimal():
        yield day, _MONTHS.index(month[:3].lower()) + 1
    else:
        yield day, int(month)
        yield int(month), day


def _is(match: re.Match[str], born: date) -> bool:
    year = match.groupdict().get("year")
    if year is None or (born.day, born.month) not in _readings(match):
        return False
    figures = year.strip("'’‘")
    return int(figures) == (born.year if len(figures) > _SHORT else born.year % 100)


# Addresses, schools, brothers and sisters ---------------------------------------------------------

_POSTCODE = re.compile(
    r"(?<![^\W_])(?:gir[ ]?0aa|[a-pr-uwyz](?:[0-9]{1,2}|[a-hk-y][0-9]{1,2}|[0-9][a-hjkps-uw]|"
    r"[a-hk-y][0-9][abehmnprv-y])[ ]{0,2}[0-9][abd-hjlnp-uw-z]{2})(?![^\W_])",
    re.IGNORECASE | re.ASCII,
)


def _postcodes(text: str) -> Iterator[tuple[int, int]]:
    for match in _POSTCODE.finditer(text):
        # "A1 2nd" is not a postcode: nobody writes half of one in capitals.
        if match[0].isupper() or match[0].islower():
            yield match.span()


_WORD = re.compile(r"[^\W_](?:[\w'’‘.-]*[^\W_])?")
_SOFT = re.compile(r"[ \t]{1,2}|\. ?|, ?|[ \t]?\n|[ ]?&[ ]?")
_MOST_WORDS = 7

_SCHOOLS = _each(
    "school schools academy nursery college preschool pre-school kindergarten playgroup"
)
_SURE_STREETS = _each("street road avenue lane crescent terrace")
_STREETS = _SURE_STREETS | _each("""
    st rd ave ln close drive way court place gardens grove square hill mews walk row park green
    house rise view parade quay wharf
    """)
_KIN = _each("""
    brother brothers sister sisters sibling siblings twin twins half-brother half-sister
    half-sibling half-siblings half-brothers half-sisters stepbrother stepsister step-brother
    step-sister stepbrothers stepsisters step-brothers step-sisters
    """)
_KINDS_OF_KIN = _each("""
    older elder eldest oldest younger youngest little big baby twin half step full maternal
    paternal his her their the a an my our other adopted birth child’s child's
    """)
_OF_SCHOOLS = _each("""
    primary secondary high special virtual boarding infant infants junior juniors sixth form first
    middle grammar independent state private mainstream maintained residential day upper lower prep
    preparatory free sunday saturday pre further education
    """)
_OF_COURTS = _each("family high crown county youth magistrates supreme")
#: Words that begin a sentence with a capital, or that are nobody's name.
_NO_NAMES = _each("""
    a about after again all also although an and any are as at because before both but by can child
    children could despite did do does during each every everyone following for from had has have he
    head her here his how however i if in indeed is it its last later leaving mainly meanwhile most
    mum mother dad father mr mrs ms miss dr my near nevertheless new next no nobody none nor not now
    of old on once one only or other our over own parents perhaps please previously qap pce drp iro
    recently said sadly she since so social some soon spoke still such team teacher that the their
    them then there therefore these they this those though through thus to today together tomorrow
    under until unfortunately very was we were what when where which while who why will with within
    without worker would yes yesterday yet you your monday tuesday wednesday thursday friday
    saturday sunday january february march april may june july august september october november
    december     stage concern lac cla ehcp
    """)
_LINKS = _each("of and the for in upon")
_NUMBER = re.compile(r"[0-9]{1,4}[a-zA-Z]?(?:[-/][0-9]{1,4}[a-zA-Z]?)?")
_BEFORE_NO_HOUSE = _each("stage concern section part year years level rule page paragraph")


@dataclass(frozen=True)
class _Words:
    """The words of a text, each with its place."""

    text: str
    found: tuple[re.Match[str], ...]

    def low(self, place: int) -> str:
        return self.found[place][0].lower() if 0 <= place < len(self.found) else ""

    def capital(self, place: int) -> bool:
        return 0 <= place < len(self.found) and self.found[place][0][0].isupper()

    def between(self, place: int) -> str:
        """Return the text between this word and the next."""
        return self.text[self.found[place].end() : self.found[place + 1].start()]

    def soft(self, place: int) -> bool:
        """Whether this word and the next can belong to one name."""
        within = 0 <= place < len(self.found) - 1
        return within and _SOFT.fullmatch(self.between(place)) is not None

    def span(self, first: int, last: int) -> tuple[int, int]:
        return self.found[first].start(), self.found[last].end()


def _of_words(text: str) -> Iterator[tuple[int, int, Detail]]:
    words = _Words(text, tuple(_WORD.finditer(text)))
    for place in range(len(words.found)):
        low = words.low(place)
        if low in _SCHOOLS and words.capital(place):
            first = _first_of_name(words, place, _NO_NAMES | _OF_SCHOOLS | _SCHOOLS)
            if first < place:
                yield (*words.span(first, place), Detail.SCHOOL)
        if low in _STREETS:
            first = _first_of_address(words, place)
            if first < place:
                yield (*words.span(first, place), Detail.ADDRESS)
        if low in _KIN:
            for first, last in (*_named_after(words, place), *_named_before(words, place)):
                yield (*words.span(first, last), Detail.SIBLING)


def _first_of_name(words: _Words, place: int, no_names: Collection[str]) -> int:
    """Return the first word of the name that ends at ``place``, or ``place`` if there is none."""
    first = place
    for at in range(place - 1, max(-1, place - 1 - _MOST_WORDS), -1):
        part_of_it = words.capital(at) or words.low(at) in _LINKS
        full_stop = "." in words.between(at) and words.low(at) not in ("st", "c", "e", "rc")
        another = words.low(at) in _SCHOOLS and words.low(at + 1) in _LINKS
        if not part_of_it or not words.soft(at) or full_stop or another:
            break
        first = at
    while first < place and (words.low(first) in no_names or words.low(first) in _LINKS):
        first += 1
    return first


def _first_of_address(words: _Words, place: int) -> int:
    """Return the house number or the first word of the street, or ``place`` if no address."""
    sure, capital = words.low(place) in _SURE_STREETS, words.capital(place)
    if capital:
        of_courts = _OF_COURTS if words.low(place) == "court" else ()
        first = _first_of_name(words, place, _NO_NAMES.union(of_courts))
        numbered = first < place and _house_number(words, first - 1)
        return first - 1 if numbered else first if sure else place
    for first in (place - 1, place - 2):
        plain = all(
            words.soft(at) and words.low(at) not in _NO_NAMES | _KINDS_OF_KIN
            for at in range(max(first, 0), place)
        )
        if sure and plain and first >= 0 and _house_number(words, first - 1):
            return first - 1
    return place


def _house_number(words: _Words, place: int) -> bool:
    if place < 0 or not words.soft(place) or not _NUMBER.fullmatch(words.found[place][0]):
        return False
    return words.low(place - 1) not in _BEFORE_NO_HOUSE


def _is_name(words: _Words, place: int, *, called: bool = False) -> bool:
    if not 0 <= place < len(words.found) or words.low(place) in _NO_NAMES | _KIN:
        return False
    word = words.found[place][0]
    letters = word.replace("’", "").replace("'", "").replace("-", "")
    looks_so = word[0].isupper() and not word.isupper()
    return letters.isalpha() and len(word) > 1 and (looks_so or called)


def _named_after(words: _Words, place: int) -> Iterator[tuple[int, int]]:
    """Yield names as in ``brother Tom``, ``sisters (Ann and Bea)``, ``a sibling called tom``."""
    at, called = place + 1, False
    while words.low(at) in ("is", "are", "was", "called", "named", "name", "names", "s", "who"):
        called = called or words.low(at) in ("called", "named")
        at += 1
    for before in range(place, min(at, len(words.found) - 1)):
        if not re.fullmatch(r"[\s,:(’'–-]{1,3}", words.between(before)):
            return
    while _is_name(words, at, called=called):
        first = at
        while words.soft(at) and words.between(at).isspace() and _is_name(words, at + 1):
            at += 1
        yield first, at
        if at + 1 >= len(words.found) or not re.fullmatch(r"\s?[,&/]?\s?", words.between(at)):
            return
        at += 2 if words.low(at + 1) == "and" else 1


def _named_before(words: _Words, place: int) -> Iterator[tuple[int, int]]:
    """Yield names as in ``Tom, his older brother``, ``Tom (brother)``, ``Tom is her twin``."""
    at = place - 1
    while words.low(at) in _KINDS_OF_KIN:
        at -= 1
    is_it = words.low(at) in ("is", "was")
    at -= is_it
    if at < 0 or not (is_it or re.fullmatch(r"\s?[,(–-]\s?", words.between(at))):
        return
    if _is_name(words, at) and words.found[at][0][-2:] not in ("’s", "'s"):
        first = at
        while (
            words.soft(first - 1)
            and words.between(first - 1).isspace()
            and _is_name(words, first - 1)
        ):
            first -= 1
        yield first, at
