"""What a person's front page shows: what is theirs to do, and then whatever else concerns them.

It is made of rows of lists and trays alone, and of the directory: no challenge is read. Each list
has at most ten lines there, and an address where all of it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode

from adapters.record.lists import together
from adapters.wiring import casebook
from domain.challenge import OWN, Owner
from domain.ladder import OVERSEERS, Role, Stage
from domain.moments import day_in_words, local_day, parse_moment
from domain.people import owner_named
from domain.rulebook import LOOKED_FOR
from domain.rules.impact import NOTHING_CHANGED, WORSE
from domain.rules.lateness import LATE_IRO, days_in_words
from domain.rules.sealing import SEALED_MARK
from domain.rules.stepping_in import IN_IROS_PLACE
from domain.timeline import where_it_stands
from domain.values import Value, value
from domain.vocabulary import AWAITING, ENDED, Outcome, Purpose, Standing
from domain.writing import capitalised
from handlers.pages.lines import anchor_of, days_left
from handlers.pages.reach import INSPECTORS, IRO_LATE_TOO, reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from adapters.record.lists import Row, ToDo
    from domain.council import Council
    from domain.directory import Officer, Post
    from domain.part import Mark
    from handlers.pages.reach import Reach

__all__ = [
    "AT_MOST",
    "ENDED_COLUMNS",
    "Front",
    "Line",
    "Section",
    "at_first",
    "ended_page",
    "front",
    "is_still_theirs",
    "line_of_ended",
]

#: How many lines of a list the front page shows. Of what is late, or due today, it shows more.
AT_MOST, PRESSING_AT_MOST = 10, 20

#: The list of what the person has to do, by its key, and that of the decisions they may take.
_TO_DO, _STEP_IN = "to-do", "step-in"

#: What is left to do after an end, and what is to be put on the child's file. Neither may hide what
#: presses, so each has a list of its own. Putting on file takes the same few minutes every time: a
#: few lines of it are enough.
_AFTER, _FILING, _FILING_AT_MOST = "after-the-end", "filing", 3

#: The lists of what the person has to do: key → title, and what their tasks are in the counts.
_MINE = {
    _TO_DO: ("Mine to do", "in open challenges"),
    _AFTER: ("Mine to do after a challenge has ended", "in challenges that have ended"),
    _FILING: ("Mine to put on the child’s file", "to put on the child’s file"),
}

#: What the tasks of the last list ask.
_TO_FILE = (Purpose.PLACE_OUTCOME, Purpose.PLACE_DECISIONS)

#: Whose posts let them read challenges, and what the list of these is called: the first that fits.
_READS_AS = (
    ({Role.SOCIAL_WORKER}, "Your children"),
    ({Role.TEAM_MANAGER}, "In your team"),
    (
        {Role.CHILDRENS_SERVICE_MANAGER, Role.HEAD_OF_SERVICE, Role.ASSISTANT_DIRECTOR},
        "In your service",
    ),
)

#: Whose posts are never asked to reply, nor kept informed.
_READ_BY_NO_POST = frozenset(
    {
        Role.IRO,
        Role.PERFORMANCE_ANALYST,
        Role.DIRECTORY_ADMINISTRATOR,
        Role.LEGAL_TEAM,
        Role.NEIGHBOUR_LAWYER,
    }
)

#: Where those who were asked at a stage still have something to do: to reply, or what they agreed.
_WITH_THOSE_ASKED = (*AWAITING, Standing.ACTIONS_UNDER_WAY)

#: The lists of what got no better for the child after it was resolved: mark → title.
_NO_BETTER = {
    WORSE: "Worse for the child since it was resolved",
    NOTHING_CHANGED: "Nothing changed for the child",
}

#: The pages of those who may not see the challenge: what a row asks → the rest of its address.
_OWN_PAGES: dict[str, str] = {
    Purpose.DO_ACTION: "/action",
    Purpose.NAME_LAWYER: "/name-lawyer",
    Purpose.CONFIRM_DIRECTOR: "/briefing",
}


@value
class Line(Value):
    """A line of a list, in words. ``what`` is the task, or empty for a challenge as a whole.

    ``whom`` are people by name and role. ``left`` says how long is left until ``due``, or how late
    it is, if it is ``overdue``. ``also`` says who else is late, if that date is not past.
    """

    address: str
    reference: str
    what: str
    standing: str
    due: str
    left: str
    overdue: bool
    initials: str
    case_id: str
    whom: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    also: str = ""


@value
class Section(Value):
    """A list under its heading. ``key`` names it in addresses.

    ``columns`` are the headings of the table: those of the task or the challenge, of the child, of
    the people and of the date. ``many`` is how long the whole list is, ``all_at`` where it is.
    ``least``: many were looked at, and some were left out.
    """

    key: str
    title: str
    lines: tuple[Line, ...]
    many: int
    columns: tuple[str, str, str, str]
    all_at: str = ""
    empty: str = ""
    least: bool = False

    @property
    def leads_to(self) -> str:
        """What the link to ``all_at`` is called: the page of all open ones has others as well."""
        return "See all open challenges" if self.all_at == _ALL_OPEN else "See the whole list"


@value
class Front(Value):
    """A front page: its sections, a ``sentence`` on top, and counts with the lists they lead to.

    ``mine`` are the counts of the lists of what the person has to do, if there are several, and
    ``notes`` what else they should know before the lists.
    """

    sections: tuple[Section, ...]
    sentence: str
    counts: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    mine: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def pressing(self) -> int:
        """How many sections at the beginning press: whatever is no list comes after them."""
        return max(1, sum(one.key in {_TO_DO, _STEP_IN} for one in self.sections))


#: Where all open challenges are that somebody may open.
_ALL_OPEN = "/challenges"


#: The columns of tasks, of open challenges and of ended ones.
_TASKS = ("What to do", "Child", "With", "By")
_LATE = ("What you can do", "Child", "With", "The IRO’s date")
_IRO_LATE = ("What is late", "Child", "Who is late", "Was due by")
_OPEN = ("Challenge", "Child", "People", "Next step by")
ENDED_COLUMNS = ("Challenge", "Child", "IRO", "Ended")


class _Words:
    """Rows as lines, in words, for one reader at one moment."""

    def __init__(self, reader: Officer, council: Council, now: datetime) -> None:
        self._reader = reader
        self._reach = reach_of(reader.id, council, local_day(now))
        self._council = council
        self._now = now
        self._today = local_day(now)

    def task(self, asked: tuple[Row, ToDo]) -> Line:
        """Return one thing to do in a challenge."""
        row, one = asked
        known = one.asks in tuple(Purpose)
        what = capitalised(one.in_words) if known else "Open the challenge to see what to do"
        pages = {_OWN_PAGES.get(other.asks, "") for other in row.to_do}
        alone = len(pages) == 1 or not row.case_id
        page = _OWN_PAGES.get(one.asks, "") if alone else ""
        return self._line(row, page or _place_of(one), what, one.due, self._with(row, one.whom))

    def step_in(self, row: Row) -> Line:
        """Return the IRO's late decision, which the reader may take, with the IRO's date for it."""
        one = next(one for one in row.to_do if one.is_power)
        what = "Decide in the IRO’s place"
        return self._line(row, _place_of(one), what, one.due, self._iro(row))

    def iro_late(self, late: tuple[Row, list[ToDo]]) -> Line:
        """Return what the IRO is late with first, and how many other things."""
        row, tasks = late
        if not tasks:  # it has just been done
            return self.open(row)
        first, *more = tasks
        what = capitalised(first.in_words)
        if more:
            what += f", and {len(more)} more"
        return self._line(row, "", what, first.due, self._iro(row))

    def open(self, row: Row) -> Line:
        """Return an open challenge: what it waits for, and its next date."""
        asked = row.asked if row.standing in _WITH_THOSE_ASKED else ()
        people = [self._named(one) for one in asked]
        if row.iro != self._reader.id:
            people = [*people, *self._iro(row)]
        line = self._line(row, "", "", row.due, tuple(people))
        late = not line.overdue and self._reach.is_late(row, self._now)
        return replace(line, also=IRO_LATE_TOO) if late else line

    def marked(self, row: Row) -> Line:
        """Return a challenge of a list of marks, whose date is that of the mark."""
        line = self._line(row, "", "", "", self._iro(row))
        return replace(line, due=day_in_words(local_day(parse_moment(row.due))) if row.due else "")

    def _line(self, row: Row, page: str, what: str, due: str, whom: tuple[str, ...]) -> Line:
        at = parse_moment(due) if due else None
        day = local_day(at) if at else None
        standing = where_it_stands(Standing(row.standing), Stage(row.stage), self._council)
        return Line(
            address=f"/challenges/{quote(row.reference)}{page}",
            reference=row.reference,
            what=what,
            standing=standing if row.case_id else "",
            due=day_in_words(day) if day else "",
            left=days_left(day, self._today, self._council) if day else "",
            overdue=at is not None and at < self._now,
            initials=row.initials,
            case_id=row.case_id,
            whom=whom,
            marks=tuple(one for one in row.marks if not one.quiet) if row.case_id else (),
        )

    def _with(self, row: Row, whom: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(self._named(one) for one in whom if one != self._reader.id)
        return found or (self._iro(row) if row.iro != self._reader.id else ())

    def _iro(self, row: Row) -> tuple[str, ...]:
        known = self._council.directory.officers.get(row.iro)
        if known is None:
            return ("An IRO who has left",) if row.iro else ()
        return (f"{known.name}, IRO",)

    def _named(self, party: str) -> str:
        """Return an officer or post by name and role: ``Tessa Sample-North, Team Manager, …``."""
        directory = self._council.directory
        if party not in directory.posts:
            return owner_named(Owner(party), self._council, self._today)
        names = " and ".join(one.name for one in directory.people(party, self._today))
        title = directory.title(party)
        return f"{names}, {title}" if names else f"{title} (nobody has this post)"


def line_of_ended(row: Row, council: Council, reader: Officer, now: datetime) -> Line:
    """Return a challenge that has ended: how, and when."""
    line = _Words(reader, council, now).marked(row)
    outcome = Outcome(row.outcome) if row.outcome in tuple(Outcome) else None
    how = capitalised(outcome.value) if outcome else line.standing
    if outcome is Outcome.RESOLVED_AT_STAGE:
        how = f"Resolved at {council.ladder.title(Stage(row.stage))}"
    moment = row.ended.partition(" ")[0] or (row.due if row.outcome else "")
    when = day_in_words(local_day(parse_moment(moment))) if moment else ""
    return replace(line, standing=how, due=when)


def ended_page(reach: Reach, at_most: int, before: str = "") -> tuple[list[Row], str]:
    """Return ended challenges, the latest first, and the place of those that follow, or empty.

    They are all, for those who may open all, or else those of their IROs. They begin after the
    place ``before``. It costs one call for each IRO, or one for all.
    """
    lists = casebook().record.lists
    if reach.everything:
        return lists.ended_page(before, at_most)
    iros, listed = sorted(reach.iros), lists.all_in_lists()
    found = [row for iro in iros for row in lists.ended_of(iro, at_most + 1, before)]
    found.sort(key=lambda row: row.ended, reverse=True)
    if len(found) > at_most:
        return found[:at_most], found[at_most - 1].ended
    if not listed:  # those that ended under a release before 2026-11.8
        found += [row for iro in iros for row in lists.of_iro(iro) if row.standing in ENDED]
    return found, ""


# The sections ------------------------------------------------------------------------------------


def front(officer: Officer, council: Council, now: datetime, only: str = "") -> Front:
    """Return the front page of ``officer``; with ``only`` that one list, and all of its lines."""
    return _Maker(officer, council, now, only).made()


class _Maker:
    """Makes one person's front page."""

    def __init__(self, officer: Officer, council: Council, now: datetime, only: str) -> None:
        self._officer = officer
        self._council = council
        self._now = now
        self._only = only
        self._words = _Words(officer, council, now)
        self._lists = casebook().record.lists
        self._held = council.directory.posts_held(officer.id, local_day(now))
        self._reach = reach_of(officer.id, council, local_day(now))
        self._roles, self._iros = self._reach.roles, self._reach.iros
        self._reading = {post.id: post for post in self._held if post.role not in _READ_BY_NO_POST}
        self._shown: set[str] = set()

    def made(self) -> Front:
        """Return the page."""
        parties = self._council.directory.trays(self._officer.id, local_day(self._now))
        waiting = together(row for party in parties for row in self._lists.in_tray(party))
        self._shown = {row.reference for row in waiting}
        own = sorted(
            ((row, one) for row in waiting for one in row.to_do if not one.is_power), key=_urgency
        )
        unnamed = Counter({_list_of(row, row.to_do[0]): row.more for row in waiting if row.more})
        mine = {key: [asked for asked in own if _list_of(*asked) == key] for key in _MINE}
        found = {
            key: self._section(key, title, mine[key], self._words.task, _TASKS, more=unnamed[key])
            for key, (title, _) in _MINE.items()
        }
        may = sorted(
            (row for row in waiting if any(one.is_power for one in row.to_do)), key=_since_when
        )
        sections = [
            replace(found[_TO_DO], empty="" if own else self._nothing()),
            self._section(_STEP_IN, "Late: you can step in", may, self._words.step_in, _LATE),
            *(found[_AFTER], found[_FILING]),
        ]
        rows, left = self._open()
        sections += [*self._of_open(rows, left=left), *self._marked(), self._ended()]
        late = sum(self._is_late(one) for _, one in own)
        return Front(
            tuple(one for one in sections if one.lines or one.empty),
            _sentence(len(own) + unnamed.total(), late),
            self._counts(rows, left=left),
            self._leavers(rows),
            self._mine(mine, unnamed),
            (*self._notes(rows),),
        )

    def _mine(
        self, mine: Mapping[str, Sequence[tuple[Row, ToDo]]], unnamed: Mapping[str, int]
    ) -> tuple[tuple[str, str], ...]:
        """Return how much there is in each list of what they have to do, if there are several."""
        found = []
        for key, (_, what) in _MINE.items():
            if many := len(mine[key]) + unnamed[key]:
                late = sum(self._is_late(one) for _, one in mine[key])
                also = "" if not late else f", {'all' if late == many else late} late"
                found.append((f"{many} {what}{also}", f"#{key}"))
        return tuple(found) if len(found) > 1 else ()

    def _notes(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield what late means, and what no list here has."""
        if self._reach.everything and any(self._reach.is_late(row, self._now) for row in rows):
            yield self._reach.late_means(self._council)
        if Role.SENIOR_IRO_MANAGER in self._roles:
            days = days_in_words(self._council.procedure.senior_told_after)
            yield (
                "What the Safeguarding & Review Service Manager is late with is not listed here. "
                f"We tell you when something is {days} late. From then on you can do on the "
                "challenge’s page what they can do there."
            )

    def _section(
        self,
        key: str,
        title: str,
        rows: list[Row] | list[tuple[Row, ToDo]] | list[tuple[Row, list[ToDo]]],
        line: Callable[..., Line],
        columns: tuple[str, str, str, str],
        *,
        all_at: str = "",
        more: int = 0,
        least: bool = False,
    ) -> Section:
        """Return a section with the first lines; with all, if it is the only one asked for."""
        if self._only and key != self._only:
            return Section(key, title, (), 0, columns)
        at_most = AT_MOST
        if key == _FILING:
            at_most = _FILING_AT_MOST
        elif key == _TO_DO:
            at_most = at_first(cast("list[tuple[Row, ToDo]]", rows), self._now)
        shown = rows if self._only else rows[:at_most]
        lines = tuple(line(one) for one in shown)
        many = len(rows) + more
        at = all_at or f"/your-work/{key}"
        return Section(
            *(key, title, lines, many, columns),
            at if not self._only and (many > len(lines) or least) else "",
            least=least,
        )

    def _open(self) -> tuple[list[Row], bool]:
        """Return the open challenges that may concern the person, and whether any were left out."""
        if self._reach.everything:
            return self._lists.open_rows()
        if not (self._reading or self._iros):
            return [], False
        rows, left = self._lists.open_for(self._reading, self._officer.id, iros=self._iros)
        if self._iros and (left or not self._lists.all_in_lists()):
            known = {row.reference: row for row in rows}
            own = (row for iro in self._iros for row in self._lists.of_iro(iro))
            known = {row.reference: row for row in own if row.standing not in ENDED} | known
            rows = sorted(known.values(), key=lambda row: (row.due, row.reference))
        return rows, left

    def _of_open(self, rows: list[Row], *, left: bool) -> Iterator[Section]:
        """Yield what the person's own tasks do not show yet, each challenge once."""
        words = self._words
        mine = self._take(rows, lambda row: row.iro in self._iros)
        alone = self._iros == {self._officer.id}
        title = "Your challenges, waiting for others" if alone else "Challenges of the IRO"
        yield self._section("waiting", title, mine, words.open, _OPEN, all_at=_ALL_OPEN)
        held, all_ = {*self._reading}, self._reach.everything
        replied = self._take(
            (row for row in rows if self._officer.id in row.answered),
            lambda row: all_ or bool(held & {*row.posts}),
        )
        yield self._section("replied", "You replied", replied, words.open, _OPEN)
        if all_:
            senior = Role.SENIOR_IRO_MANAGER in self._roles
            for mark in LOOKED_FOR.values() if senior else ():
                found = [row for row in rows if mark in row.marks]
                if mark.key == LATE_IRO:
                    yield self._iro_late(mark, found)
                    continue
                at = f"/challenges?{urlencode({'look': mark.key})}"
                yield self._section(mark.key, mark.called, found, words.open, _OPEN, all_at=at)
            rest = self._take(rows, lambda _row: True)
            title = "Other open challenges" if len(rest) < len(rows) else "All open challenges"
            yield self._section(
                *("open", title, rest, words.open, _OPEN), all_at=_ALL_OPEN, least=left
            )
            return
        informed = self._take(rows, lambda row: bool(held & {*row.posts}))
        title = next((one for roles, one in _READS_AS if self._roles & roles), "Kept informed")
        yield self._section(
            *("informed", title, informed, words.open, _OPEN), all_at=_ALL_OPEN, least=left
        )

    def _iro_late(self, mark: Mark, rows: list[Row]) -> Section:
        """Return the challenges whose IRO is late, with what they are late with.

        That is in the IRO's tray: one query for each IRO of the lines that are shown.
        """
        shown = rows[:AT_MOST]
        if self._only:
            shown = rows if self._only == mark.key else []
        late: dict[str, list[ToDo]] = {row.reference: [] for row in shown}
        for iro in sorted({row.iro for row in shown}):
            for row in self._lists.in_tray(iro):
                if row.reference in late:
                    late[row.reference] += [one for one in row.to_do if self._is_late(one)]
        lines = sorted(
            ((row, late.get(row.reference, [])) for row in rows), key=_longest_late_first
        )
        return self._section(mark.key, mark.called, lines, self._words.iro_late, _IRO_LATE)

    def _is_late(self, one: ToDo) -> bool:
        """Whether something that somebody has to do is past its date. A power never is."""
        return bool(one.due) and not one.is_power and parse_moment(one.due) < self._now

    def _take(self, rows: Iterable[Row], holds: Callable[[Row], bool]) -> list[Row]:
        """Return the rows that are in no section yet, and note that they are in one now."""
        found = [row for row in rows if row.reference not in self._shown and holds(row)]
        self._shown |= {row.reference for row in found}
        return found

    def _marked(self) -> Iterator[Section]:
        """Yield the lists of marked challenges, ended ones too, that are for these roles."""
        marks: dict[str, str] = {}
        if self._roles & OVERSEERS:
            marks |= _NO_BETTER
        if Role.SENIOR_IRO_MANAGER in self._roles:
            marks[IN_IROS_PLACE] = "Decided in the IRO’s place"
        if self._roles & INSPECTORS:
            marks[SEALED_MARK] = "Sealed records"
        columns = ("Challenge", "Child", "IRO", "Recorded")
        for mark, title in marks.items():
            rows = self._lists.with_mark(mark)
            if mark == SEALED_MARK:
                rows = [row for row in rows if row.reference not in self._shown]
            yield self._section(mark, title, rows, self._words.marked, columns)

    def _ended(self) -> Section:
        """Return what has ended, the latest first: an IRO's own, or what the person may read."""

        def line(row: Row) -> Line:
            return line_of_ended(row, self._council, self._officer, self._now)

        if self._reach.everything or self._iros:
            (rows, after), at = ended_page(self._reach, AT_MOST), "/ended"
        else:
            reading = self._reading
            found = self._lists.ended_for(reading)[0] if reading else []
            rows, after, at = [row for row in found if is_still_theirs(row, reading)], "", ""
        rows = [row for row in rows if row.reference not in self._shown]
        return self._section(
            *("ended", "Ended", rows, line, ENDED_COLUMNS), all_at=at, least=bool(after)
        )

    def _nothing(self) -> str:
        if self._held:
            return "You have nothing to do."
        return (
            f"The directory has no post for you, {self._officer.name}. If you should have one, ask "
            "the Safeguarding & Review Service Manager to have the directory corrected."
        )

    def _counts(self, rows: list[Row], *, left: bool) -> tuple[tuple[str, str], ...]:
        """Return how many challenges are open, late and past the limit, with their lists.

        Those of services are counted on a page of their own: most are in no list of this one.
        """
        if not self._reach.everything:
            many = "See how many challenges are open and late in your services"
            at = "/challenges?counts=yes"
            return () if self._reach.services is None else ((many, at),)
        least = "more than " if left else ""
        late = sum(self._reach.is_late(row, self._now) for row in rows)
        beyond = sum(row.beyond_period for row in rows)
        found = [(f"{least}{len(rows)} open", _ALL_OPEN)]
        if late:
            found.append((f"{late} late", "/challenges?late=yes"))
        if beyond:
            found.append((f"{beyond} past the 20-working-day limit", "/challenges?beyond=yes"))
        return tuple(found)

    def _leavers(self, rows: list[Row]) -> tuple[tuple[str, str], ...]:
        """Return links to appoint another IRO for the challenges of those who have left."""
        if not self._roles & OVERSEERS:
            return ()
        from handlers.pages.transferring import leavers

        return tuple(leavers(rows, self._council))


def at_first(tasks: Iterable[tuple[Row, ToDo]], now: datetime) -> int:
    """Return how many tasks are shown at first: all that are late or due today, up to a bound."""
    today = local_day(now)
    pressing = sum(bool(one.due) and local_day(parse_moment(one.due)) <= today for _, one in tasks)
    return max(AT_MOST, min(pressing, PRESSING_AT_MOST))


def _longest_late_first(late: tuple[Row, list[ToDo]]) -> tuple[bool, str]:
    """Return the place of a challenge: those of which no late task was read come last."""
    row, tasks = late
    return (False, tasks[0].due) if tasks else (True, row.due)


def _place_of(one: ToDo) -> str:
    """Return where on the challenge's page is what settles a task, as the end of its address.

    The challenge's own question is what the page begins with, and then the reply to judge.
    """
    return f"#{quote(anchor_of(one.about))}" if one.about and one.about != OWN else ""


def _list_of(row: Row, one: ToDo) -> str:
    """Return the key of the list in which a task is."""
    if one.asks in _TO_FILE:
        return _FILING
    return _AFTER if row.standing in ENDED else _TO_DO


def _urgency(asked: tuple[Row, ToDo]) -> tuple[bool, bool, str, str]:
    """Return the place of a task: what is left after an end comes last, then the date counts."""
    row, one = asked
    return row.standing in ENDED, not one.due, one.due, row.reference


def _since_when(row: Row) -> tuple[str, str]:
    """Return the place of a decision that the reader may take: the IRO's earliest date first."""
    return next(one.due for one in row.to_do if one.is_power), row.reference


def is_still_theirs(row: Row, posts: Mapping[str, Post]) -> bool:
    """Whether one of these posts may see an ended challenge today.

    No new directory reaches its row: a post that has moved to other teams since may not.
    """
    return any(
        not posts[one].teams or row.team in posts[one].teams for one in row.posts if one in posts
    )


def _sentence(many: int, late: int) -> str:
    """Return ``You have 3 things to do. 1 of them is late.``; empty if there is nothing to do."""
    if not many:
        return ""
    things = "1 thing" if many == 1 else f"{many} things"
    if not late:
        return f"You have {things} to do."
    if many == late:
        return f"You have {things} to do. {'It is' if many == 1 else 'All of them are'} late."
    return f"You have {things} to do. {late} of them {'is' if late == 1 else 'are'} late."
