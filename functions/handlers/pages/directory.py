"""The directory as the Directory administrator keeps it: its files, its changes, and who made them.

What was typed is kept at the form's own address (``handlers.pages.unsent``). The form carries the
number of the change that its text was made from, so that nobody overwrites what they have not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.errors import CouncilMovedOnError
from adapters.wiring import casebook, council_store
from domain.directory_checks import Kind as File
from domain.errors import BadSubmissionError, NotAllowedError
from domain.ladder import Role
from domain.moments import local_day
from handlers.pages import done, unsent, web
from handlers.pages.covering import changes_since, in_words
from handlers.pages.kit import Field, Form, Kind
from handlers.pages.uploads import uploaded
from handlers.request import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from domain.council import Council
    from domain.directory import Directory, Officer

__all__ = ["router"]

router = APIGatewayRouter()

_PAGE, _CHANGE, _UPLOAD = "/directory", "/directory/change", "/directory/upload"

#: The hidden field with the number of the change that the text was made from.
_SEEN = "change"

#: What stands in the address after an upload without a file, and what the page then says.
_WITHOUT_FILE = "without-file"
_NO_FILE = "Choose at least one file to upload."

#: How many changes the page lists, the latest first.
_LISTED = 50

#: The most characters of a line that are shown beside what is wrong with it.
_QUOTED = 60

_LABELS = {
    File.OFFICERS: "Officers: id,name,email,supervisor",
    File.POSTS: "Posts: id,role,teams,holder",
    File.COVER: "Cover: post,officer,first,last",
}
_HINTS = {
    File.OFFICERS: "An id never changes. The supervisor is another officer’s id, or empty.",
    File.POSTS: "Separate teams by “;”. Without teams, a post is for the whole council. Without a "
    "holder it is vacant.",
    File.COVER: "Days like 2026-12-24, both included.",
}


# The page, and the files -------------------------------------------------------------------------


@router.get(_PAGE)
def show() -> Response[str]:
    """Show the files to download, the way to change them, and what was changed by whom."""
    officer, council = _administrator()
    changes = council_store().changed(max(0, council.change - _LISTED))
    return web.render(
        "directory.html",
        officer=officer,
        files=[(str(file), f"{_PAGE}/{file}") for file in File],
        counts=(len(council.directory.officers), len(council.directory.posts)),
        changes=[in_words(one, council) for one in reversed(changes)],
        done=done.said_of_many(router, "directory"),
        errors=[{"text": _NO_FILE, "href": f"#{_name(File.OFFICERS)}"}]
        if _WITHOUT_FILE in query(router)
        else [],
        change_at=_CHANGE,
        upload_at=_UPLOAD,
        uploads=[(_name(file), str(file)) for file in File],
        hidden={_SEEN: str(council.change)},
    )


@router.get("/directory/officers.csv")
@router.get("/directory/posts.csv")
@router.get("/directory/cover.csv")
def download() -> Response[str]:
    """Return a file of the directory, as it is now."""
    from adapters.directory_csv import written

    _, council = _administrator()
    name = File(router.current_event.path.rpartition("/")[2])
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = written(council.directory)[name]
    return Response(200, "text/csv; charset=utf-8", text, {**web.SECURITY, **named})


def _administrator() -> tuple[Officer, Council]:
    """Return who is signed in, and the council.

    Raise ``NotAllowedError`` if they are not the Directory administrator today.
    """
    officer, council = web.officer_and_council(router)
    held = council.directory.posts_held(officer.id, local_day(clock.now()))
    if not any(post.role is Role.DIRECTORY_ADMINISTRATOR for post in held):
        message = (
            f"Only the {Role.DIRECTORY_ADMINISTRATOR} can see and change the directory here. Ask "
            "them if something in it is wrong."
        )
        raise NotAllowedError(message)
    return officer, council


# Changing it -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """Who changes the directory today, and their form. ``seen`` is what its text was made from."""

    officer: Officer
    council: Council
    today: date
    at: unsent.Place
    form: Form
    seen: str

    @property
    def is_stale(self) -> bool:
        """Whether the directory, cover or calendar changed since the text was made."""
        return self.seen != str(self.council.change)


@router.get(_CHANGE)
def show_form() -> Response[str]:
    """Show the files to change; at the step ``check``, what is wrong or what would change."""
    officer, council = _administrator()
    if not unsent.is_named(router):
        return unsent.to_own_place(router)
    at = unsent.place(router, officer.id)
    found = unsent.found(at)
    if found.sent:
        return web.see_other(_PAGE)
    scene = _scene(officer, council, at, found.form, found.mark)
    if query(router).get("step") != unsent.CHECK:
        return _form(scene)
    new, problems = _read(scene)
    if new is None or scene.is_stale:
        return _form(scene, problems)
    return _check(scene, new)


@router.post(_CHANGE)
def post_form() -> Response[str]:
    """Do what the pressed button says. What was typed is kept for the next page."""
    officer, council = _administrator()
    typed = web.form(router)
    at = unsent.place(router, officer.id, typed)
    scene = _scene(officer, council, at, typed, typed.get(unsent.KEPT, ""))
    press = typed.get("press", "")
    if press == "send":
        new, _ = _read(scene)
        if new and _load(scene, new):
            unsent.use_up(at, typed, officer)
            return web.see_other(_PAGE, [done.note_many("directory")])
    unsent.keep(at, {**scene.form.answers(), **scene.form.hidden, _SEEN: scene.seen})
    return at.see() if press == "change" else at.see(unsent.CHECK)


@router.post(_UPLOAD)
def upload() -> Response[str]:
    """Put the files that were uploaded into a form, and check it. The others stay as they are."""
    officer, council = _administrator()
    sent = uploaded(router, officer)
    files = {_name(file): sent[_name(file)] for file in File if _name(file) in sent}
    at = unsent.Place(officer.id, web.new_id(), _CHANGE)
    if not files:
        return web.see_other(f"{_PAGE}?{_WITHOUT_FILE}=1")
    scene = _scene(officer, council, at, {}, "")
    present = {field.name: field.value for field in scene.form.alone}
    unsent.keep(at, {**present, **files, _SEEN: sent.get(_SEEN, "")})
    return at.see(unsent.CHECK)


def _load(scene: _Scene, new: Directory) -> bool:
    """Load the directory. ``False``, with nothing loaded, if another change came in between."""
    from domain.directory_changes import changes

    if new == scene.council.directory:
        return True  # the same form again
    if scene.is_stale:
        return False
    said = changes(scene.council.directory, new, scene.today).in_words
    who, after = scene.officer.id, scene.council.change
    try:
        council_store().load_directory(new, who=who, after=after, said=said)
    except CouncilMovedOnError:
        return False
    return True


def _scene(
    officer: Officer, council: Council, at: unsent.Place, typed: Mapping[str, str], mark: str
) -> _Scene:
    from adapters.directory_csv import written

    today = local_day(clock.now())
    texts = written(council.directory)
    fields = tuple(
        Field(_name(file), Kind.WORDS, _LABELS[file], _HINTS[file], value=texts[file], lines=12)
        for file in File
    )
    hidden = {"draft": at.draft, unsent.KEPT: mark}
    form = Form(fields, at.address(), typed, hidden=hidden)
    seen = typed.get(_SEEN, "") or str(council.change)
    return _Scene(officer, council, today, at, replace(form, typed=form.answers()), seen)


def _name(file: File) -> str:
    return file.removesuffix(".csv")


def _read(scene: _Scene) -> tuple[Directory | None, dict[File, list[str]]]:
    """Return the directory that was typed, or what is wrong with it: file → a sentence a line."""
    from adapters.directory_csv import read

    texts = {str(file): scene.form.value(field) for file, field in _fields(scene)}
    damaged = web.damaged(scene.form.typed)
    if damaged:
        return None, {file: [damaged[_name(file)]] for file in File if _name(file) in damaged}
    try:
        return read(texts, today=scene.today), {}
    except BadSubmissionError as error:
        problems: dict[File, list[str]] = {}
        for where, sentence in error.fields.items():
            name, _, line = where.partition(" line ")
            words = sentence.removeprefix(f"{where}: ")
            quoted = _quoted(texts[name], line)
            problems.setdefault(File(name), []).append(f"{quoted}{words}")
        return None, problems


def _fields(scene: _Scene) -> list[tuple[File, Field]]:
    return list(zip(File, scene.form.alone, strict=True))


def _quoted(text: str, line: str) -> str:
    """``Line 3, “tm-new,Toni Sample-New,toni”: ``; empty if it is about no line."""
    lines = text.split("\n")
    if not line or int(line) > len(lines):
        return ""
    row = lines[int(line) - 1].strip()
    short = row if len(row) <= _QUOTED else f"{row[:_QUOTED]}…"
    return f"Line {line}, “{short}”: "


def _form(scene: _Scene, problems: Mapping[File, list[str]] | None = None) -> Response[str]:
    """Return the page with the files, what is wrong, and what others changed since.

    Who has read what others changed may go on: the page then carries the present change.
    """
    problems = problems or {}
    marked = {_name(file): "Correct what is listed above." for file in problems}
    hidden = {**scene.form.hidden, _SEEN: str(scene.council.change)}
    form = replace(scene.form, problems=marked, hidden=hidden)
    return web.render(
        "directory_form.html",
        officer=scene.officer,
        form=form,
        fields=[(field, problems.get(file, [])) for file, field in _fields(scene)],
        errors=[
            {"text": f"{file}: {line}", "href": f"#{_name(file)}"}
            for file, lines in problems.items()
            for line in lines
        ],
        since=changes_since(scene.seen, scene.council),
        back=_PAGE,
    )


def _check(scene: _Scene, new: Directory) -> Response[str]:
    """Return the page with everything that would change, to load it or go on changing it."""
    from adapters.directory_preview import grouped
    from domain.directory_changes import changes

    found = changes(scene.council.directory, new, scene.today)
    held = new.posts_held(scene.officer.id, scene.today)
    return web.render(
        "directory_check.html",
        officer=scene.officer,
        groups=grouped(found, casebook().record),
        shut_out=not any(post.role is Role.DIRECTORY_ADMINISTRATOR for post in held),
        none_left=not any(post.holder for post in new.posts_of(Role.DIRECTORY_ADMINISTRATOR)),
        address=scene.form.address,
        hidden={**scene.form.answers(), **scene.form.hidden, _SEEN: str(scene.council.change)},
        telling=False,
    )
