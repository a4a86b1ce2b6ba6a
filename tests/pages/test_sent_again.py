"""A form that is sent again is recorded once, its draft is used up, and nothing typed is lost.

AWS may fail between the act and the clean-up after it. Then the person finds the form where it was,
and sends it once more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from adapters import clock, wiring
from adapters.drafts import EMAIL, PAGE, Draft, Drafts, form_id
from adapters.record.beside import Beside
from adapters.unsent import Unsent, UnsentForms
from domain.ladder import Stage
from tests.pages.sections import whole
from tests.pages.test_raising import ANSWERS
from tests.pages.visitor import Visitor, reply_link

if TYPE_CHECKING:
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

DRAFT = "1" * 32
REPLY = {"answer": "resolved", "words": "Visited on Friday."}


@pytest.fixture
def reference(service: Service) -> str:
    """Return a challenge at stage 1."""
    return service.raise_at(Stage.ONE)


def keep_draft(owner: str, path: str, form: dict[str, str], origin: str = PAGE) -> str:
    """Keep a draft; return the address that gives it back."""
    writer = "pa@council.example" if origin == EMAIL else ""
    draft = Draft(DRAFT, path, form, origin, clock.now(), typed_by=writer)
    wiring.drafts().keep(owner, draft)
    return draft.address


def while_it_fails(where: type[Drafts | UnsentForms], page: Page, button: str | None) -> None:
    """Send the page's form while DynamoDB refuses to clean up after it."""

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    with pytest.MonkeyPatch.context() as patch:
        for name in {"use_up", "note_sent"} & vars(where).keys():
            patch.setattr(where, name, refuse)
        assert page.form().press(button).status >= 500


def is_on_the_front_page(who: Visitor) -> bool:
    """Whether the front page lists something as not sent yet."""
    return "Your drafts" in who.get("/").text


def notes(service: Service, reference: str) -> int:
    """Return how many notes the record has."""
    return service.kinds(reference).count("Noted")


@pytest.mark.parametrize("fails", [Drafts, UnsentForms])
def test_an_act_from_a_draft_is_recorded_once_if_cleaning_up_failed(
    service: Service, reference: str, fails: type[Drafts | UnsentForms]
) -> None:
    iro = Visitor(service, "iro-1")
    form = {"words": "By my assistant.", "command_id": form_id(DRAFT)}
    address = keep_draft("iro-1", f"/challenges/{reference}/note", form, EMAIL)
    typed_once = iro.get(address)
    while_it_fails(fails, typed_once, None)
    assert notes(service, reference) == 1
    if fails is Drafts:
        assert is_on_the_front_page(iro)
        done = iro.get(address).form().press()
    else:
        done = typed_once.form().press()
    assert done.status == 200
    assert notes(service, reference) == 1
    assert not is_on_the_front_page(iro)


def test_two_officers_at_the_same_address_of_a_form_both_act(
    service: Service, reference: str
) -> None:
    pages = [Visitor(service, "iro-1").get(f"/challenges/{reference}/note")]
    pages.append(Visitor(service, "srsm").get(pages[0].address))
    first, second = (page.form().fill({"words": "Same words."}) for page in pages)
    first.press()
    looks = second.press()
    assert "Something has happened since you opened this page." in looks.text
    for _ in range(2):
        looks.form().press()
    assert notes(service, reference) == 2, "each once"


def test_the_form_of_one_act_does_not_stand_for_another_with_the_same_words(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    note = iro.get(f"/challenges/{reference}/note")
    fields = {"command_id": note.form()["command_id"], "words": "No.", "to": "3", "reason": "No."}
    for slug in ("note", "escalate"):
        iro.post(f"/challenges/{reference}/{slug}", fields).checked()
    assert notes(service, reference) == 1
    assert service.challenge(reference).stage is Stage.THREE


def test_a_challenge_raised_from_a_draft_is_not_left_as_not_sent_yet(service: Service) -> None:
    iro = Visitor(service, "iro-1")
    address = keep_draft("iro-1", "/raise", ANSWERS)
    check = whole(iro.get(address)).press("Continue")
    while_it_fails(Drafts, check, "raise")
    again = iro.get(check.address)
    assert again.form().press("raise").heading == "The challenge is raised"
    assert not is_on_the_front_page(iro)
    (reference,) = service.open_challenges()
    back = iro.get(check.address)
    assert back.heading == "You have sent this form"
    assert back.link(f"Go to challenge {reference}") == f"/challenges/{reference}"


@pytest.mark.parametrize("fails", [Drafts, UnsentForms])
def test_a_reply_from_a_draft_is_not_left_as_not_sent_yet(
    service: Service, reference: str, fails: type[Drafts | UnsentForms]
) -> None:
    manager = Visitor(service, "tm-n")
    address = keep_draft("tm-n", f"/challenges/{reference}/reply?request=1", REPLY)
    check = manager.get(address).form().whole({}).press("check")
    while_it_fails(fails, check, "send")
    assert check.form().press("send").heading == "You have replied"
    assert not is_on_the_front_page(manager)
    assert service.kinds(reference).count("Replied") == 1
    kept = wiring.unsent_forms().find("tm-n", form_id(DRAFT), clock.wall())
    assert kept
    assert kept.sent


@pytest.mark.usefixtures("service")
def test_what_is_typed_while_a_form_is_emptied_stays() -> None:
    forms, at = wiring.unsent_forms(), clock.wall()
    sent, changed = Unsent({"words": "Sent."}), Unsent({"words": "Changed meanwhile."})
    forms.keep("iro-1", DRAFT, sent, at)
    read = Beside.kept

    def meanwhile(beside: Beside, partition: str, sort: str) -> dict[str, Any] | None:
        found = read(beside, partition, sort)
        forms.keep("iro-1", DRAFT, changed, at)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Beside, "kept", meanwhile)
        forms.use_up("iro-1", DRAFT, sent.mark, at)
    assert forms.find("iro-1", DRAFT, at) == changed
    forms.use_up("iro-1", DRAFT, changed.mark, at)
    assert forms.find("iro-1", DRAFT, at) == Unsent({}, sent=True)


@pytest.fixture
def long_keys_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse sort keys of more than 1,024 bytes, as DynamoDB does and the emulator does not."""
    read = Beside.kept

    def kept(beside: Beside, partition: str, sort: str) -> dict[str, Any] | None:
        if len(sort.encode()) > 1_024:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "GetItem")
        return read(beside, partition, sort)

    monkeypatch.setattr(Beside, "kept", kept)


#: Longer than any sort key of DynamoDB, and what no draft is named.
@pytest.mark.usefixtures("long_keys_are_refused")
@pytest.mark.parametrize("draft", ["x" * 1_100, "\N{EURO SIGN}" * 400, "A/B#C"])
def test_what_cannot_be_the_id_of_a_draft_is_none(
    service: Service, reference: str, draft: str
) -> None:
    link, act = reply_link(service, "tm-n"), f"/challenges/{reference}/note"
    for who, page, typed in (
        (Visitor(service), link, REPLY),
        (Visitor(service, "tm-n"), f"/challenges/{reference}/reply", REPLY),
        (Visitor(service, "iro-1"), "/raise", ANSWERS),
        (Visitor(service, "iro-1"), act, {"words": "A note."}),
    ):
        query = f"form={'a' * 32}&draft={quote(draft)}"
        assert who.get(f"{page}?{query}").status == 200
        assert who.get(f"{page}?draft={quote(draft)}").status == 200
        assert who.post(f"{page}?{query}", {**typed, "press": "check"}).status == 200
        other = who.post(page, {**typed, "press": "check", "draft": draft})
        assert other.status == 200
        assert quote(draft) not in other.address


@pytest.mark.usefixtures("long_keys_are_refused")
def test_a_form_that_names_no_draft_is_kept_after_the_session_ends(
    service: Service, reference: str
) -> None:
    iro = Visitor(service, "iro-1")
    form = iro.get(f"/challenges/{reference}/note").form()
    form = replace(form, fields={**form.fields, "words": "A note.", "draft": "x" * 1_100})
    iro.sign_in("iro-1", seconds=-1)
    assert form.press().heading == "You have been signed out"
    iro.sign_in("iro-1")
    (draft,) = wiring.drafts().of("iro-1")
    iro.get(draft.address).form().press()
    assert notes(service, reference) == 1
    assert wiring.drafts().of("iro-1") == []


def test_back_to_an_act_that_was_sent_at_the_first_try(service: Service, reference: str) -> None:
    iro = Visitor(service, "iro-1")
    page = iro.get(f"/challenges/{reference}/note")
    page.form().fill({"words": "Once."}).press()
    back = iro.get(page.address)
    assert back.heading == "You have sent this form"
    iro.get(f"/challenges/{reference}/note").form().fill({"words": "Once."}).press()
    assert notes(service, reference) == 2, "a new form with the same words is another act"
