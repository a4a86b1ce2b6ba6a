"""The measure of how easy a text is: known sentences have known grades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import readability
from tests.readability import grade, hardest, of_page, sentences, syllables, too_hard, too_long

if TYPE_CHECKING:
    from pathlib import Path

#: Sentences whose words and syllables were counted by hand, with their grades.
KNOWN = (
    ("The cat sat on the mat.", -1.45),  # 6 words, 6 syllables
    # Of the first the encyclopaedia gives the grade: 13 words, 24 syllables.
    ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 11.3),
    ("You need to decide on the reply by Friday.", 2.34),  # 9 words, 11 syllables, Friday is one
    ("We will remind you each working day until it is done.", 2.47),  # 10 words, 12 syllables
    ("Independent organisations subsequently communicated the responsibility.", 35.92),  # 6, 25
)


@pytest.mark.parametrize(("text", "known"), KNOWN)
def test_known_sentences_have_known_grades(text: str, known: float) -> None:
    assert grade(text) == pytest.approx(known, abs=0.1)


def test_words_have_as_many_syllables_as_are_heard() -> None:
    """Of pyphen's breaks alone, each of the last line would have fewer."""
    heard = (
        *(("reply", 2), ("made", 1), ("asked", 1), ("needed", 2), ("takes", 1), ("changes", 2)),
        *(("officer", 3), ("independent", 4), ("challenge", 2), ("child’s", 1), ("20", 1)),
        *(("resolved", 2), ("decision", 3), ("people", 2), ("unresolved", 3), ("responsible", 4)),
    )
    assert [(word, syllables(word)) for word, _ in heard] == [*heard]


def test_terms_names_dates_and_references_are_one_easy_word_each() -> None:
    plain = "Sam is a term at Sam by May."
    for text in (
        "Tessa Sample-North is a Team Manager at North Team by Friday 4 December 2026.",
        "\u2068Marigold Quillon\u2069 is a Head of Service at PCE-7K3M-9QXT by 10:30am.",
        "Ira Sample-One is a 20-working-day limit at https://a.example/b?c by December 2026.",
    ):
        assert grade(text) == grade(plain), sentences(text)


def test_headings_items_labels_and_cells_are_sentences_of_their_own() -> None:
    page = """<html><head><title>Not read</title></head><body><nav>Not read either</nav><main>
    <h1>What you need<br>to do</h1><ul><li>Read <strong>this</strong> reply</li><li>Decide</li></ul>
    <label>Why?<input value="typed"></label><textarea>typed</textarea>
    <table><tr><td>Dr. No. 5 of e.g. these</td><td>Then go. And stop.</td></tr></table>
    <select><option>Nobody</option></select><p hidden>Nothing</p></main></body></html>"""
    assert of_page(page) == [
        *("What you need", "to do", "Read this reply", "Decide", "Why?"),
        *("Dr.", "No. 5 of e.g. these", "Then go.", "And stop."),
    ]


def test_what_people_typed_does_not_count() -> None:
    typed = "Notwithstanding aforementioned responsibilities"
    page = f"<main><p>You wrote <bdi>{typed}</bdi> today.</p><div dir='auto'>{typed}</div></main>"
    assert of_page(page) == ["You wrote Sam today."]


def test_labels_do_not_make_a_page_look_easy() -> None:
    hard = "Notwithstanding the aforementioned, responsibility lies elsewhere."
    assert grade(hard + "\nYes\nNo\nGo on\nStop here\n" * 9) == grade(hard)
    assert grade("Yes\nNo") < 0, "unless there is nothing else"
    assert grade("") == grade("12 / 7") == 0


def test_the_report_names_the_hardest_sentences_first() -> None:
    easy, hard = "You can reply to this now.", KNOWN[-1][0]
    assert [one.sentence for one in hardest([easy, hard, easy, "Yes."])] == [hard, easy]
    said = too_hard([("easy page", [easy]), ("hard page", [easy, hard])])
    assert "easy page" not in said
    first, second, *_ = said.splitlines()
    assert "hard page" in first
    assert hard in second
    assert too_hard([("easy page", [easy]), ("labels", ["Documentation", "Administration"])]) == ""


def test_a_sentence_that_is_too_long_or_too_hard_is_named_once() -> None:
    long = "It is " + "so " * 23 + "red."
    hard = "Everybody attending receives information regarding the invitation for their calendar."
    assert grade(long) < readability.HARDEST < grade(hard)
    said = too_long([("one", ["Short.", long]), ("two", [long, hard])])
    assert said.splitlines() == [
        f"26 words, grade {grade(long):.1f}, two: {long}",
        f"10 words, grade {grade(hard):.1f}, two: {hard}",
    ]
    assert too_long([("one", [long.replace("so so", "so"), "Documentation."])]) == ""


def test_the_command_reads_pages_templates_texts_and_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = tmp_path / "one.html"
    template.write_text(
        "{# No comment to count at all. #}<p>{% if a %}You can reply to {{ name }} now."
        '{% endif %}</p>{{ govukButton({"text": "Send this reply to us now"}) }}'
    )
    text = tmp_path / "one.txt"
    text.write_text("You have to do it.\n")
    words = "Go and see them all."
    assert readability.main([str(template), str(text), words]) == 0
    said = capsys.readouterr().out
    for found in (
        "You can reply to Sam now.",
        "Send this reply to us now",
        "You have to do",
        words,
    ):
        assert found in said
    assert "No comment" not in said
    assert readability.main([]) == 2, "nothing to read"
