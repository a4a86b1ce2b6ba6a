"""The front page with each person's work, signing in and out, and the static files."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters import clock
from adapters.drafts import EMAIL
from adapters.identity import CALLBACK_PATH, ProviderUnavailableError, SignInError
from adapters.record.lists import together
from adapters.wiring import casebook, drafts, identity, sessions
from domain.ladder import Role, Stage
from domain.moments import day_in_words, local_day, parse_moment
from domain.people import may_raise
from domain.rules.impact import NOTHING_CHANGED, WORSE
from domain.rules.sealing import SEALED_MARK
from domain.rules.stepping_in import IN_IROS_PLACE
from domain.timeline import where_it_stands
from domain.values import Value, value
from domain.vocabulary import ENDED, Purpose, Standing
from domain.writing import capitalised
from handlers import request
from handlers.pages import web
from handlers.pages.lines import days_left
from handlers.pages.transferring import leavers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from adapters.drafts import Draft
    from adapters.record.lists import Row, ToDo
    from domain.council import Council
    from domain.directory import Officer, Post
    from domain.part import Mark

__all__ = ["SOMEBODY_ELSES", "ListLine", "line", "router", "somebody_elses"]

router = APIGatewayRouter()
_log = Logger(child=True)

#: How many ended challenges the front page lists.
_ENDED_AT_MOST = 20

#: The most characters that a list shows of a Case ID or of initials.
_LONGEST_ID = 50

#: A place in the list of ended challenges, as in ``Row.ended``: a moment, and a reference.
_PLACE = re.compile(r"[0-9T:.Z-]{27} [A-Z0-9-]{1,20}")

_OVERSEERS = (Role.SRSM, Role.SENIOR_IRO_MANAGER)

#: Whose front page lists all open challenges.
_INSPECTORS = (Role.AUDITOR, Role.DATA_PROTECTION_OFFICER)
_SEE_ALL = (*_OVERSEERS, *_INSPECTORS)


#: What the front page is called for those who have no challenges of their own, by all their roles.
_TITLES = (
    ({*_INSPECTORS}, "All challenges"),
    ({Role.LEGAL_TEAM, Role.NEIGHBOUR_LAWYER}, "Challenges you advise on"),
)


#: The pages of those who may not see the challenge: what a row asks → the rest of its address.
_OWN_PAGES: dict[str, str] = {
    Purpose.DO_ACTION: "/action",
    Purpose.NAME_LAWYER: "/name-lawyer",
    Purpose.CONFIRM_DIRECTOR: "/briefing",
}
#: What a list calls their tasks.
_ALONE: dict[str, str] = {
    Purpose.NAME_LAWYER: "Name a lawyer",
    Purpose.CONFIRM_DIRECTOR: "Your briefing",
}


#: The lists of what got no better for the child after it was resolved: mark → title.
_NO_BETTER = {
    WORSE: "Worse for the child since it was resolved",
    NOTHING_CHANGED: "Nothing changed for the child",
}

# Lists -------------------------------------------------------------------------------------------


@value
class ToDoLine(Value):
    """One thing to do in a challenge, in words, by when, and whether that is ``overdue``."""

    asks: str
    due: str
    left: str
    overdue: bool


@value
class ListLine(Value):
    """A challenge in a list, in words. If it is ``overdue``, ``left`` says so too.

    ``to_do`` is everything that its reader has to do there, the earliest first; empty in a list of
    what waits for others. ``more`` is how many things there are beside these.
    """

    reference: str
    initials: str
    case_id: str
    standing: str
    due: str
    left: str
    overdue: bool
    marks: tuple[Mark, ...]
    iro: str
    address: str
    to_do: tuple[ToDoLine, ...] = ()
    more: int = 0


@value
class Section(Value):
    """A list under its heading; ``empty`` is the sentence to show if it has no lines.

    ``more`` is the address of the rest of the list, or empty. ``when`` is what the dates of its
    lines are, if they are not deadlines.
    """

    title: str
    lines: tuple[ListLine, ...]
    empty: str = ""
    with_iro: bool = False
    more: str = ""
    when: str = ""


def line(row: Row, now: datetime, council: Council) -> ListLine:
    """Return ``row`` in words, as it is at ``now`` (UTC)."""
    first, *_ = to_do = [_to_do_line(one, now, council) for one in row.to_do]
    iro = council.directory.officers.get(row.iro)
    return ListLine(
        reference=row.reference,
        initials=row.initials,
        case_id=row.case_id,
        standing=where_it_stands(Standing(row.standing), Stage(row.stage), council)
        if row.case_id
        else _ALONE.get(row.asks, "Your action"),
        due=first.due,
        left=first.left,
        overdue=first.overdue,
        marks=tuple(mark for mark in row.marks if row.case_id and not mark.quiet),
        iro=iro.name if iro else "An IRO who has left" if row.iro else "",
        address=f"/challenges/{quote(row.reference)}{_own_page(row)}",
        to_do=tuple(one for one in to_do if one.asks),
        more=row.more,
    )


def _to_do_line(one: ToDo, now: datetime, council: Council) -> ToDoLine:
    """Return one thing to do in words. What may be done, and need not, is never overdue."""
    due = parse_moment(one.due) if one.due else None
    day = local_day(due) if due and not one.is_power else None
    asks = capitalised(one.in_words) if one.asks in tuple(Purpose) else ""
    left = days_left(day, local_day(now), council) if day else ""
    overdue = due is not None and day is not None and due < now
    return ToDoLine(asks, day_in_words(day) if day else "", left, overdue)


def _own_page(row: Row) -> str:
    """Return the rest of the address of what a row asks: an owner has a page of their action."""
    pages = [_OWN_PAGES.get(one.asks, "") for one in row.to_do]
    return pages[0] if len({*pages}) == 1 or not row.case_id else ""


def _sections(officer: Officer, now: datetime, council: Council, every: list[Row]) -> list[Section]:
    """Return what ``officer`` sees: what waits for them, what is theirs, what they oversee.

    ``every`` are all open challenges, for those who see them all.
    """
    held = council.directory.posts_held(officer.id, local_day(now))
    roles = {post.role for post in held}
    iros = _iros(officer, held)
    record = casebook().record
    parties = council.directory.trays(officer.id, local_day(now))
    waiting = together(row for party in parties for row in record.lists.in_tray(party))
    shown = {row.reference for row in waiting}

    def made(title: str, rows: Iterable[Row], empty: str = "", *, with_iro: bool = True) -> Section:
        lines = tuple(line(row, now, council) for row in rows)
        return Section(title, lines, empty, with_iro)

    mine_alone = roles == {Role.IRO} and iros == [officer.id]
    nothing = "Nothing is waiting for you." if held else _no_post(officer)
    may_decide = [row for row in waiting if row.asks == Purpose.STEP_IN]
    theirs = [row for row in waiting if row not in may_decide]
    sections = []
    if theirs or not may_decide:
        sections.append(made("Waiting for you", theirs, nothing, with_iro=not mine_alone))
    if may_decide:
        title = "Late decisions that you may take in the IRO’s place"
        sections.append(made(title, may_decide))
    unplaced: list[Row] = []  # those that ended under a release before 2026-11.8
    if iros:
        own = [row for iro in iros for row in record.lists.of_iro(iro)]
        unplaced = [row for row in own if row.standing in ENDED]
        others = [row for row in own if row.reference not in shown and row not in unplaced]
        shown |= {row.reference for row in others}
        title = "Your challenges, waiting for others" if mine_alone else "Challenges of the IRO"
        empty = "None of your open challenges is waiting for somebody else."
        sections.append(made(title, together(others), empty, with_iro=not mine_alone))
    if roles & {*_SEE_ALL}:
        rest = (row for row in every if row.reference not in shown)
        empty = "There is no other open challenge." if shown else "There is no open challenge."
        sections.append(made("All open challenges", together(rest), empty))
    for title, when, marked in _marked(roles, shown):
        sections.append(replace(made(title, marked), when=when))
    ended, more = _ended(iros)
    if unplaced and not more:
        more = _address_after(ended) if len(ended) + len(unplaced) > _ENDED_AT_MOST else ""
        ended = [*ended, *unplaced][:_ENDED_AT_MOST]
    # What is still to do after an end stands under what waits, and not twice.
    ended = [row for row in ended if row.reference not in shown]
    if ended or more:
        sections.append(replace(made("Ended", ended, with_iro=not mine_alone), more=more))
    return sections


def _marked(roles: set[Role], shown: set[str]) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the lists of marked challenges that are for these roles: (title, when, rows).

    A sealed record that is ``shown`` above, because it waits for its reader, is not there twice.
    """
    lists = casebook().record.lists
    if roles & {*_OVERSEERS}:
        for mark, title in _NO_BETTER.items():
            if rows := lists.with_mark(mark):
                yield title, "Recorded", rows
    if Role.SENIOR_IRO_MANAGER in roles and (rows := lists.with_mark(IN_IROS_PLACE)):
        yield "Decided in the IRO’s place", "Decided", rows
    if roles & {*_INSPECTORS}:
        rows = [row for row in lists.with_mark(SEALED_MARK) if row.reference not in shown]
        if rows:
            yield "Sealed records", "Sealed", rows


def _ended(iros: list[str], before: str = "") -> tuple[list[Row], str]:
    """Return ended challenges of these IROs, latest first, and the address of the rest, or empty.

    They begin after the row whose ``ended`` is ``before``. It costs one call for each IRO, however
    many challenges there are.
    """
    lists = casebook().record.lists
    found = [row for iro in iros for row in lists.ended_of(iro, _ENDED_AT_MOST + 1, before)]
    in_order = sorted(found, key=lambda row: row.ended, reverse=True)
    shown = in_order[:_ENDED_AT_MOST]
    return shown, _address_after(shown) if len(in_order) > len(shown) else ""


def _address_after(rows: list[Row]) -> str:
    """Return the address of the ended challenges that come after these."""
    return f"/ended?{urlencode({'before': rows[-1].ended})}" if rows else "/ended"


def _iros(officer: Officer, held: tuple[Post, ...]) -> list[str]:
    """Return the ids of the IROs whose work ``officer`` has: themselves, and those they cover."""
    posts = [post for post in held if post.role is Role.IRO]
    return list(dict.fromkeys(post.holder or officer.id for post in posts))


def _no_post(officer: Officer) -> str:
    return (
        f"The directory has no post for you, {officer.name}. If you should have one, ask the "
        "Safeguarding & Review Service Manager to have the directory put right."
    )


# The front page ----------------------------------------------------------------------------------


@router.get("/")
def home() -> Response[str]:
    """Show what waits for the person, and everything else that is theirs."""
    return _home(web.officer(router))


@router.get("/ended")
def show_ended() -> Response[str]:
    """Show more ended challenges of the person, and of the IROs they cover."""
    officer, council = web.officer_and_council(router)
    before = request.query(router).get("before", "")
    if before and not _PLACE.fullmatch(before):
        return web.see_other("/ended")
    now = clock.now()
    iros = _iros(officer, council.directory.posts_held(officer.id, local_day(now)))
    rows, more = _ended(iros, before)
    if not more:
        own = (row for iro in iros for row in casebook().record.lists.of_iro(iro))
        rows += [row for row in own if row.standing in ENDED]
    lines = tuple(line(row, now, council) for row in rows)
    empty = "There are no more." if before else "There are no ended challenges."
    section = Section("Ended challenges", lines, empty, iros != [officer.id], more)
    return web.render("ended.html", officer=officer, section=section)


def _home(officer: Officer) -> Response[str]:
    council, now = casebook().council(), clock.now()
    held = council.directory.posts_held(officer.id, local_day(now))
    roles = {post.role for post in held}
    every = casebook().record.lists.every_open() if roles & {*_SEE_ALL} else []
    left = leavers(every, council) if roles & {*_OVERSEERS} else []
    sections = _sections(officer, now, council, every)
    has_lines = any(section.lines for section in sections)
    only_links = roles == {Role.DIRECTORY_ADMINISTRATOR} and not has_lines
    return web.render(
        "home.html",
        title="Directory and cover" if only_links else _title(roles),
        officer=officer,
        may_raise=may_raise(officer.id, council, local_day(now)),
        posts=[_post(post, officer) for post in held],
        links=left,
        drafts=[_draft(draft) for draft in drafts().of(officer.id)],
        sections=sections,
        only_links=only_links,
    )


def _title(roles: set[Role]) -> str:
    """Return what the page is called for somebody with these roles and no others."""
    titles = (title for of, title in _TITLES if roles and roles <= of)
    return next(titles, "Your challenges")


def _draft(draft: Draft) -> dict[str, object]:
    about = re.search(r"/challenges/(?P<reference>[^/?]+)", draft.path)
    title = "A challenge to raise, from your email" if draft.origin == EMAIL else "A form"
    if about:
        title = f"A form about {about['reference']}"
    elif draft.origin != EMAIL and draft.path.startswith("/raise"):
        title = "A challenge to raise"
    if draft.typed_by:
        title += f", written for you by {draft.typed_by}"
    child = "" if about else _child_in(draft.form)
    return {
        "address": draft.address,
        "title": title,
        "child": child,
        "kept_at": draft.kept_at,
        "until": draft.until and local_day(draft.until),
    }


def _child_in(form: Mapping[str, str]) -> str:
    """Return ``Q.Z. (CASE-98431)`` as far as it was typed, so that two drafts can be told apart."""
    initials, case = (form.get(name, "").strip() for name in ("initials", "case-id"))
    initials, case = initials[:_LONGEST_ID], case[:_LONGEST_ID]
    return f"{initials} ({case})" if initials and case else initials or case


def _post(post: Post, officer: Officer) -> str:
    return post.title if post.holder == officer.id else f"{post.title} (covering)"


# Signing in and out ------------------------------------------------------------------------------


@router.get("/sign-in")
def sign_in() -> Response[str]:
    """Lead to the council's own sign-in, and then back to where the person wanted to go."""
    try:
        start = identity().start_sign_in(request.query(router).get("return_to", "/"))
    except SignInError as error:
        return _not_signed_in(error)
    return web.see_other(start.redirect_url, [start.cookie])


@router.get(CALLBACK_PATH)
def signed_in() -> Response[str]:
    """Begin a session for the person who comes back from the council's sign-in."""
    try:
        done = identity().finish_sign_in(request.query(router), request.cookies(router))
    except SignInError as error:
        return _not_signed_in(error)
    _end_session()  # somebody else may have been signed in at this browser before
    found = casebook().council().directory.by_email(done.email)
    if found:
        sessions().begin(found.id, done.session)
    return web.see_other(done.return_to, done.cookies)


def _not_signed_in(error: SignInError) -> Response[str]:
    _log.warning("not signed in", extra={"error": type(error).__name__, "reason": error.reason})
    status = 503 if isinstance(error, ProviderUnavailableError) else 403
    return web.render("not_signed_in.html", status, sentence=str(error))


@router.post("/sign-out")
def sign_out() -> Response[str]:
    """End the session of this browser, and of every copy of its cookie."""
    _end_session()
    return web.see_other("/signed-out", identity().sign_out())


def _end_session() -> None:
    session = identity().read_session(request.cookies(router))
    found = casebook().council().directory.by_email(session.email) if session else None
    if session and found:
        sessions().end(found.id, session)


#: The address of the page that says that somebody else opened this form.
SOMEBODY_ELSES = "/opened-by-somebody-else"


@router.get("/session-ended")
def session_ended() -> Response[str]:
    """Say that a form which was sent after the session ended is kept.

    Nobody is signed in, so the page shows nothing of what was typed.
    """
    return_to = request.query(router).get("return_to", "/")
    address = f"/sign-in?return_to={quote(return_to, safe='/')}"
    return web.render("session_ended.html", 401, address=address)


@router.get(SOMEBODY_ELSES)
def opened_by_somebody_else() -> Response[str]:
    """Say that what was typed is kept for the person who opened the form, and not recorded."""
    return somebody_elses(
        "What was typed into it was kept for them. They will find it on their own front page.", 409
    )


def somebody_elses(kept: str, status: int) -> Response[str]:
    """Return the page that says that somebody else opened the form.

    ``kept`` is the sentence about what happened to what was typed.
    """
    return web.render(
        "problem.html",
        status,
        title="This form was opened by somebody else",
        sentences=(
            (
                "Somebody else was signed in on this computer when this form was opened. Nothing "
                "was recorded in your name."
            ),
            kept,
            "If you want to do this yourself, go to the front page and open the form again.",
        ),
    )


@router.get("/signed-out")
def signed_out() -> Response[str]:
    """Say that the person is signed out, and offer to sign in again."""
    return web.render("signed_out.html")


# Static files ------------------------------------------------------------------------------------

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@router.get("/assets/<name>")
def asset(name: str) -> Response[Any]:
    """Return a style sheet or picture. Its address changes with its content, so browsers keep it.

    ``name`` is compared with the names of the files, and never becomes part of a path.
    """
    files = {file.name: file for file in web.STATIC.iterdir()} if web.STATIC.is_dir() else {}
    file = files.get(name)
    if file is None or file.suffix not in _KINDS:
        raise NotFoundError
    content = file.read_bytes()
    # During a deployment a new page may get the old version's file, which must not be kept.
    is_named = request.query(router).get("v") == web.mark_of(content)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"} if is_named else {}
    return Response(200, _KINDS[file.suffix], content, {**web.SECURITY, **kept})
