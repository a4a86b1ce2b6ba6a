"""Meetings (rule 12) and the Director (rule 14), from the page to the email and the record."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

from icalendar import Calendar

from domain.agreed import AgreedAction
from domain.challenge import Owner
from domain.ladder import Stage
from domain.rules.accepting import AcceptActions
from domain.rules.replies import Answer, Reply
from handlers.pages.acts.meetings import _time
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service


def _day(name: str, day: int) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": "11", f"{name}-year": "2026"}


def test_a_meeting_is_arranged_held_and_its_actions_sent(service: Service) -> None:
    reference = service.raise_at(Stage.THREE)
    srsm, at = Visitor(service, "srsm"), f"/challenges/{reference}"
    form = srsm.get(f"{at}/arrange-meeting").form()
    wrong = form.fill({**_day("day", 4), "time": "half two", "where": ""}).press()
    assert {*wrong.errors} == {"#time", "#where"}
    right = {"time": "2:30pm", "where": "Marigoldroomtext"}
    assert "arranged a meeting: Wednesday 4 November 2026 at 2:30pm" in (
        wrong.form().fill(right).press().text
    )
    mail = service.mails("hos")[-1]
    assert mail.subject.startswith("Please attend a meeting on Wednesday 4 November 2026 at 2:30pm")
    message = message_from_bytes(mail.raw, policy=default)
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    (entry,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert entry["summary"] == f"Meeting: {reference}, Stage 3"
    assert b"Marigold" not in mail.raw

    yes = {"senior": "yes", "reason": "It is grave."}
    assert "is chaired by" in srsm.get(f"{at}/consider-chair").form().fill(yes).press().text
    held = {
        **_day("day", 2),
        "words": "Marigoldmeetingtext",
        "action-1-what": "Marigoldactiontext",
        "action-1-owner": "tm-north",
        **_day("action-1-by", 12),
    }
    page = srsm.get(f"{at}/record-meeting").form().fill(held).press()
    assert "1 action was agreed" in page.text
    beside = AgreedAction("Beside it", "Willow", date(2026, 11, 12), Owner("sw-n1"))
    service.act(reference, "hos", Reply(1, Answer.ACTIONS, "We will.", (beside,)))
    service.act(reference, "iro-1", AcceptActions("Good."))
    page = srsm.get(f"{at}/send-actions")
    assert "Marigoldactiontext" in page.text
    assert "Beside it" not in page.text, "the meeting did not agree it"
    page = page.form().press()
    assert "sent the actions agreed at the meeting of Monday 2 November 2026" in page.text
    assert "Open the challenge" in service.mails("csm")[-1].text
    assert b"Marigold" not in b"".join(one.raw for one in service.mails("csm"))


def test_an_assistant_director_informs_the_director_and_records_a_discussion(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.FOUR)
    director, at = Visitor(service, "ad"), f"/challenges/{reference}"
    page = director.get(f"{at}/inform-director").form().press()
    assert "informed the Director of Children’s Services" in page.text
    said = {"with_whom": "The IRO", "means": "by phone", **_day("day", 2), "words": "Marigoldtext"}
    page = director.get(f"{at}/discussion").form().fill(said).press()
    assert "recorded a discussion by phone on Monday 2 November 2026" in page.text
    assert "Marigoldtext" in Visitor(service, "srsm").get(at).text


def test_a_time_of_day_is_read_only_where_it_can_be_one_alone() -> None:
    read = {text: _time(text) for text in ("2:30pm", "2.30 PM", "14:30", "09:15", "12am", "12pm")}
    assert [str(found) for found in read.values()] == [
        *("14:30:00", "14:30:00", "14:30:00", "09:15:00", "00:00:00", "12:00:00"),
    ]
    assert [_time(text) for text in ("", "2:30", "14", "25:00", "13pm", "10:75")] == [None] * 6
