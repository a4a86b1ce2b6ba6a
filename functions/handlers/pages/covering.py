"""Cover for leave: who covers which post, and the pages to set, change and end it (rule 15).

What was typed is kept at the form's own address (``handlers.pages.unsent``). An email about
somebody who seems to be away leads to the form, filled in::

    /cover?post=tm-north&officer=tm-s&first=2026-11-09&last=2026-11-13
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.council_store import WhatChanged
from adapters.errors import CouncilMovedOnError
from adapters.wiring import casebook, council_store
from domain.covering import (
    cover_problems,
    may_set_cover,
    may_set_some_cover,
    posts_to_cover,
    with_cover,
    without_cover,
)
from domain.directory import Cover
from domain.errors import NotAllowedError
from domain.ladder import Role
from domain.moments import day_in_words, local_day, moment_in_words, parse_moment
from domain.values import Value, value
from handlers import dates
from handlers.pages import done, unsent, web
from handlers.pages.kit import Field, Form, Kind, Option, Reading
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_lambda_powertools.event_handler import Response

    from adapters.council_store import Changed
    from domain.council import Council
    from domain.directory import Directory, Officer, Post

__all__ = ["changes_since", "router"]

router = APIGatewayRouter()

_LIST, _SET, _END = "/cover", "/cover/set", "/cover/end"

#: What the address of the form can fill in.
_FILLED_IN = ("post", "officer", "first", "last")

#: In the address: which cover to change or end. ``~`` is in no id.
_WHICH = "cover"

#: The hidden field with the number of the council's change that a page to check was made from.
_SEEN = "change"

#: How often ending cover is tried again if somebody else changes something at the same moment.
_TRIES = 5


# The list ----------------------------------------------------------------------------------------


@value
class _Line(Value):
    """Cover in the list. ``change`` and ``end`` are addresses; empty if the reader may do neither.

    ``began`` says whether it has begun.
    """

    post: str
    holder: str
    covers: str
    first: str
    last: str
    began: bool
    change: str
    end: str


@router.get(_LIST)
def show_list() -> Response[str]:
    """Show the present and coming cover that concerns the reader, or lead to a form filled in."""
    asked = query(router)
    if filled_in := {name: asked[name] for name in _FILLED_IN if asked.get(name)}:
        return web.see_other(f"{_SET}?{urlencode(filled_in)}")
    officer, council = web.officer_and_council(router)
    today = local_day(clock.now())
    rows = sorted(council.directory.cover, key=lambda one: (one.first, one.last, one.post))
    lines = [_line(one, officer, council, today) for one in rows if one.last >= today]
    return web.render(
        "cover.html",
        officer=officer,
        lines=[line for line in lines if line],
        may=may_set_some_cover(officer.id, council, today),
        set_at=_SET,
        done=_done(done.noted(router, "cover"), officer, council, today),
    )


def _line(one: Cover, officer: Officer, council: Council, today: date) -> _Line | None:
    """Return ``one`` as a line; ``None`` if it is nothing to the reader."""
    directory = council.directory
    post = directory.posts.get(one.post)
    may = post is not None and may_set_cover(officer.id, post, council, today) is not None
    if not may and one.officer != officer.id:
        return None
    which = urlencode({_WHICH: _key(one)})
    return _Line(
        post=directory.title(one.post),
        holder=_holder(directory, one.post),
        covers=_name(directory, one.officer),
        first=day_in_words(one.first),
        last=day_in_words(one.last),
        began=one.first <= today,
        change=f"{_SET}?{which}" if may else "",
        end=f"{_END}?{which}" if may else "",
    )


def _done(said: str, officer: Officer, council: Council, today: date) -> str:
    """Return what has just been done, in words; empty if nothing was that concerns the reader."""
    if said == "ended":
        return "The cover has ended."
    one = _of_key(said)
    if one is None or one not in council.directory.cover:
        return ""
    if _line(one, officer, council, today) is None:
        return ""
    who = _name(council.directory, one.officer)
    first, last = day_in_words(one.first), day_in_words(one.last)
    return f"{who} covers {council.directory.title(one.post)} from {first} to {last}."


def _key(one: Cover) -> str:
    return f"{one.post}~{one.officer}~{one.first.isoformat()}~{one.last.isoformat()}"


def _of_key(key: str) -> Cover | None:
    with suppress(ValueError):
        post, officer, first, last = key.split("~")
        return Cover(post, officer, date.fromisoformat(first), date.fromisoformat(last))
    return None


def _name(directory: Directory, officer: str) -> str:
    known = directory.officers.get(officer)
    return known.name if known else officer


def _holder(directory: Directory, post: str) -> str:
    held = directory.posts.get(post)
    return _name(directory, held.holder) if held and held.holder else ""


# Setting and changing ----------------------------------------------------------------------------


@value
class _Scene(Value):
    """Who sets or changes cover today, and their form. ``old`` is the cover that they change."""

    officer: Officer
    council: Council
    today: date
    at: unsent.Place
    form: Form
    old: Cover | None

    @property
    def began(self) -> bool:
        """Whether the cover that they change has begun: its first day stays."""
        return self.old is not None and self.old.first <= self.today


@router.get(_SET)
def show_form() -> Response[str]:
    """Show the form as it was typed last; at the step ``check``, its problems or the page for it.

    Raise ``NotAllowedError`` if there is no post for which the reader may set cover.
    """
    officer, council = web.officer_and_council(router)
    if not unsent.is_named(router):
        _check_may(officer, council)
        return unsent.to_own_place(router)
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    if found.sent:
        return web.see_other(_LIST)
    scene = _scene(officer, council, at, found.form, found.mark)
    if query(router).get("step") != unsent.CHECK:
        return _form(scene)
    new, problems = _checked(scene)
    if problems:
        return _form(replace(scene, form=replace(scene.form, problems=problems)))
    return _check(scene, new, found.form.get(_SEEN, ""))


@router.post(_SET)
def post_form() -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    officer, council = web.officer_and_council(router)
    typed = web.form(router)
    at, press = unsent.place(router, officer.id, typed), typed.get("press", "")
    if press == "send" and unsent.found(at).sent:
        return web.see_other(_LIST)  # pressed twice
    scene = _scene(officer, council, at, typed, typed.get(unsent.KEPT, ""))
    answers = {**scene.form.answers(), **scene.form.hidden}
    if press == "send":
        new, problems = _checked(scene)
        if not problems and _set(scene, new, typed.get(_SEEN, "")):
            unsent.use_up(at, typed, officer)
            return web.see_other(_LIST, [done.note_of("cover", _key(new))])
        answers[_SEEN] = typed.get(_SEEN, "")
    unsent.keep(at, answers)
    return at.see() if press == "change" else at.see(unsent.CHECK)


def _set(scene: _Scene, new: Cover, seen: str) -> bool:
    """Set the cover. ``False``, with nothing set, if the council has changed since it was shown."""
    directory = scene.council.directory
    if new in directory.cover:
        return True  # the same form again
    if seen != str(scene.council.change):
        return False
    cover = with_cover(directory.cover, new, scene.today, scene.old)
    return _store(scene.officer, scene.council, cover, scene.today)


def _store(officer: Officer, council: Council, cover: tuple[Cover, ...], today: date) -> bool:
    """Write all cover. ``False``, with nothing written, if the council has changed meanwhile."""
    from domain.directory_changes import changes

    said = changes(council.directory, replace(council.directory, cover=cover), today).in_words
    try:
        council_store().set_cover(cover, who=officer.id, after=council.change, said=said)
    except CouncilMovedOnError:
        return False
    return True


def _check_may(officer: Officer, council: Council) -> None:
    if not may_set_some_cover(officer.id, council, local_day(clock.now())):
        message = (
            "You hold no post, and manage nobody who does, so there is no cover for you to set. "
            "If the directory is wrong, ask the Directory administrator to correct it."
        )
        raise NotAllowedError(message)


def _old(officer: Officer, council: Council, today: date) -> Cover | None:
    """Return the cover in the address; ``None`` if there is none in it.

    Raise ``NotAllowedError`` if the reader may not change it, or it is not there any more. People
    do not learn which of the two it is.
    """
    asked = query(router).get(_WHICH, "")
    if not asked:
        return None
    one = _of_key(asked)
    post = council.directory.posts.get(one.post) if one else None
    may = post is not None and may_set_cover(officer.id, post, council, today) is not None
    if one is None or not may or one not in council.directory.cover or one.last < today:
        message = (
            "There is no such cover that you can change. Somebody else may have changed or ended "
            "it. Look at the list of cover, and set it again if it is needed."
        )
        raise NotAllowedError(message)
    return one


def _scene(
    officer: Officer, council: Council, at: unsent.Place, typed: Mapping[str, str], mark: str
) -> _Scene:
    today = local_day(clock.now())
    _check_may(officer, council)
    old = _old(officer, council, today)
    hidden = {"draft": at.draft, unsent.KEPT: mark}
    form = Form(tuple(_fields(officer, council, today, old)), at.address(), typed, hidden=hidden)
    return _Scene(officer, council, today, at, replace(form, typed=form.answers()), old)


def _fields(officer: Officer, council: Council, today: date, old: Cover | None) -> Iterator[Field]:
    directory, asked = council.directory, query(router)
    filled_in = {
        "post": asked.get("post", ""),
        "officer": old.officer if old else asked.get("officer", ""),
        "first": old.first.isoformat() if old else _day(asked.get("first", ""), today),
        "last": old.last.isoformat() if old else _day(asked.get("last", "")),
    }
    if old is None:
        posts = [
            Option(post.id, _post(directory, post), group=because)
            for because, some in posts_to_cover(officer.id, council, today)
            for post in some
        ]
        value = filled_in["post"] or (posts[0].value if len(posts) == 1 else "")
        hint = "Their emails and tasks go to whoever covers, on the days that you enter."
        yield Field("post", Kind.SELECT, "Which post needs cover?", hint, tuple(posts), value)
    held: dict[str, list[str]] = {}
    for post in directory.posts.values():
        held.setdefault(post.holder or "", []).append(post.title)
    people = sorted(directory.officers.values(), key=lambda one: one.name)
    options = tuple(
        Option(one.id, f"{one.name} ({'; '.join(held[one.id])})" if one.id in held else one.name)
        for one in people
    )
    rule = f"For an {Role.IRO}, only another IRO or the {Role.SRSM} may."
    yield Field("officer", Kind.SELECT, "Who covers?", rule, options, filled_in["officer"])
    like = dates.like(today)
    if old is None or old.first > today:
        yield Field("first", Kind.DAY, "First day of cover", like, value=filled_in["first"])
    yield Field("last", Kind.DAY, "Last day of cover", like, value=filled_in["last"])


def _day(text: str, earliest: date | None = None) -> str:
    """Return a date of the address in ISO 8601, not before ``earliest``; empty if it is none."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return max(day, earliest or day).isoformat()
    return ""


def _post(directory: Directory, post: Post) -> str:
    """``Tessa Sample-North: Team Manager, North Team``."""
    return f"{_holder(directory, post.id) or 'Nobody'}: {post.title}"


def _checked(scene: _Scene) -> tuple[Cover, dict[str, str]]:
    """Return the cover that was typed, and what to correct: the field's name → sentence."""
    directory, old = scene.council.directory, scene.old
    read = Reading(scene.form.typed, web.damaged(scene.form.typed))
    post = old.post if old else read.key("post", "Choose the post that needs cover.")
    officer = read.key("officer", "Choose who covers.")
    if old and scene.began:
        first = old.first
    else:
        first = read.day("first", scene.today, "For the first day of cover, enter")
    last = read.day("last", max(first, scene.today), "For the last day of cover, enter")
    new = Cover(post, officer, first, last)
    held = directory.posts.get(post)
    if post and (
        held is None or not may_set_cover(scene.officer.id, held, scene.council, scene.today)
    ):
        read.problems["post"] = "Choose one of the posts in the list."
    if officer and officer not in directory.officers:
        read.problems["officer"] = "Choose one of the people in the list."
    if held is None or not {"post", "officer"}.isdisjoint(read.problems):
        return new, read.problems
    boxes = {name.partition("-")[0] for name in read.problems}
    found = cover_problems(new, directory, scene.today, old)
    return new, {
        **{name: text for name, text in found.items() if name not in boxes},
        **read.problems,
    }


def _form(scene: _Scene) -> Response[str]:
    old, directory = scene.old, scene.council.directory
    return web.render(
        "cover_form.html",
        officer=scene.officer,
        form=scene.form,
        errors=scene.form.errors,
        old=old,
        began=scene.began,
        post=directory.title(old.post) if old else "",
        holder=_holder(directory, old.post) if old else "",
        back=_LIST,
    )


def _check(scene: _Scene, new: Cover, seen: str) -> Response[str]:
    """Return the page to check the cover. ``seen`` is the council's change that they saw last."""
    council, directory = scene.council, scene.council.directory
    since = changes_since(seen, council)
    hidden = {**scene.form.answers(), **scene.form.hidden, _SEEN: str(council.change)}
    return web.render(
        "cover_check.html",
        officer=scene.officer,
        since=since,
        old=scene.old,
        was=_name(directory, scene.old.officer) if scene.old else "",
        post=directory.title(new.post),
        holder=_holder(directory, new.post),
        covers=_name(directory, new.officer),
        new=new,
        sentences=tuple(_what_happens(scene, new)),
        address=scene.form.address,
        hidden=hidden,
        telling=False,
    )


@value
class Since(Value):
    """A change that somebody else made: ``who``, ``when``, and ``what``, in sentences."""

    who: str
    when: str
    what: tuple[str, ...]


def changes_since(seen: str, council: Council) -> tuple[Since, ...]:
    """Return what has changed since change number ``seen``, as a page carried it; newest last."""
    if not seen.isascii() or not seen.isdigit() or int(seen[:9]) >= council.change:
        return ()
    return tuple(in_words(one, council) for one in council_store().changed(int(seen[:9])))


#: What is said of a change of which nothing more is on record.
_CHANGED: Mapping[str, str] = {
    WhatChanged.DIRECTORY: "The directory was changed.",
    WhatChanged.COVER: "Cover was changed.",
    WhatChanged.HOLIDAY: "The bank holidays were changed.",
    WhatChanged.RECOUNTED: "The deadlines were counted again.",
}


def in_words(one: Changed, council: Council) -> Since:
    """Return a change of the directory, cover or calendar in words."""
    known = council.directory.officers.get(one.who)
    who = known.name if known else one.who.capitalize()
    what = one.said or (_CHANGED.get(one.what, "Something was changed."),)
    return Since(who, moment_in_words(parse_moment(one.when)), what)


# What happens then -------------------------------------------------------------------------------


def _what_happens(scene: _Scene, new: Cover) -> Iterator[str]:
    """Yield what the cover does: what moves to whom, who is told, and what to look out for."""
    directory = scene.council.directory
    post = directory.posts[new.post]
    cover = with_cover(directory.cover, new, scene.today, scene.old)
    after = replace(directory, cover=cover)
    yield from _moving(directory, after, max(scene.today, new.first), scene.today)
    who, holder = _name(directory, new.officer), _holder(directory, new.post)
    if post.role is Role.IRO:
        yield f"{who} can do what {holder or 'the IRO'} can in these challenges, and reads them."
    if holder:
        yield f"{holder} can still act for this post, but gets no emails about what is new in it."
    yield "The cover ends by itself after its last day."
    told = " and ".join(dict.fromkeys(name for name in (who, holder) if name))
    yield f"{told} {_read_about_it(new, scene)}"
    yield from _beware(new, scene, who)


def _read_about_it(new: Cover, scene: _Scene) -> str:
    """Return when they are told: the daily email of today may have gone out."""
    if new.first > scene.today:
        return "read about it in the daily email before it begins, and on its first day."
    return "read about it in the next daily email. Tell them yourself as well: it begins today."


def _beware(new: Cover, scene: _Scene, who: str) -> Iterator[str]:
    """Yield who else covers the post on some of these days, and who is away then themselves."""
    directory = scene.council.directory
    for one in directory.cover:
        if one == scene.old or one.last < new.first or one.first > new.last:
            continue
        days = f"from {day_in_words(one.first)} to {day_in_words(one.last)}"
        held = directory.posts.get(one.post)
        if one.post == new.post:
            also = _name(directory, one.officer)
            yield f"{also} covers this post too, {days}. On those days both get everything."
        elif held and held.holder == new.officer:
            yield f"Somebody covers for {who} {days}. Check that {who} is there."


def _moving(before: Directory, after: Directory, day: date, today: date) -> Iterator[str]:
    """Yield how many challenges wait today for whoever acts on ``day``, and who that will be.

    A manager need not see these challenges, so no reference is named.
    """
    from domain.directory_changes import changes

    lists = casebook().record.lists
    for one in changes(before, after, day).handed_over:
        rows = lists.in_tray(one.party)
        count = len({row.reference for row in rows})
        many = f"{count} challenge{'' if count == 1 else 's'}" if count else "No challenge"
        waits = f"{many} {'waits' if count <= 1 else 'wait'} for {one.called} today."
        names = " and ".join(one.after) or "nobody"
        when = "Now" if day == today else f"From {day_in_words(day)} on"
        yield f"{waits} {when}, what waits for {one.called} goes to {names}."
        covers = after.people(one.party, day) if one.party in after.posts else ()
        for person in covers:
            own = len({row.reference for row in rows if row.iro == person.id})
            if own:
                yield (
                    f"{person.name} is the IRO of {own} of them, and nobody replies to their own "
                    "challenge. Somebody else has to cover for these."
                )


# Ending ------------------------------------------------------------------------------------------


@router.get(_END)
def show_end() -> Response[str]:
    """Show what ending this cover does. Raise ``NotAllowedError`` if it cannot be ended."""
    officer, council = web.officer_and_council(router)
    today = local_day(clock.now())
    old = _old(officer, council, today)
    if old is None:
        return web.see_other(_LIST)
    directory = council.directory
    after = replace(directory, cover=without_cover(directory.cover, old, today))
    return web.render(
        "cover_end.html",
        officer=officer,
        old=old,
        began=old.first <= today,
        post=directory.title(old.post),
        holder=_holder(directory, old.post),
        covers=_name(directory, old.officer),
        sentences=tuple(_moving(directory, after, today, today)),
        address=web.own_address(router),
        back=_LIST,
    )


@router.post(_END)
def end() -> Response[str]:
    """End the cover: from now on the post's holder acts again.

    Cover that another person has ended or changed meanwhile is left as it is.
    """
    officer, council = web.officer_and_council(router)
    today = local_day(clock.now())
    for _ in range(_TRIES):
        try:
            old = _old(officer, council, today)
        except NotAllowedError:
            old = None
        if old is None:
            return web.see_other(_LIST)
        cover = without_cover(council.directory.cover, old, today)
        if _store(officer, council, cover, today):
            return web.see_other(_LIST, [done.note_of("cover", "ended")])
        council = casebook().council()
    raise CouncilMovedOnError
