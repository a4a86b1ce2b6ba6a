"""What is done to several challenges at once: transferred, reassigned, or given a note.

Each challenge is ticked in a list, gets an act of its own, and is checked before: the page says of
each what it was and will be, or why it cannot be done. Each act has an id of its own, so that
nothing is done twice, however often the button is pressed. What was checked and has changed
meanwhile is left alone, and named.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlsplit

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import AdapterError, NoSuchChallengeError
from adapters.wiring import casebook
from domain.errors import ProcedureError
from domain.ladder import OVERSEERS, Role
from domain.moments import day_in_words, local_day
from domain.people import posts_in_words
from domain.permissions import may
from domain.reference import tidied
from domain.rules.appointing import AppointIro, iros_to_appoint, what_allows_it
from domain.rules.naming import who_names_next
from domain.rules.notes import WriteNote
from domain.rules.posts import Reassign, posts_to_name
from domain.values import Value, value
from domain.vocabulary import Capacity
from domain.writing import can_be_seen, capitalised
from handlers.form_fields import SIGNED_IN
from handlers.pages import gate, unsent, web
from handlers.pages.done import note_many, said_of_many
from handlers.pages.filtering import view_of
from handlers.pages.kit import Field, Form, Kind, Option, Reading
from handlers.pages.lines import days_left
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from aws_lambda_powertools.event_handler import Response

    from domain.challenge import Challenge
    from domain.council import Council
    from domain.directory import Officer
    from domain.part import Command

__all__ = ["ACTS", "AT_MOST", "router"]

router = APIGatewayRouter()

_AT = "/challenges/selected"

#: The most challenges that are done at once: those of one page of a list.
AT_MOST = 25

_TAKEN = re.compile(r"take-(PCE-[0-9A-Z]{4}-[0-9A-Z]{4})")
_WAS = "was-"
_DONE = "done"


@value
class Chosen(Value):
    """A challenge that was ticked, as it is now, and in what capacities the reader may act."""

    challenge: Challenge
    who: frozenset[Capacity]
    council: Council
    today: date

    @property
    def reference(self) -> str:
        """Its reference."""
        return self.challenge.reference

    @property
    def stage(self) -> str:
        """The title of its stage."""
        return self.council.ladder.title(self.challenge.stage)


class Act:
    """What can be done to several challenges. ``roles`` are those who are offered it in lists.

    ``button`` and ``title`` are its words, ``says`` what :mod:`handlers.pages.done` says of it.
    ``rule`` says when it cannot be done and what to do then, where some challenges are left out.
    """

    button: ClassVar[str]
    title: ClassVar[str]
    says: ClassVar[str]
    send_it: ClassVar[str]
    roles: ClassVar[frozenset[Role]]
    kind: ClassVar[type[Command]]
    rule: ClassVar[str] = ""
    #: A note with which to ask those who have to agree first; empty if nobody has to.
    asks_by_note: ClassVar[str] = ""

    @abstractmethod
    def fields(self, chosen: Sequence[Chosen]) -> Iterator[Field]:
        """Yield what has to be asked once for all of them."""

    @abstractmethod
    def command(self, typed: Mapping[str, str]) -> Command:
        """Return the command, the same for each of them."""

    @abstractmethod
    def problems(self, command: Command) -> dict[str, str]:
        """Return what to correct in the form: field → sentence."""

    @abstractmethod
    def was(self, one: Chosen) -> str:
        """Return what it is now, as far as the act changes it."""

    @abstractmethod
    def will(self, command: Command, one: Chosen) -> str:
        """Return what it will be."""

    @abstractmethod
    def why_not(self, command: Command, one: Chosen) -> str:
        """Return why it cannot be done to this one; empty if it can."""

    @abstractmethod
    def barred(self, one: Chosen) -> str:
        """Return why it cannot be done to this one, whatever is answered; empty if it can."""

    def refusal(self, command: Command, one: Chosen) -> str:
        """Return why it cannot be done to this one by this person now; empty if it can."""
        return self.barred(one) or self.why_not(command, one)

    def allowed(self, one: Chosen) -> bool:
        """Whether the procedure lets this person do it in this one now."""
        return may(self.kind, one.who, one.challenge, one.council)


_REASON = "It is on the record of each challenge. Do not name any child."


class _Transfer(Act):
    """Appoint another IRO."""

    button = "Transfer to another IRO"
    title = "Transfer to another IRO"
    says = "transferred"
    send_it = "Transfer"
    roles = OVERSEERS
    kind = AppointIro
    rule = (
        "You can transfer a challenge if its IRO is away, has left or has agreed. An IRO agrees on "
        "the challenge’s page, under “Agree to another IRO”. The Senior IRO Manager can transfer "
        "it without that."
    )
    asks_by_note = (
        "Please agree to another IRO for this challenge: choose “Agree to another IRO” on this "
        "page. Or say here why you would rather keep it."
    )

    def fields(self, chosen: Sequence[Chosen]) -> Iterator[Field]:
        options = {
            id_: name
            for one in chosen
            for id_, name in iros_to_appoint(one.challenge, one.council, one.today).items()
        }
        by_name = sorted(options.items(), key=lambda pair: pair[1])
        iros = tuple(Option(id_, name) for id_, name in by_name)
        yield Field("iro", Kind.SELECT, "Who is the IRO from now on?", options=iros)
        yield Field("reason", Kind.WORDS, "Why are you appointing them?", _REASON)

    def command(self, typed: Mapping[str, str]) -> AppointIro:
        return AppointIro(typed.get("iro", "").strip(), Reading(typed).words("reason"))

    def problems(self, command: Command) -> dict[str, str]:
        found = {}
        if isinstance(command, AppointIro):
            if not command.iro:
                found["iro"] = "Choose who is the IRO from now on."
            if not can_be_seen(command.reason):
                found["reason"] = "Enter why you are appointing them."
        return found

    def was(self, one: Chosen) -> str:
        return f"IRO: {_name(one.challenge.iro, one)}"

    def will(self, command: Command, one: Chosen) -> str:
        return f"IRO: {_name(getattr(command, 'iro', ''), one)}"

    def why_not(self, command: Command, one: Chosen) -> str:
        iro = getattr(command, "iro", "")
        if iro == one.challenge.iro:
            return f"{_name(iro, one)} is its IRO already."
        if iro not in iros_to_appoint(one.challenge, one.council, one.today):
            return f"{_name(iro, one)} cannot be its IRO."
        return ""

    def barred(self, one: Chosen) -> str:
        if not self.allowed(one):
            return "It has ended and nothing is left to do in it, so it stays with its IRO."
        if what_allows_it(one.challenge, one.who, one.council, one.today) is None:
            return f"{_name(one.challenge.iro, one)} is not away and has not agreed."
        return ""


class _Note(Act):
    """Write the same note in each."""

    button = "Add a note"
    title = "Add a note"
    says = "noted"
    send_it = "Add the note"
    roles = frozenset(
        {
            *(*OVERSEERS, Role.IRO, Role.SOCIAL_WORKER, Role.TEAM_MANAGER),
            *(Role.CHILDRENS_SERVICE_MANAGER, Role.HEAD_OF_SERVICE),
        }
    )
    kind = WriteNote

    def fields(self, chosen: Sequence[Chosen]) -> Iterator[Field]:
        many = len(chosen)
        hint, readers = "The note goes on its record.", SIGNED_IN
        if many > 1:
            hint = f"It goes on the record of all {many}, so do not name any child."
            readers = SIGNED_IN.replace("this challenge", "one of these challenges")
        yield Field("words", Kind.WORDS, "What should the note say?", hint, readers=readers)

    def command(self, typed: Mapping[str, str]) -> WriteNote:
        return WriteNote(Reading(typed).words("words"))

    def problems(self, command: Command) -> dict[str, str]:
        empty = isinstance(command, WriteNote) and not can_be_seen(command.words)
        return {"words": "Enter your note."} if empty else {}

    def was(self, one: Chosen) -> str:
        return one.stage

    def will(self, _command: Command, _one: Chosen) -> str:
        return "Your note is added. Nothing else changes."

    def why_not(self, _command: Command, _one: Chosen) -> str:
        return ""

    def barred(self, one: Chosen) -> str:
        return "" if self.allowed(one) else "You cannot add a note to it now."


class _Reassign(Act):
    """Say who should reply, where that is asked."""

    button = "Say who should reply"
    title = "Say who should reply"
    says = "reassigned"
    send_it = "Ask them"
    roles = frozenset({*OVERSEERS, Role.IRO})
    kind = Reassign

    def fields(self, chosen: Sequence[Chosen]) -> Iterator[Field]:
        posts = {
            post.id: post
            for one in chosen
            for post in posts_to_name(one.challenge, one.council, one.today)
        }
        options = (Option(post.id, _holder_of(post.id, chosen[0])) for post in posts.values())
        in_order = tuple(sorted(options, key=lambda option: option.text))
        yield Field("post", Kind.SELECT, "Who should reply?", options=in_order)
        yield Field("reason", Kind.WORDS, "Why them?", _REASON)

    def command(self, typed: Mapping[str, str]) -> Reassign:
        return Reassign(typed.get("post", "").strip(), Reading(typed).words("reason"))

    def problems(self, command: Command) -> dict[str, str]:
        found = {}
        if isinstance(command, Reassign):
            if not command.post:
                found["post"] = "Choose who should reply."
            if not can_be_seen(command.reason):
                found["reason"] = "Enter why you chose them."
        return found

    def was(self, one: Chosen) -> str:
        posts = one.challenge.request.posts
        return capitalised(f"asked of {posts_in_words(posts, one.council)}")

    def will(self, command: Command, one: Chosen) -> str:
        return f"Asked of {_holder_of(getattr(command, 'post', ''), one)}"

    def why_not(self, command: Command, one: Chosen) -> str:
        known = posts_to_name(one.challenge, one.council, one.today)
        if getattr(command, "post", "") in {post.id for post in known}:
            return ""
        return "This post cannot be asked to reply in it."

    def barred(self, one: Chosen) -> str:
        if self.allowed(one):
            some = posts_to_name(one.challenge, one.council, one.today)
            return "" if some else "Nobody of this stage or above can be asked today."
        questions = (each for each in one.challenge.asked if each.purpose in Reassign.settles)
        question = next(questions, None)
        if question is None:
            return "It does not need someone to reply."
        whose, after = question.whose, who_names_next(question)
        iro = whose is Capacity.IRO
        who = _name(one.challenge.iro, one) if iro else capitalised(whose)
        by = f"{who} has to say who should reply, by {day_in_words(question.deadline.day)}."
        if after is None:
            return by
        return f"{by} If they do not, {'you' if after in one.who else after} can from then on."


#: What can be done to several challenges: the button's value → the act.
ACTS: dict[str, Act] = {"transfer": _Transfer(), "note": _Note(), "reassign": _Reassign()}


def _name(officer: str, one: Chosen) -> str:
    known = one.council.directory.officers.get(officer)
    return known.name if known else one.challenge.name_on_record(officer) or "somebody who has left"


def _holder_of(post: str, one: Chosen) -> str:
    directory = one.council.directory
    people = " or ".join(person.name for person in directory.people(post, one.today))
    return ", ".join(part for part in (people, directory.title(post)) if part)


# The pages ---------------------------------------------------------------------------------------


@value
class _Scene(Value):
    """Who does which act (a key of ACTS) to which challenges, and the form."""

    officer: Officer
    act: str
    chosen: tuple[Chosen, ...]
    at: unsent.Place
    form: Form
    command: Command
    back: str

    @property
    def able(self) -> tuple[Chosen, ...]:
        """Those to which it can be done now, as far as that does not depend on the answers."""
        return tuple(one for one in self.chosen if not self.barred(one))

    def barred(self, one: Chosen) -> str:
        """Return why it cannot be done to this one, whatever is answered; empty if it can."""
        return ACTS[self.act].barred(one) if self.act in ACTS else ""


@value
class Planned(Value):
    """A challenge on the page to check: what it was and will be, or why it cannot be done."""

    reference: str
    child: str
    stage: str
    due: str
    was: str
    will: str
    why_not: str


@router.post(_AT)
def post_selected() -> Response[str]:
    """Keep what was ticked or typed, and lead to the page that follows; do what was checked."""
    officer, council = web.officer_and_council(router)
    typed = web.form(router)
    press = typed.get("press", "")
    at = _place(officer) if unsent.is_named(router) else _new_place(officer)
    if press == "send":
        return _do(officer, council, at, typed)
    kept = _kept(typed)
    unsent.keep(at, kept)
    checks = press not in ("change", *ACTS)
    return at.see(unsent.CHECK if checks else "")


@router.get(_AT)
def show_selected() -> Response[str]:
    """Show the form for what was ticked; at the step ``check``, what each was and will be."""
    officer, council = web.officer_and_council(router)
    if not unsent.is_named(router):
        kept = "draft" in query(router)  # it was sent after the session had ended
        return unsent.to_own_place(router, _AT) if kept else web.see_other("/challenges")
    at = _place(officer)
    found = unsent.found(at)
    if found.sent or not found.form:
        return web.see_other("/challenges")
    if found.untouched:
        return _show(_scene(officer, council, at, _kept(found.form)))
    if _DONE in found.form:
        return _show_left(officer, found.form)
    return _show(_scene(officer, council, at, found.form))


def _place(officer: Officer) -> unsent.Place:
    """Return the place of the form that the address names, with the draft that it came from."""
    return unsent.place(router, officer.id, page=_AT)


def _new_place(officer: Officer) -> unsent.Place:
    return unsent.Place(officer.id, web.new_id(), _AT)


def _show(scene: _Scene) -> Response[str]:
    """Show the form, or at the step ``check`` what to correct in it; if nothing, the check.

    Where it can be done to none of them, the form says so and asks nothing. Otherwise each answer
    that can be chosen suits one of them at least, so the check always has something to do.
    """
    if not scene.chosen:
        return _nothing_chosen(scene)
    if scene.act not in ACTS:
        return web.see_other(scene.back)
    if query(router).get("step") != unsent.CHECK or not scene.able:
        return _show_form(scene)
    problems = _problems(scene)
    return _show_form(scene, problems) if problems else _show_check(scene)


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept of the form: what was ticked, the act, its answers, and the way back."""
    kept = {name: "yes" for name in typed if _TAKEN.fullmatch(name)}
    first = dict([*kept.items()][:AT_MOST])
    act = typed.get("press", "") if typed.get("press", "") in ACTS else typed.get("act", "")
    answers = {
        name: text for name in ("iro", "reason", "words", "post") if (text := typed.get(name, ""))
    }
    return {**first, **answers, "act": act, "back": _back(typed)}


def _back(typed: Mapping[str, str]) -> str:
    """Return the address of the list to go back to: nothing but its filters and its page."""
    asked = dict(parse_qsl(urlsplit(typed.get("back", "")).query))
    page = asked.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < len("1000") else 1
    view = view_of(asked)
    return view.address(number)


def _scene(
    officer: Officer, council: Council, at: unsent.Place, typed: Mapping[str, str]
) -> _Scene:
    key = typed.get("act", "")
    act = ACTS.get(key, ACTS["note"])
    chosen = tuple(_chosen(officer, council, typed))
    ticked = {f"take-{one.reference}": "yes" for one in chosen}
    hidden = {**ticked, "act": key, "back": typed.get("back", "/challenges")}
    able = [one for one in chosen if not act.barred(one)]
    fields = tuple(act.fields(able)) if able else ()
    form = Form(fields, at.address(), typed, hidden=hidden)
    return _Scene(
        officer, key, chosen, at, form, act.command(typed), typed.get("back", "/challenges")
    )


def _chosen(officer: Officer, council: Council, typed: Mapping[str, str]) -> Iterator[Chosen]:
    """Yield the challenges that were ticked and that the officer may see; no look is recorded.

    The pages show no more of them than lists do.
    """
    now = clock.now()
    for name in typed:
        match = _TAKEN.fullmatch(name)
        reference = tidied(match[1]) if match else None
        if reference is None:
            continue
        try:
            challenge, who = gate.as_read(reference, officer, council, now)
        except NoSuchChallengeError:
            continue
        of = council.under(challenge.raised.procedure)
        yield Chosen(challenge, who, of, local_day(now))


def _problems(scene: _Scene) -> dict[str, str]:
    act, typed = ACTS[scene.act], scene.form.typed
    read = Reading(typed, web.damaged(typed))
    for name in ("reason", "words"):
        read.words(name)
    found = {**act.problems(scene.command), **read.problems}
    offered = {one.name: {option.value for option in one.options} for one in scene.form.alone}
    for name, sentence in (("iro", "an IRO"), ("post", "a post")):
        if typed.get(name) and name in offered and typed[name] not in offered[name]:
            found[name] = f"Choose {sentence} in the list."
    return found


def _planned(scene: _Scene) -> list[Planned]:
    act = ACTS[scene.act]
    found = []
    for one in scene.chosen:
        child, due = one.challenge.raised.child, _due(one)
        found.append(
            Planned(
                one.reference,
                f"{child.initials} ({child.case_id})",
                one.stage,
                due,
                act.was(one),
                act.will(scene.command, one),
                act.refusal(scene.command, one),
            )
        )
    return found


def _due(one: Chosen) -> str:
    challenge = one.challenge
    if not challenge.open or not challenge.awaiting_reply:
        return ""
    day = challenge.request.deadline.day
    return f"{day_in_words(day)}: {days_left(day, one.today, one.council)}"


def _show_form(scene: _Scene, problems: Mapping[str, str] | None = None) -> Response[str]:
    act = ACTS[scene.act]
    barred = [(one.reference, why) for one in scene.chosen if (why := scene.barred(one))]
    form = Form(
        scene.form.parts,
        scene.form.address,
        scene.form.typed,
        problems or {},
        scene.form.hidden,
    )
    return web.render(
        "selected_form.html",
        officer=scene.officer,
        title=act.title,
        many=len(scene.chosen),
        references=[one.reference for one in scene.able],
        form=form,
        barred=barred,
        rule=act.rule,
        asks_by_note=_note_to_ask(scene, barred),
        back=scene.back,
        errors=form.errors,
    )


def _note_to_ask(scene: _Scene, barred: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the hidden fields of a note to those whose agreement is missing; empty if it is not.

    The note stands in the form that follows, to be changed and checked.
    """
    words = ACTS[scene.act].asks_by_note
    asked = {f"take-{reference}": "yes" for reference, _ in barred}
    return {**asked, "words": words, "back": scene.back} if words and asked else {}


def _show_check(scene: _Scene) -> Response[str]:
    act = ACTS[scene.act]
    planned = _planned(scene)
    done = [one for one in planned if not one.why_not]
    was = {f"{_WAS}{one.reference}": one.was for one in done}
    return web.render(
        "selected_check.html",
        officer=scene.officer,
        planned=done,
        not_done=[one for one in planned if one.why_not],
        answers=_answers(scene),
        send_it=f"{act.send_it} ({len(done)})",
        address=scene.form.address,
        hidden={**scene.form.answers(), **scene.form.hidden, **was},
        telling=False,
        back=scene.back,
    )


def _answers(scene: _Scene) -> list[tuple[str, str]]:
    """Return the answers of the form as (label, text) pairs."""
    found = []
    for one in scene.form.alone:
        text = scene.form.typed.get(one.name, "")
        chosen = next((option.text for option in one.options if option.value == text), text)
        found.append((one.label, chosen))
    return found


def _nothing_chosen(scene: _Scene) -> Response[str]:
    return web.render(
        "selected_none.html",
        officer=scene.officer,
        back=scene.back,
        errors=[{"text": "Select at least one challenge in the list.", "href": "#back-to-list"}],
    )


def _do(
    officer: Officer,
    council: Council,
    at: unsent.Place,
    typed: Mapping[str, str],
) -> Response[str]:
    """Do the act to each challenge that was checked, as far as it is still as it was shown."""
    found = unsent.found(at)
    if found.sent or (_DONE in found.form and not found.untouched):
        return at.see()  # pressed twice
    scene = _scene(officer, council, at, _kept(typed))
    act = ACTS.get(scene.act)
    if act is None or not scene.chosen:
        return web.see_other(scene.back)
    if _problems(scene):
        return at.see(unsent.CHECK)
    left: dict[str, str] = {}
    count = 0
    for one in scene.chosen:
        id_ = web.id_of(f"{at.id} {one.reference}", {**scene.form.answers(), "act": scene.act})
        why_not = ""
        if id_ not in one.challenge.commands:
            why_not = act.refusal(scene.command, one)
            if not why_not and typed.get(f"{_WAS}{one.reference}") != act.was(one):
                why_not = "It changed after you checked it."
            why_not = why_not or _failed(one, scene, id_)
        if why_not:
            left[one.reference] = why_not
        else:
            count += 1
    cookies = [note_many(act.says, count)] if count else []
    if not left:
        unsent.use_up(at, {unsent.KEPT: found.mark}, officer)
        return web.see_other(scene.back, cookies)
    kept_left = {f"left-{reference}": why for reference, why in left.items()}
    unsent.keep(at, {_DONE: str(count), "act": scene.act, "back": scene.back, **kept_left})
    return web.see_other(at.address(), cookies)


def _failed(one: Chosen, scene: _Scene, id_: str) -> str:
    """Do it to one challenge. Return why it could not be done; empty if it was."""
    actor = web.actor(scene.officer, ", ".join(sorted(one.who)))
    try:
        casebook().act(one.reference, scene.command, actor, id_, received=clock.now())
    except (AdapterError, ProcedureError) as error:
        return str(error)
    return ""


def _show_left(officer: Officer, kept: Mapping[str, str]) -> Response[str]:
    """Show which challenges were left alone, and why."""
    left = [
        (name.removeprefix("left-"), why) for name, why in kept.items() if name.startswith("left-")
    ]
    return web.render(
        "selected_left.html",
        officer=officer,
        done=said_of_many(router, *(act.says for act in ACTS.values())),
        left=left,
        back=kept.get("back", "/challenges"),
    )
