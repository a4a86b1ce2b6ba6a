"""Rule 15: what SES refuses to take was served on nobody, and is told at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from adapters import wiring
from adapters.mail import Mail, MailRefusedError, MailUnavailableError, Written
from domain.ladder import Stage
from domain.rules.serving import Bounced, NotServed, NotServedCause
from tests.workflow.service import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflow.service import Service


@pytest.fixture
def refuses(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """SES refuses every letter to an officer from now on."""

    def refuse(officer: str) -> None:
        send = Mail.send
        address = wiring.casebook().council().directory.officers[officer].email

        def refusing(self: Mail, to: str, *rest: Any) -> str:  # noqa: ANN401
            if to == address:
                code = "MessageRejected"
                raise MailRefusedError(code)
            return send(self, to, *rest)

        monkeypatch.setattr(Mail, "send", refusing)

    return refuse


def facts(service: Service, reference: str, kind: type) -> list[Any]:
    """The facts of a kind on the challenge's record."""
    events = service.challenge(reference).events
    return [event.fact for event in events if isinstance(event.fact, kind)]


def test_a_refused_request_is_told_to_the_srsm_at_once(
    service: Service, refuses: Callable[[str], None]
) -> None:
    refuses("tm-n")
    reference = service.raise_at(Stage.ONE)
    assert service.now == MONDAY, "not a minute has passed"
    (fact,) = facts(service, reference, NotServed)
    assert fact.cause is NotServedCause.REFUSED
    asked = service.mails("srsm")[-1]
    assert "name somebody" in asked.subject
    assert service.rung(reference) == "To be reassigned"


def test_where_somebody_else_was_reached_the_iro_and_the_srsm_hear_of_it(
    service: Service, refuses: Callable[[str], None]
) -> None:
    refuses("sw-n1")
    reference = service.raise_at(Stage.QAP)
    assert [fact.officer for fact in facts(service, reference, Bounced)] == ["sw-n1"]
    assert facts(service, reference, NotServed) == []
    service.jump(MONDAY + timedelta(days=1))
    for officer in ("iro-1", "srsm"):
        told = [one for one in service.mails(officer) if "did not reach" in one.text]
        assert len(told) == 1


# What SES says of the council's own address ------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "raised"),
    [
        ("tessa@council.example", MailRefusedError),
        ("challenge@letters.example", MailUnavailableError),
        ("letters.example", MailUnavailableError),
        ("tessa@council.example, letters.example", MailUnavailableError),
    ],
)
def test_a_lapsed_identity_of_our_own_is_an_outage_and_no_reader_is_to_blame(
    named: str, raised: type[Exception]
) -> None:
    words = (
        "Email address is not verified. The following identities failed the check in region "
        f"EU-WEST-2: {named}"
    )

    class Ses:
        def send_email(self, **_request: Any) -> None:  # noqa: ANN401
            error: Any = {"Error": {"Code": "MessageRejected", "Message": words}}
            raise ClientError(error, "SendEmail")

    ses: Any = Ses()
    mail = Mail(
        lambda: ses,
        lambda: "Positive Challenge <challenge@letters.example>",
        lambda: "intake@letters.example",
        lambda: "letters",
    )
    with pytest.raises(raised):
        mail.send("tessa@council.example", Written("A", "b", "<p>b"), {}, MONDAY, {})
