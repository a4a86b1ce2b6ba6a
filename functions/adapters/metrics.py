"""What operators count: one table of metrics, which the functions emit and the dashboard shows.

A metric is a line of the function's log, in the form that CloudWatch reads numbers from (EMF): no
call of AWS, and nothing in it that tells of anybody. AWS charges for each metric that has values,
and a metric with a dimension is as many as it has values: :func:`charged` counts them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from domain.ladder import Stage

__all__ = [
    "CALENDAR_DAYS_LEFT",
    "CHALLENGES_NOT_RUNNING",
    "CHALLENGES_OPEN",
    "CHALLENGES_RAISED",
    "CHALLENGES_STUCK",
    "CHALLENGES_SWEPT",
    "COMPLAINTS",
    "LETTERS_BARRED",
    "LETTERS_DELAYED",
    "LETTERS_IN_DOUBT",
    "LETTERS_PUT_OFF",
    "LETTERS_REFUSED",
    "LETTERS_RETURNED",
    "LETTERS_SENT",
    "MAILS_TAKEN",
    "METRICS",
    "NOT_AS_RECORDED",
    "NOT_AS_SEALED",
    "OLDEST_UNMET_HOURS",
    "REPLIES_RECEIVED",
    "SERVICE",
    "Metric",
    "charged",
    "emit",
]

_log = logging.getLogger(__name__)

#: The value of the dimension ``service``, which all of them have. Powertools would name the
#: function, and what two functions emit would then be two metrics.
SERVICE = "positive-challenge"


@dataclass(frozen=True)
class Metric:
    """A number that operators see, by its ``name`` in CloudWatch; ``meaning`` is a sentence's part.

    ``dimension`` parts it by ``values``; both are empty where it is one number.
    """

    name: str
    meaning: str
    dimension: str = ""
    values: tuple[str, ...] = ()


# As they are at each Sweep:
CHALLENGES_OPEN = Metric(
    "ChallengesOpen",
    "challenges without an outcome",
    "stage",
    tuple(stage.title for stage in Stage),
)
OLDEST_UNMET_HOURS = Metric(
    "OldestUnmetDeadlineHours", "how long ago the oldest deadline passed that is still unmet"
)
CHALLENGES_STUCK = Metric(
    "ChallengesStuck", "challenges that have not woken when they should, though Sweep tried"
)
CHALLENGES_NOT_RUNNING = Metric(
    "ChallengesNotRunning", "open challenges without a running execution"
)
CHALLENGES_SWEPT = Metric("ChallengesSwept", "challenges that Sweep gave a fresh leg")
CALENDAR_DAYS_LEFT = Metric(
    "CalendarDaysLeft", "days until the end of the last year whose bank holidays are known"
)

# As they happen:
CHALLENGES_RAISED = Metric(
    "ChallengesRaised", "challenges raised", "door", ("page", "email", "api")
)
REPLIES_RECEIVED = Metric("RepliesReceived", "replies of responders, late ones too")
MAILS_TAKEN = Metric(
    "MailsTaken",
    "mails that came in, by what became of them",
    "became",
    ("raised", "kept as a draft", "kept as a note", "answered", "not answered"),
)
LETTERS_SENT = Metric("LettersSent", "letters that Amazon SES accepted")
LETTERS_REFUSED = Metric("LettersRefused", "letters that Amazon SES refused for good")
LETTERS_PUT_OFF = Metric(
    "LettersPutOff", "letters that could not be sent just then, and are tried again"
)
LETTERS_BARRED = Metric(
    "LettersBarred",
    "letters that Amazon SES will not take until somebody puts right what bars them",
)
LETTERS_RETURNED = Metric("LettersReturned", "letters that came back after they had been accepted")
LETTERS_IN_DOUBT = Metric(
    "LettersInDoubt", "letters of which it was not said clearly whether they arrived"
)
LETTERS_DELAYED = Metric("LettersDelayed", "letters that Amazon SES is still trying to deliver")
COMPLAINTS = Metric("Complaints", "letters that their recipient marked as junk")

# Only where it is so:
NOT_AS_SEALED = Metric(
    "NotAsSealed", "challenges that are not what was sealed of them, and seals that do not fit"
)
NOT_AS_RECORDED = Metric(
    "NotAsRecorded", "challenges whose HEAD or trays say otherwise than their events"
)

METRICS = (
    CHALLENGES_OPEN,
    OLDEST_UNMET_HOURS,
    CHALLENGES_STUCK,
    CHALLENGES_NOT_RUNNING,
    CHALLENGES_SWEPT,
    CALENDAR_DAYS_LEFT,
    CHALLENGES_RAISED,
    REPLIES_RECEIVED,
    MAILS_TAKEN,
    LETTERS_SENT,
    LETTERS_REFUSED,
    LETTERS_PUT_OFF,
    LETTERS_BARRED,
    LETTERS_RETURNED,
    LETTERS_IN_DOUBT,
    LETTERS_DELAYED,
    COMPLAINTS,
    NOT_AS_SEALED,
    NOT_AS_RECORDED,
)


def charged() -> int:
    """How many metrics AWS counts, if each of them has a value in every hour."""
    return sum(len(metric.values) or 1 for metric in METRICS)


def emit(metric: Metric, value: float = 1, of: str = "") -> None:
    """Write down ``value``, for the value ``of`` of its dimension if it has one.

    It raises nothing: what is counted has happened, and must not be taken for undone because it
    could not be counted.
    """
    try:
        _write_down(metric, value, of)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("not counted", extra={"metric": metric.name})


def _write_down(metric: Metric, value: float, of: str) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    line = EphemeralMetrics(service=SERVICE)
    line.add_metric(metric.name, MetricUnit.Count, value)
    if metric.dimension:
        line.add_dimension(metric.dimension, of)
    line.flush_metrics()
