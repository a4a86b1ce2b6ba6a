"""Make the signed export of a challenge's record (``domain.export``).

A key of KMS signs it: RSA, whose public half anybody can use for as long as a record is kept, with
nothing but arithmetic. What KMS signs is one line that names the challenge and the export's digest.
KMS's answer to the same line is always the same, so the same export has the same bytes.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.codec import moment_text
from adapters.delivery import Fate
from adapters.record.notices import NEVER
from domain.chain import verify
from domain.export import (
    ALGORITHM,
    FORMAT,
    Export,
    ExportFile,
    NoticedEmail,
    NoticedLook,
    Signature,
    exported_events,
    file_text,
    fingerprint_of,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from adapters.record import Record
    from domain.challenge import Challenge
    from domain.export import LeftOut, Maker

__all__ = ["Exports", "Signer"]

#: What KMS calls the domain's ``ALGORITHM``.
_ALGORITHM_OF_KMS = "RSASSA_PKCS1_V1_5_SHA_256"


class Signer:
    """Signs with the key for exports, and knows its public half."""

    def __init__(self, kms: Callable[[], Any], key: Callable[[], str]) -> None:
        """Take a function that returns KMS's client, and one that returns the key's id."""
        self._kms = kms
        self._key = key

    @cached_property
    def public_key(self) -> bytes:
        """Return the public key, as a DER SubjectPublicKeyInfo."""
        return bytes(self._kms().get_public_key(KeyId=self._key())["PublicKey"])

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the public key, as every document prints it."""
        return fingerprint_of(self.public_key)

    def sign(self, message: bytes) -> Signature:
        """Return the signature of ``message``, at most 4,096 bytes: the longest that KMS takes."""
        answer = self._kms().sign(
            KeyId=self._key(),
            Message=message,
            MessageType="RAW",
            SigningAlgorithm=_ALGORITHM_OF_KMS,
        )
        key, value = (
            b64encode(one).decode() for one in (self.public_key, bytes(answer["Signature"]))
        )
        return Signature(ALGORITHM, self.fingerprint, key, value)


class Exports:
    """Makes exports of the records of one council."""

    def __init__(self, record: Record, signer: Signer, council_name: str) -> None:
        """Take the record, what signs, and the council's name."""
        self._record = record
        self._signer = signer
        self._council_name = council_name

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the public key, as every document prints it."""
        return self._signer.fingerprint

    def make(
        self,
        challenge: Challenge,
        maker: Maker,
        now: datetime,
        left_out: Iterable[LeftOut] = (),
        *,
        beside: bool = True,
    ) -> bytes:
        """Return the signed file of ``challenge``, made by ``maker`` at ``now`` (UTC).

        Its events are those of ``challenge``, as they are kept; those ``left_out`` have no text.
        Looks and emails are in it unless it is for somebody outside the council (``beside``).
        Raise ``BrokenChainError`` if the record was changed: it is never signed.
        """
        reference, out = challenge.reference, tuple(left_out)
        links = self._record.chain.links(reference)[: challenge.version]
        verify(links)
        export = Export(
            FORMAT,
            self._council_name,
            reference,
            maker,
            moment_text(now),
            whole=not out,
            events=exported_events(links, out),
            looks=tuple(self._looks(reference)) if beside else (),
            emails=tuple(self._emails(reference, challenge.version)) if beside else (),
        )
        return file_text(ExportFile(export, self._signer.sign(statement(export)))).encode()

    def _looks(self, reference: str) -> Iterator[NoticedLook]:
        """Yield who looked, oldest first."""
        for item in self._record.beside.looks(reference):
            moment = str(item["SK"]).split("#", 2)[1]
            yield NoticedLook(str(item.get("officer", "")), moment, str(item.get("via", "")))

    def _emails(self, reference: str, up_to: int) -> Iterator[NoticedEmail]:
        """Yield the emails about events up to this one, in the order of the events."""
        for key, item in sorted(self._record.notices.known(reference, 0).items()):
            about, _, officer = key.partition("#")
            if not about.isdecimal() or int(about) > up_to:
                continue
            sent_at = str(item.get("sent_at", ""))
            fates = tuple(str(fate) for fate in Fate if item.get(fate))
            yield NoticedEmail(int(about), officer, "" if sent_at == NEVER else sent_at, fates)
