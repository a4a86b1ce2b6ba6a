"""A challenge keeps to the version of the procedure that it was raised under."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from adapters.errors import SettingsError
from adapters.settings import read_procedure
from domain.errors import UnknownProcedureError
from domain.procedure import OF_TODAY, OnNoReply, Procedure, ReplyLinks

if TYPE_CHECKING:
    from pathlib import Path

TWO_VERSIONS = """
version = "2"
on_no_reply = "ask"
reply_links = "link and sign-in"
cut_off_hour = 17

[closure_days]
2026-12-29 = "Closed"

[earlier.1]
decide_at_least = 3
"""


def read(tmp_path: Path, text: str) -> Procedure:
    """Return the procedure in a file with this text."""
    file = tmp_path / "procedure.toml"
    file.write_text(text)
    return read_procedure(str(file))


def test_the_version_in_force_is_todays_for_a_challenge_that_was_raised_under_it(
    tmp_path: Path,
) -> None:
    procedure = read(tmp_path, TWO_VERSIONS)
    assert procedure.under("2") is procedure
    assert procedure.on_no_reply is OnNoReply.ASK


def test_an_earlier_version_has_its_own_settings_and_the_defaults_of_what_it_left_out(
    tmp_path: Path,
) -> None:
    earlier = read(tmp_path, TWO_VERSIONS).under("1")
    assert (earlier.version, earlier.decide_at_least) == ("1", 3)
    assert earlier.on_no_reply is OnNoReply.ESCALATE
    assert earlier.cut_off_hour is None


def test_how_safe_the_doors_are_and_which_days_are_worked_is_todays_for_every_challenge(
    tmp_path: Path,
) -> None:
    procedure = read(tmp_path, TWO_VERSIONS)
    earlier = procedure.under("1")
    assert earlier.reply_links is ReplyLinks.LINK_AND_SIGN_IN
    assert earlier.not_worked == procedure.not_worked
    same = {name: getattr(earlier, name) == getattr(procedure, name) for name in OF_TODAY}
    assert all(same.values()), same


def test_every_setting_is_either_kept_or_todays() -> None:
    """A misspelt name in the list would keep the old setting without anybody wanting that."""
    assert set(OF_TODAY) < {field.name for field in fields(Procedure)}


def test_a_version_that_the_settings_lack_is_named_and_how_to_put_it_back(tmp_path: Path) -> None:
    procedure = read(tmp_path, TWO_VERSIONS)
    with pytest.raises(UnknownProcedureError, match=r"no version 0 .* hold: 2, 1.*\[earlier\.0\]"):
        procedure.under("0")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('version = "2"\n[earlier.2]\n', "raise version"),
        ('version = "2"\n[earlier.1]\nreply_links = "link"\n', r"earlier\.1\.reply_links"),
        ('version = "2"\n[earlier.1]\nversion = "1"\n', r"earlier\.1\.version"),
        ('version = "2"\n[earlier.1]\ndecide_at_lest = 3\n', r"earlier\.1\.decide_at_lest"),
        ('version = "2"\n[earlier.1.earlier.0]\n', r"earlier\.1\.earlier"),
        ("decide_at_lest = 3\n", "decide_at_lest"),
        ("earlier = 1\n", "earlier has to be a table"),
        ('version = "2"\n[earlier]\n1 = 3\n', r"earlier\.1 has to be a table"),
        ('bank_holidays = "x"\n', "bank_holidays has to be a table of days"),
        ('closure_days = ["2026-12-29"]\n', "closure_days has to be a table of days"),
        ('[bank_holidays]\nsoon = "A day"\n', r"bank_holidays\.soon has to be a day"),
        ("[bank_holidays]\n2027-06-04 = 1\n", r"bank_holidays\.2027-06-04 is 1"),
        ("[bank_holidays.2027-06-04]\n", r"bank_holidays\.2027-06-04 is \{\}"),
        ("[on_no_reply]\n", r'on_no_reply is \{\}, and has to be "escalate" or "ask"'),
        ('reply_links = "x"\n', "reply_links is 'x', and has to be"),
        ("themes = [1]\n", "themes has to be a list of texts"),
        ("cut_off_hour = true\n", "cut_off_hour has to be a whole hour"),
    ],
)
def test_what_cannot_be_set_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read(tmp_path, text)
