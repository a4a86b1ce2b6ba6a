"""The one way out: every email is claimed, written, sent and marked, whatever fails between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ReadTimeoutError

from adapters import wiring
from adapters.delivery import Fate, Held, News, PutOff, Refused, Sent
from adapters.executions import Executions
from adapters.mail import Mail, MailRefusedError, MailUnavailableError, Written
from adapters.outgoing import CALLED_AGAIN, WOKEN_AGAIN, Lease
from adapters.record.notices import Claim, Notices, news_in
from adapters.record.places import AnswerPlace, DailyPlace, NoticePlace, Place
from domain.ladder import Stage
from tests.workflow.service import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.outgoing import Outcome
    from tests.workflow.service import Service

MINUTE = timedelta(minutes=1)
PLACES = (
    NoticePlace("PCE-7K3M-9QXT", "000002#tm-n"),
    DailyPlace("tm-n", "2026-11-02"),
    AnswerPlace("5f2a"),
)
PLACE = PLACES[0]
each_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: type(place).__name__)
each_lease = pytest.mark.parametrize("lease", [WOKEN_AGAIN, CALLED_AGAIN], ids=["woken", "called"])


def written() -> Written:
    return Written("Please look", "Something waits.\n", "<p>Something waits.")


def once(
    place: Place = PLACE,
    lease: Lease = WOKEN_AGAIN,
    write: Callable[[], Written] = written,
    **headers: str,
) -> Outcome:
    """Send the email of this place to a Team Manager."""
    tessa = wiring.casebook().council().directory.officers["tm-n"]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wiring.outgoing().once(place, lease, write, tessa, named)


def kept(place: Place = PLACE) -> dict[str, Any]:
    """Return what the table holds about the email, without its keys."""
    item = wiring.casebook().record.beside.kept(place.partition, place.sort) or {}
    return {name: value for name, value in item.items() if name not in ("PK", "SK")}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Return what has to happen before each email that goes to SES, in order; then no more."""
    send, coming = Mail.send, list[Any]()

    def sending(self: Mail, *letter: Any) -> str:  # noqa: ANN401
        if coming:
            coming.pop(0)()
        return send(self, *letter)

    monkeypatch.setattr(Mail, "send", sending)
    return coming


def raises(error: BaseException) -> Callable[[], object]:
    def fails() -> None:
        raise error

    return fails


OUT = MailUnavailableError("ServiceUnavailable")
REFUSED = MailRefusedError("MessageRejected")


# Sent --------------------------------------------------------------------------------------------


@each_place
def test_an_email_is_sent_once_and_marked(service: Service, place: Place) -> None:
    assert wiring.outgoing().earlier(place) is None
    sent = once(place)
    (mail,) = service.mails("tm-n")
    assert sent == Sent(MONDAY, mail.id)
    assert (mail.subject, mail.tags) == ("Please look", place.tags)
    assert kept(place) == {
        "lease": "2026-11-02T10:02:00.000000Z",
        "tries": 1,
        "sent_at": "2026-11-02T10:00:00.000000Z",
        "message_id": mail.id,
    }
    service.jump(timedelta(days=1))
    assert once(place) == Sent(MONDAY, mail.id, earlier=True)
    assert wiring.outgoing().earlier(place) == Sent(MONDAY, mail.id, earlier=True)
    assert len(service.mails()) == 1


def test_it_says_that_no_person_wrote_it_and_what_its_sender_says_more_exactly(
    service: Service,
) -> None:
    once(PLACES[0], X_Challenge_Reference="PCE-7K3M-9QXT")
    once(PLACES[2], Auto_Submitted="auto-replied")
    first, second = service.mails("tm-n")
    assert first.headers["Auto-Submitted"] == "auto-generated"
    assert first.headers["X-Challenge-Reference"] == "PCE-7K3M-9QXT"
    assert second.headers["Auto-Submitted"] == "auto-replied"


def test_it_takes_three_calls_of_aws_and_one_if_it_was_sent_before(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.mails() == []
    tessa = wiring.casebook().council().directory.officers["tm-n"]
    calls: list[str] = []
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(self: BaseClient, operation: str, parameters: Any) -> Any:  # noqa: ANN401
        calls.append(operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    wiring.outgoing().once(PLACE, WOKEN_AGAIN, written, tessa)
    assert calls == ["UpdateItem", "SendEmail", "UpdateItem"]
    calls.clear()
    wiring.outgoing().once(PLACE, WOKEN_AGAIN, written, tessa)
    assert calls == ["UpdateItem"]


# Refused, put off --------------------------------------------------------------------------------


@each_place
def test_what_is_refused_for_good_is_never_tried_again(
    service: Service,
    answers: list[Callable[[], object]],
    place: Place,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers.append(raises(REFUSED))
    assert once(place) == Refused("MessageRejected")
    assert kept(place)["sent_at"] == "never"
    assert kept(place)["failure"] == "MessageRejected"
    service.jump(timedelta(days=1))
    assert once(place) == Refused("MessageRejected", earlier=True)
    assert wiring.outgoing().earlier(place) == Refused("MessageRejected", earlier=True)
    assert service.mails() == []
    (line,) = [vars(one) for one in caplog.records if one.message == "letter refused"]
    assert (line["officer"], line["why"]) == ("tm-n", "MessageRejected")
    assert place.named.items() <= line.items()


@each_place
@each_lease
def test_while_mail_is_out_an_email_is_put_off_and_says_why(
    service: Service,
    answers: list[Callable[[], object]],
    place: Place,
    lease: Lease,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers.append(raises(OUT))
    outcome = once(place, lease)
    assert isinstance(outcome, PutOff)
    assert (outcome.why, outcome.mail_is_out) == ("ServiceUnavailable", True)
    assert kept(place)["failure"] == "ServiceUnavailable"
    assert wiring.outgoing().earlier(place) is None
    (line,) = [vars(one) for one in caplog.records if one.message == "letter put off"]
    assert (line["officer"], line["why"]) == ("tm-n", "ServiceUnavailable")
    assert place.named.items() <= line.items()
    service.jump(outcome.until)
    assert isinstance(once(place, lease), Sent)
    assert len(service.mails("tm-n")) == 1


def test_who_is_woken_again_pauses_for_longer_each_time_up_to_an_hour(
    service: Service, answers: list[Callable[[], object]]
) -> None:
    pauses = []
    for _ in range(8):
        answers.append(raises(OUT))
        outcome = once()
        assert isinstance(outcome, PutOff)
        pauses.append((outcome.until - service.now) / MINUTE)
        assert once() == Held(outcome.until), "nobody tries in between"
        service.jump(outcome.until)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert answers == []


def test_who_is_called_again_by_aws_may_try_at_once(
    service: Service, answers: list[Callable[[], object]]
) -> None:
    for _ in range(3):
        answers.append(raises(OUT))
        assert once(lease=CALLED_AGAIN) == PutOff(service.now, str(OUT), mail_is_out=True)
    assert isinstance(once(lease=CALLED_AGAIN), Sent)


@each_place
@each_lease
@pytest.mark.parametrize("step", ["written", "sent"])
def test_a_faulty_email_is_put_off_counted_and_raises_nothing(
    service: Service,
    answers: list[Callable[[], object]],
    place: Place,
    lease: Lease,
    step: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with a template that asks for a missing value: only this email is at fault."""
    counted: list[str] = []
    monkeypatch.setattr("adapters.outgoing.emit", lambda metric: counted.append(metric.name))

    def faulty() -> Written:
        raise KeyError("facts")

    if step == "sent":
        answers.append(raises(ValueError("a bug")))
    outcome = once(place, lease, faulty if step == "written" else written)
    assert isinstance(outcome, PutOff)
    assert (
        outcome.why == kept(place)["failure"] == ("KeyError" if step == "written" else "ValueError")
    )
    assert not outcome.mail_is_out
    assert counted == ["LettersPutOff"]
    (line,) = [vars(one) for one in caplog.records if one.message == "letter not sent"]
    assert place.named.items() <= line.items()
    service.jump(outcome.until)
    assert isinstance(once(place, lease), Sent), "once it has been put right"


# Two at once -------------------------------------------------------------------------------------


@each_place
@each_lease
def test_of_two_at_once_one_sends_and_the_other_is_told_until_when_it_is_held(
    service: Service, answers: list[Callable[[], object]], place: Place, lease: Lease
) -> None:
    others: list[Outcome] = []
    answers.append(lambda: others.append(once(place, lease)))
    assert isinstance(once(place, lease), Sent)
    assert others == [Held(MONDAY + lease.holds)]
    assert kept(place)["tries"] == 1
    assert len(service.mails("tm-n")) == 1


def test_an_email_that_another_holds_is_not_even_written(service: Service) -> None:
    def writing() -> Written:
        assert isinstance(once(write=never), Held)
        return written()

    def never() -> Written:
        raise AssertionError

    assert isinstance(once(write=writing), Sent)
    assert len(service.mails("tm-n")) == 1


# Crashes -----------------------------------------------------------------------------------------


@pytest.fixture(params=["when it is claimed", "when it is written", "when it is sent"])
def dies(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[Callable[[], object]],
) -> Iterator[tuple[Callable[[], Written], int]]:
    """Die at one of the steps. Return the email's writer, and how many emails have gone out."""
    if request.param == "when it is claimed":
        yield raises(SystemExit()), 0  # type: ignore[misc]
    elif request.param == "when it is written":
        answers.append(raises(SystemExit()))
        yield written, 0
    else:
        mark = Notices.mark

        def marks(*_: Any, **__: Any) -> None:  # noqa: ANN401
            monkeypatch.setattr(Notices, "mark", mark)
            raise SystemExit

        monkeypatch.setattr(Notices, "mark", marks)
        yield written, 1


@each_place
@each_lease
def test_after_a_crash_its_lease_is_waited_out_and_it_is_sent(
    service: Service, dies: tuple[Callable[[], Written], int], place: Place, lease: Lease
) -> None:
    """Between SES's answer and the mark it may be sent twice, but never not at all."""
    write, gone_out = dies
    with pytest.raises(SystemExit):
        once(place, lease, write)
    assert len(service.mails("tm-n")) == gone_out
    assert once(place, lease) == Held(MONDAY + lease.holds)
    service.jump(lease.holds)
    sent = once(place, lease)
    assert isinstance(sent, Sent)
    assert not sent.earlier
    assert isinstance(once(place, lease), Sent)
    assert len(service.mails("tm-n")) == gone_out + 1
    assert kept(place)["message_id"] == sent.message_id == service.mails("tm-n")[-1].id


def test_where_the_table_does_not_answer_nothing_is_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "UpdateItem")

    with monkeypatch.context() as outage:
        outage.setattr(BaseClient, "_make_api_call", fails)
        with pytest.raises(ClientError):
            wiring.outgoing().once(
                PLACE, WOKEN_AGAIN, written, wiring.casebook().council().directory.officers["tm-n"]
            )
    assert service.mails() == []
    assert isinstance(once(), Sent)


# An answer that is lost --------------------------------------------------------------------------


@pytest.fixture
def loses_an_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what lets the table do the next call, and botocore hear nothing and repeat it."""
    get = Endpoint._get_response  # type: ignore[attr-defined]
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)

    def lose() -> None:
        lost: list[Any] = []

        def loses(self: Endpoint, *about: Any) -> Any:  # noqa: ANN401
            answer = get(self, *about)
            if lost:
                return answer
            lost.append(answer)
            return None, ReadTimeoutError(endpoint_url="https://dynamodb.example.org")

        monkeypatch.setattr(Endpoint, "_get_response", loses)

    return lose


@each_place
@each_lease
def test_a_call_whose_answer_was_lost_does_not_hold_up_its_own_email(
    service: Service, loses_an_answer: Callable[[], None], place: Place, lease: Lease
) -> None:
    tessa = wiring.casebook().council().directory.officers["tm-n"]
    loses_an_answer()
    sent = wiring.outgoing().once(place, lease, written, tessa)
    (mail,) = service.mails("tm-n")
    assert sent == Sent(MONDAY, mail.id)
    assert kept(place)["tries"] == 1


def test_a_call_that_was_repeated_takes_nobody_elses_lease(
    service: Service, loses_an_answer: Callable[[], None]
) -> None:
    notices = wiring.casebook().record.notices
    until = service.now + 2 * MINUTE
    assert notices.claim(PLACE, service.now, until) == Claim(until, 1)
    assert notices.claim(PLACE, service.now, until) == Held(until), "nothing was repeated"
    loses_an_answer()
    later = until + timedelta(microseconds=1)
    assert notices.claim(PLACE, service.now, later) == Held(until)


# A lease that ran out ----------------------------------------------------------------------------


def takes_over(service: Service, lease: Lease, others: list[Outcome]) -> None:
    """Let another call take the email over from one that is slow."""
    service.jump(lease.holds)
    others.append(once(lease=lease))


@each_lease
def test_what_was_sent_after_the_lease_ran_out_is_the_sending_that_counts(
    service: Service, answers: list[Callable[[], object]], lease: Lease
) -> None:
    others: list[Outcome] = []
    answers.append(lambda: takes_over(service, lease, others))
    slow, (quick,) = once(lease=lease), others
    assert isinstance(quick, Sent)
    assert isinstance(slow, Sent)
    assert [mail.id for mail in service.mails("tm-n")] == [quick.message_id, slow.message_id]
    assert kept()["message_id"] == slow.message_id


@each_lease
@pytest.mark.parametrize(
    "error", [OUT, REFUSED, ValueError("a bug")], ids=lambda e: type(e).__name__
)
def test_what_failed_after_the_lease_ran_out_undoes_nobody_elses_sending(
    service: Service, answers: list[Callable[[], object]], lease: Lease, error: Exception
) -> None:
    others: list[Outcome] = []

    def too_late() -> None:
        takes_over(service, lease, others)
        raise error

    answers.append(too_late)
    slow, (quick,) = once(lease=lease), others
    assert isinstance(quick, Sent)
    assert slow == Sent(quick.at, quick.message_id, earlier=True)
    assert (kept()["message_id"], "failure" in kept()) == (quick.message_id, False)


@pytest.mark.parametrize(
    "outcome",
    [Refused("MessageRejected"), PutOff(MONDAY, "ServiceUnavailable", mail_is_out=True)],
    ids=lambda outcome: type(outcome).__name__,
)
def test_nor_does_it_free_an_email_that_another_is_sending(
    service: Service, outcome: Refused | PutOff
) -> None:
    """Otherwise a third would send it as well."""
    notices = wiring.casebook().record.notices

    def claimed() -> Claim | Outcome:
        return notices.claim(PLACE, service.now, service.now + MINUTE)

    slow = claimed()
    service.jump(MINUTE)
    quick = claimed()
    assert isinstance(slow, Claim)
    assert isinstance(quick, Claim)
    assert notices.mark(PLACE, slow, outcome) == Held(quick.until)
    assert claimed() == Held(quick.until)
    assert notices.mark(PLACE, quick, Sent(service.now, "quick")) == Sent(service.now, "quick")


def test_a_mark_that_botocore_makes_twice_is_the_same_mark(service: Service) -> None:
    """It tries a call again whose answer was lost."""
    notices = wiring.casebook().record.notices
    claim = notices.claim(PLACE, service.now, service.now + MINUTE)
    assert isinstance(claim, Claim)
    outcome = PutOff(service.now + 2 * MINUTE, "ServiceUnavailable", mail_is_out=True)
    assert notices.mark(PLACE, claim, outcome) == outcome
    assert notices.mark(PLACE, claim, outcome) == outcome


# News of it --------------------------------------------------------------------------------------


@each_place
def test_news_is_noted_where_the_email_is_kept_once(service: Service, place: Place) -> None:
    sent = once(place)
    assert isinstance(sent, Sent)
    news = News(Fate.CAME_BACK, "Bounce Permanent NoEmail", sent.message_id, service.now)
    for _ in range(2):
        wiring.outgoing().hear(place, news)
    assert news_in(kept(place)) == [news]
    assert once(place) == Sent(sent.at, sent.message_id, earlier=True), "it is not sent again"


# A challenge's emails ----------------------------------------------------------------------------


def test_decide_wakes_when_another_holds_an_email_no_longer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        lost.setattr(Executions, "start", lambda *_: True)
        reference = service.raise_at(Stage.ONE)
    record, place = wiring.casebook().record, NoticePlace(reference, "000002#tm-n")
    claim = record.notices.claim(place, service.now, service.now + MINUTE)
    assert isinstance(claim, Claim)
    service.emulator.invoke("decide", {"reference": reference, "leg": 1})
    assert record.legs.head(reference)[0].wake_at == claim.until
    assert service.mails("tm-n") == []
    service.jump(claim.until)
    service.emulator.invoke("decide", {"reference": reference, "leg": 1})
    assert len(service.mails("tm-n")) == 1


def test_what_another_has_sent_meanwhile_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decide reads what was sent before it claims: in between another may send it."""
    reference = service.raise_at(Stage.ONE)
    record, sent = wiring.casebook().record, len(service.mails())
    before, _ = record.legs.head(reference)
    monkeypatch.setattr(Notices, "known", lambda *_: {})
    service.emulator.invoke("decide", {"reference": reference, "leg": 1})
    after, _ = record.legs.head(reference)
    assert len(service.mails()) == sent
    assert (after.wake_at, after.emailed_up_to) == (before.wake_at, before.emailed_up_to)
