"""If you reply to an email instead of using its link, the IRO gets a note of what you wrote.

You are told how to reply to the challenge.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.casebook import Casebook
from adapters.errors import TryAgainError
from adapters.mailroom import ANSWERS_A_DAY
from domain.events import Actor
from domain.ladder import Stage
from domain.rules.notes import Noted, WriteNote
from domain.rules.replies import Answer
from handlers.intake import Became
from handlers.intake.mail import read
from handlers.intake.officers import LONGEST_NOTE
from infra.local.emulator import FunctionError
from tests.doors.post import IRA, TESSA, form, mail
from tests.pages.visitor import Visitor, reply_link
from tests.workflow.service import INTAKE, URL

if TYPE_CHECKING:
    from tests.workflow.service import Service

NOT_A_REPLY = "Kept as a note, please still reply"


def _answer(service: Service, words: str, officer: str = "tm-n") -> bytes:
    """Return the email that ``officer``'s program sends when they press Reply in the last one."""
    letter = service.mails(officer)[-1]
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    text = f"{words}\n\nOn Mon, 2 Nov 2026 at 10:00, Positive Challenge wrote:\n{quoted}\n"
    return mail(
        text,
        sender=letter.to[0],
        subject=f"RE: {letter.subject}",
        message_id=f"<{hash(words)}@sampleshire.example>",
        headers={"In-Reply-To": str(letter.headers["Message-ID"])},
    )


def _notes(service: Service, reference: str) -> list[str]:
    facts = [event.fact for event in service.challenge(reference).events]
    return [fact.words for fact in facts if isinstance(fact, Noted)]


def test_an_answer_to_an_email_is_a_note_and_no_reply(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    assert service.receive(_answer(service, "Marigoldnote: all sorted.")) == Became.NOTE
    challenge = service.challenge(reference)
    assert _notes(service, reference) == ["Marigoldnote: all sorted."]
    assert challenge.awaiting_reply, "a promise in a mail is no reply"
    assert challenge.events[-1].actor.via == "email"
    assert service.rung(reference) == "Stage 1"


def test_the_manager_is_told_how_to_answer_with_a_link_that_works(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.receive(_answer(service, "Marigoldnote"))
    sent = service.mails("tm-n")[-1]
    assert sent.subject == f"{NOT_A_REPLY}: {reference}, Stage 1"
    assert "by Monday 9 November 2026" in sent.text.replace("\n", " ")
    assert "Marigoldnote" not in sent.text + sent.html
    page = Visitor(service).get(reply_link(service, "tm-n"))
    check = page.form().whole({"answer": "resolved", "words": "Done."}).press("Check your reply")
    check.form().press("Send your reply")
    assert service.challenge(reference).request.answered


def test_the_iro_hears_about_the_note_and_reads_it_on_the_challenge_s_page(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.receive(_answer(service, "Marigoldnote"))
    assert service.news("iro-1") == ["Tessa Sample-North wrote a note."]
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    assert "Marigoldnote" in page.text
    assert "Tessa Sample-North wrote a note" in page.text


def test_the_email_that_was_answered_is_not_kept_with_the_note_nor_is_its_link(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    link = reply_link(service, "tm-n")
    raw = mail(f"See {URL}{link} please", sender=TESSA, subject=f"Re: {reference}")
    service.receive(raw)
    service.receive(_answer(service, "Marigoldnote"))
    notes = _notes(service, reference)
    assert notes == [f"See {URL}/reply/… please", "Marigoldnote"]
    assert link.removeprefix("/reply/") not in str(notes)


def test_the_same_answer_delivered_twice_is_one_note(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = _answer(service, "Marigoldnote")
    for _ in range(3):
        assert service.receive(raw) == Became.NOTE
    assert _notes(service, reference) == ["Marigoldnote"]
    assert len([m for m in service.mails("tm-n") if NOT_A_REPLY in m.subject]) == 1


def test_another_answer_with_the_same_id_is_another_note(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    for words in ("First.", "Second.", "First."):
        raw = mail(words, sender=TESSA, subject=f"Re: {reference}", message_id="<same@x>")
        assert service.receive(raw) == Became.NOTE
    assert _notes(service, reference) == ["First.", "Second."]


def test_a_note_kept_before_emails_were_told_apart_by_their_words_is_still_known(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = mail("First.", sender=TESSA, subject=f"Re: {reference}")
    actor = Actor("tm-n", "Tessa Sample-North", "responder", "email")
    wiring.casebook().act(reference, WriteNote("First."), actor, f"mail-{read(raw).id}")
    assert service.receive(raw) == Became.NOTE
    assert _notes(service, reference) == ["First."]


def test_somebody_who_has_replied_already_is_not_asked_again(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n", Answer.RESOLVED)
    service.receive(_answer(service, "One more thing."))
    sent = service.mails("tm-n")[-1]
    assert sent.subject == f"Your email is kept as a note: {reference}, Stage 1"
    assert "You do not need to do anything more." in sent.text
    assert _notes(service, reference) == ["One more thing."]


def test_who_was_only_informed_may_write_a_note_too(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    assert service.receive(_answer(service, "I know of this.", "csm")) == Became.NOTE
    sent = service.mails("csm")[-1]
    assert sent.links == (f"{URL}/challenges/{reference}",)


def test_the_reference_is_found_in_the_email_below_where_the_subject_was_changed(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = _answer(service, "Marigoldnote").replace(b"Subject: RE: ", b"Subject: my answer\nX-Old: ")
    assert service.receive(raw) == Became.NOTE
    assert _notes(service, reference) == ["Marigoldnote"]


@pytest.mark.parametrize("officer", ["tm-s", "analyst", "sw-s1"])
def test_who_is_no_part_of_the_challenge_leaves_no_note_and_learns_nothing(
    service: Service, officer: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    directory = wiring.casebook().council().directory
    sender = directory.officers.get(officer) or directory.officers["tm-s"]
    answers = []
    for named in (reference, "PCE-2222-2222"):
        raw = mail("Hello?", sender=sender.email, subject=named, message_id=f"<{named}@x>")
        assert service.receive(raw) == Became.NO_CHALLENGE
        answers.append(service.mails(sender.id)[-1].text)
    assert answers[0] == answers[1], "whether it exists is not told"
    assert _notes(service, reference) == []


def test_nothing_is_noted_after_the_end(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = _answer(service, "Too late?")
    service.withdraw(reference)
    before = service.challenge(reference).version
    assert service.receive(raw) == Became.NO_CHALLENGE
    assert service.challenge(reference).version == before
    assert "A challenge that has ended takes no more notes" in service.mails("tm-n")[
        -1
    ].text.replace("\n", " ")


def _many(service: Service, reference: str, sender: str) -> list[str]:
    """Send two notes more than we answer in a day. Return what happened to each."""
    return [
        service.receive(
            mail(f"Note {n}.", sender=sender, subject=f"Re: {reference}", message_id=f"<{n}@x>")
        )
        for n in range(ANSWERS_A_DAY + 2)
    ]


@pytest.mark.ci  # they answer each other for days
def test_two_programs_that_answer_each_other_come_to_an_end_and_no_note_is_lost(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    began = len(service.mails("tm-n")), len(service.mails("iro-1"))
    became = _many(service, reference, TESSA)
    assert became == [Became.NOTE] * ANSWERS_A_DAY + [Became.NOTE_ALONE] * 2
    assert _notes(service, reference) == [f"Note {n}." for n in range(ANSWERS_A_DAY + 2)]
    told = len(service.mails("tm-n")) - began[0], len(service.mails("iro-1")) - began[1]
    assert told == (ANSWERS_A_DAY, 0), "the IRO's daily email tells them"
    assert len(service.news("iro-1")) == ANSWERS_A_DAY + 2
    page = Visitor(service, "iro-1").get(f"/challenges/{reference}")
    assert f"Note {ANSWERS_A_DAY + 1}." in page.text
    service.jump(timedelta(days=1))
    raw = mail("Back.", sender=TESSA, subject=f"Re: {reference}", message_id="<next@x>")
    assert service.receive(raw) == Became.NOTE


def test_the_program_of_an_iro_comes_to_an_end_as_well(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    began = len(service.mails("iro-1"))
    _many(service, reference, IRA)
    assert len(_notes(service, reference)) == ANSWERS_A_DAY + 2
    assert len(service.mails("iro-1")) - began == ANSWERS_A_DAY


def test_a_form_beyond_those_that_are_answered_is_a_draft_also_when_it_is_delivered_again(
    service: Service,
) -> None:
    for n in range(ANSWERS_A_DAY):
        service.receive(mail("Initials: QZ\n", message_id=f"<{n}@x>"))
    began = len(service.mails("iro-1"))
    last = mail("Initials: QZ\nStage: 1\n", message_id="<last@x>")
    assert service.receive(last) == service.receive(last)
    assert len(service.mails("iro-1")) == began


def test_a_note_beyond_those_that_are_answered_is_the_same_when_it_is_delivered_again(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    _many(service, reference, TESSA)
    raw = mail("Late.", sender=TESSA, subject=f"Re: {reference}", message_id="<late@x>")
    assert [service.receive(raw) for _ in range(2)] == [Became.NOTE_ALONE] * 2
    assert _notes(service, reference).count("Late.") == 1


def test_what_fails_again_and_again_uses_up_none_of_a_days_answers(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    raw = _answer(service, "Marigoldnote")

    def busy(*_: object, **__: object) -> None:
        message = "In a test."
        raise TryAgainError(message)

    with monkeypatch.context() as broken:
        broken.setattr(Casebook, "act", busy)
        for _ in range(ANSWERS_A_DAY + 1):
            with pytest.raises(FunctionError):
                service.receive(raw)
    assert service.receive(raw) == Became.NOTE
    assert NOT_A_REPLY in service.mails("tm-n")[-1].subject


@pytest.mark.parametrize("missing", ["Case ID", "Name"])
def test_an_iros_form_that_names_another_challenge_is_never_put_on_that_one(
    service: Service, missing: str
) -> None:
    other = service.raise_at(Stage.ONE)
    raw = mail(form(**{missing: "-", "Already tried": f"As in {other} before."}))
    assert service.receive(raw) == Became.DRAFT
    assert _notes(service, other) == []


@pytest.mark.parametrize(
    "link",
    [
        "https://gateway.example/?url=https%3A%2F%2Fchallenge.example%2Freply%2F{token}&data=x",
        "https://challenge.example/reply/{token}",
        "https://challenge.example/REPLY/{token}",
        "https://challenge.example/reply/{half}=\n{rest}",
        "{token}",
        "{half}\n{rest}",
        "https%253A%252F%252Fchallenge.example%252Freply%252F{token}",
        "https://urldefense.com/v3/__https://challenge.example/reply/{token}__;!!Mak6IKo!OLX$",
    ],
)
def test_a_link_is_left_out_of_a_note_however_an_email_program_wrote_it(
    service: Service, link: str
) -> None:
    reference = service.raise_at(Stage.ONE)
    token = reply_link(service, "tm-n").removeprefix("/reply/")
    text = link.format(token=token, half=token[:20], rest=token[20:])
    service.receive(mail(f"See {text} please", sender=TESSA, subject=f"Re: {reference}"))
    (note,) = _notes(service, reference)
    assert token not in note
    assert token[20:] not in note
    assert note.startswith("See ")
    assert note.endswith(" please")


def test_an_out_of_office_reply_is_no_note(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = b"Auto-Submitted: auto-replied\r\n" + _answer(service, "I am away until Monday.")
    assert service.receive(raw) == Became.AWAY
    assert _notes(service, reference) == []


def test_an_answer_that_failed_the_checks_is_no_note(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    assert service.receive(_answer(service, "Forged."), dkim="FAIL") == Became.FAILED_CHECKS
    assert _notes(service, reference) == []


def test_an_answer_without_words_of_its_own_says_so(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.receive(_answer(service, ""))
    assert _notes(service, reference) == [
        "(The email held no words of its own. It is kept as it came.)"
    ]


def test_a_very_long_answer_is_cut_and_says_where_the_rest_is(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.receive(_answer(service, "word " * 10_000))
    (note,) = _notes(service, reference)
    assert len(note) < LONGEST_NOTE + 100
    assert note.endswith("… (The rest is in the email as it was kept.)")


def test_a_note_that_could_not_be_read_to_its_end_says_where_the_rest_is(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = f"<p>Marigoldnote</p>{'<div>' * 300}more"
    raw = mail(" ", html=page, sender=TESSA, subject=f"Re: {reference}")
    assert service.receive(raw) == Became.NOTE
    (note,) = _notes(service, reference)
    assert note.startswith("Marigoldnote")
    assert note.endswith("… (The rest is in the email as it was kept.)")


def test_an_iro_who_answers_the_receipt_with_a_form_raises_another_challenge(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = mail(form(), subject=f"Re: {reference}")
    assert service.receive(raw) == Became.RAISED
    assert len(service.open_challenges()) == 2


def test_every_email_says_what_happens_to_an_answer_and_leads_it_to_the_intake(
    service: Service,
) -> None:
    service.raise_at(Stage.ONE)
    for sent in service.mails():
        assert sent.headers["Reply-To"] == INTAKE
        assert "What you write back is kept as a note." in " ".join(sent.text.split())


# For somebody else ------------------------------------------------------------------------------


def test_what_somebody_else_answers_for_a_manager_is_a_draft_until_the_manager_keeps_it(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    paula = wiring.casebook().council().directory.officers["csm"]
    raw = mail("Marigoldnote", sender=TESSA, subject=f"Re: {reference}")
    raw = f"Sender: {paula.email}\r\n".encode() + raw
    for _ in range(2):
        assert service.receive(raw) == Became.DRAFT
    assert _notes(service, reference) == []
    sent = service.mails("tm-n")[-1]
    assert sent.subject == "Please check your email, it is not on the record yet"
    assert f"sent by {paula.name}" in " ".join(sent.text.split())
    assert "Marigoldnote" not in sent.text + sent.html
    manager = Visitor(service, "tm-n")
    page = manager.get(sent.links[0].removeprefix(URL))
    assert f"written for you by {paula.name} ({paula.email})" in " ".join(page.text.split())
    page.form().press("Save note")
    assert _notes(service, reference) == ["Marigoldnote"]
    actor = service.challenge(reference).events[-1].actor
    assert (actor.officer, actor.typed_by) == ("tm-n", f"{paula.name} ({paula.email})")
    assert f"{paula.name} ({paula.email})" in manager.get(f"/challenges/{reference}").text
    assert wiring.drafts().of("tm-n") == []


def test_such_a_draft_is_shown_with_its_label_where_it_cannot_be_kept_any_more(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    paula = wiring.casebook().council().directory.officers["csm"]
    raw = f"Sender: {paula.email}\r\n".encode()
    raw += mail("Marigoldnote", sender=TESSA, subject=f"Re: {reference}")
    assert service.receive(raw) == Became.DRAFT
    service.withdraw(reference)
    (draft,) = wiring.drafts().of("tm-n")
    page = Visitor(service, "tm-n").get(draft.address)
    assert page.status == 404
    assert "Your note Marigoldnote" in page.text


def test_who_is_no_part_of_the_challenge_gets_no_draft_of_a_note_either(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    raw = mail("Hello?", sender="tm-s", subject=reference, headers={"Sender": TESSA})
    other = wiring.casebook().council().directory.officers["tm-s"]
    raw = raw.replace(b"From: tm-s", f"From: {other.email}".encode())
    assert service.receive(raw) == Became.NO_CHALLENGE
    assert wiring.drafts().of("tm-s") == []


# Notes on a page ---------------------------------------------------------------------------------


def test_a_note_can_be_written_on_the_challenge_s_page_as_well(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    manager = Visitor(service, "tm-n")
    page = manager.get(f"/challenges/{reference}/note")
    page.form().fill({"words": "Marigoldnote"}).press("Save note")
    assert _notes(service, reference) == ["Marigoldnote"]
    assert service.news("iro-1") == ["Tessa Sample-North wrote a note."]
    assert NOT_A_REPLY not in service.mails("tm-n")[-1].subject, "the page has said it"


def test_the_iro_is_not_asked_to_write_to_herself(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    hers, theirs = (
        " ".join(Visitor(service, who).get(f"/challenges/{reference}/note").text.split())
        for who in ("iro-1", "tm-n")
    )
    assert "What should the record say?" in hers
    assert "the IRO" not in hers.partition("It is put on the record")[2].partition("</form>")[0]
    assert "What should the IRO know?" in theirs
    assert "the IRO is told" in theirs
