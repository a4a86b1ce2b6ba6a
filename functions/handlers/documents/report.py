"""The reports of a challenge as documents: of the whole, of one stage, and a print of its page."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from adapters.typesetting import (
    Document,
    Entries,
    Entry,
    Facts,
    Noted,
    Said,
    Section,
    Table,
)
from domain.fold import apply, read
from domain.ladder import either
from domain.moments import date_in_words, day_in_words, local_day
from domain.people import posts_in_words
from domain.rules.corrections import corrections_of, form_corrected
from domain.rules.entry import THE_FORM
from domain.rules.good_practice import is_praise
from domain.rules.lateness import Chased
from domain.rules.serving import Served
from domain.rules.stages import Reminded
from domain.rules.timescales import outcomes
from domain.timeline import next_step
from domain.writing import capitalised
from handlers.documents.way_in import as_recorded, made_from
from handlers.pages import whole
from handlers.pages.lines import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.typesetting import Piece
    from domain.challenge import Action, Request
    from domain.deadlines import Ledger
    from domain.events import Event
    from domain.ladder import Stage
    from handlers.pages.acts import Scene

__all__ = [
    "NOT_IN_IT",
    "about",
    "document",
    "entries",
    "of_stage",
    "of_the_whole",
    "printed",
    "sections",
    "the_actions",
    "what_is_due",
]

#: What only says that an email went out or was late: a report is about what people did.
_QUIET = (Served, Reminded, Chased)

#: The sentence that says so.
NOT_IN_IT = "Emails that were delivered, reminders and emails about late decisions are left out."

_NOTHING: Mapping[int, str] = {}


def of_the_whole(scene: Scene) -> Document:
    """Return the report of the whole challenge: the form, the dates, and each stage in turn."""
    about_it = Said(f"{NOT_IN_IT} The print of the challenge has them.")
    parts = (*sections(scene), Section("About this report", (about_it,)))
    return document("Report of a challenge", scene, parts)


def sections(scene: Scene, left_out: Mapping[int, str] = _NOTHING) -> Iterator[Section]:
    """Yield what the report of the whole challenge consists of.

    ``left_out`` are events of which only the reason is shown: number → reason.
    """
    at_last = as_recorded(scene)
    yield _the_challenge(at_last, left_out)
    yield from _the_form(at_last, left_out)
    yield from _the_dates(at_last, scene.challenge.requests)
    # What happened to an action is in several events, any of which may be left out.
    if not left_out:
        yield from the_actions(at_last.challenge.actions)
    for heading, events in _by_stage(at_last):
        yield Section(heading, (entries(events, at_last, left_out),))


def of_stage(scene: Scene, stage: Stage) -> Document:
    """Return the report of one stage that the challenge has reached."""
    at_last = as_recorded(scene)
    challenge, title = scene.challenge, scene.council.ladder.title(stage)
    events = [event for at, event in _staged(at_last) if at is stage]
    return document(
        f"Report of {title}",
        scene,
        (
            _the_challenge(at_last),
            *_the_form(at_last),
            *_the_dates(at_last, [one for one in challenge.requests if one.stage is stage]),
            *the_actions(tuple(one for one in challenge.actions if one.stage is stage)),
            Section("What happened at this stage", (entries(events, at_last),)),
        ),
    )


def printed(scene: Scene) -> Document:
    """Return the challenge's page on paper: its current stage, what is due and the whole record."""
    at_last = as_recorded(scene)
    challenge = at_last.challenge
    rows = what_is_due(at_last)
    dates = Table(("What is due", "First date", "Date now", "How we worked this out"), rows, _WIDE)
    return document(
        "Print of a record of good practice" if is_praise(challenge) else "Print of a challenge",
        scene,
        (
            _the_challenge(at_last),
            Section(
                "What happens next",
                tuple(Said(one) for one in next_step(challenge, at_last.now, at_last.council)),
            ),
            *([Section("Dates", (dates,))] if rows else []),
            *_the_form(at_last),
            *the_actions(challenge.actions),
            Section("The record", (entries(challenge.events, at_last, quiet=True),)),
        ),
    )


def what_is_due(scene: Scene) -> tuple[tuple[str, str, str, str], ...]:
    """Return a row for each date: what is due, the first and the present date, and the sum."""
    due = [*whole.clocks(scene), *(one for one in [whole.period(scene)] if one)]
    return tuple(
        (
            f"{one.title}. {one.due} this date" if one.due else one.title,
            day_in_words(one.first_day or one.day),
            day_in_words(one.day),
            one.why,
        )
        for one in due
    )


# The pieces --------------------------------------------------------------------------------------

_WIDE = (5, 4, 4, 7)


def document(title: str, scene: Scene, parts: tuple[Section, ...]) -> Document:
    """Return a document about one challenge: its date is that of the last event."""
    challenge, officer = scene.challenge, scene.officer
    foot, date = made_from(challenge, officer), challenge.events[-1].recorded
    return Document(title, about(scene), officer.name, date, foot, parts)


def about(scene: Scene) -> str:
    """Return ``PCE-7K3M-9QXT: Q.Z. (CASE-98431)``."""
    child = scene.challenge.raised.child
    return f"{scene.challenge.reference}: {child.initials} ({child.case_id})"


def _the_challenge(scene: Scene, left_out: Mapping[int, str] = _NOTHING) -> Section:
    """Return who and what it is about, and its current stage."""
    challenge, child = scene.challenge, scene.challenge.raised.child
    praise, raised_on = is_praise(challenge), day_in_words(local_day(challenge.raised_at))
    started = scene.council.ladder.title(challenge.raised.entry)
    rows = (
        ("Current stage", "" if praise else whole.heading(scene)),
        ("Recorded on" if praise else "Raised on", raised_on),
        ("Started at", "" if praise else started),
        ("Why it started there", "" if THE_FORM in left_out else challenge.raised.entry_reason),
        ("Since it was raised first", whole.since_formal(scene)),
        ("IRO", whole.iro_named(scene)),
        ("Child’s name", child.name),
        ("Date of birth", date_in_words(child.date_of_birth)),
        ("Case ID", child.case_id),
        ("Team", challenge.area.team),
        ("Social worker", whole.workers_named(scene)),
    )
    corrected = form_corrected(challenge)
    notes: list[Piece] = []
    for event in corrected:
        if event.number in left_out:
            continue
        entry = line(event, challenge, scene.council, scene.capacities)
        words = " ".join(f"{label}: {text}" for label, text in entry.details)
        notes.append(Noted(f"Corrected. {entry.who}, {entry.when}. {words}"))
    called = "Who it is about" if praise else "The challenge"
    return Section(called, (Facts(tuple(row for row in rows if row[1])), *notes))


def _the_form(scene: Scene, left_out: Mapping[int, str] = _NOTHING) -> Iterator[Section]:
    """Yield what is wrong, the child's views, and what else the form said.

    Later events can change what else it said, so that is shown only if nothing is left out.
    """
    raised = scene.challenge.raised
    if THE_FORM in left_out:
        yield Section("What is wrong", (Noted(f"Left out. Reason: {left_out[THE_FORM]}"),))
        return
    if good := raised.good_practice:
        yield Section("What was done well", (Said(good.what),))
        yield Section("What difference it made to the child", (Said(good.difference),))
        return
    yield Section("What is wrong", ())
    wanted = outcomes(scene.challenge)
    for number, (concern, ledger) in enumerate(zip(raised.concerns, wanted, strict=False), start=1):
        yield Section(
            f"{number}. {capitalised(concern.theme)}",
            (
                Said(concern.what),
                Facts((("Outcome wanted", concern.outcome_wanted), ("By", _by(ledger)))),
            ),
            level=2,
        )
    said = whole.of_the_form(scene)
    yield Section("The child’s views", (Said(raised.views),))
    yield Section("What was tried before", (Said(raised.tried),))
    if said["more"] and not left_out:
        yield Section("More about this challenge", (Facts(tuple(said["more"])),))


def _above(scene: Scene) -> frozenset[str]:
    """Return the labels and texts of the form that stand above the record."""
    raised = scene.challenge.raised
    labels = {label for label, _ in whole.of_the_form(scene)["more"]}
    praised = (
        (raised.good_practice.what, raised.good_practice.difference) if raised.good_practice else ()
    )
    return frozenset({*labels, raised.entry_reason, raised.tried, raised.views, *praised})


def _by(ledger: Ledger) -> str:
    """Return a date, with the first one if it has changed since."""
    now, first = ledger.deadline.day, ledger.first.day
    return day_in_words(now) + (f" (at first {day_in_words(first)})" if first != now else "")


def _the_dates(scene: Scene, requests: Sequence[Request]) -> Iterator[Section]:
    """Yield first and revised date, and what happened, of these requests and of the period."""
    rows = [
        (
            _asked(request, scene),
            *_first_and_revised(request.ledger),
            _what_came(request),
        )
        for request in requests
        if not request.no_reply
    ]
    period = scene.challenge.period_ledger
    if period and rows:
        beyond = "It has passed." if scene.challenge.beyond_period else ""
        rows.append(
            (
                "The 20-working-day limit",
                *_first_and_revised(period),
                beyond,
            )
        )
    if rows:
        head = ("What was due", "First date", "Revised date", "What happened")
        yield Section("Dates", (Table(head, tuple(rows), _WIDE),))


def _first_and_revised(ledger: Ledger) -> tuple[str, str]:
    now, first = ledger.deadline.day, ledger.first.day
    return day_in_words(first), day_in_words(now) if now != first else "Not revised"


def _asked(request: Request, scene: Scene) -> str:
    """Return which reply was due, and whose."""
    whose = posts_in_words(request.posts, scene.council)
    return f"Reply at {scene.council.ladder.title(request.stage)}: {whose}"


def _what_came(request: Request) -> str:
    """Return whether and when a reply came, in words."""
    answer = request.answer
    if answer is None:
        return "No reply" if request.missed else ""
    late = "Late reply" if request.reply is None else "Reply"
    return f"{late} by {answer.actor.name} on {day_in_words(local_day(answer.effective))}"


def the_actions(actions: tuple[Action, ...]) -> Iterator[Section]:
    """Yield the agreed actions, if there are any."""
    if not actions:
        return
    rows = tuple(
        (
            f"{action.number}. {action.agreed.what}",
            action.owner,
            _by(action.ledger),
            action.became
            or capitalised(action.state) + (f": {action.shown_by}" if action.shown_by else ""),
        )
        for action in actions
    )
    yield Section("Agreed actions", (Table(("Action", "Owner", "By", "State"), rows, _WIDE),))


def _staged(scene: Scene) -> Iterator[tuple[Stage, Event]]:
    """Yield each event with the stage at which the challenge was once it had happened."""
    first, *rest = scene.challenge.events
    challenge = read(scene.challenge.reference, (first,))
    yield challenge.stage, first
    for event in rest:
        challenge = apply(challenge, event)
        yield challenge.stage, event


def _by_stage(scene: Scene) -> Iterator[tuple[str, list[Event]]]:
    """Yield the events of each stage, under its title and who is asked at it."""
    ladder = scene.council.ladder
    for stage, pairs in groupby(_staged(scene), key=lambda pair: pair[0]):
        events = [event for _, event in pairs if not isinstance(event.fact, _QUIET)]
        if events:
            yield f"{ladder.title(stage)}: {either(ladder[stage].responders)}", events


def entries(
    events: Sequence[Event],
    scene: Scene,
    left_out: Mapping[int, str] = _NOTHING,
    *,
    quiet: bool = False,
) -> Entries:
    """Return events as they are on the record, oldest first."""
    corrected = corrections_of(scene.challenge)
    shown = []
    for event in events:
        if isinstance(event.fact, _QUIET) and not quiet:
            continue
        if event.number in left_out:
            shown.append(Entry(event.number, "Left out", f"Reason: {left_out[event.number]}"))
            continue
        entry = line(
            *(event, scene.challenge, scene.council, scene.capacities),
            corrected=corrected.get(event.number, ()),
        )
        more = tuple(f"{said} (event {number})." for number, said in entry.corrected)
        words = entry.details
        if event.number == THE_FORM and not left_out:
            above = _above(scene)
            words = tuple(one for one in words if not {*one} & above)
            if len(words) < len(entry.details):
                more = ("What the form says is at the start of this document.", *more)
        shown.append(
            Entry(event.number, entry.headline, f"{entry.when}. {entry.who}.", words, more)
        )
    return Entries(tuple(shown))
