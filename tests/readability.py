"""How easy a text is to read: its Flesch-Kincaid grade, as tests and people measure it.

A grade of 8 can be read at the age of about 13, a grade of 5 at 10. The field's own terms, names,
dates and references count as one easy word each: readers know them, and nothing else could take
their place. What people typed does not count.

    python -m tests.readability functions/pages/templates/home.html   # a page, or its template
    python -m tests.readability "You need to decide on the reply by Friday."

lists the grade of each, and its hardest sentences with theirs.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyphen
from bs4 import BeautifulSoup, NavigableString, Tag

from domain.ladder import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FOR_ALL",
    "FOR_A_CHILD",
    "PROSE",
    "Hard",
    "grade",
    "grade_of",
    "hardest",
    "of_page",
    "report",
    "sentences",
    "syllables",
    "too_hard",
    "too_long",
]

#: The highest grade of a page or an email, and of a letter to a child.
FOR_ALL, FOR_A_CHILD = 8.0, 5.0

#: No sentence has more words than this, as the GOV.UK style guide asks, and none of some length is
#: much harder than its text may be: among easy ones, a hard one would not be noticed.
LONGEST, OF_SOME_LENGTH, HARDEST = 25, 10, 12.0

#: From so many words on a sentence is one to read, not a label.
PROSE = 5

#: The field's terms, beside the roles: each has one name, and everybody who reads it knows it.
TERMS = (
    *(str(role) for role in Role),
    "20-working-day limit",
    "Assistant Director for Safer and Partnerships",
    "CAFCASS",
    "Cafcass",
    "Care Planning Regulations",
    "Care Planning, Placement and Case Review (England) Regulations 2010",
    "Case ID",
    "Children Act 1989",
    "Equality and Human Rights Commission",
    "Children’s Guardian",
    "Family Court",
    "IRO",
    "Information Commissioner",
    "NYAS",
    "Official-Sensitive",
    "OFFICIAL-SENSITIVE",
    "PCE/DRP",
    "Positive Challenge and Escalation",
    "Positive Challenge",
    (
        "Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations "
        "2018"
    ),
    "QAP",
    "Quality Assurance Process",
    "SRSM",
    "Web Content Accessibility Guidelines",
    "care plan",
    "case number",
    "care leaver",
    "escalation",
    "looked-after child",
    "looked-after children",
    "neighbouring authority",
    "personal adviser",
    "pathway plan",
    "placement",
    "resolution period",
    "safeguarding",
    "supervision",
    "working day",
)

#: Stand in for a term or a name: a word of one syllable that no term contains.
_TERM, _NAME, _DAY = "term", "Sam", "May"

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Mon|Tue|Wed|Thu|Fri|Sat|Sun"

_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
_STAND_INS = (
    (_ISOLATED, _NAME),
    (re.compile(r"https?://\S*[\w/]|\b[\w.+-]+@[\w-]+(\.[\w-]+)+"), _NAME),
    (re.compile(r"\bPCE-[\w…-]+"), _NAME),
    (re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?[ -]Sample(?:-\w+)?\b"), _NAME),
    (re.compile(r"\b(?:Sample[\w-]*|[A-Z]\w+) (?:\w+ )?(?:Team|Council)s?\b"), _NAME),
    (
        re.compile(rf"\b(?:(?:{_DAYS}),? )?\d{{1,2}} (?:{_MONTHS})\b(?: \d{{4}})?|\b(?:{_DAYS})\b"),
        _DAY,
    ),
    (re.compile(rf"\b(?:{_MONTHS}) \d{{4}}\b"), _DAY),
    (re.compile(r"\b\d{1,2}[.:]\d{2}(?: ?[ap]m)?\b"), _DAY),
)

#: An end of a sentence: not the dot of a number, an abbreviation or initials.
_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\b[A-Z])(?<!\bNo)[.!?…]+[’”\")]*(?=\s|$)|\s[·|•]\s|;\s"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_A_LETTER = re.compile(r"[A-Za-z]")

#: Groups of vowels, and endings in which the last of them is not heard: "made", "asked", "takes".
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?<=[aeiouy][^aeiouy])e(?=(?:ly|ment|ful|less|where)$)"
    r"|(?<![aeiou]r)(?<![^aeiouyl]l)(?<=[^\Wtd])ed$"
    r"|(?<![aeiouy])(?<![^aeiouyl]l)e$"
    r"|(?<![cgsxz])(?<![cs]h)(?<![^aeiouyl]l)es$"
)

#: Elements within a line; all others begin a line of their own.
_WITHIN = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "kbd", "mark", "q", "s"),
        *("small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
    )
)
#: What nobody reads as words of ours: what people typed is among it, and forms to copy.
_LEFT_OUT = frozenset(
    (
        *("datalist", "input", "option", "pre", "script", "select", "style", "svg", "template"),
        "textarea",
    )
)


class Hard(NamedTuple):
    """A sentence and its grade."""

    grade: float
    sentence: str


@cache
def _terms() -> re.Pattern[str]:
    longest_first = sorted({*TERMS, *(one.replace("'", "’") for one in TERMS)}, key=len)[::-1]
    words = "|".join(re.escape(one) for one in longest_first)
    return re.compile(rf"\b(?:{words})(?:s\b|\b)", re.IGNORECASE)


@cache
def _hyphens() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")


@cache
def syllables(word: str) -> int:
    """Return how many syllables a word has; a number has one.

    Pyphen says where a line may break, which leaves out short syllables ("re-solved", "area"). So
    the groups of vowels that are heard count, where they are more.
    """
    plain = word.lower().replace("’", "'").partition("'")[0]
    if not _A_LETTER.search(plain):
        return 1
    heard = _SILENT.sub("", plain)
    return max(len(_hyphens().positions(plain)) + 1, len(_VOWELS.findall(heard)), 1)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text. A line end ends a sentence, and so does a semicolon."""
    lines = (" ".join(_stood_in_for(line).split()) for line in text.splitlines())
    parts = (part.strip() for line in lines for part in _cut(line))
    return [part for part in parts if _A_LETTER.search(part)]


def _cut(line: str) -> Iterator[str]:
    begins = 0
    for end in _END.finditer(line):
        yield line[begins : end.end()]
        begins = end.end()
    yield line[begins:]


def _stood_in_for(line: str) -> str:
    for pattern, instead in _STAND_INS:
        line = pattern.sub(instead, line)
    return _terms().sub(_TERM, line)


def grade_of(parts: Iterable[str]) -> float:
    """Return the grade of a text whose sentences these are; 0 if it has no words.

    Short ones do not count beside longer ones: with its labels, links and buttons a page would look
    easier than what there is to read on it.
    """
    each = [found for part in parts if (found := _WORD.findall(_stood_in_for(part)))]
    each = [found for found in each if len(found) >= PROSE] or each
    words = [word for found in each for word in found]
    if not words:
        return 0.0
    a_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(each) + 11.8 * a_word - 15.59


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of a text, with terms and names as easy words."""
    return grade_of(sentences(text))


def of_page(html: str) -> list[str]:
    """Return the sentences of a page's main part (of all of it if it has none).

    Headings, list items, labels, buttons and cells are sentences of their own.
    """
    soup = BeautifulSoup(html, "html.parser")
    return sentences("".join(_pieces(soup.main or soup.body or soup)))


def _pieces(tag: Tag) -> Iterator[str]:
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name in _LEFT_OUT or child.has_attr("hidden"):
                continue
            within = child.name in _WITHIN
            yield "" if within else "\n"
            if child.name == "bdi" or child.get("dir") == "auto":
                yield f" {_NAME} " if within else ""
            else:
                yield from _pieces(child)
            yield "" if within else "\n"
        elif type(child) is NavigableString:
            yield re.sub(r"\s+", " ", child)


def hardest(parts: Iterable[str], count: int = 5) -> list[Hard]:
    """Return the sentences that make a text hard to read, the hardest first.

    Short ones are left out: their grade says little.
    """
    found = {part for part in parts if len(_WORD.findall(part)) >= PROSE}
    return sorted((Hard(grade_of([part]), part) for part in found), reverse=True)[:count]


def report(name: str, parts: Iterable[str], count: int = 5) -> str:
    """Return the grade of a text and its hardest sentences, to read."""
    parts = list(parts)
    lines = [f"    {one.grade:5.1f}  {one.sentence}" for one in hardest(parts, count)]
    return "\n".join([f"{grade_of(parts):5.1f}  {name}", *lines])


def too_hard(texts: Iterable[tuple[str, Iterable[str]]], limit: float = FOR_ALL) -> str:
    """Return a report of each text (name, sentences) that is above the limit, the worst first.

    Of a text that is nothing but labels, a grade says nothing.
    """
    found = [(name, list(parts)) for name, parts in texts]
    found = [(name, parts) for name, parts in found if hardest(parts)]
    above = [(grade_of(parts), name, parts) for name, parts in found if grade_of(parts) > limit]
    return "\n".join(report(name, parts) for _, name, parts in sorted(above, reverse=True))


#: How a list of what can be entered begins (``handlers.form_fields``).
_LIST = "One of: "

_SAID = re.compile(r'"(?:text|titleText|summaryText|html)": "([^"]*)"')


def too_long(texts: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return each sentence that is too long or too hard, with the name of one of its texts.

    A list of what can be entered is no sentence.
    """
    where = {part: name for name, parts in texts for part in parts if not part.startswith(_LIST)}
    found = [(len(_WORD.findall(part)), grade_of([part]), part) for part in where]
    return "\n".join(
        f"{words} words, grade {hard:.1f}, {where[part]}: {part}"
        for words, hard, part in sorted(found, reverse=True)
        if words > LONGEST or (words >= OF_SOME_LENGTH and hard > HARDEST)
    )


def _of_template(text: str) -> str:
    """Return a page for a template: each value as a name, statements and comments left out."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", _in_its_place, text, flags=re.DOTALL)


def _in_its_place(value: re.Match[str]) -> str:
    """Return the words that a macro is called with, or a name for a value."""
    said = _SAID.findall(value[0])
    return "".join(f"<p>{one}</p>" for one in said) or f" {_NAME} "


def main(arguments: list[str]) -> int:
    """Print the grade of each file, or of the words if they are no file."""
    for one in arguments:
        path = Path(one)
        if not (len(one) < 200 and path.is_file()):
            print(report(one, sentences(one)))  # noqa: T201
            continue
        text = path.read_text("utf-8")
        parts = of_page(_of_template(text)) if path.suffix == ".html" else sentences(text)
        print(report(one, parts, 10))  # noqa: T201
    return 0 if arguments else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
