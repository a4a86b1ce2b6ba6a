"""The acts on a challenge, as pages: one table from each act to its address, form and command.

What somebody may do is the domain's table of permissions; this table says how it is asked for.
``offered`` leaves out what the rules would refuse in any case as the challenge stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domain.challenge import Action, ActionState, AgreedAction
from domain.ladder import Stage
from domain.moments import day_in_words, local_day
from domain.permissions import acts
from domain.rules.actions import (
    AcceptActions,
    ConfirmAction,
    GiveUpAction,
    RedateAction,
    ReportAction,
)
from domain.rules.deciding import AppointIro, AskAgain, GiveView, iros_to_appoint, may_ask_again
from domain.rules.endings import ChildTold, Close, RecordChildTold, Resolve, endings
from domain.rules.escalating import Escalate
from domain.rules.holds import AgreeHold, EndHold, ProposeHold, proposal
from domain.rules.lateness import days_in_words
from domain.rules.notes import WriteNote
from domain.rules.posts import Reassign, posts_to_name
from domain.rules.revising import Object, ReviseDeadline, may_be_revised
from domain.vocabulary import Capacity, Outcome
from domain.writing import isolated
from handlers.pages.fields import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.part import Command

__all__ = ["ACT_PAGES", "ActPage", "Scene", "offers", "page_at"]


@dataclass(frozen=True)
class Scene:
    """Who looks at which challenge, when (UTC), with which council."""

    challenge: Challenge
    council: Council
    officer: Officer
    capacities: frozenset[Capacity]
    now: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return local_day(self.now)


@dataclass(frozen=True)
class ActPage:
    """The page of one act. ``/challenges/<reference>/<slug>`` is its address.

    ``guidance`` are sentences about what will happen, ``fields`` what is asked for, and ``build``
    makes the command of what was read. ``states`` are those of the actions it can be about, none
    for an act that is about no action.
    """

    act: type[Command]
    slug: str
    button: str
    guidance: Callable[[Scene], tuple[str, ...]]
    fields: Callable[[Scene], tuple[Field, ...]]
    build: Callable[[Reading, Scene], Command]
    offered: Callable[[Scene], bool] = lambda _scene: True
    states: tuple[ActionState, ...] = ()

    def actions(self, scene: Scene) -> tuple[Action, ...]:
        """The actions of the challenge that the act can be about."""
        return tuple(a for a in scene.challenge.actions if a.state in self.states)


# Pieces that several forms share ----------------------------------------------------------------


def _said(*sentences: str) -> Callable[[Scene], tuple[str, ...]]:
    return lambda _scene: sentences


def _asks(*fields: Field) -> Callable[[Scene], tuple[Field, ...]]:
    return lambda _scene: fields


def _reason(label: str, hint: str = "", *, by_link: bool = False) -> Field:
    return Field("reason", Kind.WORDS, label, hint, by_link=by_link)


def _words(label: str, hint: str = "", *, by_link: bool = False) -> Field:
    return Field("words", Kind.WORDS, label, hint, by_link=by_link)


#: Rule 16: at its end the IRO is asked whether and how the child was told.
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


def _told(read: Reading) -> dict[str, Any]:
    ask = "Choose whether the child was told."
    told = read.choice("child_told", ChildTold, ChildTold.NOT_YET, ask)
    return {"child_told": told, "how_told": read.words("how_told")}


def _agreed(scene: Scene) -> tuple[AgreedAction, ...]:
    return scene.challenge.request.agreed


def _which(page_states: tuple[ActionState, ...]) -> Callable[[Scene], Field]:
    def field(scene: Scene) -> Field:
        actions = [a for a in scene.challenge.actions if a.state in page_states]
        options = tuple(
            Option(
                str(a.number),
                f"{a.number}. {isolated(a.agreed.what)}",
                f"{isolated(a.agreed.owner)}, by {day_in_words(a.deadline.day)}: {a.state}"
                + (f". What shows it: {isolated(a.shown_by)}" if a.shown_by else ""),
            )
            for a in actions
        )
        only = options[0].value if len(options) == 1 else ""
        return Field("action", Kind.RADIOS, "Which action?", options=options, value=only)

    return field


def _action(read: Reading) -> int:
    """The action chosen. One that this is not possible for (any more) is refused by the rules."""
    return read.number("action", "Choose an action.", most=999)


_RUNNING = (ActionState.OPEN, ActionState.MISSED)
_DONE = (ActionState.DONE,)
_FOLLOWED = (*_RUNNING, *_DONE)


# One act after the other ------------------------------------------------------------------------


def _later_stages(scene: Scene) -> tuple[Field, ...]:
    challenge, council = scene.challenge, scene.council

    def option(stage: Stage) -> Option:
        titles = [council.directory.title(p) for p in council.asked_at(challenge, stage)]
        days = council.ladder[stage].working_days
        who = " or ".join(titles) or "Nobody holds the post: somebody will have to be named"
        return Option(stage, council.ladder.title(stage), f"{who}, {days} working days to reply")

    options = tuple(option(stage) for stage in council.ladder.after(challenge.stage))
    only = options[0].value if len(options) == 1 else ""
    return (
        Field("to", Kind.RADIOS, "Which stage does it move to?", options=options, value=only),
        _reason(
            "Why does it move to this stage now?",
            "Not needed when a formal stage was answered and you move to the very next one.",
            by_link=True,
        ),
    )


def _escalate(read: Reading, scene: Scene) -> Command:
    later = scene.council.ladder.after(scene.challenge.stage)
    to = read.choice("to", Stage, later[0] if later else scene.challenge.stage, "Choose a stage.")
    return Escalate(to, read.words("reason"))


def _accepting(scene: Scene) -> tuple[str, ...]:
    listed = [
        f"{isolated(a.what)} ({isolated(a.owner)}, by {day_in_words(a.by)})" for a in _agreed(scene)
    ]
    return (
        *(f"Action: {line}" for line in listed),
        (
            "A promise is not a resolution. The stage's deadline stops, the resolution period does "
            "not."
        ),
        (
            "Each action is followed until it is reported done and you confirm it, or give it up. "
            "When none is open, the challenge is resolved."
        ),
    )


def _asking_again(scene: Scene) -> tuple[str, ...]:
    most = scene.council.procedure.ask_again_at_most
    return (
        "The same people are asked once more, with a new link and a new deadline.",
        (
            f"The IRO can do this once at a stage, for at most {most} working days. Beyond that, "
            "the Safeguarding & Review Service Manager can."
        ),
        "The resolution period goes on.",
    )


def _ask_again(read: Reading, _scene: Scene) -> Command:
    days = read.number("days", "Enter a number of working days, like 3.", most=99)
    return AskAgain(read.words("words"), days)


def _posts(scene: Scene) -> tuple[Field, ...]:
    options = tuple(
        Option(post.id, f"{post.title}: {_names(post.id, scene)}")
        for post in posts_to_name(scene.challenge, scene.council, scene.today)
    )
    return (
        Field("post", Kind.SELECT, "Who is to reply?", options=options),
        _reason("Why this post?", by_link=True),
    )


def _names(post: str, scene: Scene) -> str:
    people = scene.council.directory.people(post, scene.today)
    return ", ".join(person.name for person in people)


class _View(StrEnum):
    """Rule 4: the SRSM's own view, resolved or not."""

    RESOLVED = "resolved"
    NOT_RESOLVED = "not resolved"


def _give_view(read: Reading, _scene: Scene) -> Command:
    view = read.choice("view", _View, _View.RESOLVED, "Choose how you see the matter.")
    return GiveView(view is _View.RESOLVED, read.words("words"))


def _revising(scene: Scene) -> tuple[str, ...]:
    request = scene.challenge.request
    first = day_in_words(request.first_deadline.day)
    return (
        (
            f"The reply is due by the end of {day_in_words(request.deadline.day)}. "
            f"{request.deadline.why}"
        ),
        f"The first deadline, {first}, stays visible. The resolution period does not move.",
        (
            "A second revision of the same deadline is for the Senior IRO Manager. The IRO may "
            "object on the record."
        ),
    )


def _agreeing_to_hold(scene: Scene) -> tuple[str, ...]:
    hold = proposal(scene.challenge)
    days = days_in_words(hold.days) if hold else ""
    return (
        f"The challenge is on hold for {days} from today. The reply’s deadline moves with it.",
        "You can end the hold earlier, and so can whoever proposed it.",
    )


_NOTE_BY_IRO = "What should the record say?"


def _is_iro(scene: Scene) -> bool:
    return Capacity.IRO in scene.capacities


def _noting(scene: Scene) -> tuple[str, ...]:
    told = "" if _is_iro(scene) else ", and the IRO is told"
    return (
        f"It is put on the record{told}. Everybody who sees the challenge can read it.",
        "A note answers nothing: whoever is asked to reply still has to.",
    )


def _iros(scene: Scene) -> tuple[Field, ...]:
    found = iros_to_appoint(scene.challenge, scene.council, scene.today)
    options = tuple(Option(id_, name) for id_, name in found.items())
    return (
        Field("iro", Kind.SELECT, "Who is the IRO from now on?", options=options),
        _reason("Why is another IRO appointed?"),
    )


def _confirming(scene: Scene) -> tuple[Field, ...]:
    """Rule 6: the last one confirmed resolves the challenge, so it asks about the child."""
    words = _words("What did you see?", "Optional.")
    last = len(scene.challenge.open_actions) == 1
    return (_which(_DONE)(scene), words, *(_TOLD if last else ()))


def _confirm(read: Reading, scene: Scene) -> Command:
    told = _told(read) if len(scene.challenge.open_actions) == 1 else {}
    return ConfirmAction(_action(read), read.words("words"), **told)


_ENDINGS = {
    Outcome.WITHDRAWN: "The challenge is not needed any more.",
    Outcome.RAISED_IN_ERROR: "It should not have been raised.",
    Outcome.DUPLICATE: "Another challenge is about the same. Give its reference.",
    Outcome.CLOSED_AFTER_CAFCASS: "Cafcass has answered, and nothing is left to be done here.",
    Outcome.UNRESOLVED_NOT_REFERRED: "Stage 4 ended without resolution, and you decided not to "
    "refer it to Cafcass. Give your reasons.",
}


def _endings(scene: Scene) -> tuple[Field, ...]:
    """Rule 16: the ends without resolution that are possible as the challenge stands."""
    options = tuple(
        Option(outcome, outcome.capitalize(), _ENDINGS[outcome])
        for outcome, refusal in endings(scene.challenge, scene.council).items()
        if not refusal
    )
    return (
        Field("outcome", Kind.RADIOS, "How does it end?", options=options),
        _reason("Why does it end so?"),
        *_TOLD,
    )


def _close(read: Reading, _scene: Scene) -> Command:
    outcome = read.choice("outcome", Outcome, Outcome.WITHDRAWN, "Choose how it ends.")
    return Close(outcome, read.words("reason"), **_told(read))


_NOTHING_MORE = (
    "The record is closed, and kept. If the child is not told yet, you are asked again; nothing "
    "else can be recorded on it."
)

#: In the order in which a page offers them.
ACT_PAGES = (
    ActPage(
        Reassign,
        "reassign",
        "Put it to this post",
        _said(
            "Whoever holds or covers the post today is asked to reply, with a link of their own.",
            "They have the days that are left, and at least two working days. If nobody had been "
            "asked yet, they have the stage's full time.",
        ),
        _posts,
        lambda read, _: Reassign(read.form.get("post", ""), read.words("reason")),
    ),
    ActPage(
        AcceptActions,
        "accept-actions",
        "Accept these actions",
        _accepting,
        _asks(_words("Anything to add?", "Optional.")),
        lambda read, _: AcceptActions(read.words("words")),
    ),
    ActPage(
        ConfirmAction,
        "confirm-action",
        "Confirm that it was done",
        _said(
            "You confirm that you have seen it done for the child.",
            "When the last open action is confirmed, the challenge is resolved and closed.",
        ),
        _confirming,
        _confirm,
        states=_DONE,
    ),
    ActPage(
        Resolve,
        "resolve",
        "Record as resolved",
        _said("The challenge is finalised as resolved at this stage.", _NOTHING_MORE),
        _asks(_reason("How was it resolved, and what shows it?"), *_TOLD),
        lambda read, _: Resolve(read.words("reason"), **_told(read)),
        offered=lambda scene: not scene.challenge.open_actions,
    ),
    ActPage(
        Escalate,
        "escalate",
        "Move it to this stage",
        _said(
            "The stage begins at once, and its responder is sent a request to reply.",
            "Agreed actions that are still open are overtaken by it.",
        ),
        _later_stages,
        _escalate,
        offered=lambda scene: bool(scene.council.ladder.after(scene.challenge.stage)),
    ),
    ActPage(
        AskAgain,
        "ask-again",
        "Ask again",
        _asking_again,
        _asks(
            _words("What do you still need to know or see?", by_link=True),
            Field("days", Kind.NUMBER, "How many working days do they have to reply?"),
        ),
        _ask_again,
        offered=lambda scene: not may_ask_again(scene.challenge, scene.capacities),
    ),
    ActPage(
        GiveView,
        "view",
        "Record your view",
        _said(
            "Your view stands beside the IRO's decision: the IRO finalises.",
            "Where the two differ, the Senior IRO Manager is told.",
        ),
        _asks(
            Field(
                "view",
                Kind.RADIOS,
                "How do you see the matter?",
                options=tuple(Option(view, view.capitalize()) for view in _View),
            ),
            _words("Why do you see it so?"),
        ),
        _give_view,
    ),
    ActPage(
        ReportAction,
        "report-action",
        "Report it done",
        _said("The IRO is asked to confirm it."),
        lambda scene: (
            _which(_RUNNING)(scene),
            Field("shown_by", Kind.WORDS, "What shows that it was done?"),
        ),
        lambda read, _: ReportAction(_action(read), read.words("shown_by")),
        states=_RUNNING,
    ),
    ActPage(
        RedateAction,
        "redate-action",
        "Set the new date",
        _said("The action goes on until the new date. The resolution period does not move."),
        lambda scene: (
            _which(_RUNNING)(scene),
            Field("by", Kind.DAY, "By when will it be done?", "For example, 27 3 2027."),
            _reason("Why does the date move?"),
        ),
        lambda read, scene: RedateAction(
            _action(read), read.day("by", scene.today), read.words("reason")
        ),
        states=_RUNNING,
    ),
    ActPage(
        GiveUpAction,
        "give-up-action",
        "Give it up",
        _said(
            "The action is not waited for any more.",
            "If it was the last one open, you are asked to decide what follows.",
        ),
        lambda scene: (_which(_FOLLOWED)(scene), _reason("Why is it given up?")),
        lambda read, _: GiveUpAction(_action(read), read.words("reason")),
        states=_FOLLOWED,
    ),
    ActPage(
        ReviseDeadline,
        "revise-deadline",
        "Revise the deadline",
        _revising,
        _asks(
            Field(
                "day",
                Kind.DAY,
                "By the end of which day is the reply due?",
                "For example, 27 3 2027.",
            ),
            _reason("Why is the deadline revised?", by_link=True),
        ),
        lambda read, scene: ReviseDeadline(read.day("day", scene.today), read.words("reason")),
        offered=lambda scene: may_be_revised(scene.challenge),
    ),
    ActPage(
        ProposeHold,
        "propose-hold",
        "Propose this hold",
        _said(
            "Nothing stops until the other agrees: the service manager, or the IRO; past the "
            "20-working-day limit, the Senior IRO Manager.",
            "On hold nobody is reminded and the challenge does not move up. The reply’s deadline "
            "moves by the working days held. The 20-working-day limit does not.",
        ),
        _asks(
            Field("days", Kind.NUMBER, "For how many working days?"),
            _reason("Why should the challenge be held?"),
        ),
        lambda read, _: ProposeHold(
            read.number("days", "Enter a number of working days, like 3.", most=99),
            read.words("reason"),
        ),
    ),
    ActPage(
        AgreeHold,
        "agree-hold",
        "Agree to the hold",
        _agreeing_to_hold,
        _asks(),
        lambda _read, _scene: AgreeHold(),
    ),
    ActPage(
        EndHold,
        "end-hold",
        "End the hold now",
        _said(
            "The working days that were not used are taken back from the reply’s deadline.",
            "A date that somebody set during the hold stays.",
        ),
        _asks(),
        lambda _read, _scene: EndHold(),
    ),
    ActPage(
        Object,
        "object",
        "Record your objection",
        _said(
            "Your objection is put on the record, and the Safeguarding & Review Service Manager "
            "and the Senior IRO Manager are told. The revised deadline stands.",
        ),
        _asks(_words("Why do you object to the revised deadline?")),
        lambda read, _: Object(read.words("words")),
    ),
    ActPage(
        WriteNote,
        "note",
        "Keep this note",
        _noting,
        lambda scene: (_words(_NOTE_BY_IRO if _is_iro(scene) else "What should the IRO know?"),),
        lambda read, _: WriteNote(read.words("words")),
    ),
    ActPage(
        AppointIro,
        "appoint-iro",
        "Appoint this IRO",
        _said("They have the challenge from now on, and are told at once."),
        _iros,
        lambda read, _: AppointIro(read.form.get("iro", ""), read.words("reason")),
        offered=lambda scene: bool(_iros(scene)[0].options),
    ),
    ActPage(
        Close,
        "close",
        "End the challenge",
        _said("The challenge ends without resolution.", _NOTHING_MORE),
        _endings,
        _close,
    ),
    ActPage(
        RecordChildTold,
        "child-told",
        "Record this",
        _said("The challenge has ended. This is the last thing left to do in it."),
        _asks(
            Field(
                "child_told",
                Kind.RADIOS,
                "Was the child told how this ended?",
                options=(
                    Option(ChildTold.YES, "Yes"),
                    Option(ChildTold.NO, "No, and they will not be"),
                ),
            ),
            Field("how_told", Kind.WORDS, "How were they told, or why not?"),
        ),
        lambda read, _: RecordChildTold(*_told(read).values()),
    ),
)

_BY_SLUG = {page.slug: page for page in ACT_PAGES}


def page_at(slug: str) -> ActPage | None:
    """The page with this address; ``None`` if there is none."""
    return _BY_SLUG.get(slug)


def offers(scene: Scene) -> tuple[ActPage, ...]:
    """What ``scene``'s officer can do now, in the table's order."""
    allowed = acts(scene.capacities, scene.challenge, scene.council)
    return tuple(
        page
        for page in ACT_PAGES
        if page.act in allowed and page.offered(scene) and (not page.states or page.actions(scene))
    )
