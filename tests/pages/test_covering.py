"""The pages to set, change and end cover for leave."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.errors import CouncilMovedOnError
from domain.directory import Cover
from domain.ladder import Stage
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    import pytest

    from tests.pages.visitor import Page
    from tests.workflow.service import Service

#: The service stands at Monday 2 November 2026.
TODAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 6)
NEXT_MONDAY, NEXT_FRIDAY = date(2026, 11, 9), date(2026, 11, 13)
CSM = "Children’s Service Manager, North Team and South Team"


def boxes(name: str, day: date) -> dict[str, str]:
    return {
        f"{name}-day": f"{day.day}",
        f"{name}-month": f"{day.month}",
        f"{name}-year": f"{day.year}",
    }


def typed(post: str, officer: str, first: date, last: date) -> dict[str, str]:
    return {"post": post, "officer": officer, **boxes("first", first), **boxes("last", last)}


def check(who: Visitor, post: str, officer: str, first: date, last: date) -> Page:
    """Return the page to check this cover."""
    return who.get("/cover/set").form().fill(typed(post, officer, first, last)).press("Continue")


def cover() -> tuple[Cover, ...]:
    return wiring.casebook().council().directory.cover


def set_cover(*rows: Cover) -> None:
    """Set all cover, as somebody else."""
    store = wiring.council_store()
    store.set_cover(rows, who="admin", after=store.current().change, said=["Somebody covers."])


def test_who_sets_cover_reads_which_challenges_the_other_cannot_answer(service: Service) -> None:
    """Rule 15: nobody answers a challenge that they raised."""
    service.raise_at(Stage.ONE)
    tessa = Visitor(service, "tm-n")
    page = check(tessa, "tm-north", "iro-1", TODAY, FRIDAY)
    assert "Ira Sample-One is the IRO of 1 of them, and nobody replies to their own" in page.text
    assert "is the IRO of" not in check(tessa, "tm-north", "iro-2", TODAY, FRIDAY).text


def test_a_manager_sets_cover_and_what_waits_goes_to_whoever_covers(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    tessa = Visitor(service, "tm-n")
    page = check(tessa, "tm-north", "tm-s", TODAY, FRIDAY)
    assert page.heading == "Check the cover before you set it"
    assert "1 challenge waits for Team Manager, North Team today." in page.text
    assert "Now, what waits for Team Manager, North Team goes to Toby Sample-South." in page.text
    assert reference not in page.text, "whoever sets cover need not see the challenge"
    assert cover() == (), "nothing is set before it was checked"
    page = page.form().press("Set cover")
    assert "Toby Sample-South covers Team Manager, North Team from Monday 2 Nov" in page.text
    assert cover() == (Cover("tm-north", "tm-s", TODAY, FRIDAY),)
    assert reference in Visitor(service, "tm-s").get("/").text
    [change] = [one for one in wiring.council_store().changed() if one.what == "cover"]
    assert change.who == "tm-n"
    [said] = change.said
    assert said.startswith("Toby Sample-South covers Team Manager, North Team from Monday 2 Nov")


def test_the_service_carries_cover_to_every_open_challenge(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    head, _ = wiring.casebook().record.legs.head(reference)
    check(Visitor(service, "csm"), "tm-north", "tm-s", TODAY, FRIDAY).form().press("Set cover")
    service.emulator.invoke("sweep", {})
    after, _ = wiring.casebook().record.legs.head(reference)
    assert after.leg > head.leg


def test_an_email_leads_to_the_form_filled_in_and_back_to_it_after_the_sign_in(
    service: Service,
) -> None:
    address = "/cover?post=tm-north&officer=tm-s&first=2026-10-30&last=2026-11-06"
    page = Visitor(service).get(address, follow=False)
    form = Visitor(service, "srsm").get(page.headers["location"]).form()
    assert (form["post"], form["officer"]) == ("tm-north", "tm-s")
    assert [form[f"first-{box}"] for box in ("day", "month", "year")] == ["2", "11", "2026"]
    assert [form[f"last-{box}"] for box in ("day", "month", "year")] == ["6", "11", "2026"]
    strange = Visitor(service, "srsm").get("/cover?post=no-such-post&first=soon&last=2026-13-01")
    assert [strange.form()[name] for name in ("post", "first-day", "last-day")] == ["", "", ""]


def test_what_is_wrong_is_said_at_the_field_and_nothing_that_was_typed_is_lost(
    service: Service,
) -> None:
    page = check(Visitor(service, "srsm"), "iro-post-1", "tm-n", FRIDAY, TODAY)
    assert page.errors.keys() == {"#officer", "#last-day"}
    assert "Tessa Sample-North may not cover for an Independent" in page.errors["#officer"]
    assert page.form()["officer"] == "tm-n"
    assert page.form()["last-day"] == "2"
    empty = Visitor(service, "srsm").get("/cover/set").form().press("Continue")
    assert empty.errors == {
        "#post": "Choose the post that needs cover.",
        "#officer": "Choose who covers.",
        "#first-day": "For the first day of cover, enter a date.",
        "#last-day": "For the last day of cover, enter a date.",
    }


def test_nobody_sets_cover_for_a_post_that_is_not_theirs_to_cover(service: Service) -> None:
    willow = Visitor(service, "sw-n1")
    form = willow.get("/cover/set").form()
    assert set(form.choices["post"]) == {"", "sw-north-1"}
    page = willow.post(form.action, {**form.fields, **typed("tm-north", "sw-n1", TODAY, FRIDAY)})
    assert page.errors == {"#post": "Choose one of the posts in the list."}
    sent = {**form.fields, **typed("tm-north", "sw-n1", TODAY, FRIDAY), "press": "send"}
    willow.post(form.action, {**sent, "change": str(wiring.casebook().council().change)})
    assert cover() == ()
    set_cover(there := Cover("tm-north", "tm-s", TODAY, FRIDAY))
    key = "tm-north~tm-s~2026-11-02~2026-11-06"
    assert willow.get(f"/cover/set?cover={key}").status == 403
    assert willow.get(f"/cover/end?cover={key}").status == 403
    willow.post(f"/cover/end?cover={key}", {})
    assert cover() == (there,)
    assert "Toby" not in willow.get("/cover").text, "nor does anybody see others' leave"


def test_an_address_tells_nobody_about_cover_that_is_nothing_to_them(service: Service) -> None:
    set_cover(Cover("tm-north", "tm-s", TODAY, FRIDAY))
    address = f"/cover?done=tm-north~tm-s~{TODAY}~{FRIDAY}"
    assert "covers Team Manager, North Team from" not in Visitor(service, "tm-s").get(address).text
    assert "Team Manager, North Team" not in Visitor(service, "hos").get(address).text


def test_cover_is_changed_and_ended(service: Service) -> None:
    set_cover(
        Cover("tm-north", "tm-s", TODAY, FRIDAY), Cover("csm", "hos", NEXT_MONDAY, NEXT_FRIDAY)
    )
    tessa, celia = Visitor(service, "tm-n"), Visitor(service, "csm")
    form = tessa.get(
        tessa.get("/cover").link("Change cover by Toby Sample-South for Team Manager, North Team")
    ).form()
    assert "first-day" not in form.names, "it has begun"
    page = form.fill(boxes("last", NEXT_MONDAY)).press("Continue")
    assert "Monday 9 November 2026, was Friday 6 November 2026" in page.text
    page.form().press("Change cover")
    assert Cover("tm-north", "tm-s", TODAY, NEXT_MONDAY) in cover()
    end = celia.get(celia.get("/cover").link(f"End cover by Hollis Sample-Head for {CSM}"))
    assert end.heading == "Remove this cover"
    end.form().press("Remove this cover")
    assert cover() == (Cover("tm-north", "tm-s", TODAY, NEXT_MONDAY),)
    again = end.form().press("Remove this cover")
    assert again.heading == "Cover for leave", "pressed twice"


def test_what_others_changed_meanwhile_is_shown_and_nothing_typed_is_lost(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = check(Visitor(service, "tm-n"), "tm-north", "tm-s", TODAY, FRIDAY)
    set_cover(other := Cover("csm", "hos", NEXT_MONDAY, NEXT_FRIDAY))
    page = page.form().press("Set cover")
    assert page.heading == "Check the cover before you set it"
    assert "Addie Sample-Admin, Monday 2 November 2026 at 10:00am: Somebody covers." in page.text
    assert cover() == (other,)
    write = CouncilStore.set_cover

    def too_late(*_: object, **__: object) -> None:
        monkeypatch.setattr(CouncilStore, "set_cover", write)
        with suppress(CouncilMovedOnError):
            set_cover(*cover())
        raise CouncilMovedOnError

    monkeypatch.setattr(CouncilStore, "set_cover", too_late)
    page = page.form().press("Set cover")
    assert "Somebody has changed the directory or cover" in page.text, "in the same moment"
    page.form().press("Set cover")
    assert cover() == (other, Cover("tm-north", "tm-s", TODAY, FRIDAY))


def test_cover_that_another_person_ended_meanwhile_is_not_set_again(service: Service) -> None:
    set_cover(Cover("tm-north", "tm-s", TODAY, FRIDAY))
    tessa = Visitor(service, "tm-n")
    form = tessa.get("/cover/set?cover=tm-north~tm-s~2026-11-02~2026-11-06").form()
    set_cover()
    page = form.fill(boxes("last", NEXT_MONDAY)).press("Continue")
    assert page.status == 403
    assert "Somebody else may have changed or ended it." in page.text
    assert "9 11 2026" in page.text, "what was typed can be copied"
    assert cover() == ()


def test_a_form_that_is_sent_twice_sets_cover_once(service: Service) -> None:
    page = check(Visitor(service, "tm-n"), "tm-north", "tm-s", TODAY, FRIDAY)
    page.form().press("Set cover")
    page.form().press("Set cover")
    assert cover() == (Cover("tm-north", "tm-s", TODAY, FRIDAY),)


def test_who_covers_meanwhile_and_who_is_away_too_is_said_before_it_is_set(
    service: Service,
) -> None:
    set_cover(Cover("tm-north", "csm", FRIDAY, FRIDAY), Cover("tm-south", "csm", FRIDAY, FRIDAY))
    page = check(Visitor(service, "tm-n"), "tm-north", "tm-s", TODAY, FRIDAY)
    assert "Celia Sample-Service covers this post too" in page.text
    assert "Check that Toby Sample-South is there." in page.text


def test_the_front_page_leads_to_cover_only_those_who_may_set_some(service: Service) -> None:
    assert Visitor(service, "tm-n").get("/").link("Cover") == "/cover"
