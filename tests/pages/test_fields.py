"""The fields of the kit as a page shows them: choices, warnings."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag

from handlers.pages import web
from handlers.pages.kit import Field, Form, Kind, Rows


@pytest.mark.usefixtures("service")
def test_choices_are_offered_in_one_list_for_all_lines_that_have_them() -> None:
    who = Field("who", Kind.LINE, "Who", choices=("Ann", "Bob"))
    team = Field("team", Kind.LINE, "Team", choices=("Red",))
    rows = Rows("action", "Action", (who,), least=2, most=4)
    form = Form((team, rows), "/somewhere", warnings={"team": "Check this."})
    page = BeautifulSoup(_shown(form), "html.parser")
    lists = {str(one["id"]): one for one in page.find_all("datalist")}
    assert len(lists) == 2
    for name, offered in {"action-1-who": ["Ann", "Bob"], "action-2-who": ["Ann", "Bob"]}.items():
        control = page.find(id=name)
        assert isinstance(control, Tag)
        found = lists[str(control["list"])].find_all("option")
        assert [str(option["value"]) for option in found] == offered
    described = page.find(id=str(page.select("#team")[0]["aria-describedby"]))
    assert isinstance(described, Tag)
    assert described.get_text(strip=True) == "Check this."


def _shown(form: Form) -> str:
    macros = web._templates().get_template("_form.html").module
    return str(macros.the_form(form, caller=str))  # type: ignore[attr-defined]  # a macro of the template
