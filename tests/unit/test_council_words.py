"""What a council can say in its own words: in one place, checked, and with sensible defaults."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.errors import SettingsError
from adapters.settings import read_procedure
from domain.words import SERVICE_NAME, TO_ENTER, Words
from infra.blueprint import FUNCTIONS_DIR, ROOT
from infra.local.demo import PROCEDURE

if TYPE_CHECKING:
    from pathlib import Path

NAMES = tuple(Words.__made_of__)
FILE = FUNCTIONS_DIR / "procedure.toml"


def read(tmp_path: Path, text: str) -> Words:
    """Return the words of a procedure file with this text."""
    file = tmp_path / "procedure.toml"
    file.write_text(text)
    return read_procedure(str(file)).words


def test_the_file_names_each_of_them_in_one_place() -> None:
    table = FILE.read_text().partition("[words]")[2].partition("\n[")[0]
    assert set(re.findall(r"^# (\w+) = ", table, re.MULTILINE)) == {*NAMES}
    assert tomllib.loads(FILE.read_text())["words"] == {}


def test_the_documents_say_where_they_are() -> None:
    assert "`[words]`" in (ROOT / "docs" / "environments.md").read_text()


def test_the_name_of_the_service_is_written_into_no_page() -> None:
    for file in (FUNCTIONS_DIR / "pages" / "templates").glob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
        assert SERVICE_NAME not in text, file.name


def test_what_is_not_entered_has_a_default_or_is_missing(tmp_path: Path) -> None:
    words = read(tmp_path, "")
    assert words.service_name == SERVICE_NAME
    assert "Article 6" in words.lawful_basis
    assert words.missing == TO_ENTER
    assert {name for name in NAMES if not getattr(words, name)} == {
        *TO_ENTER,
        "privacy_controller",
        "privacy_notice",
    }


def test_what_is_entered_is_no_longer_missing(tmp_path: Path) -> None:
    words = read(tmp_path, '[words]\ncontact = " Review team, 01234 567890 "\n')
    assert words.contact == "Review team, 01234 567890"
    assert {*words.missing} == {*TO_ENTER} - {"contact"}


def test_they_are_those_of_today_for_every_challenge(tmp_path: Path) -> None:
    file = tmp_path / "procedure.toml"
    file.write_text('version = "2"\n[words]\ncontact = "Us"\n[earlier.1]\ndecide_at_least = 3\n')
    assert read_procedure(str(file)).under("1").words.contact == "Us"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('words = "x"\n', r"words has to be a table: \[words\]"),
        ('[words]\nname = "x"\n', "words has no setting name. Known: service_name"),
        ("[words]\ncontact = 1\n", "words.contact is 1, and has to be text"),
        ('[words]\ncontact = "a\\nb"\n', "words.contact has to be one line of plain text"),
        ('[words]\ncontact = "<b>us</b>"\n', "words.contact has to be one line of plain text"),
        (f'[words]\nservice_name = "{"x" * 41}"\n', "service_name has 41 characters, and can have"),
        ('[words]\nservice_name = " "\n', "words.service_name has to be a name"),
        ('[words]\nprivacy_notice = "http://a.example"\n', "begins with https://"),
    ],
)
def test_what_cannot_be_said_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read(tmp_path, text)


def test_the_demonstration_has_nothing_left_to_enter_and_else_the_shipped_settings() -> None:
    shipped, shown = read_procedure(), read_procedure(str(PROCEDURE))
    assert shipped.words.missing
    assert not shown.words.missing
    own = ("words", "at_risk_route", "cafcass_route", "cafcass_address")
    assert replace(shown, **{name: getattr(shipped, name) for name in own}) == shipped
