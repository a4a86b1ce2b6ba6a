"""The challenge's page: where it stands, both clocks, its whole record; and what can be done.

Who sees it, and what they are offered, is the domain's table of permissions. Each act has a page
of its own, from the table in ``handlers.pages.acts``: it says what will happen, asks what has to be
known, and one button does it. If something has happened to the challenge since that page was
opened, the person is shown what, with all that they typed, and decides anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.errors import MovedOnError, TryAgainError
from adapters.wiring import casebook
from domain.acting import check_open, standing_in_words
from domain.errors import BadSubmissionError, NotAllowedError
from domain.people import may_answer
from domain.permissions import may
from domain.retention import keep_until
from domain.rules.lateness import Chased, days_in_words
from domain.rules.period import cannot_fit
from domain.rules.replies import Reply
from domain.rules.serving import Served
from domain.rules.stages import Reminded
from domain.tasks import tasks
from domain.timeline import next_step, waits_for
from domain.vocabulary import Purpose
from handlers.form_fields import SIGNED_IN, by_link
from handlers.pages import unsent, web
from handlers.pages.acts import ActPage, Scene, offers, page_at
from handlers.pages.gate import seen
from handlers.pages.kit import Form, Kind, Reading
from handlers.pages.lines import TimelineEntry, days_left, line
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from domain.challenge import Request
    from domain.deadlines import Ledger
    from domain.events import Actor, Event
    from domain.identifying import Part
    from domain.part import Command, Task
    from handlers.pages.kit import Field

__all__ = ["router"]

router = APIGatewayRouter()

#: What the clock or the post did by itself: no reason to think again about a decision.
_QUIET = (Served, Reminded, Chased)

#: How often an act is tried anew because something quiet came between.
_LOOKS = 6


def _address(scene: Scene) -> str:
    return f"/challenges/{quote(scene.challenge.reference)}"


# The challenge -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """One deadline, as the page shows it: what is due, when, and the sum that led to it."""

    title: str
    day: date
    left: str
    passed: bool
    why: str
    first_day: date | None = None


@dataclass(frozen=True)
class Step:
    """One stage of the ladder. ``mark`` says in words where the challenge stands to it."""

    title: str
    who: str
    days: str
    mark: str
    here: bool


@router.get("/challenges/<reference>")
def show_challenge(reference: str) -> Response[str]:
    """Everything about one challenge. The look is recorded."""
    scene = seen(router, reference)
    challenge, council = scene.challenge, scene.council
    done = page_at(query(router).get("done", ""))
    worker = council.directory.people(challenge.raised.social_worker, scene.today)
    iro = council.directory.officers.get(challenge.iro)
    return web.render(
        "challenge.html",
        officer=scene.officer,
        challenge=challenge,
        raised=challenge.raised,
        iro=iro.name if iro else challenge.iro,
        worker=" and ".join(person.name for person in worker) or "Vacant post",
        heading=_heading(scene),
        done=done.act.called if done else "",
        waits_for=waits_for(challenge, council),
        next_step=next_step(challenge, scene.now, council),
        ladder=_ladder(scene),
        clocks=_clocks(scene),
        period=_period(scene),
        cannot_fit=cannot_fit(challenge, scene.now, council),
        actions=challenge.actions,
        lines=_lines(scene),
        address=_address(scene),
        reply_to=_reply_to(scene),
        offers=offers(scene),
        keep_until=keep_until(challenge.raised.child.date_of_birth),
    )


def _heading(scene: Scene) -> str:
    """``Stage 2``, ``Stage 2: IRO to decide``, ``Ended: withdrawn``."""
    challenge = scene.challenge
    if not challenge.open:
        return f"Ended: {challenge.outcome}"
    stage, standing = (
        scene.council.ladder.title(challenge.stage),
        standing_in_words(challenge, scene.council),
    )
    return stage if standing == stage else f"{stage}: {standing}"


def _lines(scene: Scene) -> list[TimelineEntry]:
    """The record, newest first."""
    events = reversed(scene.challenge.events)
    return [line(event, scene.challenge, scene.council, scene.capacities) for event in events]


def _reply_to(scene: Scene) -> Request | None:
    """The present request, if the officer is asked to answer it and it has no answer."""
    challenge, request = scene.challenge, scene.challenge.request
    asked = may_answer(request, challenge, scene.officer.id, scene.council, scene.today)
    may_reply = may(Reply, scene.capacities, challenge, scene.council)
    return request if asked and may_reply and not request.answered else None


def _clock(title: str, ledger: Ledger, scene: Scene) -> Clock:
    deadline, first = ledger.deadline, ledger.first
    return Clock(
        title,
        deadline.day,
        days_left(deadline.day, scene.today, scene.council),
        deadline.at < scene.now,
        ledger.why,
        first.day if first.day != deadline.day else None,
    )


def _clocks(scene: Scene) -> list[Clock]:
    """What is waited for now, most urgent first: decisions, or the reply, or agreed actions."""
    return [_clock_of(task, scene) for task in tasks(scene.challenge, scene.council)]


def _clock_of(task: Task, scene: Scene) -> Clock:
    challenge = scene.challenge
    if task.purpose is Purpose.REPLY:
        title = scene.council.ladder.title(challenge.stage)
        return _clock(f"Reply at {title} due", task.ledger, scene)
    if task.purpose is Purpose.DO_ACTION:
        number = task.key.rpartition("-")[2]
        return _clock(f"Action {number} to be done", task.ledger, scene)
    return _clock(f"{_capitalised(task.whose)} is to {task.purpose}", task.ledger, scene)


def _period(scene: Scene) -> Clock | None:
    """The clock of the formal process as a whole; ``None`` while it is informal, and once ended."""
    challenge = scene.challenge
    if challenge.period_ledger is None or not challenge.open:
        return None
    title = "The resolution period ends"
    if challenge.beyond_period:
        title = "Beyond its resolution period, which ended"
    return _clock(title, challenge.period_ledger, scene)


def _ladder(scene: Scene) -> list[Step]:
    """The stages, each with what became of it."""
    challenge = scene.challenge
    reached = {request.stage for request in challenge.requests}
    ladder = scene.council.ladder
    stages = ladder.stages
    here = stages.index(challenge.stage)
    steps = []
    for place, stage in enumerate(stages):
        on_ladder = ladder[stage]
        mark = ""
        if place == here:
            mark = "It stands here" if challenge.open else "It ended here"
        elif stage in reached:
            mark = "Passed"
        elif place < here:
            mark = "Skipped" if reached & set(stages[:place]) else "Not used"
        who = " or ".join(on_ladder.responders)
        days = days_in_words(on_ladder.working_days)
        steps.append(Step(on_ladder.title, who, days, mark, place == here))
    return steps


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


# The acts ----------------------------------------------------------------------------------------


def _page(slug: str, scene: Scene) -> ActPage:
    """The page of an act that can be done now.

    Raises ``NotFoundError`` where there is no such act, and ``NotAllowedError`` where it cannot be
    done now, or not by this officer.
    """
    page = page_at(slug)
    if page is None:
        raise NotFoundError
    if page not in offers(scene):
        challenge = scene.challenge
        check_open(challenge)
        message = (
            f"“{page.act.called}” cannot be done now: {challenge.reference} stands at "
            f"“{standing_in_words(challenge, scene.council)}”, and waits for "
            f"{waits_for(challenge, scene.council)}. Open its page to see what can be done."
        )
        raise NotAllowedError(message)
    return page


@router.get("/challenges/<reference>/<slug>")
def show_act(reference: str, slug: str) -> Response[str]:
    """The form of one act, as it was typed last; looked over at the step for that."""
    if not unsent.is_named(router):
        web.officer(router)
        return unsent.to_own_place(router)
    scene = seen(router, reference)
    at = unsent.place(router, scene.officer.id)
    found = unsent.found(at)
    if found.sent:
        return _sent(scene, at)
    page, typed = _page(slug, scene), found.form
    step = query(router).get("step")
    look = _looked(scene, page, typed) if step == unsent.CHECK or found.untouched else None
    return _form(scene, page, at, found, look)


def _sent(scene: Scene, at: unsent.Place) -> Response[str]:
    """Say that the form was sent, to whoever goes back to it."""
    return web.render(
        "form_sent.html",
        officer=scene.officer,
        record=_address(scene),
        reference=scene.challenge.reference,
        anew=at.page,
    )


@router.post("/challenges/<reference>/<slug>")
def do_act(reference: str, slug: str) -> Response[str]:
    """Do it, or lead to the page that says what has to be corrected or known before."""
    for _ in range(_LOOKS):
        try:
            return _done(reference, slug)
        except MovedOnError:
            continue  # something came between our look and this: as if they had sent it later
    message = f"{reference} is being changed by several people at once. Try again in a moment."
    raise TryAgainError(message)


def _done(reference: str, slug: str) -> Response[str]:
    """Raises ``MovedOnError`` if the challenge is not any more as it was looked at here."""
    scene = seen(router, reference, shows=False)
    typed = web.form(router)
    challenge, command_id = scene.challenge, web.sent_id(typed)
    done = f"{_address(scene)}?done={quote(slug)}"
    if command_id in challenge.commands:
        return web.see_other(done)  # the same form, sent twice
    page, at = _page(slug, scene), unsent.place(router, scene.officer.id, typed)
    look = _looked(scene, page, typed, seen=challenge.version)
    if look.stops(typed):
        at = unsent.apart(at, typed) if look.sent_before else at
        unsent.keep(at, typed)
        return at.see(unsent.CHECK)
    casebook().act(
        *(challenge.reference, look.command, _actor(scene, page, typed), command_id),
        received=scene.now,
        seen=challenge.version,
    )
    unsent.use_up(at, typed)
    web.use_up_draft(scene.officer, typed)
    return web.see_other(done)


#: The button that leaves marked words as they are; its value says which words those were.
_AS_IT_IS = "as-it-is"


@dataclass(frozen=True)
class _Look:
    """What there is to an act before it is done, as it was typed.

    What would be done; what to correct; what has happened since the form was opened, and whether
    they did some of it themselves; what in it tells who the child is, by field.
    """

    command: Command
    problems: Mapping[str, str]
    since: list[Event]
    sent_before: bool
    telling: Mapping[str, tuple[Part, ...]]

    def stops(self, typed: Mapping[str, str]) -> bool:
        """Whether somebody has to look at it before it is done."""
        seen = not self.telling or typed.get(_AS_IT_IS) == _seen_as(self.telling)
        return bool(self.problems or self.since or not seen)


def _looked(
    scene: Scene, page: ActPage, typed: Mapping[str, str], *, seen: int | None = None
) -> _Look:
    """Look over an act as it was typed. Writes nothing.

    Raises ``NotAllowedError``; and ``MovedOnError`` if the challenge is not at version ``seen``.
    """
    own = {name for field in page.fields(scene) for name in field.controls}
    read = Reading(typed, web.damaged({name: typed[name] for name in own & typed.keys()}))
    command = page.build(read, scene)
    problems = dict(read.problems)
    actor = _actor(scene, page, typed)
    try:
        casebook().rehearse(scene.challenge.reference, command, actor, scene.now, seen=seen)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    except NotAllowedError:
        if not problems:  # else the rules may have spoken about what stood in for an answer
            raise
    telling = {} if problems else _telling(scene, page, typed)
    since = _since(scene, typed)
    by_themselves = any(event.actor.officer == scene.officer.id for event in since)
    return _Look(command, problems, since, by_themselves, telling)


def _actor(scene: Scene, page: ActPage, typed: Mapping[str, str]) -> Actor:
    return web.actor(scene.officer, _capacity(scene, page), typed=typed)


def _telling(scene: Scene, page: ActPage, typed: Mapping[str, str]) -> dict[str, tuple[Part, ...]]:
    """What was written where reply links show it and seems to tell who the child is, by field."""
    child = scene.challenge.raised.child
    written = {f.name: typed.get(f.name, "") for f in page.fields(scene) if f.by_link}
    if not any(written.values()):
        return {}
    from domain.identifying import parts, passages

    found = {name: parts(text, passages(text, child)) for name, text in written.items()}
    return {name: some for name, some in found.items() if any(part.details for part in some)}


def _seen_as(telling: Mapping[str, tuple[Part, ...]]) -> str:
    """What stands for the marked words: words that are changed are looked at anew."""
    words = "\n".join(part.text for some in telling.values() for part in some)
    return sha256(words.encode()).hexdigest()[:16]


def _since(scene: Scene, typed: Mapping[str, str]) -> list[Event]:
    """What happened to the challenge since the form was opened, if it could change a mind."""
    version = typed.get("seen", "")
    if not (version.isascii() and version.isdigit()):
        return []
    since = scene.challenge.events[int(version[:9]) :]
    return [event for event in since if not isinstance(event.fact, _QUIET)]


def _capacity(scene: Scene, page: ActPage) -> str:
    """As what the officer does it: the first of their capacities that allows it."""
    allowing = [
        who
        for who in sorted(scene.capacities)
        if may(page.act, frozenset({who}), scene.challenge, scene.council)
    ]
    return str(allowing[0])


def _form(
    scene: Scene, page: ActPage, at: unsent.Place, found: unsent.Found, look: _Look | None
) -> Response[str]:
    """The form with what was typed, and what there is to it if it was looked over."""
    typed = found.form
    form = Form(
        _said_who_reads(page.fields(scene), scene),
        at.address(),
        typed,
        look.problems if look else {},
        {
            "command_id": web.command_id({"command_id": at.id, **typed}),
            "seen": str(scene.challenge.version),
            "draft": at.draft,
            unsent.KEPT: found.mark,
        },
    )
    telling = look.telling if look else {}
    return web.render(
        "act.html",
        officer=scene.officer,
        challenge=scene.challenge,
        standing=standing_in_words(scene.challenge, scene.council),
        address=_address(scene),
        page=page,
        guidance=page.guidance(scene),
        form=form,
        typed_by=found.draft.typed_by if found.draft else "",
        # Also at a step back: from now on they are taken to have seen it.
        since=[
            line(event, scene.challenge, scene.council, scene.capacities)
            for event in _since(scene, typed)
        ],
        telling=[(one.label, telling[one.name]) for one in form.fields if one.name in telling],
        as_it_is=_seen_as(telling),
        readers=by_link(scene.council.procedure, words=False),
        errors=form.errors,
    )


def _said_who_reads(fields: tuple[Field, ...], scene: Scene) -> tuple[Field, ...]:
    """The fields, each that takes words with who will read them."""
    link = by_link(scene.council.procedure)
    return tuple(
        replace(one, readers=link if one.by_link else SIGNED_IN) if one.kind is Kind.WORDS else one
        for one in fields
    )
