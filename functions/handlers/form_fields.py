"""The fields of the form that raises a challenge: their limits, choices, labels and readers.

Used to ask for answers, to show them and to help correct them. The form that checks answers is in
``handlers.forms``, which is slower to load and is only loaded when there is a form to check.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.form import Way
from domain.ladder import FORMAL_STAGES, Role, Stage
from domain.moments import day_in_words
from domain.people import iros_for_whom
from domain.procedure import ReplyLinks
from handlers import owner_names
from handlers.dates import example
from handlers.errors import HandlerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from domain.council import Council
    from domain.directory import Post
    from domain.procedure import Procedure

__all__ = [
    "CHILD_TOLD",
    "CONCERNS",
    "FIELD_LABELS",
    "FORM_BYTES",
    "IN_CONFIDENCE",
    "NOT_YET",
    "PAGES",
    "SIGNED_IN",
    "WAYS",
    "YES_OR_NO",
    "Surroundings",
    "WrongAnswersError",
    "allowed",
    "by_link",
    "chosen",
    "iro_named",
    "kept_bytes",
    "once_of",
    "owners",
    "page_name",
    "read_by",
    "shown_by_link",
    "social_workers",
]

#: The most characters in a written answer, in a name, and in an ID.
WORDS, NAME, ID = 5_000, 200, 50
#: The most characters in a short answer, such as why it is too late then.
SHORT = 1_000
#: The most characters in a child's initials: "J.-P. van der B." fits.
INITIALS = 20
#: The most concerns on one form.
CONCERNS = 20
#: The most actions from a review on one form, and the most bytes of them together.
ACTIONS = 20
ACTIONS_BYTES = 30_000
#: The most bytes, as stored, in all concerns together, and in a whole form. An event is one item of
#: the table, and an item may have 400 kB at most. A form with every answer at its longest fits.
CONCERNS_BYTES = 200_000
FORM_BYTES = 300_000
#: The oldest age, in years, at which somebody is still in a council's care.
OLDEST = 25
#: The most years ahead that an outcome can be wanted; a later year is a typing mistake.
AHEAD = 10
#: How a challenge can start at QAP, by the words of programs and emails.
WAYS = {"concern": Way.CONCERN, "resolved": Way.RESOLVED, "actions": Way.ACTIONS}
#: The page of the form for each way in which a challenge starts.
PAGES = {
    Way.CONCERN: "/raise",
    Way.RESOLVED: "/raise/resolved",
    Way.ACTIONS: "/raise/actions",
    Way.GOOD_PRACTICE: "/raise/good-practice",
}
#: Whether the child was told how it ended, by the words of programs and emails.
CHILD_TOLD = ("yes", "not yet", "no")
#: Whether something was done for the child; *not yet* becomes a task.
NOT_YET = ("yes", "not yet", "no")
#: The answers to a question that is either so or not.
YES_OR_NO = ("yes", "no")
#: The most names that a sentence lists.
_LISTED = 40

#: The label of each field, by the field's name on the page; ``#`` is the number of a concern.
FIELD_LABELS = {
    "for-iro": "Whose challenge is it?",
    "case-id": "Case ID",
    "initials": "Initials",
    "name": "Name",
    "date-of-birth": "Date of birth",
    "team": "Team",
    "social-worker": "Social worker",
    "stage": "At which stage does the challenge start?",
    "reason": "Why at this stage?",
    "concern-#-theme": "What is it about?",
    "concern-#-what": "What is wrong?",
    "concern-#-outcome": "What outcome do you want for the child?",
    "concern-#-by": "By when?",
    "tried": "What was already tried?",
    "views": "What are the child’s views?",
    "rights-breached": "May the child’s human rights have been breached?",
    "child-knows": "Does the child know of this challenge?",
    "advocate-offered": "Was the child offered an advocate?",
    "knows-complaints": "Does the child know how to complain?",
    "rights-why": "If no, why not?",
    "wants-court": "Does the child want to go to court?",
    "legal-help": "Who helps them get legal advice?",
    "at-risk": "May the child be at risk today?",
    "too-late-after": "After which date is it too late?",
    "too-late-why": "Why is it too late then?",
    "review-date": "When was the review?",
    "decision-number": "Number of the decision",
    "next-hearing": "When is the next hearing?",
    "guardian": "Guardian’s name",
    "resolution": "How was it resolved, and what shows it?",
    "file-checked": "Did you check the child’s file?",
    "documents-read": "Did you read the relevant documents?",
    "child-consulted": "Did you consult the child?",
    "why-not": "If not, why not?",
    "child-told": "Was the child told how this ended?",
    "how-told": "How were they told, or why not?",
    "well": "What was done well?",
    "difference": "What difference did it make to the child?",
    "confirmed": "How did you confirm the actions with the Social Worker and the Team Manager?",
    "action-#-what": "What will be done?",
    "action-#-owner": "Who will do it?",
    "action-#-owner-name": "Their full name",
    "action-#-owner-organisation": "Their organisation",
    "action-#-owner-email": "Their email address",
    "action-#-by": "By when?",
}

#: Characters that no answer may hold, because they cannot be stored or shown.
UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\N{REPLACEMENT CHARACTER}]")


class WrongAnswersError(HandlerError, ValueError):
    """Some answers have to be corrected. ``problems``: field → a sentence that says how.

    The fields of concerns are called like ``concerns.0.what``.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take what to correct, by field."""
        super().__init__("Some answers have to be corrected.")
        self.problems = dict(problems)


@dataclass(frozen=True)
class Surroundings:
    """What the answers are checked against: the local date, the council as it is now, and who.

    ``officer`` is the id of who raises the challenge; empty if unknown.
    """

    today: date
    council: Council
    officer: str = ""


#: Other names of each stage, apart from its title in the council's ladder, in small letters.
_STAGES = {
    **{str(stage).casefold(): stage for stage in Stage},
    **{stage.title.casefold(): stage for stage in Stage},
    **{
        f"stage {word}": stage
        for word, stage in zip(("one", "two", "three", "four"), FORMAL_STAGES, strict=True)
    },
}


def kept_bytes(*values: object) -> int:
    """Return how many bytes the values take as JSON, as they are stored: a quote takes two."""
    texts = (json.dumps(value, ensure_ascii=False) for value in values)
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def chosen(field: str, text: str, around: Surroundings, team: str = "") -> str:
    """Return the choice of ``field`` that ``text`` means, as stored; empty if none, or several.

    ``team`` is the team that a social worker has to belong to, if it is known.
    """
    wanted = " ".join(text.split()).casefold()
    if field == "social_worker":
        found = social_workers(" ".join(text.split()), around)
        of_team = [post.id for post in found if not team or post.serves(team)]
        return of_team[0] if len(of_team) == 1 else ""
    council = around.council
    if field == "for_iro":
        return iro_named(text, around)
    if field in _WORDS_OF:
        return wanted if wanted in _WORDS_OF[field] else ""
    if field == "stage":
        called = {one.title.casefold(): one.stage for one in council.ladder.in_order}
        stage = called.get(wanted) or _STAGES.get(wanted)
        return str(stage) if stage in council.ladder.stages else ""
    choices = council.directory.teams if field == "team" else council.procedure.themes
    return next((one for one in choices if one.casefold() == wanted), "")


#: The fields that are answered by one of a few words, and these.
_WORDS_OF = {
    "rights_breached": YES_OR_NO,
    "at_risk": YES_OR_NO,
    "file_checked": YES_OR_NO,
    "documents_read": YES_OR_NO,
    "child_consulted": YES_OR_NO,
    "child_told": CHILD_TOLD,
    "child_knows": NOT_YET,
    "advocate_offered": NOT_YET,
    "knows_complaints": NOT_YET,
    "wants_court": NOT_YET,
    "way": tuple(WAYS),
}


def iro_named(named: str, around: Surroundings) -> str:
    """Return the IRO that ``named`` means (an id, a name or an email address), by their id.

    Only those for whom the officer may raise a challenge count. Empty if it is none, or several.
    """
    wanted = " ".join(named.split()).casefold()
    officers = around.council.directory.officers
    choices = iros_for_whom(around.officer, around.council, around.today)
    found = [
        one.id
        for one in (officers[id_] for id_ in choices if id_ in officers)
        if wanted in (one.id.casefold(), one.name.casefold(), one.email.casefold())
    ]
    return found[0] if len(found) == 1 else ""


def owners(named: str, around: Surroundings) -> list[str]:
    """Return the ids of the officers and posts that ``named`` may mean (rule 6).

    It is an id, the name or email address of an officer, the title of a post, or a line of the list
    that the pages offer.
    """
    return owner_names.found(named, around.council, around.today, in_full=True)


def social_workers(named: str, around: Surroundings) -> list[Post]:
    """Return the posts that ``named`` may mean: it is an id, a name, or an email address."""
    directory = around.council.directory
    posts = directory.posts_of(Role.SOCIAL_WORKER)
    by_id = [post for post in posts if post.id == named]
    if by_id:
        return by_id
    wanted = named.casefold()
    return [
        post
        for post in posts
        if any(
            wanted in (person.name.casefold(), person.email.casefold())
            for person in directory.people(post.id, around.today)
        )
    ]


def once_of(officer: str, form: str) -> str:
    """Return the key with which the form with this id raises only one challenge.

    The officer is part of it, so that nobody else's form can find this officer's challenge.
    """
    return f"{officer}-{form}"


def page_name(path: str) -> str:
    """Return the page's name for a field: ``concern-1-what`` for ``concerns.0.what``."""
    parts = path.replace("_", "-").split(".")
    if parts[0] in ("concerns", "actions"):
        parts = [
            parts[0].removesuffix("s"),
            *(str(int(part) + 1) for part in parts[1:2]),
            *parts[2:],
        ]
    return "-".join(parts)


def read_by(field: str, procedure: Procedure) -> str:
    """Return a sentence that says who will read what is in ``field``.

    ``field`` is named as in ``WrongAnswersError.problems``. Empty for a choice or a date that says
    nothing about the child.
    """
    name = field.rpartition(".")[2]
    if name in _BY_LINK:
        return by_link(procedure, words=name in _WRITTEN)
    if name in _IN_CONFIDENCE:
        return IN_CONFIDENCE
    return SIGNED_IN if name in _SIGNED_IN else ""


def shown_by_link(field: str) -> bool:
    """Whether people write in ``field`` what a reply link shows; it is named as in `read_by`."""
    return field.rpartition(".")[2] in _WRITTEN


#: Who reads the answers that no reply link shows.
SIGNED_IN = (
    "Only people who work on this challenge, auditors and the data protection officer can read it, "
    "after signing in."
)
#: Who reads what the people who are asked to reply do not.
IN_CONFIDENCE = (
    "Only the IRO, the Safeguarding & Review Service Manager, the Senior IRO Manager, auditors and "
    "the data protection officer can read it, after signing in."
)
#: The fields that people write in and a reply link shows (``domain.identifying.read_by_link`` has
#: the same ones); all fields that a reply link shows; and those that only signed-in people see.
_AFTERWARDS = ("resolution", "why_not", "how_told", "confirmed")
_WRITTEN = ("reason", "what", "outcome", "tried")
_BY_LINK = (*_WRITTEN, "case_id", "initials")
_OF_CHILD = ("views", "rights_why")
_OF_PRAISE = ("well", "difference")
_SIGNED_IN = (
    *("name", "date_of_birth", *_OF_CHILD, "too_late_why", "guardian", *_AFTERWARDS),
    *_OF_PRAISE,
)
#: The fields that only those see who look after the challenge from the child's side.
_IN_CONFIDENCE = ("wants_court", "legal_help")


def by_link(procedure: Procedure, *, words: bool = True) -> str:
    """Return who reads what a reply link shows; for ``words``, also what not to write there."""
    who = "Anyone who opens the reply link can read this, without signing in."
    if procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN:
        who = "The people who are asked to reply can read this by their link, after signing in."
    advice = " Write initials, not names; no date of birth, school or address."
    return who + advice if words else who


def allowed(field: str, around: Surroundings, team: str = "") -> str:
    """Return one sentence that says what can be entered in ``field``; empty if it is unknown.

    ``field`` is named as in ``WrongAnswersError.problems``. ``team`` is the child's, if it is
    known: only its social workers are listed then.
    """
    council, name = around.council, field.rpartition(".")[2]
    words, short = (f"Text of up to {most:,} characters" for most in (WORDS, SHORT))
    like = example(around.today, council.calendar)
    sentences = {
        "iro": "The email address of an officer who holds or covers an IRO’s post",
        "case_id": f"Text of up to {ID} characters",
        "initials": f"Text of up to {INITIALS} characters",
        "name": f"Text of up to {NAME} characters",
        "date_of_birth": f"A date in the past, like 27 March {around.today.year - 10}",
        "team": f"One of: {_listed(council.directory.teams)}",
        "social_worker": _allowed_workers(around, team),
        "stage": f"One of: {_listed(str(stage) for stage in Stage)}",
        "reason": f"{words}. Needed for stages 1 to 4",
        "concerns": f"From 1 to {CONCERNS} concerns",
        "theme": f"One of: {_listed(council.procedure.themes)}",
        "what": words,
        "outcome": words,
        "by": f"A working day from today on, like {day_in_words(like)}",
        "tried": words,
        "views": words,
        "rights_breached": "Yes or no",
        "child_knows": f"One of: {_listed(NOT_YET)}. Left blank, it is not yet",
        "advocate_offered": f"One of: {_listed(NOT_YET)}. Left blank, it is not yet",
        "knows_complaints": f"One of: {_listed(NOT_YET)}. Left blank, it is not yet",
        "rights_why": f"{short}. Needed if one of the three answers above is no",
        "wants_court": f"One of: {_listed(NOT_YET)}. Left blank, it is not yet asked",
        "legal_help": f"Text of up to {NAME} characters. Only if the child wants to go to court",
        "at_risk": "Yes or no. Leave it out if the answer is no",
        "too_late_after": f"A date from today on, like 27 March {around.today.year + 1}",
        "too_late_why": f"{short}. Needed with a date after which it is too late",
        "review_date": f"A date, like 27 March {around.today.year}",
        "decision_number": f"Text of up to {ID} characters",
        "next_hearing": f"A date from today on, like 27 March {around.today.year + 1}",
        "guardian": f"Text of up to {NAME} characters",
        "way": f"One of: {_listed(WAYS)}. Leave it out for a concern that is not resolved",
        "confirmed": f"{short}. Only with actions from the review",
        "actions": f"From 1 to {ACTIONS} actions",
        "owner": "An officer or post of the council, by name, email address or id",
        "owner_name": f"Text of up to {NAME} characters, for somebody outside the council",
        "owner_organisation": f"Text of up to {NAME} characters",
        "owner_email": "An email address; leave it out if they have none",
        "resolution": f"{words}. Only for what was resolved before the review",
        "file_checked": "Yes or no",
        "documents_read": "Yes or no",
        "child_consulted": "Yes or no",
        "why_not": f"{short}. Needed if one of the three was not done",
        "child_told": f"One of: {_listed(CHILD_TOLD)}",
        "how_told": f"{short}. Not needed for “not yet”",
        "for_iro": "The IRO whose challenge it is, by name or email address. Needed only if you "
        "cover for several IROs, or are an IRO too",
    }
    return sentences.get(name, "")


def _listed(names: Iterable[str]) -> str:
    """Return the names as ``Red, Green, Blue``, cut off with ``…`` after :data:`_LISTED`."""
    found = list(names)
    return ", ".join(found[:_LISTED]) + (" …" if len(found) > _LISTED else "")


def _allowed_workers(around: Surroundings, team: str) -> str:
    directory = around.council.directory
    posts = directory.posts_of(Role.SOCIAL_WORKER, team or None)
    people = [person.name for post in posts for person in directory.people(post.id, around.today)]
    of = f" of {team}" if team else " of the child’s team"
    return f"A social worker{of}, by name or email address: {_listed(dict.fromkeys(people))}"
