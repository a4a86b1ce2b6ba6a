"""What the pages of all acts share: the scene, the page's shape, and pieces of forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from domain.events import Actor
from domain.ladder import Role
from domain.moments import local_day
from domain.part import Hand
from domain.rules.endings import ChildTold
from domain.rules.lateness import days_in_words
from domain.rules.life import has_died
from domain.rules.stepping_in import decides_in_place
from domain.tasks import is_theirs, tasks
from domain.values import Value, value
from domain.vocabulary import Capacity, Purpose
from handlers import dates
from handlers.form_fields import IN_CONFIDENCE, Surroundings, WrongAnswersError
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from domain.challenge import Action, ActionState, Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event, Fact
    from domain.form import Child
    from domain.identifying import Part as Piece
    from domain.part import Command

__all__ = [
    "ON_A_REPLY",
    "ActPage",
    "Confirm",
    "Scene",
    "asks",
    "discussed",
    "nothing_more",
    "read_child",
    "read_told",
    "reason",
    "reply_to_decide_on",
    "said",
    "team_options",
    "told",
    "who_still_replies",
    "words",
    "worker_options",
    "you_or",
]


@value
class Scene(Value):
    """Who is looking at which challenge, when (``now``, UTC), and the council as it is then.

    ``until`` is the number of the event that moved the child, if they read no further (rule 15).
    ``sees_all`` is false for those who may not see the challenge, and have only a page that stands
    alone.
    """

    challenge: Challenge
    council: Council
    officer: Officer
    capacities: frozenset[Capacity]
    now: datetime
    until: int | None = None
    sees_all: bool = True

    @property
    def today(self) -> date:
        """Return the local date."""
        return local_day(self.now)

    @property
    def is_iro(self) -> bool:
        """Return whether the IRO of the challenge is looking, or who covers for them."""
        return Capacity.IRO in self.capacities

    def officer_named(self, id_: str) -> str:
        """Return the officer's name: of one who has left, as on the record, or else their id."""
        officer = self.council.directory.officers.get(id_)
        return officer.name if officer else self.challenge.name_on_record(id_) or id_

    def since(self, form: Mapping[str, str]) -> tuple[Event, ...]:
        """Return what happened since the page was shown whose ``form`` was sent, oldest first."""
        version = form.get("seen", "")
        known = version.isascii() and version.isdigit()
        return self.challenge.events[int(version[:9]) :] if known else ()

    @property
    def hand(self) -> Hand:
        """Return what the rules need to know about who is looking."""
        actor = Actor(self.officer.id, self.officer.name, "", "page")
        return Hand(actor, self.capacities, self.now, self.council)


@value
class Confirm(Value):
    """What the page to check an act says that it could not work out by itself.

    ``title`` and ``rows`` (label, text) take the place of its own heading, and of the answers as
    they were typed; empty, they do not. ``button`` says what it does.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    button: str


@value
class ActPage(Value):
    """The page of one act, at ``/challenges/<reference>/<slug>``.

    ``guidance`` returns sentences about what will happen, ``fields`` what to ask for, and ``build``
    the command from what was read. If the act is about an agreed action, ``states`` are the states
    in which an action can be chosen, if ``theirs`` holds for it; otherwise it is empty. Once it is
    done, ``leads_to`` returns the reference of the challenge to show. An act that ``checks`` has a
    page to check it first (``handlers.pages.checking``), and so does one of which ``confirms``
    returns something: what that page says besides.

    Before it is done, words that may tell who the child is are marked: in what reply links show of
    this challenge, or where ``marks`` finds them (field → its text in parts).

    One with ``alone`` shows nothing of the challenge but what it says itself. So it opens for those
    who may see nothing but that page of it (``domain.permissions.sees_only``), and leads them there
    afterwards. One with ``elsewhere`` is the function ``advice``'s, at
    ``/advice/<reference>/<elsewhere>``. ``also`` returns the references of other challenges in
    which the same may have to be done: the page links to them. ``shows`` returns what the act puts
    on a record: each piece a label, and its text in parts. ``link_fills`` names the fields that a
    link to the form may fill in. ``done`` is the sentence about it afterwards, if its line on the
    record does not say it well; ``{stage}`` is the stage that the challenge is at then.
    ``about`` are kinds of facts: the page shows the last of each, because the act is about it.
    Whoever cannot do it now is led to ``instead``, if they can do that. ``again`` returns what it
    is called where it changes what was recorded, or nothing.
    """

    act: type[Command]
    slug: str
    button: str
    guidance: Callable[[Scene], tuple[str, ...]]
    fields: Callable[[Scene], tuple[Field, ...]]
    build: Callable[[Reading, Scene], Command]
    offered: Callable[[Scene], bool] = lambda _scene: True
    states: tuple[ActionState, ...] = ()
    theirs: Callable[[Action, Scene], bool] = lambda _action, _scene: True
    leads_to: Callable[[Challenge], str] = lambda challenge: challenge.reference
    confirms: Callable[[Command, Scene], Confirm | None] = lambda _command, _scene: None
    marks: Callable[[Command, Scene], Mapping[str, tuple[Piece, ...]]] | None = None
    checks: bool = False
    alone: str = ""
    elsewhere: str = ""
    also: Callable[[Scene], tuple[str, ...]] = lambda _scene: ()
    shows: Callable[[Scene], tuple[tuple[str, tuple[Piece, ...]], ...]] = lambda _scene: ()
    link_fills: tuple[str, ...] = ()
    done: str = ""
    about: tuple[type[Fact], ...] = ()
    instead: ActPage | None = None
    again: Callable[[Scene], str] = lambda _scene: ""

    def called(self, scene: Scene) -> str:
        """Return what doing it is called now: something else where it was done before."""
        return self.again(scene) or self.act.called

    def address(self, reference: str) -> str:
        """Return the address of the page for the challenge with this reference."""
        if self.elsewhere:
            return f"/advice/{quote(reference)}/{self.elsewhere}"
        return f"/challenges/{quote(reference)}/{quote(self.slug)}"

    def sentences(self, scene: Scene) -> tuple[str, ...]:
        """Return what the page says before its form, also whether it is in the IRO's place."""
        return (*_in_iros_place(self.act, scene), *self.guidance(scene))

    def actions(self, scene: Scene) -> tuple[Action, ...]:
        """Return the actions of the challenge that the act can be about."""
        return tuple(
            a for a in scene.challenge.actions if a.state in self.states and self.theirs(a, scene)
        )


def _in_iros_place(act: type[Command], scene: Scene) -> tuple[str, ...]:
    """Return what to know before deciding for an IRO who is late (rule 4), or nothing."""
    found = decides_in_place(act, scene.challenge, scene.hand)
    if not found:
        return ()
    question, late = found
    iro, days = scene.officer_named(scene.challenge.iro), days_in_words(late)
    senior = Capacity.SENIOR_IRO_MANAGER not in scene.capacities
    told = f"{iro} and the Senior IRO Manager are" if senior else f"{iro} is"
    return (
        (
            f"You do this in the place of {iro}, {days} after the date to "
            f"{question.purpose.in_words}. The record says so, and {told} told at once."
        ),
    )


#: What somebody decides with the reply before them: the IRO, or the SRSM whom they asked.
ON_A_REPLY = {Purpose.DECIDE, Purpose.ACCEPT_BEYOND}


def reply_to_decide_on(scene: Scene) -> Event | None:
    """Return the reply that somebody has to decide on; ``None`` if nobody has to."""
    asked = {task.purpose for task in tasks(scene.challenge, scene.council)}
    return None if asked.isdisjoint(ON_A_REPLY) else scene.challenge.request.answer


def you_or(who: Capacity, scene: Scene) -> str:
    """Return ``you`` to a reader who has this capacity, and to others what it is called."""
    return "you" if who in scene.capacities else str(who)


def who_still_replies(scene: Scene) -> str:
    """Return that an act is no reply, so that ``you still have to reply``, or whoever is asked."""
    reader = scene.officer.id, scene.challenge, scene.council, scene.today
    asked = (one for one in tasks(scene.challenge, scene.council) if one.purpose is Purpose.REPLY)
    if any(is_theirs(one, *reader) for one in asked):
        return "you still have to reply"
    return "whoever is asked to reply still has to"


def said(*sentences: str) -> Callable[[Scene], tuple[str, ...]]:
    """Return the guidance of an act that says the same for every challenge."""
    return lambda _scene: sentences


def asks(*fields: Field) -> Callable[[Scene], tuple[Field, ...]]:
    """Return the fields of an act that asks the same for every challenge."""
    return lambda _scene: fields


def reason(label: str, hint: str = "", *, by_link: bool = False) -> Field:
    """Return the field for a reason; ``by_link`` where reply links show it."""
    return Field("reason", Kind.WORDS, label, hint, by_link=by_link)


def team_options(scene: Scene) -> tuple[Option, ...]:
    """Return the council's teams to choose from."""
    return tuple(Option(team, team) for team in scene.council.directory.teams)


def worker_options(scene: Scene) -> tuple[Option, ...]:
    """Return the social workers to choose from, by the ids of their posts, grouped by team."""
    directory = scene.council.directory
    return tuple(
        Option(
            post.id,
            " and ".join(person.name for person in directory.people(post.id, scene.today))
            or f"Vacant post ({post.id})",
            group=team,
        )
        for team in directory.teams
        for post in directory.posts_of(Role.SOCIAL_WORKER, team)
    )


def read_child(read: Reading, scene: Scene, instead: Child) -> Child:
    """Return the details of a child, checked as when a challenge is raised.

    If any has to be corrected, those of ``instead`` take their place, with the team that was typed.
    """
    from handlers.forms import ChildForm

    texts = {name: read.form.get(name, "") for name in ("case_id", "initials", "name")}
    born = {box: read.form.get(f"date_of_birth-{box}", "") for box in dates.BOXES}
    team = read.form.get("team", "")
    try:
        form = ChildForm.checked(
            {**texts, "date_of_birth": born}, Surroundings(scene.today, scene.council)
        )
    except WrongAnswersError as error:
        for name, sentence in error.problems.items():
            read.problems.setdefault(name, f"{sentence}.")
        return replace(instead, team=team)
    return form.child(team)


def words(label: str, hint: str = "", *, by_link: bool = False) -> Field:
    """Return the field for words; ``by_link`` where reply links show them."""
    return Field("words", Kind.WORDS, label, hint, by_link=by_link)


def discussed(name: str, scene: Scene, hint: str = "") -> Field:
    """Return the field for what IRO and SRSM discussed about a missed date (rule 2)."""
    other = "the Safeguarding & Review Service Manager" if scene.is_iro else "the IRO"
    label = f"What did you discuss with {other}, and when?"
    return Field(name, Kind.WORDS, label, hint, readers=IN_CONFIDENCE)


#: Rule 16: when a challenge ends, the IRO is asked whether and how the child was told.
_TOLD = (
    Field(
        "child_told",
        Kind.RADIOS,
        "Was the child told how this ended?",
        options=(
            Option(ChildTold.YES, "Yes"),
            Option(ChildTold.NOT_YET, "Not yet"),
            Option(ChildTold.NO, "No, and they will not be"),
        ),
    ),
    Field("how_told", Kind.WORDS, "How were they told, or why not?", "Not needed for “not yet”."),
)


def told(scene: Scene) -> tuple[Field, ...]:
    """Return the fields about telling the child. Of a child who has died nothing is asked."""
    return () if has_died(scene.challenge) else _TOLD


def read_told(read: Reading, scene: Scene) -> dict[str, Any]:
    """Return whether and how the child was told, as it was read."""
    if has_died(scene.challenge):
        return {"child_told": ChildTold.NOT_ASKED, "how_told": ""}
    ask = "Choose whether the child was told."
    told = read.choice("child_told", ChildTold, ChildTold.NOT_YET, ask)
    return {"child_told": told, "how_told": read.words("how_told")}


def nothing_more(scene: Scene) -> str:
    """Return what is still possible after the end, and who is asked about the child."""
    who, are = ("you", "are") if scene.is_iro else ("the IRO", "is")
    kept = (
        f"The record is kept. Notes, corrections and late replies are still taken, and {who} can "
        "reopen it."
    )
    if has_died(scene.challenge):
        return kept
    return f"{kept} If the child is not told yet, {who} {are} asked again."
