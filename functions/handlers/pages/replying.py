"""Replying to a challenge: by an emailed link, or signed in.

GET shows the question and changes nothing, save that the look is noted: mail scanners follow
links, and submit forms as they find them. An empty form is refused; a form with an answer leads
to a page to check it, which writes nothing; only sending that page puts the reply on the record.

What a link opens shows the child's case ID and initials only.
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
from domain.challenge import AgreedAction
from domain.errors import BadSubmissionError, NotAllowedError
from domain.moments import day_in_words, local_day, moment_in_words
from domain.people import capacities, may_answer
from domain.permissions import may
from domain.procedure import ReplyLinks
from domain.rules.deciding import AskedAgain
from domain.rules.posts import NotMine, Reassigned, SayNotMine
from domain.rules.replies import Answer, Replied, Reply
from domain.rules.revising import DeadlineRevised
from domain.rules.stages import StageBegan
from domain.timeline import next_step
from domain.vocabulary import Capacity
from handlers.form_fields import by_link
from handlers.pages import web
from handlers.pages.fields import Reading, error_summary
from handlers.pages.gate import seen
from handlers.pages.lines import TimelineEntry, days_left, line
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from aws_lambda_powertools.event_handler import Response

    from adapters.links import ReplyLink
    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.directory import Officer
    from domain.events import Event, Fact
    from domain.identifying import Part

__all__ = ["router"]

router = APIGatewayRouter()

#: More rows than this nobody agrees in one reply.
_ROWS_AT_MOST = 20
#: So many rows stand there from the first.
_ROWS_AT_LEAST = 2

_NOT_MINE = "not mine"

#: The id of no officer: whose a link is that nobody was sent.
_NOBODY = "-"


class _Step(StrEnum):
    """What the button that was pressed asks for."""

    CHECK = "check"
    ADD_ACTION = "add-action"
    CHANGE = "change"
    SEND = "send"


class _Over(StrEnum):
    """Why a question cannot be answered here, beside what its link says."""

    SAID_NOT_MINE = "said not mine"
    LEFT = "left"


@dataclass(frozen=True)
class _Way:
    """The way somebody came in to answer a request: by their link, or signed in.

    ``state`` says whether it can be answered; ``address`` is the way's own, to come back to.
    """

    challenge: Challenge
    request: Request
    officer: Officer
    council: Council
    now: datetime
    address: str
    state: LinkState | _Over
    link: ReplyLink | None = None

    @property
    def answerable(self) -> bool:
        """Whether an answer can still be given, in time or late."""
        return self.state in (LinkState.LIVE, LinkState.LATE)

    @property
    def signed_in(self) -> Officer | None:
        """Who the page's header says is signed in: nobody, who came by their link alone."""
        link_alone = self.link and self.council.procedure.reply_links is ReplyLinks.LINK
        return None if link_alone else self.officer

    @property
    def iro(self) -> Officer | None:
        """The challenge's IRO: who to turn to."""
        return self.council.directory.officers.get(self.challenge.iro)

    @property
    def via(self) -> str:
        """By what way in, as the record says it."""
        return "link" if self.link else "page"


# The four routes --------------------------------------------------------------------------------


@router.get("/reply/<token>")
def show_by_link(token: str) -> Response[str]:
    """What is asked, or what became of it."""
    way = _by_link(token, clock.now())
    return _shown(way) if isinstance(way, _Way) else way


@router.post("/reply/<token>")
def answer_by_link(token: str) -> Response[str]:
    """A step towards the answer; a reply's moment is its receipt."""
    received = clock.now()
    way = _by_link(token, received)
    return _stepped(way) if isinstance(way, _Way) else way


@router.get("/challenges/<reference>/reply")
def show_signed_in(reference: str) -> Response[str]:
    """The same for a responder who is signed in."""
    return _shown(_signed_in(reference, clock.now()))


@router.post("/challenges/<reference>/reply")
def answer_signed_in(reference: str) -> Response[str]:
    """The same for a responder who is signed in."""
    received = clock.now()
    return _stepped(_signed_in(reference, received))


# Who came in, and whether they can answer -------------------------------------------------------


def _by_link(token: str, now: datetime) -> _Way | Response[str]:
    """The way of a link's recipient; a page, where it leads nowhere or is somebody else's."""
    book = casebook()
    link, council = book.links.find(token), book.council()
    if council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN:
        # Whoever is not its recipient is not told whether there is such a link.
        alone = link.officer if link else _NOBODY
        signed_in = _address(link.reference, link.request) if link else "/"
        reader = web.officer_and_council(router, alone=alone, given_back_at=signed_in)[0]
        if reader.id != alone:
            return web.render("reply_not_yours.html", 404, officer=reader)
    if link is None:
        return web.render("reply_unknown.html", 404)
    challenge = book.record.load(link.reference).challenge
    request = challenge.request_number(link.request)
    recipient = council.directory.officers.get(link.officer)
    if request is None or recipient is None:
        return web.render("reply_unknown.html", 404)
    state = link.state(challenge, now, council.procedure.link_lifetime_days)
    council = council.under(challenge.raised.procedure)
    # Whatever the page will say, it is about this challenge.
    book.record.note_look(challenge.reference, recipient.id, "link", now)
    way = _Way(challenge, request, recipient, council, now, f"/reply/{token}", state, link)
    return replace(way, state=_state(way))


def _signed_in(reference: str, now: datetime) -> _Way:
    """The way of somebody signed in, to the request they are asked about, or the one they name.

    Raises ``NoSuchChallengeError`` also for a challenge that is not theirs to see.
    """
    scene = seen(router, reference, now)
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
            "You are not asked to reply to this. If you should be, tell the IRO: they can put the "
            "question to you."
        )
        raise NotAllowedError(message)
    unanswered = [request for request in theirs if not request.answered]
    request = (named or unanswered or theirs)[-1]
    address = _address(challenge.reference, request.number)
    state = LinkState.ANSWERED if request.answered else LinkState.LIVE
    if state is LinkState.LIVE and _is_late(request, challenge, now):
        state = LinkState.LATE
    way = _Way(challenge, request, officer, council, now, address, state)
    return replace(way, state=_state(way))


def _address(reference: str, request: int) -> str:
    """Where somebody signed in answers this request."""
    return f"/challenges/{quote(reference)}/reply?request={request}"


def _is_late(request: Request, challenge: Challenge, now: datetime) -> bool:
    return request.number != challenge.request.number or request.deadline.passed_by(now)


def _state(way: _Way) -> LinkState | _Over:
    """Rule 15: who left the post has no more to see, and who said *not mine* has said it."""
    if not way.challenge.open:
        return LinkState.CLOSED
    if way.state is LinkState.SUPERSEDED:
        return way.state
    today = local_day(way.now)
    if not may_answer(way.request, way.challenge, way.officer.id, way.council, today):
        return _Over.LEFT
    who = capacities(way.challenge, way.officer.id, way.council, today)
    if not may(Reply, who, way.challenge, way.council):
        return _Over.LEFT
    if way.state is not LinkState.ANSWERED and way.link and _not_mine(way):
        return _Over.SAID_NOT_MINE
    return way.state


def _not_mine(way: _Way) -> Event | None:
    """The event with which this officer said that the question is not theirs, if they did."""
    said = (
        event
        for event in way.challenge.events
        if isinstance(event.fact, NotMine)
        and event.fact.request == way.request.number
        and event.actor.officer == way.officer.id
    )
    return next(said, None)


# Showing ----------------------------------------------------------------------------------------


def _shown(way: _Way) -> Response[str]:
    """The question, what was answered, or why there is nothing to answer."""
    typed = _Typed.of(web.draft(router, way.signed_in) if way.signed_in else {})
    return _form(way, typed) if way.answerable else _over(way, typed.text)


def _over(way: _Way, words: str = "") -> Response[str]:
    """The page of a question that has had its answer, or needs none any more.

    ``words`` are what somebody typed who came too late with it: they can still copy them.
    """
    shared: dict[str, Any] = {"way": way, "officer": way.signed_in, "iro": way.iro, "words": words}
    event = _not_mine(way) if way.state is _Over.SAID_NOT_MINE else _answer(way)
    if way.state in (LinkState.ANSWERED, _Over.SAID_NOT_MINE) and event:
        fact = event.fact
        return web.render(
            "reply_answered.html",
            409 if words else 200,
            **shared,
            by="You" if event.actor.officer == way.officer.id else event.actor.name,
            answer=fact.answer if isinstance(fact, Replied) else _NOT_MINE,
            fact=fact,
            when=moment_in_words(event.effective),
            next_step=next_step(way.challenge, way.now, way.council),
        )
    return web.render(
        "reply_over.html",
        410,
        **shared,
        state=str(way.state),
        asked_again=way.state is LinkState.SUPERSEDED and _asked_again(way),
    )


def _answer(way: _Way) -> Event | None:
    """The reply to the request: the one that counts, else the first late one."""
    return way.request.reply or next(iter(way.request.late_replies), None)


def _asked_again(way: _Way) -> bool:
    """Whether the request was superseded by the same question, asked again."""
    following = way.challenge.request_number(way.request.number + 1)
    made_by = way.challenge.events[following.event - 1].fact if following else None
    return isinstance(made_by, AskedAgain)


#: Whoever replies reads what those read who are asked.
_READS = frozenset({Capacity.RESPONDER})


def _history(way: _Way) -> list[TimelineEntry]:
    """What went before at this stage, where it was asked before: answers, and who asked again."""
    challenge, stage = way.challenge, way.request.stage
    numbers = {r.number for r in challenge.requests if r.stage is stage}
    kinds = (Replied, NotMine, AskedAgain, Reassigned, DeadlineRevised)
    return [
        line(event, challenge, way.council, _READS)
        for event in challenge.events
        if isinstance(event.fact, kinds) and event.fact.request in numbers
    ]


def _stage_reason(way: _Way) -> str:
    """Why the challenge came to this stage, as the IRO wrote it."""
    began = [
        event.fact.reason
        for event in way.challenge.events
        if isinstance(event.fact, StageBegan) and event.fact.stage is way.request.stage
    ]
    return began[0] if began else ""


def _days_left(way: _Way) -> str:
    """``4 working days left``, ``due today``; empty once it is late."""
    if way.state is not LinkState.LIVE:
        return ""
    return days_left(way.request.deadline.day, local_day(way.now), way.council)


def _form(way: _Way, typed: _Typed, problems: Mapping[str, str] | None = None) -> Response[str]:
    problems = problems or {}
    raised = way.challenge.raised
    request = way.request
    ladder, stage = way.council.ladder, way.challenge.stage
    return web.render(
        "reply_question.html",
        422 if problems else 200,
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        # Never the whole child: what a link opens shows no name and no date of birth.
        child={"case_id": raised.child.case_id, "initials": raised.child.initials},
        concerns=raised.concerns,
        tried=raised.tried,
        reason=_stage_reason(way),
        due=day_in_words(request.deadline.day),
        days_left=_days_left(way),
        late=way.state is LinkState.LATE,
        moved_to=ladder.title(stage) if request.stage is not stage else "",
        first_due=day_in_words(request.first_deadline.day)
        if request.first_deadline.day != request.deadline.day
        else "",
        history=_history(way),
        next_step=next_step(way.challenge, way.now, way.council),
        readers=by_link(way.council.procedure),
        typed=typed,
        problems=problems,
        errors=error_summary(problems, typed.anchors()),
    )


# Answering --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """An action as it was typed; ``by`` are its three boxes."""

    what: str = ""
    owner: str = ""
    day: str = ""
    month: str = ""
    year: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was typed in it."""
        return not any((self.what, self.owner, self.day, self.month, self.year))


@dataclass(frozen=True)
class _Typed:
    """The reply as it was typed so far. Rows of actions left blank are dropped.

    ``offered`` is how many rows the page shows, blank ones with them.
    """

    answer: str
    words: str
    rows: tuple[_Row, ...]
    command_id: str
    draft: str
    offered: int = _ROWS_AT_LEAST

    @classmethod
    def of(cls, form: Mapping[str, str]) -> _Typed:
        """Read it from a form, whatever step that was made for."""
        rows = (
            _Row(
                form.get(f"action-{n}-what", "").strip(),
                form.get(f"action-{n}-owner", "").strip(),
                *(form.get(f"action-{n}-by-{box}", "").strip() for box in ("day", "month", "year")),
            )
            for n in range(1, _ROWS_AT_MOST + 1)
        )
        shown = [n for n in range(1, _ROWS_AT_MOST + 1) if f"action-{n}-what" in form]
        return cls(
            form.get("answer", ""),
            form.get("words", "").strip(),
            tuple(row for row in rows if not row.blank),
            web.command_id(form),
            form.get("draft", ""),
            max(_ROWS_AT_LEAST, *shown, 0),
        )

    @property
    def more_rows(self) -> bool:
        """Whether there is room for another action."""
        return self.offered < _ROWS_AT_MOST

    @property
    def rows_shown(self) -> tuple[_Row, ...]:
        """The rows of the page: those typed into, then the blank ones."""
        return self.rows + (_Row(),) * (self.offered - len(self.rows))

    @property
    def text(self) -> str:
        """All that was written, as text to copy."""
        actions = (
            f"Action {n}: {row.what} ({row.owner}, by {row.day} {row.month} {row.year})"
            for n, row in enumerate(self.rows, start=1)
        )
        return "\n".join(part for part in (self.words, *actions) if part)

    def hidden(self) -> dict[str, str]:
        """All of it, for the hidden fields of the page to check."""
        fields = {"answer": self.answer, "words": self.words, "command_id": self.command_id}
        for n, row in enumerate(self.rows, start=1):
            fields |= {f"action-{n}-what": row.what, f"action-{n}-owner": row.owner}
            fields |= {f"action-{n}-by-day": row.day, f"action-{n}-by-month": row.month}
            fields |= {f"action-{n}-by-year": row.year}
        return fields | ({"draft": self.draft} if self.draft else {})

    def anchors(self) -> dict[str, str]:
        """The id of the first control of each field whose id is not its name."""
        dates = {f"action-{n}-by": f"action-{n}-by-day" for n in range(1, _ROWS_AT_MOST + 1)}
        return {"actions": "action-1-what", **dates}

    def command(self, request: int, today: date) -> tuple[Reply | SayNotMine, dict[str, str]]:
        """What it asks for, and what of it could not be read (something harmless stands in)."""
        hidden = self.hidden()
        read = Reading(hidden)
        read.problems |= web.damaged({name: hidden[name] for name in hidden if name != "draft"})
        words = read.words("words")
        actions = tuple(
            AgreedAction(
                read.words(f"action-{n}-what"),
                read.words(f"action-{n}-owner"),
                read.day(f"action-{n}-by", today, f"Action {n}: enter"),
            )
            for n in range(1, len(self.rows) + 1)
        )
        if self.answer == _NOT_MINE:
            if actions:
                read.problems["actions"] = (
                    "You entered actions. Choose “actions agreed”, or remove them."
                )
            return SayNotMine(request, words), read.problems
        answer = read.choice("answer", Answer, Answer.CHALLENGED, "Choose your answer.")
        return Reply(request, answer, words, actions), read.problems


def _stepped(way: _Way) -> Response[str]:
    """What follows from the button that was pressed."""
    form = web.form(router)
    typed = _Typed.of(form)
    step = form.get("step", _Step.CHECK)
    if typed.command_id in way.challenge.commands:
        if _is_recorded(way, typed):
            return web.see_other(way.address)  # the same form, sent twice
        # They went back and changed it: not lost, and not sent without another look.
        typed = replace(typed, command_id=web.new_id())
        step = _Step.CHECK if step == _Step.SEND else step
    if not way.answerable:
        return _over(way, typed.text)
    if step == _Step.ADD_ACTION:
        return _form(way, replace(typed, offered=min(typed.offered + 1, _ROWS_AT_MOST)))
    if step == _Step.CHANGE:
        return _form(way, typed)
    try:
        return _to_check_or_sent(way, typed, send=step == _Step.SEND)
    except NotAllowedError:
        # Something came between our look and this: as if they had sent it a moment later.
        way = _as_it_stands(way)
        if way.answerable:
            raise
        return _stepped(way)


def _as_it_stands(way: _Way) -> _Way:
    """The same way, looked at anew."""
    challenge = casebook().record.load(way.challenge.reference).challenge
    request = challenge.request_number(way.request.number) or way.request
    state = way.state
    if request.superseded:
        state = LinkState.SUPERSEDED
    elif request.answered:
        state = LinkState.ANSWERED
    way = replace(way, challenge=challenge, request=request, state=state)
    return replace(way, state=_state(way))


def _to_check_or_sent(way: _Way, typed: _Typed, *, send: bool) -> Response[str]:
    """What there is to mend; else the page to check, or with ``send`` the reply on the record."""
    command, problems = _checked(way, typed)
    if problems:
        return _form(way, typed, problems)
    if not send:
        return _to_check(way, typed, command)
    after = casebook().act(
        way.challenge.reference,
        command,
        web.actor(way.officer, _capacity(way), way.via),
        typed.command_id,
        received=way.now,
        link=way.link.digest if way.link else None,
    )
    if not _is_recorded(replace(way, challenge=after), typed):
        # The same form, with another answer in it, was faster: this one was not recorded.
        return _stepped(_as_it_stands(way))
    if way.signed_in:
        web.use_up_draft(way.signed_in, typed.hidden())
    return web.see_other(way.address)


def _is_recorded(way: _Way, typed: _Typed) -> bool:
    """Whether the form with this id put on the record what it holds now."""
    command, problems = typed.command(way.request.number, local_day(way.now))
    facts = [e.fact for e in way.challenge.events if e.command == typed.command_id]
    said = _said(fact_without_keys(command))
    return not problems and any(_said(fact) == said for fact in facts)


def _said(said: Fact | Reply | SayNotMine) -> tuple[str, str, tuple[AgreedAction, ...]] | None:
    """What an answer says; ``None`` if it is no answer."""
    if isinstance(said, Reply | Replied):
        return said.answer, said.words, said.actions
    if isinstance(said, SayNotMine | NotMine):
        return _NOT_MINE, said.words, ()
    return None


def _checked(way: _Way, typed: _Typed) -> tuple[Reply | SayNotMine, dict[str, str]]:
    """The command, and everything there is to mend in it. Writes nothing."""
    command, problems = typed.command(way.request.number, local_day(way.now))
    actor = web.actor(way.officer, _capacity(way), way.via)
    try:
        casebook().rehearse(way.challenge.reference, command, actor, way.now)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    if "answer" in problems:  # then the rules spoke about the answer that stood in
        problems.pop("actions", None)
        if "words" in problems:
            problems["words"] = "Enter your reply in your own words."
    order = ["answer", "words", "actions"]
    return command, dict(
        sorted(problems.items(), key=lambda p: order.index(p[0]) if p[0] in order else len(order))
    )


def _capacity(way: _Way) -> str:
    """The posts as whose holder, or cover, they answer."""
    held = way.council.directory.posts_held(way.officer.id, local_day(way.now))
    posts = [post.title for post in held if post.id in way.request.posts]
    return " and ".join(posts) or Capacity.RESPONDER


def _to_check(way: _Way, typed: _Typed, command: Reply | SayNotMine) -> Response[str]:
    """What would be put on the record, to be sent or changed. Nothing has been written."""
    from domain.identifying import parts, passages

    # By a link alone nobody may learn the child's name by trying which name is marked.
    child = way.challenge.raised.child if way.signed_in else None

    def pieces(text: str) -> tuple[Part, ...]:
        return parts(text, passages(text, child))

    actions = command.actions if isinstance(command, Reply) else ()
    shown = [pieces(command.words), *(pieces(f"{a.what}\n{a.owner}") for a in actions)]
    return web.render(
        "reply_check.html",
        officer=way.signed_in,
        way=way,
        iro=way.iro,
        late=way.state is LinkState.LATE,
        answer=command.answer if isinstance(command, Reply) else _NOT_MINE,
        words=shown[0],
        actions=list(zip(shown[1:], [action.by for action in actions], strict=True)),
        telling=any(part.details for some in shown for part in some),
        readers=by_link(way.council.procedure, words=False),
        fact=command,
        hidden=typed.hidden(),
    )
