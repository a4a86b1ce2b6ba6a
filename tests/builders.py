"""A made-up council, and challenges told as stories: for tests that read like the procedure.

    case = raised(Stage.ONE, "2026-11-02 10:00")          # Ira raises it; Tam is asked at once
    case.until("2026-11-10 09:00")                        # the clock wakes it as often as it asks
    case.does(CAS, Reply(case.request.number, Answer.RESOLVED, "The visit took place."))
    assert case.standing is Standing.IRO_TO_DECIDE

Everything runs in the domain only. Time passes as the executions let it pass: the challenge is
decided at each moment that ``wake_at`` names. Only the sending of emails is simplified: whoever
``notices`` says to ask, and when, is served right then, unless ``case.post_works`` is false.
Moments are written as local time, "2026-11-02 10:00".
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from domain.acting import carry_out
from domain.challenge import AgreedAction, Challenge, Owner, Question, Request, with_request
from domain.council import Council
from domain.decide import decide, wake_at
from domain.directory import Cover, Directory, Officer, Post
from domain.events import CLOCK, INTERFACE, Actor, Event, Fact
from domain.fold import apply, read
from domain.form import Child, Concern
from domain.ladder import Role, Stage
from domain.moments import LOCAL
from domain.notices import Notice, notices, told_in_the_morning
from domain.part import Command, Hand, Other
from domain.people import capacities, capacities_of
from domain.permissions import acts
from domain.procedure import Procedure
from domain.reference import tidied
from domain.rules.considering import DoNotRefer
from domain.rules.entry import Raised, as_raiser
from domain.rules.filing import PlaceOnFile, to_place
from domain.rules.qap import first_facts
from domain.rules.serving import Served
from domain.vocabulary import Capacity, Letter, Purpose, Standing
from domain.working_days import WorkingDays

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = [
    "ADA",
    "ANNIE",
    "AUDLEY",
    "BANK_HOLIDAYS",
    "CAS",
    "DAILY",
    "DANA",
    "DELIA",
    "HEDY",
    "IRA",
    "IVO",
    "LENA",
    "LEO",
    "NEIL",
    "NORTH",
    "NOT_REFERRED",
    "SANDY",
    "SARA",
    "SENNA",
    "SOUTH",
    "TAM",
    "TOM",
    "WIN",
    "WYN",
    "Case",
    "an_action",
    "calendar",
    "council",
    "day",
    "directory",
    "moment",
    "raised",
    "with_lawyers",
]

BANK_HOLIDAYS = Path(__file__).parents[1] / "functions" / "data" / "bank_holidays.json"

NORTH, SOUTH = "North Sample Team", "South Sample Team"

#: The officers, by id. Each holds one post; TOM and WIN are in the southern team.
IRA, IVO = "ira", "ivo"
SARA, SENNA = "sara", "senna"
WYN, TAM, CAS, HEDY, ADA = "wyn", "tam", "cas", "hedy", "ada"
WIN, TOM = "win", "tom"
ANNIE = "annie"
AUDLEY, DANA = "audley", "dana"

#: The IRO has considered a referral to Cafcass (rule 10).
NOT_REFERRED = DoNotRefer("None so far.", "The manager can decide it.")

#: How somebody hears of an event: by a line of their daily email.
DAILY = "daily"

_OFFICERS = {
    IRA: "Ira Sample-One",
    IVO: "Ivo Sample-Two",
    SARA: "Sara Sample-Three",
    SENNA: "Senna Sample-Four",
    WYN: "Wyn Sample-Five",
    WIN: "Win Sample-Six",
    TAM: "Tam Sample-Seven",
    TOM: "Tom Sample-Eight",
    CAS: "Cas Sample-Nine",
    HEDY: "Hedy Sample-Ten",
    ADA: "Ada Sample-Eleven",
    ANNIE: "Annie Sample-Twelve",
    AUDLEY: "Audley Sample-Thirteen",
    DANA: "Dana Sample-Fourteen",
}

_POSTS = (
    Post("iro-one", Role.IRO, (), IRA),
    Post("iro-two", Role.IRO, (), IVO),
    Post("srsm", Role.SRSM, (), SARA),
    Post("senior", Role.SENIOR_IRO_MANAGER, (), SENNA),
    Post("sw-north", Role.SOCIAL_WORKER, (NORTH,), WYN),
    Post("sw-south", Role.SOCIAL_WORKER, (SOUTH,), WIN),
    Post("tm-north", Role.TEAM_MANAGER, (NORTH,), TAM),
    Post("tm-south", Role.TEAM_MANAGER, (SOUTH,), TOM),
    Post("csm", Role.CHILDRENS_SERVICE_MANAGER, (NORTH, SOUTH), CAS),
    Post("hos", Role.HEAD_OF_SERVICE, (), HEDY),
    Post("ad", Role.ASSISTANT_DIRECTOR, (), ADA),
    Post("analyst", Role.PERFORMANCE_ANALYST, (), ANNIE),
    Post("auditor", Role.AUDITOR, (), AUDLEY),
    Post("dpo", Role.DATA_PROTECTION_OFFICER, (), DANA),
)

#: Those whom legal advice brings in (rule 11): lawyers, and who is briefed. Not in every directory.
LENA, LEO, NEIL, SANDY, DELIA = "lena", "leo", "neil", "sandy", "delia"

_LEGAL = (
    Post("legal", Role.LEGAL_TEAM, (), LENA),
    Post("legal-2", Role.LEGAL_TEAM, (), LEO),
    Post("neighbour", Role.NEIGHBOUR_LAWYER, (), NEIL),
    Post("safer", Role.SAFER_PARTNERSHIPS, (), SANDY),
    Post("director", Role.DIRECTOR, (), DELIA),
)

_Fact = TypeVar("_Fact")


def moment(text: str) -> datetime:
    """Return the moment, in UTC, of a local time like ``2026-11-02 10:00`` (or with seconds)."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def day(text: str) -> date:
    """Return ``2026-11-02`` as a date."""
    return date.fromisoformat(text)


def calendar(not_worked: Mapping[date, str] | None = None) -> WorkingDays:
    """Return the shipped calendar, with a council's own closure days."""
    data = json.loads(BANK_HOLIDAYS.read_text(encoding="utf-8"))
    days = {day(text): name for text, name in data["days"].items()}
    return WorkingDays({**days, **(not_worked or {})}, data["first_year"], data["last_year"])


def directory(*cover: Cover, **holders: str | None) -> Directory:
    """Return the directory, with covers and other post holders (``tm_north=None``: vacant)."""
    held = {id_.replace("_", "-"): holder for id_, holder in holders.items()}
    posts = (replace(p, holder=held[p.id]) if p.id in held else p for p in _POSTS)
    officers = {
        id_: Officer(id_, name, f"{id_}@council.example") for id_, name in _OFFICERS.items()
    }
    return Directory(officers, {post.id: post for post in posts}, cover)


def with_lawyers(people: Directory, *, besides: Collection[str] = ()) -> Directory:
    """Return the directory with lawyers and those who are briefed, ``besides`` posts of these."""
    officers = {
        id_: Officer(id_, f"{id_.capitalize()} Sample", f"{id_}@council.example")
        for id_ in (LENA, LEO, NEIL, SANDY, DELIA)
    }
    posts = {post.id: post for post in _LEGAL if post.id not in besides}
    return replace(
        people, officers={**people.officers, **officers}, posts={**people.posts, **posts}
    )


def council(procedure: Procedure | None = None, people: Directory | None = None) -> Council:
    """Return the council, as the service would build it from these settings."""
    procedure = procedure or Procedure()
    return Council(calendar(procedure.not_worked), procedure, people or directory())


def an_action(what: str = "Apply to the panel", by: str = "2026-11-12") -> AgreedAction:
    """Return an action that Wyn promised to do by the end of ``by``."""
    called = f"Wyn Sample-Five, Social Worker, {NORTH}"
    return AgreedAction(what, called, day(by), Owner(WYN))


class Case:
    """One challenge at one moment. Each step lets the clock act first.

    ``went_on`` is the new challenge once it was reopened.
    """

    def __init__(self, challenge: Challenge, now: datetime, of: Council) -> None:
        """Start from the challenge as it is at ``now``; ``of`` is its council."""
        self.challenge = challenge
        self.now = now
        self.council = of
        self.post_works = True
        self.done: list[Command] = []
        self.went_on: Case | None = None

    # What is there ---------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """Return the local day of the moment."""
        return self.now.astimezone(LOCAL).date()

    @property
    def request(self) -> Request:
        """Return the present request."""
        return self.challenge.request

    @property
    def standing(self) -> Standing:
        """Return the rung on which the challenge waits."""
        return self.challenge.standing

    @property
    def due(self) -> date:
        """Return the day by whose end the present request has to be answered."""
        return self.request.deadline.day

    @property
    def asks(self) -> tuple[tuple[str, date], ...]:
        """Return what named people have been asked to decide: (purpose's name, day due) pairs.

        What has to be placed on the child's file is in ``files``.
        """
        return tuple((q.purpose.name, q.deadline.day) for q in self.questions)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return the open questions, but whether to refer to Cafcass and what is in ``files``.

        These are asked beside everything else, at formal entry and at each change of stage.
        """
        beside = (Purpose.CONSIDER_CAFCASS, Purpose.REFER_OR_SAY_WHY)
        return tuple(
            one
            for one in self.challenge.questions
            if one.purpose not in beside and one not in to_place(self.challenge)
        )

    @property
    def files(self) -> tuple[tuple[str, date], ...]:
        """Return what has to be placed on the child's file (rule 20), as in ``asks``."""
        return tuple((q.purpose.name, q.deadline.day) for q in to_place(self.challenge))

    def events(self, kind: type[Fact]) -> list[Event]:
        """Return the events of this kind of fact, oldest first."""
        return [event for event in self.challenge.events if isinstance(event.fact, kind)]

    def facts(self, kind: type[_Fact]) -> list[_Fact]:
        """Return the facts of this kind, oldest first."""
        return [event.fact for event in self.challenge.events if isinstance(event.fact, kind)]

    def the(self, kind: type[_Fact]) -> _Fact:
        """Return the one fact of this kind; fail unless there is exactly one."""
        (fact,) = self.facts(kind)
        return fact

    def acts(self, officer: str) -> set[type[Command]]:
        """Return what ``officer`` may do now."""
        today = self.now.astimezone(LOCAL).date()
        return set(
            acts(
                capacities(self.challenge, officer, self.council, today),
                self.challenge,
                self.council,
            )
        )

    def letters(self, kind: type[Fact]) -> dict[str, Letter]:
        """Return who gets which email about the last event of this kind: officer's id → email."""
        number = self.events(kind)[-1].number
        return {n.officer.id: n.letter for n in self._notices() if n.event.number == number}

    def hears(self, kind: type[Fact]) -> dict[str, str]:
        """Return who hears how of the last event of this kind: officer's id → email or "daily".

        "daily" is a line of the daily email, all others are emails of their own.
        """
        number = self.events(kind)[-1].number
        news = told_in_the_morning(self.challenge, self.now, self.council, number - 1)
        daily = {id_: DAILY for one in news if one.event.number == number for id_ in one.officers}
        return {**daily, **self.letters(kind)}

    def letters_go_out(self, kind: type[Fact]) -> datetime:
        """Return the moment before which no email about the last event of this kind is sent."""
        number = self.events(kind)[-1].number
        (when,) = {n.not_before for n in self._notices() if n.event.number == number}
        return when

    def wakes(self) -> datetime | None:
        """Return when the challenge next asks to be decided."""
        return wake_at(self.challenge, self.now, self.council)

    # What happens ----------------------------------------------------------------------------

    def does(
        self,
        officer: str,
        command: Command,
        at: str | None = None,
        via: str = "page",
        other: Case | None = None,
    ) -> Case:
        """Let ``officer`` do this, on a page, at ``at`` (local time; default: now).

        ``other`` is the challenge with the reference that the command names.
        """
        if at:
            self.until(at)
        self._decide()
        today = self.now.astimezone(LOCAL).date()
        who = capacities(self.challenge, officer, self.council, today)
        name = self.council.directory.officers[officer].name
        actor = Actor(officer, name, ", ".join(sorted(who)), via)
        hand = Hand(actor, who, self.now, self.council, self._other(command, other))
        facts = carry_out(command, self.challenge, hand)
        there = tuple(command.there(self.challenge, hand)) if hand.other else ()
        self.done.append(command)
        for fact in facts:
            self._record(fact, actor, self.now, f"command-{len(self.done)}")
        if there and command.raises and hand.other:
            first = Event(1, there[0], actor, self.now, self.now, "reopened")
            other = self.went_on = Case(read(hand.other.reference, [first]), self.now, self.council)
            there = there[1:]
        if other:
            for fact in there:
                other._record(fact, actor, self.now, "from-another")
            other._settle()
        self._settle()
        return self

    def _other(self, command: Command, other: Case | None) -> Other | None:
        """Return the other challenge that a command raises or names, as the service finds it."""
        if command.raises:
            return Other("PCE-4T6W-8YZ2", self.council)
        if other is None or tidied(command.names()) != other.challenge.reference:
            return None
        other.until(f"{self.now.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}")
        return Other(other.challenge.reference, other.council, other.challenge)

    def files_it(self) -> Case:
        """Let the IRO and the SRSM place on the child's file what they are asked to (rule 20)."""
        for question in to_place(self.challenge):
            who = self.challenge.iro if question.whose is Capacity.IRO else SARA
            self.does(who, PlaceOnFile())
        return self

    def case_system_places(self, up_to: int) -> Case:
        """Let the case system say that everything up to this event is on the child's file."""
        self._decide()
        actor = Actor("", "The case system", "through case-system", INTERFACE)
        who = capacities_of(self.challenge, actor, self.council, self.today)
        hand = Hand(actor, who, self.now, self.council)
        for fact in carry_out(PlaceOnFile(up_to), self.challenge, hand):
            self._record(fact, actor, self.now, f"placed-case-system-{up_to}")
        self._settle()
        return self

    def until(self, at: str, wakes: Callable[[datetime], datetime] = lambda wake: wake) -> Case:
        """Let time pass until ``at``, waking whenever the challenge asks for it.

        ``wakes`` returns when a wake is really processed (never earlier than asked).
        """
        end = moment(at)
        while (wake := self.wakes()) is not None and wakes(wake) <= end:
            self.now = max(self.now, wakes(wake))
            self._settle()
        self.now = end
        self._settle()
        return self

    def sleep_until(self, at: str) -> Case:
        """Let time pass with nothing running, and decide once at ``at``. Nothing is served."""
        self.now = moment(at)
        self._decide()
        return self

    def records(self, fact: Fact, by: Actor = CLOCK) -> Case:
        """Record the result of an email (``Served``, ``Bounced``, …) now, or what ``by`` did."""
        self._record(fact, by, self.now, f"post-{self.challenge.version}")
        self._settle()
        return self

    def leaves_words(self, *numbers: int) -> Case:
        """Leave only the words of the owners of these agreed actions of the present reply.

        That is what records from before 2026-11.9 have.
        """
        agreed = tuple(
            replace(one, who=None) if number in numbers else one
            for number, one in enumerate(self.request.agreed, start=1)
        )
        self.challenge = with_request(self.challenge, self.request.number, agreed=agreed)
        return self

    def _settle(self) -> None:
        """Process one waking: decide, serve whoever is to be asked by now, decide again."""
        self._decide()
        if self.post_works:
            self._serve()
            self._decide()

    def _decide(self) -> None:
        decision = decide(self.challenge, self.now, self.council, "clock")
        self.challenge = decision.challenge

    def _serve(self) -> None:
        request = self.request
        for notice in list(self._notices()):
            asks = notice.letter is Letter.PLEASE_REPLY and notice.event.number == request.event
            reached = request.served | request.bounced
            if asks and notice.not_before <= self.now and notice.officer.id not in reached:
                fact = Served(request.number, notice.officer.id)
                self._record(fact, CLOCK, self.now, f"post-{self.challenge.version}")

    def _notices(self) -> list[Notice]:
        return list(notices(self.challenge, self.now, self.council))

    def _record(self, fact: Fact, actor: Actor, effective: datetime, command: str) -> None:
        number = self.challenge.version + 1
        event = Event(number, fact, actor, effective, self.now, command)
        self.challenge = apply(self.challenge, event)


def asks_about_dates(case: Case) -> tuple[tuple[str, date], ...]:
    """Return ``Case.asks`` without the question whether the stages fit into the days left."""
    return tuple(one for one in case.asks if one[0] != "STAGES_DO_NOT_FIT")


def raised(
    entry: Stage = Stage.ONE,
    at: str | datetime = "2026-11-02 10:00",
    of: Council | None = None,
    *,
    served: bool = True,
    via: str = "page",
    by: str = IRA,
    reference: str = "PCE-7K3M-9QXT",
    case_id: str = "SAMPLE-0001",
    **form_says: object,
) -> Case:
    """Let Ira raise a challenge about a child of the northern team at ``entry``, and serve it.

    With ``served=False`` no email is sent until ``case.post_works`` is set. ``by`` types it for
    Ira. ``form_says`` are other fields of the form.
    """
    of = of or council()
    now = moment(at) if isinstance(at, str) else at
    child = Child(case_id, "S.S.", "Sample Sampleson", date(2015, 5, 5), NORTH)
    concern = Concern(
        "drift in permanence",
        "The panel's date was missed twice.",
        "A panel date that is kept.",
        (now + timedelta(days=30)).date(),
    )
    form = Raised(
        child=child,
        iro=IRA,
        social_worker="sw-north",
        entry=entry,
        entry_reason="It cannot wait, and can be decided here." if entry.formal else "",
        concerns=(concern,),
        tried="Spoke with the social worker on the phone.",
        views="Wants to know where home will be.",
        procedure=of.procedure.version,
    )
    form = replace(form, **form_says)  # type: ignore[arg-type]  # the names are the fields'
    actor = Actor(by, _OFFICERS[by], as_raiser(IRA, by, of), via)
    challenge = read(reference, [Event(1, form, actor, now, now, "raise")])
    hand = Hand(actor, frozenset({Capacity.IRO}), now, of)
    for number, fact in enumerate(first_facts(challenge, hand), start=2):
        challenge = apply(challenge, Event(number, fact, actor, now, now, "raise"))
    case = Case(challenge, now, of)
    case.post_works = served
    case._settle()
    return case
