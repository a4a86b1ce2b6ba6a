"""Rule 15: a request that SES refuses to take was served on nobody, and is reported at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

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
    """Let SES refuse every email to an officer from now on."""

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


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the metrics that sending writes."""
    names: list[str] = []
    monkeypatch.setattr("adapters.mail.emit", lambda metric: names.append(metric.name))
    return names


def facts(service: Service, reference: str, kind: type) -> list[Any]:
    """Return the facts of a kind on the challenge's record."""
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
    assert "say who should reply" in asked.subject
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
        told = [line for line in service.news(officer) if "did not reach" in line]
        assert len(told) == 1


# What SES says about the council's own address ---------------------------------------------------


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

    with pytest.raises(raised):
        _send(_answers("MessageRejected", 400, words))


# What waiting does not cure ----------------------------------------------------------------------


def _answers(code: str, status: int, words: str = "") -> ClientError:
    """Return SES's answer about an email, by its code and HTTP status."""
    response: Any = {
        "Error": {"Code": code, "Message": words},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "SendEmail")


def _send(answer: Exception) -> None:
    """Send an email that SES answers like this."""

    class Ses:
        def send_email(self, **_request: Any) -> None:  # noqa: ANN401
            raise answer

    ses: Any = Ses()
    mail = Mail(
        lambda: ses,
        lambda: "Positive Challenge <challenge@letters.example>",
        lambda: "intake@letters.example",
        lambda: "letters",
    )
    mail.send("tessa@council.example", Written("A", "b", "<p>b"), {}, MONDAY, {})


_NOT_VERIFIED = "Email address is not verified. The following identities failed: letters.example"
_NOT_ALLOWED = (
    "User `arn:aws:sts::111122223333:assumed-role/decide/decide' is not authorized to perform "
    "`ses:SendEmail' on resource `arn:aws:ses:eu-west-2:111122223333:identity/council.example'"
)


@pytest.mark.parametrize(
    "answer",
    [
        _answers("AccessDeniedException", 403, _NOT_ALLOWED),
        _answers("AccessDenied", 403, _NOT_ALLOWED),
        _answers("AccountSuspendedException", 400),
        _answers("SendingPausedException", 400),
        _answers("MailFromDomainNotVerifiedException", 400),
        _answers("NotFoundException", 404, "Configuration set does not exist."),
        _answers("MessageRejected", 400, _NOT_VERIFIED),
    ],
    ids=lambda answer: answer.response["Error"]["Code"],
)
def test_what_only_somebody_can_put_right_rings_at_the_first_letter(
    answer: ClientError, counted: list[str]
) -> None:
    """It is still tried again, so that nothing has to be sent by hand once it is corrected."""
    with pytest.raises(MailUnavailableError):
        _send(answer)
    assert counted == ["LettersBarred", "LettersPutOff"]


@pytest.mark.parametrize(
    "answer",
    [
        _answers("TooManyRequestsException", 429),
        _answers("Throttling", 400),
        _answers("ThrottlingException", 400),
        _answers("LimitExceededException", 400),
        _answers("InternalFailure", 500),
        _answers("ServiceUnavailable", 503),
        ConnectTimeoutError(endpoint_url="https://email.eu-west-2.amazonaws.com"),
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_what_passes_by_itself_rings_only_if_it_lasts(
    answer: Exception, counted: list[str]
) -> None:
    with pytest.raises(MailUnavailableError):
        _send(answer)
    assert counted == ["LettersPutOff"]


def test_a_letter_that_is_refused_for_good_is_barred_by_nothing(counted: list[str]) -> None:
    with pytest.raises(MailRefusedError):
        _send(_answers("MessageRejected", 400, "Address is on the suppression list."))
    assert counted == ["LettersRefused"]
