"""The challenge's page: the current stage, both clocks, the whole record, and what can be done.

The domain's table of permissions decides who sees it and what they are offered. Each act has its
own page, from the table in ``handlers.pages.acts``: it says what will happen, asks what we need to
know, and has one button that does it. If something has happened to the challenge since that page
was opened, the person sees what it was, with everything they typed, and decides again.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.errors import OnlyAPartError
from adapters.wiring import casebook
from domain.acting import check_open, standing_in_words
from domain.errors import BadSubmissionError, NotAllowedError
from domain.moments import day_in_words, local_day, moment_in_words
from domain.named import ANOTHER
from domain.part import EVERYBODY, Written
from domain.people import may_answer
from domain.permissions import may, may_see_looks
from domain.retention import keep_until
from domain.rules.accepting import AcceptActions
from domain.rules.corrections import form_corrected
from domain.rules.deciding import GiveView, ManagerView
from domain.rules.endings import goes_on_in
from domain.rules.history import sees_history
from domain.rules.impact import offers_to_reopen
from domain.rules.lateness import Chased
from domain.rules.legal import pieces_for
from domain.rules.letters_to_child import ChildWrittenTo, letter_of, may_read_letter
from domain.rules.meetings import meetings_ahead
from domain.rules.period import cannot_fit
from domain.rules.reopening import Reopen, reopened_as
from domain.rules.replies import Reply
from domain.rules.sealing import CheckTexts, raised_instead, texts_to_check
from domain.rules.serving import Served
from domain.rules.stages import Reminded
from domain.rules.taking_over import goes_on_for
from domain.rules.timescales import outcomes
from domain.tasks import is_theirs, tasks
from domain.timeline import waits_for
from domain.values import Value, value
from domain.vocabulary import Capacity, Purpose
from domain.writing import capitalised
from handlers.form_fields import SIGNED_IN, by_link
from handlers.owner_names import with_holders
from handlers.pages import done, unsent, web, whole
from handlers.pages.acts import MORE, ActPage, Scene, by_purpose, capacity, offers, page_at
from handlers.pages.acts.absence import covers_to_set
from handlers.pages.acts.page import ON_A_REPLY, reply_to_decide_on
from handlers.pages.checking import Check, check_of
from handlers.pages.gate import seen, siblings
from handlers.pages.kit import Form, Kind, Reading
from handlers.pages.lines import TimelineEntry, anchor_of, grouped, line
from handlers.pages.papers import documents, exported
from handlers.pages.replying import is_asked
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.event_handler import Response

    from adapters.casebook import Foreseen
    from domain.challenge import Challenge, Request
    from domain.events import Actor, Event
    from domain.identifying import Part
    from domain.part import Command
    from handlers.pages.kit import Field

__all__ = ["router"]

router = APIGatewayRouter()

#: What is automatic, and no reason to think again about a decision.
_QUIET = (Served, Reminded, Chased)


def _address(scene: Scene) -> str:
    return f"/challenges/{quote(scene.challenge.reference)}"


# The challenge -----------------------------------------------------------------------------------


@value
class ToSettle(Value):
    """The acts that settle one task of the reader's, or several; ``tasks`` are these in words.

    ``anchors`` are the places on the page to which lists of tasks lead.
    """

    tasks: tuple[str, ...]
    anchors: tuple[str, ...]
    pages: tuple[ActPage, ...]


def _offers(scene: Scene) -> tuple[list[ToSettle], list[ActPage]]:
    """Return the acts that settle tasks of the reader's, due first, and all others offered.

    Filing is last. Each act is there once, under the first task that it settles.
    """
    offered, found = offers(scene), list[ToSettle]()
    for task in sorted(whole.soonest_first(scene), key=whole.is_filing):
        if not is_theirs(task, scene.officer.id, scene.challenge, scene.council, scene.today):
            continue
        pages = [page for page in offered if task.purpose in page.act.settles]
        if pages:
            _add(found, pages, capitalised(task.in_words), anchor_of(task.key))
    if whole.may_decide_now(scene):  # the Senior IRO Manager too, who has no task to
        pages = [page for page in offered if Purpose.STEP_IN in page.act.settles]
        _add(found, pages, capitalised(Purpose.STEP_IN.in_words))
    if Capacity.SRSM in scene.capacities and whole.beyond(scene):
        _add(found, [page for page in offered if page.act is AcceptActions])
    if offers_to_reopen(scene.challenge):
        _add(found, [page for page in offered if page.act is Reopen])
    asked = {page for one in found for page in one.pages}
    return found, [page for page in offered if page not in asked]


def _add(found: list[ToSettle], pages: list[ActPage], task: str = "", anchor: str = "") -> None:
    """Add what settles a task; if that is there already, add the task to it."""
    tasks, anchors = (tuple(one for one in (text,) if one) for text in (task, anchor))
    new = tuple(page for page in pages if all(page not in one.pages for one in found))
    if new:
        found.append(ToSettle(tasks, anchors, new))
        return
    for place, one in enumerate(found):
        if pages and pages[0] in one.pages:
            named = tuple(dict.fromkeys((*one.tasks, *tasks)))
            found[place] = replace(one, tasks=named, anchors=(*one.anchors, *anchors))


@router.get("/challenges/<reference>")
def show_challenge(reference: str) -> Response[str]:
    """Show everything about one challenge. The look is recorded.

    Whoever may see only one page of it is led there.
    """
    try:
        scene = seen(router, reference)
    except OnlyAPartError as error:
        return web.see_other(error.address)
    challenge, council = scene.challenge, scene.council
    together = siblings(challenge, scene.officer, council, scene.now)
    asked, others = _offers(scene)
    clocks = whole.clocks(scene)
    reply_to = _reply_to(scene)
    entries = whole.lines(scene)
    only_decisions = query(router).get("record") == "decisions"
    return web.render(
        "challenge.html",
        scene=scene,
        officer=scene.officer,
        challenge=challenge,
        raised=challenge.raised,
        wanted=outcomes(challenge),
        iro=whole.iro_named(scene),
        worker=whole.workers_named(scene),
        heading=whole.heading(scene),
        another=ANOTHER,
        done=done.said(router, scene),
        follows=whole.follows(scene),
        ended=whole.ended(scene),
        beyond=whole.beyond(scene),
        may_decide_now=whole.may_decide_now(scene),
        in_the_iros_place=whole.in_the_iros_place(scene),
        ladder=whole.ladder_steps(scene),
        clocks=clocks,
        mine=[one for one in clocks if one.yours],
        due=[one for one in clocks if not one.yours and not one.action],
        period=whole.period(scene),
        cannot_fit=cannot_fit(challenge, scene.now, council),
        **whole.of_the_form(scene),
        actions=challenge.actions,
        owners={
            one.number: with_holders(one.who, one.owner, council, scene.today)
            for one in challenge.actions
        },
        lines=grouped([one for one in entries if one.decides or not only_decisions]),
        only_decisions=only_decisions,
        left_out=sum(not one.decides for one in entries),
        address=_address(scene),
        reply_to=reply_to,
        reply_is_late=_reply_is_late(reply_to, scene),
        together=is_asked(together, scene.officer.id, council, scene.now),
        reply=_to_decide_on(scene),
        asked=asked,
        offers=by_purpose(others),
        rarely=MORE,
        covers=covers_to_set(scene) if challenge.open else (),
        reads_advice=_reads_advice(scene),
        history=_history(scene),
        moved_on=bool(scene.until),
        keep_until=keep_until(challenge.raised.child.date_of_birth),
        linked=_linked(scene, together),
        since_formal=whole.since_formal(scene),
        documents=documents(scene),
        exported=exported(scene),
        letter=bool(letter_of(challenge)) and may_read_letter(scene.capacities),
        looks=may_see_looks(scene.capacities, challenge, council),
        meetings=_meetings(scene),
        corrections=[
            line(event, challenge, council, scene.capacities) for event in form_corrected(challenge)
        ],
    )


@value
class MeetingAhead(Value):
    """A meeting that is arranged, in words: when and where it is, who chairs, and the others."""

    when: str
    where: str
    chair: str
    others: tuple[str, ...]


def _meetings(scene: Scene) -> list[MeetingAhead]:
    """Return the meetings that are arranged, for those who read where they are (rule 12)."""
    challenge = scene.challenge
    if scene.until or not challenge.open:
        return []
    return [
        MeetingAhead(
            moment_in_words(one.at),
            one.where,
            scene.officer_named(one.chair),
            tuple(scene.officer_named(id_) for id_ in one.invited if id_ != one.chair),
        )
        for one in meetings_ahead(challenge)
        if one.at and Written("Where", one.where, EVERYBODY).is_for(scene.capacities)
    ]


@value
class Linked(Value):
    """Another challenge that this one is linked to: in which way, and its reference.

    Without a reference it is sealed, and named nowhere (rule 22).
    """

    how: str
    reference: str


def _linked(scene: Scene, together: list[Challenge]) -> list[Linked]:
    """Return the challenges that it continues, goes on as, or took over from (rule 16).

    So are those of brothers and sisters that the reader may see, ``together`` (rule 17), and those
    whose texts the reader has to check (rule 22).
    """
    challenge = scene.challenge
    checks = (
        texts_to_check(challenge)
        if may(CheckTexts, scene.capacities, challenge, scene.council)
        else ()
    )
    found = [
        ("Continues", challenge.raised.continues),
        ("Reopened as", reopened_as(challenge)),
        ("A duplicate of", goes_on_in(challenge)),
        ("Raised instead", raised_instead(challenge)),
        *(("Took over from", reference) for reference in goes_on_for(challenge)),
        *(("Brother or sister:", one.reference) for one in together),
        *(("Text to check:", reference) for reference in checks),
    ]
    return [
        Linked(how, "" if reference in challenge.unnamed else reference)
        for how, reference in found
        if reference
    ]


def _reads_advice(scene: Scene) -> bool:
    """Whether the officer may read legal advice of this challenge, and there is a question."""
    return bool(pieces_for(scene.challenge, scene.officer.id, scene.council, scene.today))


def _history(scene: Scene) -> bool:
    """Whether the officer sees the child's other challenges, or can open them (rule 25)."""
    who = scene.capacities
    return Capacity.COVER in who or sees_history(who, scene.challenge, scene.officer.id)


def _reply_to(scene: Scene) -> Request | None:
    """Return the present request if the officer is asked to reply to it and it has no reply."""
    challenge, request = scene.challenge, scene.challenge.request
    asked = may_answer(request, challenge, scene.officer.id, scene.council, scene.today)
    may_reply = may(Reply, scene.capacities, challenge, scene.council)
    return request if asked and may_reply and not request.answered else None


def _reply_is_late(request: Request | None, scene: Scene) -> str:
    """Return that a reply is still taken after its date, for whoever can give it; or nothing."""
    if request is None or not request.deadline.passed_by(scene.now):
        return ""
    still = "You can still reply: it goes on the record as late"
    counts = ", and the IRO decides about it" if scene.challenge.open else ""
    return f"Your reply was due by {day_in_words(request.deadline.day)}. {still}{counts}."


def _to_decide_on(scene: Scene) -> list[TimelineEntry]:
    """Return the reply that somebody has to decide on, with the managers' views; or nothing."""
    challenge = scene.challenge
    reply = reply_to_decide_on(scene)
    if reply is None:
        return []
    views = [event for event in challenge.events if _is_view(event, challenge.request.number)]
    # The sums of the dates stand under "How we worked this out".
    sums = {task.ledger.why for task in tasks(challenge, scene.council)}
    lines = [_line(event, scene) for event in (reply, *views)]
    return [
        replace(one, details=tuple(pair for pair in one.details if pair[1] not in sums))
        for one in lines
    ]


def _is_view(event: Event, request: int) -> bool:
    return isinstance(event.fact, ManagerView) and event.fact.request == request


def _line(event: Event, scene: Scene) -> TimelineEntry:
    return line(event, scene.challenge, scene.council, scene.capacities)


def _about(page: ActPage, scene: Scene) -> list[TimelineEntry]:
    """Return what the act is about, to be read beside its form: a reply, or what was done last."""
    if not scene.sees_all:
        return []
    judges = not {*page.act.settles}.isdisjoint(ON_A_REPLY) or page.act is GiveView
    found = _to_decide_on(scene) if judges else []
    events = scene.challenge.events
    last = (
        next((one for one in reversed(events) if isinstance(one.fact, kind)), None)
        for kind in page.about
    )
    return [*found, *(_line(event, scene) for event in last if event)]


# The acts ----------------------------------------------------------------------------------------


def _page(slug: str, scene: Scene) -> ActPage:
    """Return the page of an act that can be done now.

    Raise ``NotFoundError`` if there is no such act, and ``NotAllowedError`` if it cannot be done
    now, or not by this officer.
    """
    page = page_at(slug)
    if page is None:
        raise NotFoundError
    if page not in offers(scene):
        if not scene.sees_all:
            message = "You have nothing more to do here. Go to the front page to see your work."
            raise NotAllowedError(message)
        challenge = scene.challenge
        check_open(challenge)
        council, today = scene.council, scene.today
        stands = standing_in_words(challenge, council, today)
        message = (
            f"“{page.act.called}” cannot be done now: {challenge.reference} is at "
            f"“{stands}”, and waits for {waits_for(challenge, council, today)}. "
            "Open its page to see what can be done."
        )
        raise NotAllowedError(message)
    return page


@router.get("/challenges/<reference>/letter")
def show_letter(reference: str) -> Response[str]:
    """Show the last letter to the child, to print (rule 19). The look is recorded.

    Raise ``NotFoundError`` if there is none, or if it is not for this officer.
    """
    scene = seen(router, reference)
    written = [one for one in scene.challenge.events if isinstance(one.fact, ChildWrittenTo)]
    if not written or not may_read_letter(scene.capacities):
        raise NotFoundError
    return web.render(
        "letter_to_child.html",
        officer=scene.officer,
        reference=scene.challenge.reference,
        address=_address(scene),
        words=letter_of(scene.challenge),
        written=day_in_words(local_day(written[-1].effective)),
    )


@router.get("/challenges/<reference>/<slug>")
def show_act(reference: str, slug: str) -> Response[str]:
    """Show the form of one act as it was typed last; at the step ``check``, with its problems."""
    if elsewhere := _elsewhere(reference, slug):
        return elsewhere
    if not unsent.is_named(router):
        web.officer(router)
        return unsent.to_own_place(router)
    scene = seen(router, reference, alone=_alone(slug))
    at = unsent.place(router, scene.officer.id)
    found = unsent.found(at)
    if not found.form:
        found = replace(found, form=_filled_by_link(slug))
    if found.sent:
        return _sent(scene, at)
    if other := _instead(slug, scene):
        return web.see_other(other.address(reference))
    page, typed = _page(slug, scene), found.form
    step = query(router).get("step")
    look = _looked(scene, page, typed) if step == unsent.CHECK or found.untouched else None
    return _form(scene, page, at, found, look)


def _elsewhere(reference: str, slug: str) -> Response[str] | None:
    """Lead to the page of an act that another function has; ``None`` if it is one of ours."""
    page = page_at(slug)
    if page is None or not page.elsewhere:
        return None
    web.officer(router)
    return web.see_other(page.address(reference))


def _instead(slug: str, scene: Scene) -> ActPage | None:
    """Return the page of what can be done instead of an act that cannot be done now."""
    page, offered = page_at(slug), offers(scene)
    other = page.instead if page and page not in offered else None
    return other if other in offered else None


def _filled_by_link(slug: str) -> dict[str, str]:
    """Return what the link to the form fills in, as field → text."""
    page, asked = page_at(slug), query(router)
    return {name: asked[name] for name in (page.link_fills if page else ()) if asked.get(name)}


def _alone(slug: str) -> str:
    page = page_at(slug)
    return page.alone if page else ""


def _sent(scene: Scene, at: unsent.Place) -> Response[str]:
    """Return the page for somebody who goes back to a form that they have sent."""
    return web.render(
        "form_sent.html",
        officer=scene.officer,
        record=_address(scene),
        reference=scene.challenge.reference,
        new_form=at.page,
    )


@router.post("/challenges/<reference>/<slug>")
def do_act(reference: str, slug: str) -> Response[str]:
    """Do the act, or lead to the page that says what to correct or to look at first.

    Raise ``TryAgainError`` if the challenge keeps changing meanwhile.
    """
    if elsewhere := _elsewhere(reference, slug):
        return elsewhere
    return web.retried(reference, lambda: _done(reference, slug))


def _done(reference: str, slug: str) -> Response[str]:
    """Do the act once. Raise ``MovedOnError`` if the challenge has changed since we read it."""
    scene = seen(router, reference, shows=False, alone=_alone(slug))
    typed = web.form(router)
    challenge, command_id = scene.challenge, web.sent_id(typed, scene.officer.id, slug)
    at = unsent.place(router, scene.officer.id, typed)
    if command_id in challenge.commands:  # the same form, sent twice
        unsent.use_up(at, typed, scene.officer)  # perhaps this failed the first time
        return _led_on(page_at(slug), challenge, scene, command_id)
    page = _page(slug, scene)
    look = _looked(scene, page, typed)
    if look.stops(typed):
        at = unsent.apart(at, typed) if look.sent_before else at
        unsent.keep(at, typed)
        return at.see(unsent.CHECK)
    after = casebook().act(
        *(challenge.reference, look.command, _actor(scene, page, typed), command_id),
        received=scene.now,
        seen=challenge.version,
    )
    unsent.use_up(at, typed, scene.officer)
    return _led_on(page, after, scene, command_id)


def _led_on(page: ActPage | None, after: Challenge, scene: Scene, command_id: str) -> Response[str]:
    """Lead to the challenge that the act leads to: the same, or the one that it raised.

    Whoever may see only one page of it is led there. The page that they come to says what they did.
    """
    if page is None:
        raise NotFoundError
    reference = (scene.sees_all and page.leads_to(after)) or after.reference
    address = f"/challenges/{quote(reference)}"
    if not scene.sees_all:
        address = f"{address}/{page.alone}"
    return web.see_other(address, [done.note(reference, command_id, page.slug)])


#: The button that leaves marked words as they are, or confirms; its value is the hash of what it is
#: about.
_AS_IT_IS = "as-it-is"


@value
class _Look(Value):
    """What we found when we checked an act before doing it.

    ``command`` is what would be done; ``problems``: field → what to correct; ``since``: what has
    happened since the form was opened; ``sent_before``: they did some of that themselves;
    ``telling``: field → its text in parts, some of which may tell who the child is; ``check``: the
    page to check it before it is done, if there is one.
    """

    command: Command
    problems: Mapping[str, str]
    since: list[Event]
    sent_before: bool
    telling: Mapping[str, tuple[Part, ...]]
    check: Check | None

    @property
    def seen_as(self) -> str:
        """Return the hash of what the person has to look at: if it changes, they look again."""
        words = [part.text for some in self.telling.values() for part in some]
        checked = self.check.words() if self.check else ()
        return sha256("\n".join([*words, *checked]).encode()).hexdigest()[:16]

    def stops(self, typed: Mapping[str, str]) -> bool:
        """Whether the person has to look at something before it is done."""
        nothing = not self.telling and self.check is None
        seen = nothing or typed.get(_AS_IT_IS) == self.seen_as
        return bool(self.problems or self.since or not seen)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left but to check it, on a page of its own."""
        return self.check is not None and not self.problems and not self.since


def _looked(scene: Scene, page: ActPage, typed: Mapping[str, str]) -> _Look:
    """Check an act as it was typed. It writes nothing.

    Raise ``NotAllowedError`` if the rules forbid it.
    """
    own = {name for field in page.fields(scene) for name in field.controls}
    read = Reading(typed, web.damaged({name: typed[name] for name in own & typed.keys()}))
    command = page.build(read, scene)
    problems = dict(read.problems)
    actor = _actor(scene, page, typed)
    foreseen: tuple[Foreseen, ...] = ()
    try:
        foreseen = casebook().rehearse(scene.challenge, scene.council, command, actor, scene.now)
    except BadSubmissionError as error:
        problems = {**error.fields, **problems}
    except NotAllowedError:
        if not problems:  # otherwise the rules may have judged a value that took an answer's place
            raise
    marks = page.marks or (lambda _command, _scene: _in_what_links_show(scene, page, typed))
    marked = {} if problems else marks(command, scene)
    telling = {name: some for name, some in marked.items() if any(one.details for one in some)}
    since = _since(scene, typed)
    by_themselves = any(event.actor.officer == scene.officer.id for event in since)
    confirm = None if problems else page.confirms(command, scene)
    check = None
    if foreseen and not problems and (confirm or page.checks):
        check = check_of(page, scene, typed, foreseen, confirm)
    return _Look(command, problems, since, by_themselves, telling, check)


def _actor(scene: Scene, page: ActPage, typed: Mapping[str, str]) -> Actor:
    return web.actor(scene.officer, capacity(scene, page), typed=typed)


def _in_what_links_show(
    scene: Scene, page: ActPage, typed: Mapping[str, str]
) -> dict[str, tuple[Part, ...]]:
    """Return what reply links would show, marked where it may tell who the child is."""
    child = scene.challenge.raised.child
    written = {f.name: typed.get(f.name, "") for f in page.fields(scene) if f.by_link}
    if not any(written.values()):
        return {}
    from domain.identifying import parts, passages

    return {name: parts(text, passages(text, child)) for name, text in written.items()}


def _since(scene: Scene, typed: Mapping[str, str]) -> list[Event]:
    """Return what happened since the form was opened that could change the person's decision."""
    if not scene.sees_all:
        return []
    return [event for event in scene.since(typed) if not isinstance(event.fact, _QUIET)]


def _form(
    scene: Scene, page: ActPage, at: unsent.Place, found: unsent.Found, look: _Look | None
) -> Response[str]:
    """Return the page of the form, with what was typed and, if it was checked, the ``look``.

    If nothing is left but to check it, that is the page.
    """
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
    # What no link shows has its own readers, beside it.
    readers = (
        by_link(scene.council.procedure, words=False)
        if any(one.by_link for one in form.fields if one.name in telling)
        else ""
    )
    marked_words = [
        (one.label, telling[one.name], "" if one.by_link else one.readers)
        for one in form.fields
        if one.name in telling
    ]
    if look and look.is_ready:
        return web.render(
            "act_check.html",
            officer=scene.officer,
            challenge=scene.challenge,
            address=_address(scene) if scene.sees_all else "/",
            page=page,
            check=look.check,
            change=at.address(),
            labels=[(one.name, one.label) for one in form.fields],
            form=form,
            hidden={**form.answers(), **form.hidden},
            typed_by=found.draft.typed_by if found.draft else "",
            telling=marked_words,
            readers=readers,
            as_it_is=look.seen_as,
        )
    return web.render(
        "act.html",
        officer=scene.officer,
        challenge=scene.challenge,
        standing=_standing(scene),
        address=_address(scene) if scene.sees_all else "/",
        page=page,
        scene=scene,
        about_it=_about(page, scene),
        guidance=page.sentences(scene),
        also=page.also(scene),
        shows=page.shows(scene),
        # Those who see this page alone come back to it: it is where they read that it is recorded.
        done="" if scene.sees_all else done.said(router, scene),
        form=form,
        typed_by=found.draft.typed_by if found.draft else "",
        # Always shown, because the form now says that they have seen the latest version.
        since=[
            line(event, scene.challenge, scene.council, scene.capacities)
            for event in _since(scene, typed)
        ],
        telling=[] if look and look.check else marked_words,
        as_it_is=look.seen_as if look else "",
        readers=readers,
        errors=form.errors,
    )


def _standing(scene: Scene) -> str:
    """Return its current stage; empty for those who may not see the challenge."""
    if not scene.sees_all:
        return ""
    if whole.waits_for_you(scene):
        return "you need to decide"
    return standing_in_words(scene.challenge, scene.council, scene.today)


def _said_who_reads(fields: tuple[Field, ...], scene: Scene) -> tuple[Field, ...]:
    """Return the fields; those for words say who will read them, if they do not say it already."""
    link = by_link(scene.council.procedure)
    return tuple(
        replace(one, readers=one.readers or (link if one.by_link else SIGNED_IN))
        if one.kind is Kind.WORDS
        else one
        for one in fields
    )
