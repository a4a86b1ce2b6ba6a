"""Counts become the right dollars, and nothing that costs money is without a price."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from adapters.metrics import charged, hourly
from infra.blueprint import API, DECIDE, FUNCTIONS, PAGES, ROOT, SWEEP
from infra.prices import Price, prices
from tests.performance import costs, template, year
from tests.performance.costs import BILLED_SECONDS, Line
from tests.performance.stories import Usage

if TYPE_CHECKING:
    from tests.performance.costs import Resources

USAGE = Usage(
    transitions=9,
    executions=3,
    calls={DECIDE.name: 4, PAGES.name: 5, API.name: 1},
    answered=300_000,
    reads=70.0,
    listed=3.5,
    writes=70,
    index_writes=30,
    mails=14,
    kept=10_000,
    table=4_000,
    recorded=60,
    metric_hours=5,
)


#: What a lean environment must not cost a month, whether or not anybody uses it: while its keys are
#: not yet seven years old, and after AWS has renewed them once.
LEAN_AT_MOST, LEAN_AFTER_SEVEN_YEARS = 15.00, 16.00


@pytest.fixture(scope="module")
def full() -> Resources:
    return template.resources()


@pytest.fixture(scope="module")
def lean() -> Resources:
    return template.resources(profile="lean")


def _quantities(lines: list[Line]) -> dict[str, float]:
    return {line.what: line.quantity for line in lines}


# The table ---------------------------------------------------------------------------------------


def test_every_price_has_its_page_and_the_table_its_day_and_region() -> None:
    table = prices()
    assert table.region == "eu-west-2"
    assert table.as_of.isoformat() == "2026-11-25"
    for price in (*table.per_use.values(), *table.per_month.values()):
        assert price.usd > 0
        assert price.per > 0
        assert price.source.startswith("https://aws.amazon.com/")


def test_a_price_is_for_so_many() -> None:
    price = Price(0.20, 1_000_000, seen=True, source="")
    assert price.of(5_000_000) == pytest.approx(1.00)
    assert Line("calls", 2_500_000, price).usd == pytest.approx(0.50)


def test_whatever_stands_in_the_stack_has_a_price_or_is_known_to_be_free(full: Resources) -> None:
    assert costs.without_a_price(full) == set()


def test_what_nobody_has_priced_is_named() -> None:
    dear = {"Network": {"Type": "AWS::EC2::NatGateway"}, "Table": {"Type": "AWS::DynamoDB::Table"}}
    assert costs.without_a_price(dear) == {"AWS::EC2::NatGateway"}


def test_every_function_has_the_seconds_that_are_billed() -> None:
    assert set(BILLED_SECONDS) == set(FUNCTIONS)
    assert all(BILLED_SECONDS[function] <= function.timeout_seconds for function in FUNCTIONS)


# A challenge -------------------------------------------------------------------------------------


def test_a_challenge_is_billed_by_what_was_counted() -> None:
    found = _quantities(costs.challenge_lines(USAGE, cold_reads=15))
    assert found["transition"] == 9 + 3
    assert found["function call"] == 10
    # Decide has half a gigabyte, the two others one.
    assert found["function gb second"] == 4 * 3.0 * 0.5 + 5 * 2.0 + 1 * 2.0
    assert found["read unit"] == 70 + 10 * 15  # each call may read the directory
    assert found["write unit"] == 100
    assert found["mail out"] == 14
    assert found["request"] == found["inspected request"] == 6  # Decide gets no request
    assert found["kept gb month"] == pytest.approx(10_000 / 1e9 * 12)
    assert found["trace"] == 10 + 3
    assert found["data event"] == 60 + 10  # each call of a function is one too
    assert found["metric hour"] == 5
    # Each night of five weeks, and each first of thirteen months, is a whole copy.
    assert found["backup gb month"] == pytest.approx(4_000 / 1e9 * 12)
    assert found["vault gb month"] == pytest.approx(found["backup gb month"] * 49)


def test_the_bill_is_the_sum_of_its_lines() -> None:
    lines = costs.challenge_lines(USAGE, cold_reads=15)
    per_use = prices().per_use
    assert costs.total(lines) == pytest.approx(sum(line.usd for line in lines))
    mails = next(line for line in lines if line.what == "mail out")
    assert mails.usd == pytest.approx(14 * per_use["mail_out"].usd / 1_000)


# A month -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(5 minutes)", 8_640),
        ("rate(1 minute)", 43_200),
        ("rate(2 hours)", 360),
        ("rate(1 day)", 30),
        ("cron(30 2 * * ? *)", 30),
        ("cron(0 6 ? * MON-FRI *)", 30),
    ],
)
def test_a_schedule_runs_so_often_in_a_month(expression: str, runs: int) -> None:
    assert costs.runs_a_month(expression) == runs


def test_a_schedule_that_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="How often"):
        costs.runs_a_month("cron(*/5 * * * ? *)")


def test_each_rule_of_the_firewall_is_paid_for_beside_it() -> None:
    firewall = {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{}, {}, {}]}}
    found = _quantities(costs.standing_lines({"Firewall": firewall}))
    assert found["AWS::WAFv2::WebACL"] == 1
    assert found["rule of AWS::WAFv2::WebACL"] == 3
    assert "AWS::KMS::Key" not in found


def test_an_alarm_is_paid_for_by_the_metrics_that_it_looks_at() -> None:
    metric: dict[str, object] = {"MetricStat": {}}
    both = {"Metrics": [metric, metric, {"Expression": "m1 + m2"}]}
    found = _quantities(
        costs.standing_lines(
            {
                "One": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
                "Two": {"Type": "AWS::CloudWatch::Alarm", "Properties": both},
            }
        )
    )
    assert found["metric of AWS::CloudWatch::Alarm"] == 1 + 2


@pytest.mark.parametrize(
    ("every", "years", "rotations"),
    [
        (365, 0, 0),
        (365, 1, 1),
        (365, 2, 2),
        (365, 10, 2),
        (2560, 7, 0),
        (2560, 10, 1),
        (2560, 30, 2),
    ],
)
def test_a_key_costs_more_after_its_first_and_its_second_rotation_and_no_more_after_that(
    every: int, years: int, rotations: int
) -> None:
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {"EnableKeyRotation": True, "RotationPeriodInDays": every},
    }
    found = _quantities(costs.standing_lines({"Key": key, "Other": key}, years=years))
    assert found["AWS::KMS::Key"] == 2
    assert found.get("rotation of AWS::KMS::Key", 0) == 2 * rotations


def test_a_key_that_is_not_rotated_costs_no_more() -> None:
    key = {"Type": "AWS::KMS::Key", "Properties": {}}
    assert "rotation of AWS::KMS::Key" not in _quantities(
        costs.standing_lines({"Key": key}, years=10)
    )


def test_the_copies_in_the_vault_are_those_that_the_plan_keeps(full: Resources) -> None:
    (plan,) = (one for one in full.values() if one["Type"] == "AWS::Backup::BackupPlan")
    rules = plan["Properties"]["BackupPlan"]["BackupPlanRule"]
    kept = {rule["RuleName"]: rule["Lifecycle"]["DeleteAfterDays"] for rule in rules}
    assert kept["Daily"] + -(-kept["Monthly"] // 30) == costs.COPIES_IN_THE_VAULT


def test_the_trail_writes_all_the_time_and_each_sweep_into_it(full: Resources) -> None:
    found = _quantities(costs.run_lines(full, {}))
    assert found["data event"] == pytest.approx(8_730 * costs.EVENTS_OF_A_RUN)
    assert found["object put"] == 30 * 24 * 13


# Lean --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [0, 1, 2, 5, 6, 9, 10])
def test_a_lean_environment_costs_less_than_fifteen_dollars_a_month_for_seven_years(
    lean: Resources, years: int
) -> None:
    assert costs.without_a_price(lean) == set()
    most = LEAN_AT_MOST if years < 7 else LEAN_AFTER_SEVEN_YEARS
    assert costs.total(costs.fixed_lines(lean, years=years)) < most


def test_a_lean_environment_has_what_keeps_data_and_all_that_it_is_sealed_and_watched_by(
    full: Resources, lean: Resources
) -> None:
    """It gives up what is shown, not what is kept."""
    gone = {(one["Type"], name) for name, one in full.items() if name not in lean}
    assert {kind for kind, _ in gone} == {
        "AWS::KMS::Key",  # of alarms and dead letters
        "AWS::CloudWatch::Dashboard",
        "AWS::CloudWatch::Alarm",
    }
    alarms = Counter(
        full[name]["Properties"]["MetricName"]
        for kind, name in gone
        if kind == "AWS::CloudWatch::Alarm"
    )
    # For calls that AWS delayed, and for the role for an emergency: its rule reports itself.
    assert alarms == {"Errors": len(FUNCTIONS), "Throttles": 1, "TriggeredRules": 1}
    assert lean.keys() <= full.keys()


def test_only_what_is_written_whether_anything_happens_or_not_is_a_fixed_cost(
    full: Resources, lean: Resources
) -> None:
    assert _quantities(costs.standing_lines(full))["metric"] == hourly() == 10
    assert _quantities(costs.standing_lines(lean))["metric"] == hourly(lean=True) == 2
    assert charged() == 28


# The page ----------------------------------------------------------------------------------------


def test_the_page_of_costs_says_what_is_computed(full: Resources, lean: Resources) -> None:
    """After changing something on that page, run this and put what it prints into it."""
    page = (ROOT / "docs" / "costs.md").read_text("utf-8")
    table = costs.fixed_table(full, lean)
    assert table in page, f"docs/costs.md is to say:\n\n{table}"
    month = costs.total(costs.fixed_lines(full, years=2))
    lean_month = costs.total(costs.fixed_lines(lean))
    for fixed in (month * 12, lean_month * 12, month * 12 * year.COUNCILS):
        assert f"| ${fixed:,.2f} |" in page, "the column of what is fixed, in a year"


def test_a_sweep_every_five_minutes_is_paid_for_each_time(full: Resources) -> None:
    found = _quantities(costs.run_lines(full, {SWEEP: 3.0}))
    assert found["scheduled call"] >= 8_640
    assert found["read unit"] == 3 * 8_640
    assert found["function gb second"] >= 8_640 * 1.0 * 0.5


# A year ------------------------------------------------------------------------------------------


def test_a_year_grows_with_its_challenges_and_its_fixed_part_with_the_councils() -> None:
    rates = year.Rates(qap=0.01, ladder=0.03, change=0.001, month=10.0)
    # 0.7 QAPs open for a day and 0.3 ladders open for 28, with a change each week.
    each = 0.7 * 0.01 + 0.3 * 0.03 + (0.7 * 1 + 0.3 * 28) * 52 / 365 * 0.001
    assert rates.challenge == pytest.approx(each)
    one, all_of_them = year.year(rates, 600), year.year(rates, 83_000, 153)
    assert one.used == pytest.approx(600 * each)
    assert one.fixed == pytest.approx(120.0)
    assert one.total == pytest.approx(one.used + one.fixed)
    assert all_of_them.used / all_of_them.challenges == pytest.approx(each)
    assert all_of_them.fixed == pytest.approx(153 * 120.0)
