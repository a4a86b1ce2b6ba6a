"""What is answered where no function of ours was asked: by API Gateway itself, and by the firewall.

The pages are plain: whoever could not be let in is asked to fetch nothing more. They are ASCII,
because API Gateway says no character set; and none of them shows anything that was sent.
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

#: The headers of every one of them. API Gateway encloses each value in quotes and so takes none
#: within; a list of sources that is empty allows nothing, just as 'none' does.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src; base-uri; form-action; frame-ancestors",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: Seconds after which whoever sent too much is let in again: the firewall looks back as far.
RETRY_AFTER = 300

#: Seconds after which whoever came while too many others did is let in.
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
        """It for people, as HTML."""
        paragraphs = "".join(f"<p>{sentence}</p>" for sentence in self.sentences)
        return _PAGE.format(title=self.title, paragraphs=paragraphs)

    @property
    def problem(self) -> str:
        """It for programs, as RFC 9457 has it."""
        detail = " ".join(self.sentences)
        return json.dumps({"type": "about:blank", "title": self.title, "detail": detail})


#: Pages are never stored, for which some browsers forget what was typed into them.
_GO_BACK = "If you filled in a form, go back: your browser may still have what you typed."

NOT_UNDERSTOOD = Refusal(
    "This could not be answered",
    (
        "The request was not understood, and nothing was changed.",
        f"{_GO_BACK} Send it again.",
    ),
)
TOO_LARGE = Refusal(
    "This is more than can be sent at once",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Shorten the longest answers, and send it again.",
    ),
)
TOO_MANY = Refusal(
    "Too much was sent at once",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Wait five minutes, and send it again. If it goes on, tell your IT service desk.",
    ),
)
#: Whoever reads it has done nothing that was too much: others came at the same moment.
BUSY = Refusal(
    "Too many people are here at once",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Wait half a minute, and send it again. If it goes on, tell your IT service desk.",
    ),
)
FIREWALL = Refusal(
    "This was stopped by the firewall",
    (
        f"Nothing was changed. {_GO_BACK}",
        "Open the page anew, by the link you were sent or the address you always use.",
        "If it goes on, tell your IT service desk when it happened.",
    ),
)
#: It may come too late: what was sent can have been recorded.
FAULT = Refusal(
    "Sorry, this did not work",
    (
        "It is a fault of this service, not of anything that you did.",
        _GO_BACK,
        "Send it again in a few minutes: a form that is sent twice counts once.",
        "If it goes on, tell your IT service desk.",
    ),
)
