"""Rule 7: holds."""

from __future__ import annotations

from domain.rules.holds import AgreeHold, EndHold, HoldProposed, ProposeHold, proposal
from domain.rules.lateness import days_in_words
from handlers.pages.acts.page import (
    ActPage,
    Scene,
    asks,
    reason,
    said,
)
from handlers.pages.kit import Field, Kind

__all__ = ["AGREE_HOLD", "END_HOLD", "PROPOSE_HOLD"]


def _agreeing_to_hold(scene: Scene) -> tuple[str, ...]:
    hold = proposal(scene.challenge)
    days = days_in_words(hold.days) if hold else ""
    return (
        f"The challenge is on hold for {days} from today. The reply’s deadline moves with it.",
        "You can end the hold earlier, and so can whoever proposed it.",
    )


def _proposing(scene: Scene) -> tuple[str, ...]:
    other = "the Safeguarding & Review Service Manager" if scene.is_iro else "the IRO"
    return (
        (
            f"Nothing stops until {other} agrees. Past the 20-working-day limit, the Senior IRO "
            "Manager has to agree."
        ),
        (
            "On hold nobody is reminded and the challenge does not move up. The reply’s deadline "
            "moves by the working days held. The 20-working-day limit does not."
        ),
    )


PROPOSE_HOLD = ActPage(
    ProposeHold,
    "propose-hold",
    "Propose this hold",
    _proposing,
    asks(
        Field("days", Kind.NUMBER, "For how many working days?"),
        reason("Why should the challenge be held?"),
    ),
    lambda read, _: ProposeHold(
        read.number("days", "Enter a number of working days, like 3.", most=99),
        read.words("reason"),
    ),
    checks=True,
)

AGREE_HOLD = ActPage(
    AgreeHold,
    "agree-hold",
    "Agree to the hold",
    _agreeing_to_hold,
    asks(),
    lambda _read, _scene: AgreeHold(),
    checks=True,
    about=(HoldProposed,),
)

END_HOLD = ActPage(
    EndHold,
    "end-hold",
    "End the hold now",
    said(
        "The working days that were not used are taken back from the reply’s deadline.",
        "A date that somebody set during the hold stays.",
    ),
    asks(),
    lambda _read, _scene: EndHold(),
    checks=True,
    about=(HoldProposed,),
)
