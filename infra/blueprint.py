"""The parts of both builds of the service: on AWS (``infra.cloud``) and on one machine (``local``).

Everything that must be the same in both is defined here: the table's keys and indexes, the
functions, the daily duties, and what fills the state machine's ``${Name}`` placeholders.
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
    """A global secondary index of the table, with all attributes projected.

    It is sparse: items without its keys are not in it.
    """

    name: str
    partition_key: str
    sort_key: str


BY_WAKE = Index("by_wake", "open", "wake_at")
BY_TRAY = Index("by_tray", "tray", "due")
BY_IRO = Index("by_iro", "iro", "raised_at")
#: The ended ones of an IRO; ``by_iro`` has the open ones.
BY_ENDED = Index("by_ended", "of_iro", "ended")
BY_CHILD = Index("by_child", "child", "raised_at")
INDEXES = (BY_WAKE, BY_TRAY, BY_CHILD, BY_IRO, BY_ENDED)


@dataclass(frozen=True)
class Function:
    """One Lambda function: its name in this project, its handler, its timeout and memory."""

    name: str
    handler: str
    timeout_seconds: int
    memory_mb: int


DECIDE = Function("decide", "handlers.decide.handler", 60, 512)
#: Many challenges may have to be woken.
SWEEP = Function("sweep", "handlers.sweep.handler", 280, 512)
PAGES = Function("pages", "handlers.pages.handler", 25, 1024)
#: Parsing the largest email takes time and memory. Its email is claimed for longer than this
#: (``adapters.outgoing.CALLED_AGAIN``).
INTAKE = Function("intake", "handlers.intake.handler", 45, 1024)
API = Function("api", "handlers.api.handler", 25, 1024)
#: The pages of legal advice (rule 11). It alone may use the key that the advice is encrypted with.
ADVICE = Function("advice", "handlers.advice.handler", 25, 1024)
#: Makes PDFs of what the pages show. At 1,769 MB a function has one processor to itself. Its asset
#: alone holds what sets type, which is larger than everything else together.
DOCUMENTS = Function("documents", "handlers.documents.handler", 25, 1769)
#: It reads the whole table and every seal: both grow for as long as records are kept.
SEAL = Function("seal", "handlers.seal.handler", 900, 512)
#: It reads every open challenge, and every seal.
AUDIT = Function("audit", "handlers.audit.handler", 900, 512)
#: Each email takes a moment, and longer if SES has to be called again.
DAILY = Function("daily", "handlers.daily.handler", 300, 512)
DELIVERY = Function("delivery", "handlers.delivery.handler", 30, 512)
#: An operator waits for its answer, and checking every chain takes as long as Audit does.
OPERATE = Function("operate", "handlers.operate.handler", 900, 512)
FUNCTIONS = (
    *(DECIDE, SWEEP, PAGES, INTAKE, API, ADVICE, DOCUMENTS),
    *(DELIVERY, SEAL, AUDIT, DAILY, OPERATE),
)


#: Where a function may write in the table: how its partition keys begin, and the actions there. (A
#: transaction consists of PutItem and UpdateItem.) Functions that are not listed write nothing.
#: COUNCIL holds the cover and the calendar, and says which DIRECTORY is current: people change
#: these on pages, and Sweep notes its progress in COUNCIL. Beginning a training run, in a training
#: environment, writes CLOCK.
WRITES: dict[Function, tuple[str, ...]] = {
    DECIDE: ("CHALLENGE#*", "LINK#*", "NEWS#*", "SHARED#*"),
    SWEEP: ("CHALLENGE#*", "COUNCIL"),
    PAGES: (
        *("CALENDAR#*", "CHALLENGE#*", "COUNCIL", "DIRECTORY#*", "DRAFT#*", "FORM#*"),
        *("LINK#*", "ONCE#*", "SESSIONS#*", "VIEWS#*"),
    ),
    INTAKE: ("ANSWERED#*", "CHALLENGE#*", "DRAFT#*", "INTAKE#*", "MAIL#*", "ONCE#*"),
    API: ("CHALLENGE#*", "ONCE#*"),
    ADVICE: ("CHALLENGE#*", "PRIVILEGED#*"),
    DOCUMENTS: ("CHALLENGE#*",),
    DELIVERY: ("CHALLENGE#*", "DAILY#*", "MAIL#*", "SHARED#*"),
    DAILY: ("DAILY#*",),
}
WRITES_WHERE_PEOPLE_TRAIN: dict[Function, tuple[str, ...]] = {PAGES: ("CLOCK",)}
#: These change existing items, one at a time.
ONLY_UPDATE = (DELIVERY, DAILY)
#: These note that somebody looked, and write nothing else: no item with any other attribute.
ONLY_LOOKS = (DOCUMENTS,)

#: The indexes that each function queries. Functions that are not listed query none.
READS_LISTS: dict[Function, tuple[Index, ...]] = {
    # What is said of a death holds in every challenge about the child (rule 19).
    DECIDE: (BY_CHILD,),
    SWEEP: (BY_WAKE,),
    PAGES: INDEXES,
    INTAKE: (BY_TRAY,),
    # Who is the IRO of the child's other challenges may see this one (rule 25).
    ADVICE: (BY_CHILD,),
    DOCUMENTS: (BY_CHILD, BY_ENDED, BY_IRO, BY_WAKE),
    DAILY: (BY_TRAY,),
    AUDIT: (BY_WAKE,),
    OPERATE: (BY_WAKE, BY_TRAY, BY_IRO),
}


@dataclass(frozen=True)
class Duty:
    """A function that is called once a day, ``at`` this local time.

    ``weekdays``: 0 is Monday. Never between one and two: that hour comes twice on one day of the
    year, and is missing on another.
    """

    function: Function
    at: time
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


#: Audit compares with the seals, so it runs when Seal has ended, and ends before the backup. Emails
#: about a new stage are sent at 9; the daily emails follow them.
DUTIES = (
    Duty(SEAL, time(3)),
    Duty(AUDIT, time(3, 30)),
    Duty(DAILY, time(9, 30), weekdays=(0, 1, 2, 3, 4)),
)

#: The functions that may read what legal advice is kept as: the one that shows it, and those that
#: check whether it was changed, which cannot open it. Each other role is refused it.
READ_PRIVILEGED = (ADVICE, AUDIT, OPERATE)

#: Requests at this path and below go to ``API``.
API_PATH = "/api"
#: Requests below these paths go to ``ADVICE`` and ``DOCUMENTS``; all others go to ``PAGES``.
ADVICE_PATH = "/advice"
DOCUMENTS_PATH = "/documents"
#: Nothing is at these paths themselves: each page below them belongs to a challenge or a person.
ONLY_BELOW = (ADVICE_PATH, DOCUMENTS_PATH)
#: The methods that the gateway passes on: no other reaches a function. Each has a limit of its own
#: (``infra.cloud.concurrency``), which API Gateway's ``ANY`` could not have.
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
#: From so many bytes on the gateway compresses an answer for a browser that can open it. Below
#: that, it would be no shorter.
COMPRESSED_FROM = 1_000
#: The name of API Gateway's one stage. With an address of our own it is in no path.
STAGE = "service"

#: The state machine's placeholders, and the function whose ARN fills each one.
FUNCTION_PLACEHOLDERS = {"DecideFunctionArn": DECIDE}

#: The states that an execution enters for each Decide: Decide, the choice, and where it then waits
#: or ends.
TRANSITIONS_A_DECIDE = 3
