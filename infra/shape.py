"""What both builds of the service consist of: on AWS (``infra.cloud``), on one machine (``local``).

Everything that must be the same in both stands here once: the table's keys and indexes, the
functions, what is done once a day, and what fills the state machine's ``${Name}`` placeholders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FUNCTIONS_DIR = ROOT / "functions"
STATE_MACHINE_FILE = ROOT / "statemachine" / "escalation.asl.json"

PARTITION_KEY = "PK"
SORT_KEY = "SK"


@dataclass(frozen=True)
class Index:
    """A global secondary index of the table, all attributes projected.

    It is sparse: items without its keys are not in it.
    """

    name: str
    partition_key: str
    sort_key: str


BY_WAKE = Index("by_wake", "open", "wake_at")
BY_TRAY = Index("by_tray", "tray", "due")
BY_IRO = Index("by_iro", "iro", "raised_at")
INDEXES = (BY_WAKE, BY_TRAY, Index("by_child", "child", "raised_at"), BY_IRO)


@dataclass(frozen=True)
class Function:
    """One Lambda function: its name in this project, its handler, and what it may take."""

    name: str
    handler: str
    timeout_seconds: int
    memory_mb: int


DECIDE = Function("decide", "handlers.decide.handler", 60, 512)
#: Where every challenge is to be woken, there may be many.
SWEEP = Function("sweep", "handlers.sweep.handler", 280, 512)
PAGES = Function("pages", "handlers.pages.handler", 25, 1024)
#: Parsing the largest mail takes time and memory. Its letter is claimed for longer than it may run
#: (``adapters.mailroom.LEASE``).
INTAKE = Function("intake", "handlers.intake.handler", 45, 1024)
API = Function("api", "handlers.api.handler", 25, 1024)
#: It reads the whole table, and every seal there is: both grow for as long as records are kept.
SEAL = Function("seal", "handlers.seal.handler", 900, 512)
#: It reads every challenge that has not ended, and every seal.
AUDIT = Function("audit", "handlers.audit.handler", 900, 512)
#: A letter takes a moment each, and longer where SES has to be asked again.
DAILY = Function("daily", "handlers.daily.handler", 300, 512)
DELIVERY = Function("delivery", "handlers.delivery.handler", 30, 512)
#: An operator waits for its answer; to walk every chain takes as long as Audit does.
OPERATE = Function("operate", "handlers.operate.handler", 900, 512)
FUNCTIONS = (DECIDE, SWEEP, PAGES, INTAKE, API, DELIVERY, SEAL, AUDIT, DAILY, OPERATE)


#: Where a function may write in the table: how its partition keys begin, and what it does there.
#: (A transaction is of PutItem and UpdateItem.) Who is not here writes nothing.
#: COUNCIL holds the calendar and says which directory counts; Sweep notes there how far it is. No
#: function writes a DIRECTORY. Whoever lets a practice run, only where people train, writes CLOCK.
WRITES: dict[Function, tuple[str, ...]] = {
    DECIDE: ("CHALLENGE#*", "LINK#*"),
    SWEEP: ("CHALLENGE#*", "COUNCIL"),
    PAGES: ("CHALLENGE#*", "DRAFT#*", "FORM#*", "LINK#*", "ONCE#*", "SESSIONS#*"),
    INTAKE: ("ANSWERED#*", "CHALLENGE#*", "DRAFT#*", "INTAKE#*", "MAIL#*", "ONCE#*"),
    API: ("CHALLENGE#*", "ONCE#*"),
    DELIVERY: ("CHALLENGE#*", "DAILY#*", "MAIL#*"),
    DAILY: ("DAILY#*",),
}
WRITES_WHERE_PEOPLE_TRAIN: dict[Function, tuple[str, ...]] = {PAGES: ("CLOCK", "COUNCIL")}
#: These change what is there, one item at a time.
ONLY_UPDATE = (DELIVERY, DAILY)


@dataclass(frozen=True)
class Duty:
    """A function that is called once a day, ``at`` this time of local clocks.

    ``weekdays``: 0 is Monday. No time between one and two: it comes twice on one day of the year,
    and on another not at all.
    """

    function: Function
    at: time
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


#: Audit goes by what was sealed: it comes when Seal has ended, and ends before the backup. Letters
#: about a new stage leave at the office hour, 9: what waits is told once they have left.
DUTIES = (
    Duty(SEAL, time(3)),
    Duty(AUDIT, time(3, 30)),
    Duty(DAILY, time(9, 30), weekdays=(0, 1, 2, 3, 4)),
)

#: What is at this path, or below it, is for ``API``; every other request is for ``PAGES``.
API_PATH = "/api"
#: The methods that the gateway passes on: nothing else reaches a function. Each has a limit of its
#: own (``infra.cloud.concurrency``), which for API Gateway's ``ANY`` nobody can set.
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
#: The name of API Gateway's one stage. At an address of its own no path shows it.
STAGE = "service"

#: The state machine's placeholders, and the function whose ARN each one takes.
FUNCTION_PLACEHOLDERS = {"DecideFunctionArn": DECIDE}

#: The states that an execution enters for each Decide: Decide, the choice, and where it then waits
#: or ends.
TRANSITIONS_A_DECIDE = 3
