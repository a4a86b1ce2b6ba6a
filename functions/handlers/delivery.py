"""Delivery: take what Amazon SES reports about an email after it accepted it.

In: EventBridge's event of an SES event (a bounce, a complaint, a rejection, a delay). Out:
``{"letter": "PCE-7K3M-9QXT 000002#tm-n", "fate": "came_back"}``.

It is noted where the email is kept. A request that came back was served on nobody (rule 15), so its
challenge decides about that at once. One that was turned back for now is evidence that its reader
is away: so SES reports an automatic reply that it gets. EventBridge and Lambda deliver at least
once, in any order: the result is the same however often, and in whatever order, the news comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from adapters import clock
from adapters.delivery import Fate, News
from adapters.metrics import COMPLAINTS, LETTERS_DELAYED, LETTERS_IN_DOUBT, LETTERS_RETURNED, emit
from adapters.record.places import NoticePlace, place_of
from adapters.wiring import casebook, outgoing
from domain.rules.absence import Absence, Sign

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

__all__ = ["handler"]

_log = Logger()

#: What each kind of news means. A bounce is judged by its type and subtype instead.
_FATES = {
    "Complaint": Fate.COMPLAINT,
    "DeliveryDelay": Fate.DELAYED,
    "Reject": Fate.CAME_BACK,  # SES found a virus in it and discarded it
    "Rendering Failure": Fate.CAME_BACK,
}
#: Bounces that SES calls transient but sends after giving up: the email was not delivered. Others
#: may be an out-of-office answer, which means that it was.
_GIVEN_UP = {
    "MailboxFull",
    "MessageTooLarge",
    "ContentRejected",
    "AttachmentRejected",
    "CustomTimeoutExceeded",
}

#: How SES reports an automatic reply that went to the address for bounces.
_PASSING = {("Transient", "General"), ("Transient", "")}

_COUNTED = {
    Fate.CAME_BACK: LETTERS_RETURNED,
    Fate.IN_DOUBT: LETTERS_IN_DOUBT,
    Fate.DELAYED: LETTERS_DELAYED,
    Fate.COMPLAINT: COMPLAINTS,
}


# SES's event -------------------------------------------------------------------------------------
# Powertools has a model of the envelope, but none of what SES reports about an email it sent.


class _Mail(BaseModel):
    message_id: str = Field(alias="messageId", min_length=1)
    tags: dict[str, list[str]] = {}


class _Bounce(BaseModel):
    kind: str = Field(alias="bounceType")
    subtype: str = Field(default="", alias="bounceSubType")


class _Detail(BaseModel):
    kind: str = Field(alias="eventType")
    mail: _Mail
    bounce: _Bounce | None = None

    def fate(self) -> Fate:
        """Return what the news means for the email; in doubt if this kind of news is unknown."""
        if self.bounce is None:
            return _FATES.get(self.kind, Fate.IN_DOUBT)
        certain = self.bounce.kind == "Permanent" or self.bounce.subtype in _GIVEN_UP
        return Fate.CAME_BACK if certain else Fate.IN_DOUBT

    @property
    def passing(self) -> bool:
        """Whether it may be an automatic reply, which SES reports as a passing bounce."""
        bounce = self.bounce
        return bounce is not None and (bounce.kind, bounce.subtype) in _PASSING

    def said(self) -> str:
        """Return SES's words for it: ``Bounce Permanent NoEmail``."""
        bounce = (self.bounce.kind, self.bounce.subtype) if self.bounce else ()
        return " ".join((self.kind, *bounce)).strip()


class _Event(EventBridgeModel):
    # The event holds a recipient's address: no error may quote it.
    model_config = ConfigDict(hide_input_in_errors=True)

    time: AwareDatetime
    detail: _Detail


# The handler -------------------------------------------------------------------------------------


@_log.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, str]:
    """Take the news of one email."""
    taken = _Event.model_validate(event)
    detail = taken.detail
    at = clock.shown(taken.time)
    news = News(detail.fate(), detail.said(), detail.mail.message_id, at)
    tags = {name: values[0] for name, values in detail.mail.tags.items() if values}
    place = place_of(tags)
    if isinstance(place, NoticePlace):
        casebook().hear_of_email(place, news)
        if detail.passing:
            reader = place.notice.partition("#")[2]
            casebook().hear_of_absence(place, Absence(reader, at, Sign.PASSING_BOUNCE))
    elif place:
        outgoing().hear(place, news)
    letter = str(place or "none of the service's")
    _log.warning("news of a letter", extra={"letter": letter, "fate": news.fate, "said": news.said})
    emit(_COUNTED[news.fate])
    return {"letter": letter, "fate": news.fate}
