"""Every page needs a sign-in or a link, or is public on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.pages import app
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: Routes that need no sign-in, each with what it does.
PUBLIC = {
    ("GET", "/sign-in"): "begins the sign-in",
    ("GET", "/sign-in/callback"): "comes back from the sign-in",
    ("POST", "/sign-out"): "ends the session, whoever's it is",
    ("GET", "/signed-out"): "says that it has ended",
    ("GET", "/session-ended"): "says that a form was kept, and shows nothing of it",
    ("GET", "/opened-by-somebody-else"): "says whose a form was, and shows nothing of it",
    ("GET", "/help"): "the procedure in plain words",
    ("GET", "/accessibility"): "the accessibility statement",
    ("GET", "/privacy"): "the privacy notice",
    ("GET", "/contact"): "whom to contact about what",
    ("GET", "/assets/<name>"): "the style sheet and the icon",
}
#: A link is bound to a challenge, a request or an action of it, and its recipient:
#: tests/pages/test_replying.py and tests/pages/test_doing.py. A calendar's address is its owner's:
#: tests/pages/test_calendar.py.
BY_LINK = {
    (method, f"/{path}/<token>") for method in ("GET", "POST") for path in ("reply", "action")
}

BY_LINK.add(("GET", "/calendar/<name>"))

#: (Powertools removes the last slash from each rule, which leaves nothing of the front page's.)
ROUTES = {
    (route.method, route.path or "/") for route in [*app._static_routes, *app._dynamic_routes]
}
SIGNED_IN = sorted(ROUTES - set(PUBLIC) - BY_LINK)


def test_what_is_public_on_purpose_is_there() -> None:
    assert set(PUBLIC) | BY_LINK <= ROUTES
    assert len(SIGNED_IN) > 8


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
def test_every_other_route_asks_for_a_sign_in(service: Service, method: str, path: str) -> None:
    address = path.replace("<reference>", "PCE-7K3M-9QXT").replace("<slug>", "close")
    address = address.replace("<key>", "to-do")
    address = address.replace("<id_>", "a-draft")
    assert "<" not in address
    nobody = Visitor(service)
    if method == "GET":
        page = nobody.get(address, follow=False)
        assert page.status == 303
        assert page.headers["location"].startswith("/sign-in?return_to=/")
    else:
        page = nobody.post(address, {"reason": "Some careful words."}, follow=False)
        assert page.status == 401
        assert "Some careful words." in page.text, "what was typed is not lost"
