"""The bench: how fast functions start, how fast working days are counted, and what it all costs.

    make bench               some minutes
    make bench ROUNDS=31     more starts of each function, for a busy machine

It makes the asset as it is deployed, for this machine, and starts each function in processes of its
own, compared with a bare one. Then it makes documents, and adds working days, with our code and
three libraries. Then it plays the challenges whose cost is counted in the emulator, among few
others and among many, and prices what they use.

It prints its findings, and ends with 1 if a function takes longer to start than its budget allows,
or a document longer to be made.
``docs/costs.md`` explains each number.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infra.blueprint import FUNCTIONS
from infra.cloud import bundle
from infra.cloud.settings import PROCEDURE
from infra.prices import prices
from tests.performance import costs, pages, papers, sums, template, year
from tests.performance.growth import among, carried, cold_reads, load_directory
from tests.performance.starting import BUDGETS, Moment, ratios
from tests.performance.stories import STORIES, counted
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.performance.costs import Line
    from tests.performance.growth import Among

ROUNDS = int(os.environ.get("ROUNDS", "15"))

#: The numbers of open challenges among which one more is counted.
OTHERS = (5, 50, 200)

#: The challenges a year for which costs are computed.
YEARS = (100, 1_000, 10_000, 100_000)

QAP, _, LADDER = STORIES
CHANGE = "one change carried to one"


_out = sys.stdout


def _say(text: str = "") -> None:
    # Not sys.stdout: functions print their logs there, and nobody reads them here.
    _out.write(f"{text}\n")
    _out.flush()


# Starting ----------------------------------------------------------------------------------------


def start() -> bool:
    """Print how long each function takes to start. Return whether all are within their budgets."""
    with TemporaryDirectory() as folder:
        _say("Making the assets, for this machine and this Python.")
        made = {}
        for number, parts in enumerate(bundle.ASSETS):
            made[parts] = Path(folder) / str(number)
            made[parts].mkdir()
            bundle.make(made[parts], PROCEDURE, bundle.HERE, parts)
        assets = {function: made[bundle.parts_of(function)] for function in FUNCTIONS}
        _say(f"Starting everything {ROUNDS} times, by turns.")
        bare, found = ratios(assets, ROUNDS)
    _say()
    _say("HOW LONG A FUNCTION TAKES TO START, as a multiple of a bare one")
    _say(
        f"bare: {bare * 1000:.0f} ms of processor time on this machine, for Powertools' Logger and "
        "Metrics and a DynamoDB client"
    )
    _say(f"{'':10}{'imported':>10}{'ready':>10}{'budget':>10}{'':10}{'with the form':>16}")
    within = True
    for function in FUNCTIONS:
        ready, budget = found[function, Moment.READY], BUDGETS[function]
        kept = ready <= budget
        form = found.get((function, Moment.FORM))
        _say(
            f"{function.name:10}{found[function, Moment.IMPORTED]:>10.2f}{ready:>10.2f}"
            f"{budget:>10.2f}  {'within' if kept else 'OVER':8}"
            f"{f'{form:.2f}' if form else '':>16}"
        )
        within = within and kept
    return within


# Documents ---------------------------------------------------------------------------------------


def documents() -> bool:
    """Print how long documents take. Return whether none takes longer than it may."""
    _say()
    _say(f"DOCUMENTS: of a silent ladder, {ROUNDS} times, once the function is warm")
    found = papers.made(ROUNDS)
    for one in found:
        _say(f"{one.called:10}{one.milliseconds:>10.0f} ms{one.size:>12,} bytes")
    return all(one.milliseconds < papers.MOST_MILLISECONDS for one in found)


# Pages -------------------------------------------------------------------------------------------


def opening() -> bool:
    """Print how long pages take. Return whether none takes longer than it may."""
    # What functions log is not read here.
    with (
        TemporaryDirectory() as folder,
        running(Path(folder)) as service,
        redirect_stdout(sys.stderr),
    ):
        found = pages.opened(service, max(ROUNDS, 40))
    _say()
    _say(
        f"PAGES: milliseconds of processor time without the emulator's, among {pages.OTHERS} open "
        "challenges: half of all openings are done within the first, 19 of 20 within the second"
    )
    for one in found:
        _say(f"{one.called:28}{one.half:>10.1f}{one.most:>10.1f}")
    return all(one.most < pages.MOST_MILLISECONDS for one in found)


# Working days ------------------------------------------------------------------------------------


def working_days() -> None:
    """Print how many sums of working days a second we and other libraries reach."""
    rates, row = sums.rates(ROUNDS), sums.row(ROUNDS)
    _say()
    _say(f"WORKING DAYS: {len(sums.SUMS):,} sums, date in and date out, {ROUNDS} times, by turns")
    _say(f"{'':10}{'a second':>12}{'ours is':>12}")
    for name, rate in rates.items():
        times = "" if name == sums.OURS else f"{rate.ours:.1f} times"
        _say(f"{name:10}{rate.a_second:>12,.0f}{times:>12}")
    _say(
        f"A calendar's first sum makes its row of working days: {row.seconds * 1000:.1f} ms, "
        f"and {row.bytes / 1_000_000:.1f} MB that stay."
    )


# Costs -------------------------------------------------------------------------------------------


def cost() -> None:
    """Count, price and print."""
    table = prices()
    bills, reads, crowds = _counted()
    resources = template.resources()
    lean = template.resources(profile="lean")
    months = {
        "in the first year": costs.fixed_lines(resources),
        "from the third on": costs.fixed_lines(resources, years=2),
        "lean": costs.fixed_lines(lean),
        "lean, in the tenth": costs.fixed_lines(lean, years=9),
    }
    month = months["from the third on"]
    _say()
    _say(
        f"WHAT IT COSTS, in US dollars at the prices of {table.region} as of {table.as_of}, "
        "without any free tier or tax"
    )
    _say("(*: this price has not been seen on its page, and is the first to be checked)")
    _say()
    _say("A challenge, with its first year of keeping:")
    _table(bills)
    _say()
    _say("A month of one council, whether anybody uses it or not:")
    _table(months)
    _say(f"A Sweep read {reads + crowds[-1].sweep:g} units; we assume {costs.READS_OF_A_SWEEP:g}.")
    if missing := costs.without_a_price(resources):
        _say(f"WITHOUT A PRICE, so left out: {', '.join(sorted(missing))}")
    sums = {name: costs.total(bill) for name, bill in bills.items()}
    rates = year.Rates(sums[QAP], sums[LADDER], sums[CHANGE], costs.total(month))
    _years(rates, replace(rates, month=costs.total(months["lean"])))
    _growth(rates, crowds)


def _counted() -> tuple[dict[str, list[Line]], float, list[Among]]:
    """Return the bill of each story, the reads of a cold start, and what is used among others."""
    bills: dict[str, list[Line]] = {}
    for name, story in STORIES.items():
        _say(f"Playing: {name}.")
        with TemporaryDirectory() as folder, running(Path(folder)) as service:
            load_directory(year.PEOPLE)
            reads = cold_reads()
            bills[name] = costs.challenge_lines(counted(service, story), reads)
    with TemporaryDirectory() as folder, running(Path(folder)) as service:
        load_directory(year.PEOPLE)
        bills[CHANGE] = costs.challenge_lines(carried(service), reads)
    with TemporaryDirectory() as folder, running(Path(folder)) as service:
        crowds = []
        for others in OTHERS:
            _say(f"Playing: {QAP}, among {others} others.")
            crowds.append(among(service, others))
    return bills, reads, crowds


def _table(bills: dict[str, list[Line]]) -> None:
    """Print bills side by side: each line's quantity and dollars."""
    lines = {line.what: line for bill in bills.values() for line in bill}
    _say(f"{'':36}" + "".join(f"{name:>28}" for name in bills))
    for what, any_line in lines.items():
        of = {name: [one for one in bill if one.what == what] for name, bill in bills.items()}
        star = "" if any_line.price.seen else "*"
        _say(f"{what + star:36}" + "".join(f"{_cell(found):>28}" for found in of.values()))
    sums = (f"{'$' + format(costs.total(bill), '.5f'):>28}" for bill in bills.values())
    _say(f"{'together':36}" + "".join(sums))


def _cell(lines: Sequence[Line]) -> str:
    return "".join(f"{line.quantity:>13.7g}{line.usd:>14.6f}" for line in lines)


def _years(rates: year.Rates, lean: year.Rates) -> None:
    _say()
    _say(
        f"A year, if {year.CHALLENGES_A_CHILD:g} challenge a year is raised for each child, "
        f"{year.SETTLED_AT_QAP:.0%} of them end at QAP, and {year.CHANGES} directories are loaded:"
    )
    _say(f"{'':44}{'challenges':>12}{'for them':>12}{'fixed':>12}{'together':>12}")
    for who, of, children, councils in (
        (f"a council with {year.CHILDREN} looked-after children", rates, year.CHILDREN, 1),
        ("the same, lean", lean, year.CHILDREN, 1),
        (f"England, {year.COUNCILS} councils, each by itself", rates, year.ENGLAND, year.COUNCILS),
    ):
        one = year.year(of, round(children * year.CHALLENGES_A_CHILD), councils)
        dollars = "".join(map(_dollars, (one.used, one.fixed, one.total)))
        _say(f"{who:44}{one.challenges:>12,}{dollars}")


def _dollars(usd: float) -> str:
    return f"{'$' + format(usd, ',.2f'):>12}"


def _growth(rates: year.Rates, crowds: Sequence[Among]) -> None:
    _say()
    _say(f"How it grows. Counted: {QAP}, while so many others are open, in the same tray:")
    _say(f"{'':36}" + "".join(f"{crowd.others:>12,}" for crowd in crowds))
    counts: dict[str, list[float]] = {
        "state transitions": [crowd.one_more.transitions for crowd in crowds],
        "calls of functions": [sum(crowd.one_more.calls.values()) for crowd in crowds],
        "mails": [crowd.one_more.mails for crowd in crowds],
        "write units": [crowd.one_more.writes for crowd in crowds],
        "write units of indexes": [crowd.one_more.index_writes for crowd in crowds],
        "read units, without lists": [c.one_more.reads - c.one_more.listed for c in crowds],
        "GROWS: a sweep, which counts": [crowd.sweep for crowd in crowds],
        "GROWS: read units of lists": [crowd.one_more.listed for crowd in crowds],
        "GROWS: the IRO's front page": [crowd.own_list for crowd in crowds],
        "GROWS: front page of who oversees": [crowd.whole_list for crowd in crowds],
        "GROWS: a sweep after a change": [crowd.sweep_after_a_change for crowd in crowds],
    }
    for what, values in counts.items():
        _say(f"{what:36}" + "".join(f"{value:>12g}" for value in values))
    _say()
    _say("Reckoned from that, for one council:")
    _say(f"{'challenges a year':>18}{'for them':>14}{'for each':>12}{'fixed':>12}{'together':>14}")
    for challenges in YEARS:
        one = year.year(rates, challenges)
        _say(
            f"{challenges:>18,}{_dollars(one.used):>14}{'$' + format(rates.challenge, '.5f'):>12}"
            f"{_dollars(one.fixed)}{_dollars(one.total):>14}"
        )
    more = crowds[-1].others - crowds[0].others
    read = prices().per_use["read_unit"]
    for who, first, last in (
        ("front page of an IRO", crowds[0].own_list, crowds[-1].own_list),
        ("front page of who oversees all", crowds[0].whole_list, crowds[-1].whole_list),
        (
            "sweep after a change",
            crowds[0].sweep_after_a_change,
            crowds[-1].sweep_after_a_change,
        ),
    ):
        units = (last - first) / more
        _say(
            f"For each 1,000 challenges on it, the {who} reads {1000 * units:,.0f} units more "
            f"(${read.of(1000 * units):.6f} a time)."
        )


def main() -> int:
    """Return the exit code: 0 if every function and every document is within its budget."""
    logging.disable(logging.CRITICAL)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        within = start()
        within = documents() and within
        within = opening() and within
        working_days()
        cost()
    _say()
    _say("Everything is within its budget." if within else "OVER BUDGET: see the tables.")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
