"""Rule 3: a formal stage, on the eve of its deadline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from domain.ladder import Stage
from domain.rules.stages import Reminded
from infra.blueprint import DAILY

if TYPE_CHECKING:
    from tests.workflow.service import Service


@pytest.mark.parametrize(
    ("stage", "follows"),
    [
        (Stage.ONE, "If there is no reply by then, the challenge moves to Stage 2."),
        (Stage.FOUR, "If there is no reply by then, you decide what happens next."),
    ],
)
def test_the_iro_s_daily_email_says_what_will_happen_at_the_deadline(
    service: Service, stage: Stage, follows: str
) -> None:
    reference = service.raise_at(stage)
    service.jump(datetime(2026, 11, 6, 9, 30, tzinfo=UTC))
    assert service.kinds(reference)[-1] == Reminded.__name__
    service.emulator.invoke(DAILY.name, {})
    (daily,) = (" ".join(mail.text.split()) for mail in service.mails("iro-1"))
    assert reference in daily
    assert follows in daily
