"""SES's event: intake reads what it needs from it, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.parser.models import SesModel
from pydantic import ValidationError

from handlers.intake.ses import CHECKS, UnreadableEventError, arrivals
from tests.upgrade.samples import MAIL_ID, ses_event

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT: dict[str, Any] = {
    "Records": [
        {
            "eventSource": "aws:ses",
            "ses": {
                "mail": {
                    "messageId": "one",
                    "timestamp": "2026-11-02T10:00:00.123Z",
                    "commonHeaders": {
                        "from": ["Ira Sample <Ira.Sample@Council.example>"],
                        "subject": "Marigoldsubject",
                    },
                },
                "receipt": {f"{check}Verdict": {"status": "PASS"} for check in CHECKS},
            },
        }
    ]
}


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    event = deepcopy(EVENT)
    change(event["Records"][0]["ses"])
    return event


def test_a_mail_is_read_as_ses_tells_of_it() -> None:
    (mail,) = arrivals(EVENT)
    assert mail.message_id == "one"
    assert mail.received == datetime(2026, 11, 2, 10, 0, 0, 123000, UTC)
    assert mail.senders == ("ira.sample@council.example",)
    assert mail.failed == ()


@pytest.mark.parametrize("status", ["FAIL", "GRAY", "PROCESSING_FAILED", ""])
@pytest.mark.parametrize("check", CHECKS)
def test_doubt_is_no_pass(check: str, status: str) -> None:
    (mail,) = arrivals(
        _changed(lambda ses: ses["receipt"][f"{check}Verdict"].update(status=status))
    )
    assert mail.failed == (check,)


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_not_named_was_not_passed(check: str) -> None:
    (mail,) = arrivals(_changed(lambda ses: ses["receipt"].pop(f"{check}Verdict")))
    assert mail.failed == (check,)


@pytest.mark.parametrize("left_out", ["commonHeaders", "from", "subject"])
def test_a_mail_without_its_headers_is_taken_all_the_same(left_out: str) -> None:
    def without(ses: dict[str, Any]) -> None:
        mail = ses["mail"]
        (mail if left_out in mail else mail["commonHeaders"]).pop(left_out)

    (mail,) = arrivals(_changed(without))
    assert mail.message_id == "one"
    assert (mail.senders == ()) == (left_out != "subject")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": []},
        {"Records": None},
        {"Records": [{"s3": {}}]},
        _changed(lambda ses: ses.pop("mail")),
        _changed(lambda ses: ses.pop("receipt")),
        _changed(lambda ses: ses["mail"].pop("messageId")),
        _changed(lambda ses: ses["mail"].update(messageId="")),
        _changed(lambda ses: ses["mail"].update(timestamp="Marigoldsubject")),
        _changed(lambda ses: ses["mail"].update(timestamp="2026-11-02T10:00:00")),
    ],
)
def test_what_is_no_event_of_ses_is_refused_and_nothing_of_it_is_told(
    event: dict[str, Any],
) -> None:
    with pytest.raises(UnreadableEventError) as caught:
        arrivals(event)
    assert "Marigold" not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_event_with_all_that_aws_documents_is_read() -> None:
    (mail,) = arrivals(ses_event())
    assert (mail.message_id, mail.failed) == (MAIL_ID, ())
    assert mail.senders == (mail.envelope,)


@pytest.mark.parametrize("left_out", ["subject", "date", "to"])
def test_the_parser_of_powertools_still_refuses_a_mail_that_is_taken_here(left_out: str) -> None:
    """When this fails, read the event with the Parser, if it knows the verdict on DKIM by then."""
    event = ses_event()
    assert "dkimVerdict" not in repr(SesModel.model_validate(event))
    del event["Records"][0]["ses"]["mail"]["commonHeaders"][left_out]
    assert arrivals(event)
    with pytest.raises(ValidationError, match=left_out):
        SesModel.model_validate(event)
