"""Rule 6: agreed actions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from domain.challenge import ActionState
from domain.moments import day_in_words, local_day
from domain.rules.accepting import (
    AcceptActions,
    acceptable,
    is_asked_to_accept,
    is_beyond,
)
from domain.rules.actions import (
    ConfirmAction,
    GiveUpAction,
    ReportAction,
    SayNotResolved,
    SendBackAction,
    confirms,
    reports,
)
from domain.rules.asking_to_accept import AcceptanceAsked, AskToAccept, DeclineToAccept
from domain.rules.lateness import days_in_words
from domain.rules.missed_actions import NoNewDate, missed_at_the_last
from domain.rules.replies import undertaking
from domain.vocabulary import Capacity
from domain.writing import isolated
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    reason,
    reply_to_decide_on,
    said,
    words,
)
from handlers.pages.kit import Field, Kind, Option, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.challenge import Action, AgreedAction, Request
    from domain.part import Command

__all__ = [
    "ACCEPT_ACTIONS",
    "ASK_TO_ACCEPT",
    "CONFIRM_ACTION",
    "DECLINE_TO_ACCEPT",
    "GIVE_UP_ACTION",
    "NO_NEW_DATE",
    "REPORT_ACTION",
    "SAY_NOT_RESOLVED",
    "SEND_BACK_ACTION",
    "how_actions_ended",
]


def _everybody(_action: Action, _scene: Scene) -> bool:
    return True


def _which(
    page_states: tuple[ActionState, ...],
    theirs: Callable[[Action, Scene], bool] = _everybody,
) -> Callable[[Scene], Field]:
    def field(scene: Scene) -> Field:
        chosen = [a for a in scene.challenge.actions if a.state in page_states]
        options = tuple(
            Option(
                str(a.number),
                f"{a.number}. {isolated(a.agreed.what)}",
                f"{isolated(a.owner)}, by {day_in_words(a.deadline.day)}: {a.state}"
                + (f". What shows it: {isolated(a.shown_by)}" if a.shown_by else ""),
            )
            for a in chosen
            if theirs(a, scene)
        )
        only = options[0].value if len(options) == 1 else ""
        return Field("action", Kind.RADIOS, "Which action?", options=options, value=only)

    return field


def _action(read: Reading) -> int:
    """Return the number of the chosen action. The rules refuse one that cannot be chosen now."""
    return read.number("action", "Choose an action.", most=999)


_RUNNING = (ActionState.OPEN, ActionState.MISSED)


_DONE = (ActionState.DONE,)


_FOLLOWED = (*_RUNNING, *_DONE)


# Accepting ---------------------------------------------------------------------------------------


def _of(request: Request, scene: Scene) -> str:
    """Return ``Tam Sample-Seven’s reply at Stage 1 on Monday 2 November 2026``."""
    event = next(iter([*([request.reply] if request.reply else []), *request.late_replies]))
    late = " (late)" if event in request.late_replies else ""
    stage = scene.council.ladder.title(request.stage)
    when = day_in_words(local_day(event.effective))
    return f"{event.actor.name}’s reply at {stage} on {when}{late}"


def _in_full(action: AgreedAction, scene: Scene) -> str:
    """Return the action in words, with how somebody outside is reached."""
    return ". ".join(one for one in (undertaking(action), _reached(action, scene)) if one)


def _reached(action: AgreedAction, scene: Scene) -> str:
    """Return how the action's owner is reached, if it is somebody outside the council."""
    who = action.who
    if who is None or who.party:
        return ""
    reports = "you report" if scene.is_iro else "the IRO reports"
    return f"Email: {who.email}" if who.email else f"No email: {reports} for them"


def _agreed(request: Request, scene: Scene) -> tuple[str, ...]:
    """Return the actions of a reply; of one that stands above, only what it does not say itself."""
    if request != scene.challenge.request or reply_to_decide_on(scene) is None:
        return tuple(
            f"{_of(request, scene)}: {_in_full(action, scene)}" for action in request.agreed
        )
    reached = ((isolated(one.owner), _reached(one, scene)) for one in request.agreed)
    return tuple(f"{owner}. {how}." for owner, how in dict.fromkeys(reached) if how)


def _dates_beyond(request: Request, scene: Scene) -> tuple[str, ...]:
    """Return a sentence for each action that is due after the 20-working-day limit, by how much."""
    end = scene.challenge.period.day if scene.challenge.period else date.max
    return tuple(
        f"Action {number} is due by {day_in_words(one.by)}. That is "
        f"{days_in_words(scene.council.calendar.between(end, one.by))} after the 20-working-day "
        f"limit, {day_in_words(end)}."
        for number, one in enumerate(request.agreed, start=1)
        if one.by > end
    )


def _to_accept(scene: Scene) -> tuple[Request, ...]:
    """Return the requests whose actions the reader may accept: the SRSM any, the IRO in time.

    Dates after the 20-working-day limit are the SRSM's to agree to (rule 6).
    """
    found = acceptable(scene.challenge)
    if Capacity.SRSM in scene.capacities:
        return found
    return tuple(one for one in found if not is_beyond(scene.challenge, one))


def _accepting(scene: Scene) -> tuple[str, ...]:
    found = _to_accept(scene)
    confirm, they = ("you confirm", "you") if scene.is_iro else ("the IRO confirms", "the IRO")
    drop = "drop" if scene.is_iro else "drops"
    each = (
        f"Each action is followed until its owner reports it done and {confirm} it, or {drop} it."
    )
    # Where there are several replies, each is listed with the choice.
    only = found[:1] if len(found) == 1 else ()
    left = (one for one in acceptable(scene.challenge) if one not in found)
    return (
        *_asked_why(scene),
        *(f"{_of(one, scene)}: {_ONLY_THE_SRSM}" for one in left),
        *(sentence for one in only for sentence in _agreed(one, scene)),
        *(sentence for one in only for sentence in _dates_beyond(one, scene)),
        (
            "Accepting actions does not resolve the challenge. Nobody has to reply at the current "
            "stage any more. The 20-working-day limit still applies."
        ),
        f"{each} When none is open any more, we ask {they} whether the matter is resolved.",
    )


#: Why the IRO cannot choose the actions of a reply.
_ONLY_THE_SRSM = (
    "only the Safeguarding & Review Service Manager can accept actions after the 20-working-day "
    "limit."
)


def _asked_why(scene: Scene) -> tuple[str, ...]:
    """Return who asked the reader to accept the actions, and why; nothing if nobody did."""
    if Capacity.SRSM not in scene.capacities or not is_asked_to_accept(scene.challenge):
        return ()
    said = tuple(
        f"{one.actor.name} asks you to accept the actions: {isolated(one.fact.reason)}"
        for one in scene.challenge.events
        if isinstance(one.fact, AcceptanceAsked)
    )
    return said[-1:]


def _accepted(scene: Scene) -> tuple[Field, ...]:
    """Return the fields; where several replies agreed actions, also whose are accepted."""
    found = _to_accept(scene)
    options = tuple(
        Option(
            str(request.number),
            _of(request, scene),
            ". ".join(
                (
                    "; ".join(_in_full(one, scene) for one in request.agreed),
                    *_dates_beyond(request, scene),
                )
            ).removesuffix("."),
        )
        for request in found
    )
    present = str(scene.challenge.request.number)
    chosen = present if any(one.value == present for one in options) else ""
    which = Field("request", Kind.RADIOS, "Which reply’s actions?", options=options, value=chosen)
    late = any(is_beyond(scene.challenge, one) for one in found)
    why = "Why do you accept a date after the 20-working-day limit?"
    asked = words(why if late else "Anything to add?", "Optional.")
    return (*([which] if len(found) > 1 else []), asked)


def _accept(read: Reading, scene: Scene) -> Command:
    found = _to_accept(scene)
    if len(found) == 1:
        return AcceptActions(read.words("words"), found[0].number)
    request = read.number("request", "Choose whose actions you accept.", most=999)
    return AcceptActions(read.words("words"), request)


def _asking(scene: Scene) -> tuple[str, ...]:
    request = scene.challenge.request
    days = days_in_words(scene.council.procedure.confirm_within)
    return (
        *_agreed(request, scene),
        *_dates_beyond(request, scene),
        (
            "Only the Safeguarding & Review Service Manager can accept that. They have "
            f"{days} to accept the actions or to decline."
        ),
        (
            "Meanwhile the challenge does not move up, and you are not late. You can still decide "
            "in another way."
        ),
        "You can ask once about this reply.",
    )


ASK_TO_ACCEPT = ActPage(
    AskToAccept,
    "ask-to-accept",
    "Ask the service manager",
    _asking,
    asks(reason("Why should these actions be accepted?")),
    lambda read, _: AskToAccept(read.words("reason")),
    checks=True,
)

DECLINE_TO_ACCEPT = ActPage(
    DeclineToAccept,
    "decline-to-accept",
    "Decline these actions",
    lambda scene: (
        *_asked_why(scene),
        "The IRO has to decide on the reply again: for example to ask again, or a later stage.",
    ),
    asks(reason("Why do you not accept these actions?")),
    lambda read, _: DeclineToAccept(read.words("reason")),
    checks=True,
)

ACCEPT_ACTIONS = ActPage(
    AcceptActions,
    "accept-actions",
    "Accept these actions",
    _accepting,
    _accepted,
    _accept,
    offered=lambda scene: bool(_to_accept(scene)),
    checks=True,
    instead=ASK_TO_ACCEPT,
)


# Following ---------------------------------------------------------------------------------------


def _is_theirs_to_confirm(action: Action, scene: Scene) -> bool:
    return confirms(action, scene.challenge, scene.hand)


def _is_theirs_to_do(action: Action, scene: Scene) -> bool:
    return reports(action, scene.challenge, scene.hand)


def _is_missed_at_the_last(action: Action, scene: Scene) -> bool:
    return missed_at_the_last(action, scene.challenge, scene.council)


def how_actions_ended(scene: Scene) -> tuple[str, ...]:
    """Return a sentence for each action that the IRO confirmed, or dropped, in order."""
    ended = (ActionState.CONFIRMED, ActionState.GIVEN_UP)
    return tuple(
        f"Action {a.number}, {isolated(a.agreed.what.rstrip('.'))}: {a.state}."
        for a in scene.challenge.actions
        if a.state in ended
    )


def _confirming(scene: Scene) -> tuple[str, ...]:
    decides = "you decide" if scene.is_iro else "the IRO decides"
    return (
        "You confirm that you have seen it done for the child.",
        (
            f"This does not resolve the challenge. When no action is open any more, {decides} "
            "whether the matter is resolved."
        ),
    )


CONFIRM_ACTION = ActPage(
    ConfirmAction,
    "confirm-action",
    "Confirm that it was done",
    _confirming,
    lambda scene: (
        _which(_DONE, _is_theirs_to_confirm)(scene),
        words("What did you see?", "Optional."),
    ),
    lambda read, _: ConfirmAction(_action(read), read.words("words")),
    states=_DONE,
    theirs=_is_theirs_to_confirm,
)

SEND_BACK_ACTION = ActPage(
    SendBackAction,
    "send-back-action",
    "Send it back",
    said("The action is open again, with the same date, and its owner goes on with it."),
    lambda scene: (
        _which(_DONE, _is_theirs_to_confirm)(scene),
        reason("What still has to be done or shown?"),
    ),
    lambda read, _: SendBackAction(_action(read), read.words("reason")),
    states=_DONE,
    theirs=_is_theirs_to_confirm,
)

REPORT_ACTION = ActPage(
    ReportAction,
    "report-action",
    "Report it done",
    said(
        "The IRO is asked to confirm it. If the IRO is the owner, the Safeguarding & Review "
        "Service Manager is asked."
    ),
    lambda scene: (
        _which(_RUNNING, _is_theirs_to_do)(scene),
        Field("shown_by", Kind.WORDS, "What shows that it was done?"),
    ),
    lambda read, _: ReportAction(_action(read), read.words("shown_by")),
    states=_RUNNING,
    theirs=_is_theirs_to_do,
)

NO_NEW_DATE = ActPage(
    NoNewDate,
    "no-new-date",
    "Record that there is no new date",
    said(
        "The last stage then has ended unresolved. The Safeguarding & Review Service Manager and "
        "the Senior IRO Manager are told, and you decide how to go on.",
        "The action stays open, and its owner can still report it done.",
    ),
    lambda scene: (
        _which((ActionState.MISSED,), _is_missed_at_the_last)(scene),
        reason("Why does it get no new date?"),
    ),
    lambda read, _: NoNewDate(_action(read), read.words("reason")),
    states=(ActionState.MISSED,),
    theirs=_is_missed_at_the_last,
    checks=True,
)

GIVE_UP_ACTION = ActPage(
    GiveUpAction,
    "give-up-action",
    "Drop this action",
    said(
        "Nobody needs to do this action any more. The record says that it was dropped, and why.",
        "When no action is open any more, we ask you whether the matter is resolved.",
    ),
    lambda scene: (_which(_FOLLOWED)(scene), reason("Why are you dropping it?")),
    lambda read, _: GiveUpAction(_action(read), read.words("reason")),
    states=_FOLLOWED,
    checks=True,
)

SAY_NOT_RESOLVED = ActPage(
    SayNotResolved,
    "not-resolved",
    "Record that it is not resolved",
    lambda scene: (
        *how_actions_ended(scene),
        "No action is open any more. If the matter is resolved, record it as resolved instead.",
        "The current stage goes on as it is, with the same deadline.",
    ),
    asks(words("What is still wrong for the child?")),
    lambda read, _: SayNotResolved(read.words("words")),
    done="The matter was recorded as not resolved yet.",
    checks=True,
)
