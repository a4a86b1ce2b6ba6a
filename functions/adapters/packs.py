"""The packs for Cafcass, as they were made: kept in S3, locked, each under its own digest.

They are in the bucket of emails, beside them: ``packs/PCE-7K3M-9QXT/<SHA-256>.pdf``. Nobody can
change or delete one for as long as the child's record is kept, so what was sent stays what it was.
Each names the challenges of which it holds the record, so that nobody reads by it what they may not
read on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.mailroom import LOCK_MODE
from domain.moments import end_of_day, local_day
from domain.retention import keep_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from types_boto3_s3.client import S3Client

__all__ = ["PACKS", "Pack", "Packs"]

#: How the keys of packs begin.
PACKS = "packs/"

#: What S3 keeps beside a pack: the challenges in it, and those of which it may have every word.
_HOLDS, _EVERY_WORD = "holds", "every-word"

#: S3's answers when there is already one, or when another call writes it at the same time.
_KEPT_ALREADY = {"PreconditionFailed", "ConditionalRequestConflict"}


@dataclass(frozen=True)
class Pack:
    """A pack as it was made.

    ``holds``: reference of each challenge in it → whether also words of it that only those may read
    who may read every word.
    """

    pdf: bytes
    holds: Mapping[str, bool]


class Packs:
    """Keeps packs, and gives them back."""

    def __init__(self, client: Callable[[], S3Client], bucket: Callable[[], str]) -> None:
        """Take functions that return S3's client and the bucket's name."""
        self._client = client
        self._bucket = bucket

    def keep(self, reference: str, pack: Pack, now: datetime) -> str:
        """Keep a pack for this challenge, locked until 75 years from ``now``. Return its SHA-256.

        The child was born by now, so that is as long as any record of theirs is kept.
        """
        digest = sha256(pack.pdf).hexdigest()
        try:
            self._client().put_object(
                Bucket=self._bucket(),
                Key=_key(reference, digest),
                Body=pack.pdf,
                ContentType="application/pdf",
                Metadata={
                    _HOLDS: " ".join(pack.holds),
                    _EVERY_WORD: " ".join(one for one, every in pack.holds.items() if every),
                },
                IfNoneMatch="*",
                ObjectLockMode=LOCK_MODE,
                ObjectLockRetainUntilDate=end_of_day(keep_until(local_day(now))),
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _KEPT_ALREADY:
                raise
        return digest

    def kept(self, reference: str, digest: str) -> Pack | None:
        """Return the pack of this challenge with this digest; ``None`` if there is none.

        What has another digest is none: it was put there by somebody else. So is one that does not
        name the challenges in it.
        """
        try:
            found = self._client().get_object(Bucket=self._bucket(), Key=_key(reference, digest))
        except ClientError as error:
            # Without the right to list the bucket, S3 says that a missing object is not for us.
            if error.response["Error"]["Code"] in {"NoSuchKey", "AccessDenied"}:
                return None
            raise
        with found["Body"] as body:
            pdf = body.read()
        beside = found["Metadata"]
        if sha256(pdf).hexdigest() != digest or not {_HOLDS, _EVERY_WORD} <= beside.keys():
            return None
        every = beside[_EVERY_WORD].split()
        return Pack(pdf, {one: one in every for one in beside[_HOLDS].split()})


def _key(reference: str, digest: str) -> str:
    return f"{PACKS}{reference}/{digest}.pdf"
