"""The daily email: one each working day to whoever has something to do or to be told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.letters import DAILY as TEMPLATE
from adapters.mail import Mail, MailRefusedError, MailUnavailableError
from adapters.outgoing import CALLED_AGAIN
from adapters.settings import read_procedure
from domain.challenge import AgreedAction, Owner
from domain.directory import Cover, Directory, Post
from domain.ladder import Role, Stage
from domain.moments import at_local
from domain.rules.accepting import AcceptActions
from domain.rules.endings import ChildTold, Resolve
from domain.rules.replies import Answer, Reply
from domain.tasks import trays
from domain.vocabulary import Standing
from domain.writing import capitalised
from handlers.intake import Became
from infra.blueprint import DAILY, DUTIES
from infra.local.emulator import TABLE, FunctionError
from tests.doors.post import TESSA, mail
from tests.pages.visitor import Visitor
from tests.workflow.service import CHILD, SAMPLE_DIRECTORY, URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.record.places import DailyPlace
    from domain.challenge import Challenge
    from tests.workflow.service import Service

#: See the fixture ``service``.
REMEMBERS = True

TODAY = date(2026, 11, 5)
TUESDAY_MORNING = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
A_DAY = timedelta(days=1)


def send(service: Service) -> Any:  # noqa: ANN401 - the function's answer
    """Send the emails of this morning. Return the function's answer."""
    return service.emulator.invoke(DAILY.name, {})


def letters(service: Service, to: str) -> list[Any]:
    """Return the daily emails that an officer got."""
    return [letter for letter in service.mails(to) if is_daily(letter)]


def is_daily(letter: Any) -> bool:  # noqa: ANN401 - an email of the outbox
    """Whether it is a daily email."""
    return "day" in letter.tags


def _words(letter: Any) -> str:  # noqa: ANN401 - an email of the outbox
    """Return its text without line ends."""
    return " ".join(letter.text.split())


def challenges(service: Service) -> list[Challenge]:
    """Return every open challenge, as its record has it."""
    return [service.challenge(reference) for reference in service.open_challenges()]


def text(service: Service, to: str) -> str:
    """Return the words of the one daily email that an officer got, in one line."""
    (letter,) = letters(service, to)
    return " ".join(letter.text.split())


# Who gets one, and what it says ------------------------------------------------------------------


def test_whoever_has_something_to_do_or_to_be_told_gets_one_letter_and_nobody_else(
    service: Service,
) -> None:
    service.raise_at(Stage.ONE)
    service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    assert send(service) == {"sent": 4, "refused": 0}
    for asked in ("iro-1", "tm-n"):  # whether to refer to Cafcass, and to reply
        (letter,) = letters(service, asked)
        assert re.fullmatch(r"[24] things to do", letter.subject), letter.subject
    for told in ("sw-n1", "senior"):
        (letter,) = letters(service, told)
        assert letter.subject == "News of 2 challenges"


def test_it_says_of_each_challenge_what_is_asked_and_until_when(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    said = text(service, "tm-n")
    assert said.startswith(f"You have 1 thing to do. Open your work: {URL}/ DUE LATER - ")
    line = f"- Reply: {reference}, Stage 1. Due Monday 9 November 2026."
    assert f"{line} {URL}/challenges/{reference}" in said
    assert "Contact Serena Sample-Safeguard, the Safeguarding & Review Service Manager" in said
    assert "Please do not answer this email" in said


def test_it_comes_after_the_letters_with_the_links_that_the_office_hour_sends(
    service: Service,
) -> None:
    """Somebody who has never heard of a challenge could not know where to reply to it."""
    reference = service.raise_at(Stage.ONE)  # to be answered by Monday 9 November
    (daily,) = (duty for duty in DUTIES if duty.function is DAILY)
    service.jump(at_local(date(2026, 11, 10), daily.at))
    links = [link for letter in service.mails("csm") for link in letter.links]
    assert [link for link in links if link.startswith(f"{URL}/reply/")], "she has been asked"
    send(service)
    assert f"Reply: {reference}, Stage 2. Due " in text(service, "csm")


def test_it_says_nothing_of_a_child(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    (letter,) = letters(service, "tm-n")
    for hidden in (CHILD.initials, "CASE-98431", "Zephyrine", "Marigold", "placement"):
        assert hidden not in letter.subject + letter.text + letter.html


@pytest.mark.parametrize(
    ("morning", "heading"),
    [
        ("2026-11-04", "DUE LATER"),
        ("2026-11-05", "DUE SOON"),
        ("2026-11-06", "DUE SOON"),
        ("2026-11-09", "DUE TODAY"),
    ],
)
def test_it_groups_them_by_how_soon_they_are_due(
    service: Service, morning: str, heading: str
) -> None:
    service.raise_at(Stage.ONE)  # to be answered by Monday 9 November
    service.jump(datetime.fromisoformat(f"{morning}T09:30:00+00:00"))
    send(service)
    assert f"{heading} - Reply: PCE-" in text(service, "tm-n")


def test_what_is_overdue_comes_first_and_is_counted_in_its_subject(service: Service) -> None:
    late = service.raise_at(Stage.ONE)
    service.reply(late, "tm-n", Answer.CHALLENGED)
    service.jump(TUESDAY_MORNING + 7 * A_DAY)
    fresh = service.raise_at(Stage.ONE)
    service.reply(fresh, "tm-n", Answer.CHALLENGED)
    send(service)
    (letter,) = letters(service, "iro-1")
    assert letter.subject == "5 things to do, 2 overdue"
    said = text(service, "iro-1")
    assert said.startswith("Please start with what is overdue: 2 things.")
    overdue = said.partition(" OVERDUE ")[2].partition(" DUE SOON ")[0]
    assert f"- Decide on the reply: {late}, Stage 1. Due Monday 9 November 2026, 1 working day" in (
        overdue
    )
    assert said.index(late) < said.index(fresh)
    assert fresh not in overdue


def test_it_names_every_task_of_a_challenge_the_earliest_first(service: Service) -> None:
    """One that is late must not be hidden behind another that is not due yet."""
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    resolve = Resolve("It is done.", ChildTold.NOT_YET, "At the next visit.")
    service.act(reference, "iro-1", resolve)
    service.jump(TUESDAY_MORNING + 2 * A_DAY)
    tasks = trays(service.challenge(reference), wiring.casebook().council(), TODAY)["iro-1"]
    asked = [one.in_words for one in sorted(tasks, key=lambda one: one.deadline.at)]
    assert len(asked) > 1, "to place it on the child's file, and to tell the child"
    send(service)
    lines = re.findall(rf"- ([^:]+): {reference}, [^.]+\. Due", text(service, "iro-1"))
    assert lines == [capitalised(one) for one in asked]
    page = Visitor(service, "iro-1").get("/")
    tasks_shown = page.soup.select("main table.pc-list tbody th > a")  # in the lists of both
    shown = [one.get_text("|", strip=True).partition("|")[0] for one in tasks_shown]
    assert shown == [capitalised(one) for one in asked]
    (item,) = wiring.casebook().record.lists.in_tray("iro-1")
    assert [one.in_words for one in item.to_do] == asked


def test_a_single_one_that_is_overdue_is_said_so(service: Service) -> None:
    late = service.raise_at(Stage.ONE)
    service.reply(late, "tm-n", Answer.CHALLENGED)
    service.jump(TUESDAY_MORNING + 7 * A_DAY)
    send(service)
    (letter,) = letters(service, "iro-1")
    assert letter.subject == "3 things to do, 2 overdue"


def test_each_is_asked_for_what_is_theirs_to_do(service: Service) -> None:
    promised = service.raise_at(Stage.ONE)
    action = AgreedAction("Look for a placement", "Willow", date(2026, 11, 9), Owner("sw-n1"))
    reply = Reply(1, Answer.ACTIONS, "We will look.", (action,))
    service.act(promised, "tm-n", reply)
    service.act(promised, "iro-1", AcceptActions("Good."))
    returned = service.raise_at(Stage.ONE)
    service.not_mine(returned, "tm-n")
    service.jump(TUESDAY_MORNING)
    send(service)
    assert service.challenge(promised).standing is Standing.ACTIONS_UNDER_WAY
    do = f"- Do action 1 and report it: {promised}, Stage 1. Due "
    assert do in text(service, "sw-n1"), "its owner"
    assert do not in text(service, "tm-n"), "who only promised it"
    assert service.challenge(returned).standing is Standing.TO_BE_REASSIGNED
    assert f"- Say who should reply: {returned}, Stage 1. Due " in text(service, "iro-1")


def test_nobody_gets_a_letter_on_a_morning_on_which_nothing_waits_and_nothing_is_new(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.withdraw(reference)
    service.place_on_file(reference)
    service.jump(TUESDAY_MORNING)
    send(service)
    service.jump(A_DAY)
    assert send(service) == {"sent": 0, "refused": 0}


# Posts and cover ---------------------------------------------------------------------------------


def load(change: Callable[[Directory], Directory]) -> None:
    """Load the sample directory with a change."""
    store = CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)
    store.load_directory(change(from_csv(SAMPLE_DIRECTORY)))


def test_an_officer_who_covers_a_post_gets_it(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    covers = Cover("tm-north", "tm-s", date(2026, 11, 3), date(2026, 11, 3))
    load(lambda directory: Directory(directory.officers, directory.posts, (covers,)))
    service.jump(TUESDAY_MORNING)
    send(service)
    assert reference in text(service, "tm-s")
    service.jump(A_DAY)
    send(service)
    letter = letters(service, "tm-s")[-1]
    assert letter.subject == "Cover for leave", "the cover has ended, so nothing waits"
    assert "You no longer cover Team Manager, North Team" in _words(letter)


def test_who_covers_and_who_is_covered_are_told_though_nothing_waits(service: Service) -> None:
    store = wiring.council_store()
    week = Cover("tm-south", "csm", date(2026, 11, 4), date(2026, 11, 6))
    store.set_cover((week,), who="tm-s", after=store.current().change)
    service.jump(TUESDAY_MORNING)
    assert send(service)["sent"] == len(("csm", "tm-s"))
    [letter] = letters(service, "csm")
    assert "Cover for leave" in letter.subject
    assert "You cover Team Manager, South Team for Toby Sample-South from W" in _words(letter)
    [letter] = letters(service, "tm-s")
    assert "Celia Sample-Service covers Team Manager, South Team for you" in _words(letter)


def test_whoever_covers_an_iro_gets_what_waits_for_that_iro(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.reply(reference, "tm-n")
    covers = Cover("iro-post-1", "iro-2", date(2026, 11, 3), date(2026, 11, 3))
    load(lambda directory: Directory(directory.officers, directory.posts, (covers,)))
    service.jump(TUESDAY_MORNING)
    send(service)
    assert reference in text(service, "iro-2")


def test_one_challenge_in_two_trays_of_an_officer_is_one_line(service: Service) -> None:
    reference = service.raise_at(Stage.QAP)

    def also_social_worker(directory: Directory) -> Directory:
        post = Post("sw-north-1", Role.SOCIAL_WORKER, ("North Team",), "tm-n")
        return Directory(directory.officers, {**directory.posts, post.id: post})

    load(also_social_worker)
    service.jump(TUESDAY_MORNING)
    send(service)
    assert text(service, "tm-n").count(f"Reply: {reference}, QAP") == 1


# Days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-12-25", "2026-12-26", "2026-12-28"])
def test_on_a_day_that_is_not_worked_no_letter_goes_out(service: Service, day: str) -> None:
    """Christmas Day, a Saturday, and the substitute Monday for Boxing Day."""
    service.jump(datetime(2026, 12, 24, 10, tzinfo=UTC))
    service.raise_at(Stage.ONE)
    service.jump(datetime.fromisoformat(f"{day}T09:30:00+00:00"))
    assert send(service) == {"sent": 0, "refused": 0}


def test_a_bank_holiday_that_was_proclaimed_is_skipped_as_well(service: Service) -> None:
    service.raise_at(Stage.ONE)
    store = CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)
    store.proclaim(date(2026, 11, 3), "A day of mourning")
    service.jump(TUESDAY_MORNING)
    assert send(service) == {"sent": 0, "refused": 0}


def test_a_second_call_in_a_day_sends_nothing_and_the_next_morning_brings_the_next(
    service: Service,
) -> None:
    service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    assert send(service) == {"sent": 4, "refused": 0}
    service.jump(timedelta(hours=3))
    assert send(service) == {"sent": 0, "refused": 0}
    service.jump(A_DAY)
    assert send(service) == {"sent": 2, "refused": 0}


# Answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("waiting", "became"), [(1, Became.NOTE), (2, Became.NO_CHALLENGE)])
def test_an_answer_to_the_letter_goes_to_no_challenge_that_may_not_be_meant(
    service: Service, waiting: int, became: str
) -> None:
    for _ in range(waiting):
        service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    (letter,) = letters(service, "tm-n")
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    answer = mail(f"All sorted.\n\n{quoted}", sender=TESSA, subject=f"Re: {letter.subject}")
    assert service.receive(answer) == became
    foot = " ".join(letter.text.split()).rpartition("-- ")[2]
    assert "use the links above. What you write back does not count as a reply" in foot
    assert "reaches nobody" not in foot, "as a note it may reach the IRO"
    assert not any(challenge.request.answered for challenge in challenges(service))


# When something fails ----------------------------------------------------------------------------


def patched_send(
    monkeypatch: pytest.MonkeyPatch, refuse: Callable[[str], Exception | None]
) -> None:
    """Let SES refuse some emails, depending on the address."""
    original = Mail.send

    def patched(self: Mail, to: str, *more: Any) -> str:  # noqa: ANN401
        error = refuse(to)
        if error:
            raise error
        return original(self, to, *more)

    monkeypatch.setattr(Mail, "send", patched)


def four_wait(service: Service) -> None:
    """Make something wait for a Social Worker, two managers and the Head of Service."""
    service.raise_at(Stage.QAP)
    service.raise_at(Stage.TWO)
    service.raise_at(Stage.THREE)
    service.jump(TUESDAY_MORNING)


@pytest.mark.parametrize("error", [MailUnavailableError("Throttling"), ValueError("a bug")])
def test_one_letter_that_cannot_be_sent_does_not_stop_the_others_and_is_tried_again(
    service: Service, error: Exception
) -> None:
    four_wait(service)
    with pytest.MonkeyPatch.context() as patch:
        patched_send(patch, lambda to: error if to.startswith("celia") else None)
        with pytest.raises(FunctionError, match="1 daily emails could not be sent"):
            send(service)
    before = {to: len(letters(service, to)) for to in ("tm-n", "csm", "hos")}
    assert before == {"tm-n": 1, "csm": 0, "hos": 1}
    service.jump(timedelta(minutes=1))
    send(service)
    assert {to: len(letters(service, to)) for to in before} == {"tm-n": 1, "csm": 1, "hos": 1}


def test_a_letter_that_is_refused_for_good_is_not_tried_again(service: Service) -> None:
    four_wait(service)
    with pytest.MonkeyPatch.context() as patch:
        refused = MailRefusedError("MessageRejected")
        patched_send(patch, lambda to: refused if to.startswith("celia") else None)
        assert send(service)["refused"] == 1
    assert send(service) == {"sent": 0, "refused": 0}
    assert letters(service, "csm") == []


def test_while_ses_is_out_it_is_asked_a_few_times_and_all_is_sent_later(
    service: Service,
) -> None:
    four_wait(service)
    asked: list[str] = []

    def is_out(to: str) -> Exception:
        asked.append(to)
        return MailUnavailableError("ServiceUnavailable")

    with pytest.MonkeyPatch.context() as patch:
        patched_send(patch, is_out)
        with pytest.raises(FunctionError, match="could not be sent just now"):
            send(service)
    assert len(asked) == 3
    service.jump(timedelta(minutes=1))
    send(service)
    for officer in ("tm-n", "csm", "hos"):
        assert len(letters(service, officer)) == 1


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([ValueError("a bug")] * 4, id="faults that are not SES's"),
        pytest.param(
            [*[MailUnavailableError("busy")] * 2, MailRefusedError("no"), MailUnavailableError()],
            id="SES answers in between",
        ),
    ],
)
def test_only_letters_that_ses_does_not_take_one_after_the_other_stop_the_rest(
    service: Service, answers: list[Exception]
) -> None:
    service.raise_at(Stage.FOUR)
    four_wait(service)
    asked: list[str] = []

    def answer(to: str) -> Exception | None:
        asked.append(to)
        return answers[len(asked) - 1] if len(asked) <= len(answers) else None

    with pytest.MonkeyPatch.context() as patch:
        patched_send(patch, answer)
        with pytest.raises(FunctionError, match="could not be sent just now"):
            send(service)
    assert len(asked) == 7
    assert len(letters(service, "tm-n")) == 1, "one of the seven"


def test_after_a_crash_between_sending_and_marking_it_is_sent_once_more_and_then_no_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    record = wiring._record()
    with monkeypatch.context() as patch:
        mark = record.notices.mark

        def dies(place: DailyPlace, *more: Any) -> object:  # noqa: ANN401 - as mark takes it
            if place.officer == "tm-n":
                raise SystemExit
            return mark(place, *more)

        patch.setattr(record.notices, "mark", dies)
        with pytest.raises(SystemExit):
            wiring.daily_letters().send_all()
    with pytest.raises(FunctionError, match="could not be sent just now"):
        send(service)  # the lease of the call that died still holds
    service.jump(CALLED_AGAIN.holds)
    assert send(service)["sent"] == 1
    assert send(service)["sent"] == 0
    assert len(letters(service, "tm-n")) == 2


def test_a_tray_that_cannot_be_read_stops_nobody_elses_letter(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_wait(service)
    record = wiring._record()
    original = record.lists.in_tray

    def in_tray(party: str) -> Any:  # noqa: ANN401 - rows
        if party == "csm":
            raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "Query")
        return original(party)

    monkeypatch.setattr(record.lists, "in_tray", in_tray)
    with pytest.raises(FunctionError, match="1 daily emails could not be sent"):
        send(service)
    assert len(letters(service, "hos")) == 1


def test_it_is_written_for_html_as_well_with_each_challenge_in_a_list(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    (letter,) = letters(service, "tm-n")
    assert f">Reply: {reference}, Stage 1</a>. Due " in letter.html
    assert "<li" in letter.html
    assert TEMPLATE == "daily"


# What is new -------------------------------------------------------------------------------------


def news(service: Service, to: str) -> list[str]:
    """Return what an officer's daily emails said was new, one text for each email."""
    said = (" ".join(letter.text.split()) for letter in letters(service, to))
    return [text.partition("NEWS SINCE YOUR LAST DAILY EMAIL")[2] for text in said]


def test_what_is_new_is_told_once(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    service.jump(A_DAY)
    send(service)
    (told,) = news(service, "senior")
    assert f"- {reference}, Stage 1. Stage 1 began. A reply is due from" in told


def test_what_the_clock_did_in_the_night_is_told_in_the_morning(service: Service) -> None:
    reference = service.raise_at(Stage.ONE)  # to be answered by Monday 9 November
    service.jump(datetime(2026, 11, 10, 9, 30, tzinfo=UTC))
    send(service)
    (told,) = news(service, "tm-n")
    assert f"{reference}, Stage 2. No reply came by the deadline. You can still reply" in told
    (told,) = news(service, "iro-1")
    assert "This was automatic. You can move the challenge to a later stage at any time." in told


def test_the_iro_reads_on_the_eve_what_will_happen_at_the_deadline(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.jump(datetime(2026, 11, 6, 9, 30, tzinfo=UTC))
    send(service)
    (told,) = news(service, "iro-1")
    assert "One working day is left to reply at Stage 1." in told
    assert "If there is no reply by then, the challenge moves to Stage 2." in told


def test_whoever_has_only_news_is_asked_for_nothing(service: Service) -> None:
    service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    send(service)
    (letter,) = letters(service, "senior")
    assert letter.subject == "News of 1 challenge"
    assert letter.text.startswith("You do not need to do anything: this is for information.")
    assert "please" not in letter.text.lower().partition("is something here")[0]


def test_news_of_a_morning_that_was_missed_is_told_the_next_time_and_to_nobody_twice(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    with pytest.MonkeyPatch.context() as patch:
        out = MailUnavailableError("Throttling")
        patched_send(patch, lambda to: out if to.startswith("seth") else None)
        with pytest.raises(FunctionError, match="1 daily emails could not be sent"):
            send(service)
    service.jump(A_DAY)
    send(service)
    (told,) = news(service, "senior")
    assert reference in told
    assert len(news(service, "sw-n1")) == 1, "who had theirs on Tuesday"
    service.jump(A_DAY)
    send(service)
    assert len(news(service, "senior")) == 1


def test_news_of_a_day_that_became_a_holiday_is_told_on_the_next_working_day(
    service: Service,
) -> None:
    reference = service.raise_at(Stage.ONE)
    store = CouncilStore(lambda: boto3.resource("dynamodb").Table(TABLE), read_procedure)
    store.proclaim(date(2026, 11, 3), "A day of mourning")
    service.jump(TUESDAY_MORNING)
    send(service)
    assert news(service, "senior") == []
    service.jump(A_DAY)
    send(service)
    (told,) = news(service, "senior")
    assert reference in told


def test_after_a_crash_before_it_is_noted_the_same_news_is_kept_again_and_told_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs = wiring._record().legs
    settle = legs.settle
    crashed: list[bool] = []

    def crashes_once(*given: Any, **more: Any) -> None:  # noqa: ANN401 - as settle takes them
        if not crashed:
            crashed.append(True)
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "Update")
        settle(*given, **more)

    monkeypatch.setattr(legs, "settle", crashes_once)
    reference = service.raise_at(Stage.ONE)
    service.jump(TUESDAY_MORNING)
    assert crashed
    send(service)
    (told,) = news(service, "senior")
    assert told.count(f"{reference}, Stage 1. Stage 1 began") == 1
    assert told.count("began") == 1


def test_a_challenge_from_before_news_was_kept_tells_only_what_is_new(service: Service) -> None:
    """A release before 2026-11.9 writes HEAD without it, and sends everything as own emails."""
    reference = service.raise_at(Stage.ONE)
    table = boto3.resource("dynamodb").Table(TABLE)
    key = {"PK": f"CHALLENGE#{reference}", "SK": "HEAD"}
    table.update_item(Key=key, UpdateExpression="REMOVE news")
    service.act(reference, "tm-n", Reply(1, Answer.CHALLENGED, "No."))
    assert [line.partition(".")[0] for line in service.news("sw-n1")] == ["Stage 1 began"]
    head, _ = wiring.casebook().record.legs.head(reference)
    assert head.news_up_to == head.version
