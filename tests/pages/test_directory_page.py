"""The pages on which the Directory administrator downloads and changes the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import wiring
from domain.directory import Cover
from domain.ladder import Stage
from tests.pages.test_covering import FRIDAY, TODAY, set_cover
from tests.pages.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.directory import Directory
    from tests.pages.visitor import Form, Page
    from tests.workflow.service import Service

TONI = "tm-new,Toni Sample-New,toni.sample-new@sampleshire.example,csm\n"


def directory() -> Directory:
    return wiring.casebook().council().directory


def opened(service: Service) -> Form:
    """Return the form in which the Directory administrator changes the files."""
    return Visitor(service, "admin").get("/directory/change").form()


def with_toni(form: Form) -> Form:
    """Return the form in which Toni has taken over the post of Tessa, who leaves."""
    tessa = next(line for line in form["officers"].splitlines() if line.startswith("tm-n,"))
    officers = form["officers"].replace(f"{tessa}\n", TONI).replace(",tm-n\n", ",tm-new\n")
    return form.fill({"officers": officers, "posts": form["posts"].replace(",tm-n\n", ",tm-new\n")})


def test_the_directory_is_changed_once_it_was_said_what_changes_and_which_challenges_move(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    page = with_toni(opened(service)).press("Continue")
    assert page.heading == "Check the changes to the directory"
    assert "Toni Sample-New (toni.sample-new@sampleshire.example) joins" in page.text
    assert "Tessa Sample-North (tessa.sample-north@sampleshire.example) leaves" in page.text
    assert f"from Tessa Sample-North to Toni Sample-New: {reference}" in page.text
    assert "tm-new" not in directory().officers, "nothing has changed yet"
    page = page.form().press("Save the changes")
    assert page.heading == "Directory"
    assert directory().posts["tm-north"].holder == "tm-new"
    assert "tm-n" not in directory().officers
    assert "Addie Sample-Admin, Monday 2 November 2026 at 10:00am:" in page.text
    assert "Toni Sample-New (toni.sample-new@sampleshire.example) joins" in page.text
    assert reference not in page.text, "what is kept of a change names no challenge"
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert service.mails("tm-new"), "the next Sweep asks who is new on the post"


def test_every_line_that_is_wrong_is_named_beside_the_text_which_is_kept(
    service: Service,
) -> None:
    form = opened(service)
    before = directory()
    officers = form["officers"] + "tm-n,Tess Sample-Twice,tess\n"
    page = form.fill({"officers": officers, "cover": form["cover"] + "no-post,hos,soon,x\n"}).press(
        "Continue"
    )
    assert page.errors.keys() == {"#officers", "#cover"}
    last = len(officers.splitlines())
    assert (
        f"Line {last}, “tm-n,Tess Sample-Twice,tess”: Another officer has the id tm-n" in page.text
    )
    assert "Line 2, “no-post,hos,soon,x”: Enter the days like 2026-12-24" in page.text
    assert page.form()["officers"] == officers
    assert directory() == before


def test_what_others_changed_meanwhile_is_told_before_it_can_be_undone(service: Service) -> None:
    page = with_toni(opened(service)).press("Continue")
    set_cover(there := Cover("csm", "hos", TODAY, FRIDAY))
    page = page.form().press("Save the changes")
    assert page.heading == "Change the directory"
    assert "Addie Sample-Admin, Monday 2 November 2026 at 10:00am: Somebody covers." in page.text
    assert TONI in page.form()["officers"], "the text is kept"
    assert directory().cover == (there,)
    row = f"{there.post},{there.officer},{there.first},{there.last}\n"
    page = page.form().fill({"cover": page.form()["cover"] + row}).press("Continue")
    assert "Cover that ends" not in page.text
    page.form().press("Save the changes")
    assert directory().cover == (there,)
    assert "tm-new" in directory().officers


def test_the_files_are_downloaded_as_they_are_read(service: Service) -> None:
    admin = Visitor(service, "admin")
    page = admin.get(admin.get("/directory").link("posts.csv"))
    assert page.headers["content-type"].startswith("text/csv")
    assert page.headers["content-disposition"] == 'attachment; filename="posts.csv"'
    assert page.body == opened(service)["posts"]


def test_only_the_directory_administrator_sees_and_changes_it(service: Service) -> None:
    form, before = opened(service), directory()
    for officer in ("iro-1", "srsm", "senior", "tm-n", "auditor"):
        who = Visitor(service, officer)
        assert "/directory" not in who.get("/").body
        for address in ("/directory", "/directory/change", "/directory/officers.csv"):
            assert who.get(address).status == 403
        who.post(form.action, {**with_toni(form).fields, "press": "send"})
    assert directory() == before


def test_who_would_shut_themselves_out_is_warned(service: Service) -> None:
    form = opened(service)
    posts = form["posts"].replace(",,admin\n", ",,auditor\n", 1)
    page = form.fill({"posts": posts}).press("Continue")
    assert "You are not Directory administrator after this." in page.text
    page = form.fill({"posts": form["posts"].replace(",,admin\n", ",,\n")}).press("Continue")
    assert "Nobody is Directory administrator after this." in page.text


def test_whose_only_post_is_directory_administrator_has_a_front_page_with_just_that(
    service: Service,
) -> None:
    page = Visitor(service, "admin").get("/")
    assert page.heading == "Your work"
    assert (page.link("Change the directory"), page.link("Cover")) == ("/directory", "/cover")
    assert not page.soup.select("main table, main form")


def test_a_form_that_is_sent_twice_changes_the_directory_once(service: Service) -> None:
    page = with_toni(opened(service)).press("Continue")
    page.form().press("Save the changes")
    after = wiring.casebook().council().change
    page.form().press("Save the changes")
    assert wiring.casebook().council().change == after


BOUNDARY = "a-boundary-of-this-test"
_HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"; filename="a.csv"\r\n\r\n'


def send_files(who: Visitor, fields: Mapping[str, bytes]) -> Page:
    """Upload these files and fields, as a browser does."""
    parts = [_HEAD.format(name).encode() + content + b"\r\n" for name, content in fields.items()]
    headers = {
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "origin": "null",
        "sec-fetch-site": "same-origin",
    }
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    return who.request("POST", "/directory/upload", body, headers=headers)


def hidden(who: Visitor) -> dict[str, bytes]:
    """Return the hidden fields of the form to upload files."""
    fields = who.get("/directory").form().fields
    return {name: fields[name].encode() for name in ("shown-to", "change")}


def test_a_file_that_is_uploaded_is_checked_and_the_others_stay_as_they_are(
    service: Service,
) -> None:
    admin, form = Visitor(service, "admin"), opened(service)
    toni = with_toni(form)
    officers = b"\xef\xbb\xbf" + toni["officers"].replace("\n", "\r\n").encode()
    page = send_files(admin, {**hidden(admin), "officers": officers, "posts": b"", "cover": b""})
    assert "#posts" in page.errors, "Tessa still holds a post"
    assert page.form()["posts"] == form["posts"]
    posts = toni["posts"].replace("North Team", "Nórth Team").encode("cp1252")
    page = send_files(admin, {**hidden(admin), "officers": officers, "posts": posts})
    assert page.heading == "Check the changes to the directory"
    page.form().press("Save the changes")
    assert directory().posts["tm-north"].teams == ("Nórth Team",)
    page = send_files(admin, hidden(admin))
    assert page.errors == {"#officers": "Choose at least one file to upload."}


def test_an_upload_counts_only_from_the_form_that_this_administrator_saw(service: Service) -> None:
    admin, before = Visitor(service, "admin"), directory()
    toni = with_toni(opened(service))
    files = {name: toni[name].encode() for name in ("officers", "posts")}
    assert send_files(admin, files).status == 409
    assert send_files(Visitor(service, "tm-n"), {**hidden(admin), **files}).status == 403
    seen = hidden(admin)
    set_cover(Cover("csm", "hos", TODAY, FRIDAY))
    page = send_files(admin, {**seen, **files})
    assert "Somebody covers." in page.text, "what others changed meanwhile is told"
    broken = {
        "content-type": "multipart/form-data",
        "origin": "null",
        "sec-fetch-site": "same-origin",
    }
    assert admin.request("POST", "/directory/upload", b"x", headers=broken).status == 409
    assert directory().officers == before.officers
