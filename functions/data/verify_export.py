"""Check the record of a challenge that a council gave you.

You need nothing but this file, the record, and Python 3.9 or later::

    python3 verify_export.py PCE-7K3M-9QXT.json
    python3 verify_export.py PCE-7K3M-9QXT.json --fingerprint "1a2b 3c4d …"
    python3 verify_export.py PCE-7K3M-9QXT.json --key public.pem

On Windows type ``py`` instead of ``python3``. It reads the file, sends nothing anywhere, and
tells you in plain words:

1. whether each event is as it was recorded, or which is the first that is not;
2. whether events were left out of this copy, and why;
3. whether the file is as the council's service signed it.

Anybody can make a file with a key of their own. So compare the fingerprint that this prints with
the one at the foot of the council's documents, or ask the council for it by telephone. If you
give it with --fingerprint, or the key itself with --key, this compares it for you.

What it cannot tell: what was recorded after the last event of the file, and whether somebody at the
council changed the record before the file was made. The council has proof of that: ask for it.

It ends with 0 if all is well, 1 if something does not fit, 2 if the file cannot be read, and 3 if
all that is in this copy fits, but events were left out of it. If you give no fingerprint and no
key, 0 and 3 say so only of the key in the file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from typing import Any

FORMAT = "positive-challenge-record/1"
ALGORITHM = "RSASSA-PKCS1-v1_5 with SHA-256"
WELL, DOES_NOT_FIT, CANNOT_READ, NOT_WHOLE = 0, 1, 2, 3

#: The hash before the first event.
START = "0" * 64

#: The names in each part of the file. Nothing else may be there.
IN_FILE = {"export", "signature"}
IN_SIGNATURE = {"algorithm", "fingerprint", "public_key", "value"}
IN_EXPORT = {
    "council", "emails", "events", "format", "looks", "made_at", "made_by", "reference", "whole",
}  # fmt: skip
IN_MAKER = {"capacity", "name", "officer"}
IN_EVENT = {"hash", "number", "previous_hash", "text"}
IN_EVENT_LEFT_OUT = {"hash", "left_out", "number", "previous_hash"}

#: What stands before the digest in an RSA signature with SHA-256 (RFC 8017, 9.2).
OF_SHA_256 = bytes.fromhex("3031300d060960864801650304020105000420")
#: What stands before the numbers in an RSA public key: its kind (RFC 8017, A.1), in DER.
OF_RSA = bytes.fromhex("300d06092a864886f70d0101010500")


class DoesNotFitError(Exception):
    """Something in the file is not as it was signed or recorded. The message says what."""

    so = "DO NOT RELY ON THIS FILE: it was changed."


class OtherKeyError(DoesNotFitError):
    """The file is signed with another key than the one that was given. The message says so."""

    so = "DO NOT RELY ON THIS FILE: somebody else may have made it. Ask the council."


class CannotReadError(Exception):
    """The file is not a record that this program can read. The message says why."""


# Reading -----------------------------------------------------------------------------------------


def read(content: bytes) -> dict[str, Any]:
    """Return what the file holds. Raise ``CannotReadError``, or ``DoesNotFitError``."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        where = near(content[: error.start].decode("utf-8"))
        raise CannotReadError(f"It has a damaged character {where}.") from error
    try:
        file: dict[str, Any] = json.loads(text)
    except ValueError as error:
        where = near(text[: getattr(error, "pos", 0)])
        raise CannotReadError(f"It is damaged {where}.") from error
    except RecursionError as error:
        raise CannotReadError("It is not the record of a challenge.") from error
    only(file, IN_FILE, "The file")
    only(file["export"], IN_EXPORT, "The part “export”")
    only(file["signature"], IN_SIGNATURE, "The part “signature”")
    kind = file["export"]["format"]
    if kind != FORMAT:
        raise CannotReadError(
            f"Its format is {quoted(kind)}, and this program reads “{FORMAT}”. Use the "
            "verify_export.py that came with the file."
        )
    export = file["export"]
    only(export["made_by"], IN_MAKER, "The part “made_by”")
    words = (export["council"], export["reference"], export["made_at"], *export["made_by"].values())
    if not all(isinstance(one, str) for one in words):
        raise CannotReadError("It is not the record of a challenge.")
    if not isinstance(export["events"], list) or not export["events"]:
        raise CannotReadError("It holds no events.")
    return file


def near(before: str) -> str:
    """Return in words where in the file something is, from the text before it."""
    line = before.count("\n") + 1
    event = before.count('"previous_hash": ') + 1
    return f"in line {line}, in event {event} or after it"


def quoted(words: object) -> str:
    """Return words of the file in quotes, on one line: nothing in it can pass for ours."""
    return "“{}”".format("".join(one if one.isprintable() else " " for one in str(words)))


def only(part: object, names: set[str], called: str) -> None:
    """Check that a part of the file has these names and no others."""
    if not isinstance(part, dict) or set(part) != names:
        raise CannotReadError(f"{called} is not as in a record of a challenge.")


def canonical(value: object) -> bytes:
    """Return ``value`` in the one way in which it is hashed."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


# The chain ---------------------------------------------------------------------------------------


def check_chain(export: dict[str, Any]) -> list[tuple[int, str]]:
    """Check each event, and return those that were left out, as (number, reason).

    Raise ``DoesNotFitError``, which names the first event that does not fit.
    """
    previous, left_out = START, list[tuple[int, str]]()
    for number, event in enumerate(export["events"], start=1):
        names = set(event) if isinstance(event, dict) else set()
        if names not in (IN_EVENT, IN_EVENT_LEFT_OUT):
            raise DoesNotFitError(f"Event {number} is not as the service writes an event.")
        if not all(isinstance(event[name], str) for name in names - {"number"}):
            raise DoesNotFitError(f"Event {number} is not as the service writes an event.")
        if event["number"] != number or not isinstance(event["number"], int):
            raise DoesNotFitError(
                f"Event {number} does not fit: event {quoted(event['number'])} is in its place."
            )
        if event["previous_hash"] != previous:
            raise DoesNotFitError(
                f"Event {number} does not fit: it does not follow the event before it."
            )
        if "left_out" in names:
            left_out.append((number, event["left_out"]))
        else:
            check_text(number, event)
        previous = event["hash"]
    if export["whole"] is not (not left_out):
        raise DoesNotFitError("What the file says about events that were left out is not true.")
    return left_out


def check_text(number: int, event: dict[str, Any]) -> None:
    """Check that the text of an event is what was recorded, and is of this event."""
    hashed = "{}\n{}".format(event["previous_hash"], event["text"])
    try:
        digest = hashlib.sha256(hashed.encode("utf-8")).hexdigest()
    except UnicodeEncodeError:
        digest = ""
    if event["hash"] != digest:
        raise DoesNotFitError(f"Event {number} does not fit: its text is not what was recorded.")
    try:
        numbered = json.loads(event["text"])["number"]
    except (ValueError, KeyError, TypeError, RecursionError):
        numbered = None
    if numbered != number:
        raise DoesNotFitError(f"Event {number} does not fit: its text belongs to another event.")


# The signature -----------------------------------------------------------------------------------


def der(content: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the DER value that ``content`` begins with, and what follows it."""
    if len(content) < 2 or content[0] != tag:
        raise ValueError
    length, at = content[1], 2
    if length > 0x80:
        at += length - 0x80
        length = int.from_bytes(content[2:at], "big")
    if len(content) < at + length:
        raise ValueError
    return content[at : at + length], content[at + length :]


def numbers_of(key: bytes) -> tuple[int, int]:
    """Return modulus and exponent of an RSA public key (a DER SubjectPublicKeyInfo)."""
    whole, after = der(key, 0x30)
    if after or not whole.startswith(OF_RSA):
        raise ValueError
    bits, after = der(whole[len(OF_RSA) :], 0x03)
    if after or bits[:1] != b"\0":
        raise ValueError
    pair, after = der(bits[1:], 0x30)
    modulus, rest = der(pair, 0x02)
    exponent, after_both = der(rest, 0x02)
    if after or after_both:
        raise ValueError
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def fits(statement: bytes, signature: bytes, key: bytes) -> bool:
    """Whether ``signature`` is that of ``statement`` by this key: RSA, PKCS #1 v1.5, SHA-256.

    What the signature has to be is made whole and compared, and nothing in it is looked for.
    """
    modulus, exponent = numbers_of(key)
    size = (modulus.bit_length() + 7) // 8
    if not (256 <= size <= 2048 and 3 <= exponent < 1 << 64):
        return False  # no key that anybody signs with, or one that takes for ever
    digest = OF_SHA_256 + hashlib.sha256(statement).digest()
    expected = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    found: int = pow(number, exponent, modulus)
    return found.to_bytes(size, "big") == expected


def fingerprint_of(key: bytes) -> str:
    """Return the fingerprint of a key, as the council prints it."""
    digest = hashlib.sha256(key).hexdigest()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def check_signature(content: bytes, file: dict[str, Any]) -> bytes:
    """Check that the file is as it was signed, to the byte. Return the key that signed it.

    Raise ``DoesNotFitError``.
    """
    written = json.dumps(file, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    try:
        exact = written.encode("utf-8") == content
    except UnicodeEncodeError:
        exact = False
    if not exact:
        raise DoesNotFitError(
            "The file is not written as the service writes it: something in it was changed, "
            "even if only a space."
        )
    export, signature = file["export"], file["signature"]
    if signature["algorithm"] != ALGORITHM:
        raise DoesNotFitError("The signature is not of the kind that the service makes.")
    try:
        key = base64.b64decode(signature["public_key"], validate=True)
        value = base64.b64decode(signature["value"], validate=True)
        spelt = [base64.b64encode(one).decode() for one in (key, value)]
        whole = spelt == [signature["public_key"], signature["value"]]
        digest = hashlib.sha256(canonical(export)).hexdigest()
        statement = "Record of {}: SHA-256 {}\n".format(export["reference"], digest)
        whole = whole and fits(statement.encode("utf-8"), value, key)
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise DoesNotFitError(
            "The signature does not fit: the file, or the signature itself, was changed after it "
            "was signed."
        )
    if signature["fingerprint"] != fingerprint_of(key):
        raise DoesNotFitError("The fingerprint in the file is not that of its key.")
    return key


def compare(key: bytes, fingerprint: str, key_file: str) -> str:
    """Compare the key with the fingerprint or the key file that was given.

    Return the sentence about it. Raise ``OtherKeyError`` if they differ, and ``CannotReadError``
    for what is neither a fingerprint nor a key.
    """
    found = fingerprint_of(key)
    if key_file and given_key(key_file) != key:
        raise OtherKeyError(f"It is signed with another key than the one in {key_file}.")
    typed = "".join(one for one in fingerprint.lower() if one.isalnum())
    if fingerprint and len(typed) != len(found.replace(" ", "")):
        raise CannotReadError(
            f"A fingerprint has 64 digits and letters. You gave {len(typed)}: give all of it."
        )
    if fingerprint and typed != found.replace(" ", ""):
        raise OtherKeyError(
            f"It is signed with another key. The fingerprint of its key is\n\n  {found}\n"
        )
    if fingerprint or key_file:
        return "The signature fits, by the key that you gave."
    return (
        "The signature fits the key in the file. Compare the fingerprint of that key with the one "
        f"at the foot\nof the council’s documents. Only if it is the same did the council sign it:"
        f"\n\n  {found}\n"
    )


def given_key(name: str) -> bytes:
    """Return the public key (DER) of a file in PEM or DER. Raise ``CannotReadError``."""
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - as everything here: nothing to learn first
            content = file.read()
    except OSError as error:
        raise CannotReadError(f"The key in {name} cannot be read: {error.strerror}.") from error
    if not content.startswith(b"-----BEGIN PUBLIC KEY-----"):
        return content
    lines = content.decode("ascii", "replace").strip().splitlines()
    try:
        return base64.b64decode("".join(lines[1:-1]))
    except ValueError as error:
        raise CannotReadError(f"The key in {name} is damaged.") from error


# Telling -----------------------------------------------------------------------------------------


def check(content: bytes, fingerprint: str = "", key_file: str = "") -> tuple[int, list[str]]:
    """Check a file. Return how it ends (see above), and the sentences to print."""
    try:
        file = read(content)
    except CannotReadError as error:
        return CANNOT_READ, [f"This file cannot be read. {error}"]
    export = file["export"]
    said = [f"The record of {quoted(export['reference'])}, from {quoted(export['council'])}."]
    try:
        left_out = check_chain(export)
        key = check_signature(content, file)
        signed = compare(key, fingerprint, key_file)
    except CannotReadError as error:
        return CANNOT_READ, [*said, str(error)]
    except DoesNotFitError as error:
        return DOES_NOT_FIT, [*said, str(error), error.so]
    except RecursionError:
        return CANNOT_READ, ["This file cannot be read. It is not the record of a challenge."]
    maker = export["made_by"]
    count = len(export["events"])
    when = quoted(export["made_at"][:19].replace("T", " "))
    said.append(f"Made by {quoted(maker['name'])}, {quoted(maker['capacity'])}, at {when} UTC.")
    said.append(signed)
    known = "" if fingerprint or key_file else "If that is the council’s fingerprint: "
    said += [
        f"It is the record {up_to(export)}. Nothing in this file can show what was recorded later,",
        "or whether somebody at the council changed the record before the file was made.",
    ]
    if not left_out:
        whole = f"{known}ALL {count} EVENTS ARE AS THEY WERE RECORDED. None was left out."
        return WELL, [*said, whole]
    said += [f"Event {number} was left out of this copy: {quoted(why)}" for number, why in left_out]
    return NOT_WHOLE, [
        *said,
        f"{len(left_out)} of {count} events were left out on purpose: it is not the whole record.",
        f"{known}Everything else is as it was recorded. The hashes of what was left out are there.",
    ]


def up_to(export: dict[str, Any]) -> str:
    """Return in words with which event the file ends, and when that was recorded."""
    last = export["events"][-1]
    ends = "up to event {}".format(last["number"])
    recorded = "" if "left_out" in last else json.loads(last["text"]).get("recorded")
    if not isinstance(recorded, str) or not recorded:
        return ends
    return "{}, recorded at {} UTC".format(ends, quoted(recorded[:19].replace("T", " ")))


def main(arguments: list[str] | None = None) -> int:
    """Check the file that the arguments name, and print what was found."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show “ shows ? instead
    parser = argparse.ArgumentParser(description="Check the exported record of a challenge.")
    parser.add_argument("file", help="the record, such as PCE-7K3M-9QXT.json")
    parser.add_argument("--fingerprint", nargs="+", default=[], help="of the council’s key")
    parser.add_argument("--key", default="", help="a file with the council’s public key")
    asked = parser.parse_args(arguments)
    try:
        with open(asked.file, "rb") as file:  # noqa: PTH123 - as above
            content = file.read()
    except OSError as error:
        print(f"{asked.file} cannot be read: {error.strerror}.")
        return CANNOT_READ
    code, said = check(content, " ".join(asked.fingerprint), asked.key)
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
