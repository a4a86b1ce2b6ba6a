"""The directory's files: every row's error at once, and nothing is read if one row is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.directory_csv import from_csv, read, to_csv, written
from domain.directory import Cover
from domain.directory_checks import POSTS_AT_ONCE
from domain.errors import BadSubmissionError
from tests.builders import day, directory

if TYPE_CHECKING:
    from pathlib import Path

TODAY = day("2026-11-03")
FIRST, LAST = day("2026-11-02"), day("2026-11-06")


def files(**changed: str) -> dict[str, str]:
    """Return the files of the sample directory, with rows added to some of them."""
    texts = written(directory())
    return {name: text + changed.get(name.partition(".")[0], "") for name, text in texts.items()}


def wrong(files: dict[str, str]) -> dict[str, str]:
    """Return what is wrong with these files, by place."""
    with pytest.raises(BadSubmissionError) as refused:
        read(files, today=TODAY)
    return refused.value.fields


def last_line(files: dict[str, str], name: str) -> str:
    return f"{name} line {len(files[name].splitlines())}"


def test_what_is_written_is_read_again() -> None:
    people = replace(directory(), cover=(Cover("tm-north", "tom", FIRST, LAST),))
    officers = {
        id_: replace(officer, supervisor="sara" if id_ == "ira" else "")
        for id_, officer in people.officers.items()
    }
    people = replace(people, officers=officers)
    assert read(written(people), today=TODAY) == people


def test_files_of_older_releases_are_read(tmp_path: Path) -> None:
    """They have no column for the supervisor, and may have no file of cover."""
    to_csv(directory(), tmp_path)
    officers = tmp_path / "officers.csv"
    rows = [line.rpartition(",")[0] for line in officers.read_text().splitlines()]
    officers.write_text("\ufeff" + "\r\n".join(rows))
    (tmp_path / "cover.csv").unlink()
    assert from_csv(tmp_path, today=TODAY) == directory()


def test_without_a_file_of_cover_the_cover_stays() -> None:
    cover = (Cover("tm-north", "tom", FIRST, LAST),)
    texts = {name: text for name, text in written(directory()).items() if name != "cover.csv"}
    assert read(texts, cover, TODAY).cover == cover


@pytest.mark.parametrize(
    ("file", "row", "says"),
    [
        ("officers", "bad id,Ann Sample,ann@council.example,", "Enter an id of letters"),
        ("officers", "outside-1-2,Ann Sample,ann@council.example,", "Enter an id of letters"),
        ("officers", "ira,Ann Sample,ann@council.example,", "has the id ira too"),
        ("officers", "ann, ,ann@council.example,", "Enter the officer’s name"),
        ("officers", "ann,Ann Sample,ann,", "Enter an email address"),
        ("officers", "ann,Ann Sample,IRA@council.example,", "the address IRA@council.example too"),
        ("officers", "ann,Ann Sample,ann@council.example,nobody", "No officer has the id nobody"),
        ("officers", "ann,Ann Sample,ann@council.example,ann", "Nobody supervises themselves"),
        ("officers", "ann,Ann Sample,ann@council.example,,,x", "more than 4 values"),
        ("posts", "tm-north,Team Manager,,tom", "Another post has the id tm-north too"),
        ("posts", "new,Team Leader,,tom", "No such role: Team Leader. The roles are: "),
        ("posts", "new,Team Manager,,nobody", "No officer has the id nobody"),
        ("cover", "nothing,tom,2026-11-02,2026-11-06", "No post has the id nothing"),
        ("cover", "tm-north,nobody,2026-11-02,2026-11-06", "No officer has the id nobody"),
        ("cover", "tm-north,tom,2026-11-06,2026-11-02", "is before the first"),
        ("cover", "tm-north,tom,6 November,2026-11-07", "Enter the days like 2026-12-24"),
        ("officers", "ann,Ann\tSample,ann@council.example,", "Write each value in one line"),
        ("posts", "new,Team Manager,North\x07Team,tom", "Write each value in one line"),
        ("cover", "tm-north,tam,2026-11-02,2026-11-06", "holds the post Team Manager"),
    ],
)
def test_each_row_says_what_to_correct(file: str, row: str, says: str) -> None:
    texts = files(**{file: row + "\n"})
    found = wrong(texts)
    assert list(found) == [last_line(texts, f"{file}.csv")]
    assert says in found[last_line(texts, f"{file}.csv")]


def test_all_errors_are_said_at_once_in_the_order_of_the_files() -> None:
    texts = files(officers="ann,,x,\n", posts="new,None,,\n", cover="x,y,2026-11-02,2026-11-06\n")
    found = wrong(texts)
    assert list(found) == [
        last_line(texts, name) for name in ("officers.csv", "posts.csv", "cover.csv")
    ]
    assert "name" in found[last_line(texts, "officers.csv")]
    assert "email" in found[last_line(texts, "officers.csv")]


def test_a_file_without_its_columns_says_which_they_are() -> None:
    texts = {**files(), "posts.csv": "id;role;teams;holder\n"}
    sentence = "The first line has to name the columns: id, role, teams, holder."
    assert wrong(texts)["posts.csv line 1"] == f"posts.csv line 1: {sentence}"


def test_what_refers_to_a_file_without_its_columns_is_not_wrong_for_that() -> None:
    texts = {**files(), "officers.csv": "number,name,email\n"}
    assert list(wrong(texts)) == ["officers.csv line 1"]


def test_a_quotation_mark_without_its_second_is_named() -> None:
    texts = files(officers='ann,"Ann Sample,ann@council.example,\nbob,Bob,bob@council.example,\n')
    assert "quotation mark" in wrong(texts)[last_line(texts, "officers.csv")]
    long = files(officers='ann,"' + "Ann Sample,ann@council.example,\n" * 5_000)
    assert any("quotation mark" in sentence for sentence in wrong(long).values())


def test_line_ends_of_any_system_are_read() -> None:
    for end in ("\r", "\r\n"):
        texts = {name: text.replace("\n", end) for name, text in files().items()}
        assert read(texts, today=TODAY) == directory()


def test_nothing_invisible_is_kept() -> None:
    row = "ann,A\N{ZERO WIDTH SPACE}nn\N{RIGHT-TO-LEFT OVERRIDE} Sample,ann@council.example,\n"
    assert read(files(officers=row), today=TODAY).officers["ann"].name == "Ann Sample"


def test_a_directory_without_officers_is_refused() -> None:
    assert "There are no officers" in wrong({})["officers.csv"]


def test_no_more_posts_of_one_role_than_can_be_asked_at_once() -> None:
    rows = "".join(f"tm-{n},Team Manager,,tom\n" for n in range(POSTS_AT_ONCE))
    assert "all of them would be asked at once" in wrong(files(posts=rows))["posts.csv"]


# Who may be IRO for a child (rule 15) ------------------------------------------------------------


@pytest.mark.parametrize("officer", ["ivo", "sara"])
def test_another_iro_or_the_srsm_may_cover_for_an_iro(officer: str) -> None:
    texts = files(cover=f"iro-one,{officer},2026-11-02,2026-11-06\n")
    assert read(texts, today=TODAY).cover


@pytest.mark.parametrize("officer", ["tam", "wyn", "senna"])
def test_nobody_else_may_cover_for_an_iro(officer: str) -> None:
    texts = files(cover=f"iro-one,{officer},2026-11-02,2026-11-06\n")
    assert "may not cover for an Independent" in wrong(texts)[last_line(texts, "cover.csv")]


def test_an_iro_who_also_manages_may_not_cover_for_an_iro() -> None:
    texts = files(posts="tm-also,Team Manager,,ivo\n", cover="iro-one,ivo,2026-11-02,2026-11-06\n")
    found = wrong(texts)[last_line(texts, "cover.csv")]
    assert "they hold the post Team Manager" in found


def test_cover_that_is_over_breaks_no_rule_any_more() -> None:
    texts = files(cover="iro-one,tam,2026-10-26,2026-10-30\n")
    assert read(texts, today=TODAY).cover
    # The officer has left since, the post has ended, and nobody sends a file of cover.
    over = (Cover("tm-gone", "gone", day("2026-10-26"), day("2026-10-30")),)
    without = {name: text for name, text in files().items() if name != "cover.csv"}
    assert read(without, over, TODAY).cover == over
