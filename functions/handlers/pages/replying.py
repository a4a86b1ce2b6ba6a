"""Replying to a challenge: by an emailed link, or signed in.

The question stands first, with the answers to choose from. What belongs to the chosen answer is
asked for on the page after it (``handlers.pages.replying_steps``), then comes a page to check it.

Email scanners follow links, and submit the forms they find. So GET shows the question and changes
nothing, except that the look is noted. An empty form is refused, and only the button of the page to
check the answer records it (``press=send``). Nothing proves that this page was opened: a program
that posts ``press=send`` itself records a complete answer at once.

What was typed is kept at the form's own address (``handlers.pages.unsent``). If somebody came by
the link alone, it is kept under the link's digest, and only that link gives it back.

A page that a link opens shows the question, the concern and the agreed actions, and only the Case
ID and initials of the child. Replies, also one's own once it is sent, need a sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.left_out import fact_without_keys
from adapters.links import LinkState
from adapters.wiring import casebook
from domain.challenge import ActionState, AgreedAction, Owner
from domain.errors import BadSubmissionError, NotAllowedError
from domain.looks import Via
from domain.moments import day_in_words, local_day, moment_in_words
from domain.people import capacities, may_answer, owner_named
from domain.permissions import may, replied_after_the_end
from domain.procedure import ReplyLinks
from domain.rules.corrections import form_corrected
from domain.rules.deciding import AskedAgain
from domain.rules.naming import WentToDirector
from domain.rules.posts import NotMine, Reassigned, SayNotMine, may_be_said
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised
from domain.rules.stages import StageBegan
from domain.rules.urgency import at_risk_today
from domain.timeline import next_step
from domain.values import Value, value
from domain.vocabulary import Capacity
from domain.writing import capitalised
from handlers import dates, owner_names
from handlers.form_fields import SIGNED_IN, by_link
from handlers.pages import unsent, web
from handlers.pages.gate import seen, siblings
from handlers.pages.kit import Field, Form, Kind, Option, Reading, Rows, working_day
from handlers.pages.lines import TimelineEntry, days_left, line
from handlers.pages.linked import Steps, Way, stopped
from handlers.pages.owner_fields import owner_fields, read_action, read_owner
from handlers.pages.replying_steps import (
    ACTION,
    DETAILS,
    NOT_MINE,
    action_of,
    action_page,
    beyond_the_limit,
    details_page,
    leads,
    limit_of,
    of_actions,
    part_of,
    problems_of_row,
    step_of,
    words_asked,
)
from handlers.pages.shortened import Shortened, shortened
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.links import ReplyLink
    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event, Fact
    from domain.identifying import Part

__all__ = [
    "ReplyWay",
    "action_in_full",
    "agreed_so_far",
    "asked_now",
    "capacity",
    "checked",
    "concerns",
    "corrections",
    "form_of",
    "is_asked",
    "is_recorded",
    "router",
    "said_not_mine",
    "signed_in",
    "stage_reason",
    "time_left",
    "to_copy",
    "views",
]

router = APIGatewayRouter()

#: No officer has this id. It stands for the recipient of a link that does not exist.
_NOBODY = "-"


class _Over(StrEnum):
    """Why a question cannot be answered here, apart from the states of its link."""

    SAIDNOT_MINE = "said not mine"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class ReplyWay(Way):
    """How somebody came in to answer a request. ``state`` says whether it can be answered."""

    request: Request
    state: LinkState | _Over
    link: ReplyLink | None = None
    looks_via = Via.REPLY_LINK

    @property
    def takes_form(self) -> bool:
        """Whether an answer can still be given, in time or late."""
        return self.state in (LinkState.LIVE, LinkState.LATE)

    @property
    def due(self) -> tuple[str, date]:
        """Return the question and the day by which it is to be answered."""
        return f"Reply to {self.challenge.reference}", self.request.deadline.day

    @property
    def signed_in(self) -> Officer | None:
        """Return who is signed in; ``None`` if they came by their link alone."""
        link_alone = self.link and self.council.procedure.reply_links is ReplyLinks.LINK
        return None if link_alone else self.officer


# The four routes --------------------------------------------------------------------------------


@router.get("/reply/<token>")
def show_by_link(token: str) -> Response[str]:
    """Show the question, or why it needs no answer any more."""
    return _steps().show_by_link(token, clock.now())


@router.post("/reply/<token>")
def answer_by_link(token: str) -> Response[str]:
    """Take one step of the form. A reply counts from the moment we receive it."""
    return _steps().take_by_link(token, clock.now())


@router.get("/challenges/<reference>/reply")
def show_signed_in(reference: str) -> Response[str]:
    """Show the same to a responder who is signed in."""
    if not unsent.is_named(router):
        web.officer(router)
        return unsent.to_own_place(router, begun=_of_request())
    return _steps().show(signed_in(reference, clock.now()))


def _of_request() -> str:
    """Return the id of the form for the request in the address, always the same one.

    So whoever is signed in goes on where they were, at any computer. It is empty if the address has
    no request: what was typed must never answer the next question.
    """
    return web.id_of(web.own_address(router), {}) if query(router).get("request") else ""


@router.post("/challenges/<reference>/reply")
def answer_signed_in(reference: str) -> Response[str]:
    """Take one step of the form for a responder who is signed in."""
    return _steps().take(signed_in(reference, clock.now(), shows=False))


def _steps() -> Steps[ReplyWay]:
    """Return what is a reply's own in the steps of its form."""
    return Steps(router, _by_link, form_of, _page, checked, is_recorded, capacity, leads)


# Who came in, and whether they can answer -------------------------------------------------------


def _by_link(token: str, now: datetime) -> ReplyWay | Response[str]:
    """Return the way in of a link's recipient; a page if the link is unknown, or not theirs."""
    book = casebook()
    link, council = book.links.find(token), book.council()
    if council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN:
        # Only its recipient may learn that the link exists.
        alone = link.officer if link else _NOBODY
        signed_in = _address(link.reference, link.request) if link else "/"
        reader = web.officer_and_council(router, alone=alone, given_back_at=signed_in)[0]
        if reader.id != alone:
            return web.render("reply_not_yours.html", 404, officer=reader)
    if link is None:
        return web.render("reply_unknown.html", 404)
    challenge = book.record.chain.load(link.reference).challenge
    if challenge.sealed:
        return stopped(router)
    request = challenge.request_number(link.request)
    recipient = council.directory.officers.get(link.officer)
    if request is None or recipient is None:
        return web.render("reply_unknown.html", 404)
    state = link.state(challenge, now, council.procedure.link_lifetime_days)
    council = council.under(challenge.raised.procedure)
    way = ReplyWay(
        challenge=challenge,
        officer=recipient,
        council=council,
        now=now,
        address=f"/reply/{token}",
        link=link,
        request=request,
        state=state,
    )
    return replace(way, state=_state(way))


def signed_in(reference: str, now: datetime, *, shows: bool = True) -> ReplyWay:
    """Return the way in of somebody signed in, to the request in the address.

    Without one in the address, it is the latest that they have not answered, or else the latest.
    The look is recorded if the answer ``shows`` anything.
    After the end a responder comes in only to send a late reply (rule 5), and sees it afterwards.
    Raise ``NoSuchChallengeError`` if there is no such challenge or they may not see it, and
    ``NotAllowedError`` if they are not asked to reply.
    """
    scene = seen(router, reference, now, shows=shows, to_reply=True)
    challenge, council, officer = scene.challenge, scene.council, scene.officer
    theirs = [
        request
        for request in challenge.requests
        if may_answer(request, challenge, officer.id, council, local_day(now))
    ]
    wanted = query(router).get("request", "")
    named = [request for request in theirs if str(request.number) == wanted]
    if Capacity.RESPONDER not in scene.capacities or not theirs or (wanted and not named):
        message = (
            "You are not asked to reply to this. If you should be, tell the IRO: they can ask you "
            "to reply."
        )
        raise NotAllowedError(message)
    unanswered = [request for request in theirs if not request.answered]
    request = (named or unanswered or theirs)[-1]
    address = _address(challenge.reference, request.number)
    state = LinkState.ANSWERED if request.answered else LinkState.LIVE
    if state is LinkState.LIVE and _is_late(request, challenge, now):
        state = LinkState.LATE
    way = ReplyWay(
        challenge=challenge,
        officer=officer,
        council=council,
        now=now,
        address=address,
        request=request,
        state=state,
    )
    return replace(way, state=_state(way))


def is_asked(others: Iterable[Challenge], officer: str, council: Council, now: datetime) -> bool:
    """Whether the officer (an id) has a reply to give to one of ``others`` (rule 17)."""
    today = local_day(now)
    return any(
        not one.request.answered and may_answer(one.request, one, officer, council, today)
        for one in others
        if one.open
    )


def _address(reference: str, request: int) -> str:
    """Return the address at which somebody signed in answers this request."""
    return f"/challenges/{quote(reference)}/reply?request={request}"


def _is_late(request: Request, challenge: Challenge, now: datetime) -> bool:
    return request.number != challenge.request.number or request.deadline.passed_by(now)


def _state(way: ReplyWay) -> LinkState | _Over:
    """Return whether the question can still be answered this way.

    Rule 15: nobody who has left the post sees it any more, and *not mine* is said only once.
    """
    if not way.challenge.open:
        return _state_after_the_end(way)
    if way.state is LinkState.SUPERSEDED:
        return way.state
    today = local_day(way.now)
    if not may_answer(way.request, way.challenge, way.officer.id, way.council, today):
        return _Over.LEFT
    who = capacities(way.challenge, way.officer.id, way.council, today)
    if not may(Reply, who, way.challenge, way.council):
        return _Over.LEFT
    if way.state is not LinkState.ANSWERED and way.link and _not_mine(way):
        return _Over.SAIDNOT_MINE
    return way.state


def _state_after_the_end(way: ReplyWay) -> LinkState:
    """Return whether a late reply can still be given: signed in only (rule 5).

    Who gave one after the end can see that it is recorded, and nobody sees any other reply here.
    """
    request, today = way.request, local_day(way.now)
    if not way.signed_in or not may_answer(
        request, way.challenge, way.officer.id, way.council, today
    ):
        return LinkState.CLOSED
    if not request.answered:
        return LinkState.LATE
    theirs = replied_after_the_end(request, way.challenge, way.officer.id)
    return LinkState.ANSWERED if theirs else LinkState.CLOSED


def _not_mine(way: ReplyWay) -> Event | None:
    """Return the event with which this officer said that the question is not theirs, if any."""
    said = (
        event
        for event in way.challenge.events
        if isinstance(event.fact, NotMine)
        and event.fact.request == way.request.number
        and event.actor.officer == way.officer.id
    )
    return next(said, None)


# Showing ----------------------------------------------------------------------------------------


def _page(way: ReplyWay, form: Form, step: str) -> Response[str]:
    if not way.takes_form:
        return _over(way, to_copy(way, form))
    of_action = action_of(form, step)
    if of_action is None and step not in (DETAILS, unsent.CHECK):
        return _question(way, form)
    command, problems = checked(way, form)
    if "answer" in problems:
        return _question(way, form, {"answer": problems["answer"]})
    if of_action:
        number, saved = of_action
        known = saved or number in form.filled()
        wrong = problems_of_row(form, number, problems) if known else {}
        if wrong or not saved:
            return action_page(way, form, number, wrong)
    if step != unsent.CHECK:
        return _details(way, form, problems, asked=False)
    return _details(way, form, problems) if problems else _to_check(way, form, command)


def _details(
    way: ReplyWay, form: Form, problems: Mapping[str, str], *, asked: bool = True
) -> Response[str]:
    """Return the page after the question; for agreed actions without any, the page of the first.

    It shows the problems if the person has ``asked`` to go on; those of the actions always, because
    each was saved by itself.
    """
    if form.typed.get("answer") == Answer.ACTIONS and not form.filled():
        nothing = {f"{ACTION}-1-what": problems[ACTION]} if asked and ACTION in problems else {}
        return action_page(way, form, 1, nothing)
    return details_page(way, form, problems if asked else of_actions(problems))


def to_copy(way: ReplyWay, form: Form) -> str:
    """Return everything that was written, as text to copy."""
    typed = form.answers()
    actions = []
    for number in form.filled():
        row = f"{ACTION}-{number}"
        by = " ".join(typed[f"{row}-by-{box}"].strip() for box in dates.BOXES)
        owner = _owner_typed(way, typed, f"{row}-")
        actions.append(f"Action {number}: {typed[f'{row}-what'].strip()} ({owner}, by {by})")
    return "\n".join(part for part in (typed.get("words", "").strip(), *actions) if part)


def _owner_typed(way: ReplyWay, typed: Mapping[str, str], row: str) -> str:
    """Return the owner as typed, if we cannot tell who is meant, or else in words."""
    who = read_owner(Reading(typed), way.council, local_day(way.now), row)
    unknown = "" if who.party else typed.get(f"{row}owner", "").strip()
    return ", ".join(part for part in (unknown, _owner_in_full(who, way)) if part)


def _owner_in_full(who: Owner, way: ReplyWay) -> str:
    """Return the owner in words, with everything that was typed about somebody outside."""
    chosen = Owner(who.party)
    today = local_day(way.now)
    words = owner_named(chosen, way.council, today) if who.party else ""
    called = owner_names.with_holders(chosen, words, way.council, today)
    return ", ".join(part for part in (called, who.name, who.organisation, who.email) if part)


def _over(way: ReplyWay, words: str = "") -> Response[str]:
    """Return the page of a question that has a reply, or does not need one any more.

    ``words`` is what somebody typed and sent too late, so that they can still copy it.
    """
    shared: dict[str, Any] = {"way": way, "officer": way.signed_in, "iro": way.iro, "words": words}
    event = _not_mine(way) if way.state is _Over.SAIDNOT_MINE else way.request.answer
    if way.state in (LinkState.ANSWERED, _Over.SAIDNOT_MINE) and event:
        fact = event.fact
        return web.render(
            "reply_answered.html",
            409 if words else 200,
            **shared,
            by="You" if event.actor.officer == way.officer.id else event.actor.name,
            answer=fact.answer.in_words if isinstance(fact, Replied) else NOT_MINE,
            fact=fact,
            owners=[
                owner_names.with_holders(one.who, one.owner, way.council, local_day(way.now))
                for one in getattr(fact, "actions", ())
            ],
            when=moment_in_words(event.effective),
            next_step=next_step(way.challenge, way.now, way.council, way.officer.id),
        )
    return web.render(
        "reply_over.html",
        410,
        **shared,
        state=str(way.state),
        asked_again=way.state is LinkState.SUPERSEDED and _asked_again(way),
        reply_to="" if way.request.answered or way.request.superseded else _reply_to(way),
    )


def _reply_to(way: ReplyWay) -> str:
    """Return the address at which this question is answered by somebody signed in."""
    return _address(way.challenge.reference, way.request.number)


def _together_at(way: ReplyWay) -> str:
    """Return the page on which they reply about brothers and sisters too; empty if there is none.

    A page that a link opens does not tell of them.
    """
    if not way.signed_in:
        return ""
    others = siblings(way.challenge, way.officer, way.council, way.now)
    asked = is_asked(others, way.officer.id, way.council, way.now)
    return f"/challenges/{quote(way.challenge.reference)}/reply-together" if asked else ""


def _asked_again(way: ReplyWay) -> bool:
    """Whether the request was replaced because the IRO asked the same question again."""
    following = way.challenge.request_number(way.request.number + 1)
    made_by = way.challenge.events[following.event - 1].fact if following else None
    return isinstance(made_by, AskedAgain)


#: On the page of a reply, people read what a responder may read.
_READS = frozenset({Capacity.RESPONDER})


def _history(way: ReplyWay) -> list[TimelineEntry]:
    """Return the earlier replies, and the events that changed who is asked.

    Signed in these are the replies of all stages up to this one, in full. By link alone it is what
    happened at this stage, without the words of any reply. After the end only the question is left.
    """
    challenge, request = way.challenge, way.request
    if not challenge.open:
        return []
    numbers = {
        one.number
        for one in challenge.requests
        if one.stage is request.stage or (way.signed_in and one.number < request.number)
    }
    kinds = (Replied, NotMine, AskedAgain, Reassigned, WentToDirector, DeadlineRevised)
    return [
        _as_shown(event, way)
        for event in challenge.events
        if isinstance(event.fact, kinds) and event.fact.request in numbers
        if not (isinstance(event.fact, DeadlineRevised) and event.fact.of_another)
    ]


def _as_shown(event: Event, way: ReplyWay) -> TimelineEntry:
    """Return an event in words; by link alone a reply is only that somebody replied."""
    entry = line(event, way.challenge, way.council, _READS)
    needs_sign_in = isinstance(event.fact, Replied | NotMine)
    return replace(entry, details=()) if needs_sign_in and way.signed_in is None else entry


def corrections(way: ReplyWay) -> list[TimelineEntry]:
    """Return what corrected the form, oldest first; by link alone without the words.

    A correction may say the child's name or what the child thinks, which no link shows.
    """
    found = (
        line(event, way.challenge, way.council, _READS) for event in form_corrected(way.challenge)
    )
    return [entry if way.signed_in else replace(entry, details=()) for entry in found]


@value
class _AgreedAction(Value):
    """An action as the page shows it: accepted, or only promised in a reply."""

    what: str
    owner: str
    by: date
    state: str


def agreed_so_far(way: ReplyWay) -> list[_AgreedAction]:
    """Return the actions agreed up to this question, at every stage, accepted ones first."""
    challenge = way.challenge
    earlier: list[AgreedAction] = []
    later: set[AgreedAction] = set()
    for request in challenge.requests:
        for event in (request.reply, *request.late_replies):
            if event and isinstance(event.fact, Replied):
                if request.number <= way.request.number:
                    earlier += event.fact.actions
                else:
                    later |= {*event.fact.actions}
    accepted = [a for a in challenge.actions if a.agreed in earlier or a.agreed not in later]
    taken = {action.agreed for action in accepted}

    def named(who: Owner | None, owner: str) -> str:
        return owner_names.with_holders(who, owner, way.council, local_day(way.now))

    return [
        *(
            _AgreedAction(a.agreed.what, named(a.who, a.owner), a.deadline.day, _in_words(a.state))
            for a in accepted
        ),
        *(
            _AgreedAction(
                *(one.what, named(one.who, one.owner), one.by),
                "Agreed in a reply, not accepted yet",
            )
            for one in earlier
            if one not in taken
        ),
    ]


def _in_words(state: ActionState) -> str:
    return "Dropped" if state is ActionState.GIVEN_UP else capitalised(state)


def stage_reason(way: ReplyWay) -> str:
    """Return why the challenge came to this stage, as the IRO wrote it, or empty."""
    began = [
        event.fact.reason
        for event in way.challenge.events
        if isinstance(event.fact, StageBegan) and event.fact.stage is way.request.stage
    ]
    return began[0] if began else ""


def time_left(way: ReplyWay) -> str:
    """Return ``4 working days left`` or ``due today``; empty once it is late."""
    if way.state is not LinkState.LIVE:
        return ""
    return days_left(way.request.deadline.day, local_day(way.now), way.council)


def said_not_mine(way: ReplyWay) -> str:
    """Return when they said that this is not theirs, if they may still reply all the same."""
    event = _not_mine(way) if way.challenge.open and not way.request.answered else None
    return moment_in_words(event.effective) if event else ""


@value
class _Asked(Value):
    """One concern on the page of the question, shortened. Its number is 0 if it is the only one."""

    number: int
    theme: str
    what: Shortened
    outcome_wanted: Shortened
    by: date


#: How many concerns stand before the answers, and the most characters of each of their parts, so
#: that the first answer is within two screens of a phone. The rest is folded away.
_FIRST, _OF_ONE, _OF_SEVERAL = 2, (320, 160), (140, 80)


def concerns(way: ReplyWay) -> tuple[list[_Asked], list[_Asked]]:
    """Return the concerns that stand before the answers, and those that are folded away."""
    said = way.challenge.raised.concerns
    what, outcome = _OF_ONE if len(said) == 1 else _OF_SEVERAL
    found = [
        _Asked(
            number if len(said) > 1 else 0,
            capitalised(one.theme),
            shortened(one.what, what),
            shortened(one.outcome_wanted, outcome),
            one.by,
        )
        for number, one in enumerate(said, start=1)
    ]
    return found[:_FIRST], found[_FIRST:]


def asked_now(way: ReplyWay) -> str:
    """Return the new question, if the same stage was asked again; empty otherwise."""
    said = [
        event.fact.words
        for event in way.challenge.events
        if isinstance(event.fact, AskedAgain) and event.fact.request == way.request.number
    ]
    return said[-1] if said and way.challenge.open else ""


def views(way: ReplyWay) -> Shortened | None:
    """Return the child's views, only for somebody signed in while the challenge is open."""
    shown = way.signed_in and way.challenge.open and way.challenge.raised.views
    return shortened(way.challenge.raised.views, 160) if shown else None


def _question(
    way: ReplyWay, form: Form, problems: Mapping[str, str] | None = None
) -> Response[str]:
    raised = way.challenge.raised
    first, more = concerns(way)
    page = part_of(form, (one for one in form.alone if one.name == "answer"), problems)
    request = way.request
    ladder, stage = way.council.ladder, way.challenge.stage
    return web.render(
        "reply_question.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        # Not the whole child: a page opened by a link must not have a name or a date of birth.
        child={"case_id": raised.child.case_id, "initials": raised.child.initials},
        asked_now=asked_now(way),
        concerns=first,
        more=more,
        views=views(way),
        corrections=corrections(way),
        tried=raised.tried,
        reason=stage_reason(way),
        route=way.council.procedure.at_risk_route if at_risk_today(way.challenge) else "",
        due=day_in_words(request.deadline.day),
        days_left=time_left(way),
        late=way.state is LinkState.LATE,
        said_not_mine=said_not_mine(way),
        moved_to=ladder.title(stage) if request.stage is not stage else "",
        first_due=day_in_words(request.ledger.first.day)
        if request.ledger.first.day != request.deadline.day
        else "",
        ended=not way.challenge.open,
        history=_history(way),
        actions=agreed_so_far(way),
        sign_in_at=_reply_to(way) if way.signed_in is None else "",
        replied=any(one.answered for one in way.challenge.requests),
        together=_together_at(way),
        steps=step_of(form, " ").strip(),
        next_step=next_step(way.challenge, way.now, way.council, way.officer.id),
        form=page,
        errors=page.errors,
    )


# Answering --------------------------------------------------------------------------------------


#: The answers to choose from, each with what else to enter.
_ANSWERS = (
    Option(
        Answer.RESOLVED,
        "Resolved",
        "The concern has been put right.",
    ),
    Option(
        Answer.ACTIONS,
        "Actions agreed",
        "It will be put right: you say who does what, and by when.",
    ),
    Option(
        Answer.CHALLENGED,
        "Disagree",
        "You give your reasons. The IRO decides what happens next.",
    ),
    Option(
        NOT_MINE,
        "Not mine",
        "It is not yours to answer. The IRO then asks somebody else.",
    ),
)

#: A link shows later which answer was given, and not its words.
_WHO_READS_ANSWER = "Everyone who is asked about this challenge can see which one you choose."
_ON_THE_RECORD = "It goes on the child’s record."
#: Those who are asked later read the actions of a reply by their link, and not its words (rule 3).
_READ_LATER = "The links of those who are asked later show these actions too."


def _answers(way: ReplyWay) -> tuple[Option, ...]:
    """Return the answers that can be given.

    After the end nobody else is asked any more, and *not mine* is said twice at one stage at most.
    """
    challenge = way.challenge
    earlier = way.request.number != challenge.request.number
    not_mine = challenge.open and (earlier or may_be_said(challenge))
    return tuple(one for one in _ANSWERS if not_mine or one.value != NOT_MINE)


def form_of(way: ReplyWay, at: unsent.Place, typed: Mapping[str, str], mark: str) -> Form:
    """Return the form of a reply, with what was typed into it."""
    today, readers = local_day(way.now), by_link(way.council.procedure)
    action = (
        Field(
            "what", Kind.WORDS, "What will be done?", readers=f"{_READ_LATER} {readers}", lines=3
        ),
        *owner_fields(
            *(way.council, today, way.challenge.area.team),
            by_link(way.council.procedure, words=False),
            iro=way.challenge.iro,
        ),
        working_day("by", "By when?", today, way.council.calendar),
    )
    rows = Rows(ACTION, "Action", action, least=0, most=20)
    label, hint = words_asked(typed.get("answer", ""))
    parts = (
        Field(
            "answer",
            Kind.RADIOS,
            "What is your answer?",
            readers=_WHO_READS_ANSWER,
            options=_answers(way),
        ),
        Field(
            "words",
            Kind.WORDS,
            label,
            f"{hint} {_ON_THE_RECORD}".strip(),
            readers=SIGNED_IN,
            lines=8,
        ),
        rows,
    )
    ids = {"command_id": web.command_id(typed), "draft": at.draft, unsent.KEPT: mark}
    form = Form(parts, at.address(), typed, hidden=ids)
    return replace(form, typed=form.answers())


def _command(way: ReplyWay, form: Form) -> tuple[Reply | SayNotMine, dict[str, str]]:
    """Return the command that the form asks for, and the problems: field → what to correct.

    A harmless value takes the place of what cannot be read.
    """
    typed, request = form.answers(), way.request.number
    read = Reading(typed, web.damaged(typed))
    words, answer = read.words("words"), typed.get("answer", "")
    actions = _read_actions(way, form, read)
    if form.rows and len(actions) > form.rows.most:
        read.problems[ACTION] = f"Enter at most {form.rows.most} actions."
    if answer == NOT_MINE:
        if actions:
            read.problems[ACTION] = "You entered actions. Choose “actions agreed”, or remove them."
        return SayNotMine(request, words), read.problems
    chosen = read.choice("answer", Answer, Answer.CHALLENGED, "Choose your answer.")
    return Reply(request, chosen, words, actions), read.problems


def _read_actions(way: ReplyWay, form: Form, read: Reading) -> tuple[AgreedAction, ...]:
    today = local_day(way.now)
    return tuple(read_action(read, n, way.council, today) for n in form.filled())


def is_recorded(way: ReplyWay, form: Form) -> bool:
    """Whether the record has a reply from the form with this id, with the same words as now."""
    command, problems = _command(way, form)
    id_ = form.hidden["command_id"]
    facts = [e.fact for e in way.challenge.events if e.command == id_]
    said = _said(fact_without_keys(command))
    return not problems and any(_said(fact) == said for fact in facts)


def _said(said: Fact | Reply | SayNotMine) -> tuple[str, str, tuple[AgreedAction, ...]] | None:
    """Return an answer's kind, words and actions; ``None`` if it is not an answer."""
    if isinstance(said, Reply | Replied):
        # The owners' words follow from who they are.
        return said.answer, said.words, tuple(replace(one, owner="") for one in said.actions)
    if isinstance(said, SayNotMine | NotMine):
        return NOT_MINE, said.words, ()
    return None


def checked(way: ReplyWay, form: Form) -> tuple[Reply | SayNotMine, dict[str, str]]:
    """Return the command, and everything to correct: field → sentence. It writes nothing."""
    command, problems = _command(way, form)
    actor = web.actor(way.officer, capacity(way), way.via)
    try:
        casebook().rehearse(way.challenge, way.council, command, actor, way.now)
    except BadSubmissionError as error:
        said = {ACTION if name == "actions" else name: text for name, text in error.fields.items()}
        problems = {**said, **problems}
    if "answer" in problems:  # then the rules judged a value that took the answer's place
        problems.pop(ACTION, None)
        if "words" in problems:
            problems["words"] = "Enter your reply in your own words."
    return command, problems


def action_in_full(action: AgreedAction, way: ReplyWay) -> str:
    """Return what will be done and by whom, on two lines."""
    return f"{action.what}\n{_owner_in_full(action.who or Owner(), way)}"


def capacity(way: ReplyWay) -> str:
    """Return the titles of the posts that they hold or cover and that were asked."""
    held = way.council.directory.posts_held(way.officer.id, local_day(way.now))
    posts = [post.title for post in held if post.id in way.request.posts]
    return " and ".join(posts) or Capacity.RESPONDER


def _to_check(way: ReplyWay, form: Form, command: Reply | SayNotMine) -> Response[str]:
    """Return the page to check the reply, and to send or change it. Nothing is recorded yet."""
    from domain.identifying import parts, passages

    # Without signing in, nobody may learn the child's name by trying which names get marked.
    child = way.challenge.raised.child if way.signed_in else None

    def pieces(text: str) -> tuple[Part, ...]:
        return parts(text, passages(text, child))

    actions = command.actions if isinstance(command, Reply) else ()
    shown = [pieces(command.words), *(pieces(action_in_full(a, way)) for a in actions)]
    return web.render(
        "reply_check.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        late=way.state is LinkState.LATE,
        answer=command.answer if isinstance(command, Reply) else NOT_MINE,
        words=shown[0],
        actions=[
            (pieces, action.by, beyond_the_limit(way, action.by))
            for pieces, action in zip(shown[1:], actions, strict=True)
        ],
        beyond=any(beyond_the_limit(way, action.by) for action in actions),
        limit=limit_of(way),
        telling=any(part.details for some in shown for part in some),
        readers=by_link(way.council.procedure, words=False),
        address=form.address,
        steps=step_of(form, " ").strip(),
        hidden={**form.answers(), **form.hidden, "step": unsent.CHECK},
    )
