"""The list of open challenges: its pages, saved views, and what is done to several at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters import wiring
from adapters.errors import TryAgainError
from adapters.views import AT_MOST, SavedView
from domain.directory import Cover
from domain.ladder import Stage
from domain.rules.appointing import AgreeToAnotherIro
from domain.rules.notes import Noted
from handlers.pages.filtering import number_of
from tests.pages.visitor import Visitor
from tests.performance.meter import metered

if TYPE_CHECKING:
    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service


def listed(page: Page) -> list[str]:
    """Return the references of the list on a page."""
    return [link.get_text() for link in page.soup.select("table a.pc-reference")]


# Pages -------------------------------------------------------------------------------------------


@pytest.mark.ci  # it opens many pages
def test_filters_and_other_orders_have_pages_of_25_with_their_numbers(service: Service) -> None:
    references = {service.raise_at(Stage.ONE) for _ in range(27)}
    srsm = Visitor(service, "srsm")
    assert "Stage 1; Late. Show all" in srsm.get("/challenges?stage=1&late=yes").text
    first = srsm.get("/challenges?stage=1&sort=newest")
    assert "Page 1 of 2" in first.text
    place = first.link("Go to the buttons for the selected challenges")
    assert first.soup.select(f"form {place} ~ div button"), "25 cards further down on a phone"
    assert "Select all 25 on this page" in first.text
    second = srsm.get(first.link("Next page"))
    assert second.address == "/challenges?stage=1&sort=newest&page=2"
    assert (len(listed(first)), len(listed(second))) == (25, 2)
    assert {*listed(first), *listed(second)} == references
    assert srsm.get(second.link("Previous page")).address == first.address
    assert "Page 2 of 2" in srsm.get("/challenges?stage=1&page=999").text
    assert "Page 1 of 2" in srsm.get("/challenges?stage=1&page=-1").text


@pytest.mark.parametrize("place", ["x", "Quillon", "9" * 3000])
def test_a_place_that_is_none_leads_to_the_first_page(service: Service, place: str) -> None:
    page = Visitor(service, "srsm").get(f"/challenges?after={place}", follow=False)
    assert (page.status, page.headers["location"]) == (303, "/challenges")


def test_filters_and_counts_are_read_with_two_queries(service: Service) -> None:
    """The open ones, and the sealed ones; without a filter also what was recorded in a year."""
    for _ in range(3):
        service.raise_at(Stage.ONE)
    service.emulator.invoke("sweep", {})
    srsm = Visitor(service, "srsm")
    for address, queries in (("/challenges?stage=1", 2), ("/challenges?counts=yes", 7)):
        srsm.get(address)
        with metered() as meter:
            srsm.get(address)
        assert meter.calls["Query"] == queries, address


def test_a_late_one_says_so_and_one_on_time_how_many_days_are_left(service: Service) -> None:
    service.raise_at(Stage.ONE)
    srsm = Visitor(service, "srsm")
    iros = [option.text for option in srsm.get("/challenges").soup.select("#iro option")]
    assert iros == ["All", "Ira Sample-One", "Iris Sample-Two"], "before anything is counted"
    assert "working days left" in srsm.get("/challenges").text or "working day left" in (
        srsm.get("/challenges").text
    )
    service.jump(timedelta(days=31))
    page = srsm.get("/challenges")
    assert [tag.get_text() for tag in page.soup.select("td strong") if tag.text.endswith(" late")]
    assert "Past the 20-working-day limit" in page.text


def test_a_service_manager_who_covers_an_iro_still_sees_all(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    store = wiring.council_store()
    cover = Cover("iro-post-1", "srsm", date(2026, 11, 1), date(2026, 11, 8))
    store.load_directory(replace(store.current().directory, cover=(cover,)))
    for address in ("/challenges", "/challenges?counts=yes"):
        page = Visitor(service, "srsm").get(address)
        assert listed(page) == [reference]
    assert page.visitor.get(f"/challenges/{reference}").status == 200


# Saved views -------------------------------------------------------------------------------------


def _saved(visitor: Visitor, name: str, address: str = "/challenges?stage=1") -> Page:
    page = visitor.get(visitor.get(address).link("Save this view"))
    return page.form("/views").fill({"name": name}).press("Save view")


def test_a_view_is_saved_under_a_name_opened_and_deleted(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.raise_at(Stage.TWO)
    srsm = Visitor(service, "srsm")
    page = _saved(srsm, "Quillon’s stage")
    assert page.address == "/views"
    assert "Your view was saved." in page.text
    assert "Your view was saved." not in srsm.get("/views").text, "once"
    opened = srsm.get(page.link("Quillon’s stage"))
    assert opened.address == "/challenges?stage=1"
    assert opened.heading == "Open challenges: Quillon’s stage"
    assert "Save this view" not in opened.text, "it is saved"
    assert listed(opened) == [reference]
    assert opened.link("Your saved views") == srsm.get("/challenges").link("Your saved views")
    assert not opened.soup.select('details a[href^="/views"]'), "nothing has to be unfolded first"
    assert srsm.get("/challenges?stage=2").heading == "Open challenges"
    (delete,) = [one for one in page.forms if one.action.startswith("/views/delete")]
    gone = delete.press("Delete")
    assert gone.address == "/views"
    assert "Your view was deleted." in gone.text
    assert "You have no saved views." in gone.text
    assert "Your view was deleted." not in delete.press("Delete").text


def test_a_view_needs_a_name_and_keeps_what_was_typed(service: Service) -> None:
    srsm = Visitor(service, "srsm")
    page = _saved(srsm, "")
    assert page.errors == {"#name": "Enter a name for the view."}
    page = page.form("/views").fill({"name": "x" * 61}).press("Save view")
    assert page.errors == {"#name": "Shorten the name to 60 characters."}
    assert page.form("/views")["name"] == "x" * 61
    done = page.form("/views").fill({"name": "Stage 1"}).press("Save view")
    assert "Your view was saved." in done.text
    assert srsm.get(page.address).address == "/views", "it was sent"


def test_nobody_opens_or_deletes_the_view_of_somebody_else(service: Service) -> None:
    srsm, senior = Visitor(service, "srsm"), Visitor(service, "senior")
    address = _saved(srsm, "Stage 1").link("Stage 1")
    assert senior.get(address).status == 404
    senior.post(address.replace("/open", "/delete"), {})
    assert srsm.get(address).address == "/challenges?stage=1"
    assert "no saved views" in senior.get("/views").text


def test_what_was_typed_for_several_is_given_back_after_the_session_has_ended(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    iro = Visitor(service, "iro-1")
    ticked = {f"take-{reference}": "yes", "press": "note", "back": "/challenges?stage=1"}
    form = iro.post("/challenges/selected", ticked).form().fill({"words": "Marigoldlate"})
    iro.cookies.clear()
    assert "We kept what you typed." in form.press(through=False).text
    iro.sign_in("iro-1")
    (draft,) = wiring.drafts().of("iro-1")
    assert not Visitor(service, "iro-2").get(draft.address).soup.select("main textarea")
    page = iro.get(draft.address)
    assert page.form()["words"] == "Marigoldlate"
    page = page.form().press(through=False).form().press()
    assert page.address == "/challenges?stage=1"
    assert "1 note was recorded." in page.text
    assert service.kinds(reference).count("Noted") == 1
    assert wiring.drafts().of("iro-1") == [], "the record has its words now"


@pytest.mark.parametrize("officer", ["analyst", "admin", "sw-s1"])
def test_the_words_of_a_view_do_not_tell_what_others_have_open(
    service: Service, officer: str
) -> None:
    """An IRO who has left is named only if a challenge of theirs is among the reader's own."""
    service.raise_at(Stage.ONE)
    store = wiring.council_store()
    people = store.current().directory
    officers = {id_: one for id_, one in people.officers.items() if id_ != "iro-1"}
    post = replace(people.posts["iro-post-1"], holder=None)
    posts = {**people.posts, "iro-post-1": post}
    store.load_directory(replace(people, officers=officers, posts=posts))
    address = f"/views?iro={number_of('iro-1')}"
    assert "An IRO who has left" in Visitor(service, "srsm").get(address).text
    assert "An IRO who has left" not in Visitor(service, officer).get(address).text


def test_an_officer_saves_thirty_views_at_most(service: Service) -> None:
    views = wiring.saved_views()
    for number in range(AT_MOST):
        assert views.save("srsm", SavedView(str(number), f"View {number}", "stage=1"))
    assert not views.save("srsm", SavedView("one more", "One more", "stage=1"))
    assert views.save("srsm", SavedView("1", "Another name", "stage=2")), "it is there already"
    page = _saved(Visitor(service, "srsm"), "One more", "/challenges?stage=3")
    assert page.errors == {"#name": "Delete one of your 30 views first."}


@pytest.mark.usefixtures("service")
def test_two_windows_that_save_at_once_both_save() -> None:
    views = wiring.saved_views()
    beside = views._beside
    keep_new = beside.keep_new

    def after_another(*of: object, **more: object) -> bool:
        beside.keep_new = keep_new  # type: ignore[method-assign]  # once
        views.save("srsm", SavedView("other", "Other", "stage=2"))
        return keep_new(*of, **more)  # type: ignore[arg-type]  # as it was called

    beside.keep_new = after_another  # type: ignore[method-assign]
    assert views.save("srsm", SavedView("mine", "Mine", "stage=1"))
    assert [one.id for one in views.of("srsm")] == ["other", "mine"]


# Several at once ---------------------------------------------------------------------------------


def _select(visitor: Visitor, references: list[str], button: str) -> Page:
    page = visitor.get("/challenges?tick=all")
    form = page.form("/challenges/selected")
    ticked = {f"take-{one}" for one in references}
    fields = {
        name: text
        for name, text in form.fields.items()
        if not name.startswith("take-") or name in ticked
    }
    (value,) = [one.value for one in form.buttons if one.text == button]
    return visitor.post(form.action, {**fields, "press": value})


def _answers(page: Page) -> Form:
    """Return the form with the answers, beside which a note can be begun."""
    (found,) = [one for one in page.forms if "form=" in one.action]
    return found


def test_several_are_transferred_after_a_page_that_says_what_each_was_and_will_be(
    service: Service,
) -> None:
    agreed, not_agreed = service.raise_at(Stage.ONE), service.raise_at(Stage.TWO)
    service.act(agreed, "iro-1", AgreeToAnotherIro("I have too many."))
    srsm = Visitor(service, "srsm")
    page = _select(srsm, [agreed, not_agreed], "Transfer to another IRO")
    assert page.heading == "Transfer to another IRO"
    assert "You selected 2 challenges. You can do this for 1 of them" in page.text
    assert "1 challenge will not change" in page.text
    assert "Ira Sample-One is not away and has not agreed." in page.text
    page = _answers(page).press("Continue")
    assert page.errors == {
        "#iro": "Choose who is the IRO from now on.",
        "#reason": "Enter why you are appointing them.",
    }
    answers = {"iro": "iro-2", "reason": "As agreed."}
    page = _answers(page).fill(answers).press("Continue")
    assert page.heading == "Check before you go on"
    assert "1 challenge will change" in page.text
    assert "IRO: Ira Sample-One" in page.text
    assert "IRO: Iris Sample-Two" in page.text
    assert "1 challenge will not change" in page.text
    assert "Ira Sample-One is not away and has not agreed." in page.text
    assert service.challenge(agreed).iro == "iro-1", "nothing has been done yet"
    sent = page.form("/challenges/selected")
    page = sent.press("Transfer (1)")
    assert "1 challenge was transferred." in page.text
    assert not_agreed in page.text
    assert (service.challenge(agreed).iro, service.challenge(not_agreed).iro) == ("iro-2", "iro-1")
    version = service.challenge(agreed).version
    assert sent.press("Transfer (1)").status == 200
    assert service.challenge(agreed).version == version, "pressed twice, done once"
    page = _select(srsm, [agreed, not_agreed], "Transfer to another IRO")
    assert "You cannot do this now for any of the 2 challenges that you selected." in page.text
    assert not page.soup.select("main select, main textarea"), "nobody answers for nothing"
    page = page.form("/challenges/selected").press("Write a note to ask for their agreement")
    assert page.heading == "Add a note"
    assert "Please agree to another IRO" in page.form("/challenges/selected")["words"]


def test_a_note_goes_to_all_that_were_selected_and_a_banner_counts(service: Service) -> None:
    references = [service.raise_at(Stage.ONE) for _ in range(3)]
    srsm = Visitor(service, "srsm")
    page = _select(srsm, references[:2], "Add a note")
    assert "What should the note say?" in page.text, "an IRO writes them too"
    words = {"words": "Marigold: please hurry."}
    check = page.form("/challenges/selected").fill(words).press("Continue")
    assert "2 challenges will change" in check.text
    form = check.form("/challenges/selected")
    done = form.press("Add the note (2)")
    assert done.address == "/challenges"
    assert "Your note was recorded on 2 challenges." in done.text
    assert "Your note was recorded" not in srsm.get("/challenges").text, "once"
    again = form.press("Add the note (2)")
    assert "Your note was recorded" not in again.text
    notes = [
        [event.fact for event in service.challenge(one).events if isinstance(event.fact, Noted)]
        for one in references
    ]
    assert [len(one) for one in notes] == [1, 1, 0]
    assert srsm.get(check.address).address == "/challenges", "Back shows that it was sent"


def test_who_should_reply_is_said_for_several_where_that_is_asked(service: Service) -> None:
    asked, not_asked = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    service.not_mine(asked, "tm-n")
    iro = Visitor(service, "iro-1")
    page = _select(Visitor(service, "srsm"), [asked, not_asked], "Say who should reply")
    assert "You cannot do this now for any of the 2 challenges that you selected." in page.text
    assert (
        "Ira Sample-One has to say who should reply, by Wednesday 4 November 2026. If they do not, "
        "you can from then on."
    ) in page.text
    assert not page.soup.select("main select, main textarea"), "nobody answers for nothing"
    page = _select(iro, [asked, not_asked], "Say who should reply")
    assert "It does not need someone to reply." in page.text
    answers = {"post": "tm-south", "reason": "They know the child."}
    page = page.form("/challenges/selected").fill(answers).press("Continue")
    assert "1 challenge will not change" in page.text
    page = page.form("/challenges/selected").press("Ask them (1)")
    assert "1 challenge was reassigned." in page.text
    assert service.challenge(asked).request.posts == ("tm-south",)


def test_what_changed_after_it_was_checked_is_left_alone_and_named(service: Service) -> None:
    changes, stays = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    for reference in (changes, stays):
        service.act(reference, "iro-1", AgreeToAnotherIro("I have too many."))
    srsm = Visitor(service, "srsm")
    page = _select(srsm, [changes, stays], "Transfer to another IRO")
    answers = {"iro": "iro-2", "reason": "As agreed."}
    check = page.form("/challenges/selected").fill(answers).press("Continue")
    other = Visitor(service, "senior")
    page = _select(other, [changes], "Transfer to another IRO")
    answers = {"iro": "srsm", "reason": "Sara knows the child."}
    page = page.form("/challenges/selected").fill(answers).press("Continue")
    page.form("/challenges/selected").press("Transfer (1)")
    assert service.challenge(changes).iro == "srsm"
    page = check.form("/challenges/selected").press("Transfer (2)")
    assert page.heading == "Not all challenges were changed"
    assert "1 challenge was transferred." in page.text
    assert changes in page.text
    assert stays not in page.text
    assert (service.challenge(changes).iro, service.challenge(stays).iro) == ("srsm", "iro-2")


def test_what_fails_is_named_and_the_rest_is_done(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails, works = service.raise_at(Stage.ONE), service.raise_at(Stage.ONE)
    book = wiring.casebook()
    act = book.act

    def busy(reference: str, *of: object, **more: object) -> object:
        if reference == fails:
            message = "The record is very busy just now. Nothing was lost: try again."
            raise TryAgainError(message)
        return act(reference, *of, **more)  # type: ignore[arg-type]  # as it was called

    srsm = Visitor(service, "srsm")
    page = _select(srsm, [fails, works], "Add a note")
    check = page.form("/challenges/selected").fill({"words": "Please hurry."}).press("Continue")
    monkeypatch.setattr(book, "act", busy)
    form = check.form("/challenges/selected")
    page = form.press("Add the note (2)")
    assert "1 note was recorded." in page.text
    assert "The record is very busy just now." in page.text
    assert form.press("Add the note (2)").heading == "Not all challenges were changed"
    assert srsm.get(page.link("Back to the list")).address == "/challenges"


def test_nothing_selected_is_said_and_leads_back_to_the_same_list(service: Service) -> None:
    service.raise_at(Stage.ONE)
    srsm = Visitor(service, "srsm")
    address = f"/challenges?team={number_of('North Team')}"
    form = srsm.get(address).form("/challenges/selected")
    page = form.press("Add a note")
    assert page.heading == "Nothing is selected"
    assert page.errors == {"#back-to-list": "Select at least one challenge in the list."}
    assert srsm.get(page.link("Back to the list")).address == address


def test_who_may_not_see_a_challenge_does_nothing_to_it_by_a_form_of_their_own(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    stranger = Visitor(service, "tm-s")
    typed = {f"take-{reference}": "yes", "press": "note", "words": "Hello.", "act": "note"}
    assert stranger.post("/challenges/selected", typed).heading == "Nothing is selected"
    stranger.post("/challenges/selected", {**typed, "press": "send", f"was-{reference}": "Stage 1"})
    assert not [one for one in service.kinds(reference) if one == "Noted"]
    back = {**typed, "back": "https://evil.example/?stage=1"}
    assert (
        Visitor(service, "srsm")
        .post("/challenges/selected", back)
        .soup.select('a[href="/challenges?stage=1"]')
    ), "the way back is one of ours"


def test_auditors_can_select_nothing(service: Service) -> None:
    service.raise_at(Stage.ONE)
    page = Visitor(service, "auditor").get("/challenges")
    assert listed(page)
    assert not page.soup.select("input[type=checkbox]")


def test_each_challenge_that_is_selected_costs_one_query_to_check(service: Service) -> None:
    references = [service.raise_at(Stage.ONE) for _ in range(4)]
    srsm = Visitor(service, "srsm")

    def queries(count: int) -> int:
        page = _select(srsm, references[:count], "Add a note")
        form = page.form("/challenges/selected").fill({"words": f"For {count}."})
        with metered() as meter:
            form.press("Continue")
        return meter.calls["Query"]

    assert queries(4) - queries(2) == 2, "one query more for each"
