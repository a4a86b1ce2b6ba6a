"""Someone with a browser: gets pages from the real handler, fills in forms, presses buttons.

The service is the emulator's (``tests.workflow.service``), under a clock that jumps::

    def test_an_iro_raises_a_challenge(service: Service) -> None:
        iro = Visitor(service, "iro-1")            # signed in; Visitor(service) is nobody
        page = iro.get("/raise")                   # redirects are followed
        page = page.form().fill({"case-id": "12345", "initials": "AB"}).press("Continue")
        assert page.errors["#name"] == "Enter the child’s name."
        assert page.form()["case-id"] == "12345"   # what is in a field now

    def test_a_manager_replies_by_the_link_in_the_letter(service: Service) -> None:
        service.raise_at(Stage.ONE)
        page = Visitor(service).get(reply_link(service, "tm-n"))
        page = page.form().fill({"answer": "resolved"}).press("Continue")
        page.form().fill({"words": "Done."}).press("Continue")

A form is sent as a browser sends it: every successful control, including hidden ones, and the
button that was pressed, found by its text or by its value. ``follow=False`` stops at the first
answer; ``headers`` are added to the request's own or replace them (None removes one). After each
request the service comes to rest, so that its emails have been sent before a test goes on.

Each HTML page is checked as it comes (:func:`look_over`), whatever else a test checks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag

from adapters import wiring
from adapters.identity import SESSION_SECONDS
from infra.local.gateway import Request, answer_of, event_of, function_at
from tests.workflow.service import URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.local.gateway import Answer
    from tests.workflow.service import Service

__all__ = ["Form", "Page", "Visitor", "look_over", "reply_link", "reply_links"]

_FORM = "application/x-www-form-urlencoded"
_REDIRECTS = 5
_SEE_OTHER, _REFUSED = 303, 400

#: What the tests' people write, and the child's data: on a page it has its own text direction.
_WRITTEN = re.compile("Marigold|Quillon|CASE-98431")
_ISOLATES = dict.fromkeys((0x2068, 0x2069))
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")


class Visitor:
    """A person at a browser, signed in as ``officer`` (an id of the sample directory) or nobody."""

    def __init__(self, service: Service, officer: str | None = None) -> None:
        self.service = service
        self.cookies: dict[str, str] = {}
        if officer:
            self.sign_in(officer)

    def sign_in(self, officer: str, *, seconds: int = SESSION_SECONDS) -> None:
        """Sign in as ``officer``; with negative ``seconds`` into a session that is over."""
        email = wiring.casebook().council().directory.officers[officer].email
        session = wiring.identity().begin_session(email.lower())
        session = replace(session, until=session.until - SESSION_SECONDS + seconds)
        wiring.sessions().begin(officer, session)
        for cookie in wiring.identity().cookies_of(session):
            self.keep_cookie(cookie)

    def keep_cookie(self, line: str) -> None:
        """Keep a Set-Cookie value, as a browser does."""
        name, _, value = line.partition(";")[0].partition("=")
        self.cookies[name] = value
        if "max-age=0" in line.lower():
            del self.cookies[name]

    def get(self, address: str, *, follow: bool = True, **headers: str | None) -> Page:
        """Open ``address``: a path with its query, or a whole address."""
        return self.request("GET", address, follow=follow, headers=headers)

    def post(
        self,
        address: str,
        fields: Mapping[str, str] | list[tuple[str, str]],
        *,
        follow: bool = True,
        headers: Mapping[str, str | None] | None = None,
    ) -> Page:
        """Send ``fields`` to ``address``, as from one of the service's own pages."""
        body = urlencode(fields).encode()
        own = {"content-type": _FORM, "origin": "null", "sec-fetch-site": "same-origin"}
        return self.request("POST", address, body, headers=own | dict(headers or {}), follow=follow)

    def request(
        self,
        method: str,
        address: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str | None] | None = None,
        follow: bool = True,
    ) -> Page:
        """Send any request. Redirects within the service are followed, as a GET."""
        page = self._request(method, address, body, headers or {})
        for _ in range(_REDIRECTS if follow else 0):
            target = page.headers.get("location", "")
            if not target or not urljoin(URL, target).startswith(f"{URL}/"):
                break
            page = self._request("GET", urljoin(page.address, target), b"", {})
        return page

    def _request(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str | None]
    ) -> Page:
        parts = urlsplit(address)
        sent = {"host": urlsplit(URL).netloc, "user-agent": "visitor"} | dict(headers)
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        present = {name.lower(): value for name, value in sent.items() if value is not None}
        request = Request(method, parts.path, parts.query, present, body)
        event = event_of(request, self.service.now)
        answer = answer_of(self.service.emulator.invoke(function_at(request.path).name, event))
        self._keep_cookies(answer)
        self.service.emulator.clock.settle()
        query = f"?{parts.query}" if parts.query else ""
        is_pdf = answer.headers.get("content-type") == "application/pdf"
        body_text = "" if is_pdf else answer.body.decode()
        page = Page(
            *(self, parts.path + query, answer.status, answer.headers, body_text),
            pdf=answer.body if is_pdf else b"",
        )
        assert not _WRITTEN.search(unquote(answer.headers.get("location", "")))
        # Back and reload must never ask whether to send it again.
        assert method != "POST" or page.status >= _REFUSED or page.redirects
        if page.html:
            look_over(page)
        return page

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.cookies:
            self.keep_cookie(line)


@dataclass(frozen=True)
class Page:
    """An answer. ``address`` is its path and query, ``body`` the HTML (or whatever it is).

    A document has an empty ``body``, and is in ``pdf``.
    """

    visitor: Visitor
    address: str
    status: int
    headers: Mapping[str, str]
    body: str
    pdf: bytes = b""

    @property
    def redirects(self) -> bool:
        """Whether it leads to a page that is opened by GET."""
        return self.status == _SEE_OTHER

    @property
    def html(self) -> bool:
        """Whether it is an HTML page with content."""
        return bool(self.body) and self.headers.get("content-type", "").startswith("text/html")

    @cached_property
    def soup(self) -> BeautifulSoup:
        """Return the page, parsed."""
        return BeautifulSoup(self.body, "html.parser")

    @cached_property
    def text(self) -> str:
        """Return its visible text, every space and line end as one space."""
        return _words(self.soup)

    @property
    def heading(self) -> str:
        """Return its one h1."""
        found = self.soup.select("h1")
        return _words(found[0]) if found else ""

    @property
    def ids(self) -> set[str]:
        """Return every id in it."""
        return {str(tag["id"]) for tag in self.soup.find_all(id=True)}

    @property
    def errors(self) -> dict[str, str]:
        """Return the error summary's lines: where each leads (``#name``) → what it says."""
        if "govuk-error-summary__list" not in self.body:
            return {}
        lines = self.soup.select(".govuk-error-summary__list a")
        return {str(line["href"]): _words(line) for line in lines}

    @property
    def forms(self) -> list[Form]:
        """Return every form in it, including the header's sign-out."""
        return [_form(self, tag) for tag in self.soup.find_all("form")]

    def checked(self) -> Page:
        """Return the page after the button of a page to check an act; itself if it is none.

        One that marks words stays, because they have to be looked at.
        """
        if "step=check" not in self.address or not self.soup.select('main [name="as-it-is"]'):
            return self
        if self.soup.select(".pc-mark"):
            return self
        found = self.form()
        return found.press(through=False) if len(found.buttons) == 1 else self

    def form(self, action: str | None = None) -> Form:
        """Return the one form in the page's main part; with ``action`` the one that leads there."""
        tags = self.soup.select("main form")
        forms = [_form(self, tag) for tag in tags]
        found = [one for one in forms if action is None or urlsplit(one.action).path == action]
        assert len(found) == 1, f"{len(found)} forms {action or ''} in: {self.text}"
        return found[0]

    def link(self, text: str) -> str:
        """Return where the link with ``text`` leads: in the main part, or else above or below."""
        every = [a for a in self.soup.find_all("a") if _words(a) == text]
        main = [a for a in every if a.find_parent("main")]
        (found,) = main or every
        return str(found["href"])


@dataclass(frozen=True)
class _Button:
    text: str
    name: str
    value: str
    action: str


@dataclass(frozen=True)
class Form:
    """A form on its page. ``fields`` are what would be sent, in order.

    ``names`` are those of all its controls, also of those that would send nothing; ``choices`` are
    the values of each group of radios, checkboxes or options.
    """

    page: Page
    action: str
    method: str
    fields: Mapping[str, str]
    names: frozenset[str]
    buttons: tuple[_Button, ...]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def fill(self, values: Mapping[str, str]) -> Form:
        """Return the form with ``values`` typed in or chosen: name → value."""
        for name, value in values.items():
            assert name in self.names, f"no field {name!r} among {sorted(self.names)}"
            choices = self.choices.get(name)
            assert choices is None or value in choices, f"{name}: {value!r} is not in {choices}"
        return replace(self, fields={**self.fields, **values})

    def whole(self, values: Mapping[str, str]) -> Form:
        """Return the form of a reply with all its fields at once, filled in with ``values``.

        So it was shown until release 2026-11.12, and a browser may still have it open: it sends
        every field with the button to check the reply.
        """
        check = _Button("Check your reply", "press", "check", "")
        return replace(
            self,
            fields={**self.fields, **values},
            names=self.names | values.keys(),
            buttons=(check, *self.buttons),
        )

    def press(
        self,
        button: str | None = None,
        *,
        follow: bool = True,
        through: bool = True,
        headers: Mapping[str, str | None] | None = None,
    ) -> Page:
        """Send it with this button, found by text or value; without one, as Enter would.

        If that leads to the page to check an act, its button is pressed too, unless ``through`` is
        false.
        """
        buttons = [b for b in self.buttons if button is None or button in (b.text, b.value)]
        assert buttons, f"no button {button!r} among {[b.text for b in self.buttons]}"
        pressed = buttons[0]
        assert self.method == "post"
        fields = [*self.fields.items()]
        fields += [(pressed.name, pressed.value)] if pressed.name else []
        address = urljoin(self.page.address, pressed.action or self.action)
        page = self.page.visitor.post(address, fields, follow=follow, headers=headers)
        return page.checked() if through else page


def _words(tag: Tag) -> str:
    """Return its visible text; markup inside a word does not split the word."""
    return " ".join("".join(_pieces(tag)).translate(_ISOLATES).split())


def _pieces(tag: Tag) -> Iterator[str]:
    for child in tag.children:
        if isinstance(child, Tag):
            apart = "" if child.name in ("bdi", "mark") else " "
            yield apart
            yield from _pieces(child)
            yield apart
        elif type(child) is NavigableString:  # not a comment
            yield child


def _form(page: Page, tag: Tag) -> Form:
    fields: dict[str, str] = {}
    names: set[str] = set()
    choices: dict[str, list[str]] = {}
    for control in tag.find_all(["input", "textarea", "select"]):
        name, kind = str(control.get("name", "")), str(control.get("type", "text"))
        names.add(name)
        if control.name == "textarea":
            # A browser drops the line end that follows the opening tag.
            fields[name] = control.get_text().removeprefix("\n")
        elif control.name == "select":
            options = control.find_all("option")
            choices[name] = [str(option.get("value", "")) for option in options]
            chosen = [o for o in options if o.has_attr("selected")] or options[:1]
            if chosen:
                fields[name] = str(chosen[0].get("value", ""))
        elif kind in ("radio", "checkbox"):
            choices.setdefault(name, []).append(str(control["value"]))
            if control.has_attr("checked"):
                fields[name] = str(control["value"])
        else:
            fields[name] = str(control.get("value", ""))
    buttons = tuple(
        _Button(
            _words(one),
            str(one.get("name", "")),
            str(one.get("value", "")),
            str(one.get("formaction", "")),
        )
        for one in tag.find_all("button")
    )
    return Form(
        page,
        str(tag.get("action", "")),
        str(tag.get("method", "get")).lower(),
        fields,
        frozenset(names),
        buttons,
        {name: tuple(values) for name, values in choices.items()},
    )


def reply_links(service: Service, officer: str) -> list[str]:
    """Return the paths of all reply links sent to ``officer``, oldest first."""
    links = [link for mail in service.mails(officer) for link in mail.links]
    return [link.removeprefix(URL) for link in links if link.startswith(f"{URL}/reply/")]


def reply_link(service: Service, officer: str) -> str:
    """Return the path of the reply link sent to ``officer`` last."""
    return reply_links(service, officer)[-1]


def action_link(service: Service, owner: str) -> str:
    """Return the path of the link for an action that was sent last to an officer or address."""
    directory = wiring.casebook().council().directory
    email = owner if "@" in owner else directory.officers[owner].email
    found = [link for mail in service.mails() if email in str(mail.to) for link in mail.links]
    return str([one.removeprefix(URL) for one in found if one.startswith(f"{URL}/action/")][-1])


def look_over(page: Page) -> None:
    """Check what holds for every page of the service.

    The browser does not keep it, and it gives no referrer; it needs no script and no inline style;
    it has one main heading; ids are unique; an error summary takes the focus, and nothing else
    does; each line of it, and each label, leads to a control; each control has a label; every form
    is sent by POST; what people wrote is in no address, and cannot change the text direction of
    what is beside it.
    """
    tags = page.soup.find_all(name=True)  # once: it is done for each page of each test
    named: defaultdict[str, list[Tag]] = defaultdict(list)
    for tag in tags:
        named[tag.name].append(tag)
    in_order = [str(tag["id"]) for tag in tags if "id" in tag.attrs]
    ids = {*in_order}
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    inline = [*named["script"], *named["style"], *(tag for tag in tags if "style" in tag.attrs)]
    assert not inline, "script or inline style"
    assert not [name for tag in tags for name in tag.attrs if name[:2] == "on"]
    assert len(named["h1"]) == 1, f"not one h1: {page.text}"
    assert [tag.get("lang") for tag in named["html"]] == ["en-GB"]
    assert len(ids) == len(in_order), "an id stands twice"
    here = {href.removeprefix("#") for href in page.errors if href.startswith("#")}
    assert here <= ids, "an error leads nowhere"
    focused = [tag for tag in tags if "autofocus" in tag.attrs]
    summary = page.soup.select(".govuk-error-summary[tabindex]") if page.errors else []
    assert focused == summary, "not the error summary takes the focus"
    assert bool(page.errors) == bool(summary), "an error summary cannot take the focus"
    labelled = {str(label["for"]) for label in named["label"]}
    assert labelled <= ids, "a label leads nowhere"
    shown = [tag for tag in named["input"] if tag.get("type") != "hidden"]
    for control in (*shown, *named["textarea"], *named["select"]):
        assert control.get("id") in labelled, f"no label: {control}"
    described = [name for tag in tags for name in str(tag.get("aria-describedby", "")).split()]
    assert set(described) <= ids, "a description is missing"
    for form in named["form"]:
        assert str(form.get("method", "")).lower() == "post", "what is typed stands in an address"
    for tag in tags:
        for name in ("href", "action", "formaction"):
            if name in tag.attrs:
                assert not _WRITTEN.search(unquote(str(tag[name]))), f"in an address: {tag}"
    for text in page.soup.find_all(string=_WRITTEN) if _WRITTEN.search(unescape(page.body)) else ():
        apart = text.find_parent(lambda tag: tag.name == "bdi" or tag.get("dir") == "auto")
        assert apart or not _WRITTEN.search(_ISOLATED.sub("", text)), f"not isolated: {text}"
    lines = [tag for tag in named["input"] if tag.get("type", "text") == "text"]
    for control in (*lines, *named["textarea"]):
        if control.get("inputmode") == "numeric":
            continue
        assert control.get("dir") == "auto", (
            f"typed words have no direction of their own: {control}"
        )
