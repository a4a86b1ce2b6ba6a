"""What is counted becomes dollars rightly, and nothing that costs is without a price."""

from __future__ import annotations

import pytest

from infra.shape import API, DECIDE, FUNCTIONS, PAGES, SWEEP
from tests.performance import costs, template, year
from tests.performance.costs import BILLED_SECONDS, Line, Price
from tests.performance.stories import Usage

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
)


def _quantities(lines: list[Line]) -> dict[str, float]:
    return {line.what: line.quantity for line in lines}


# The table ---------------------------------------------------------------------------------------


def test_every_price_has_its_page_and_the_table_its_day_and_region() -> None:
    prices = costs.prices()
    assert prices.region == "eu-west-2"
    assert prices.as_of.isoformat() == "2026-11-25"
    for price in (*prices.per_use.values(), *prices.per_month.values()):
        assert price.usd > 0
        assert price.per > 0
        assert price.source.startswith("https://aws.amazon.com/")


def test_a_price_is_for_so_many() -> None:
    price = Price(0.20, 1_000_000, seen=True, source="")
    assert price.of(5_000_000) == pytest.approx(1.00)
    assert Line("calls", 2_500_000, price).usd == pytest.approx(0.50)


def test_whatever_stands_in_the_stack_has_a_price_or_is_known_to_be_free() -> None:
    assert costs.without_a_price(template.resources()) == set()


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
    assert found["request"] == found["inspected request"] == 6  # Decide is asked by nobody
    assert found["kept gb month"] == pytest.approx(10_000 / 1e9 * 12)
    assert found["trace"] == 10 + 3


def test_the_bill_is_the_sum_of_its_lines() -> None:
    lines = costs.challenge_lines(USAGE, cold_reads=15)
    prices = costs.prices().per_use
    assert costs.total(lines) == pytest.approx(sum(line.usd for line in lines))
    mails = next(line for line in lines if line.what == "mail out")
    assert mails.usd == pytest.approx(14 * prices["mail_out"].usd / 1_000)


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


def test_a_sweep_every_five_minutes_is_paid_for_each_time() -> None:
    found = _quantities(costs.run_lines(template.resources(), {SWEEP: 3.0}))
    assert found["scheduled call"] >= 8_640
    assert found["read unit"] == 3 * 8_640
    assert found["function gb second"] >= 8_640 * 1.0 * 0.5


# A year ------------------------------------------------------------------------------------------


def test_a_year_grows_with_its_challenges_and_its_fixed_part_with_the_councils() -> None:
    rates = year.Rates(qap=0.01, ladder=0.03, change=0.001, month=10.0)
    # 0.7 QAPs open for a day and 0.3 ladders open for 28, a change each week.
    each = 0.7 * 0.01 + 0.3 * 0.03 + (0.7 * 1 + 0.3 * 28) * 52 / 365 * 0.001
    assert rates.challenge == pytest.approx(each)
    one, all_of_them = year.year(rates, 600), year.year(rates, 83_000, 153)
    assert one.used == pytest.approx(600 * each)
    assert one.fixed == pytest.approx(120.0)
    assert one.total == pytest.approx(one.used + one.fixed)
    assert all_of_them.used / all_of_them.challenges == pytest.approx(each)
    assert all_of_them.fixed == pytest.approx(153 * 120.0)
