"""What the service says about itself: help, accessibility, privacy, and whom to contact.

Anybody can open these pages, signed in or not, because somebody who cannot sign in needs them most.
They read the council's settings, which are part of the deployment, and nothing of a challenge.

Guidance: G13, G14.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from adapters.drafts import LIFE as DRAFT_LIFE
from adapters.unsent import LIFE as FORM_LIFE
from adapters.wiring import procedure
from domain.retention import KEPT_FOR_YEARS
from handlers.pages import web

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

__all__ = ["MAIL_DAYS", "PREPARED", "router"]

router = APIGatewayRouter()

#: The day on which the accessibility statement was last written or reviewed, with a release.
PREPARED = date(2026, 11, 30)
#: How long an email of somebody the service does not know is kept (``infra.cloud.mails``).
MAIL_DAYS = 365


@router.get("/help")
def show_help() -> Response[str]:
    """Show what everybody who is part of a challenge should know: the procedure and a ruling."""
    of = procedure()
    ladder = of.ladder
    return _page(
        "help.html",
        stages=[ladder[stage] for stage in ladder.stages],
        of=of,
    )


@router.get("/accessibility")
def show_accessibility() -> Response[str]:
    """Show the accessibility statement, in the form of the government's model."""
    return _page("accessibility.html", prepared=PREPARED)


@router.get("/privacy")
def show_privacy() -> Response[str]:
    """Show what is kept about people, why, for how long, and what they can ask for."""
    return _page(
        "privacy.html",
        years=KEPT_FOR_YEARS,
        draft_days=DRAFT_LIFE.days,
        form_days=FORM_LIFE.days,
        mail_days=MAIL_DAYS,
    )


@router.get("/contact")
def show_contact() -> Response[str]:
    """Show whom to contact about what."""
    return _page("contact.html", route=procedure().at_risk_route)


def _page(template: str, **context: Any) -> Response[str]:  # noqa: ANN401 - for a template
    """Return a page that anybody may open, with the navigation of whoever is signed in."""
    return web.render(template, officer=web.reader(router), public=True, **context)
