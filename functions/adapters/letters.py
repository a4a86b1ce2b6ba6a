"""Write emails: one template for each, rendered as plain text and as HTML.

A template's first line is the subject. After it come paragraphs, separated by empty lines. The
first one asks, and the button comes next: a paragraph ``[Label](url)``. One that begins with
``## `` is a heading, and one whose lines begin with ``- `` is a list, whose items may begin with a
link. No email names a child, or quotes what anybody wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from adapters.mail import Written
from adapters.owner_letters import OwnerContext
from domain.events import AboutRequest
from domain.form import RightsBreached
from domain.moments import day_in_words, local_day, moment_in_words
from domain.people import capacities, may_answer
from domain.permissions import acts, may, may_see, sees_only
from domain.procedure import ReplyLinks
from domain.rulebook import settled_by
from domain.rules.absence import SeemedAway, cover_to_set
from domain.rules.appointing import IroAppointed
from domain.rules.endings import Closed
from domain.rules.escalating import Escalate
from domain.rules.leaving import IroLeft
from domain.rules.meetings import meeting_of
from domain.rules.notes import Noted, WriteNote
from domain.rules.posts import may_be_said
from domain.rules.replies import Replied
from domain.rules.urgency import at_risk_today, too_late
from domain.tasks import party_in_words, tasks
from domain.timeline import headline, iro_in_words, news, next_step, still_to_do, turn_to
from domain.vocabulary import Capacity, Letter, Purpose
from domain.writing import by_day, capitalised

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment, Template

    from domain.challenge import Challenge, Request
    from domain.council import Council
    from domain.events import Event
    from domain.notices import Notice
    from domain.part import Task
    from domain.rules.meetings import Meeting

__all__ = [
    "DAILY",
    "Context",
    "DailyContext",
    "DailyLine",
    "LetterContext",
    "MailAnswer",
    "MailAnswerContext",
    "asked_about",
    "context_for",
    "form_path",
    "takes_link",
    "write",
]

#: The template of the daily email about what waits for an officer and what is new.
DAILY = "daily"

_LETTERS = Path(__file__).parent.parent / "letters"
_BUTTON = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)")
_LINKED = re.compile(rf"- {_BUTTON.pattern} (?P<said>.+)")
_HEADING = "## "
#: A straight apostrophe between letters or after one, if the word is no address.
_APOSTROPHE = re.compile(r"(?<=\w)'(?![^\s<>()]*@)(?<![@/]')")

#: Plain text is wrapped for mail programs that do not wrap it themselves.
_COLUMNS = 72

_TRAINING = "This is training. Nothing in this email is about a real child."


@dataclass(frozen=True)
class LetterContext:
    """What a template may use: plain sentences and dates in words, no child's details.

    ``event`` is the kind of event the email is about, ``news`` what the subject calls it,
    ``headline`` its line in the timeline without a full stop, and ``next_step`` sentences about
    what happens next. ``still_to_do`` is what else the recipient has to do; empty if nothing.

    ``link`` is the recipient's own reply link, or the challenge's page, which asks them to sign in;
    empty if the recipient may no longer see that page.

    ``may_reply`` says that ``link`` is a reply link to a question that is still open, and
    ``may_be_given_back`` that they can say that it is not theirs (rule 15). ``form`` is ``cover``
    if it is the form for cover, filled in, and ``transfer`` if it is the list of all challenges of
    an IRO who has left. ``only`` names the one page of the challenge that they may see, if they see
    no more (``domain.permissions.sees_only``). ``if_answered`` says what happens to
    a reply to this email.

    ``telling`` are the labels of the lines, in the email that raised the challenge, whose words
    seem to tell who the child is.

    ``meeting`` is when a meeting is, and ``chair`` the name of who chairs it; ``chairs``: it is the
    recipient. ``called_off``: it is not held (``cancelled``), or no longer with the recipient.
    ``moved``: they were invited to it before. ``ended`` is the line of the end that cancelled it.

    ``route`` says whom to contact, if the child may be at risk today. ``rights_asked`` says whether
    the form told if the child's rights may have been breached, and ``too_late`` that the stages end
    after the date after which it is too late.

    ``deadline`` is the reply's, and ``deadline_changed`` says whether the event moved it.
    ``question``, due ``question_due``, is what has to be decided (empty: nothing), ``asks`` says
    both, and ``choices`` are what they can do about it; ``decides``: it is for them to weigh, not
    only to do. If that is more than one thing, ``questions`` are all of them,
    each with its date, and ``headlines`` the lines of all events that the email is about.

    ``button`` is the label of ``link``, and ``iro`` the challenge's IRO by name and role.
    """

    reference: str
    stage: str
    officer: str
    council: str
    event: str
    news: str
    headline: str
    headlines: tuple[str, ...]
    next_step: tuple[str, ...]
    still_to_do: str
    turn_to: str
    link: str
    may_reply: bool
    asks_sign_in: bool
    may_be_given_back: bool
    deadline: str
    deadline_changed: bool
    first_deadline: str
    sum: str
    question: str
    question_due: str
    asks: str
    questions: tuple[str, ...]
    choices: tuple[str, ...]
    decides: bool
    answer: str
    is_late: bool
    received: str
    iro: str
    button: str
    form: str = ""
    only: str = ""
    if_answered: str = ""
    telling: tuple[str, ...] = ()
    meeting: str = ""
    chair: str = ""
    chairs: bool = False
    called_off: bool = False
    cancelled: bool = False
    moved: bool = False
    ended: str = ""
    route: str = ""
    rights_asked: bool = True
    too_late: str = ""


class MailAnswer(StrEnum):
    """Emails that answer one that belongs to no challenge; the value names the template."""

    NOT_RAISED = "not_raised"
    NOT_NOTED = "not_noted"
    NOT_AN_IRO = "not_an_iro"
    NO_CHALLENGE = "no_challenge"


@dataclass(frozen=True)
class MailAnswerContext:
    """What a template that answers an email may use, if it belongs to no challenge.

    ``problems`` are what to correct, a sentence each; ``reasons`` say why else the email had no
    effect, a paragraph each. ``unknown`` are the lines whose label we do not know, by their place
    and without what they say. ``route`` says whom to contact if the email may say that the child is
    at risk today. ``link`` is where to go on, ``how_to`` the page with the template of such an
    email.
    """

    council: str
    link: str
    how_to: str
    problems: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    route: str = ""
    turn_to: str = ""

    @property
    def if_answered(self) -> str:
        """Return what happens to a reply to this email, for its foot."""
        return "Your email is kept as it came, as evidence."


@dataclass(frozen=True)
class DailyLine:
    """A line of the daily email: what to do or to know, with its own ``link``.

    ``label`` is the link's text, ``said`` a sentence after it.
    """

    label: str
    link: str
    said: str


@dataclass(frozen=True)
class DailyContext:
    """What the daily email may use: a line for each task, and nothing about a child.

    ``groups`` are headings with the lines of what waits, the most urgent first; ``news`` are the
    lines of what is new; ``cover`` says whom they cover, and who covers for them. ``opening`` is
    the first sentence, and ``link`` the front page.
    """

    council: str
    headline: str
    opening: str
    groups: tuple[tuple[str, tuple[DailyLine, ...]], ...]
    news: tuple[DailyLine, ...]
    link: str
    turn_to: str
    cover: tuple[str, ...] = ()

    @property
    def if_answered(self) -> str:
        """Return what happens to a reply to this email, for its foot."""
        return (
            "Please do not answer this email: use the links above. What you write back does not "
            "count as a reply or a decision."
        )


#: What a template is rendered with: each kind of email has its own.
Context = LetterContext | MailAnswerContext | DailyContext | OwnerContext


def asked_about(challenge: Challenge, event: Event) -> Request:
    """Return the request that ``event`` is about: its own, or else the present one."""
    about = event.fact.request if isinstance(event.fact, AboutRequest) else None
    return challenge.request_number(about or 0) or challenge.request


def context_for(
    notice: Notice,
    challenge: Challenge,
    council: Council,
    now: datetime,
    *,
    link: str,
    council_name: str,
) -> LetterContext:
    """Return what the email of ``notice`` says, with the challenge as it is ``now``.

    ``link`` is the recipient's own if the email carries one, otherwise the challenge's page.
    """
    event, officer = notice.event, notice.officer
    fact, asked = event.fact, asked_about(challenge, event)
    who = capacities(challenge, officer.id, council, local_day(now))
    replies = takes_link(notice, challenge, council, now)
    asks = _asks(challenge, notice, council)
    task = next(iter(asks), None)
    can = acts(who, challenge, council)
    noted = may(WriteNote, who, challenge, council)
    only = "" if replies else sees_only(who, challenge, council)
    if not replies and not may_see(who, challenge, council):
        link = only and f"{link}/{only}"
    no_later_stage = not council.ladder.after(challenge.stage)
    settles = dict.fromkeys(act for one in asks for act in settled_by(one.purpose))
    choices = [a for a in settles if a in can and not (a is Escalate and no_later_stage)]
    late = too_late(challenge, now, council)
    form = form_path(notice, challenge, council, now).partition("?")[0].strip("/")
    told = notice.letter is Letter.TOLD
    decides = not told and any(one.in_words.startswith("decide") for one in asks)
    return LetterContext(
        reference=challenge.reference,
        stage=council.ladder.title(asked.stage),
        officer=officer.name,
        council=council_name,
        event=type(fact).__name__,
        news=news(fact, asked.stage, council),
        headline=headline(event, challenge, council),
        headlines=tuple(headline(one, challenge, council) for one in notice.events),
        # Who may see only one page of the challenge does not hear how it goes on.
        next_step=() if only else next_step(challenge, now, council, officer.id),
        only=only,
        if_answered=_if_answered(link, noted=noted),
        still_to_do=still_to_do(challenge, officer.id, council, now),
        turn_to=turn_to(challenge, officer.id, council, now),
        link=link,
        may_reply=replies,
        may_be_given_back=may_be_said(challenge),
        form=form,
        asks_sign_in=council.procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN,
        deadline=day_in_words(asked.deadline.day),
        deadline_changed=any(entry.event == event.number for entry in asked.ledger.entries[1:])
        and event.number != asked.event,
        first_deadline=day_in_words(asked.ledger.first.day),
        sum=asked.deadline.why,
        question=task.in_words if task else "",
        question_due=day_in_words(task.deadline.day) if task else "",
        asks=_by_day(task) if task else "",
        questions=tuple(capitalised(_by_day(one)) for one in asks) if len(asks) > 1 else (),
        choices=tuple(act.called for act in choices),
        decides=decides,
        answer=fact.answer.in_words if isinstance(fact, Replied) else "",
        is_late=fact.late
        if isinstance(fact, Replied)
        else isinstance(fact, Noted) and asked.missed,
        received=moment_in_words(event.effective),
        iro=iro_in_words(challenge, council),
        button=_BUTTONS.get(only or form, "Open the challenge and decide" if decides else _OPEN),
        **_of_meeting(notice, challenge, council, now),
        telling=_telling(challenge) if notice.letter is Letter.RAISED else (),
        route=council.procedure.at_risk_route if at_risk_today(challenge) else "",
        rights_asked=challenge.raised.rights_breached is not RightsBreached.NOT_ASKED,
        too_late=late.in_words(council) if late else "",
    )


#: What the button is called: for the only page that its reader may see, or for a form.
_BUTTONS = {
    "briefing": "Read the briefing",
    "name-lawyer": "Name a lawyer",
    "cover": "Set cover",
    "transfer": "See all their challenges",
}
_OPEN = "Open the challenge"


def _by_day(task: Task) -> str:
    return by_day(task.in_words, day_in_words(task.deadline.day))


def _if_answered(link: str, *, noted: bool) -> str:
    """Return what happens to a reply to the email, which is ``noted`` for those who may write."""
    instead = "use the link above" if link else "contact the person named above"
    kept = (
        "What you write back is kept as a note. It does not count as your reply."
        if noted
        else "Nobody reads what you write back."
    )
    return f"Please do not answer this email: {instead}. {kept}"


def _of_meeting(
    notice: Notice, challenge: Challenge, council: Council, now: datetime
) -> dict[str, Any]:
    """Return what an email about a meeting says of it, as it is now."""
    meeting = meeting_of(challenge, notice.event.fact)
    if notice.letter is not Letter.MEETING or meeting is None or meeting.at is None:
        return {}
    chair = council.directory.officers.get(meeting.chair)
    all_ = (meeting_of(challenge, event.fact) for event in notice.events)
    ends = (
        headline(event, challenge, council)
        for event in challenge.events
        if isinstance(event.fact, Closed) and event.command == notice.event.command
    )
    return {
        "meeting": " and ".join(moment_in_words(one.at) for one in all_ if one and one.at),
        "chair": party_in_words(chair.id, council, local_day(now)) if chair else "The chair",
        "chairs": meeting.chair == notice.officer.id,
        "cancelled": meeting.cancelled,
        "moved": _knew_of(meeting, notice),
        "called_off": meeting.cancelled or notice.officer.id not in meeting.invited,
        "ended": "" if challenge.sealed else next(ends, ""),
    }


def _knew_of(meeting: Meeting, notice: Notice) -> bool:
    """Whether whoever gets it was invited to the meeting before the event that it is about."""
    before = (who for number, who in meeting.invitations if number < notice.event.number)
    return any(notice.officer.id in who for who in before)


def _telling(challenge: Challenge) -> tuple[str, ...]:
    """Return labels such as ``Concern 1 outcome``, and nothing of the fields' contents."""
    from domain.identifying import found_in

    labels = {
        "initials": "Initials",
        "reason": "Reason for this stage",
        "tried": "Already tried",
    }
    return tuple(labels.get(path) or _concern(path) for path in found_in(challenge.raised))


def _concern(path: str) -> str:
    _, place, part = path.split(".")
    return f"Concern {int(place) + 1}" + (" outcome" if part == "outcome" else "")


def form_path(notice: Notice, challenge: Challenge, council: Council, now: datetime) -> str:
    """Return the path of the form for what the email asks, filled in; or empty.

    That is the form for cover, if its reader may set it for that post, or the list of all
    challenges of an IRO who has left, from which they are transferred.
    """
    fact, today = notice.event.fact, local_day(now)
    if isinstance(fact, IroLeft) and notice.asks_once:
        return f"/transfer?{urlencode({'iro': fact.iro})}"
    if not isinstance(fact, SeemedAway) or notice.letter is not Letter.DECIDE:
        return ""
    from domain.covering import may_set_cover

    if [one.purpose for one in _asks(challenge, notice, council)] != [Purpose.NAME_COVER]:
        return ""
    form = cover_to_set(fact, challenge, council, today)
    post = council.directory.posts.get(form.get("post", ""))
    may = post and may_set_cover(notice.officer.id, post, council, today)
    return f"/cover?{urlencode(form)}" if may else ""


def takes_link(notice: Notice, challenge: Challenge, council: Council, now: datetime) -> bool:
    """Whether the email carries a reply link: it asks for a reply, or says how to give one.

    Whoever wrote a note instead of a reply gets the link again.
    """
    if notice.letter is not Letter.NOTED:
        return notice.letter.carries_link
    today = local_day(now)
    asked = challenge.request
    waits = challenge.open and not asked.answered and not challenge.stage_clock_stopped
    return waits and may_answer(asked, challenge, notice.officer.id, council, today)


def _asks(challenge: Challenge, notice: Notice, council: Council) -> list[Task]:
    """Return the decisions that the events of ``notice`` asked for and are open, by date."""
    found = [_task(challenge, event, council) for event in notice.events]
    return sorted((task for task in found if task), key=lambda task: task.deadline.at)


def _task(challenge: Challenge, event: Event, council: Council) -> Task | None:
    """Return the decision that ``event`` asked for, if it is still open.

    A new IRO gets the most urgent decision.
    """
    found = tasks(challenge, council)
    decisions = [task for task in found if task.whose is not Capacity.RESPONDER]
    if isinstance(event.fact, IroAppointed):
        return next(iter(decisions), None)
    return next((task for task in decisions if task.since == event.number), None)


def write(letter: str, context: Context, *, training: bool) -> Written:
    """Return the email of the template ``letter``, rendered with ``context``.

    In ``training`` its subject and first words say so: nobody may take it for a real one.
    """
    source = _curled(_template(letter).render(letter=context))
    subject, _, body = source.strip().partition("\n")
    if training:
        subject, body = f"Training: {subject.strip()}", f"{_TRAINING}\n\n{body}"
    paragraphs = _paragraphs(body)
    footer = _paragraphs(_curled(_template("footer").render(letter=context)))
    html = (
        _environment()
        .get_template("frame.html")
        .render(
            subject=subject.strip(),
            content="\n".join(_html(paragraph) for paragraph in paragraphs),
            footer="\n".join(_html(paragraph) for paragraph in footer),
            letter=context,
        )
    )
    text = "\n\n".join(_text(paragraph) for paragraph in [*paragraphs, "--", *footer])
    return Written(" ".join(subject.split()), f"{text}\n", html)


def _curled(text: str) -> str:
    """Return the text with curly apostrophes: names of posts have straight ones.

    Addresses stay as they are.
    """
    return _APOSTROPHE.sub("’", text)


def _paragraphs(source: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", source) if part.strip()]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Templates are plain text. What goes into HTML is escaped in _html, and in the frame by |e.
    environment = Environment(  # noqa: S701 - see above
        loader=FileSystemLoader(_LETTERS),
        undefined=StrictUndefined,
        auto_reload=False,  # a template never changes while a function runs
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["does"] = _does
    return environment


def _does(who: str) -> str:
    """Return a name with its role as a sentence goes on after it: ``Ira …, the child’s IRO,``."""
    return f"{who}," if "," in who else who


def _template(letter: str) -> Template:
    return _environment().get_template(f"{letter}.txt")


def _text(paragraph: str) -> str:
    button = _BUTTON.fullmatch(paragraph)
    if button:
        return f"{button['label']}:\n{button['url']}"
    if paragraph.startswith(_HEADING):
        return paragraph.removeprefix(_HEADING).upper()
    if paragraph.startswith("- "):
        return "\n".join(_text_item(line) for line in paragraph.splitlines())
    return _wrapped(" ".join(paragraph.split()))


def _text_item(line: str) -> str:
    """Return an item of a list; the link that it begins with is on a line of its own below it."""
    link = _LINKED.fullmatch(line)
    if link is None:
        return _wrapped(line, "  ")
    said = _wrapped(f"- {link['label']}. {link['said']}", "  ")
    return f"{said}\n  {link['url']}"


def _wrapped(line: str, indent: str = "") -> str:
    # References have hyphens and addresses are long: neither may be broken.
    return fill(
        line, _COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _html(paragraph: str) -> str:
    button = _BUTTON.fullmatch(paragraph)
    if button:
        url, label = escape(button["url"]), escape(button["label"])
        return (
            f'<p style="margin:24px 0"><a class="button" href="{url}" style="background-color:'
            "#1f4e5f;color:#ffffff;border:12px solid #1f4e5f;text-decoration:none;display:"
            f'inline-block;font-weight:bold">{label}</a></p>'
        )
    if paragraph.startswith(_HEADING):
        heading = escape(paragraph.removeprefix(_HEADING))
        return f'<h2 style="margin:24px 0 8px 0;font-size:19px;line-height:24px">{heading}</h2>'
    if paragraph.startswith("- "):
        items = (_html_item(line) for line in paragraph.splitlines())
        listed = "".join(f'<li style="margin:0 0 8px 0">{item}</li>' for item in items)
        return f'<ul style="margin:0 0 16px 0;padding:0 0 0 24px">{listed}</ul>'
    return f'<p style="margin:0 0 16px 0">{escape(" ".join(paragraph.split()))}</p>'


def _html_item(line: str) -> str:
    link = _LINKED.fullmatch(line)
    if link is None:
        return escape(line.removeprefix("- ").strip())
    url, label = escape(link["url"]), escape(link["label"])
    return f'<a href="{url}" style="color:#1f4e5f">{label}</a>. {escape(link["said"])}'
