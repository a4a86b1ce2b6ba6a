"""The same words are read as the same words, whichever email program sent them."""

from __future__ import annotations

import base64
import quopri
import re
import sys
from email.message import EmailMessage

import pytest

from handlers.intake import labelled
from handlers.intake.html import DEEPEST, lines_of
from handlers.intake.mail import LONGEST, UNREADABLE, Mail, Missing, read, read_head
from handlers.intake.sender import named_by_ses
from tests.doors.post import IRA, LINES, form, mail

WORDS = "Child ID: CASE-1\nConcern 1: He said “no” – it’s £5 too much.\nStage: 1\n"


def _fields(raw: bytes) -> dict[str, str]:
    found = labelled.read(read(raw).text)
    return {**found.answers, **(found.concerns[0] if found.concerns else {})}


EXPECTED = {"case_id": "CASE-1", "what": "He said “no” – it’s £5 too much.", "stage": "1"}


def _raw(headers: str, body: bytes) -> bytes:
    return f"From: {IRA}\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\n{headers}".encode() + body


def _outlook() -> bytes:
    """Outlook for Windows: related, alternative, Windows' code page, its own kind of paragraphs."""
    plain = quopri.encodestring(WORDS.replace("\n", "\r\n\r\n").encode("cp1252"))
    page = "".join(
        f"<p class=3DMsoNormal><span style=3D'font-size:11.0pt'>{line}<o:p></o:p></span></p>\r\n"
        for line in quopri.encodestring(WORDS.encode("cp1252")).decode().splitlines()
    )
    body = f"<body lang=3DEN-GB><div class=3DWordSection1>{page}</div></body>"
    html = f'<html xmlns:o=3D"urn:x">{body}</html>'
    image = base64.b64encode(b"\x89PNG not really").decode()
    return _raw(
        'Content-Type: multipart/related; boundary="_007_"; type="multipart/alternative"\r\n\r\n',
        b'--_007_\r\nContent-Type: multipart/alternative; boundary="_000_"\r\n\r\n'
        b'--_000_\r\nContent-Type: text/plain; charset="iso-8859-1"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + plain + b"\r\n"
        b'--_000_\r\nContent-Type: text/html; charset="iso-8859-1"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + html.encode()
        + b"\r\n--_000_--\r\n"
        b'--_007_\r\nContent-Type: image/png; name="image001.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\nContent-ID: <image001>\r\n\r\n"
        + image.encode()
        + b"\r\n--_007_--\r\n",
    )


def _outlook_html_only() -> bytes:
    lines = "".join(f"<div>{line}</div>" for line in WORDS.splitlines())
    page = f'<html><head><style>P {{margin:0}}</style></head><body dir="ltr">{lines}</body></html>'
    body = base64.encodebytes(page.encode())
    return _raw(
        'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n',
        body,
    )


def _ios() -> bytes:
    """iOS Mail: a picture between two parts of the text, and its signature."""
    first, second = WORDS.split("Stage")
    return _raw(
        "Content-Type: multipart/mixed; boundary=Apple-Mail-1\r\n\r\n",
        b"--Apple-Mail-1\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quopri.encodestring(first.encode())
        + b"\r\n--Apple-Mail-1\r\nContent-Type: image/jpeg; name=IMG_1.jpeg\r\n"
        b"Content-Disposition: inline; filename=IMG_1.jpeg\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        b"--Apple-Mail-1\r\nContent-Type: text/plain;\r\n\tcharset=us-ascii\r\n\r\n"
        + f"Stage{second}\r\n\r\nSent from my iPhone\r\n--Apple-Mail-1--\r\n".encode(),
    )


def _gmail() -> bytes:
    """Gmail: bold print as asterisks, non-breaking spaces, HTML beside the text."""
    plain = WORDS.replace("Child ID:", "*Child ID:*").replace("1: He", "1:\N{NO-BREAK SPACE}He")
    page = "".join(f"<div>{line}</div>" for line in WORDS.splitlines())
    message = EmailMessage()
    message["From"] = IRA
    message.set_content(plain, cte="base64")
    message.add_alternative(f'<div dir="ltr">{page}</div>', subtype="html")
    return message.as_bytes()


def _flowed() -> bytes:
    """Thunderbird: a line that it broke itself ends with a space."""
    body = WORDS.replace("He said ", "He said \n").encode()
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
    return _raw(f"{kind}Content-Transfer-Encoding: 8bit\r\n\r\n", body)


def _table() -> bytes:
    """Somebody who likes tables."""
    rows = "".join(
        f"<tr><td>{name}:</td><td>{value}</td></tr>"
        for name, value in (line.split(": ", 1) for line in WORDS.splitlines())
    )
    page = f"<table>{rows}</table>"
    return _raw('Content-Type: text/html; charset="utf-8"\r\n\r\n', page.encode())


@pytest.mark.parametrize("program", [_outlook, _outlook_html_only, _ios, _gmail, _flowed, _table])
def test_the_same_words_are_read_from_every_email_program(program: object) -> None:
    assert callable(program)
    assert _fields(program()) == EXPECTED


def test_an_empty_plain_part_leaves_the_page_to_be_read() -> None:
    page = f"<p>{WORDS.replace(chr(10), '<br>')}</p>"
    assert _fields(mail(" \n", html=page)) == EXPECTED


def test_files_and_emails_within_the_email_are_not_read() -> None:
    message = EmailMessage()
    message["From"] = IRA
    message.set_content("Child ID: CASE-1\n")
    message.add_attachment("Initials: from a file", filename="notes.txt")
    inner = EmailMessage()
    inner["From"] = "x@y.example"
    inner.set_content("Name: from another mail")
    message.add_attachment(inner)
    assert read(message.as_bytes()).text == "Child ID: CASE-1"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Zoë Ωμέγα محمد 李雷 👧🏾"),
        ("utf-16", "Zoë 李雷"),
        ("koi8-r", "Надежда"),
        ("iso-8859-15", "Zoë €"),
        ("shift_jis", "李"),
    ],
)
def test_other_scripts_are_read_in_the_charset_that_is_said(charset: str, text: str) -> None:
    body = base64.encodebytes(f"Name: {text}".encode(charset))
    kind = f"Content-Type: text/plain; charset={charset}\r\n"
    assert _fields(_raw(f"{kind}Content-Transfer-Encoding: base64\r\n\r\n", body)) == {"name": text}


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8", "ascii", '"', "unicode_escape"])
def test_a_charset_that_is_wrong_loses_no_email(charset: str) -> None:
    raw = _raw(f"Content-Type: text/plain; charset={charset}\r\n\r\n", b"Name: \xff\xfe Zo\xeb\n")
    assert "Zo" in _fields(raw)["name"]


# Broken mails ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100,
        b"no headers at all",
        b"From: a@b\n",
        b"From:\nSubject: =?utf-8?q?=FF=FE?=\n\nx",
        b"From: =?no-such?b?!!!?= <a@b>\n\nx",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nnever ends",
        b"Content-Type: multipart/alternative; boundary=x\n\n--x--\n",
        b"Content-Type: text/html\n\n<html><body><p>unclosed <b>",
        b"Content-Type: text/html\n\n<?xml version='1.0' encoding='x'?><p>x</p>",
        b"Content-Type: text/html\n\n<!-- only a comment -->",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!not base64!!!",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n\xff\n",
        b"Content-Type: \xff\xff/\xff; charset*=x'y'%zz\n\nx",
        b"Content-Disposition: attachment; filename*0*=utf-8''%ff\n\nx",
        b"Content-Type: message/rfc822\n\nSubject: inner\n\nx",
        b"Content-Type: message/delivery-status\n\nx: y\n\n\n",
    ],
)
def test_a_broken_email_is_read_as_far_as_it_can_be(raw: bytes) -> None:
    found = read(raw)
    assert isinstance(found, Mail)
    assert len(found.key) == 64


def test_parts_within_parts_without_end_leave_the_sender_known() -> None:
    nested = b"From: " + IRA.encode() + b"\n"
    for number in range(3000):
        nested += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    found = read(nested)
    assert found.sender == "ira.sample-one@sampleshire.example"


def test_a_page_of_a_thousand_levels_is_read() -> None:
    page = "<div>" * 3000 + "Child ID: CASE-1" + "</div>" * 3000
    raw = _raw('Content-Type: text/html; charset="utf-8"\r\n\r\n', page.encode())
    assert "CASE-1" in read(raw).text


def test_of_a_page_that_is_nested_too_deep_it_is_known_that_something_may_be_missing() -> None:
    for levels, whole in ((DEEPEST - 3, True), (DEEPEST, False), (256, False), (3000, False)):
        page = f"{'<div>' * levels}Child ID: CASE-1{'</div>' * levels}<p>Name: Alex Sample</p>"
        found = read(_raw("Content-Type: text/html\r\n\r\n", page.encode()))
        assert found.whole is whole
        assert found.missing <= {Missing.DEEP}
        fields = labelled.read(found.text).answers
        assert fields == {"case_id": "CASE-1", "name": "Alex Sample"}, "nothing written is lost"


PAGES = {
    "a wide table": ("<table><tr>", "<td>a</td>"),
    "a tall table": ("<table>", "<tr><td>a</td></tr>"),
    "a table of long lines": (f"<table><tr><td>{'long ' * 500}</td></tr>", "<tr><td>a</td></tr>"),
    "one tall cell beside many": (f"<table><tr><td>{'a<br>' * 500}</td>", "<td>a</td>"),
    "tables in tables": ("<table><tr><td>" * 60, "word<br>"),
    "cells that never end": ("", "<td>word"),
    "rows that never end": ("<table>", "<tr><td>a"),
    "many tables": ("", "<table><tr><td>a</td></tr></table>"),
    "many paragraphs": ("", "<p>a"),
    "items of lists in lists": ("<ul>" * 100, "<li>a"),
    "wide margins": ("", '<p style="margin:9999999em;padding-left:9999999em">a'),
    "marks that never end": ("", "<a href='"),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_work_and_lines_as_it_is_long_and_no_more(page: str) -> None:
    """Half a page is half the work, counted in calls of functions and not in seconds."""
    head, more = PAGES[page]
    half, whole = (head + more * (length // len(more)) for length in (20_000, 40_000))
    assert len(lines_of(whole)[0]) < len(whole) + 2_000
    assert _calls(whole) < 2.2 * _calls(half) + 1_000
    assert _calls(whole) < 10 * len(whole)


def _calls(page: str) -> int:
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lines_of(page)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            (
                "<table><tr><td><p>Child ID:</p></td><td><p>CASE-1</p></td></tr>"
                "<tr><th>Stage:</th><td><div>1</div></td></tr></table>"
            ),
            "Child ID:  CASE-1\nStage:  1",
        ),
        (
            "<table><tr><td>a<br>b</td><td>c</td></tr><tr><td></td><td>d</td></tr></table>e",
            "a\nb\nc\nd\n\ne",
        ),
        (
            (
                "<table><tr><td>1</td><td><table><tr><td>2</td><td>3</td></tr>"
                "<tr><td>4</td></tr></table></td><td>5</td></tr></table>"
            ),
            "1  2  3\n4\n5",
        ),
        ("<p class=MsoNormal>a</p><p style='margin:0cm'>b</p><p>c</p>d<br>e", "a\nb\n\nc\n\nd\ne"),
        ("<ul><li>a<li><p>b</p></ul><ol><li>c<li>d</ol>e", "* a\n\n* b\n\n1. c\n2. d\n\ne"),
        ("<div>a<div>b</div>c</div>d  <b> e </b> f", "a\nb\nc\nd e f"),
        (
            "a<pre>b\n  c</pre><span style='white-space: pre-wrap'>d\ne</span>",
            "a\n\nb\n  c\n\nd\ne",
        ),
        ("<head><title>t</title><style>p{}</style></head>a<script>s</script> b", "a b"),
        ("a<div style='display:none'>x<p>y</p></div>b<i hidden>z</i>c", "abc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("a&amp;b&lt;c&#8217;d", "a&b<c\N{RIGHT SINGLE QUOTATION MARK}d"),
        ("<!-- c --><?x y?>a", "a"),
    ],
)
def test_a_page_is_read_as_lines(page: str, text: str) -> None:
    assert lines_of(page) == (text, True)


def test_how_many_files_are_attached_is_known_wherever_a_program_puts_them() -> None:
    message = EmailMessage()
    message["From"] = IRA
    message.set_content("As attached.")
    message.add_alternative("<p>As attached.</p><img src='cid:logo'>", subtype="html")
    page = next(one for one in message.iter_parts() if one.get_content_subtype() == "html")
    page.add_related(b"GIF", "image", "gif", cid="<logo>", filename="logo.gif")
    assert read(message.as_bytes()).files == 0, "a picture of the page is no file"
    page.make_mixed()
    page.add_attachment(b"%PDF", "application", "pdf", filename="form.pdf")
    assert read(message.as_bytes()).files == 1, "as Apple's Mail does it"
    message.make_mixed()
    message.add_attachment(b"PK", "application", "msword", filename="form.docx")
    message.add_attachment(b"sig", "application", "pkcs7-signature", filename="smime.p7s")
    assert read(message.as_bytes()).files == 2
    assert read(b"Content-Type: application/pdf\n\n%PDF").files == 1


def test_a_body_of_25_mb_is_read_up_to_a_point() -> None:
    raw = mail("Child ID: CASE-1\n" + "x" * 76 + "\n" * 2 + ("word " * 15 + "\n") * 330_000)
    assert len(raw) > 25_000_000
    found = read(raw)
    assert len(found.text) <= LONGEST
    assert labelled.read(found.text).answers["case_id"].startswith("CASE-1")


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 6_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\nContent-Type: text/html\n\n<p>a\n" * 300,
        b"Content-Type: multipart/mixed; boundary=x\n\n"
        + (b"--x\nContent-Type: text/html\n\n" + b"<td>word" * 20_000 + b"\n") * 5,
        b"Content-Type: text/plain" + b";" * 30_000 + b"\n\na\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: inline"
        + b";\n a=b" * 9_000
        + b"\n\na\n",
        b"\n" * 1_000_100,
        b"Subject: long\n\n" + b"word " * 100_000,
    ],
    ids=["parts", "pages", "long pages", "a long kind", "a folded kind", "lines", "words"],
)
def test_of_what_is_too_much_to_read_it_is_known_that_something_is_missing(raw: bytes) -> None:
    found = read(b"From: " + IRA.encode() + b"\n" + raw)
    assert not found.whole
    assert len(found.text) <= LONGEST


def test_a_large_file_beside_the_words_is_not_too_much() -> None:
    file = b"--x\nContent-Disposition: attachment\n\n" + (b"A" * 76 + b"\n") * 50_000
    kind = b"Content-Type: multipart/mixed; boundary=x\n\n"
    found = read(kind + b"--x\n\nChild ID: CASE-1\n" + file + b"--x--\n")
    assert (found.text, found.whole) == ("Child ID: CASE-1", True)


# Whose it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        "ira@council.example",
        "<ira@council.example>",
        "Ira Sample-One <ira@council.example>",
        '"Sample-One, Ira (Children)" <Ira@Council.Example>',
        "=?utf-8?q?Ir=C3=A1?= <ira@council.example>",
        "Ira\r\n <ira@council.example>",
        # RFC 5322, 3.2.4 and 3.4: what is in quotes, or escaped in them, is a name.
        '"Ira @ North Team" <ira@council.example>',
        '"ira@council.example" <ira@council.example>',
        '"Ira (ira@council.example)" <ira@council.example>',
        r'"Ira \"Izzy\" Sample" <ira@council.example>',
        r'"Ira \\ Sample" <ira@council.example>',
        '"Ira <3; Sample, One: Children" <ira@council.example>',
        'Ira "Izzy" Sample <ira@council.example>',
        "Ira J. Sample <ira@council.example>",
        f'"{"I" * 990}" <ira@council.example>',
        f'"{"Ira Sample " * 5_000}" <ira@council.example>',
        # 3.2.2: comments, which can be nested, and white space around everything.
        "ira@council.example (Ira Sample)",
        "(Children (North)) Ira <ira@council.example> (IRO)",
        r"Ira (an \) escape) <ira@council.example>",
        "Ira (Wednesday @ home) <ira@council.example>",
        '\t"Ira"\r\n\t< ira@council.example >\r\n ',
        '"" <ira@council.example>',
    ],
)
def test_the_sender_is_the_one_address_of_the_from_line(sender: str) -> None:
    assert read(f"From: {sender}\r\n\r\nx".encode()).sender == "ira@council.example"


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "ira",
        "ira@council.example, evil@x.example",
        "ira@council.example <evil@x.example>",
        '"ira@council.example" <evil@x.example>',
        "Ira <ira@council.example> <evil@x.example>",
        "ira@council.example(comment)evil@x.example",
        "Team: ira@council.example;",
        '"evil@x.example" <ira@council.example>',
        r'"evil\@x.example" <ira@council.example>',
        '"Ira" "evil@x.example" <ira@council.example>',
        "Ira (evil@x.example) <ira@council.example>",
        "ira@council.example (<evil@x.example>)",
        "ira@council.example (<evil>)",
        "ira@council.example (a (nested) comment",
        "(only a comment)",
        'Ira "half <ira@council.example>',
        r"Ira \< <ira@council.example>",
        "<@route.example:ira@council.example>",
        "<ira@council.example> Ira",
        "<ira@council.example",
        "<ira @council.example>",
        '"ira"@council.example',
        "ira@[127.0.0.1]",
        "Ira @ North <ira@council.example>",
        'Ira "x" <ira@council.example',
    ],
)
def test_what_could_be_two_senders_is_none(sender: str) -> None:
    assert read(f"From: {sender}\r\n\r\nx".encode()).sender == ""


@pytest.mark.parametrize(
    "head",
    [
        b"X: a\rFrom: ira@council.example\r\nFrom: a@evil.example",
        b"From : a@evil.example\r\nFrom: ira@council.example",
    ],
)
def test_a_head_that_another_program_may_read_otherwise_names_nobody(head: bytes) -> None:
    assert read(head + b"\r\n\r\nx").sender == ""


@pytest.mark.parametrize(
    ("headers", "hands"),
    [
        ("", ()),
        ("Sender: Ira <IRA@council.example>", ()),
        ("Sender: Paul <paul@council.example>", ("paul@council.example",)),
        ("Sender: ira@council.example\r\nsender: paul@x.example", ("paul@x.example",)),
        ("Resent-From: paul@x.example\r\nResent-Sender: PAUL@x.example", ("paul@x.example",)),
        ("Sender: a@x.example, b@x.example", (UNREADABLE,)),
        ("Sender: ", ()),
        ("Reply-To: paul@x.example", ()),
    ],
)
def test_whoever_sent_it_for_the_sender_is_known(headers: str, hands: tuple[str, ...]) -> None:
    raw = f"From: ira@council.example\r\n{headers}\r\n\r\nx"
    assert read_head(raw.encode()).by_whom == hands


@pytest.mark.parametrize(
    "named",
    [
        "ira@council.example",
        "Ira @ North <ira@council.example>",
        "ira@council.example (Ira)",
        '"Ira, \u201cIzzy\u201d" <IRA@council.example>',
    ],
)
def test_ses_may_write_the_name_as_it_pleases(named: str) -> None:
    assert named_by_ses(named) == "ira@council.example"


def test_any_auto_submitted_counts_also_the_second() -> None:
    assert read(b"Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n\r\nx").automatic


def test_what_python_alone_decodes_brings_nothing_that_cannot_be_kept() -> None:
    raw = _raw("Content-Type: text/plain; charset=unicode_escape\r\n\r\n", b"\\ud800 \xe9 \x01")
    assert read(raw).text.encode()
    assert "\x01" not in read(raw).text


def test_the_key_is_the_email_s_own() -> None:
    keys = {
        read(raw).key
        for raw in (
            mail(form()),
            mail(form(), message_id="<two@x>"),
            mail(form(), sender="other@x.example"),
            mail(form(), message_id=""),
            mail(form(Stage="2"), message_id=""),
            mail(form(Stage="2")),
        )
    }
    assert len(keys) == 6
    assert read(b"Received: x\r\n" + mail(form())).key == read(mail(form())).key


def test_the_key_goes_by_the_words_as_they_are_read_not_by_the_bytes() -> None:
    text = f"{form()}Dr Zoë\n"
    kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding:"
    plain = _raw(f"{kind} 8bit\r\n\r\n", text.encode())
    coded = _raw(f"{kind} base64\r\n\r\n", base64.encodebytes(text.replace("\n", "\r\n").encode()))
    assert read(plain).key == read(coded).key
    assert read(plain).id == read(_raw(f"{kind} 8bit\r\n\r\n", b"Other.")).id


def test_two_emails_that_cannot_be_read_to_their_end_are_two() -> None:
    long = f"{form()}End\n{'word ' * 100_000}"
    one, other = read(mail(f"{long}one")), read(mail(f"{long}other"))
    assert (one.text, one.id) == (other.text, other.id)
    assert one.key != other.key
    assert read(b"Received: x\r\n" + mail(f"{long}one")).key == one.key


# The labelled lines ------------------------------------------------------------------------------


def test_every_label_of_the_template_is_read() -> None:
    found = labelled.read(form())
    assert found.found == len(LINES)
    assert list(found.answers.values()) + list(found.concerns[0].values()) != []
    assert {*found.answers.values(), *found.concerns[0].values()} == set(LINES.values())
    assert found.rest == ""


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("child id: x", "case_id"),
        ("CHILD’S ID : x", "case_id"),
        ("  Case ID:x", "case_id"),
        ("- Child's name: x", "name"),
        ("DOB: x", "date_of_birth"),
        ("> ID: x", ""),
        ("Child ID\N{FULLWIDTH COLON} x", "case_id"),
        ("_Team:_ x", "team"),
        ("Allocated social worker: x", "social_worker"),
        ("Reason: x", "reason"),
        ("What was tried: x", "tried"),
        ("Views: x", "views"),
        ("Something else: x", ""),
        ("http://example.org: x", ""),
    ],
)
def test_a_label_may_be_written_in_several_ways(line: str, field: str) -> None:
    found = labelled.read(line)
    assert found.answers == ({field: "x"} if field else {})
    assert ("x" in found.rest) is not bool(field), "what is no label is not lost"


def test_concerns_may_be_numbered_headed_or_begun_again() -> None:
    numbered = "Concern 1: a\nConcern 1 theme: b\nConcern 2: c\nTheme of concern 2: d\n"
    headed = "Concern 1:\nWhat is wrong: a\nTheme: b\nConcern 2:\nWhat is wrong: c\nTheme: d\n"
    anew = "Concern: a\nTheme: b\nConcern: c\nTheme: d\n"
    after = "Concern 1: a\nTheme 1: b\nConcern no. 2: c\nTheme 2: d\n"
    for text in (numbered, headed, anew, after):
        assert labelled.read(text).concerns == [
            {"what": "a", "theme": "b"},
            {"what": "c", "theme": "d"},
        ], text


def test_words_go_on_to_the_next_label_and_may_hold_a_label_that_was_filled_in() -> None:
    text = "Team: North\nAlready tried: We met.\n\nTeam: nobody came.\nNote: again.\nViews: None.\n"
    found = labelled.read(text)
    assert found.answers["team"] == "North"
    assert found.answers["tried"] == "We met.\n\nTeam: nobody came.\nNote: again."
    assert found.answers["views"] == "None."


@pytest.mark.parametrize(
    ("text", "twice", "answers"),
    [
        ("Child ID: 1\nChild ID: 2\nName: A\n", ("case_id",), {"case_id": "1", "name": "A"}),
        ("Child ID: 1\nName: A\n*Child ID:* 2\n", ("case_id",), {"case_id": "1", "name": "A"}),
        ("Name: A\nTried: x\nChild ID: 1\nName: B\nName: C\n", ("name",), {"name": "A"}),
        ("Stage: 1\nStage: 2\n", ("stage",), {"stage": "1"}),
        ("Concern 2: x\nConcern 2 by: 1\nConcern 2 by: 2\n", ("concerns.0.by",), {}),
        ("Child ID: 1\nchild id:  1 \nName: A\nName:\n", (), {"case_id": "1", "name": "A"}),
        ("Child ID: 1\nViews: x\nChild ID: 1\n", (), {"views": "x\nChild ID: 1"}),
        ("Child ID: 1\nViews: x\nChild ID: 2\n", ("case_id",), {"views": "x"}),
        ("Child ID:\nName:\n\nChild ID: 1\nName: A\n", (), {"case_id": "1", "name": "A"}),
    ],
)
def test_a_field_that_is_answered_twice_keeps_its_first_answer_and_is_named(
    text: str, twice: tuple[str, ...], answers: dict[str, str]
) -> None:
    found = labelled.read(text)
    assert found.twice == twice
    assert {name: found.answers[name] for name in answers} == answers
    whole = " ".join([*found.answers.values(), found.rest, str(found.concerns)])
    for value in re.findall(r":\*?\s*(\w)$", text, re.MULTILINE):
        assert value in whole, "nothing is lost"


def test_a_second_form_in_one_email_is_no_part_of_the_first() -> None:
    second = form(Case_ID="CASE-2", Name="Alex Other", Stage="2")
    found = labelled.read(form() + second)
    assert found.answers == labelled.read(form()).answers
    assert found.concerns == labelled.read(form()).concerns
    assert found.twice == ("case_id", "name", "stage")
    for line in second.splitlines():
        assert line in found.rest


def test_the_other_names_of_a_field_under_its_own_label_are_words() -> None:
    found = labelled.read(
        "Concern 1: He was to move.\nDate: 4 May, he had not.\nDetails: see the plan.\n"
        "Concern 1 by: 4 January 2027\nReason for this stage: x\nReason: y\nid: 7\n"
        "Child ID: CASE-1\n"
    )
    what = "He was to move.\nDate: 4 May, he had not.\nDetails: see the plan."
    assert found.concerns == [{"what": what, "by": "4 January 2027"}]
    assert found.answers == {"reason": "x\nReason: y\nid: 7", "case_id": "CASE-1"}


def test_nothing_below_the_end_a_signature_or_the_email_that_was_answered_is_read() -> None:
    for mark in ("End", "end of form.", "--", "Sent from my iPhone", "Get Outlook for iOS"):
        found = labelled.read(f"Child ID: 1\n{mark}\nName: below")
        assert found.answers == {"case_id": "1"}
        assert "Name: below" in found.rest
    head = "From: X\nSent: Monday\nTo: Y\nSubject: Z\n\nName: below"
    for quoted in (
        "On Mon, 2 Nov 2026 at 10:00, Positive Challenge <a@b>\nwrote:\n\nName: below",
        "-----Original Message-----\nName: below",
        head,
        "> Name: below",
    ):
        found = labelled.read(f"Child ID: 1\n\n{quoted}")
        assert found.answers == {"case_id": "1"}
        assert "Name: below" in found.rest


def test_who_answers_below_the_quoted_lines_is_read() -> None:
    text = (
        "On Monday 2 November, X wrote:\n> Please reply\n> by Friday\nIt is done.\n\n> And\nYes.\n"
    )
    own, other = labelled.own_words(text)
    assert own == "It is done.\n\nYes."
    assert "> Please reply" in other


def test_a_line_that_begins_with_from_is_not_the_head_of_another_email() -> None:
    assert labelled.own_words("From: the start he was unhappy.\nSo am I.")[1] == ""
