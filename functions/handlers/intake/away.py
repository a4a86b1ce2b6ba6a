"""Automatic replies: whether an email says by itself that its sender is away, and what it says.

Programs mark their replies in many ways, or in none. So it looks at three things, the surest first:
headers that only programs set, a subject that only programs write, and words that only a template
has. A person who writes "I am away next week, but …" is heard as anybody else who writes.

Nothing here reads anything but the email, the directory and the calendar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from handlers.intake import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.directory import Directory, Officer
    from domain.working_days import WorkingDays
    from handlers.intake.mail import Mail, Marks

__all__ = ["Away", "is_automatic_reply", "read_away"]


@dataclass(frozen=True)
class Away:
    """What an automatic reply says: the first day away, the day back, and a colleague's id."""

    first: date | None = None
    back_on: date | None = None
    colleague: str = ""


#: The most characters that are read: no automatic reply has as many.
_LONGEST = 6_000

# Whether it is one -------------------------------------------------------------------------------


def _any_of(*phrases: str) -> re.Pattern[str]:
    """Return a pattern that finds any of these phrases, as whole words, in any case."""
    return re.compile("|".join(rf"(?<!\w)(?:{one})(?!\w)" for one in phrases), re.IGNORECASE)


#: What only programs put before the subject that they reply to, or write in its place.
_BY_PROGRAMS = re.compile(
    r"[ \[(\"]*(?:"
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer)\b|auto ?:"
    r"|out[- ]of[- ](?:the[- ])?office ?(?:(?:auto[- ]?)?reply|message|notification|:)"
    r"|(?P<who>(?:[\w'.-]+ ){1,4})is (?:currently )?out of (?:the )?office\b)",
    re.IGNORECASE,
)

_LEAVE = "annual|maternity|paternity|parental|adoption|sick|study|special|compassionate|carer's"
_OUT = "out of (?:the )?office"

#: Words of somebody who is not at work.
_ABSENT = _any_of(
    *(_OUT, "ooo", "vacation", "unavailable", "has left", "have left", "on the sick"),
    "away (?:from|on|until|till|for|at|today|this)",
    r"(?:am|i'm|is|be|currently|been|are) (?:\w+ ){0,2}(?:away|on leave|off work|off sick)",
    rf"(?:{_LEAVE}) leave",
    r"on (?:\w+ )?(?:leave|holiday|secondment|jury service|training|a course)",
    r"not (?:\w+ ){0,2}(?:in (?:the )?office|at work|at my desk|working|available)",
    "not be (?:checking|reading|picking up|able to access)",
    r"(?:no|limited|intermittent|little|without) (?:\w+ )?access to (?:\w+ )?(?:e-?mails?|inbox)",
    "no longer (?:work|working|with|employed|at|the|in)",
    r"(?:back|return|returning|returned) (?:\w+ ){0,3}(?:on|in|to work|to the office)",
    *("in my absence", "whil(?:e|st) i(?:'m| am) away", "on my return"),
    "when i (?:return|am back|get back)",
    "(?:non[- ]working|my working) (?:days?|hours|pattern|week)",
    r"(?:i work|my days are|working days are) (?:\w+ ){0,2}part[- ]time",
    "my usual (?:working )?(?:days|hours)",
    "(?:urgent|emergency|emergencies|immediate).{0,60}(?:contact|call|ring|email|speak)",
)

#: What programs say that only confirm that an email has come.
_RECEIPT = _any_of(
    "(?:has|have|was|been) (?:been )?(?:safely )?(?:received|logged|registered|delivered)",
    "(?:ticket|case|enquiry|request|query|job) (?:number|reference|ref|no|id)",
    "we (?:aim|will aim|endeavour|try|hope) to (?:respond|reply|answer)",
    r"within (?:\w+ )?(?:\d+|one|two|three|five|ten|twenty) (?:working )?(?:days|hours)",
    "your message (?:was|has been) (?:read|displayed|opened|deleted)",
    "mailbox is (?:full|monitored)",
)

#: Somebody's own absence.
_SELF_ABSENT = _any_of(
    "i(?:'m| am| will be| shall be| have been) .{0,40}"
    "(?:away|out of|leave|holiday|off|absent|unavailable|not in)",
    "(?:annual|maternity|paternity|sick) leave",
    _OUT,
    "my (?:absence|return)",
)

_AWAY = rf"(?:{_OUT}|away|on (?:\w+ )?leave|on holiday)"
_IS_AWAY_NOW = _any_of(rf"i(?:'m| am) (?:\w+ ){{0,2}}{_AWAY}", rf"i will be {_AWAY}")
_NAMES_ITSELF = _any_of(
    "this is an auto(?:mat(?:ic|ed))?[- ]?(?:reply|response|message|generated|email)",
    "auto(?:mat(?:ic|ed))?[- ]?(?:reply|response|responder)",
)
_GREETS_ANYBODY = re.compile(
    r"(?:\W|(?:hello|hi|hiya|dear (?:all|sender|colleagues?)|good (?:morning|afternoon|day))\b)*"
    r"(?:many )?thank(?:s| you) (?:very much )?for (?:your|the|contacting|getting)\b",
    re.IGNORECASE,
)
_FOR_ANYBODY = _any_of(
    r"if (?:your (?:e-?mail|message|query|enquiry|matter)|it|this|you) (?:\w+ ){0,3}"
    "(?:urgent|assistance|help)",
    "for (?:any(?:thing)? )?(?:urgent|immediate)",
    r"(?:respond|reply|read|deal with|answer) (?:to )?(?:your|all|any) (?:\w+ )?"
    "(?:e-?mails?|messages?)",
    "e-?mails? (?:will|are|is) not (?:be(?:ing)? )?(?:monitored|read|forwarded|checked)",
)


def is_automatic_reply(mail: Mail, marks: Marks, name: str = "") -> bool:
    """Whether a program wrote ``mail`` because its sender, called ``name``, is away."""
    if marks.report or marks.of_list:
        return False
    own, subject = _own_words(mail), _plain(mail.subject)
    if marks.replied:
        words = f"{subject} {own}"
        named = bool(_ABSENT.search(words) or _BY_PROGRAMS.match(subject))
        return named and not _only_a_receipt(words)
    by_program = _BY_PROGRAMS.match(subject)
    if by_program and _names(by_program["who"], f"{name} {mail.sender}"):
        return not _only_a_receipt(own)
    return _is_template(own)


def _names(who: str | None, sender: str) -> bool:
    """Whether ``who`` is away, as the subject says, is the sender: people write of colleagues."""
    words = re.findall(r"\w{3,}", (who or "").casefold())
    return who is None or any(word in sender.casefold().partition("@")[0] for word in words)


def _own_words(mail: Mail) -> str:
    """Return what the sender wrote, in one line."""
    own, _ = labelled.own_words(mail.text)
    return _plain(own)[:_LONGEST]


def _plain(text: str) -> str:
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def _only_a_receipt(own: str) -> bool:
    """Whether it only confirms that an email has come, and says nothing of anybody's absence."""
    return bool(_RECEIPT.search(own)) and not _SELF_ABSENT.search(own)


def _is_template(own: str) -> bool:
    """Whether the words can only be those of a template: nothing in them is about this email."""
    if not _IS_AWAY_NOW.search(own):
        return False
    if _NAMES_ITSELF.search(own):
        return True
    return bool(_GREETS_ANYBODY.match(own) and _FOR_ANYBODY.search(own))


# What it says ------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tues", "tue"),
            ("wednesday", "weds", "wed"),
            ("thursday", "thurs", "thur", "thu"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))

#: A day as people write it. In the order in which they are tried.
_DAY = re.compile(
    rf"""
        (?:\b(?P<weekday>{_WEEKDAY})\b\.?,?\s*(?:the\s+)?)?
        (?:
            (?P<iso>\b\d{{4}}-\d\d?-\d\d?\b)
            | \b(?P<day>\d{{1,2}})\s*[/.-]\s*(?P<month>\d{{1,2}})
                (?:\s*[/.-]\s*(?P<year>\d{{4}}|\d\d))?(?![\d:])
            | \b(?P<day2>\d{{1,2}})\s*(?:st|nd|rd|th)?\s*(?:of\s+)?
                (?P<name>{_MONTH})\b\.?,?\s*(?P<year2>\d{{4}})?
            | \b(?P<name3>{_MONTH})\.?\s+(?P<day3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)
                (?:,?\s+(?P<year3>\d{{4}}))?
            | \b(?P<day4>\d{{1,2}})(?:st|nd|rd|th)\b
        )
        | \b(?:(?P<next>next)\s+)?(?P<only>{_WEEKDAY})\b
        | \b(?P<word>tomorrow|today)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: What may stand between such a word and the day: a few words of the same sentence.
_GAP = r"[\s:,(–—-]*(?:[\w'’/]+[\s:,]+){0,5}"
#: What stands before the day of return, and before the last day away.
_BACK = re.compile(
    r"\b(?:back|return(?:ing|s)?|resum(?:e|es|ing)|available\s+(?:again|from))\b" + _GAP + "$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"\b(?:until|till?|up\s+(?:to|until)|through|thru|ending|last\s+day)\b"
    r"[\s:,(–—-]*(?:(?:the|and|including|to|on|is|of|end|late|early|w/c|\d{1,2}[ap]m)[\s:,]+){0,4}$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:from|between|starting|beginning|commencing|dates?)\b[\s:,(–—-]*(?:the\s+)?$",
    re.IGNORECASE,
)
_TO = re.compile(
    r"^\s*(?:to|-|–|—|until|till|through)\s*(?:and\s+including\s+)?(?:the\s+)?$", re.IGNORECASE
)
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
_INCLUDED = re.compile(r"^[\s,(]*(?:inclusive|incl\b|included|including)", re.IGNORECASE)
_WITH = re.compile(
    r"\b(?:up\s+to\s+and\s+including|and\s+including|through(?:\s+to)?|thru)\s*(?:the\s+)?$",
    re.IGNORECASE,
)
#: "from 1st to 11th December": the month stands only with the second.
_RANGE = re.compile(
    rf"""\b(?P<from>\d{{1,2}}(?:st|nd|rd|th)?)\s*(?:to|-|–|—|until|and)\s*
    (?:(?:{_WEEKDAY})\.?,?\s+)?(?P<to>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?(?P<month>{_MONTH})\b
    \.?,?\s*(?P<year>\d{{4}})?""",
    re.IGNORECASE | re.VERBOSE,
)

#: A day of return further off is taken for a slip, and so is none.
_FAR = timedelta(days=400)
_FRIDAY = 4


@dataclass(frozen=True)
class _Found:
    """A day in the text, and where it is there; ``dated``: not only by its day of the week."""

    day: date
    starts: int
    ends: int
    dated: bool


@dataclass
class _Choice:
    """The first day that was named by its date, or else the first of all."""

    found: _Found | None = None

    def offer(self, one: _Found) -> None:
        """Take a day, if there is none yet that counts before it."""
        if self.found is None or (one.dated and not self.found.dated):
            self.found = one

    @property
    def day(self) -> date | None:
        """The day that counts."""
        return self.found.day if self.found else None


def read_away(
    mail: Mail, sender: Officer, directory: Directory, today: date, calendar: WorkingDays
) -> Away:
    """Return what an automatic reply says of the days, as of ``today``, and of a colleague."""
    own, subject = _own_words(mail), _plain(mail.subject)
    first, back_on = _days(own, today, calendar)
    if back_on is None:
        first, back_on = _days(subject, today, calendar)
    return Away(first, back_on, _colleague(f"{own} {subject}", sender, directory))


def _days(text: str, today: date, calendar: WorkingDays) -> tuple[date | None, date | None]:
    """Return the first day away and the day of return, each if the text names it.

    A day of return counts before a last day away, and a date before a day of the week. The last day
    away is one on which somebody is still away: a Friday, the end of a range, or one that the text
    includes. "Until Monday" means that they are back on Monday.
    """
    back, last, firsts = _Choice(), _Choice(), _Choice()
    before: _Found | None = None
    for one in _found(text, today):
        lead = text[max(0, one.starts - 60) : one.starts]
        if before and _spans(text, before, one):
            firsts.offer(before)
            last.offer(replace(one, day=_after(one.day, calendar)))
        elif _BACK.search(lead):
            back.offer(one)
        elif _UNTIL.search(lead):
            with_it = _WITH.search(lead) or _INCLUDED.match(text[one.ends : one.ends + 20])
            whole = bool(with_it) or one.day.weekday() >= _FRIDAY
            last.offer(replace(one, day=_after(one.day, calendar)) if whole else one)
        elif _FROM.search(lead):
            firsts.offer(one)
        before = one
    on, first = _ahead(back.day or last.day, today), _ahead(firsts.day, today)
    return (first if on is None or (first and first < on) else None), on


def _spans(text: str, before: _Found, one: _Found) -> bool:
    """Whether two days that follow each other are the ends of a range, one of them by its date."""
    joint, lead = text[before.ends : one.starts], text[max(0, before.starts - 12) : before.starts]
    joined = _TO.match(joint) or (joint.strip() == "and" and _BETWEEN.search(lead))
    return bool(joined) and (before.dated or one.dated)


def _ahead(day: date | None, today: date) -> date | None:
    """Return the day, unless it is past or so far ahead that it must be a slip."""
    return day if day and today < day <= today + _FAR else None


def _after(day: date, calendar: WorkingDays) -> date:
    """Return the working day after the last day away."""
    return calendar.on_or_after(day + timedelta(days=1))


def _found(text: str, today: date) -> Iterator[_Found]:
    """Yield the days that the text names, in its order."""
    at = 0
    while at < len(text):
        one = _DAY.search(text, at)
        if one is None:
            return
        span = _RANGE.match(text, one.start())
        if span:
            yield from _of_range(span, today)
            at = span.end()
            continue
        day = _day_of(one, today)
        if day is not None:
            yield _Found(day, one.start(), one.end(), not one["only"])
        at = max(one.end(), at + 1)


def _of_range(span: re.Match[str], today: date) -> Iterator[_Found]:
    month, year = _MONTHS[span["month"].lower()], int(span["year"] or 0)
    last = _dated(int(span["to"]), month, year, today)
    if last is None:
        return
    first = _safe(last.year, last.month, int(re.sub(r"\D", "", span["from"])))
    if first:
        yield _Found(first, span.start(), span.end("from"), dated=True)
    yield _Found(last, span.start("to"), span.end(), dated=True)


def _day_of(one: re.Match[str], today: date) -> date | None:
    """Return the day that was named; ``None`` if there is no such day."""
    if one["word"]:
        return today + timedelta(days=one["word"].lower() == "tomorrow")
    if one["only"]:
        ahead = (_WEEKDAYS[one["only"].lower()] - today.weekday()) % 7 or 7
        return today + timedelta(days=ahead)
    if one["iso"]:
        year, month, day = map(int, one["iso"].split("-"))
        return _safe(year, month, day)
    if one["day4"]:
        return _nth(int(one["day4"]), today)
    day = int(one["day"] or one["day2"] or one["day3"])
    name = one["name"] or one["name3"]
    month = _MONTHS[name.lower()] if name else int(one["month"])
    year = int(one["year"] or one["year2"] or one["year3"] or 0)
    return _dated(day, month, year + (_CENTURY if 0 < year < _SHORT else 0), today)


#: Years are written with two figures, too: 26.
_SHORT, _CENTURY = 100, 2000
#: A day without a year that was at most so long ago was this year's.
_JUST_NOW = timedelta(days=120)


def _dated(day: int, month: int, year: int, today: date) -> date | None:
    """Return a day of a month; without a ``year`` (0) it is the one nearest to ``today``."""
    if year:
        return _safe(year, month, day)
    found = _safe(today.year, month, day)
    if found is not None and found < today - _JUST_NOW:
        found = _safe(today.year + 1, month, day)
    return found


def _nth(day: int, today: date) -> date | None:
    """Return the next day of a month with this number: ``the 14th``."""
    found = _safe(today.year, today.month, day)
    if found is None or found >= today:
        return found
    later = today.replace(day=1) + timedelta(days=32)
    return _safe(later.year, later.month, day)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _colleague(text: str, sender: Officer, directory: Directory) -> str:
    """Return the officer whom the text names first, by address or full name; empty if none."""
    said = text.casefold()
    places = {
        officer.id: min(
            (at for what in (officer.email, officer.name) if (at := _place(what, said)) >= 0),
            default=-1,
        )
        for officer in directory.officers.values()
        if officer.id != sender.id
    }
    named = [(at, id_) for id_, at in places.items() if at >= 0]
    return min(named)[1] if named else ""


def _place(what: str, said: str) -> int:
    """Return where ``said`` has these words as whole words; -1 if it does not."""
    words = " ".join(what.casefold().split())
    found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", said) if words else None
    return found.start() if found else -1
