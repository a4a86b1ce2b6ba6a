"""The form as labelled lines of an email: ``Case ID: 12345``, and what each label may be called.

The tables here serve the code that reads an email, the page with the template, and the answer that
says what to correct. Words may go on over several lines, up to the next label; nothing is read
below a line ``End``, a signature or the quoted email. Text that belongs to no label is returned
too: nothing that somebody wrote is lost. If a field is answered twice, it is named, keeps its first
answer, and the other goes to the text without a label. Where a field has the template's own label,
its other names are ordinary words: "Date: 4 May, he moved" is then a sentence.

A label with a slip in it ("Childs views:", "Concren 1 outcome:") is taken for the one that it is
nearest to, unless that field has its own label elsewhere. A line that looks like a label and is
near none is noted by its number, so that the answer can name it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ACTION_PARTS",
    "LABELS",
    "PARTS",
    "Label",
    "Labelled",
    "is_of_our_words",
    "label_of",
    "own_words",
    "paths",
    "read",
    "template",
]


@dataclass(frozen=True)
class Label:
    """A field of the form (as in :class:`handlers.forms.RaiseForm`), and what it may be called.

    ``label`` is its name in the template, ``others`` are its other names, in lower case, and
    ``before`` are its names in the templates of earlier releases.
    ``example`` is a possible answer. A ``seldom`` one is added to the template where it is needed.
    """

    field: str
    label: str
    example: str
    others: tuple[str, ...] = ()
    seldom: bool = False
    before: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """Return its names in this and earlier templates, in lower case."""
        return self.label.casefold(), *self.before


LABELS = (
    Label(
        "case_id",
        "Case ID",
        "SAMPLE-12345",
        ("child's id", "id", "id of the child", "case system id"),
        before=("child id",),
    ),
    Label("initials", "Initials", "A.B.", ("child's initials", "child initials")),
    Label(
        "name", "Name", "Alex Sample", ("child's name", "child name", "name of the child", "child")
    ),
    Label(
        "date_of_birth",
        "Date of birth",
        "27 March 2015",
        ("dob", "d.o.b.", "child's date of birth", "child date of birth", "born"),
    ),
    Label("team", "Team", "North Team", ("child's team", "child team")),
    Label(
        "social_worker",
        "Social worker",
        "Sam Sample",
        ("child's social worker", "allocated social worker", "sw", "worker"),
    ),
    Label("stage", "Stage", "1", ("start at stage", "starts at", "start at", "entry stage")),
    Label(
        "reason",
        "Reason for this stage",
        "The placement ends next week.",
        (
            "reason",
            "reason for stage",
            "reason for the stage",
            "why at this stage",
            "why this stage",
        ),
    ),
    Label(
        "tried",
        "Already tried",
        "Spoke with the social worker twice.",
        ("tried", "what was tried", "what was already tried", "what has been tried"),
    ),
    Label(
        "views",
        "Child's views",
        "Wants to stay at the same school.",
        (
            "views",
            "views of the child",
            "child views",
            "what are the child's views",
            "the child's views",
        ),
    ),
    Label("rights_breached", "Rights breached", "yes", ("human rights breached",)),
    Label("child_knows", "Child knows", "yes", ("child knows of the challenge",)),
    Label("advocate_offered", "Advocate offered", "yes"),
    Label("knows_complaints", "Knows how to complain", "not yet"),
    Label("wants_court", "Wants to go to court", "no"),
    Label("rights_why", "If no, why not", "Too young to understand it.", seldom=True),
    Label("legal_help", "Legal help", "The advocate.", seldom=True),
    Label("at_risk", "At risk today", "no"),
    Label("for_iro", "For IRO", "Ira Sample", ("raised for",), seldom=True),
    Label("too_late_after", "Too late after", "4 January 2027", seldom=True),
    Label("too_late_why", "Too late because", "The placement ends.", seldom=True),
    Label("review_date", "Review date", "14 December 2026", ("date of review",), seldom=True),
    Label("decision_number", "Decision number", "7", seldom=True),
    Label("next_hearing", "Next hearing", "20 January 2027", seldom=True),
    Label("way", "How it starts", "resolved", seldom=True),
    Label("resolution", "How it was resolved", "The visit took place.", seldom=True),
    Label("file_checked", "File checked", "yes", seldom=True),
    Label("documents_read", "Documents read", "yes", seldom=True),
    Label("child_consulted", "Child consulted", "no", seldom=True),
    Label("why_not", "Why not", "The child was on holiday.", seldom=True),
    Label("child_told", "Child told", "not yet", seldom=True),
    Label("how_told", "How told", "By phone.", seldom=True),
    Label("confirmed", "Confirmed", "At the review, with both.", seldom=True),
    Label("guardian", "Guardian", "Gwen Sample", ("guardian's name",), seldom=True),
)

#: The parts of a concern, which is numbered: ``Concern 1``, ``Concern 1 theme`` …
PARTS = (
    Label(
        "what",
        "",
        "There is no placement for next month.",
        ("what", "what is wrong", "what's wrong", "concern", "details", "detail"),
    ),
    Label("theme", "theme", "placement", ("what is it about", "about", "topic")),
    Label(
        "outcome",
        "outcome",
        "A placement near the school.",
        ("outcome wanted", "wanted outcome", "desired outcome", "what outcome do you want"),
    ),
    Label(
        "by",
        "by",
        "24 March 2027",
        ("by when", "wanted by", "outcome by", "date", "timescale", "deadline"),
    ),
)

_FIELDS = {name: label.field for label in LABELS for name in (*label.own, *label.others)}
#: The parts of an action from the review, which is numbered: ``Action 1``, ``Action 1 owner`` …
ACTION_PARTS = (
    Label("what", "", "Apply to the housing panel.", ("what", "action")),
    Label("owner", "owner", "Sam Sample", ("who", "who will do it")),
    Label("owner_name", "owner name", "Olive Sample"),
    Label("owner_organisation", "owner organisation", "Sample Housing"),
    Label("owner_email", "owner email", "olive@housing.example"),
    Label("by", "by", "22 January 2027", ("by when", "date")),
)

_PART_NAMES = {
    name: part.field for part in PARTS for name in (part.label.casefold(), *part.others) if name
}

_ACTION_NAMES = {
    name: part.field for part in ACTION_PARTS for name in (part.label.casefold(), *part.others)
}

#: Only the template's own labels, of the fields and of a concern's parts.
_OWN = {name: label.field for label in LABELS for name in label.own}
_OWN_PARTS = {part.label.casefold(): part.field for part in PARTS}

#: Fields whose answer is one line: the line below does not belong to the answer.
_ONE_LINE = frozenset(
    (
        "case_id",
        "initials",
        "name",
        "date_of_birth",
        "team",
        "social_worker",
        "stage",
        "theme",
        "by",
        "rights_breached",
        "at_risk",
        "for_iro",
        "too_late_after",
        "review_date",
        "decision_number",
        "next_hearing",
        "guardian",
        "way",
        "file_checked",
        "documents_read",
        "child_consulted",
        "child_told",
        "child_knows",
        "advocate_offered",
        "knows_complaints",
        "wants_court",
        "legal_help",
    )
)

_LINE = re.compile(
    r"[\s>*_•·\-]*(?P<label>[^:\N{FULLWIDTH COLON}]{1,60})[:\N{FULLWIDTH COLON}](?P<value>.*)"
)
_CONCERN = re.compile(
    r"concern\s*(?:no\.?|number|\#)?\s*(?P<number>[0-9]{1,3})?[\s,.\-]*(?P<part>.*)"
)
_ACTION = re.compile(r"action\s*(?P<number>[0-9]{1,3})[\s,.\-]*(?P<part>.*)")
#: The numbers of actions follow those that a concern can have, so that they keep apart.
_ACTIONS_FROM = 1_000
_PART = re.compile(r"(?P<part>[a-z' ]+?)\s*(?:of|for)?\s*(?:concern)?\s*(?P<number>[0-9]{1,3})?")

#: The line that ends the form, if nothing else is on it.
_END = re.compile(
    r"\s*(?:end(?: of (?:the )?(?:form|challenge|email))?\s*[.:]?|--|_{8,})\s*", re.IGNORECASE
)
#: How mail programs mark the beginning of a quoted email.
_ORIGINAL = re.compile(r"\s*-{2,}\s*(?:original|forwarded) message\s*-{2,}.*", re.IGNORECASE)
_WROTE = re.compile(r"\s*on\b.{5,300}\bwrote:\s*", re.IGNORECASE)
_SENT_FROM = re.compile(
    r"\s*(?:sent from my \w.*|get outlook for .*|sent from (?:outlook|mail) .*)", re.IGNORECASE
)


@dataclass
class Labelled:
    """What the labelled lines say: field → text, and concerns and actions, each part → text.

    ``numbers`` are the concerns' own, as they were written, ``action_numbers`` the actions'.
    ``rest`` is the text under no label. ``found`` counts the labels. ``twice`` are the fields that
    got two answers, as paths of the form. ``unknown`` are the lines that begin like a label that
    the form does not have: each one's number and label.
    """

    answers: dict[str, str] = field(default_factory=dict)
    concerns: list[dict[str, str]] = field(default_factory=list)
    numbers: tuple[int, ...] = ()
    actions: list[dict[str, str]] = field(default_factory=list)
    action_numbers: tuple[int, ...] = ()
    rest: str = ""
    found: int = 0
    twice: tuple[str, ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()

    @property
    def is_form(self) -> bool:
        """Whether somebody filled in the form, rather than just wrote."""
        named = "case_id" in self.answers or bool(self.concerns) or len(self.answers) > 1
        return self.found > 1 and named


def own_words(text: str) -> tuple[str, str]:
    """Return what the sender wrote, and what is not theirs: a signature, the quoted email.

    If the lines of that email are marked with ``>``, what is written below or between them is the
    sender's.
    """
    own: list[str] = []
    other: list[str] = []
    lines = text.split("\n")
    marked = any(line.startswith(">") for line in lines)
    for number, line in enumerate(lines):
        ends = _SENT_FROM.fullmatch(line) or _ORIGINAL.fullmatch(line)
        answered = _wrote(lines, number)
        if _END.fullmatch(line.strip()[:60]):
            other += lines[number + 1 :]  # the mark itself says nothing
            break
        if ends or _quoted_head(lines, number) or (answered and not marked):
            other += lines[number:]
            break
        (other if answered or line.startswith(">") else own).append(line)
    return "\n".join(own).strip(), "\n".join(other).strip()


def _wrote(lines: list[str], number: int) -> bool:
    """Whether a line is ``On Monday, Sam Sample wrote:``, perhaps broken in two."""
    line = lines[number]
    following = lines[number + 1] if number + 1 < len(lines) else ""
    before = lines[number - 1] if number else ""
    return bool(
        _WROTE.fullmatch(line)
        or (line.lower().startswith("on ") and _WROTE.fullmatch(f"{line} {following}"))
        or (before.lower().startswith("on ") and _WROTE.fullmatch(f"{before} {line}"))
    )


def _quoted_head(lines: list[str], number: int) -> bool:
    """Whether it is ``From: …``, with ``Sent:`` and ``To:`` below: the head of a quoted email."""
    if not lines[number].lstrip(" *").lower().startswith("from:"):
        return False
    head = [line.lstrip(" *").lower() for line in lines[number + 1 : number + 6]]
    return any(line.startswith(("sent:", "date:")) for line in head) and any(
        line.startswith(("to:", "subject:")) for line in head
    )


def read(text: str) -> Labelled:
    """Return the labelled lines of ``text``."""
    words, below = own_words(text)
    lines = words.split("\n")
    reading = _Reading(_under_their_own_labels(lines))
    for number, line in enumerate(lines, start=1):
        reading.take(line, number)
    return reading.done(below)


def _under_their_own_labels(lines: list[str]) -> set[str]:
    """Return the fields that have the template's own label."""
    found: set[str] = set()
    for line in lines:
        match = _LINE.fullmatch(line)
        name = _name(match["label"]) if match else ""
        concern = _CONCERN.fullmatch(name)
        own = _OWN_PARTS.get(concern["part"].strip()) if concern else _OWN.get(name)
        # "Concern 1:" alone may be a heading.
        if own and match and (own != "what" or match["value"].strip()):
            found.add(own)
    return found


def _name(label: str) -> str:
    """Return a label as in the tables: in lower case, without marks of bold print."""
    plain = re.sub(r"[*_]", " ", label).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(plain.split()).casefold()


@dataclass(frozen=True)
class _Again:
    """A label that appears again: its concern (0: none), its field and its answer."""

    concern: int
    field: str
    answer: list[str]


class _Reading:
    """The form, line by line: which field the words go to, and which concern it is about."""

    def __init__(self, under_their_own: set[str]) -> None:
        self._under_their_own = under_their_own
        self._answers: dict[str, list[str]] = {}
        self._concerns: dict[int, dict[str, list[str]]] = {}
        self._rest: list[str] = []
        self._present = 0
        self._into = self._rest
        #: The field that the words belong to; and the one that a label names again, if any.
        self._field = ""
        self._again: _Again | None = None
        self._twice: dict[tuple[int, str], None] = {}
        self._found = 0
        self._unknown: list[tuple[int, str]] = []

    def take(self, line: str, number: int) -> None:
        """Read one more line, which is line ``number`` of the email."""
        match = _LINE.fullmatch(line)
        self._again = None
        place = self._place(match["label"]) if match else None
        if match is None or place is None:
            if match is None or not self._answered_twice(line, match):
                self._into.append(line)
                if match:
                    self._note_unknown(match["label"], number)
            return
        self._found += 1
        self._into = place
        value = match["value"].strip()
        # Bold print looks like *Case ID:* in plain text.
        place.append(
            value.removeprefix("*").removeprefix("_").strip() if value[:1] in "*_" else value
        )

    def _note_unknown(self, label: str, number: int) -> None:
        """Note a line that looks like a label, unless it is one whose field has its answer."""
        if self._again is None and _LIKE_A_LABEL.fullmatch(label.strip()):
            self._unknown.append((number, " ".join(label.split())))

    def _answered_twice(self, line: str, match: re.Match[str]) -> bool:
        """Whether the line answers a field again, and is not part of somebody's words.

        Words may well contain "Name: …". But a second ID of a child means another form.
        """
        again = self._again
        if again is None:
            return False
        value = _in_short(match["value"])
        other = value not in ("", _in_short(" ".join(again.answer)))
        in_words = self._into is not self._rest and self._field not in _ONE_LINE
        if in_words and not (other and again.field == "case_id"):
            return False
        self._rest.append(line)
        if other:
            self._twice[again.concern, again.field] = None
            self._into = self._rest
        return True

    def _place(self, label: str) -> list[str] | None:
        """Return where the words after this label go; ``None`` if it is no label, or is taken."""
        name = _name(label)
        place = self._exactly(name)
        if place is None and self._again is None and not self._is_known(name):
            near = nearest(name)
            field = _OWN.get(near) or _FIELDS.get(near, "")
            if near and field not in self._under_their_own:
                place = self._exactly(near)
        return place

    @staticmethod
    def _is_known(name: str) -> bool:
        return name in _FIELDS or name in _PART_NAMES

    def _exactly(self, name: str) -> list[str] | None:
        """Return where the words after the label of this name go; ``None`` as ``_place``."""
        if name in _FIELDS and name not in _PART_NAMES:
            field = _FIELDS[name]
            by_another = name not in _OWN and field in self._under_their_own
            return None if by_another else self._new(self._answers, field, 0)
        action = _ACTION.fullmatch(name)
        if action:
            number = _ACTIONS_FROM + int(action["number"])
            return self._of_concern(number, _ACTION_NAMES.get(action["part"].strip()))
        concern = _CONCERN.fullmatch(name)
        if concern:
            part = _PART_NAMES.get(concern["part"].strip() or "what")
            number = int(concern["number"] or 0)
            if part and not number:
                # Concerns without numbers each begin with their own "Concern:".
                number = self._present + 1 if part == "what" else self._present or 1
            return self._of_concern(number, part)
        of = _PART.fullmatch(name)
        part = _PART_NAMES.get(of["part"]) if of else None
        if of is None or part is None or (part in self._under_their_own and not of["number"]):
            return None
        return self._of_concern(int(of["number"] or self._present or 1), part)

    def _of_concern(self, number: int, part: str | None) -> list[str] | None:
        if part is None or number in (0, _ACTIONS_FROM):
            return None
        place = self._new(self._concerns.setdefault(number, {}), part, number)
        if place is not None and number < _ACTIONS_FROM:
            self._present = number
        return place

    def _new(self, parts: dict[str, list[str]], name: str, concern: int) -> list[str] | None:
        """Return an empty place for the field; ``None`` if it was filled in and appears again."""
        if any(line.strip() for line in parts.get(name, [])):
            self._again = _Again(concern, name, parts[name])
            return None
        parts[name] = []
        self._field = name
        return parts[name]

    def done(self, below: str) -> Labelled:
        """Return everything that was read."""
        answers = {name: _joined(lines) for name, lines in self._answers.items()}
        found = sorted(number for number, parts in self._concerns.items() if parts)
        rows = {
            number: {part: _joined(lines) for part, lines in self._concerns[number].items()}
            for number in found
        }
        numbers = tuple(number for number in found if number < _ACTIONS_FROM)
        of_actions = tuple(number for number in found if number >= _ACTIONS_FROM)
        rest = "\n\n".join(part for part in (_joined(self._rest), below) if part)
        paths = {0: "", **{number: f"concerns.{n}." for n, number in enumerate(numbers)}}
        paths |= {number: f"actions.{n}." for n, number in enumerate(of_actions)}
        return Labelled(
            answers,
            [rows[number] for number in numbers],
            numbers,
            [rows[number] for number in of_actions],
            tuple(number - _ACTIONS_FROM for number in of_actions),
            rest,
            self._found,
            tuple(f"{paths[number]}{name}" for number, name in self._twice),
            # An email without a form has no labels, and so none that are wrong.
            tuple(self._unknown) if self._found else (),
        )


#: What a label looks like that the form does not have: up to four words, the first with a capital.
_LIKE_A_LABEL = re.compile(r"[*_]*[A-Z][\w'’*]*(?: [\w'’*]+){0,3}")

#: The shortest name that is taken for another with one letter wrong, and with two.
_ONE_WRONG, _TWO_WRONG = 5, 10


def nearest(name: str) -> str:
    """Return the name of a label that ``name`` is, but for a slip; empty if none, or several.

    Marks and spaces do not count. Of a concern's or an action's label each half may have its slip.
    """
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None:
        return _near(name, _FIELDS)
    kind = _near(numbered["kind"], ("concern", "action"))
    parts = _ACTION_NAMES if kind == "action" else _PART_NAMES
    part = numbered["part"].strip(" ,.-")
    named = part if part in parts or not part else _near(part, parts)
    whole = f"{kind} {numbered['number']} {named}".strip()
    return whole if kind and (named or not part) else ""


_NUMBERED = re.compile(r"(?P<kind>[a-z]{5,9})\s*(?P<number>[0-9]{1,3})(?P<part>.*)")


def _near(name: str, names: Iterable[str]) -> str:
    short = _squashed(name)
    found = {one for one in names if _squashed(one) == short}
    if not found:
        found = {one for one in names if _is_near(short, _squashed(one))}
    of_fields = {_FIELDS.get(one, one) for one in found}
    return min(found, key=len) if len(of_fields) == 1 else ""


def _is_near(one: str, other: str) -> bool:
    """Whether they differ by one letter, or by two if they are long: missing, wrong or swapped."""
    shortest = min(len(one), len(other))
    allowed = 2 if shortest >= _TWO_WRONG else 1 if shortest >= _ONE_WRONG else 0
    return bool(allowed) and _apart(one, other, allowed) <= allowed


def _apart(one: str, other: str, most: int) -> int:
    """Return how many letters have to change (Damerau and Levenshtein), or more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, right in enumerate(other, start=1):
            changed = before[j - 1] + (left != right)
            best = min(before[j] + 1, row[j - 1] + 1, changed)
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", name)


def is_of_our_words(label: str) -> bool:
    """Whether each word of a label is one of the form's own labels': it can name nobody."""
    return all(word in _OUR_WORDS or word.isdigit() for word in _words(label))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[0-9]+", _name(text))


_OUR_WORDS = frozenset(
    word
    for names in (_FIELDS, _PART_NAMES, _ACTION_NAMES, ("concern", "action"))
    for name in names
    for word in _words(name)
)


def _in_short(text: str) -> str:
    return " ".join(text.split()).strip("*_ ").casefold()


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def label_of(path: str, numbers: Sequence[int] = (), action_numbers: Sequence[int] = ()) -> str:
    """Return what the template calls a field: ``concerns.0.by`` is ``Concern 1 by``.

    ``numbers`` are the concerns' own, needed if they are not numbered from 1 without gaps, and
    ``action_numbers`` the actions'.
    """
    parts = path.split(".")
    if parts[0] in ("concerns", "actions"):
        of_action = parts[0] == "actions"
        own = action_numbers if of_action else numbers
        place = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        number = own[place] if place < len(own) else place + 1
        named = {part.field: part.label for part in (ACTION_PARTS if of_action else PARTS)}
        part = named.get(parts[2], "") if len(parts) > 2 else ""  # noqa: PLR2004 - a path's third part
        return f"{'Action' if of_action else 'Concern'} {number} {part}".strip()
    return next((one.label for one in LABELS if one.field == parts[0]), parts[0])


def paths(*, seldom: bool = False) -> list[str]:
    """Return the form's fields in the order of the template, or those ``seldom`` needed."""
    found: list[str] = []
    for label in LABELS:
        if label.seldom is seldom:
            if label.field == "tried":
                found += [f"concerns.0.{part.field}" for part in PARTS]
            found.append(label.field)
    return found + [f"actions.0.{part.field}" for part in ACTION_PARTS if seldom]


def template(*, filled: bool = False, concerns: int = 1) -> str:
    """Return the lines to copy into an email; ``filled`` with an example in each."""
    lines: list[str] = []
    for label in LABELS:
        if label.seldom:
            continue
        if label.field == "tried":
            for number in range(1, concerns + 1):
                lines += [
                    _template_line(f"Concern {number} {part.label}".strip(), part, filled=filled)
                    for part in PARTS
                ]
        lines.append(_template_line(label.label, label, filled=filled))
    return "\n".join([*lines, "End"]) + "\n"


def _template_line(name: str, label: Label, *, filled: bool) -> str:
    return f"{name}: {label.example}" if filled else f"{name}: "
