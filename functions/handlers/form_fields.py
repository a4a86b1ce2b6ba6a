"""What may stand in the form that raises a challenge: its limits, its choices, its fields' names.

For whoever asks for answers, shows them or helps to correct them. The form that checks them is in
``handlers.forms``; it is loaded by those who bring one, and by nobody else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.ladder import FORMAL_STAGES, Role, Stage
from domain.procedure import ReplyLinks
from handlers.errors import HandlerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from domain.council import Council
    from domain.directory import Post
    from domain.procedure import Procedure

__all__ = [
    "CONCERNS",
    "FIELD_LABELS",
    "FORM_BYTES",
    "SIGNED_IN",
    "Surroundings",
    "WrongAnswersError",
    "allowed",
    "by_link",
    "chosen",
    "kept_bytes",
    "once_of",
    "page_name",
    "read_by",
    "social_workers",
]

#: Characters of a written answer, of a name, and of an ID.
WORDS, NAME, ID = 5_000, 200, 50
#: Characters of a child's initials: "J.-P. van der B." fits.
INITIALS = 20
#: Concerns on one form.
CONCERNS = 20
#: Bytes of all concerns together, and of all that a form holds, as they are kept, whatever way it
#: comes in: an event of the record, which is one item of the table, holds 400 kB. A form in which
#: every answer is as long as it may be fits.
CONCERNS_BYTES = 200_000
FORM_BYTES = 300_000
#: Years: nobody older is still in the care of a council.
OLDEST = 25
#: Years ahead within which an outcome can be wanted; more is a slip of the keyboard.
AHEAD = 10
#: How many names a sentence lists at most.
_LISTED = 40

#: What stands beside each field on the page, by its name there; a concern's number is ``#``.
FIELD_LABELS = {
    "case-id": "The child’s ID",
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
}

#: What no answer may hold: it could not be kept, or not be shown.
UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\N{REPLACEMENT CHARACTER}]")


class WrongAnswersError(HandlerError, ValueError):
    """Some answers have to be mended. ``problems``: field → a sentence that says how.

    A concern's field is ``concerns.0.what``.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take what to mend."""
        super().__init__("Some answers have to be mended.")
        self.problems = dict(problems)


@dataclass(frozen=True)
class Surroundings:
    """What the answers are checked against: the local date, and the council as it stands."""

    today: date
    council: Council


#: What else a stage may be called than by its title, in small letters.
_STAGES = {
    **{str(stage).casefold(): stage for stage in Stage},
    **{stage.title.casefold(): stage for stage in Stage},
    **{
        f"stage {word}": stage
        for word, stage in zip(("one", "two", "three", "four"), FORMAL_STAGES, strict=True)
    },
}


def kept_bytes(*values: object) -> int:
    """How many bytes the values take where they are kept, which is as JSON: a quote takes two."""
    texts = (json.dumps(value, ensure_ascii=False) for value in values)
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def chosen(field: str, text: str, around: Surroundings, team: str = "") -> str:
    """Which choice of ``field`` somebody means by ``text``, as it is kept; empty if none, or many.

    ``team`` is the one that a social worker is to belong to, if it is known.
    """
    wanted = " ".join(text.split()).casefold()
    if field == "social_worker":
        found = social_workers(" ".join(text.split()), around)
        of_team = [post.id for post in found if not team or post.serves(team)]
        return of_team[0] if len(of_team) == 1 else ""
    council = around.council
    if field == "stage":
        called = {one.title.casefold(): one.stage for one in council.ladder.in_order}
        stage = called.get(wanted) or _STAGES.get(wanted)
        return str(stage) if stage in council.ladder.stages else ""
    choices = council.directory.teams if field == "team" else council.procedure.themes
    return next((one for one in choices if one.casefold() == wanted), "")


def social_workers(named: str, around: Surroundings) -> list[Post]:
    """The posts that somebody may mean by ``named``: an id, a name, or an email address."""
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
    """The key by which the form with this id raises but one challenge.

    The officer is part of it: nobody else's form can come upon this one's challenge.
    """
    return f"{officer}-{form}"


def page_name(path: str) -> str:
    """The page's name for a field: ``concerns.0.what`` is ``concern-1-what``."""
    parts = path.replace("_", "-").split(".")
    if parts[0] == "concerns":
        parts = ["concern", *(str(int(part) + 1) for part in parts[1:2]), *parts[2:]]
    return "-".join(parts)


def read_by(field: str, procedure: Procedure) -> str:
    """Who will read what stands in ``field`` (as in ``WrongAnswersError.problems``): a sentence.

    Empty where it is nobody's words and nothing of the child: a choice, a date.
    """
    name = field.rpartition(".")[2]
    if name in _BY_LINK:
        return by_link(procedure, words=name in _WRITTEN)
    return SIGNED_IN if name in _SIGNED_IN else ""


#: Who reads what no reply link shows.
SIGNED_IN = "Only people who work on this challenge can read it, signed in."
#: What a reply link shows of the form, and what of it people write; and what only people see who
#: are signed in. (``domain.identifying.read_by_link`` names the words alike.)
_WRITTEN = ("reason", "what", "outcome", "tried")
_BY_LINK = (*_WRITTEN, "case_id", "initials")
_SIGNED_IN = ("name", "date_of_birth", "views")


def by_link(procedure: Procedure, *, words: bool = True) -> str:
    """Who reads what a reply link shows; of ``words`` also what not to write in them."""
    who = "Whoever opens the reply link can read this, without signing in."
    if procedure.reply_links is ReplyLinks.LINK_AND_SIGN_IN:
        who = "Whoever is asked to reply can read this by their link, signed in."
    advice = " Write initials, not names; no date of birth, school or address."
    return who + advice if words else who


def allowed(field: str, around: Surroundings, team: str = "") -> str:
    """What may stand in ``field`` (as in ``WrongAnswersError.problems``), in one sentence.

    ``team`` is the child's, if it is known: it narrows down the social workers.
    """
    council, name = around.council, field.rpartition(".")[2]
    words = f"Text of up to {WORDS:,} characters"
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
        "by": f"A date from today on, like 27 March {around.today.year + 1}",
        "tried": words,
        "views": words,
    }
    return sentences.get(name, "")


def _listed(names: Iterable[str]) -> str:
    """``Red, Green, Blue``: commas stand in some names, but hardly in those that are listed."""
    found = list(names)
    return ", ".join(found[:_LISTED]) + (" …" if len(found) > _LISTED else "")


def _allowed_workers(around: Surroundings, team: str) -> str:
    directory = around.council.directory
    posts = directory.posts_of(Role.SOCIAL_WORKER, team or None)
    people = [person.name for post in posts for person in directory.people(post.id, around.today)]
    of = f" of {team}" if team else " of the child’s team"
    return f"A social worker{of}, by name or email address: {_listed(dict.fromkeys(people))}"
