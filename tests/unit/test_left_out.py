"""No key of a link stays in what people write, however programs have changed it on the way."""

from __future__ import annotations

import base64
import quopri
from datetime import date
from html import escape
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import left_out, links
from adapters.left_out import LEFT_OUT, fact_without_keys, form_without_keys, without_keys
from domain.form import Concern
from domain.rules.replies import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://challenge.example"
#: Keys as they are made, some with "-" and "_" where programs stumble over them.
KEYS = (
    "Zk3-xQ9_aB7tLm2Vn5Rw8Yc1Hd4Jf6Kg0Pq3Ss-Tu_E",
    "_x4TqWm8Lr2NvB6Yk9PzC3Hd7Jf1Gs5KaE0uIo-QtRb",
    "R7vN2kX9mQ4pL8sW1tY6bC3dF5gH0jZaEuIoPqTrSx-",
)
KEY_LONG = 43


def _percent(text: str) -> str:
    return quote(text, safe="")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _proofpoint_2(link: str) -> str:
    coded = _percent(link).replace("-", "%2D").replace("_", "%5F").replace("%2F", "_")
    return f"https://urldefense.proofpoint.com/v2/url?u={coded.replace('%', '-')}&d=DwMFAg&c=a&e="


#: Each as in the documents of its maker, or of those who decode it.
SCANNERS: dict[str, Callable[[str], str]] = {
    "Safe Links": lambda link: (
        f"https://eur03.safelinks.protection.outlook.com/?url={_percent(link)}"
        "&data=05%7C02%7Cira%40sampleshire.example%7C0&sdata=abc%3D&reserved=0"
    ),
    "Proofpoint v1": lambda link: (
        f"https://urldefense.proofpoint.com/v1/url?u={_percent(link)}&k=oIvRg1%2BdGAgOoM1BIlLLqw%3D"
    ),
    "Proofpoint v2": _proofpoint_2,
    "Proofpoint v3": lambda link: f"https://urldefense.com/v3/__{link}__;!!Mak6IKo!OLXijV0zx-sJr$",
    "Barracuda": lambda link: (
        f"https://linkprotect.cudasvc.com/url?a={_percent(link)}&c=E,1,abc,&typo=1"
    ),
    "Cisco": lambda link: f"https://secure-web.cisco.com/1Xy-zA_b/{_percent(link)}",
    "Sophos": lambda link: (
        f"https://eu-west-1.protection.sophos.com?d=challenge.example&u={_base64(link)}&p=m&i=a"
    ),
    "FireEye": lambda link: (
        f"https://protect2.fireeye.com/v1/url?k=31-32-33&q=1&e=a&u={_percent(link)}"
    ),
    "Trellix": lambda link: (
        f"https://protect.trellix.com/v1/url?k=31-32&q=1&e=a&u={_percent(link)}"
    ),
    "Trend Micro": lambda link: (
        "https://ca-123-typed.trendmicro.com:443/wis/clicktime/v1/query?"
        f"url={_percent(link)}&umid=1"
    ),
    "Fortinet": lambda link: (
        f"https://wcc.fortimailcloud.com/fmlurlsvc/?fewReq=:B:JVs0&url={_percent(link)}"
    ),
    "Check Point": lambda link: f"https://protect.checkpoint.com/v2/___{link}___.YzJlOmE6bzo",
    "Avanan": lambda link: f"https://url.avanan.click/v2/___{link}___.YXAzOmFi",
    "Libraesva": lambda link: f"https://urlsand.esvalabs.com/?u={_percent(link)}&e=1&h=2",
    "of nobody we know": lambda link: f"https://gateway.example/go?to={_percent(link)}&x=1",
    "within another": lambda link: SCANNERS["Safe Links"](SCANNERS["Proofpoint v2"](link)),
    "base64 of another": lambda link: SCANNERS["Sophos"](SCANNERS["Safe Links"](link)),
}

WAYS: dict[str, Callable[[str], str]] = {
    "as it stands": lambda link: link,
    "in brackets": lambda link: f"<{link}>",
    "in capitals": lambda link: link.replace("/reply/", "/REPLY/"),
    "its key alone": lambda link: link[-KEY_LONG:],
    "its key as emphasis": lambda link: f"*_{link[-KEY_LONG:]}_*",
    "its key in a sentence": lambda link: f"({link[-KEY_LONG:]}).",
    "percent signs": _percent,
    "twice": lambda link: _percent(_percent(link)),
    "three times": lambda link: _percent(_percent(_percent(link))),
    "its key, coded": lambda link: "".join(f"%{ord(sign):02X}" for sign in link[-KEY_LONG:]),
    "as HTML": lambda link: escape(link).replace("/", "&#x2F;").replace("-", "&#45;"),
    "base64": _base64,
    "base64 in a path": lambda link: f"https://x.example/go/{_base64(link).rstrip('=')}/e.html",
    "quoted-printable": lambda link: quopri.encodestring(f"u={link}".encode()).decode(),
    "escaped": lambda link: link.replace("_", "\\_").replace("-", "\\-"),
    "its key, escaped": lambda link: link[-KEY_LONG:].replace("_", "\\_").replace("-", "\\-"),
    "its key with what nobody sees": lambda link: f"{link[-KEY_LONG:-9]}\u200b{link[-9:]}",
    "with what nobody sees": lambda link: f"{link[:40]}\u200b{link[40:55]}\u00ad{link[55:]}",
    **SCANNERS,
}


def _parts(text: str) -> set[str]:
    """Yield every twelve characters of the text: fewer open nothing and reveal nothing."""
    return {text[at : at + 12] for at in range(len(text) - 11)}


def _shows(text: str, key: str) -> bool:
    plain = text
    for mark in ("\n", "> ", "=", "%2D", "%5F"):
        plain = plain.replace(mark, "")
    return bool(_parts(plain) & _parts(key))


@pytest.mark.parametrize("way", WAYS)
def test_a_link_is_left_out_however_it_was_written(way: str) -> None:
    for key, path in product(KEYS, ["reply", "action", "calendar"]):
        link = WAYS[way](f"{URL}/{path}/{key}")
        clean = without_keys(f"Please see {link} and say.\nThanks,\nTessa")
        assert not _shows(clean, key), link
        assert clean.startswith("Please see "), link
        assert clean.endswith(" and say.\nThanks,\nTessa"), link
        assert without_keys(clean) == clean, link


def _broken(way: str, at_most: int, key: str) -> list[str]:
    link = WAYS[way](f"{URL}/reply/{key}")
    return [link[at : at + at_most] for at in range(0, len(link), at_most)]


@pytest.mark.parametrize("end", ["\n", "=\n", "\n> ", "=\n> > "])
@pytest.mark.parametrize("way", ["as it stands", "its key alone", *SCANNERS])
def test_a_link_is_left_out_that_was_broken_over_lines(way: str, end: str) -> None:
    sizes = product((20, 39, 40, 60, 72, 76), KEYS)
    every = [(_broken(way, at_most, key), key) for at_most, key in sizes]
    # No program breaks a link into more lines than these.
    some = [(lines, key) for lines, key in every if len(lines) <= left_out._LINES]
    assert some
    for lines, key in some:
        clean = without_keys(f"Please see:\n{end.join(lines)}\n\nThanks, Tessa\n")
        assert not _shows(clean, key), lines
        assert clean.startswith("Please see:\n"), lines
        assert clean.endswith("Thanks, Tessa\n"), lines


@pytest.mark.parametrize("path", ["reply", "action", "calendar"])
@pytest.mark.parametrize("size", [8, 20, 42])
def test_of_a_link_that_was_cut_no_part_of_its_key_stays(size: int, path: str) -> None:
    clean = without_keys(f"See {URL}/{path}/{KEYS[0][:size]} …")
    assert clean == f"See {URL}/{path}/… …"


@pytest.mark.parametrize(
    "link",
    [
        "https://protect-eu.mimecast.com/s/AbCdEfG123?domain=challenge.example",
        "https://url.uk.m.mimecastprotect.com/s/AbCdEfG123?domain=challenge.example",
        "https://atpscan.global.hornetsecurity.com/index.php?atp_str=AbC",
        "https://url.emailprotection.link/?bAbC~",
        "https://clicktime.symantec.com/15sM",
    ],
)
def test_a_scanner_s_link_that_leads_nobody_knows_where_is_left_out(link: str) -> None:
    assert without_keys(f"See {link}.") == f"See {LEFT_OUT}."


def test_the_link_of_a_draft_is_left_out() -> None:
    link = f"{URL}/raise?draft={'0123456789abcdef' * 2}"
    for way in ("as it stands", "percent signs", "Safe Links", "Sophos"):
        assert without_keys(f"See {WAYS[way](link)} now") == f"See {LEFT_OUT} now"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Placement\nEducation\nHealth\nTransport\nContact\nViews\nIdentity\nLegal\n",
        "He said and/or, 50% of it; a=b & c. PCE-7K3M-9QXT, 020 7946 0000, 27/3/2027.",
        f"{URL}/challenges/PCE-7K3M-9QXT",
        "https://council.example/policies/reply/2026?x=1#top",
        "https://council.example/action/climate-emergency-plan/action/2026-2030",
        "https://docs.example/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        "a-very-long-name-with-many-hyphens-in-it-as-people-make",
        "PositiveChallengeReviewMeetingNovemberDraft",
        SCANNERS["Safe Links"]("https://council.example/plan").replace(
            "abc%3D", "Zk3XxQ9QaB7tLm2Vn5Rw8Yc1Hd4Jf6Kg0Pq3SsTTuUE%3D"
        ),
        SCANNERS["Proofpoint v2"]("https://council.example/a-plan_of-2026"),
        SCANNERS["Cisco"]("https://council.example/plan"),
        "=?utf-8?b?SGVsbG8=?= http://x.example/%zz %E0%A4%A",
    ],
)
def test_what_is_no_key_stays_as_it_was_written(text: str) -> None:
    assert without_keys(text) == text


@given(st.text(max_size=400))
def test_any_text_has_an_end_and_is_clean_when_it_is_clean(text: str) -> None:
    clean = without_keys(text)
    assert without_keys(clean) == clean


#: Drawn by chance: it changes between small letters, capitals and digits only eleven times.
SELDOM = "e98JYDSwPChwWXIKEvihixFISOJQhBIFGGLHMPVQnls"


def test_every_key_that_is_made_is_known_as_one_whole_cut_short_or_broken_in_two() -> None:
    for _ in range(500):
        key = links.new_token()
        assert len(key) == KEY_LONG
        assert without_keys(f"See {key}\nnow") == f"See {LEFT_OUT}\nnow", key
        for size in (8, 12, 20, 30, 42):
            cut = f"{URL}/action/{key[:size]}"
            assert without_keys(f"See {cut} …") == f"See {URL}/action/… …", key
        for few in range(1, 9):
            broken = f"See\n{key[:few]}\n{key[few:]}\nnow"
            assert without_keys(broken) == f"See\n{LEFT_OUT}\nnow", key


@pytest.mark.parametrize("path", ["", f"{URL}/action/", f"{URL}/reply/"])
def test_a_key_that_changes_seldom_is_known_as_one(path: str) -> None:
    put = f"{path}…" if path else LEFT_OUT
    assert without_keys(f"See {path}{SELDOM}\nnow") == f"See {put}\nnow"
    assert without_keys(f"See {path}{SELDOM}") == f"See {put}"


@pytest.mark.parametrize(
    "chance",
    [
        pytest.param("a" * 43, id="one letter"),
        pytest.param("Unfortunatelyxx9Qz8Lm7Rt6Vb5Nc4Xs3Wd2Fg1Hj0", id="begins with a word"),
        pytest.param(SELDOM, id="changes seldom"),
        pytest.param("Zk3XxQ9Qwhateverhappensintheendallwillbewel", id="ends with words"),
    ],
)
def test_a_key_that_might_stay_in_a_text_is_drawn_again(
    chance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([chance, KEYS[0]])
    monkeypatch.setattr("adapters.links.secrets.token_urlsafe", lambda _: next(drawn))
    assert links.new_token() == KEYS[0]


@pytest.mark.parametrize(
    "line", ["https://x.example/a%2Fb\n", "Ab1Cd2Ef3Gh\n", "https://x.example/a%2Fb%25&amp;=3D "]
)
def test_the_work_for_one_text_is_bounded_and_past_it_what_may_be_a_key_is_left_out(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    holds = left_out._holds

    def counted(text: str) -> left_out._Found:
        nonlocal looked
        looked += len(text)
        return holds(text)

    monkeypatch.setattr(left_out, "_holds", counted)
    clean = without_keys(line * (400_000 // len(line)) + f"{URL}/reply/{KEYS[0]}")
    assert looked < 3 * left_out._WORK
    assert not _shows(clean, KEYS[0])


def test_the_fields_of_a_form_and_the_texts_of_a_fact_share_their_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anybody can send a thousand fields, which would take minutes if each were checked alone."""
    looked = 0
    holds = left_out._holds

    def counted(text: str) -> left_out._Found:
        nonlocal looked
        looked += len(text)
        return holds(text)

    monkeypatch.setattr(left_out, "_holds", counted)
    text = "&amp;/%41-2D=41\n" * 60
    link = f"{URL}/reply/{KEYS[0]}"
    form = form_without_keys({**{f"f{n}": text for n in range(40)}, "last": link})
    assert looked < 3 * left_out._WORK
    assert not _shows(form["last"], KEYS[0])
    looked = 0
    concerns = tuple(Concern("health", text, text, date(2027, 1, 4)) for _ in range(20))
    fact_without_keys(concerns)
    assert looked < 3 * left_out._WORK


def test_a_fact_is_cleaned_in_every_text_that_it_holds_and_nowhere_else() -> None:
    key = KEYS[0]
    concern = Concern("health", f"See {key}", "x", date(2027, 1, 4))
    assert fact_without_keys(concern) == Concern("health", f"See {LEFT_OUT}", "x", date(2027, 1, 4))
    assert fact_without_keys((concern,))[0].what == f"See {LEFT_OUT}"
    assert fact_without_keys(Answer.RESOLVED) is Answer.RESOLVED
