"""The export of a record: whoever changed a byte of it is found, with nothing but Python."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from adapters.codec import link_of
from adapters.exports import Exports, Signer
from data import verify_export
from domain.chain import START, Link, canonical, link
from domain.errors import BrokenChainError
from domain.export import LeftOut, Maker, fingerprint_of, may_export, not_for
from domain.ladder import Stage
from domain.people import capacities
from domain.vocabulary import Capacity
from infra.export_schema import FILE, page, schema
from tests.builders import ADA, AUDLEY, CAS, DANA, HEDY, IRA, IVO, SARA, SENNA, TAM, moment, raised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.record import Record
    from domain.challenge import Challenge

WELL, DOES_NOT_FIT, CANNOT_READ, NOT_WHOLE = 0, 1, 2, 3
CHECKER = Path(verify_export.__file__)
COUNCIL = "Sample Council"
MAKER = Maker(IRA, "Ira Sample-One", "IRO")
NOW = moment("2026-11-09 10:00")


class Kms:
    """One RSA key, as KMS holds it."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        self.signed: list[bytes] = []

    def get_public_key(self, **asked: str) -> dict[str, bytes]:
        assert asked == {"KeyId": "the key"}
        public = self.key.public_key()
        subject = serialization.PublicFormat.SubjectPublicKeyInfo
        return {"PublicKey": public.public_bytes(serialization.Encoding.DER, subject)}

    def sign(self, **asked: Any) -> dict[str, bytes]:  # noqa: ANN401 - as boto3 has it
        assert asked["MessageType"] == "RAW"
        assert asked["SigningAlgorithm"] == "RSASSA_PKCS1_V1_5_SHA_256"
        assert len(asked["Message"]) <= 4096
        self.signed.append(asked["Message"])
        return {"Signature": self.key.sign(asked["Message"], padding.PKCS1v15(), hashes.SHA256())}


@dataclass
class Kept:
    """What the table holds of one challenge."""

    links: list[Link]

    def exports(self, kms: Kms) -> Exports:
        """Return what makes its exports."""
        looks = [
            {"SK": f"LOOK#2026-11-0{n}T09:00:00.000000Z#{officer}", "officer": officer, "via": via}
            for n, (officer, via) in enumerate([(TAM, "link"), (SARA, "page")], start=3)
        ]
        emails: dict[str, Any] = {
            "000002#tam": {"sent_at": "2026-11-02T10:00:01.000000Z", "came_back": {"an address"}},
            "000002#wyn": {"sent_at": "never"},
            "000099#tam": {"sent_at": "2026-12-24T10:00:01.000000Z"},
        }
        record = SimpleNamespace(
            chain=SimpleNamespace(links=lambda _reference: self.links),
            beside=SimpleNamespace(looks=lambda _reference: looks),
            notices=SimpleNamespace(known=lambda _reference, _since: emails),
        )
        signer = Signer(lambda: kms, lambda: "the key")
        return Exports(cast("Record", record), signer, COUNCIL)


def kept(challenge: Challenge) -> Kept:
    """Return its chain as it is kept."""
    links: list[Link] = []
    for event in challenge.events:
        links.append(link_of(event, links[-1].hash if links else START))
    return Kept(links)


@pytest.fixture(scope="module")
def kms() -> Kms:
    return Kms()


@pytest.fixture(scope="module")
def other_kms() -> Kms:
    return Kms()


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return raised(Stage.ONE, "2026-11-02 10:00").until("2026-11-09 09:00").challenge


@pytest.fixture(scope="module")
def file(challenge: Challenge, kms: Kms) -> bytes:
    return kept(challenge).exports(kms).make(challenge, MAKER, NOW)


@pytest.fixture(scope="module")
def part(challenge: Challenge, kms: Kms) -> bytes:
    """Make a copy without the first event."""
    out = [LeftOut(1, "It holds another child’s words.")]
    return kept(challenge).exports(kms).make(challenge, MAKER, NOW, out, beside=False)


def code_of(content: bytes) -> int:
    """Return how a check of the file ends."""
    return int(verify_export.check(content)[0])


def said_of(content: bytes, **given: str) -> str:
    """Return what a check of the file says."""
    return "\n".join(verify_export.check(content, **given)[1])


def changed(file: bytes, **parts: object) -> bytes:
    """Return the file with these parts of its export changed, written as the service writes."""
    whole = json.loads(file)
    whole["export"].update(parts)
    return (json.dumps(whole, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def events_of(file: bytes) -> list[dict[str, Any]]:
    """Return a copy of the events in the file."""
    found: list[dict[str, Any]] = json.loads(file)["export"]["events"]
    return found


# What a check finds ------------------------------------------------------------------------------


def test_a_file_as_it_was_made_is_found_whole(file: bytes, kms: Kms) -> None:
    fingerprint = fingerprint_of(kms.get_public_key(KeyId="the key")["PublicKey"])
    assert code_of(file) == WELL
    said = said_of(file)
    assert fingerprint in said, "whoever checks it has to compare the key"
    assert f"ALL {len(events_of(file))} EVENTS ARE AS THEY WERE RECORDED" in said
    assert "Only if it is the same did the council sign it" in said


def test_changing_any_byte_of_it_is_found(file: bytes) -> None:
    places = range(len(file))
    missed = [
        at for at in places if code_of(file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]) == WELL
    ]
    assert missed == []
    some = places[::100]
    assert [at for at in some if code_of(file[:at] + file[at + 1 :]) == WELL] == []
    assert [at for at in some if code_of(file[:at] + b" " + file[at:]) == WELL] == []
    assert code_of(file + b"\n") == DOES_NOT_FIT


@pytest.mark.parametrize("number", [1, 2])
def test_it_names_the_first_event_that_does_not_fit(file: bytes, number: int) -> None:
    events = events_of(file)
    events[number - 1]["text"] = events[number - 1]["text"].replace("2026", "2025", 1)
    other = changed(file, events=events)
    assert code_of(other) == DOES_NOT_FIT
    assert f"Event {number} does not fit: its text is not what was recorded" in said_of(other)
    assert "DO NOT RELY ON THIS FILE" in said_of(other)


def test_an_event_that_was_taken_out_is_missed(file: bytes) -> None:
    events = events_of(file)
    assert "Event 2 does not fit: event “3” is in its place" in said_of(
        changed(file, events=[events[0], *events[2:]])
    )
    renumbered = [{**one, "number": n} for n, one in enumerate([events[0], *events[2:]], start=1)]
    assert "Event 2 does not fit: it does not follow the event before it" in said_of(
        changed(file, events=renumbered)
    )
    assert "The signature does not fit" in said_of(changed(file, events=events[:-1]))


def test_a_whole_new_chain_is_found_by_the_signature(file: bytes) -> None:
    made: list[dict[str, Any]] = []
    for one in events_of(file):
        text = one["text"].replace("Sample", "Simple")
        after = link(one["number"], text, made[-1]["hash"] if made else START)
        made.append(vars(after))
    assert "The signature does not fit" in said_of(changed(file, events=made))


def test_a_text_under_another_number_is_found(file: bytes) -> None:
    """Its hash fits, as somebody computed it again."""
    first = events_of(file)[0]
    moved = link(1, canonical({**json.loads(first["text"]), "number": 2}), START)
    assert "its text belongs to another event" in said_of(changed(file, events=[vars(moved)]))


def test_a_copy_without_an_event_says_that_it_does_not_verify_whole(part: bytes) -> None:
    assert code_of(part) == NOT_WHOLE
    said = said_of(part)
    assert "Event 1 was left out of this copy: “It holds another child’s words.”" in said
    assert "1 of 5 events were left out on purpose: it is not the whole record." in said
    assert events_of(part)[0].keys() == {"number", "left_out", "previous_hash", "hash"}


def test_in_a_copy_without_an_event_all_others_are_checked(part: bytes) -> None:
    events = events_of(part)
    events[1]["text"] = events[1]["text"].replace("2026", "2025", 1)
    assert "Event 2 does not fit: its text is not" in said_of(changed(part, events=events))
    events = events_of(part)
    events[0]["hash"] = "0" * 64
    assert "Event 2 does not fit: it does not follow" in said_of(changed(part, events=events))
    assert "events that were left out is not true" in said_of(changed(part, whole=True))


def test_no_byte_of_such_a_copy_can_be_changed_either(part: bytes) -> None:
    for at in range(0, len(part), 29):
        code = code_of(part[:at] + bytes([part[at] ^ 1]) + part[at + 1 :])
        assert code in {DOES_NOT_FIT, CANNOT_READ}, at


# The key -----------------------------------------------------------------------------------------


def test_a_file_signed_by_somebody_else_is_found_by_the_fingerprint(
    challenge: Challenge, kms: Kms, other_kms: Kms
) -> None:
    forged = kept(challenge).exports(other_kms).make(challenge, MAKER, NOW)
    fingerprint = fingerprint_of(kms.get_public_key(KeyId="the key")["PublicKey"])
    assert code_of(forged) == WELL, "it can say so only of the key in the file"
    said = said_of(forged, fingerprint=fingerprint)
    assert "It is signed with another key" in said
    assert "somebody else may have made it" in said
    assert "it was changed" not in said


def test_the_fingerprint_and_the_key_are_compared(
    file: bytes, kms: Kms, other_kms: Kms, tmp_path: Path
) -> None:
    der = kms.get_public_key(KeyId="the key")["PublicKey"]
    fingerprint = fingerprint_of(der)
    for typed in (fingerprint, fingerprint.upper(), fingerprint.replace(" ", ":")):
        assert "by the key that you gave" in said_of(file, fingerprint=typed)
    lines = b64encode(der).decode()
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
    )
    (tmp_path / "key.der").write_bytes(der)
    (tmp_path / "other.der").write_bytes(other_kms.get_public_key(KeyId="the key")["PublicKey"])
    for name in ("key.pem", "key.der"):
        assert "by the key that you gave" in said_of(file, key_file=str(tmp_path / name))
    other = said_of(file, key_file=str(tmp_path / "other.der"))
    assert "another key than the one in" in other
    assert "cannot be read" in said_of(file, key_file=str(tmp_path / "none.pem"))


def test_without_the_council_s_key_it_promises_nothing(file: bytes, part: bytes, kms: Kms) -> None:
    """Anybody can write a record and sign it with a key of their own."""
    fingerprint = fingerprint_of(kms.get_public_key(KeyId="the key")["PublicKey"])
    for content in (file, part):
        said = verify_export.check(content)[1]
        assert any(line.startswith("If that is the council’s fingerprint: ") for line in said)
        assert "If that is" not in said_of(content, fingerprint=fingerprint)


def test_it_says_where_the_file_ends_and_what_it_cannot_show(
    challenge: Challenge, kms: Kms, file: bytes
) -> None:
    """A copy that ends early is as whole as one that does not."""
    recorded = challenge.events[1].recorded.strftime("%Y-%m-%d %H:%M:%S")
    before = replace(challenge, events=challenge.events[:2])
    for content, ends in (
        (kept(challenge).exports(kms).make(before, MAKER, NOW), f"2, recorded at “{recorded}” UTC"),
        (file, f"{challenge.version}, recorded at "),
    ):
        said = said_of(content)
        assert f"It is the record up to event {ends}" in said
        assert "Nothing in this file can show what was recorded later" in said
    out = [LeftOut(2, "It is a court document.")]
    part = kept(challenge).exports(kms).make(before, MAKER, NOW, out)
    assert "the record up to event 2. Nothing" in said_of(part)


def test_a_fingerprint_can_be_typed_as_it_is_printed(file: bytes, tmp_path: Path, kms: Kms) -> None:
    fingerprint = fingerprint_of(kms.get_public_key(KeyId="the key")["PublicKey"])
    record = tmp_path / "record.json"
    record.write_bytes(file)
    assert verify_export.main([str(record), "--fingerprint", *fingerprint.split()]) == WELL
    assert "by the key that you gave" in said_of(file, fingerprint=f"“{fingerprint}”")
    short = verify_export.check(file, fingerprint[:40])
    assert short[0] == CANNOT_READ
    assert "A fingerprint has 64 digits and letters. You gave 32" in "\n".join(short[1])


def test_a_key_that_takes_for_ever_is_refused() -> None:
    def der(tag: int, *parts: bytes) -> bytes:
        content = b"".join(parts)
        size = len(content).to_bytes(3, "big")
        return bytes([tag, 0x83]) + size + content

    exponent = der(2, b"\0" + b"\xff" * 200_000)
    modulus = der(2, b"\0" + b"\xff" * 384)
    key = der(0x30, verify_export.OF_RSA, der(3, b"\0", der(0x30, modulus, exponent)))
    assert verify_export.numbers_of(key)[1].bit_length() == 1_600_000
    assert not verify_export.fits(b"words", b"\1" * 384, key)


def test_a_signature_that_only_ends_right_is_refused(file: bytes) -> None:
    """With a key whose exponent is 3, a number could be found that only begins right."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key.public_key().public_bytes(serialization.Encoding.DER, subject)
    good = key.sign(b"words", padding.PKCS1v15(), hashes.SHA256())
    assert verify_export.fits(b"words", good, der)
    assert not verify_export.fits(b"other", good, der)
    assert not verify_export.fits(b"words", b"\0" + good, der)
    other = key.sign(b"words", padding.PKCS1v15(), hashes.SHA512())
    assert not verify_export.fits(b"words", other, der)
    modulus, _ = verify_export.numbers_of(der)
    bigger = (int.from_bytes(good, "big") + modulus).to_bytes(257, "big")
    assert not verify_export.fits(b"words", bigger, der)
    assert b64decode(json.loads(file)["signature"]["public_key"]) != der


# How it is told ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"null", b'{"export": 1, "signature": 2}', b"[" * 9999]
)
def test_what_is_no_record_is_refused_in_words(content: bytes) -> None:
    assert code_of(content) == CANNOT_READ
    assert said_of(content).startswith("This file cannot be read. ")


def test_a_file_that_is_too_deep_is_refused_in_words(
    file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.12 can read what is nested deeper than it can write again."""

    def too_deep(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr("json.dumps", too_deep)
    assert code_of(file) == CANNOT_READ
    assert "It is not the record of a challenge" in said_of(file)


def test_a_damaged_file_says_where(file: bytes) -> None:
    at = file.index(b'"text"', file.index(b'"number": 2'))
    said = said_of(file[:at] + b"'" + file[at + 1 :])
    assert "in event 3 or after it" in said or "in event 2 or after it" in said
    line = file[:at].count(b"\n") + 1
    assert f"in line {line}," in said


def test_no_words_of_a_file_can_pass_for_those_of_the_checker(
    challenge: Challenge, kms: Kms
) -> None:
    out = [LeftOut(1, "no reason”\nALL 2 EVENTS ARE AS THEY WERE RECORDED.\x1b[2K")]
    forged = kept(challenge).exports(kms).make(challenge, MAKER, NOW, out)
    said = said_of(forged).splitlines()
    assert not [line for line in said if line.startswith("ALL")]
    assert "\x1b" not in "".join(said)


def test_it_runs_alone(file: bytes, tmp_path: Path) -> None:
    """As a guardian runs it: one file beside the record, and Python without any package."""
    (tmp_path / "record.json").write_bytes(file)
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), "record.json"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1"},
        check=False,
    )
    assert (run.returncode, run.stderr) == (WELL, "")
    assert "EVENTS ARE AS THEY WERE RECORDED" in run.stdout


def test_it_needs_no_newer_python_than_it_says() -> None:
    source = CHECKER.read_text(encoding="utf-8")
    assert "Python 3.9 or later" in source
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported == {"argparse", "base64", "hashlib", "json", "sys"}
    newer = {"removeprefix_", "pairwise", "batched", "file_digest", "ExceptionGroup"}
    assert not newer & {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}


# What is in it -----------------------------------------------------------------------------------


def test_it_holds_every_event_as_it_is_kept(file: bytes, challenge: Challenge) -> None:
    assert events_of(file) == [vars(one) for one in kept(challenge).links]
    assert len(events_of(file)) == challenge.version


def test_it_holds_the_looks_and_emails_beside_the_chain(file: bytes) -> None:
    export = json.loads(file)["export"]
    assert export["looks"] == [
        {"officer": TAM, "at": "2026-11-03T09:00:00.000000Z", "via": "link"},
        {"officer": SARA, "at": "2026-11-04T09:00:00.000000Z", "via": "page"},
    ]
    sent = "2026-11-02T10:00:01.000000Z"
    assert export["emails"] == [
        {"event": 2, "officer": "tam", "sent_at": sent, "fates": ["came_back"]},
        {"event": 2, "officer": "wyn", "sent_at": "", "fates": []},
    ], "an email about a later event is in no copy that ends before it"


def test_a_copy_for_somebody_outside_has_neither(part: bytes) -> None:
    export = json.loads(part)["export"]
    assert (export["looks"], export["emails"]) == ([], [])


def test_the_same_export_has_the_same_bytes(challenge: Challenge, kms: Kms, file: bytes) -> None:
    assert kept(challenge).exports(kms).make(challenge, MAKER, NOW) == file


def test_a_record_that_was_changed_is_never_signed(challenge: Challenge, kms: Kms) -> None:
    held, signed_before = kept(challenge), len(kms.signed)
    held.links[1] = replace(held.links[1], text=held.links[1].text.replace("2026", "2025", 1))
    with pytest.raises(BrokenChainError, match="Event 2"):
        held.exports(kms).make(challenge, MAKER, NOW)
    assert len(kms.signed) == signed_before


def test_what_came_after_the_page_was_read_is_not_in_it(challenge: Challenge, kms: Kms) -> None:
    """Whoever may read it may not read later words for certain."""
    held = kept(challenge)
    before = replace(challenge, events=challenge.events[:2])
    file = held.exports(kms).make(before, MAKER, NOW)
    assert (len(events_of(file)), code_of(file)) == (2, WELL)


# Who may make one --------------------------------------------------------------------------------


def test_only_those_who_may_read_every_word_may_export() -> None:
    case = raised(Stage.ONE, "2026-11-02 10:00")
    officers = (IRA, IVO, SARA, SENNA, TAM, CAS, HEDY, ADA, AUDLEY, DANA)
    who = {
        officer: capacities(case.challenge, officer, case.council, case.today)
        for officer in officers
    }
    may = {officer for officer in officers if may_export(who[officer])}
    assert may == {IRA, SARA, SENNA, AUDLEY, DANA}
    assert not may_export(frozenset({Capacity.IRO_BEFORE, Capacity.INFORMED, Capacity.LAWYER}))


def test_an_event_with_a_word_that_is_not_for_them_is_left_out(challenge: Challenge) -> None:
    assert [*not_for(frozenset({Capacity.IRO}), challenge)] == []
    out = {one.number for one in not_for(frozenset({Capacity.OWNER}), challenge)}
    assert 1 in out, "whoever only owns an action reads no word of the form"


# The schema --------------------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "Run make tables."


def test_an_export_is_as_the_schema_says(file: bytes, part: bytes) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    check = jsonschema.Draft202012Validator(schema())
    for content in (file, part):
        assert [*check.iter_errors(json.loads(content))] == []
    for one in events_of(file):
        text = schema()["$defs"]["ExportedEvent"]["properties"]["text"]["contentSchema"]
        jsonschema.validate(json.loads(one["text"]), text)


def _refused(file: bytes) -> Iterator[Any]:
    whole = json.loads(file)
    yield {**whole, "more": 1}
    yield {"export": whole["export"]}
    for name, wrong in (("format", "other/1"), ("made_at", "today"), ("events", [])):
        yield {**whole, "export": {**whole["export"], name: wrong}}
    both = {**whole["export"]["events"][0], "left_out": "A reason."}
    yield {**whole, "export": {**whole["export"], "events": [both]}}
    yield {**whole, "signature": {**whole["signature"], "algorithm": "none"}}


def test_the_schema_refuses_what_is_no_export(file: bytes) -> None:
    check = jsonschema.Draft202012Validator(schema())
    assert [wrong for wrong in _refused(file) if check.is_valid(wrong)] == []


def test_each_field_of_the_schema_is_explained() -> None:
    parts = [schema(), *schema()["$defs"].values()]
    fields = {
        (part["title"], name): one for part in parts for name, one in part["properties"].items()
    }
    assert [where for where, one in fields.items() if not one.get("description")] == []
