"""The typesetter: every character is set or named, nothing is read as markup, nothing is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest
import typst
from pdfua import catalog

from adapters.typesetting import (
    Attached,
    Bullets,
    Document,
    Entries,
    Entry,
    Facts,
    Noted,
    Said,
    Section,
    Table,
    Typesetter,
    TypesettingError,
)
from infra import fonts
from infra.blueprint import ROOT
from tests.papers import Paper, findings

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.typesetting import Piece

DATE = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def document(*pieces: Piece) -> Document:
    sections = (Section("One", pieces),)
    return Document("A title", "About it", "Ira Sample-One", DATE, ("A foot",), sections)


def set_in_type(typesetter: Typesetter, *pieces: Piece) -> Paper:
    return Paper(typesetter.pdf(document(*pieces)))


def test_every_character_that_the_fonts_have_can_be_set_in_regular_and_bold(
    typesetter: Typesetter,
) -> None:
    """Also each mark of the list above a letter, which takes both from one font."""
    every = " ".join(f"a{chr(code)}" for code in sorted(fonts.covered()))
    assert set_in_type(typesetter, Facts(((every, every),))).pages > 1


def test_the_list_of_characters_is_that_of_the_fonts() -> None:
    assert fonts.FILE.read_text("ascii") == fonts.page(), "run python -m infra.fonts"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Ó Sé, Łukasz, Đặng, Ελένη, Ольга", "Zoë Ó Sé, Łukasz, Đặng, Ελένη, Ольга"),
        ("e\u0301", "é"),
        ("中", "[U+4E2D]"),
        ("\U0001f9d2", "[child]"),
        ("bro\ufeffther", "bro[zero width no-break space]ther"),
        ("\ufffd\ue000", "\ufffd[U+E000]"),
        ("*not bold* #panic() $x$ <label> @ref", "*not bold* #panic() $x$ <label> @ref"),
    ],
)
def test_what_is_written_stands_there_as_it_is_or_by_its_name(
    typesetter: Typesetter, text: str, shown: str
) -> None:
    pieces = (Said(text), Noted(text), Bullets((text,)), Facts(((text, text),)))
    table = Table((text, text), ((text, text),), (1, 1))
    entry = Entries((Entry(1, text, text, ((text, text),), (text,)),))
    found = set_in_type(typesetter, *pieces, table, entry)
    again = normalize("NFC", "".join(found.text.split()))
    assert again.count("".join(shown.split())) >= 10


def test_words_that_nobody_can_break_stay_on_the_page(typesetter: Typesetter) -> None:
    """Without it a long web address would run off the page, and be lost on paper."""
    long = set_in_type(typesetter, Said("x" * 4_000))
    assert long.text.count("x") == 4_000
    assert long.pages > 1 or long.text.count("\u200b") > 3_000


def test_a_file_within_a_pdf_is_what_it_was(typesetter: Typesetter, tmp_path: Path) -> None:
    text = '{"words": "中 \u2068é\u2069 \\n"}\n'
    with_it = replace(
        document(Said("See the file.")),
        attached=(Attached("record.json", text, "application/json", "The record."),),
    )
    found = Paper(typesetter.pdf(with_it))
    assert found.attached == {"record.json": text.encode()}
    assert findings(found, tmp_path) == []


def test_no_font_of_the_machine_is_used(typesetter: Typesetter) -> None:
    """Otherwise the same record would give other bytes elsewhere."""
    families = {
        str(font.BaseFont).partition("+")[2]
        for page in set_in_type(typesetter, Said("a ش")).pdf.pages
        for font in page.resources["/Font"].values()
    }
    assert families == {"SourceSans3-Regular", "SourceSans3-Bold", "DejaVuSansCondensed"}


def test_an_error_quotes_nothing(typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_options: object) -> bytes:
        raise typst.TypstError("the text `Marigold` could not be displayed", "")

    monkeypatch.setattr(typesetter, "_compiler", type("Compiler", (), {"compile": fails}))
    with pytest.raises(TypesettingError) as error:
        set_in_type(typesetter, Said("Marigold"))
    assert "Marigold" not in str(error.value)


def test_the_rules_that_the_checker_skips_are_named_in_the_documents() -> None:
    skipped: dict[str, list[int]] = {}
    for rule in catalog.uncovered_clause_rules():
        skipped.setdefault(rule["clause"], []).append(int(rule["test"]))
    covered = catalog.coverage()
    page = " ".join((ROOT / "docs" / "decisions" / "documents.md").read_text().split())
    assert f"checks {covered.covered} of the {covered.total} rules" in page
    (named,) = re.findall(r"By clause and number it skips ([^.]*(?:\.\d[^.]*)*)\.", page)
    for clause, numbers in skipped.items():
        (row,) = [one for one in named.split("; ") if one.startswith(f"{clause}: ")]
        found: list[int] = []
        for part in row.removeprefix(f"{clause}: ").split(", "):
            first, _, last = part.partition("–")
            found += range(int(first), int(last or first) + 1)
        assert found == sorted(numbers), clause
    assert len(named.split("; ")) == len(skipped)
