"""The import budget of each function: what it may load when it starts cold, and no more.

The budgets are sets, which are the same on every machine. ``make bench`` measures what they cost in
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.blueprint import (
    ADVICE,
    API,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    FUNCTIONS,
    INTAKE,
    OPERATE,
    PAGES,
    SEAL,
    SWEEP,
)
from tests.performance.starting import BUDGETS, Moment, collections, loaded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.blueprint import Function

pytestmark = pytest.mark.xdist_group("asset")

OURS = {"adapters", "domain", "handlers"}

#: Powertools' Logger and Metrics, with what they bring; of botocore only its errors, at first.
LOGGER = {"aws_lambda_powertools", "botocore", "jmespath", "typing_extensions"}
#: boto3 with what it brings.
CLIENT = LOGGER | {"boto3", "certifi", "dateutil", "s3transfer", "six", "urllib3"}
PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}
FORM = CLIENT | PYDANTIC

#: The packages that each function may have loaded at each moment of its start.
PACKAGES: dict[Function, dict[Moment, set[str]]] = {
    DECIDE: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    SWEEP: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    DELIVERY: {Moment.IMPORTED: LOGGER | PYDANTIC, Moment.READY: FORM},
    SEAL: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    AUDIT: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    DAILY: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    OPERATE: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    INTAKE: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT, Moment.FORM: FORM},
    PAGES: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT, Moment.FORM: FORM},
    API: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT, Moment.FORM: FORM},
    ADVICE: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT},
    DOCUMENTS: {Moment.IMPORTED: LOGGER, Moment.READY: CLIENT | {"typst"}},
}

#: Modules of ours and of Python's that are slow to load, and the functions that may have them
#: before the call is known to need them. Powertools' router brings asyncio.
SLOW: dict[str, set[Function]] = {
    "adapters.letters": set(),
    "asyncio": {PAGES, API, ADVICE, DOCUMENTS},
    "email.policy": set(),
    "handlers.api.document": set(),
    "handlers.forms": set(),
    "handlers.intake": {INTAKE},
    "handlers.intake.officers": set(),
    "sqlite3": set(),
    "unittest": set(),
}


def _packages(asset: Path, modules: set[str]) -> set[str]:
    there = {path.name.partition(".")[0] for path in asset.iterdir()}
    return ({name.partition(".")[0] for name in modules} & there) - OURS


def test_every_function_has_its_budgets() -> None:
    assert set(PACKAGES) == set(BUDGETS) == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("function", "moment"),
    [
        pytest.param(function, moment, id=f"{function.name}-{moment}")
        for function, moments in PACKAGES.items()
        for moment in moments
    ],
)
def test_a_function_loads_the_packages_of_its_budget_and_no_others(
    assets: Mapping[Function, Path], function: Function, moment: Moment
) -> None:
    asset = assets[function]
    assert _packages(asset, loaded(asset, function, moment)) == PACKAGES[function][moment]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_what_takes_long_to_load_waits_until_it_is_needed(
    assets: Mapping[Function, Path], function: Function
) -> None:
    early = loaded(assets[function], function, Moment.READY) & set(SLOW)
    assert early == {name for name, functions in SLOW.items() if function in functions}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_no_time_is_spent_on_looking_for_garbage_during_a_start(
    assets: Mapping[Function, Path], function: Function
) -> None:
    assert collections(assets[function], function) == 0


def test_the_measured_process_has_nothing_but_the_asset(asset: Path) -> None:
    """Otherwise a package that the asset lacks would be found among the developer's own."""
    modules = loaded(asset, DECIDE, Moment.READY)
    assert not modules & {"site", "pytest", "moto", "pip", "setuptools"}
