"""Rule 12, meetings: a formal meeting at stages 2 to 4, and the actions that it agrees.

Guidance: G56, G57, G64, G65.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

from adapters.invitations import as_calendar, invitations_for
from adapters.letters import context_for, write
from domain.challenge import ActionState
from domain.errors import BadSubmissionError, NotAllowedError
from domain.form import Child
from domain.ladder import Stage
from domain.moments import local_day
from domain.notices import notices
from domain.privileged import Sealed
from domain.rules.actions import ConfirmAction, ReportAction
from domain.rules.endings import ChildTold, Resolve
from domain.rules.legal import AskForAdvice, SayConflict
from domain.rules.meetings import (
    ActionsSent,
    ArrangeMeeting,
    CancelMeeting,
    ChairConsidered,
    ChairToBeConsidered,
    ChangeMeeting,
    ConsiderChair,
    MeetingArranged,
    MeetingCancelled,
    MeetingChanged,
    MeetingHeld,
    MeetingOver,
    RecordMeeting,
    SendActions,
    asked_to_attend,
    meetings,
    meetings_ahead,
)
from domain.rules.sealing import AgreeToSeal, AskToSeal, RightChild
from domain.tasks import is_theirs, tasks
from domain.vocabulary import Letter, Purpose
from handlers.pages.acts.meetings import ARRANGE_MEETING
from handlers.pages.owner_fields import owner_fields
from tests.builders import (
    ADA,
    AUDLEY,
    CAS,
    DAILY,
    DANA,
    HEDY,
    IRA,
    LENA,
    NEIL,
    SARA,
    SENNA,
    TAM,
    WYN,
    Case,
    an_action,
    council,
    day,
    directory,
    moment,
    raised,
    with_lawyers,
)
from tests.pages.visitor import Visitor
from tests.rules.test_rule_20_the_child_s_file import scene

if TYPE_CHECKING:
    from datetime import datetime

    from domain.events import Fact
    from tests.workflow.service import Service

AT = moment("2026-11-04 14:30")
#: Cas, Hedy and Ira meet Sara, who chairs.
MEET = ArrangeMeeting(AT, 60, "Room 1, by the school", SARA, (CAS, HEDY, IRA))
PAGE = "https://challenges.example/challenges/PCE-7K3M-9QXT"


def arranged(stage: Stage = Stage.THREE) -> Case:
    """Return a challenge raised on Monday 2 November, with a meeting on Wednesday."""
    return raised(stage).does(IRA, MEET)


def held(*, chair: str = SARA, by: str = SARA) -> Case:
    """Return it after the meeting, which agreed one action."""
    case = arranged().until("2026-11-04 16:00")
    actions = (an_action(),)
    return case.does(by, RecordMeeting(1, day("2026-11-04"), chair, "All.", "So it is.", actions))


def entries(case: Case, kind: type[Fact]) -> dict[str, Calendar]:
    """Return what the emails about the last event of this kind put into calendars."""
    number = case.events(kind)[-1].number
    sender = "Sampleshire <challenges@council.example>"
    found = {}
    for one in notices(case.challenge, case.now, case.council):
        if one.event.number == number and one.letter is Letter.MEETING:
            (entry,) = invitations_for(one, case.challenge, case.council, PAGE, training=False)
            text = as_calendar(entry, sender, one.officer.email, case.now)
            found[one.officer.id] = Calendar.from_ical(text)
    return found


def subjects(case: Case, kind: type[Fact]) -> dict[str, str]:
    """Return the subjects of the emails about the last event of this kind."""
    number = case.events(kind)[-1].number
    found = {}
    for one in notices(case.challenge, case.now, case.council):
        if one.event.number == number and one.letter is Letter.MEETING:
            context = context_for(
                *(one, case.challenge, case.council, case.now),
                link=PAGE,
                council_name="Sampleshire",
            )
            found[one.officer.id] = write(one.letter, context, training=False).subject
    return found


def begins(calendar: Calendar) -> datetime:
    """Return when the one entry of a calendar begins."""
    (entry,) = calendar.walk("VEVENT")
    found: datetime = entry.decoded("dtstart")
    return found


# Arranged ----------------------------------------------------------------------------------------


def test_at_stages_2_to_4_a_formal_meeting_may_be_held() -> None:
    for stage in Stage:
        may = {ArrangeMeeting, RecordMeeting} <= raised(stage).acts(IRA)
        assert may is (stage in (Stage.TWO, Stage.THREE, Stage.FOUR)), stage
    case = arranged()
    for officer in (SARA, SENNA):
        assert ArrangeMeeting in case.acts(officer)
    for officer in (HEDY, CAS, TAM):
        assert ArrangeMeeting not in case.acts(officer)
    with pytest.raises(NotAllowedError):
        raised(Stage.ONE).does(IRA, MEET)


def test_a_meeting_has_a_date_a_chair_attendees_and_agreed_actions() -> None:
    fact = arranged().the(MeetingArranged)
    assert (fact.at, fact.minutes, fact.chair) == (AT, 60, SARA)
    assert fact.invited == (SARA, CAS, HEDY, IRA)
    written = held().the(MeetingHeld)
    assert (written.day, written.chair, written.attended) == (day("2026-11-04"), SARA, "All.")
    assert [one.what for one in written.actions] == ["Apply to the panel"]
    wrong = ArrangeMeeting(moment("2026-11-02 09:00"), 0, " ", "nobody", ("nobody",))
    with pytest.raises(BadSubmissionError) as error:
        raised(Stage.TWO).does(IRA, wrong)
    assert {*error.value.fields} == {"day", "minutes", "where", "chair", "invited"}
    bad = RecordMeeting(9, day("2026-11-03"), "nobody", "", "", (an_action("", "2026-11-01"),))
    with pytest.raises(BadSubmissionError) as error:
        raised(Stage.TWO).does(IRA, bad)
    fields = {"meeting", "day", "chair", "attended", "words", "action-1-what", "action-1-by"}
    assert {*error.value.fields} == fields


def test_a_lawyer_with_a_conflict_of_interest_takes_no_part_in_a_meeting() -> None:
    case = raised(Stage.TWO, of=council(people=with_lawyers(directory())))
    case.does(IRA, AskForAdvice(Sealed(1, "a" * 64)))
    for meet in (replace(MEET, invited=(CAS, LENA)), replace(MEET, chair=LENA)):
        with pytest.raises(BadSubmissionError) as refused:
            (
                raised(Stage.TWO, of=case.council)
                .does(IRA, AskForAdvice(Sealed(1, "a" * 64)))
                .does(LENA, SayConflict(conflict=True))
                .does(IRA, meet)
            )
        assert {*refused.value.fields} == {"chair" if meet.chair == LENA else "invited"}
    page = scene(case, IRA)
    listed = {one.value for field in ARRANGE_MEETING.fields(page) for one in field.options}
    assert LENA in listed
    page = scene(case.does(LENA, SayConflict(conflict=True)), IRA)
    listed = {one.value for field in ARRANGE_MEETING.fields(page) for one in field.options}
    assert LENA not in listed
    assert CAS in listed
    owners = {
        one.value for field in owner_fields(case.council, page.today) for one in field.options
    }
    assert not owners & {LENA, NEIL, AUDLEY, DANA, "legal", "auditor", "dpo"}
    assert CAS in owners or "csm" in owners


def _asked(stage: Stage) -> set[str]:
    return {*asked_to_attend(raised(stage).challenge, council(), day("2026-11-02"))}


def test_the_srsm_is_asked_to_attend_at_stages_2_to_4() -> None:
    stages = [stage for stage in Stage if SARA in _asked(stage)]
    assert stages == [Stage.TWO, Stage.THREE, Stage.FOUR]


def test_the_children_s_service_manager_is_asked_to_attend_at_stages_2_and_3() -> None:
    assert [stage for stage in Stage if CAS in _asked(stage)] == [Stage.TWO, Stage.THREE]


def test_the_head_of_service_is_asked_to_attend_at_stages_3_and_4() -> None:
    assert [stage for stage in Stage if HEDY in _asked(stage)] == [Stage.THREE, Stage.FOUR]


def test_at_stages_3_and_4_the_srsm_records_whether_the_senior_iro_manager_should_chair() -> None:
    case = arranged(Stage.THREE)
    assert ("CONSIDER_CHAIR", day("2026-11-04")) in case.asks
    case.does(SARA, ConsiderChair(1, senior=True, reason="It is grave."))
    fact = case.the(ChairConsidered)
    assert (fact.senior, fact.chair) == (True, SENNA)
    assert {SENNA, CAS, HEDY, IRA} == {*case.letters(ChairConsidered)}
    (meeting,) = meetings(case.challenge)
    assert (meeting.chair, meeting.invited[0]) == (SENNA, SENNA)
    stays = arranged(Stage.FOUR).does(SARA, ConsiderChair(1, senior=False, reason="No need."))
    assert stays.the(ChairConsidered).chair == SARA
    assert not any(name == "CONSIDER_CHAIR" for name, _ in (*case.asks, *stays.asks))
    assert not any(name == "CONSIDER_CHAIR" for name, _ in arranged(Stage.TWO).asks)


def test_so_she_does_of_a_meeting_that_was_arranged_at_stage_2_once_stage_3_has_begun() -> None:
    case = raised(Stage.TWO).does(IRA, replace(MEET, at=moment("2026-11-12 14:30")))
    assert not any(name == "CONSIDER_CHAIR" for name, _ in case.asks)
    case.until("2026-11-10 10:00")
    assert case.challenge.stage is Stage.THREE
    assert ("CONSIDER_CHAIR", day("2026-11-12")) in case.asks
    assert case.hears(ChairToBeConsidered) == {SARA: DAILY}
    case.does(SARA, ConsiderChair(1, senior=True, reason="It is grave."))
    case.until("2026-11-11 10:00")
    assert len(case.facts(ChairToBeConsidered)) == 1, "it is asked once"
    over = raised(Stage.TWO).does(IRA, MEET).until("2026-11-10 10:00")
    assert not over.facts(ChairToBeConsidered), "that meeting is over"


# In calendars ------------------------------------------------------------------------------------


def test_whoever_has_to_attend_gets_an_invitation_for_their_calendar() -> None:
    case = arranged()
    found = entries(case, MeetingArranged)
    assert {SARA, CAS, HEDY} < {*found}
    assert found[CAS]["method"] == "REQUEST"
    assert begins(found[CAS]) == AT
    (entry,) = found[CAS].walk("VEVENT")
    assert entry.decoded("dtend") == AT + timedelta(hours=1)
    assert entry["attendee"] == "MAILTO:cas@council.example"
    assert entry["organizer"] == "MAILTO:challenges@council.example"


def test_an_invitation_carries_no_more_than_an_email_does() -> None:
    child = Child("CASE-998877", "Q.Z.", "Quilla Zebedee", day("2014-03-09"), "North Sample Team")
    case = raised(Stage.THREE)
    case.challenge = replace(case.challenge, raised=replace(case.challenge.raised, child=child))
    case.does(IRA, MEET)
    text = entries(case, MeetingArranged)[CAS].to_ical().decode().replace("\r\n ", "")
    assert "PCE-7K3M-9QXT" in text
    assert PAGE in text
    for never in ("Quilla", "Zebedee", "Q.Z.", "998877", "2014", "Room 1", "school"):
        assert never not in text


def test_the_challenge_s_page_says_when_and_where_a_meeting_is_and_who_attends(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.THREE)
    meet = ArrangeMeeting(moment("2026-11-04 14:30"), 60, "Marigoldroom", "srsm", ("csm", "hos"))
    service.act(reference, "iro-1", meet)
    at = f"/challenges/{reference}"
    page = Visitor(service, "hos").get(at)
    assert "Meeting: Wednesday 4 November 2026 at 2:30pm Where: Marigoldroom" in page.text
    assert "Serena Sample-Safeguard chairs it. Asked to attend: Celia Sample-Service" in page.text
    service.act(reference, "iro-1", CancelMeeting(1, "The manager is ill."))
    assert "Asked to attend" not in Visitor(service, "hos").get(at).text


def test_a_meeting_that_is_moved_or_cancelled_changes_its_entry_in_the_calendar() -> None:
    case = arranged()
    (first,) = entries(case, MeetingArranged)[CAS].walk("VEVENT")
    later = AT + timedelta(days=1)
    moved = ChangeMeeting(1, later, 60, "Room 2", SARA, (CAS, ADA), "Hedy is ill.")
    case.does(IRA, moved)
    found = entries(case, MeetingChanged)
    assert {who: one["method"] for who, one in found.items()} == {
        **dict.fromkeys((SARA, CAS, ADA), "REQUEST"),
        **dict.fromkeys((HEDY, IRA), "CANCEL"),
    }
    assert [subjects(case, MeetingChanged)[who].partition(":")[0] for who in (CAS, ADA, HEDY)] == [
        "Meeting changed, now on Thursday 5 November 2026 at 2",
        "Please attend a meeting on Thursday 5 November 2026 at 2",
        "You no longer need to attend a meeting",
    ]
    (second,) = found[CAS].walk("VEVENT")
    assert second["uid"] == first["uid"]
    assert second.decoded("sequence") > first.decoded("sequence")
    assert begins(found[CAS]) == later
    case.does(IRA, CancelMeeting(1, "It is resolved."))
    gone = entries(case, MeetingCancelled)
    assert subjects(case, MeetingCancelled)[CAS].startswith("Meeting cancelled: ")
    assert {who: one["method"] for who, one in gone.items()} == dict.fromkeys(
        (SARA, CAS, ADA), "CANCEL"
    )
    assert meetings_ahead(case.challenge) == ()


def test_whoever_arranges_a_meeting_that_they_attend_gets_its_invitation_too() -> None:
    case = arranged()
    assert case.letters(MeetingArranged) == dict.fromkeys((SARA, CAS, HEDY, IRA), Letter.MEETING)
    assert entries(case, MeetingArranged)[IRA]["method"] == "REQUEST"
    without = raised(Stage.THREE).does(SENNA, MEET)
    assert SENNA not in without.letters(MeetingArranged), "they do not go there"
    case.does(IRA, CancelMeeting(1, "It is resolved."))
    assert entries(case, MeetingCancelled)[IRA]["method"] == "CANCEL"


RESOLVED = Resolve("It is done.", ChildTold.YES, "At the visit.")


def test_when_a_challenge_ends_its_meetings_that_are_still_to_come_are_cancelled() -> None:
    case = arranged().does(IRA, RESOLVED)
    assert {who: one["method"] for who, one in entries(case, MeetingCancelled).items()} == (
        dict.fromkeys((SARA, CAS, HEDY, IRA), "CANCEL")
    )
    assert (case.the(MeetingCancelled).reason, meetings_ahead(case.challenge)) == (
        "The challenge has ended.",
        (),
    )
    past = arranged().until("2026-11-04 16:00").does(IRA, RESOLVED)
    assert past.facts(MeetingCancelled) == [], "it may have been held"
    assert CancelMeeting in past.acts(IRA)
    assert ArrangeMeeting not in past.acts(IRA)
    two = arranged().does(IRA, replace(MEET, at=AT + timedelta(days=1))).does(IRA, RESOLVED)
    (mail,) = (
        one
        for one in notices(two.challenge, two.now, two.council)
        if one.officer.id == CAS and isinstance(one.event.fact, MeetingCancelled)
    )
    found = invitations_for(mail, two.challenge, two.council, PAGE, training=False)
    assert [(one.begins, one.method) for one in found] == [
        (AT, "CANCEL"),
        (AT + timedelta(days=1), "CANCEL"),
    ], "one email for a moment, with an entry for each"
    written = context_for(
        mail, two.challenge, two.council, two.now, link="", council_name="Sampleshire"
    )
    assert "Wednesday 4 November" in written.meeting
    assert "Thursday 5 November" in written.meeting
    assert "resolved" in written.ended, "they hear of the end too"


def test_when_a_record_is_sealed_its_meetings_that_are_still_to_come_are_cancelled() -> None:
    case = arranged()
    form = case.challenge.raised
    right = RightChild(
        replace(form.child, case_id="SAMPLE-0002"),
        form.social_worker,
        Stage.ONE,
        "It is urgent.",
        form.concerns,
        form.tried,
        form.views,
    )
    case.does(IRA, AskToSeal("It is the other twin.", right)).does(SENNA, AgreeToSeal())
    told = {one.officer.id: one.letter for one in notices(case.challenge, case.now, case.council)}
    assert told == {**dict.fromkeys((SARA, CAS, HEDY, IRA), Letter.MEETING), DANA: Letter.DECIDE}
    found = entries(case, MeetingCancelled)
    assert {one["method"] for one in found.values()} == {"CANCEL"}
    (mail, *_) = (
        one for one in notices(case.challenge, case.now, case.council) if one.officer.id == CAS
    )
    written = context_for(
        mail, case.challenge, case.council, case.now, link=PAGE, council_name="Sampleshire"
    )
    assert (written.link, written.ended) == ("", "")


# Held, and sent ----------------------------------------------------------------------------------


def test_chair_or_srsm_sends_the_agreed_actions_to_all_concerned_within_1_working_day() -> None:
    case = held(by=IRA)
    assert ("SEND_ACTIONS", day("2026-11-05")) in case.asks
    assert SendActions not in case.acts(IRA)
    case.does(SARA, SendActions(1))
    concerned = (IRA, SENNA, HEDY, CAS, ADA, TAM, WYN)
    assert case.letters(ActionsSent) == dict.fromkeys(concerned, Letter.TOLD)
    assert not any(name == "SEND_ACTIONS" for name, _ in case.asks)
    chaired = held(chair=SENNA)
    (task,) = [
        one
        for one in tasks(chaired.challenge, chaired.council)
        if one.purpose is Purpose.SEND_ACTIONS
    ]
    today = local_day(chaired.now)
    assert is_theirs(task, SENNA, chaired.challenge, chaired.council, today)
    assert SendActions in chaired.acts(SENNA)
    of_hedy = held(chair=HEDY)
    assert SendActions in of_hedy.acts(SARA)
    for other in (CAS, IRA):
        with pytest.raises(NotAllowedError):
            of_hedy.does(other, SendActions(1))
    of_hedy.does(HEDY, SendActions(1))
    assert of_hedy.letters(ActionsSent)[SARA] is Letter.TOLD
    assert SendActions not in of_hedy.acts(HEDY)
    nothing = arranged().until("2026-11-04 16:00")
    nothing.does(SARA, RecordMeeting(1, day("2026-11-04"), SARA, "All.", "Nothing."))
    assert not any(name == "SEND_ACTIONS" for name, _ in nothing.asks)


def test_a_chair_sends_the_actions_of_their_own_meeting_alone() -> None:
    case = held(chair=HEDY).does(IRA, replace(MEET, at=AT + timedelta(days=1)))
    case.until("2026-11-05 16:00")
    actions = (an_action("Visit the school"),)
    case.does(SARA, RecordMeeting(2, day("2026-11-05"), SARA, "All.", "So it is.", actions))
    with pytest.raises(NotAllowedError):
        case.does(HEDY, SendActions(2))
    case.does(HEDY, SendActions(1)).does(SARA, SendActions(2))
    assert not any(name == "SEND_ACTIONS" for name, _ in case.asks)


def test_when_the_time_of_a_meeting_has_passed_the_srsm_records_it() -> None:
    case = arranged().until("2026-11-04 15:29")
    assert case.facts(MeetingOver) == []
    case.until("2026-11-04 15:31")
    assert ("RECORD_MEETING", day("2026-11-05")) in case.asks
    assert case.hears(MeetingOver) == {IRA: DAILY, SARA: DAILY}
    (task,) = [
        one for one in tasks(case.challenge, case.council) if one.purpose is Purpose.RECORD_MEETING
    ]
    assert is_theirs(task, SARA, case.challenge, case.council, case.today)
    assert not task.stops
    nothing = (day("2026-11-04"), SARA, "All.", "Nothing.")
    for command in (
        RecordMeeting(1, *nothing),
        CancelMeeting(1, "It was not held."),
        ChangeMeeting(1, AT + timedelta(days=7), 60, "Room 2", SARA, (CAS,), "Hedy was ill."),
    ):
        after = arranged().until("2026-11-04 16:00").does(IRA, command)
        assert not any(name == "RECORD_MEETING" for name, _ in after.asks), command.called
    after.until("2026-11-11 16:00")
    assert ("RECORD_MEETING", day("2026-11-12")) in after.asks, "it was moved, and is over again"
    other = case.does(SARA, RecordMeeting(0, *nothing))
    assert ("RECORD_MEETING", day("2026-11-05")) in other.asks, "that was another meeting"


def test_what_a_meeting_agreed_is_followed_as_any_other_action_is() -> None:
    case = held(by=IRA)
    (action,) = case.challenge.actions
    assert (action.state, action.deadline.day) == (ActionState.OPEN, day("2026-11-12"))
    assert case.letters(MeetingHeld)[WYN] is Letter.YOUR_ACTION
    case.does(WYN, ReportAction(1, "The panel’s letter."))
    case.does(IRA, ConfirmAction(1))
    assert case.challenge.actions[0].state is ActionState.CONFIRMED
    beyond = RecordMeeting(
        *(1, day("2026-11-04"), SARA, "All.", "So it is."), (an_action(by="2027-02-01"),)
    )
    with pytest.raises(BadSubmissionError, match="20-working-day limit"):
        held().does(IRA, beyond)
    assert held().does(SARA, beyond).challenge.actions[1].deadline.day == day("2027-02-01")


def test_a_meeting_changes_no_deadline() -> None:
    before = raised(Stage.THREE)
    case = held()
    assert case.standing is before.standing
    assert case.request == replace(before.request, reminded=case.request.reminded)
    assert case.challenge.period == before.challenge.period
    assert case.challenge.awaiting_reply
