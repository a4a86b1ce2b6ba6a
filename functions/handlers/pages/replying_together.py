"""Rule 17: one page for somebody who has to reply about several brothers and sisters.

It shows the challenge in its address, and those that the same form raised, as far as this person
was asked to reply to them, each with a box of its own. Nothing copies a reply to another child: a
box that is left blank is no reply. Each reply goes on its own child's record by itself, just as
from the page of one challenge (``handlers.pages.replying``). If one cannot be recorded, the others
are all the same, and the page says which one is left, with what was typed.

It needs a sign-in: a link opens its own challenge and tells nothing of any other.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import NoSuchChallengeError
from adapters.wiring import casebook
from domain.errors import NotAllowedError
from domain.moments import day_in_words
from domain.rules.replies import Reply
from domain.rules.urgency import at_risk_today
from domain.values import Value, value
from handlers.form_fields import by_link
from handlers.pages import replying, unsent, web
from handlers.pages.kit import Field, Form, Section
from handlers.pages.replying_steps import (
    ACTION,
    DETAILS,
    action_of,
    beyond_the_limit,
    errors_of,
    leads,
    limit_of,
    listed,
    of_actions,
    problems_of_row,
)
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Response

    from domain.form import Child
    from domain.identifying import Part as Piece
    from domain.rules.posts import SayNotMine
    from handlers.pages.kit import Part
    from handlers.pages.replying import ReplyWay
    from handlers.pages.replying_steps import Listed

__all__ = ["router"]

router = APIGatewayRouter()

_SEND = "send"

#: The buttons of one child's actions: ``add-child-1``, ``change-child-1-2``.
_OF_ACTION = re.compile(
    "(?P<what>add|change|save|remove)-child-(?P<child>[1-9][0-9]?)(?:-(?P<number>[1-9][0-9]?))?"
)


@value
class _Box(Value):
    """The reply about one child: how the person came to it, and its form as it was typed.

    ``number`` is the child's on this page, from 1. ``form`` has the names of fields that the page
    of the one challenge has.
    """

    number: int
    way: ReplyWay
    form: Form

    @property
    def before(self) -> str:
        """Return what the names of its fields begin with on this page."""
        return f"child-{self.number}-"

    @property
    def filled(self) -> bool:
        """Whether anything was typed into it."""
        return any(text.strip() for text in self.form.answers().values())

    @property
    def is_left_over(self) -> bool:
        """Whether it was filled in, is not on the record, and cannot be sent any more."""
        return (
            self.filled
            and not self.way.takes_form
            and not replying.is_recorded(self.way, self.form)
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts of its form, with this page's names."""
        return tuple(
            one if isinstance(one, Section) else replace(one, name=f"{self.before}{one.name}")
            for one in self.form.parts
        )

    def row(self, number: int) -> tuple[Field, ...]:
        """Return the fields of one of its actions, with this page's names."""
        fields = self.form.rows.row(number) if self.form.rows else ()
        return tuple(replace(one, name=f"{self.before}{one.name}") for one in fields)

    @property
    def typed(self) -> dict[str, str]:
        """Return what was typed into it, with this page's names."""
        return {f"{self.before}{name}": text for name, text in self.form.answers().items()}

    @property
    def child(self) -> Child:
        """Return whom it is about."""
        return self.way.challenge.raised.child


@value
class _Scene(Value):
    """What the page shows: a box for each child, the place of the form, and its hidden fields."""

    at: unsent.Place
    boxes: tuple[_Box, ...]
    hidden: Mapping[str, str]

    @property
    def way(self) -> ReplyWay:
        """Return the way to the challenge in the address."""
        return self.boxes[0].way

    @property
    def open(self) -> tuple[_Box, ...]:
        """Return the boxes that can still be filled in."""
        return tuple(box for box in self.boxes if box.way.takes_form)

    @property
    def filled(self) -> tuple[_Box, ...]:
        """Return the boxes with a reply to send."""
        return tuple(box for box in self.open if box.filled)

    def form(self, problems: Mapping[str, str] | None = None) -> Form:
        """Return the form of the whole page."""
        parts = tuple(part for box in self.open for part in box.parts)
        typed = {name: text for box in self.open for name, text in box.typed.items()}
        return Form(parts, self.at.address(), typed, problems or {}, self.hidden)

    def page(
        self,
        parts: Iterable[Part],
        problems: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Form:
        """Return the form of a page that asks for ``parts``; hidden fields carry the rest."""
        typed = {name: text for box in self.open for name, text in box.typed.items()}
        shown = Form(tuple(parts), self.at.address(), typed, problems or {})
        there = {name for one in shown.fields for name in one.controls}
        rest = {name: text for name, text in typed.items() if name not in there}
        own = {"step": step} if step else {}
        return replace(shown, hidden={**rest, **self.hidden, **own})

    def action(self, step: str) -> tuple[_Box, int, bool] | None:
        """Return whose action the step is about, its number, and whether it was just saved."""
        child, _, rest = step.removeprefix("child-").partition("-")
        boxes = [box for box in self.open if step.startswith("child-") and str(box.number) == child]
        found = action_of(boxes[0].form, rest) if boxes else None
        return (boxes[0], *found) if found else None

    def typed(self) -> dict[str, str]:
        """Return all that was typed, also for children who need no reply any more."""
        said = {name: text for box in self.boxes for name, text in box.typed.items()}
        return {**said, **self.hidden}


@router.get("/challenges/<reference>/reply-together")
def show(reference: str) -> Response[str]:
    """Show each child's question with a box for its reply; at the step ``check``, the replies."""
    if not unsent.is_named(router):
        web.officer(router)
        return unsent.to_own_place(router)
    ways = _ways(reference, clock.now())
    at = unsent.place(router, ways[0].officer.id)
    found = unsent.found(at)
    scene = _scene(ways, at, found.form, found.mark)
    step = query(router).get("step", "")
    if of_action := scene.action(step):
        return _action_page(scene, *of_action)
    if step != unsent.CHECK:
        return _page(scene, _of_actions(scene))
    problems = _problems(scene)
    return _to_check(scene) if scene.filled and not problems else _page(scene, problems)


@router.post("/challenges/<reference>/reply-together")
def take(reference: str) -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    ways = _ways(reference, clock.now(), shows=False)
    typed = web.form(router)
    at = unsent.place(router, ways[0].officer.id, typed)
    scene = _scene(ways, at, typed, typed.get(unsent.KEPT, ""))
    button = typed.get("press", "")
    if named := _OF_ACTION.fullmatch(button):
        return _led(scene, named)
    if after := scene.form().pressed(button):
        answers, anchor = after
        unsent.keep(at, {**scene.typed(), **answers})
        return at.see(anchor=anchor)
    if button == _SEND and not _problems(scene):
        return _sent(scene)
    unsent.keep(at, scene.typed())
    return at.see() if button == "change" else at.see(unsent.CHECK)


def _led(scene: _Scene, named: re.Match[str]) -> Response[str]:
    """Lead to the page that a button of one child's actions leads to."""
    what, child, number = named["what"], named["child"], named["number"]
    boxes = [box for box in scene.open if str(box.number) == child]
    if not boxes:
        unsent.keep(scene.at, scene.typed())
        return scene.at.see()
    anchor = f"child-{child}-actions"
    led = leads(boxes[0].form, f"{what}-{number}" if number else what)
    answers, step = led or (boxes[0].form.answers(), DETAILS)
    own = {f"{boxes[0].before}{name}": text for name, text in answers.items()}
    others = {
        name: text for name, text in scene.typed().items() if not name.startswith(boxes[0].before)
    }
    unsent.keep(scene.at, {**others, **own})
    return scene.at.see(anchor=anchor) if step == DETAILS else scene.at.see(f"child-{child}-{step}")


def _ways(reference: str, now: datetime, *, shows: bool = True) -> list[ReplyWay]:
    """Return the ways to all questions about these children that the person was asked.

    Each look is recorded if the answer ``shows`` anything. Raise what
    :func:`handlers.pages.replying.signed_in` raises for the challenge in the address.
    """
    first = replying.signed_in(reference, now, shows=shows)
    found = [first]
    for other in first.challenge.raised.siblings:
        with suppress(NoSuchChallengeError, NotAllowedError):
            found.append(replying.signed_in(other, now, shows=shows))
    return found


def _scene(ways: list[ReplyWay], at: unsent.Place, typed: Mapping[str, str], mark: str) -> _Scene:
    hidden = {"command_id": web.command_id(typed), "draft": at.draft, unsent.KEPT: mark}
    boxes = []
    for number, way in enumerate(ways, start=1):
        before = f"child-{number}-"
        own = {
            name.removeprefix(before): text
            for name, text in typed.items()
            if name.startswith(before)
        }
        form = replying.form_of(way, at, own, mark)
        # The same words about the same child act once, however often they are sent.
        named = {**own, "command_id": hidden["command_id"]}
        act = f"reply to {way.challenge.reference}"
        command = web.sent_id(named, way.officer.id, act)
        boxes.append(_Box(number, way, replace(form, hidden={"command_id": command})))
    return _Scene(at, tuple(boxes), hidden)


# Showing ----------------------------------------------------------------------------------------


def _page(scene: _Scene, problems: Mapping[str, str]) -> Response[str]:
    lists = {box.number: _actions(box, problems) for box in scene.open}
    form = scene.page(
        (
            part
            for box in scene.open
            for part in (
                *(one for one in box.parts if isinstance(one, Field)),
                *(field for one in lists[box.number] for field in one.fields),
            )
        ),
        problems,
    )
    places = {f"{box.before}{ACTION}": f"#{box.before}actions" for box in scene.open}
    return web.render(
        "reply_together.html",
        officer=scene.way.officer,
        form=form,
        boxes=[_shown(box, form, lists.get(box.number, [])) for box in scene.boxes],
        errors=errors_of(form, places),
        recorded=[box.child for box in scene.boxes if _replied_themselves(box)],
    )


def _actions(box: _Box, problems: Mapping[str, str]) -> list[Listed]:
    own = {
        name.removeprefix(box.before): text
        for name, text in problems.items()
        if name.startswith(box.before)
    }
    return listed(box.way, box.form, own, before=box.before)


def _action_page(scene: _Scene, box: _Box, number: int, saved: bool) -> Response[str]:  # noqa: FBT001 - one of three parts of a step
    """Return the page of one action for one child; the whole page again once it is right."""
    wrong: Mapping[str, str] = {}
    if saved or number in box.form.filled():
        _, problems = replying.checked(box.way, box.form)
        wrong = problems_of_row(box.form, number, problems)
    if saved and not wrong:
        return _page(scene, _of_actions(scene))
    shown = {f"{box.before}{name}": text for name, text in wrong.items()}
    key = f"{box.before}{ACTION}-{number}"
    form = scene.page(box.row(number), shown, key)
    return web.render(
        "reply_action.html",
        officer=scene.way.officer,
        way=box.way,
        form=form,
        number=number,
        key=f"child-{box.number}-{number}",
        listed=len(box.form.filled()),
        back=scene.at.address(),
        together=True,
        limit=limit_of(box.way),
        errors=form.errors,
    )


def _replied_themselves(box: _Box) -> bool:
    """Whether the person who is looking has replied about this child, or said it is not theirs."""
    answer, way = box.way.request.answer, box.way
    replied = answer is not None and answer.actor.officer == way.officer.id
    return replied or bool(replying.said_not_mine(way))


def _shown(box: _Box, form: Form, actions: list[Listed]) -> dict[str, object]:
    """Return what the page shows of one child: the question, and the box or why there is none."""
    way, raised = box.way, box.way.challenge.raised
    return {
        "child": raised.child,
        "reference": way.challenge.reference,
        "stage": way.council.ladder.title(way.request.stage),
        "concerns": replying.concerns(way),
        "asked_now": replying.asked_now(way),
        "views": replying.views(way),
        "corrections": replying.corrections(way),
        "tried": raised.tried,
        "reason": replying.stage_reason(way),
        "agreed": replying.agreed_so_far(way),
        "route": way.council.procedure.at_risk_route if at_risk_today(way.challenge) else "",
        "due": day_in_words(way.request.deadline.day),
        "left": replying.time_left(way),
        "address": way.address,
        "fields": [one for one in box.parts if isinstance(one, Field)] if way.takes_form else [],
        "actions": actions,
        "problem": form.problem(f"{box.before}{ACTION}"),
        "limit": limit_of(way),
        "may_add": box.form.rows is not None and len(actions) < box.form.rows.most,
        "not_sent": replying.to_copy(way, box.form) if box.is_left_over else "",
        "number": box.number,
    }


def _to_check(scene: _Scene) -> Response[str]:
    """Return the page to check the replies, and to send or change them."""
    from domain.identifying import parts, passages

    telling, shown = False, []
    for box in scene.filled:
        others = [other.child for other in scene.boxes if other is not box]
        command, _ = replying.checked(box.way, box.form)

        def pieces(text: str, box: _Box = box, others: list[Child] = others) -> tuple[Piece, ...]:
            return parts(text, passages(text, box.child, others))

        actions = command.actions if isinstance(command, Reply) else ()
        said = [
            pieces(command.words),
            *(pieces(replying.action_in_full(one, box.way)) for one in actions),
        ]
        telling = telling or any(one.details for some in said for one in some)
        shown.append(
            {
                "child": box.child,
                "reference": box.way.challenge.reference,
                "answer": command.answer if isinstance(command, Reply) else "not mine",
                "words": said[0],
                "limit": limit_of(box.way),
                "actions": [
                    (text, one.by, beyond_the_limit(box.way, one.by))
                    for text, one in zip(said[1:], actions, strict=True)
                ],
            }
        )
    return web.render(
        "reply_together_check.html",
        officer=scene.way.officer,
        shown=shown,
        blank=[box.child for box in scene.open if not box.filled],
        telling=telling,
        readers=by_link(scene.way.council.procedure, words=False),
        address=scene.at.address(),
        hidden={**scene.typed(), "step": unsent.CHECK},
    )


# Answering --------------------------------------------------------------------------------------


def _of_actions(scene: _Scene) -> dict[str, str]:
    """Return what to correct in the actions, which were saved one by one: field → sentence."""
    if not any(box.form.filled() for box in scene.open):
        return {}
    problems = _problems(scene)
    some = (of_actions(problems, box.before) for box in scene.open)
    return {name: text for one in some for name, text in one.items()}


def _problems(scene: _Scene) -> dict[str, str]:
    """Return what to correct: the field's name on this page → sentence."""
    found: dict[str, str] = {}
    for box in scene.filled:
        _, problems = replying.checked(box.way, box.form)
        child = f"Child {box.number}: "
        found |= {
            f"{box.before}{name}": f"{child}{text[:1].lower()}{text[1:]}"
            for name, text in problems.items()
        }
    if scene.open and not any(box.filled for box in scene.boxes):
        found[f"{scene.open[0].before}answer"] = "Reply about at least one child."
    return found


def _sent(scene: _Scene) -> Response[str]:
    """Record each reply by itself; lead to the page, which shows what happened to each."""
    left = [box for box in scene.boxes if box.is_left_over]
    for box in scene.filled:
        command: Reply | SayNotMine = replying.checked(box.way, box.form)[0]
        try:
            casebook().act(
                box.way.challenge.reference,
                command,
                web.actor(box.way.officer, replying.capacity(box.way), box.way.via),
                box.form.hidden["command_id"],
                received=box.way.now,
            )
        except NotAllowedError:
            # Somebody else answered meanwhile. The next page says so, with what was typed.
            left.append(box)
    if not left:
        unsent.use_up(scene.at, scene.hidden, scene.way.officer)
        return web.see_other(scene.at.page)
    kept = {name: text for box in left for name, text in box.typed.items()}
    unsent.keep(scene.at, {**kept, **scene.hidden})
    return scene.at.see()
