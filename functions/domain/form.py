"""The form that raises a challenge: the child, what is wrong, and how it starts.

Source: rules 1, 2, 19 and 23. A form that was filled in before a field existed has its default,
which means "not asked then".
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.agreed import AgreedAction
from domain.ladder import Stage
from domain.values import Value, value

__all__ = [
    "Answered",
    "Before",
    "Child",
    "ChildsRights",
    "Concern",
    "Court",
    "Form",
    "FromReview",
    "GoodPractice",
    "Review",
    "RightsBreached",
    "Urgency",
    "Way",
]


class RightsBreached(StrEnum):
    """Whether the child's human rights may have been breached, as the IRO sees it (rule 1)."""

    NOT_ASKED = "not asked"
    YES = "yes"
    NO = "no"


class Way(StrEnum):
    """How a challenge starts at QAP (rule 2). A formal challenge is always a concern.

    Good practice challenges nobody (rule 18).
    """

    CONCERN = "a concern that is not resolved"
    RESOLVED = "resolved before the review"
    ACTIONS = "actions from the review"
    GOOD_PRACTICE = "good practice"


@value
class Child(Value):
    """The child, as on the form. ``case_id`` is the Case ID: the child's in the case system."""

    case_id: str
    initials: str
    name: str
    date_of_birth: date
    team: str

    def has_case_id_of(self, other: Child) -> bool:
        """Whether both have the same Case ID, however it is spaced and in capitals."""
        return _compared(self.case_id) == _compared(other.case_id)

    def seems_to_be(self, other: Child) -> bool:
        """Whether both have the same date of birth and name, whatever the spaces and capitals."""
        own, others = (" ".join(one.name.split()).casefold() for one in (self, other))
        return own == others and self.date_of_birth == other.date_of_birth


def _compared(case_id: str) -> str:
    return "".join(case_id.split()).casefold()


@value
class Concern(Value):
    """One thing that is wrong: its theme (rule 21), what, the outcome wanted, and by when."""

    theme: str
    what: str
    outcome_wanted: str
    by: date


@value
class Review(Value):
    """The review that a challenge comes from: its ``day``, and the number of its decision."""

    day: date | None = None
    decision: str = ""


@value
class Court(Value):
    """Court proceedings about the child: the day of the next hearing, and the guardian's name."""

    next_hearing: date | None = None
    guardian: str = ""


class Answered(StrEnum):
    """How a question about the child was answered (rule 19). *Not yet* is a task of the IRO."""

    NOT_ASKED = "not asked"
    YES = "yes"
    NOT_YET = "not yet"
    NO = "no"


@value
class ChildsRights(Value):
    """What the child knows, and who helps them (rule 19).

    Whether the child ``knows`` of the challenge, was offered an ``advocate``, knows how to make
    ``complaints``, and wants to go to ``court``; then ``legal_help`` is who helps them get legal
    advice. ``why`` says why the answer to one of the first three is no.
    """

    knows: Answered = Answered.NOT_ASKED
    advocate: Answered = Answered.NOT_ASKED
    complaints: Answered = Answered.NOT_ASKED
    court: Answered = Answered.NOT_ASKED
    legal_help: str = ""
    why: str = ""


@value
class Urgency(Value):
    """After the day ``too_late_after`` it is too late, and ``why`` (rule 23).

    ``at_risk``: the child is at risk on the day on which the challenge is raised.
    """

    too_late_after: date | None = None
    why: str = ""
    at_risk: bool = False


@value
class Before(Value):
    """What the IRO did before the review, where the matter was resolved then (rule 2).

    ``why_not`` says why one of the three was not done. ``child_told`` and ``how_told`` are whether
    and how the child was told how it ended, as in ``domain.rules.endings``.
    """

    resolution: str
    file_checked: bool
    documents_read: bool
    child_consulted: bool
    why_not: str
    child_told: str
    how_told: str


@value
class FromReview(Value):
    """The actions that a review agreed (rule 2), and how they were ``confirmed``.

    The IRO confirms them with the Social Worker and the Team Manager.
    """

    actions: tuple[AgreedAction, ...]
    confirmed: str


@value
class GoodPractice(Value):
    """What was done well, and the ``difference`` that it made to the child (rule 18)."""

    what: str
    difference: str


@value
class Form(Value):
    """What was entered to raise it. ``iro`` is an officer, ``social_worker`` a post.

    ``iro`` is whose challenge it is; who typed it is in the event. ``procedure`` is the version of
    the procedure under which the challenge runs. ``before`` is given for what was resolved before
    the review, ``from_review`` for actions that come from it. If it was reopened (rule 16),
    ``continues`` is the reference of the challenge that had ended, and ``formal_before`` the day of
    the first formal entry of them all. ``siblings`` are the references of the challenges that the
    same form raised for the child's brothers and sisters (rule 17). One that records
    ``good_practice`` has no concerns (rule 18).
    """

    child: Child
    iro: str
    social_worker: str
    entry: Stage
    entry_reason: str
    concerns: tuple[Concern, ...]
    tried: str
    views: str
    procedure: str
    rights_breached: RightsBreached = RightsBreached.NOT_ASKED
    review: Review = Review()
    court: Court = Court()
    urgency: Urgency = Urgency()
    way: Way = Way.CONCERN
    before: Before | None = None
    continues: str = ""
    formal_before: date | None = None
    from_review: FromReview | None = None
    childs_rights: ChildsRights = ChildsRights()
    siblings: tuple[str, ...] = ()
    good_practice: GoodPractice | None = None
