"""Every page of the service in each of its states, by a name, as HTML made in process.

A scene plays something and yields what people see on the way::

    @scene()
    def the_front_page(service: Service) -> Iterator[tuple[str, Page]]:
        yield "front page of an IRO, nothing to do", Visitor(service, "iro-1").get("/")

Whoever builds a page adds its states here: tests then check that each can be read (``tests/unit/
test_readable.py``), that axe finds nothing at 320 and 1,280 pixels, and what else holds for all.

    python -m tests.pages.states            # write all of them into build/states
    python -m tests.pages.states raise      # those of the scenes with "raise" in their names
"""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters import wiring
from adapters.executions import Began
from adapters.record.chain import Step, _new
from adapters.record.table import ITEMS_AT_ONCE
from domain.challenge import AgreedAction, Owner
from domain.ladder import Stage
from domain.moments import local_day
from domain.people import capacities
from domain.privileged import Sealed
from domain.rules.accepting import AcceptActions
from domain.rules.appointing import AgreeToAnotherIro
from domain.rules.deciding import AskAgain
from domain.rules.endings import ChildTold, Resolve
from domain.rules.legal import AskForAdvice
from domain.rules.letters_to_child import WriteToChild
from domain.rules.replies import Answer, Reply
from handlers.pages.acts import ACT_PAGES, offers
from handlers.pages.acts import Scene as Sight
from handlers.pages.acts.briefing import CONFIRM_DIRECTOR
from infra.blueprint import ROOT
from tests.pages.sections import at_once, section, whole
from tests.pages.test_raising import ANSWERS
from tests.pages.test_transferring import leaves
from tests.pages.visitor import Visitor, action_link, reply_link
from tests.rules.test_rule_17_siblings import asked, box
from tests.walk import walk
from tests.workflow.service import RESPONDERS, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from domain.challenge import Challenge
    from domain.council import Council
    from handlers.pages.acts import ActPage
    from tests.builders import Case
    from tests.pages.visitor import Page
    from tests.workflow.service import Service

    Scene = Callable[[Service], Iterator[tuple[str, Page]]]

__all__ = ["SCENES", "State", "all_states", "scene", "states_of"]

#: Where the command writes them.
FOLDER = ROOT / "build" / "states"

#: So many random stories offer every act that they ever offer.
STORIES = 30

#: An owner outside the council.
JO = Owner("", "Jo Sample", "Sample School", "jo@school.example")


@dataclass(frozen=True)
class State:
    """A page in one of its states."""

    name: str
    scene: str
    page: Page

    @property
    def html(self) -> str:
        """Return it as the browser gets it."""
        return self.page.body


@dataclass(frozen=True)
class _Scene:
    """What is played: by default in one service, otherwise in services of its own."""

    play: Scene | Callable[[], Iterator[tuple[str, Page]]]
    settings: dict[str, str] | None

    @property
    def name(self) -> str:
        return self.play.__name__.replace("_", " ").strip()

    def seen(self) -> Iterator[tuple[str, Page]]:
        """Play it, and yield what is seen: name and page."""
        if self.settings is None:
            yield from self.play()  # type: ignore[call-arg]  # it starts its own services
            return
        with _a_service(**self.settings) as service:
            yield from self.play(service)  # type: ignore[call-arg]


SCENES: list[_Scene] = []


def scene(**settings: str) -> Callable[[Scene], Scene]:
    """Add a scene; ``settings`` are those of ``tests.workflow.service.running``."""

    def added(play: Scene) -> Scene:
        SCENES.append(_Scene(play, settings))
        return play

    return added


@contextmanager
def _a_service(**settings: Any) -> Iterator[Service]:  # noqa: ANN401 - as ``running`` takes them
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), remembers=True, **settings) as service,
    ):
        yield service


def states_of(one: _Scene) -> tuple[State, ...]:
    """Play a scene. Return what was seen, each name once."""
    found: dict[str, State] = {}
    for name, page in one.seen():
        assert page.html, f"{name} is no page: {page.status} {page.headers}"
        assert name not in found, f"two states have the name {name!r}"
        found[name] = State(name, one.name, page)
    return tuple(found.values())


@cache
def all_states() -> tuple[State, ...]:
    """Return every state of every page; no name is given twice."""
    found = [state for one in SCENES for state in states_of(one)]
    names = [state.name for state in found]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"two states have the same name: {twice}"
    return tuple(found)


def _at(reference: str, slug: str = "") -> str:
    return f"/challenges/{reference}/{slug}".rstrip("/")


# Without a sign-in -------------------------------------------------------------------------------


@scene()
def nobody_is_signed_in(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield what everybody can open, and what an address leads to that opens nothing."""
    nobody = Visitor(service)
    yield "not signed in: a form was sent", nobody.post("/raise", {"tried": "Spoke."})
    yield "signed out", nobody.get("/signed-out")
    yield "session ended", nobody.get("/session-ended")
    yield "opened by somebody else", nobody.get("/opened-by-somebody-else")
    yield "no such page", Visitor(service, "iro-1").get("/no-such-page")
    yield "no such challenge", Visitor(service, "iro-1").get("/challenges/PCE-2222-2222")
    yield (
        "a request from elsewhere",
        Visitor(service, "iro-1").post(
            "/raise", {"tried": "Spoke."}, headers={"sec-fetch-site": "cross-site"}
        ),
    )
    yield "a reply link that is unknown", nobody.get("/reply/" + "A" * 43)
    yield "an action's link that is unknown", nobody.get("/action/" + "A" * 43)


# The front page and its lists --------------------------------------------------------------------

ROLES = {
    "IRO": "iro-1",
    "Social Worker": "sw-n1",
    "Team Manager": "tm-n",
    "Children's Service Manager": "csm",
    "Head of Service": "hos",
    "Assistant Director": "ad",
    "SRSM": "srsm",
    "Senior IRO Manager": "senior",
    "Performance analyst": "analyst",
    "Director": "director",
    "Legal team": "legal",
    "Auditor": "auditor",
    "Data protection officer": "dpo",
    "Directory administrator": "admin",
}


@scene()
def front_pages(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield the front page of each role: without anything, with tasks, and when they are late."""
    for role, officer in ROLES.items():
        yield f"front page, {role}, nothing to do", Visitor(service, officer).get("/")
    for stage in Stage:
        service.raise_at(stage)
    answered = service.raise_at(Stage.ONE)
    service.reply(answered, "tm-n")
    _with_actions(service)
    service.withdraw(service.raise_at(Stage.TWO))
    for role, officer in ROLES.items():
        yield f"front page, {role}, with challenges", Visitor(service, officer).get("/")
    service.jump(timedelta(days=14))
    for role, officer in ROLES.items():
        yield f"front page, {role}, late", Visitor(service, officer).get("/")
    for role in ("IRO", "Team Manager", "Head of Service"):
        yield f"informed of, {role}", Visitor(service, ROLES[role]).get("/your-work/informed")
    for role in ("IRO", "SRSM"):
        yield f"ended, {role}", Visitor(service, ROLES[role]).get("/ended")
    iro = Visitor(service, "iro-1")
    yield "find: nothing found", iro.get("/").form("/find").fill({"reference": "Zyx"}).press()


@scene()
def beside_the_ladder(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield the pages that belong to no challenge: help, cover, the directory, supervision."""
    iro, srsm, admin = (Visitor(service, one) for one in ("iro-1", "srsm", "admin"))
    service.raise_at(Stage.ONE)
    for page in ("help", "accessibility", "privacy", "contact"):
        yield page, Visitor(service).get(f"/{page}")
    yield "help, signed in", iro.get("/help")
    calendar = iro.get("/calendar")
    yield "calendar, without an address", calendar
    yield "calendar, with a new address", calendar.form().press("Make an address")
    yield "calendar, with an address", iro.get("/calendar")
    yield "calendar: replace the address", iro.get("/calendar?step=make")
    stopped = iro.get("/calendar?step=stop")
    yield "calendar: stop the address", stopped
    yield "calendar: it was stopped", stopped.form().press("Stop the address")
    yield "supervision, IRO", iro.get("/supervision")
    yield "supervision, SRSM", srsm.get("/supervision")
    yield "cover", srsm.get("/cover")
    yield "cover: set it", srsm.get("/cover/set")
    yield "cover: set it, with errors", srsm.get("/cover/set").form().press("Continue")
    filled = srsm.get("/cover/set").form().fill(_cover(service))
    check = filled.press("Continue")
    yield "cover: set it, to check", check
    listed = check.form().press("Set cover")
    yield "cover: listed", listed
    yield "cover: end it", srsm.get(_leads(listed, "/cover/end"))
    yield "directory", admin.get("/directory")
    yield "directory: change it", admin.get("/directory/change")
    yield "transfer: nothing to transfer", srsm.get("/transfer?iro=iro-1")
    leaves(service)
    yield "transfer", srsm.get("/transfer?iro=iro-1")
    yield "transfer, with errors", srsm.get("/transfer?iro=iro-1").form().press("Continue")
    chosen = {"iro": "iro-2", "reason": "Ira has left."}
    check = srsm.get("/transfer?iro=iro-1").form().fill(chosen).press("Continue")
    yield "transfer, to check", check
    yield "transfer, done", check.form().press("Transfer")


def _leads(page: Page, path: str) -> str:
    """Return the first link of the page that leads there."""
    links = (str(a["href"]) for a in page.soup.select("main a[href]"))
    return next(link for link in links if link.startswith(path))


def _cover(service: Service) -> dict[str, str]:
    """Return the form by which the Team Manager of the South covers for that of the North."""
    first, last = service.now.date(), service.now.date() + timedelta(days=4)
    days = {"first": first, "last": last}
    boxes = {
        f"{name}-{box}": str(getattr(day, box))
        for name, day in days.items()
        for box in ("day", "month", "year")
    }
    return {"post": "tm-north", "officer": "tm-s", **boxes}


@scene(working_day="30")
def training(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield what only a training environment shows."""
    iro = Visitor(service, "iro-1")
    yield "training: front page", iro.get("/")
    yield "training: practice", iro.get("/practice")


@scene()
def the_list_of_challenges(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield the list of each kind of reader, its filters, views and search, and several at once."""
    srsm, analyst = Visitor(service, "srsm"), Visitor(service, "analyst")
    yield "challenges, none open", srsm.get("/challenges")
    yield "figures, too few", analyst.get("/challenges")
    for stage in (*Stage, Stage.ONE, Stage.ONE):
        service.raise_at(stage)
    service.jump(timedelta(days=9))
    yield "challenges, SRSM", srsm.get("/challenges")
    yield "challenges, SRSM, filtered", srsm.get("/challenges?stage=1&late=yes")
    yield "challenges, SRSM, nothing fits", srsm.get("/challenges?late=yes&age=21")
    yield "challenges, Senior IRO Manager", Visitor(service, "senior").get("/challenges?counts=yes")
    yield "challenges, Head of Service", Visitor(service, "hos").get("/challenges")
    yield "challenges, Social Worker", Visitor(service, "sw-n1").get("/challenges")
    yield "challenges, not theirs", Visitor(service, "admin").get("/challenges")
    yield "figures, Performance analyst", analyst.get("/challenges")
    yield "views, none", srsm.get("/views")
    page = srsm.get("/views?stage=1")
    yield "views: save one", page
    yield "views: save one, with an error", page.form("/views").press("Save view")
    page.form("/views").fill({"name": "Stage 1"}).press("Save view")
    yield "views", srsm.get("/views")
    yield "find", srsm.get("/find")
    yield "find, with an error", srsm.get("/find").form().press()
    yield "find: found", srsm.get("/find").form().fill({"reference": "98431"}).press()
    yield "find: nothing", srsm.get("/find").form().fill({"reference": "nobody"}).press()
    chosen = srsm.get("/challenges?tick=all").form("/challenges/selected")
    yield "several: transfer, none can be done", chosen.press("transfer")
    agreed = service.open_challenges()[0]
    service.act(agreed, "iro-1", AgreeToAnotherIro("I have too many."))
    page = chosen.press("transfer")
    (form,) = (one for one in page.forms if "iro" in one.fields)
    yield "several: transfer", page
    yield "several: transfer, with errors", form.press("Continue")
    yield "several: say who should reply", chosen.press("reassign")
    note = chosen.press("note").form("/challenges/selected").fill({"words": "Please hurry."})
    yield "several: check", note.press("Continue")
    answers = {"iro": "iro-2", "reason": "Ira has too many."}
    yield "several: check, some cannot be done", form.fill(answers).press("Continue")
    none = srsm.get("/challenges").form("/challenges/selected").press("note")
    yield "several: nothing is selected", none


# Raising -----------------------------------------------------------------------------------------


@scene()
def raising(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield each way to raise a challenge, from the first page to the last."""
    iro = Visitor(service, "iro-1")
    yield "raise", iro.get("/raise")
    yield "raise, what is missing", whole(iro.get("/raise")).press("Continue")
    one = at_once(iro.get("/raise")).fill({"case-id": "CASE-1"})
    yield "raise, with errors", one.press("Continue")
    for key in ("child", "social-worker", "concern", "before", "rights", "stage", "urgency"):
        yield f"raise: section {key}", section(iro.get("/raise"), key)
    yield "raise: section with errors", section(iro.get("/raise"), "concern-check")
    yield "raise: an earlier child, none", section(iro.get("/raise"), "earlier")
    named = {**ANSWERS, "concern-1-what": f"{ANSWERS['name']} has no plan.", "stage": ""}
    begun = at_once(iro.get("/raise")).fill(named).press("Continue")
    yield "raise: to correct", begun
    yield "raise: a section that names the child", section(begun, "concern")
    yield "drafts", iro.get("/drafts")
    yield "discard a draft", iro.get(str(iro.get("/drafts").soup.select("tbody a")[-1]["href"]))
    check = at_once(iro.get("/raise")).fill(ANSWERS).press("Continue")
    yield "raise: check", check
    yield "raised", check.form().press("Raise this challenge")
    yield "raise: an earlier child", section(iro.get("/raise"), "earlier")
    yield "raise by email", iro.get("/raise/by-email")
    for way in ("good-practice", "actions", "resolved"):
        yield f"raise: {way}", iro.get(f"/raise/{way}")


# Replying ----------------------------------------------------------------------------------------


@scene()
def replying(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield what a responder sees by the link and signed in, before and after the reply."""
    for stage, officer in RESPONDERS.items():
        reference = service.raise_at(stage)
        link = reply_link(service, officer)
        yield f"reply by link, {stage.title}", Visitor(service).get(link)
        yield (
            f"reply signed in, {stage.title}",
            Visitor(service, officer).get(_at(reference, "reply")),
        )
    yield from _steps_of_a_reply(Visitor(service).get(link))
    service.act(reference, "iro-1", AskAgain("Who will check that it is done?", 3))
    yield "reply by link, asked again", Visitor(service).get(reply_link(service, officer))
    link = reply_link(service, officer)
    service.jump(timedelta(days=14))
    yield "reply by link, late", Visitor(service).get(link)
    service.withdraw(reference)
    yield "reply by link, over", Visitor(service).get(link)


def _steps_of_a_reply(question: Page) -> Iterator[tuple[str, Page]]:
    yield "reply, without an answer", question.form().press("next")
    for answer in ("resolved", "challenged", "not mine"):
        details = question.form().fill({"answer": answer}).press("next")
        yield f"reply, {answer}", details
        yield f"reply, {answer}, with errors", details.form().press("check")
        check = details.form().fill({"words": "It was put right."}).press("check")
        yield f"reply, {answer}, to check", check
    action = question.form().fill({"answer": "actions agreed"}).press("next")
    yield "reply, an action", action
    yield "reply, an action, with errors", action.form().press("save-1")
    row = {"what": "Visit", "owner": "sample", "by-day": "5", "by-month": "1", "by-year": "2027"}
    typed = {f"action-1-{name}": text for name, text in row.items()}
    yield "reply, an owner to choose", action.form().fill(typed).press("save-1")
    typed["action-1-owner"] = "Willow Sample-North"
    details = action.form().fill(typed).press("save-1")
    yield "reply, actions so far, beyond the limit", details
    yield "reply, actions so far, with errors", details.form().press("check")
    check = details.form().fill({"words": "By then it is put right."}).press("check")
    yield "reply, actions, to check", check
    yield "reply, sent", check.form().press("send")


@scene()
def replying_about_siblings(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield how a manager replies about a brother and a sister on one page."""
    first, _ = asked(service)
    tessa = Visitor(service, "tm-n")
    page = tessa.get(_at(first, "reply-together"))
    yield "reply together", page
    yield "reply together, with errors", page.form().press("check")
    check = page.form().fill({**box(1), **box(2)}).press("check")
    yield "reply together, to check", check
    yield "reply together, sent", check.form().press("Send your replies")


@scene()
def legal_advice(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield what those see who are asked whether there is a conflict of interest."""
    reference = service.raise_at(Stage.ONE)
    service.act(reference, "iro-1", AskForAdvice(Sealed(1, "a1" * 32)))
    yield "lawyer: a conflict of interest?", Visitor(service, "legal").get(_at(reference))


@scene()
def actions(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield what an action's owner sees by the link, before and after the report."""
    reference = _with_actions(service)
    link = action_link(service, JO.email)
    nobody = Visitor(service)
    page = nobody.get(link)
    yield "action by link", page
    yield "action by link, with errors", page.form().press()
    check = page.form().fill({"shown_by": "Seen in the minutes."}).press()
    yield "action by link, to check", check
    yield "action by link, sent", check.form().press()
    yield "action by link, reported", nobody.get(link)
    yield "actions to report, Team Manager", Visitor(service, "tm-n").get(_at(reference, "action"))


def _with_actions(service: Service) -> str:
    """Return a challenge with two accepted actions: the Team Manager's, and one of Jo's."""
    reference = service.raise_at(Stage.ONE)
    theirs = (Owner("tm-n"), JO)
    agreed = tuple(
        AgreedAction(f"Visit {number}", "Somebody", date(2026, 11, 12), owner)
        for number, owner in enumerate(theirs, start=1)
    )
    service.act(reference, "tm-n", Reply(1, Answer.ACTIONS, "We will visit.", agreed))
    service.act(reference, "iro-1", AcceptActions("Good."))
    return reference


# A challenge, and each act -----------------------------------------------------------------------


@scene()
def challenges(service: Service) -> Iterator[tuple[str, Page]]:
    """Yield a challenge at each point of its way, for each of those who may see it."""
    asked = service.raise_at(Stage.ONE)
    informal = service.raise_at(Stage.QAP)
    answered = service.raise_at(Stage.TWO)
    service.reply(answered, "csm", Answer.CHALLENGED)
    agreed = _with_actions(service)
    not_mine = service.raise_at(Stage.ONE)
    service.not_mine(not_mine, "tm-n")
    now = {
        "asked": asked,
        "at QAP": informal,
        "answered": answered,
        "with actions": agreed,
        "not theirs": not_mine,
    }
    yield from _each(service, now)
    service.jump(timedelta(days=16))
    yield from _each(service, {f"{name}, late": reference for name, reference in now.items()})
    resolved = service.raise_at(Stage.ONE)
    service.reply(resolved, "tm-n")
    service.act(resolved, "iro-1", Resolve("Done.", ChildTold.NOT_YET, ""))
    service.withdraw(asked)
    yield from _each(service, {"withdrawn": asked, "resolved": resolved})
    service.act(resolved, "iro-1", WriteToChild("It is put right."))
    iro = Visitor(service, "iro-1")
    judged = service.raise_at(Stage.ONE)
    service.reply(judged, "tm-n", Answer.CHALLENGED)
    for slug, typed in _TO_CHECK.items():
        form = iro.get(_at(judged, slug)).form(_at(judged, slug)).fill(typed)
        yield f"act {slug}, filled in, to check", form.press(through=False)
    yield "challenge, decisions only", iro.get(f"{_at(judged)}?record=decisions")
    iro.get(_at(judged, "note")).form().fill({"words": "I rang them."}).press(follow=False)
    yield "challenge, with what was done", iro.get(_at(judged))
    yield "letter to the child", iro.get(_at(resolved, "letter"))
    yield "history", Visitor(service, "srsm").get(_at(asked, "history"))
    yield "who looked", Visitor(service, "srsm").get(_at(asked, "who-looked"))


WHO = {"IRO": "iro-1", "SRSM": "srsm", "Team Manager": "tm-n", "Social Worker": "sw-n1"}


_TO_CHECK = {
    "escalate": {"to": "2"},
    "resolve": {"reason": "It was done.", "child_told": "not yet"},
    "close": {"outcome": "withdrawn", "reason": "Not needed.", "child_told": "not yet"},
}


def _each(service: Service, references: dict[str, str]) -> Iterator[tuple[str, Page]]:
    for name, reference in references.items():
        for role, officer in WHO.items():
            page = Visitor(service, officer).get(_at(reference))
            if page.status == HTTPStatus.OK:
                yield f"challenge {name}, {role}", page


@dataclass(frozen=True)
class Offer:
    """A challenge of a random story at a moment, and acts that it offers: officer, page."""

    challenge: Challenge
    council: Council
    now: datetime
    acts: tuple[tuple[str, ActPage], ...]


@cache
def offers_of_stories() -> tuple[Offer, ...]:
    """Return moments of the random stories that together offer every act they ever offer."""
    seen: set[str] = set()
    found: list[Offer] = []
    for seed in range(STORIES):
        for case in walk(seed):
            if len(seen) == len(ACT_PAGES):
                return tuple(found)
            new = [one for one in _offered(case) if one[1].slug not in seen]
            acts = {page.slug: (officer, page) for officer, page in new}
            if acts:
                seen |= acts.keys()
                found.append(Offer(case.challenge, case.council, case.now, (*acts.values(),)))
    return tuple(found)


def _offered(case: Case) -> Iterator[tuple[str, ActPage]]:
    today = local_day(case.now)
    for officer in case.council.directory.officers.values():
        can = capacities(case.challenge, officer.id, case.council, today)
        if can:
            scene = Sight(case.challenge, case.council, officer, can, case.now)
            yield from ((officer.id, page) for page in offers(scene))


@contextmanager
def kept(offer: Offer) -> Iterator[Service]:
    """Run the service at that moment, with the challenge in its record."""
    with _a_service(start_at=offer.now) as service:
        wiring.council_store().load_directory(offer.council.directory)
        challenge, chain = offer.challenge, wiring.casebook().record.chain
        step = Step(None, challenge, offer.council, Began("Raised", challenge.stage, None))
        items = _new(step, offer.now)[0]
        for begins in range(0, len(items), ITEMS_AT_ONCE):
            chain._at.write(challenge.reference, items[begins : begins + ITEMS_AT_ONCE])
        yield service


def _acts() -> Iterator[tuple[str, Page]]:
    """Yield the page of each act, where a random story first offers it, and with its errors."""
    for offer in offers_of_stories():
        with kept(offer) as service:
            reference = offer.challenge.reference
            opened = [
                (act, Visitor(service, officer).get(act.address(reference)))
                for officer, act in offer.acts
            ]
            for act, page in opened:
                if page.status != HTTPStatus.OK:
                    continue
                yield f"act {act.slug}", page
                if act is CONFIRM_DIRECTOR:
                    yield "briefing", page.visitor.get(_at(reference, "briefing"))
            # Some of these need no answer, so pressing the button does them.
            for act, page in opened:
                if page.status != HTTPStatus.OK:
                    continue
                sent = page.form().press(through=False)
                if sent.errors:
                    yield f"act {act.slug}, with errors", sent
                if sent.heading.startswith("Check before you"):
                    yield f"act {act.slug}, to check", sent


SCENES.append(_Scene(_acts, None))


def main(arguments: list[str]) -> int:
    """Write the states of all scenes, or of those with a word in their names, and say where."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for one in SCENES:
        if arguments and not any(word in one.name for word in arguments):
            continue
        with redirect_stdout(StringIO()):  # log lines and metrics
            states = states_of(one)
        for state in states:
            file = FOLDER / f"{re.sub(r'[^a-z0-9]+', '-', state.name.lower())}.html"
            file.write_text(state.html, "utf-8")
            print(file)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
