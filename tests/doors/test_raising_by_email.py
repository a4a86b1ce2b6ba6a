"""Raising a challenge by email.

Only the officer whose email it is can raise it, and only once. The answer repeats nothing that
they wrote.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters import wiring
from adapters.drafts import PAGE
from adapters.left_out import LEFT_OUT
from adapters.mailroom import ANSWERS_A_DAY, KEYS, taken_on
from adapters.record.chain import Chain
from domain.ladder import Stage
from domain.rules.entry import Raised
from handlers.intake import Became
from handlers.intake.labelled import template
from infra.blueprint import ROOT
from infra.local.emulator import MAIL_BUCKET, TABLE, FunctionError
from tests.doors.post import IRA, LINES, TESSA, form, mail
from tests.pages.sections import errors_of, section, whole
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import INTAKE, URL

if TYPE_CHECKING:
    from tests.workflow.service import Service

#: What was typed, and the child's details. An answer must hold none of it.
TYPED = ("CASE-98431", "Q.Z.", "Quillon", "Zephyrine", "5 April", "Marigold")


def _only(service: Service) -> str:
    (reference,) = service.open_challenges()
    return reference


TODAY = date(2026, 11, 2)


def _answers(service: Service, to: str = "iro-1") -> list[Any]:
    """Return the emails to an officer, newest first."""
    return service.mails(to)[::-1]


def _quotes_nothing(sent: Any) -> None:  # noqa: ANN401 - a mail of the outbox
    for part in (sent.subject, sent.text, sent.html):
        for word in TYPED:
            assert word.casefold() not in part.casefold()


# Good mail ---------------------------------------------------------------------------------------


def test_a_good_email_raises_the_challenge_as_it_was_written(service: Service) -> None:
    assert service.receive(mail(form())) == Became.RAISED
    challenge = service.challenge(_only(service))
    raised = challenge.raised
    assert raised.child.case_id == "CASE-98431"
    assert raised.child.date_of_birth == date(2013, 4, 5)
    assert (raised.iro, raised.social_worker, raised.entry) == ("iro-1", "sw-north-1", Stage.ONE)
    assert raised.concerns[0].what == "Marigoldwrongtext"
    assert raised.concerns[0].by == date(2027, 1, 4)
    assert raised.tried == "Marigoldtriedtext"
    assert raised.views == "Marigoldviewstext"
    assert [event.actor.via for event in challenge.events[:2]] == ["email", "email"]


def test_the_sender_gets_one_acknowledgement_with_the_reference(service: Service) -> None:
    service.receive(mail(form()))
    (sent,) = _answers(service)
    assert sent.subject.startswith("Your email has raised a challenge: ")
    assert _only(service) in sent.subject
    assert sent.links == (f"{URL}/challenges/{_only(service)}",)
    assert "Tessa Sample-North, Team Manager, North Team, needs to reply by" in " ".join(
        sent.text.split()
    )
    _quotes_nothing(sent)


def test_its_days_count_from_the_email_s_receipt_not_from_when_it_was_read(
    service: Service,
) -> None:
    service.jump(datetime(2026, 11, 2, 23, 50, tzinfo=UTC))
    received = service.now
    raw = mail(form())
    boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}late", Body=raw)
    service.jump(timedelta(minutes=30))
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    event = ses_event(raw, message_id="late", sender="", recipients=[INTAKE], now=received)
    service.emulator.invoke("intake", event)
    assert service.challenge(_only(service)).request.deadline.day == date(2026, 11, 9)


def test_the_template_filled_in_is_a_good_email(service: Service) -> None:
    text = template(filled=True).replace("Sam Sample", "Willow Sample-North")
    text = text.replace("24 March 2027", "24 March 2028")
    assert service.receive(mail(f"Dear all,\n\n{text}\nKind regards\nIra\n")) == Became.RAISED
    assert service.challenge(_only(service)).raised.views == "Wants to stay at the same school."


def test_two_numbered_concerns_in_words_of_several_lines(service: Service) -> None:
    second = (
        "Concern 2: No dentist.\n\nFor a year now.\nConcern 2 theme: Health\n"
        "Concern 2 outcome: A dentist.\nConcern 2 by: 2027-02-01\n"
    )
    text = form().replace("Already tried", f"{second}Already tried")
    assert service.receive(mail(text)) == Became.RAISED
    first, other = service.challenge(_only(service)).raised.concerns
    assert first.theme == "placement"
    assert (other.theme, other.what) == ("health", "No dentist.\n\nFor a year now.")


@pytest.mark.parametrize(
    "worker", ["Willow Sample-North", "willow.sample-north@sampleshire.example"]
)
def test_a_social_worker_is_known_by_name_or_address(service: Service, worker: str) -> None:
    assert service.receive(mail(form(Social_worker=worker.upper()))) == Became.RAISED
    assert service.challenge(_only(service)).raised.social_worker == "sw-north-1"


def test_the_same_email_delivered_twice_raises_one_challenge(service: Service) -> None:
    service.receive(mail(form()))
    again = b"Received: by another.example\r\n" + mail(form())
    assert service.receive(again) == Became.RAISED
    assert len(service.open_challenges()) == 1
    assert len(_answers(service)) == 1


def test_the_same_email_without_an_id_is_known_by_what_it_says(service: Service) -> None:
    for _ in range(2):
        assert service.receive(mail(form(), message_id="")) == Became.RAISED
    assert len(service.open_challenges()) == 1
    service.receive(mail(form(Case_ID="CASE-2"), message_id=""))
    assert len(service.open_challenges()) == 2


def test_another_form_with_the_same_id_is_a_draft_and_is_answered(service: Service) -> None:
    service.receive(mail(form()))
    first = _only(service)
    other = mail(form(Case_ID="CASE-2", Name="Marigold Other"))
    for _ in range(2):
        assert service.receive(other) == Became.DRAFT
    assert service.open_challenges() == [first], "nothing is raised that nobody looked at"
    answer = _answers(service)[0]
    assert len(_answers(service)) == 2
    assert f"with the same Message-ID has already raised {first}" in " ".join(answer.text.split())
    _quotes_nothing(answer)
    page = Visitor(service, "iro-1").get(answer.links[0].removeprefix(URL))
    assert whole(page)["case-id"] == "CASE-2"
    whole(page).press("Continue").form("/raise").press("Raise this challenge")
    assert len(service.open_challenges()) == 2
    assert service.receive(other) == Became.RAISED, "by its draft"
    assert service.receive(mail(form())) == Became.RAISED
    assert len(service.open_challenges()) == 2
    assert wiring.drafts().of("iro-1") == []


def test_two_forms_with_one_id_of_which_the_first_is_a_draft_are_both_kept(
    service: Service,
) -> None:
    assert service.receive(mail(form(Stage="-"))) == Became.DRAFT
    assert service.receive(mail(form(Case_ID="CASE-2"))) == Became.RAISED
    assert service.receive(mail(form(Stage="-", Case_ID="CASE-3"))) == Became.DRAFT
    assert {draft.form["case-id"] for draft in wiring.drafts().of("iro-1")} == {
        "CASE-98431",
        "CASE-3",
    }
    assert service.challenge(_only(service)).raised.child.case_id == "CASE-2"


def test_two_forms_with_one_id_that_come_at_the_same_moment_are_both_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.receive(mail(form()))
    # The second did not see the first one when it looked.
    once, looked = Chain.once, iter([None])
    monkeypatch.setattr(Chain, "once", lambda self, key: next(looked, once(self, key)))
    assert service.receive(mail(form(Case_ID="CASE-2"))) == Became.DRAFT
    assert wiring.drafts().of("iro-1")[0].form["case-id"] == "CASE-2"


def test_an_email_raised_before_emails_were_told_apart_by_their_words_is_still_known(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        create = Chain.create

        def without(self: Chain, steps: Any, once: Any, now: Any) -> Any:  # noqa: ANN401 - as create
            return create(self, steps, replace(once, fingerprint=""), now)

        before.setattr(Chain, "create", without)
        service.receive(mail(form()))
    assert service.receive(mail(form())) == Became.RAISED
    assert wiring.drafts().of("iro-1") == []
    assert service.receive(mail(form(Case_ID="CASE-2"))) == Became.DRAFT


def test_another_officer_s_email_with_the_same_id_is_another_email(service: Service) -> None:
    service.receive(mail(form()))
    other = wiring.casebook().council().directory.officers["iro-2"].email
    assert service.receive(mail(form(), sender=other)) == Became.RAISED
    iros = {service.challenge(one).raised.iro for one in service.open_challenges()}
    assert iros == {"iro-1", "iro-2"}


def test_who_covers_for_an_iro_may_raise_by_email_and_a_manager_may_not(service: Service) -> None:
    assert service.receive(mail(form(), sender=TESSA)) == Became.NOT_AN_IRO
    assert service.open_challenges() == []
    (sent,) = _answers(service, "tm-n")
    assert sent.subject == "Your email has not raised a challenge: only an IRO can raise one"
    _quotes_nothing(sent)


# Bad mail ----------------------------------------------------------------------------------------


def test_an_email_that_cannot_be_raised_is_answered_with_each_field_and_what_is_allowed_there(
    service: Service,
) -> None:
    bad = form(Date_of_birth="soon", Team="Nowhere", Concern_1_theme="-", Case_ID="x" * 51)
    assert service.receive(mail(bad)) == Became.DRAFT
    assert service.open_challenges() == []
    (sent,) = _answers(service)
    listed = " ".join(sent.text.split())
    assert (
        "Case ID: The Case ID must be 50 characters or fewer. You have 51. "
        "Text of up to 50 characters."
    ) in listed
    assert "Date of birth: Date of birth must be a real date" in listed
    assert "Team: Select the child’s team. One of: North Team, South Team." in listed
    assert "Concern 1 theme: Select what this concern is about. One of: drift in" in listed
    assert "Initials:" not in listed, "what is right is not named"
    _quotes_nothing(sent)


def test_an_outcome_is_wanted_by_a_working_day(service: Service) -> None:
    assert service.receive(mail(form(Concern_1_by="3 January 2027"))) == Became.DRAFT
    (sent,) = _answers(service)
    assert (
        "Concern 1 by: The date by which you want the outcome must be a working day. The nearest "
        "are Thursday 31 December 2026 and Monday 4 January 2027. A working day from today on, like"
    ) in " ".join(sent.text.split())
    _quotes_nothing(sent)


def test_two_forms_in_one_email_raise_nothing_and_both_are_kept(service: Service) -> None:
    second = form(Case_ID="CASE-2", Name="Marigold Other")
    assert service.receive(mail(form() + second)) == Became.DRAFT
    assert service.open_challenges() == []
    (sent,) = _answers(service)
    listed = " ".join(sent.text.split())
    assert "Case ID: Your email gives two answers to this. The first is on the form" in listed
    assert "Name: Your email gives two answers to this." in listed
    assert "Team:" not in listed, "it is the same in both"
    _quotes_nothing(sent)
    page = Visitor(service, "iro-1").get(sent.links[0].removeprefix(URL))
    assert whole(page)["case-id"] == "CASE-98431"
    assert whole(page)["views"] == "Marigoldviewstext"
    for line in ("Case ID: CASE-2", "Name: Marigold Other"):
        assert line in page.text


def test_a_concern_keeps_its_own_number_in_the_answer(service: Service) -> None:
    third = "Concern 3: Marigold three\nConcern 3 theme: placement\nConcern 3 by: never\n"
    assert service.receive(mail(form() + third)) == Became.DRAFT
    (answer,) = _answers(service)
    assert "Concern 3 by: " in answer.text
    assert "Concern 3 outcome: " in answer.text
    assert "Concern 2" not in answer.text


def test_an_email_at_every_limit_is_answered_and_never_too_much_for_the_record(
    service: Service,
) -> None:
    words = "\U0001f467" * 5_000
    concerns = "".join(
        f"Concern {n}: {words}\nConcern {n} theme: health\nConcern {n} outcome: {words}\n"
        f"Concern {n} by: 2027-01-04\n"
        for n in range(2, 6)
    )
    text = form(Already_tried=words, Concern_1=words)
    fits = mail(text.replace("Already tried", f"{concerns}Already tried"), message_id="<fits@x>")
    assert service.receive(fits) == Became.RAISED
    more = concerns + concerns.replace("Concern ", "Concern 1")
    text = text.replace("Already tried", f"{more}Already tried")
    assert service.receive(mail(text)) == Became.DRAFT
    assert "longer than one form can hold" in " ".join(_answers(service)[0].text.split())


def test_what_was_written_comes_back_on_the_form_with_what_is_to_be_corrected(
    service: Service,
) -> None:
    text = form(Team="Nowhere", Concern_1_by="soon") + "End\nKind regards, Marigoldsignature\n"
    service.receive(mail(f"Dear team,\n{text}"))
    (sent,) = _answers(service)
    (link, how_to) = sent.links
    assert how_to == f"{URL}/raise/by-email"
    ira = Visitor(service, "iro-1")
    page = ira.get(link.removeprefix(URL))
    typed = whole(page)
    assert page.status == 200
    assert typed["case-id"] == "CASE-98431"
    assert typed["concern-1-what"] == "Marigoldwrongtext"
    assert (typed["date-of-birth-day"], typed["date-of-birth-month"]) == ("5", "4")
    assert typed["concern-1-by-day"] == "soon", "what is no date is there to be seen"
    assert typed["social-worker"] == "sw-north-1"
    for beside in ("Dear team,", "Team: Nowhere", "Marigoldsignature"):
        assert beside in page.text, "nothing that was written is lost"
    assert {*errors_of(page)} == {"#team", "#concern-1-by-day"}

    mended = {"team": "North Team", "concern-1-by-day": "4", "concern-1-by-month": "1"}
    check = typed.fill({**mended, "concern-1-by-year": "2027"}).press("Continue")
    done = check.form("/raise").press("Raise this challenge")
    assert "/raised/PCE-" in done.address
    assert "Your drafts" not in ira.get("/").text, "the draft is used up"


def test_an_email_that_cannot_be_read_to_its_end_is_a_draft_although_its_form_is_complete(
    service: Service,
) -> None:
    raw = mail(form() + "End\n" + "word " * 100_000)
    assert service.receive(raw) == Became.DRAFT
    assert service.open_challenges() == []
    (answer,) = _answers(service)
    assert "could not be read to its end" in " ".join(answer.text.split())
    _quotes_nothing(answer)


def test_a_page_that_is_nested_too_deep_is_a_draft_and_the_answer_says_why(
    service: Service,
) -> None:
    lines = form().replace("\n", "<br>")
    raw = mail(" ", html=f"<p>{lines}</p>{'<div>' * 300}Marigold{'</div>' * 300}")
    assert service.receive(raw) == Became.DRAFT
    (answer,) = _answers(service)
    assert "its layout is nested too deep" in " ".join(answer.text.split())
    _quotes_nothing(answer)


@pytest.mark.parametrize("words", ["Please see the form attached.", ""])
def test_a_form_sent_as_a_file_is_told_that_files_are_not_read_and_what_to_do(
    service: Service, words: str
) -> None:
    message = message_from_bytes(mail(words), policy=SMTP)
    message.add_attachment(form().encode(), "application", "pdf", filename="Quillon.pdf")
    assert service.receive(message.as_bytes()) == Became.DRAFT
    (answer,) = _answers(service)
    said = " ".join(answer.text.split())
    assert "We do not open attached files" in said
    assert "Case ID:" not in said, "not a list of every field"
    assert "What to correct" not in said
    _quotes_nothing(answer)
    page = Visitor(service, "iro-1").get(answer.links[0].removeprefix(URL))
    assert whole(page)["case-id"] == ""


def test_a_form_with_a_file_beside_it_is_raised(service: Service) -> None:
    message = message_from_bytes(mail(form()), policy=SMTP)
    message.add_attachment(b"%PDF", "application", "pdf", filename="plan.pdf")
    assert service.receive(message.as_bytes()) == Became.RAISED


def test_a_draft_is_found_on_the_front_page_by_its_owner_alone(service: Service) -> None:
    service.receive(mail("Case ID: CASE-98431\nName: Quillon Zephyrine\n"))
    service.receive(mail("Case ID: CASE-2\nInitials: A.B.\n", message_id="<two@one.example>"))
    ira = Visitor(service, "iro-1")
    front = ira.get("/")
    assert front.link("A challenge to raise, from your email: A.B. (Case ID CASE-2)")
    link = front.link("A challenge to raise, from your email: Case ID CASE-98431")
    assert whole(ira.get(link))["name"] == "Quillon Zephyrine"
    other = Visitor(service, "iro-2")
    assert "Your drafts" not in other.get("/").text
    assert "Quillon" not in other.get(link).text


def test_what_is_not_corrected_yet_stays_beside_the_form_while_it_is_worked_on(
    service: Service,
) -> None:
    service.receive(mail(f"Dear team,\n{form(Stage='-')}"))
    link = _answers(service)[0].links[0]
    page = Visitor(service, "iro-1").get(link.removeprefix(URL))
    assert "Dear team," in whole(page).press("Add another concern").text
    assert "Dear team," in whole(page).press("Continue").text


def test_a_draft_that_is_open_in_two_tabs_raises_one_challenge(service: Service) -> None:
    service.receive(mail(form(Stage="-")))
    link = _answers(service)[0].links[0].removeprefix(URL)
    ira = Visitor(service, "iro-1")
    tabs = [whole(ira.get(link)).fill({"stage": "1"}).press("Continue") for _ in range(2)]
    done = [tab.form("/raise").press("Raise this challenge") for tab in tabs]
    assert done[0].address == done[1].address
    assert len(service.open_challenges()) == 1


@pytest.mark.parametrize("senders", [[], ["a@evil.example"], [IRA, "a@evil.example"]])
def test_a_sender_whom_ses_read_otherwise_is_unknown(service: Service, senders: list[str]) -> None:
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    raw = mail(form())
    boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}odd", Body=raw)
    event = ses_event(raw, message_id="odd", sender="", recipients=[INTAKE], now=service.now)
    event["Records"][0]["ses"]["mail"]["commonHeaders"]["from"] = senders
    (taken,) = service.emulator.invoke("intake", event)["mails"]
    assert taken["became"] == Became.STRANGER


def test_an_email_that_fails_whatever_is_tried_is_seen_by_operators(service: Service) -> None:
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    event = ses_event(mail("x"), message_id="lost", sender="", recipients=[INTAKE], now=service.now)
    for _ in range(3):
        with pytest.raises(FunctionError):
            service.emulator.invoke("intake", event)
    (noted,) = wiring.casebook().record.beside.all_kept(taken_on(service.now.date()))
    assert (noted["message_id"], noted["became"]) == ("lost", Became.NOTHING_YET)


@pytest.mark.parametrize("char", ["\x01", '"', "\\", "\U0001f467"])
def test_an_email_full_of_one_character_is_answered(service: Service, char: str) -> None:
    words = char * 5_000
    concerns = "".join(
        f"Concern {n}: {words}\nConcern {n} outcome: {words}\n" for n in range(1, 31)
    )
    text = f"Case ID: 1\nTried: {words}\nViews: {words}\nReason: {words}\n{concerns}"
    assert service.receive(mail(text)) == Became.DRAFT
    assert _answers(service)[0].links


def test_the_same_bad_email_delivered_twice_is_one_draft_and_one_answer(service: Service) -> None:
    for _ in range(2):
        assert service.receive(mail("Case ID: CASE-98431\nName: Quillon\n")) == Became.DRAFT
    assert len(_answers(service)) == 1
    assert len(wiring.drafts().of("iro-1")) == 1


def test_a_draft_that_was_sent_does_not_come_back_with_a_second_delivery(
    service: Service,
) -> None:
    bad = mail(form(Stage="-"))
    service.receive(bad)
    page = Visitor(service, "iro-1").get(_answers(service)[0].links[0].removeprefix(URL))
    check = whole(page).fill({"stage": "1"}).press("Continue")
    check.form("/raise").press("Raise this challenge")
    service.receive(bad)
    assert wiring.drafts().of("iro-1") == []
    assert len(service.open_challenges()) == 1


def test_an_email_of_an_iro_without_any_label_is_kept_and_told_how(service: Service) -> None:
    assert service.receive(mail("Please could somebody help Quillon Zephyrine?")) == Became.DRAFT
    (sent,) = _answers(service)
    assert "Case ID: Enter the child’s Case ID" in " ".join(sent.text.split())
    page = Visitor(service, "iro-1").get(sent.links[0].removeprefix(URL))
    assert "Please could somebody help Quillon Zephyrine?" in page.text


def test_an_answer_is_a_reply_that_nobody_s_program_answers(service: Service) -> None:
    service.receive(mail("Case ID: CASE-98431\nName: Quillon\n"))
    (sent,) = _answers(service)
    assert sent.headers["Auto-Submitted"] == "auto-replied"
    assert sent.headers["In-Reply-To"] == "<one@sampleshire.example>"
    assert sent.headers["Reply-To"] == INTAKE
    assert sent.to == ("ira.sample-one@sampleshire.example",), "the directory's address, no other"


# Whom it believes --------------------------------------------------------------------------------


@pytest.mark.parametrize("check", ["spam", "virus", "spf", "dkim", "dmarc"])
@pytest.mark.parametrize("status", ["FAIL", "GRAY", "PROCESSING_FAILED"])
def test_an_email_that_did_not_pass_every_check_gets_nothing(
    service: Service, check: str, status: str
) -> None:
    assert service.receive(mail(form()), **{check: status}) == Became.FAILED_CHECKS
    assert service.open_challenges() == []
    assert service.mails() == []
    assert wiring.drafts().of("iro-1") == []


@pytest.mark.parametrize(
    "sender",
    [
        "stranger@elsewhere.example",
        "ira.sample-one@sampleshire.example.evil.example",
        "ira.sample-one@sampleshire.example, stranger@elsewhere.example",
        '"ira.sample-one@sampleshire.example" <stranger@elsewhere.example>',
        "ira.sample-one@sampleshire.example <stranger@elsewhere.example>",
    ],
)
def test_an_unknown_sender_gets_nothing(service: Service, sender: str) -> None:
    raw = mail(form()).replace(IRA.encode(), sender.encode())
    assert service.receive(raw) == Became.STRANGER
    assert service.open_challenges() == []
    assert service.mails() == []


def test_two_senders_are_no_sender(service: Service) -> None:
    raw = b"From: ira.sample-one@sampleshire.example\r\n" + mail(form(), sender="x@y.example")
    assert service.receive(raw) == Became.STRANGER


def test_somebody_who_has_left_is_an_unknown_sender(service: Service) -> None:
    council = wiring.casebook().council()
    assert council.directory.by_email("ira.sample-one@sampleshire.example")
    raw = mail(form(), sender="gone.sample@sampleshire.example")
    assert service.receive(raw) == Became.STRANGER


def test_operators_see_what_happened_to_each_email_without_a_word_of_it(service: Service) -> None:
    service.receive(mail(form()), message_id="good")
    service.receive(
        mail("Case ID: CASE-98431\nName: Quillon\n", message_id="<two@x>"), message_id="bad"
    )
    service.receive(mail(form(), sender="stranger@elsewhere.example"), message_id="stranger")
    service.receive(mail(form()), message_id="forged", dmarc="FAIL", spf="GRAY")
    noted = wiring.casebook().record.beside.all_kept(taken_on(service.now.date()))
    assert {one["message_id"]: one["became"] for one in noted} == {
        "good": Became.RAISED,
        "bad": Became.DRAFT,
        "stranger": Became.STRANGER,
        "forged": Became.FAILED_CHECKS,
    }
    by_id = {one["message_id"]: one for one in noted}
    assert by_id["good"]["reference"] == _only(service)
    assert by_id["forged"]["failed"] == "spf, dmarc"
    for word in TYPED:
        assert word not in str(noted)


def test_the_email_stays_as_it_came_as_evidence(service: Service) -> None:
    raw = mail(form())
    service.receive(raw, message_id="kept")
    got = boto3.client("s3").get_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}kept")
    assert got["Body"].read() == raw


# The key of a link -------------------------------------------------------------------------------


def test_the_key_of_a_reply_link_comes_neither_on_the_record_nor_into_a_draft(
    service: Service,
) -> None:
    service.raise_at(Stage.ONE)
    key = reply_link(service, "tm-n").removeprefix("/reply/")
    tried = f"He wrote {key} and https://gateway.example/?u={URL}/reply/{key}"
    assert service.receive(mail(form(Already_tried=tried))) == Became.RAISED
    bad = mail(f"{key}\n{form(Stage='-', Already_tried=tried)}", message_id="<two@x>")
    assert service.receive(bad) == Became.DRAFT
    for item in boto3.client("dynamodb").scan(TableName=TABLE)["Items"]:
        assert key not in str(item)
    raised = [service.challenge(one).raised.tried for one in service.open_challenges()]
    assert f"He wrote {LEFT_OUT} and {LEFT_OUT}" in raised
    (draft,) = wiring.drafts().of("iro-1")
    assert draft.form["tried"] == f"He wrote {LEFT_OUT} and {LEFT_OUT}"
    assert draft.beside == LEFT_OUT


# For somebody else ------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Sender", "Resent-From", "Resent-Sender"])
def test_what_somebody_else_sent_for_an_iro_is_a_draft_until_the_iro_sends_it(
    service: Service, header: str
) -> None:
    """As an Exchange delegate sends it: ``From`` is the IRO, ``Sender`` who really sent it."""
    raw = mail(form(), headers={header: TESSA})
    for _ in range(2):
        assert service.receive(raw) == Became.DRAFT
    assert service.open_challenges() == []
    (answer,) = _answers(service)
    assert "it was sent by Tessa Sample-North" in " ".join(answer.text.split())
    _quotes_nothing(answer)
    assert service.mails("tm-n") == [], "the answer is the IRO's"
    ira = Visitor(service, "iro-1")
    named = "Tessa Sample-North (tessa.sample-north@sampleshire.example)"
    assert named in ira.get("/").text
    page = ira.get(answer.links[0].removeprefix(URL))
    assert f"written for you by {named}" in " ".join(page.text.split())
    check = whole(page).press("Continue")
    check.form("/raise").press("Raise this challenge")
    reference = _only(service)
    first = service.challenge(reference).events[0].actor
    assert (first.officer, first.via, first.typed_by) == ("iro-1", "page", named)
    assert f"written for them by {named}" in ira.get(f"/challenges/{reference}").text
    assert service.receive(raw) == Became.RAISED, "by its draft"
    assert service.open_challenges() == [reference]


def test_a_draft_that_was_interrupted_still_says_who_wrote_it(service: Service) -> None:
    raw = mail(f"A line of no field.\n{form()}", headers={"Sender": TESSA})
    assert service.receive(raw) == Became.DRAFT
    ira = Visitor(service, "iro-1")
    page = ira.get(_answers(service)[0].links[0].removeprefix(URL))
    assert "A line of no field." in page.text
    views = section(page, "before")
    ira.post("/sign-out", {})
    left = views.form().fill({"views": "Marigoldleft"})
    assert left.press("Save and continue").status == 401
    ira.sign_in("iro-1")
    (draft,) = [one for one in wiring.drafts().of("iro-1") if one.origin == PAGE]
    named = "Tessa Sample-North (tessa.sample-north@sampleshire.example)"
    back = ira.get(draft.address)
    assert back.form()["views"] == "Marigoldleft"
    assert "A line of no field." in back.text
    back = back.form().press("list")
    assert f"written for you by {named}" in " ".join(back.text.split())
    assert "A line of no field." in back.text
    whole(back).press("Continue").form("/raise").press("Raise this challenge")
    assert service.challenge(_only(service)).events[0].actor.typed_by == named
    assert wiring.drafts().of("iro-1") == [], "nor is what it came from left to be sent"
    assert service.receive(raw) == Became.RAISED, "by its draft"


def test_a_draft_of_an_email_is_shown_with_its_labels_where_it_cannot_be_sent_any_more(
    service: Service,
) -> None:
    service.receive(mail(f"A line of no field.\n{form(Stage='-')}"))
    (draft,) = wiring.drafts().of("iro-1")
    page = Visitor(service, "iro-1").get(draft.address)
    keys = ("child", "social-worker", "concern", "before", "rights", "stage", "urgency", "court")
    soups = [section(page, key).soup for key in keys]
    called = ".govuk-label--s, .govuk-fieldset__legend--s"
    labels = [one.get_text(strip=True) for soup in soups for one in soup.select(f"main {called}")]
    assert set(labels) <= set(draft.labels.values()), "each field of its page has its label"
    assert len(labels) > 15

    book = wiring.casebook()
    directory = book.council().directory
    held = {one.id: replace(one, holder=None) for one in directory.posts_held("iro-1", TODAY)}
    book._council.load_directory(replace(directory, posts={**directory.posts, **held}))
    left = Visitor(service, "iro-1").get(draft.address)
    assert left.status == 403
    shown = {
        label.get_text(strip=True): text.get_text(strip=True)
        for label, text in zip(
            left.soup.select("main dl dt"), left.soup.select("main dl dd"), strict=True
        )
    }
    assert shown["Case ID"] == "CASE-98431"
    assert shown["Date of birth"] == "5 4 2013"
    assert shown["Concern 1: What is wrong?"] == "Marigoldwrongtext"
    assert shown["Concern 1: By when?"] == "4 1 2027"
    assert shown["What are the child’s views?"] == "Marigoldviewstext"
    assert "A line of no field." in shown["Also in your email"]
    # The boxes of a date are one line; the number of a concern is in each of its labels.
    written = {re.sub(r"-(day|month|year)$", "", name) for name, text in draft.form.items() if text}
    assert len(shown) == len(written) + 1, "all that was written, and what fits nowhere"


def test_an_address_of_nobody_s_is_on_the_draft_and_not_in_the_answer(service: Service) -> None:
    raw = mail(form(), headers={"Sender": "Quillon <quillon@agency.example>"})
    assert service.receive(raw) == Became.DRAFT
    assert "it was sent by somebody else" in " ".join(_answers(service)[0].text.split())
    _quotes_nothing(_answers(service)[0])
    assert wiring.drafts().of("iro-1")[0].typed_by == "quillon@agency.example"


def test_an_email_that_another_officer_posted_is_theirs_as_well(service: Service) -> None:
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    raw = mail(form())
    boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}posted", Body=raw)
    became = []
    for sender in ("tessa.sample-north@sampleshire.example", "bounces+7@mailer.example"):
        event = ses_event(
            raw, message_id="posted", sender=sender, recipients=[INTAKE], now=service.now
        )
        became.append(service.emulator.invoke("intake", event)["mails"][0]["became"])
    assert became == [Became.DRAFT, Became.RAISED], "a program's address says nothing"


def test_an_answer_never_goes_where_the_email_asks_for_it(service: Service) -> None:
    service.receive(mail("Case ID: 1\n", headers={"Reply-To": "evil@x.example", "Sender": TESSA}))
    assert {sent.to for sent in service.mails()} == {("ira.sample-one@sampleshire.example",)}


# Loops -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated (rejected)"),
        ("Auto-Submitted", "auto-notified; owner-email=x@y.example"),
        ("Precedence", "bulk"),
        ("Precedence", "auto_reply"),
        ("Return-Path", "<>"),
        ("List-Id", "<all.council.example>"),
        ("X-Autoreply", "yes"),
    ],
)
def test_rfc_3834_what_a_program_sent_is_never_answered(
    service: Service, name: str, value: str
) -> None:
    assert service.receive(mail("I am away.", headers={name: value})) == Became.AUTOMATIC
    assert service.mails() == []
    assert wiring.drafts().of("iro-1") == []


def test_a_report_of_a_bounce_is_never_answered(service: Service) -> None:
    raw = mail("It bounced.").replace(b"text/plain", b"multipart/report; boundary=x")
    assert service.receive(raw) == Became.AUTOMATIC


def test_a_person_s_email_may_say_that_no_program_sent_it(service: Service) -> None:
    assert service.receive(mail(form(), headers={"Auto-Submitted": "no"})) == Became.RAISED


def test_a_program_that_hides_what_it_is_is_answered_so_often_and_no_more(
    service: Service,
) -> None:
    for number in range(ANSWERS_A_DAY + 3):
        raw = mail("I am away.", message_id=f"<{number}@x>")
        expected = Became.DRAFT if number < ANSWERS_A_DAY else Became.TOO_MANY
        assert service.receive(raw) == expected
    assert len(_answers(service)) == ANSWERS_A_DAY
    service.jump(timedelta(days=1))
    assert service.receive(mail("I am back.", message_id="<next@x>")) == Became.DRAFT


def test_an_email_that_is_delivered_again_is_answered_and_counted_once(service: Service) -> None:
    """However many answers the officer has had by then: this email had its own."""
    first = mail("I am away.", message_id="<first@x>")
    for _ in range(ANSWERS_A_DAY + 1):
        assert service.receive(first) == Became.DRAFT
    assert len(_answers(service)) == 1
    for number in range(1, ANSWERS_A_DAY):
        assert service.receive(mail("I am away.", message_id=f"<{number}@x>")) == Became.DRAFT
    assert service.receive(mail("I am away.", message_id="<last@x>")) == Became.TOO_MANY
    assert service.receive(first) == Became.DRAFT
    assert len(_answers(service)) == ANSWERS_A_DAY


def test_our_own_emails_that_come_back_are_not_answered(service: Service) -> None:
    service.receive(mail("Case ID: CASE-98431\nName: Quillon\n"))
    (sent,) = _answers(service)
    assert service.receive(sent.raw) == Became.AUTOMATIC


# When AWS fails ----------------------------------------------------------------------------------


def test_an_email_that_is_not_in_s3_yet_is_taken_when_aws_calls_again(service: Service) -> None:
    from infra.local.mail_in import ses_event  # noqa: PLC0415 - only here

    raw = mail(form())
    event = ses_event(raw, message_id="early", sender="", recipients=[INTAKE], now=service.now)
    with pytest.raises(FunctionError, match="NoSuchKey"):
        service.emulator.invoke("intake", event)
    boto3.client("s3").put_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}early", Body=raw)
    service.emulator.invoke("intake", event)
    assert len(service.open_challenges()) == 1


def test_an_answer_that_ses_did_not_take_goes_out_when_aws_calls_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.mail import Mail, MailUnavailableError  # noqa: PLC0415 - only here

    send = Mail.send

    def fails(*_: object) -> str:
        message = "Throttling"
        raise MailUnavailableError(message)

    monkeypatch.setattr(Mail, "send", fails)
    raw = mail("Case ID: CASE-98431\nName: Quillon\n")
    with pytest.raises(FunctionError, match="MailUnavailableError"):
        service.receive(raw)
    assert len(wiring.drafts().of("iro-1")) == 1, "what was written is kept in any case"
    monkeypatch.setattr(Mail, "send", send)
    service.jump(timedelta(minutes=1))
    assert service.receive(raw) == Became.DRAFT
    assert len(_answers(service)) == 1


def test_an_answer_that_cannot_be_written_is_tried_when_aws_calls_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty(*_: object, **__: object) -> None:
        raise KeyError("council")

    raw = mail("Case ID: CASE-98431\nName: Quillon\n")
    with monkeypatch.context() as bug:
        bug.setattr("adapters.letters.write", faulty)
        with pytest.raises(FunctionError, match="could not be written \\(KeyError\\)"):
            service.receive(raw, message_id="one")
    assert len(wiring.drafts().of("iro-1")) == 1, "what was written is kept in any case"
    assert "letter not sent" in {one.message for one in caplog.records}
    assert service.receive(raw, message_id="one") == Became.DRAFT, "as soon as it is called again"
    assert len(_answers(service)) == 1


def test_an_answer_to_an_address_that_ses_refuses_holds_up_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.mail import Mail, MailRefusedError  # noqa: PLC0415 - only here

    tried: list[str] = []

    def refuses(_self: Mail, to: str, *_: object) -> str:
        tried.append(to)
        code = "MessageRejected"
        raise MailRefusedError(code)

    monkeypatch.setattr(Mail, "send", refuses)
    raw = mail("Case ID: CASE-98431\nName: Quillon\n")
    for _ in range(2):
        assert service.receive(raw, message_id="one") == Became.REFUSED
    assert len(tried) == 1, "what is refused for good is not tried again"
    assert len(wiring.drafts().of("iro-1")) == 1
    found = boto3.client("s3").head_object(Bucket=MAIL_BUCKET, Key=f"{KEYS}one")
    assert found["ObjectLockMode"] == "GOVERNANCE", "it is evidence as any other"


# The page with the template ----------------------------------------------------------------------


def test_the_template_is_on_a_page_to_copy_with_what_may_stand_in_each_line(
    service: Service,
) -> None:
    ira = Visitor(service, "iro-1")
    page = ira.get(ira.get("/raise").link("raise it by email"))
    assert page.heading == "Raise a challenge by email"
    to_copy = page.soup.select("pre")[0].get_text()
    assert to_copy == template()
    assert INTAKE in page.text
    assert page.link("Write the email").startswith(f"mailto:{INTAKE.replace('@', '%40')}?subject=")
    for label in LINES:
        assert re.search(rf"^{re.escape(label)}: ?$", to_copy, re.MULTILINE)
        assert label in page.text
    assert "One of: North Team, South Team" in page.text


def test_only_who_may_raise_sees_the_template(service: Service) -> None:
    assert Visitor(service, "tm-n").get("/raise/by-email").status == 403


def test_nothing_about_the_form_is_lost_between_the_ways_in() -> None:
    """Every field of the form has a label, and every label belongs to a field."""
    from handlers.forms import ConcernForm, RaiseForm  # noqa: PLC0415 - only here
    from handlers.intake.labelled import LABELS, PARTS  # noqa: PLC0415

    rows = {"concerns", "actions"}
    assert {label.field for label in LABELS} | rows == set(RaiseForm.model_fields)
    assert {part.field for part in PARTS} == set(ConcernForm.model_fields)
    assert Raised.__dataclass_fields__


def test_the_template_in_the_docs_is_the_one_that_is_read() -> None:
    assert f"```\n{template(filled=True)}```" in (ROOT / "docs" / "doors.md").read_text()
