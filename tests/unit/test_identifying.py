"""Privacy: what in somebody's words could identify the child, as far as software can see it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.form import Child, Concern
from domain.identifying import Detail, details_in_words, found_in, parts, passages
from domain.ladder import Stage
from domain.rules.entry import Raised

CHILD = Child("CASE-1", "A.O.", "Alex Anne-Marie O’Sample", date(2015, 3, 27), "North Team")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
#: How people write dates: {name} and {short} are the month's, the other fields are figures.
FORMS = (
    *("{day} {name} {year}", "{day}{nth} {name} {year}", "{day}{nth} of {name}, {year}"),
    *("{day}/{month}/{year}", "{day:02}/{month:02}/{year}", "{day:02}.{month:02}.{year}"),
    *("{day}-{month}-{year}", "{day} / {month} / {year}", "{day:02} {month:02} {year}"),
    *("{year}-{month:02}-{day:02}", "{year}/{month}/{day}", "{day:02}/{month:02}/{two:02}"),
    *(
        "{day} {short} {year}",
        "{day} {short}. {two:02}",
        "{day}-{short}-{year}",
        "{day}{short}{year}",
    ),
    *("{name} {day}, {year}", "{short} {day}{nth} {year}", "{name} the {day}{nth}, {year}"),
    *("{month}/{day}/{year}", "{month:02}-{day:02}-{two:02}", "{day:02}{month:02}{year}"),
    *("{year}{month:02}{day:02}", "{day:02}{month:02}{two:02}", "{day} {name} ’{two:02}"),
)


def _found(text: str, child: Child = CHILD) -> list[tuple[str, tuple[Detail, ...]]]:
    return [
        (part.text, part.details) for part in parts(text, passages(text, child)) if part.details
    ]


def _of(detail: Detail, text: str, name: str = CHILD.name) -> list[str]:
    child = Child("CASE-1", "A.O.", name, CHILD.date_of_birth, CHILD.team)
    return [words for words, details in _found(text, child) if detail in details]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Alex has no placement.", ["Alex"]),
        ("ALEX’S placement, and alex's school", ["ALEX", "alex"]),
        ("Alex Anne-Marie O'Sample was told.", ["Alex Anne-Marie O'Sample"]),
        ("Marie and Mr O\u2019Sample", ["Marie", "O\u2019Sample"]),
        ("Álex, e\u0301t Ale\u0301x", ["Álex", "Ale\u0301x"]),
        ("A.O. and Alexander were there; the annex too.", []),
    ],
)
def test_the_child_s_name_is_found_as_the_form_has_it(text: str, found: list[str]) -> None:
    assert _of(Detail.NAME, text) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Will Hope", "We hope it will end. Will said so.", ["Will"]),
        ("Jo van der Berg", "He goes to jo; Jo and Berg van der", ["Jo", "Berg"]),
        ("王小明", "今天王小明说", ["王小明"]),
        ("قمر", "بيت قمر", ["قمر"]),
        ("Sample, Zoë", "zoe and Zoe\u0308 sample", ["zoe", "Zoe\u0308 sample"]),
        ("J. P. Sample", "J. P. said", []),
        ("", "Anybody at all", []),
    ],
)
def test_a_name_that_is_also_a_word_or_another_script_s(
    name: str, text: str, found: list[str]
) -> None:
    assert _of(Detail.NAME, text, name) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Her sister, born on 5 May 2012, moved.", ["5 May 2012"]),
        ("DOB: 05.05.12", ["05.05.12"]),
        ("D.O.B. 5/5/2012", ["5/5/2012"]),
        ("Her birthday is on 27th March.", ["27th March"]),
        ("The review is on 27 March 2027, or on 28 March 2015.", []),
        ("born 99/99/2012; 27 of 2015 cases; 127/03/20155", []),
    ],
)
def test_a_date_of_birth_is_the_child_s_or_one_that_is_said_to_be(
    text: str, found: list[str]
) -> None:
    assert _of(Detail.BORN, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("His brother Tom left.", ["Tom"]),
        ("Her sisters (Ann, Bea and Cy Jones) moved.", ["Ann", "Bea", "Cy Jones"]),
        ("Tom, his older brother, and Jack is her twin.", ["Tom", "Jack"]),
        ("a sibling called tom", ["tom"]),
        ("a sibling, name of Tom", []),
        ("His brother, name Tom, and his sister whose names are long", ["Tom"]),
        ("He has a brother. Is Tom well? He has a sister; who Ann is, I know.", []),
        ("Half-brother: Élan", ["Élan"]),
        ("However, her sister left. Contact with a brother on Monday.", []),
        ("His brother. The IRO asked; sister IRO; brother 12", []),
    ],
)
def test_the_names_of_brothers_and_sisters(text: str, found: list[str]) -> None:
    assert _of(Detail.SIBLING, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("At Hillside Primary School he is fine.", ["Hillside Primary School"]),
        ("St. Mary’s C of E Primary School", ["St. Mary’s C of E Primary School"]),
        ("Ash School and Oak Academy", ["Ash School", "Oak Academy"]),
        ("Little Acorns Nursery; Elm College", ["Little Acorns Nursery", "Elm College"]),
        ("The school. The Primary School. Virtual School. A place near the school.", []),
    ],
)
def test_the_names_of_schools_and_nurseries(text: str, found: list[str]) -> None:
    assert _of(Detail.SCHOOL, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lives at 12 Elm Road, Sampleton AB1 2AB.", ["12 Elm Road", "AB1 2AB"]),
        ("sw1a1aa, M1 1AE", ["sw1a1aa", "M1 1AE"]),
        ("Moved to Rosewood Avenue.", ["Rosewood Avenue"]),
        ("14 elm street; 3a High St.", ["14 elm street", "3a High St"]),
        ("Stage 1 Family Court; two miles down the road; 2 of the road; A1 2nd", []),
    ],
)
def test_addresses_and_postcodes(text: str, found: list[str]) -> None:
    assert _of(Detail.ADDRESS, text) == found


def test_what_tells_two_things_is_one_passage_that_says_both() -> None:
    ((words, details),) = _found("her sister Anne Sample-North")
    assert words == "Anne Sample-North"
    assert details == (Detail.NAME, Detail.SIBLING)
    found = passages("her sister Anne, at Oak Academy, AB1 2AB", CHILD)
    assert details_in_words(found) == (
        "the child’s name, the name of a brother or sister, the name of a school or nursery, "
        "an address or a postcode"
    )


def test_two_letters_in_their_own_field_are_initials() -> None:
    for initials, found in (("JO", []), ("J.O.", []), ("Jo Osei", ["initials"])):
        child = Child("CASE-1", initials, "Jo Osei", CHILD.date_of_birth, CHILD.team)
        assert list(found_in(_raised(child))) == found


def test_every_word_that_a_link_shows_is_looked_at() -> None:
    raised = _raised(CHILD, "Alex")
    assert list(found_in(raised)) == ["reason", "concerns.0.what", "concerns.0.outcome", "tried"]


def _raised(child: Child, words: str = "") -> Raised:
    concern = Concern("health", words, words, date(2027, 1, 4))
    return Raised(child, "ira", "sw", Stage.ONE, words, (concern,), words, words, "1")


# Whatever the words ------------------------------------------------------------------------------

_DATES = st.dates(date(1995, 1, 1), date(2026, 12, 31))
_BORDER = st.text(st.sampled_from(" ,.;:()\n–abcXYZéß한王ق’\u0301"), max_size=12)
_PIECES = st.sampled_from(
    (
        *("Alex", "O’Sample", "Anne-Marie", "27 March 2015", "born", "brother", "sister", "School"),
        *("Road", "12", "St", "Oak", "and", "AB1 2AB", "called", "Primary", "(", ",", ".", "\n"),
        *("İ", "ß", "ﬁ", "e\u0301", "\u200d", "😀", "٢٧/٣/٢٠١٥", "is", "his", "-", "’s"),
    )
)
_WORDS = st.one_of(st.text(), st.lists(_PIECES).map(" ".join), st.lists(_PIECES).map("".join))


@given(_DATES, st.sampled_from(FORMS), _BORDER, _BORDER)
def test_whatever_form_it_is_written_in_the_date_of_birth_is_found(
    born: date, form: str, before: str, behind: str
) -> None:
    nth = {1: "st", 2: "nd", 3: "rd"}.get(
        born.day % 10 if born.day not in (11, 12, 13) else 0, "th"
    )
    name = MONTHS[born.month - 1]
    written = form.format(
        day=born.day, month=born.month, year=born.year, two=born.year % 100,
        name=name, short=name[:3], nth=nth,
    )  # fmt: skip
    child = Child("CASE-1", "A.O.", "Alex", born, "North Team")
    for words in (written, written.upper(), written.lower()):
        text = f"{before} {words} {behind}"
        start, end = len(before) + 1, len(before) + 1 + len(words)
        assert any(
            one.start <= start and end <= one.end and Detail.BORN in one.details
            for one in passages(text, child)
        ), text


@given(_WORDS, st.one_of(st.text(), st.lists(_PIECES).map(" ".join)))
def test_whatever_was_written_its_passages_lie_in_it_in_their_order(text: str, name: str) -> None:
    found = passages(text, Child("CASE-1", "A.O.", name, CHILD.date_of_birth, "North Team"))
    ends = [0, *(place for one in found for place in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    assert all(one.start < one.end and one.details for one in found)
    assert "".join(part.text for part in parts(text, found)) == text
    assert [p.details for p in parts(text, found) if p.details] == [one.details for one in found]


@given(st.sampled_from(["Alex", "O’Sample", "Anne", "王小明", "قمر"]), _BORDER, _BORDER)
def test_wherever_the_name_stands_it_is_found(part: str, before: str, behind: str) -> None:
    child = Child("CASE-1", "A.O.", f"{part} Other", CHILD.date_of_birth, "North Team")
    text = f"{before} {part} {behind}"
    start = len(before) + 1
    assert any(
        one.start <= start and start + len(part) <= one.end and Detail.NAME in one.details
        for one in passages(text, child)
    )


def test_the_longest_words_are_read_in_time() -> None:
    """Each word is looked at only a few times, whatever is next to it, so none takes minutes."""
    for piece in ("Oak ", "brother ", "12 ", "Alex", "a.", "Alex, his ", "1/", "’", "St. "):
        passages(piece * (20_000 // len(piece)), CHILD)
