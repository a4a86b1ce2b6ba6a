"""Stories in which people do random things they may do, and things happen: seeded, so repeatable.

    for case in walk(7):  # the case after each step
        assert case.wakes() is None or case.wakes() > case.now

A story ends only in its last steps: after its end nothing can go wrong any more.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from domain.challenge import AgreedAction, Owner
from domain.directory import Cover, Post
from domain.errors import AlreadyAnsweredError, BadSubmissionError, NotAllowedError
from domain.fold import read
from domain.form import (
    Answered,
    Before,
    ChildsRights,
    Concern,
    FromReview,
    GoodPractice,
    Urgency,
    Way,
)
from domain.ladder import FORMAL_STAGES, Role, Stage
from domain.moments import LOCAL, local_day
from domain.people import people_asked
from domain.privileged import Sealed
from domain.procedure import OnNoReply, Procedure
from domain.rulebook import COMMANDS
from domain.rules.absence import (
    Absence,
    SayNoCoverNeeded,
    Sign,
    absences,
    facts_of_absence,
)
from domain.rules.accepting import AcceptActions
from domain.rules.actions import (
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SayNotResolved,
    SendBackAction,
)
from domain.rules.appointing import AgreeToAnotherIro, AppointIro, ObjectToIro
from domain.rules.asking_to_accept import AskToAccept, DeclineToAccept
from domain.rules.briefing import Brief, ConfirmDirector
from domain.rules.cafcass import (
    AskCafcass,
    CafcassAnswer,
    RecordCafcassAnswer,
    RecordJudicialReview,
    ReferToCafcass,
)
from domain.rules.childs_rights import RecordChildsRights
from domain.rules.considering import DoNotRefer, FindUnresolved
from domain.rules.corrections import Correct
from domain.rules.deciding import AskAgain, GiveView
from domain.rules.director import InformDirector
from domain.rules.discussions import Means, RecordConversation
from domain.rules.endings import (
    ActionEnd,
    ActionFate,
    ChildTold,
    Close,
    RecordChildTold,
    Resolve,
)
from domain.rules.escalating import Escalate
from domain.rules.filing import PlaceOnFile
from domain.rules.history import OpenHistory
from domain.rules.holds import AgreeHold, EndHold, ProposeHold
from domain.rules.impact import Impact, RecordImpact
from domain.rules.legal import (
    AskForAdvice,
    GiveAdvice,
    NameLawyer,
    OpenAdvice,
    SayConflict,
    SayManagerConflict,
    SayNoAdviceNeeded,
)
from domain.rules.letters_to_child import WriteToChild
from domain.rules.life import LifeChange, RecordLifeChange, SayHowToGoOn
from domain.rules.meetings import (
    ArrangeMeeting,
    CancelMeeting,
    ChangeMeeting,
    ConsiderChair,
    RecordMeeting,
    SendActions,
    meetings,
)
from domain.rules.missed_actions import NoNewDate
from domain.rules.moving import MoveChild
from domain.rules.notes import WriteNote
from domain.rules.owners import NameOwner
from domain.rules.period import StayOnLadder
from domain.rules.posts import Reassign, SayNotMine
from domain.rules.reopening import AcceptLateActions, GoesOn, Reopen, ended_actions, late_actions
from domain.rules.replies import Answer, Reply
from domain.rules.revising import (
    DecideObjection,
    Object,
    ReviseDeadline,
    objectable,
    objections,
    revisable,
)
from domain.rules.sealing import (
    AgreeToSeal,
    AskToSeal,
    CheckLooks,
    CheckTexts,
    DeclineToSeal,
    RightChild,
)
from domain.rules.serving import (
    Bounced,
    Delivery,
    NotServed,
    NotServedCause,
    facts_of_delivery,
)
from domain.rules.skipping import ChooseSkip
from domain.rules.supervision import DiscussInSupervision
from domain.rules.timescales import (
    ConfirmDate,
    DeclineDate,
    ProposeDate,
    RecordDiscussion,
    SetNewDate,
    missed,
    unconfirmed,
)
from domain.rules.urgency import RecordContact
from domain.vocabulary import Outcome
from tests.builders import (
    CAS,
    IRA,
    IVO,
    NEIL,
    NORTH,
    SARA,
    SENNA,
    SOUTH,
    TOM,
    WIN,
    WYN,
    Case,
    council,
    directory,
    moment,
    raised,
    with_lawyers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Directory
    from domain.form import Child
    from domain.part import Command
    from domain.rules.revising import Dated

__all__ = ["walk"]

STEPS = 30

#: Where the child can move: team and social worker.
AREAS = ((NORTH, "sw-north"), (SOUTH, "sw-south"))

#: Owners of actions: two officers, one of whom leaves in some stories, two posts, and outside.
OWNERS = (
    *(Owner(WYN), Owner(WIN), Owner("csm"), Owner("tm-north")),
    Owner(name="Jo Sample", organisation="Sample School"),
)

#: From this step on a story may also end.
MAY_END = 24

#: How often a story tries what it has to end with.
TRIES = 14

#: In one of so many stories nobody does anything for some months at the end.
LONG_ONES = 4
MONTHS = timedelta(days=100)

#: Each story of so many begins with a late reply, whose actions are accepted after the end, and no
#: others before it. The one after it begins with a last stage at which nobody can be reached, the
#: next with one person who is asked at two stages running. One begins with an agreed action, and is
#: reopened, another with a referral to Cafcass, another with a meeting.
LATE = 20

#: Each story of so many ends with what changed for the child, asked so long after it was resolved.
ASKED_LATER = 12
WEEKS = timedelta(days=45)

#: With what such stories end.
AT_LAST: dict[int, tuple[type[Command], ...]] = {
    0: (Close, AcceptLateActions),
    5: (Close, Reopen),
}

#: In one of so many stories a post changes hands at each step of so many. Its chance is its own, so
#: that the other stories stay as they are.
HANDS = 7

#: What is to be placed on the child's file is placed at each step of so many, with a chance of its
#: own as well.
FILES = 6

ENDS = {Close, Resolve, RecordChildTold}

#: A story of so many ends with a record that is sealed; the next one's is not sealed in the end.
SEALED = 8

#: What only those stories do: elsewhere it would end most of them.
OF_SEALING = {AskToSeal, AgreeToSeal, DeclineToSeal, CheckTexts, CheckLooks}

#: What is nearly always possible, but leads away from what is under way: tried less often.
SELDOM = {
    *(AgreeToAnotherIro, AppointIro, AskAgain, Correct, Escalate, GiveUpAction, GiveView),
    DiscussInSupervision,
    *(ArrangeMeeting, CancelMeeting, ChangeMeeting, RecordMeeting),
    *(InformDirector, RecordChildsRights, RecordConversation, ReviseDeadline, WriteNote),
}
#: What happens beside the ladder: its chance is its own, so that the others stay as they are.
BESIDE: set[type[Command]] = {
    *(AskToAccept, DeclineToAccept),
    *(RecordImpact, RecordLifeChange, SayHowToGoOn, WriteToChild),
}
#: In every so many steps something happens beside the ladder.
BESIDES = 4
#: What is possible in few stories.
POSSIBLE_SELDOM = {
    *(AcceptLateActions, ConfirmDate, DecideObjection, DeclineDate, NoNewDate, Object),
    SayNoCoverNeeded,
    *(AskToAccept, DeclineToAccept, RecordImpact, SayHowToGoOn),
}

#: What only some stories have, so that the others stay as they are: legal advice and the briefing.
LEGAL = {
    *(AskForAdvice, SayNoAdviceNeeded, SayConflict, NameLawyer, GiveAdvice, OpenAdvice),
    *(SayManagerConflict, Brief, ConfirmDirector),
}
#: Each story of so many has a step of it at each of its first steps, in this order. First a lawyer
#: of the council advises, then there is a conflict of interest.
ADVISED = 4
LEGAL_STEPS: tuple[type[Command] | Command, ...] = (
    *(SayNoAdviceNeeded, AskForAdvice, SayConflict(conflict=False), Brief, GiveAdvice),
    *(SayConflict(conflict=True), AskForAdvice, NameLawyer, SayManagerConflict, ConfirmDirector),
    *(SayNoAdviceNeeded, GiveAdvice, OpenAdvice, Brief),
)

REFUSED = (AlreadyAnsweredError, BadSubmissionError, NotAllowedError)


def walk(seed: int) -> Iterator[Case]:
    """Tell the story of this seed, and yield its case after each step."""
    by_chance = Random(seed)
    case = a_story(by_chance)
    BEGINS.get(seed % LATE, lambda _case: None)(case)
    never: set[type[Command]] = {PlaceOnFile, OpenHistory, *LEGAL, *OF_SEALING}
    never |= set() if seed % LATE else {AcceptActions}
    never |= OF_CAFCASS if seed % LATE != WITH_CAFCASS else set()
    for step in range(STEPS):
        if seed % LATE == ADVISED and step < len(LEGAL_STEPS):
            advice_is_sought(case, LEGAL_STEPS[step], Random(seed + step))
        happens = by_chance.random()
        if happens < 0.5:
            not_yet = ENDS if step < MAY_END else set()
            somebody_acts(case, by_chance, never | BESIDE | not_yet)
        elif happens < 0.91:
            time_passes(case, by_chance)
        else:
            unforeseen = [
                *(a_holiday_is_proclaimed, a_letter_comes_back, win_leaves),
                a_program_replies,
            ]
            by_chance.choice(unforeseen)(case, by_chance)
        with_a_chance_of_its_own(case, seed, step)
        yield case
        case = goes_on(case)
    if last_acts := AT_LAST.get(seed % LATE):
        # What is drawn may be refused, so each is tried until it is done.
        for act in last_acts * TRIES:
            if act in case.acts(case.challenge.iro):
                with suppress(*REFUSED):
                    case.does(case.challenge.iro, way_to(act, case, by_chance))
                yield case
        yield goes_on(case)
    yield from may_be_about_the_wrong_child(case, seed)
    case = goes_on(case)
    if seed % LONG_ONES == 0:
        end = (case.now + MONTHS).astimezone(LOCAL).replace(tzinfo=None)
        yield case.until(end.isoformat(" ", "seconds"))
    if seed % LATE == ASKED_LATER:
        good = GoodPractice("She came weekly.", "They trust her.")
        begun = (Stage.QAP, case.now, case.council)
        yield raised(*begun, way=Way.GOOD_PRACTICE, concerns=(), good_practice=good)
    yield from what_changed_is_asked(case, seed)
    yield from a_cover_looks_back(case, seed)


def what_changed_is_asked(case: Case, seed: int) -> Iterator[Case]:
    """At the end of some stories, let the IRO resolve it, and say weeks later what changed."""
    if seed % LATE != ASKED_LATER:
        return
    by_chance = Random(seed)
    for act in (Resolve, RecordChildTold) * TRIES:
        if act in case.acts(case.challenge.iro):
            with suppress(*REFUSED):
                case.does(case.challenge.iro, way_to(act, case, by_chance))
        the_file_is_kept(case, by_chance)
    yield case
    end = (case.now + WEEKS).astimezone(LOCAL).replace(tzinfo=None)
    yield case.until(end.isoformat(" ", "seconds"))
    if RecordImpact in case.acts(case.challenge.iro):
        yield case.does(case.challenge.iro, way_to(RecordImpact, case, by_chance))


def a_cover_looks_back(case: Case, seed: int) -> Iterator[Case]:
    """At the end, let who covers for the IRO open the child's history (rule 25), if somebody does.

    Nothing comes after it, so the other stories stay as they are.
    """
    able = [one for one in sorted(case.council.directory.officers) if OpenHistory in case.acts(one)]
    for officer in able[:1]:
        yield case.does(officer, way_to(OpenHistory, case, Random(seed)))


def with_a_chance_of_its_own(case: Case, seed: int, step: int) -> None:
    """Let a post change hands, or the child's file be kept, at some steps."""
    if seed % HANDS == 0 and step % HANDS == 0:
        a_post_changes_hands(case, Random(seed + step))
    if step % FILES == FILES - 1:
        the_file_is_kept(case, Random(seed + step))
    if (seed + step) % BESIDES == 0:
        somebody_acts(case, Random(seed + step), set(COMMANDS) - BESIDE)


def may_be_about_the_wrong_child(case: Case, seed: int) -> Iterator[Case]:
    """In some stories, let its IRO say so, and the Senior IRO Manager decide on it."""
    if seed % LATE not in (SEALED, SEALED + 1):
        return
    by_chance, agrees = Random(seed), seed % LATE == SEALED
    first, *rest = case.challenge.events
    linked = replace(first.fact, siblings=("PCE-2B3C-4D5E",))  # type: ignore[call-arg]  # its form
    case.challenge = read(case.challenge.reference, [replace(first, fact=linked), *rest])
    for act in (AskToSeal, AgreeToSeal if agrees else DeclineToSeal, CheckLooks):
        able = [one for one in sorted(case.council.directory.officers) if act in case.acts(one)]
        if able:
            yield case.does(able[0], way_to(act, case, by_chance))
    new = goes_on(case)
    yield new
    if CheckTexts in new.acts(new.challenge.iro):
        new.does(new.challenge.iro, way_to(CheckTexts, new, by_chance))
    yield new


def goes_on(case: Case) -> Case:
    """Return the challenge with which the story goes on: the new one, if it was reopened."""
    again = case.went_on
    if again is None:
        return case
    again.done = case.done
    return again


def ways(case: Case, by_chance: Random) -> dict[type[Command], Callable[[], Command]]:
    """Return a way to do each act, with values that fit most of the time."""
    request = case.request.number
    action = by_chance.randint(1, max(1, len(case.challenge.actions)))

    def a_day() -> date:
        later = local_day(case.now) + timedelta(days=by_chance.choice([0, 1, 3, 9, 40]))
        return case.council.calendar.on_or_after(later)

    def a_key(which: Callable[[Challenge], tuple[Dated, ...]]) -> str:
        return by_chance.choice([one.key for one in which(case.challenge)])

    def a_new_date() -> Command:
        key = by_chance.choice([one.key for one in missed(case.challenge)])
        return SetNewDate(key, a_day(), "Illness.", "On the phone.", "It is promised.")

    def unconfirmed_date() -> str:
        return by_chance.choice([one.key for one in unconfirmed(case.challenge)])

    def reply() -> Command:
        answer = by_chance.choice([*Answer, Answer.ACTIONS])
        owner = by_chance.choice([*OWNERS, Owner(WYN), Owner(WIN), Owner(IRA)])
        agreed = (AgreedAction("Visit", "Wyn Sample-Five", a_day(), owner),)
        actions = agreed * by_chance.randint(1, 2) if answer is Answer.ACTIONS else ()
        return Reply(request, answer, "So.", actions)

    def ends() -> tuple[ActionEnd, ...]:
        handed = ActionEnd(0, ActionFate.HANDED, review=a_day())
        ways = (ActionEnd(0, ActionFate.DROPPED, "Not needed."), handed)
        return tuple(
            replace(by_chance.choice(ways), action=one.number)
            for one in case.challenge.open_actions
        )

    def again() -> tuple[Stage, str, Child, str, tuple[GoesOn, ...]]:
        old = case.challenge.raised
        goes_on = tuple(
            GoesOn(one.number, by_chance.random() < 0.7) for one in ended_actions(case.challenge)
        )
        stage = by_chance.choice(list(Stage))
        return stage, "It came back.", old.child, old.social_worker, goes_on

    late = late_actions(case.challenge)
    met = meetings(case.challenge)
    number = by_chance.randint(1, len(met)) if met else 0
    of_meeting = (case.now + timedelta(days=2), 60, "Room 1", SARA, (IRA, "hedy"))

    def a_meeting_held() -> Command:
        agreed = (AgreedAction("Visit", "", a_day(), Owner(WYN)),) * by_chance.randint(0, 1)
        return RecordMeeting(number, local_day(case.now), SARA, "All.", "So it is.", agreed)

    def to_seal() -> Command:
        old = case.challenge.raised
        stage = by_chance.choice(list(FORMAL_STAGES))
        child = replace(old.child, case_id="CASE-7", team=SOUTH)
        words = ("It is urgent.", old.concerns, "A call.", "Not known.")
        return AskToSeal("The wrong twin.", RightChild(child, "sw-south", stage, *words))

    return {
        AskToSeal: to_seal,
        AgreeToSeal: AgreeToSeal,
        DeclineToSeal: lambda: DeclineToSeal("It is this child."),
        CheckTexts: lambda: CheckTexts("All is right."),
        CheckLooks: lambda: CheckLooks("The team was told."),
        Reopen: lambda: Reopen(*again()),
        AcceptLateActions: lambda: AcceptLateActions(late[0].event, *again()),
        Correct: lambda: Correct(by_chance.randint(1, case.challenge.version), "It was Monday."),
        Reply: reply,
        SayNotMine: lambda: SayNotMine(request, "Not my team."),
        Escalate: lambda: Escalate(by_chance.choice(list(Stage)), "It is urgent."),
        AcceptActions: lambda: AcceptActions("", by_chance.choice([0, 0, 1, request])),
        AskToAccept: lambda: AskToAccept("The panel sits then."),
        DeclineToAccept: lambda: DeclineToAccept("It cannot wait."),
        AskAgain: lambda: AskAgain("What of the visit?", by_chance.randint(1, 7)),
        MoveChild: lambda: MoveChild(*by_chance.choice(AREAS), by_chance.random() < 0.5),
        Reassign: lambda: Reassign(by_chance.choice(["tm-south", "csm", "hos"]), "Theirs."),
        GiveView: lambda: GiveView(by_chance.random() < 0.5, "As I see it."),
        ReportAction: lambda: ReportAction(action, "The minutes."),
        NameOwner: lambda: NameOwner(action, by_chance.choice(OWNERS), "They moved."),
        ConfirmAction: lambda: ConfirmAction(action),
        SendBackAction: lambda: SendBackAction(action, "It cannot be seen."),
        SayNotResolved: lambda: SayNotResolved("The child still waits."),
        NoNewDate: lambda: NoNewDate(action, "The panel does not sit."),
        GiveUpAction: lambda: GiveUpAction(action, "Not needed."),
        ProposeDate: lambda: ProposeDate(action, a_day(), "Illness."),
        SetNewDate: a_new_date,
        ConfirmDate: lambda: ConfirmDate(unconfirmed_date()),
        DeclineDate: lambda: DeclineDate(unconfirmed_date(), "It cannot wait."),
        RecordDiscussion: lambda: RecordDiscussion("On the phone."),
        ReviseDeadline: lambda: ReviseDeadline(a_day(), "The panel sits.", a_key(revisable)),
        DecideObjection: lambda: DecideObjection(
            by_chance.choice(objections(case.challenge)).what, by_chance.random() < 0.5, "So."
        ),
        SayNoCoverNeeded: lambda: SayNoCoverNeeded(
            by_chance.choice([*absences(case.challenge), TOM]), "They are back."
        ),
        ProposeHold: lambda: ProposeHold(by_chance.randint(1, 5), "The panel."),
        AgreeHold: AgreeHold,
        EndHold: EndHold,
        Object: lambda: Object("The child cannot wait.", a_key(objectable)),
        ChooseSkip: lambda: ChooseSkip(by_chance.random() < 0.5, "She was asked."),
        StayOnLadder: lambda: StayOnLadder("The next manager knows the child."),
        InformDirector: InformDirector,
        DiscussInSupervision: lambda: DiscussInSupervision(by_chance.choice([IRA, WYN, "tam"])),
        ArrangeMeeting: lambda: ArrangeMeeting(*of_meeting),
        ChangeMeeting: lambda: ChangeMeeting(number, *of_meeting, "Illness."),
        CancelMeeting: lambda: CancelMeeting(number, "Illness."),
        ConsiderChair: lambda: ConsiderChair(number, by_chance.random() < 0.5, "It is grave."),
        RecordMeeting: a_meeting_held,
        SendActions: lambda: SendActions(number),
        RecordConversation: lambda: RecordConversation(
            "The manager.", by_chance.choice([*Means]), local_day(case.now), "It is urgent."
        ),
        WriteNote: lambda: WriteNote("It is urgent."),
        AgreeToAnotherIro: lambda: AgreeToAnotherIro("Leave."),
        ObjectToIro: lambda: ObjectToIro("I know this child."),
        AppointIro: lambda: AppointIro(by_chance.choice([IRA, IVO]), "Leave."),
        PlaceOnFile: PlaceOnFile,
        OpenHistory: lambda: OpenHistory("I chair the next review."),
        RecordContact: lambda: RecordContact("The duty team.", local_day(case.now), "4pm"),
        ReferToCafcass: lambda: ReferToCafcass(
            "The plan drifts.",
            "The Head of Service, since May.",
            local_day(case.now),
            "Secure email",
            "A named officer of Cafcass",
        ),
        DoNotRefer: lambda: DoNotRefer("None so far.", "The manager can decide it."),
        FindUnresolved: lambda: FindUnresolved("The child still waits."),
        AskCafcass: lambda: AskCafcass("They are on it."),
        RecordCafcassAnswer: lambda: RecordCafcassAnswer(
            by_chance.choice(list(CafcassAnswer)), local_day(case.now), "So they say."
        ),
        RecordJudicialReview: lambda: RecordJudicialReview(local_day(case.now), "It was heard."),
        AskForAdvice: lambda: AskForAdvice(Sealed(1, "a" * 64)),
        SayNoAdviceNeeded: SayNoAdviceNeeded,
        SayConflict: lambda: SayConflict(by_chance.random() < 0.5),
        NameLawyer: lambda: NameLawyer(NEIL),
        GiveAdvice: lambda: GiveAdvice(Sealed(2, "b" * 64)),
        SayManagerConflict: lambda: SayManagerConflict(SARA),
        OpenAdvice: lambda: OpenAdvice(by_chance.choice([IVO, SARA])),
        Brief: lambda: Brief("The placement ends."),
        ConfirmDirector: ConfirmDirector,
        RecordChildsRights: lambda: RecordChildsRights(a_childs_rights(by_chance)),
        RecordLifeChange: lambda: RecordLifeChange(
            by_chance.choice([*LifeChange]),
            local_day(case.now),
            by_chance.choice(["", "", "", "So."]),
        ),
        RecordImpact: lambda: RecordImpact(by_chance.choice([*Impact]), "Seen."),
        WriteToChild: lambda: WriteToChild("Dear Sample,"),
        SayHowToGoOn: lambda: SayHowToGoOn("The plan is still not kept."),
        RecordChildTold: lambda: RecordChildTold(ChildTold.YES, "At the visit."),
        Resolve: lambda: Resolve("It was done.", ChildTold.NOT_YET, ends=ends()),
        Close: lambda: Close(
            by_chance.choice(list(Outcome)), "So it is.", ChildTold.NOT_YET, ends=ends()
        ),
    }


def a_childs_rights(by_chance: Random) -> ChildsRights:
    """Return what a child knows and who helps them, in most stories not all of it yet."""

    def answer() -> Answered:
        return by_chance.choice([Answered.YES, Answered.NOT_YET, Answered.NO])

    return ChildsRights(answer(), answer(), answer(), answer(), why="Too young.")


def way_to(act: type[Command], case: Case, by_chance: Random) -> Command:
    """A command of the kind ``act``."""
    way = ways(case, by_chance).get(act)
    assert way, f"add a way to do {act.__name__} to `ways` in tests/walk.py"
    return way()


def _sorted(acts: set[type[Command]]) -> list[type[Command]]:
    return sorted(acts, key=lambda act: act.__name__)


def _weight(act: type[Command]) -> int:
    """How likely it is tried: what is possible in few stories is tried whenever it is."""
    return 60 if act in POSSIBLE_SELDOM else 1 if act in SELDOM else 4


def somebody_acts(case: Case, by_chance: Random, besides: set[type[Command]]) -> None:
    """Let someone try what they may do, but ``besides``; a refusal changes nothing."""
    left = set(COMMANDS) - besides
    officers = sorted(case.council.directory.officers)
    chances = [(act, o) for o in officers for act in _sorted(case.acts(o) & left)]
    if not chances:
        return
    found = _sorted({act for act, _ in chances})
    (act,) = by_chance.choices(found, [_weight(act) for act in found])
    officer = by_chance.choice([o for a, o in chances if a is act])
    version = case.challenge.version
    try:
        case.does(officer, way_to(act, case, by_chance))
    except REFUSED:
        assert case.challenge.version == version


def advice_is_sought(case: Case, step: type[Command] | Command, by_chance: Random) -> None:
    """Let somebody do this ``step`` of legal advice who may; a refusal changes nothing."""
    act = step if isinstance(step, type) else type(step)
    able = [
        officer for officer in sorted(case.council.directory.officers) if act in case.acts(officer)
    ]
    if able:
        command = way_to(act, case, by_chance) if isinstance(step, type) else step
        with suppress(*REFUSED):
            case.does(by_chance.choice(able), command)


def time_passes(case: Case, by_chance: Random) -> None:
    """Let minutes or days pass, with wakes processed on time, hours late, or days late."""
    late = timedelta(hours=by_chance.choice([0, 0, 7, 50]))
    span = timedelta(hours=by_chance.choice([0.1, 5, 24, 100]))

    def processed(wake: datetime) -> datetime:
        return wake + late

    end = (case.now + span).astimezone(LOCAL).replace(tzinfo=None)
    case.until(end.isoformat(" ", "seconds"), wakes=processed)


def a_holiday_is_proclaimed(case: Case, by_chance: Random) -> None:
    """Make a day of the next weeks a bank holiday, and tell the challenge."""
    off = local_day(case.now) + timedelta(days=by_chance.randint(1, 14))
    calendar = case.council.calendar.extended({off: "Proclaimed"})
    case.council = replace(case.council, calendar=calendar)
    case._settle()


def win_leaves(case: Case, _by_chance: Random) -> None:
    """Let the social worker of another team leave, who may own an action."""
    people = case.council.directory
    left = {id_: one for id_, one in people.officers.items() if id_ != WIN}
    case.council = replace(case.council, directory=replace(people, officers=left))
    case._settle()


def a_letter_comes_back(case: Case, by_chance: Random) -> None:
    """Let the request bounce from someone it was served on; if from the last, nobody was asked."""
    number, served = case.request.number, sorted(case.request.served)
    if not case.challenge.open or not served:
        return
    case.records(Bounced(number, by_chance.choice(served)))
    if case.challenge.awaiting_reply and not case.request.served:
        by = case.council.within(case.council.procedure.name_somebody_within, case.now)
        case.records(NotServed(number, NotServedCause.BOUNCED, by))


def a_program_replies(case: Case, by_chance: Random) -> None:
    """Let somebody be away who was asked, for some days or nobody knows how long."""
    officer = by_chance.choice(sorted(case.request.served) or [TOM])
    back = local_day(case.now) + timedelta(days=by_chance.randint(0, 20))
    days = (None, by_chance.choice([None, back]))
    seen = [Absence(officer, case.now, by_chance.choice(list(Sign)), *days, SARA)]
    for fact, _ in facts_of_absence(case.challenge, seen, case.now, case.council):
        case.records(fact)
    people, today = case.council.directory, local_day(case.now)
    for post in people.posts.values():
        if post.holder in absences(case.challenge) and by_chance.random() < 0.5:
            last = today + timedelta(days=by_chance.randint(1, 14))
            cover = Cover(post.id, TOM, today, last)
            people = replace(people, cover=(*people.cover, cover))
    case.council = replace(case.council, directory=people)
    case._settle()


def a_post_changes_hands(case: Case, by_chance: Random) -> None:
    """Let a post fall vacant or be held again, or be covered for some days to come.

    The emails then tell whether anybody is left who was asked.
    """
    people, today = case.council.directory, local_day(case.now)
    post = people.posts[by_chance.choice(["tm-north", "csm", "hos", "ad", "srsm"])]
    if by_chance.random() < 0.5:
        held = replace(post, holder=None if post.holder else directory().posts[post.id].holder)
        people = replace(people, posts={**people.posts, post.id: held})
    elif post.holder and post.id != "srsm":
        first = today + timedelta(days=by_chance.randint(0, 3))
        cover = Cover(post.id, TOM, first, first + timedelta(days=by_chance.randint(0, 9)))
        people = replace(people, cover=(*people.cover, cover))
    case.council = replace(case.council, directory=people)
    asked = {
        one.id
        for id_ in case.request.posts
        for one in people_asked(case.challenge, id_, case.council, today)
    }
    emails = [
        Delivery(one, case.now if one in asked else None, sent_at=case.now)
        for one in sorted(case.request.served)
    ]
    for fact, _ in list(facts_of_delivery(case.challenge, emails, case.now, case.council)):
        case.records(fact)
    case._settle()


def the_file_is_kept(case: Case, by_chance: Random) -> None:
    """Let most of those who are asked to place something on the child's file do so."""
    for officer in sorted(case.council.directory.officers):
        if PlaceOnFile in case.acts(officer) and by_chance.random() < 0.7:
            case.does(officer, way_to(PlaceOnFile, case, by_chance))


def a_late_reply_comes(case: Case) -> None:
    """Let the first stage pass in silence, and be answered late, with an action.

    Where the challenge has not moved up by itself, the IRO moves it.
    """
    number, served = case.request.number, sorted(case.request.served)
    agreed = AgreedAction(
        "Visit", "Wyn Sample-Five", case.council.calendar.add(case.due, 30), Owner(WYN)
    )
    case.until(f"{case.council.calendar.add(case.due, 1)} 12:00")
    later = case.council.ladder.after(case.challenge.stage)
    if later and case.request.number == number:
        case.does(case.challenge.iro, Escalate(later[0], "Nobody answers."))
    if served:
        with suppress(*REFUSED):
            case.does(served[0], Reply(number, Answer.ACTIONS, "So.", (agreed,)))


def nobody_is_at_the_top(case: Case) -> None:
    """Let the last stage be asked of a vacant post, then of the Director's, and end unresolved."""
    people = case.council.directory
    vacant = replace(people.posts["ad"], holder=None)
    posts = {id_: post for id_, post in people.posts.items() if post.role is not Role.DIRECTOR}
    posts |= {"ad": vacant, "dcs": Post("dcs", Role.DIRECTOR, (), None)}
    case.council = replace(case.council, directory=replace(people, posts=posts))
    if case.challenge.open:
        with suppress(*REFUSED):
            case.does(case.challenge.iro, Escalate(Stage.FOUR, "It is urgent."))
        case.until(f"{case.council.calendar.add(local_day(case.now), 12)} 12:00")


def one_person_is_on_two_rungs(case: Case) -> None:
    """Let one person be asked at stages 1 to 3, and the IRO choose to skip the next."""
    people = case.council.directory
    same = {id_: replace(people.posts[id_], holder=CAS) for id_ in ("tm-north", "csm", "hos")}
    case.council = replace(case.council, directory=replace(people, posts={**people.posts, **same}))
    if case.challenge.open:
        for command in (Escalate(Stage.ONE, "It is urgent."), ChooseSkip(skip=True, reason="So.")):
            with suppress(*REFUSED):
                case.does(case.challenge.iro, command)


def the_iro_leaves(case: Case) -> None:
    """Let the IRO leave, come back, and leave again: somebody else may be appointed."""
    here = case.council.directory
    gone = replace(here.posts["iro-one"], holder=None)
    away = replace(here, posts={**here.posts, "iro-one": gone})
    for people in (away, here, away):
        case.council = replace(case.council, directory=people)
        case._settle()


#: How some of the stories begin.
def it_waits_for_cafcass(case: Case) -> None:
    """Let the last stage end without a reply, and the IRO refer to Cafcass."""
    if not case.challenge.open:
        return
    if case.challenge.stage is not Stage.FOUR:
        case.does(case.challenge.iro, Escalate(Stage.FOUR, "It is urgent."))
    iro, by_chance = case.challenge.iro, Random(0)

    def does(*acts: type[Command]) -> None:
        for act in acts:
            with suppress(*REFUSED):
                case.does(iro, way_to(act, case, by_chance))

    does(DoNotRefer, ReferToCafcass)
    end = (case.now + timedelta(days=20)).astimezone(LOCAL).replace(tzinfo=None)
    case.until(end.isoformat(" ", "seconds"))
    for officer in sorted(case.request.served)[:1]:
        with suppress(*REFUSED):
            case.does(officer, Reply(case.request.number, Answer.CHALLENGED, "It is as it is."))
    does(FindUnresolved, AskCafcass, RecordCafcassAnswer, RecordJudicialReview, ReferToCafcass)


def actions_are_agreed(case: Case) -> None:
    """Let somebody who is asked agree to an action, and the IRO accept it."""
    days = case.council.calendar.add(local_day(case.now), 60)
    agreed = (AgreedAction("Visit", "Wyn Sample-Five", days, Owner(WYN)),)
    for officer in sorted(case.request.served)[:1]:
        with suppress(*REFUSED):
            case.does(officer, Reply(case.request.number, Answer.ACTIONS, "So.", agreed))
            case.does(case.challenge.iro, AcceptActions("", 0))


#: What only the stories of this number have, so that the others stay as they are: Cafcass.
WITH_CAFCASS = 4
OF_CAFCASS: set[type[Command]] = {
    *(AskCafcass, DoNotRefer, FindUnresolved, RecordCafcassAnswer),
    *(RecordJudicialReview, ReferToCafcass),
}


def an_action_is_done_and_not_enough(case: Case) -> None:
    """Let an agreed action be done beside the next stage, and the IRO say that it is not enough."""
    actions_are_agreed(case)
    later, iro = case.council.ladder.after(case.challenge.stage), case.challenge.iro
    if not later or not case.challenge.actions:
        return
    with suppress(*REFUSED):
        case.does(iro, Escalate(later[0], "The child still waits."))
        case.does(WYN, ReportAction(1, "The minutes."))
        case.does(iro, ConfirmAction(1))
        case.does(iro, SayNotResolved("The child still waits."))


def they_meet(case: Case) -> None:
    """Let a meeting be arranged at stage 2, and stage 3 begin before its time has passed."""
    iro, at = case.challenge.iro, case.now + timedelta(days=2)
    meet = ArrangeMeeting(at, 60, "Room 1", SARA, (IRA, "hedy"))
    urgent = "It is urgent."
    for command in (Escalate(Stage.TWO, urgent), meet, Escalate(Stage.THREE, urgent)):
        with suppress(*REFUSED):
            case.does(iro, command)
    case.until((at + timedelta(hours=3)).astimezone(LOCAL).replace(tzinfo=None).isoformat(" "))


BEGINS = {
    0: a_late_reply_comes,
    1: nobody_is_at_the_top,
    2: one_person_is_on_two_rungs,
    3: the_iro_leaves,
    4: it_waits_for_cafcass,
    5: actions_are_agreed,
    6: an_action_is_done_and_not_enough,
    13: they_meet,
}


def a_council(by_chance: Random) -> Directory:
    """Return a council: complete, or with a gap, a cover, or one person in two posts."""
    always = (date(2026, 1, 1), date(2028, 1, 1))
    people = by_chance.choice(
        [
            directory(),
            directory(tm_north=None),
            directory(srsm=IRA),
            directory(Cover("iro-one", IVO, *always)),
            directory(Cover("iro-one", SARA, *always)),
            directory(Cover("srsm", SENNA, *always)),
        ]
    )
    return with_lawyers(people)


def a_story(by_chance: Random) -> Case:
    """Raise a challenge of some stage, day, hour and setting, in a council that may have gaps."""
    setting = Procedure(
        on_no_reply=by_chance.choice(list(OnNoReply)), cut_off_hour=by_chance.choice([None, 15])
    )
    month, date_, hour = (
        by_chance.randint(1, 12),
        by_chance.randint(1, 28),
        by_chance.randint(3, 23),
    )
    at = f"2026-{month:02}-{date_:02} {hour:02}:30"
    entry, of = by_chance.choice(list(Stage)), council(setting, a_council(by_chance))
    says = what_the_form_says(moment(at).date(), of)
    case = raised(entry if "way" not in says else Stage.QAP, at, of, **says)  # type: ignore[arg-type]  # the names are the form's
    if not case.challenge.open:
        return case
    if by_chance.random() < 0.3:
        actions_are_accepted(case, by_chance)
    return case


def what_the_form_says(day: date, of: Council) -> dict[str, object]:
    """Return what few forms say, for a challenge raised on ``day``: its chance is its own.

    So the other stories stay as they are.
    """
    by_chance = Random(day.toordinal())
    limit = day + timedelta(days=by_chance.randint(0, 60))
    urgent = Urgency(limit, "The placement ends.", at_risk=by_chance.random() < 0.5)
    before = Before("By phone.", *(True, True, False), "Away.", ChildTold.NOT_YET, "So.")
    action = AgreedAction("Visit", "Wyn", of.calendar.add(day, by_chance.randint(1, 9)), Owner(WYN))
    says: list[dict[str, object]] = [
        {},
        {"urgency": urgent},
        {"way": Way.RESOLVED, "before": before},
        {"way": Way.ACTIONS, "from_review": FromReview((action,), "With both.")},
    ]
    said = by_chance.choices(says, [16, 3, 1, 1])[0]
    wanted = day + timedelta(days=by_chance.choice([0, 3, 30, 30]))
    return {**said, "concerns": (Concern("placement", "It ends.", "Another.", wanted),)}


def actions_are_accepted(case: Case, by_chance: Random) -> None:
    """Let whoever is asked agree an action, and the IRO accept it, and perhaps move up.

    Otherwise few stories would come far enough for an action to be followed.
    """
    by = case.council.calendar.add(local_day(case.now), by_chance.choice([1, 3]))
    action = AgreedAction("Visit", "", by, Owner(by_chance.choice([WYN, WYN, WIN])))
    steps: list[Command] = [Reply(1, Answer.ACTIONS, "So.", (action,)), AcceptActions()]
    steps += [Escalate(by_chance.choice(list(Stage)), "It is urgent.")] * by_chance.randint(0, 1)
    for command in steps:
        able = [o for o in case.council.directory.officers if type(command) in case.acts(o)]
        with suppress(*REFUSED):
            case.does(by_chance.choice(able or [IRA]), command)
