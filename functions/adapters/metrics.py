"""What operators count: the metrics that the functions emit and the dashboard shows.

A metric is a line in a function's log, in the form that CloudWatch reads numbers from (EMF): no
call of AWS, and nothing personal in it. AWS charges for each metric in each hour in which it has a
value, and counts a metric once for each value of its dimension: :func:`charged` and :func:`hourly`
count them. What AWS counts for nothing is not counted again: SES counts the emails it accepts.

A lean environment writes only what an alarm needs (``METRICS_WRITTEN``).
"""

from __future__ import annotations

import logging
import os
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
    "MAILS_TAKEN",
    "METRICS",
    "NOT_AS_RECORDED",
    "NOT_AS_SEALED",
    "OLDEST_UNMET_HOURS",
    "REPLIES_RECEIVED",
    "RINGING",
    "SERVICE",
    "Metric",
    "charged",
    "emit",
    "hourly",
]

_log = logging.getLogger(__name__)

#: The value of ``METRICS_WRITTEN`` in a lean environment; others do not set it.
RINGING = "ringing"

#: The value of the dimension ``service``, which all of them have. Powertools would use the
#: function's name, and split a metric that two functions emit.
SERVICE = "positive-challenge"


@dataclass(frozen=True)
class Metric:
    """A number that operators see, by its ``name`` in CloudWatch; ``meaning`` is a short phrase.

    ``dimension`` splits it by ``values``; both are empty for a single number. ``always``: written
    at each Sweep, whatever its value. ``rings``: an alarm watches it. ``well``: its value when all
    is well, which need not be written; ``None`` if the alarm also rings when nothing is written.
    """

    name: str
    meaning: str
    dimension: str = ""
    values: tuple[str, ...] = ()
    always: bool = False
    rings: bool = False
    well: float | None = None


# As they are at each Sweep:
CHALLENGES_OPEN = Metric(
    "ChallengesOpen",
    "challenges without an outcome",
    "stage",
    tuple(stage.title for stage in Stage),
    always=True,
)
OLDEST_UNMET_HOURS = Metric(
    "OldestUnmetDeadlineHours",
    "how long ago the oldest deadline passed that is still unmet",
    always=True,
)
CHALLENGES_STUCK = Metric(
    "ChallengesStuck",
    "challenges that have not woken when they should, though Sweep tried",
    always=True,
    rings=True,
    well=0,
)
CHALLENGES_NOT_RUNNING = Metric(
    "ChallengesNotRunning",
    "open challenges without a running execution",
    always=True,
    rings=True,
    well=0,
)
CHALLENGES_SWEPT = Metric(
    "ChallengesSwept", "challenges that Sweep gave a fresh leg", always=True, rings=True
)
CALENDAR_DAYS_LEFT = Metric(
    "CalendarDaysLeft",
    "days until the end of the last year whose bank holidays are known",
    always=True,
    rings=True,
)

# As they happen:
CHALLENGES_RAISED = Metric(
    "ChallengesRaised", "challenges raised", "door", ("page", "email", "api")
)
REPLIES_RECEIVED = Metric("RepliesReceived", "replies of responders, late ones too")
MAILS_TAKEN = Metric(
    "MailsTaken",
    "emails that came in, by what happened to them",
    "became",
    ("raised", "kept as a draft", "kept as a note", "answered", "not answered"),
)
LETTERS_REFUSED = Metric("LettersRefused", "emails that Amazon SES refused", rings=True)
LETTERS_PUT_OFF = Metric(
    "LettersPutOff", "emails that could not be sent just then, and are tried again", rings=True
)
LETTERS_RETURNED = Metric(
    "LettersReturned", "emails that came back after they had been accepted", rings=True
)
LETTERS_BARRED = Metric(
    "LettersBarred",
    "emails that Amazon SES refuses until a right, the domain or the account is corrected",
    rings=True,
)
LETTERS_IN_DOUBT = Metric("LettersInDoubt", "emails that may or may not have arrived", rings=True)
LETTERS_DELAYED = Metric("LettersDelayed", "emails that Amazon SES is still trying to deliver")
COMPLAINTS = Metric("Complaints", "emails that their recipient marked as junk", rings=True)

# Only when something is wrong:
NOT_AS_SEALED = Metric(
    "NotAsSealed",
    "challenges that differ from their seals, and seals that do not fit",
    rings=True,
)
NOT_AS_RECORDED = Metric(
    "NotAsRecorded", "challenges whose HEAD or trays differ from their events", rings=True
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
    """Return the most metrics that AWS can charge for: each has a value in every hour."""
    return sum(map(_parts, METRICS))


def hourly(*, lean: bool = False) -> int:
    """Return how many have a value in every hour, whether anything happens or not."""
    return sum(
        _parts(metric)
        for metric in METRICS
        if metric.always and (not lean or (metric.rings and metric.well is None))
    )


def _parts(metric: Metric) -> int:
    return len(metric.values) or 1


def emit(metric: Metric, value: float = 1, of: str = "") -> None:
    """Write ``value``, for the value ``of`` of its dimension if it has one.

    It raises nothing: what is counted has happened, and must not be undone because it could not be
    counted.
    """
    try:
        if _is_written(metric, value):
            _write_down(metric, value, of)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("not counted", extra={"metric": metric.name})


def _is_written(metric: Metric, value: float) -> bool:
    """Whether this environment writes it: a lean one writes only what an alarm needs."""
    if os.environ.get("METRICS_WRITTEN") != RINGING:
        return True
    return metric.rings and value != metric.well


def _write_down(metric: Metric, value: float, of: str) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    line = EphemeralMetrics(service=SERVICE)
    line.add_metric(metric.name, MetricUnit.Count, value)
    if metric.dimension:
        line.add_dimension(metric.dimension, of)
    line.flush_metrics()
