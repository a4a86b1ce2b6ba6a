"""The answers API Gateway and the firewall give themselves, without calling our functions.

The pages are plain and load nothing else. They are ASCII, because API Gateway names no character
set, and none of them repeats anything that was sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = [
    "BUSY",
    "BUSY_FOR",
    "FAULT",
    "FIREWALL",
    "HEADERS",
    "NOT_UNDERSTOOD",
    "RETRY_AFTER",
    "TOO_LARGE",
    "TOO_MANY",
    "Refusal",
]

#: Headers of every refusal. API Gateway puts each value in single quotes, so it may contain none;
#: an empty list of sources allows nothing, just as 'none' does.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src; base-uri; form-action; frame-ancestors",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: Seconds until a sender who sent too much is let in again: the period the firewall counts.
RETRY_AFTER = 300

#: Seconds until someone who arrived at a busy moment can try again.
BUSY_FOR = 30

_PAGE = (
    '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width, initial-scale=1"><title>{title}</title></head><body>'
    "<h1>{title}</h1>{paragraphs}</body></html>"
)


@dataclass(frozen=True)
class Refusal:
    """What happened, and what to do about it."""

    title: str
    sentences: tuple[str, ...]

    @property
    def page(self) -> str:
        """Return the refusal as an HTML page for people."""
        paragraphs = "".join(f"<p>{sentence}</p>" for sentence in self.sentences)
        return _PAGE.format(title=self.title, paragraphs=paragraphs)

    @property
    def problem(self) -> str:
        """Return the refusal as a problem document for programs (RFC 9457)."""
        detail = " ".join(self.sentences)
        return json.dumps({"type": "about:blank", "title": self.title, "detail": detail})


#: Pages are never stored, so some browsers forget what was typed into them.
_GO_BACK = "If you filled in a form, go back: your browser may still have what you typed."

NOT_UNDERSTOOD = Refusal(
    "The service did not understand this",
    (
        "We could not read the request, so nothing was changed.",
        f"{_GO_BACK} Send it again.",
    ),
)
TOO_LARGE = Refusal(
    "What you sent is too long",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Shorten the longest answers and send it again.",
    ),
)
TOO_MANY = Refusal(
    "You sent too many requests",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Wait 5 minutes and send it again. If it keeps happening, contact your IT service desk.",
    ),
)
#: This reader did nothing wrong: many people arrived at the same moment.
BUSY = Refusal(
    "The service is busy",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Wait 30 seconds and send it again. If it keeps happening, contact your IT service desk.",
    ),
)
FIREWALL = Refusal(
    "The firewall stopped this request",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Open the page again with the link you were sent or the address you always use.",
        "If it keeps happening, tell your IT service desk when it happened.",
    ),
)
#: This can be sent after the function has already recorded what was sent.
FAULT = Refusal(
    "Sorry, there is a problem with the service",
    (
        "The fault is in this service, not in anything you did.",
        _GO_BACK,
        "Send it again in a few minutes. If a form arrives twice, it counts once.",
        "If it keeps happening, contact your IT service desk.",
    ),
)
