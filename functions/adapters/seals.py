"""The seals in S3, one object for each night, in a bucket where nobody can change or delete one.

``heads/2026-11-25.json`` is what was new on that day (``domain.seals``). Overwriting or deleting an
object only puts a new version, or a marker, on top of the locked one: what was written first
counts, and the rest is evidence too.

Once a night the whole table is scanned to find every chain. No list does that: an audit must also
see what nothing points to any more. It reads only keys and hashes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.codec import moment_text
from domain.beside import LINKS, LOOKS, Beside
from domain.moments import local_day
from domain.seals import Kept, next_night, read_nights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from types_boto3_dynamodb.service_resource import Table
    from types_boto3_s3.client import S3Client

    from domain.seals import Night, Seals

__all__ = ["ENDED", "KEYS", "READS", "SealBucket", "Sealing", "note_beside"]

#: The parts of each object's key before and after the day.
KEYS, _ENDS = "heads/", ".json"

#: The same for the nights that keep what had ended by then (``adapters.audit``).
ENDED = "ended/"

#: The attributes of an item that sealing may read: no text of an event, nothing about a child. A
#: link's ``hash`` includes its moment and challenge (``adapters.record.beside.sealable``).
READS = ("PK", "SK", "hash")

#: A look or a link whose moment is this long before a night's scan is in the table by then: no
#: function takes longer to write it.
_WRITTEN_BY_THEN = timedelta(minutes=10)

#: How many nights are read at once: there is one more each day.
_AT_ONCE = 16

_WRITTEN_BEFORE = {"PreconditionFailed", "ConditionalRequestConflict"}


@dataclass
class _Found:
    """The versions of one key, and whether somebody tried to delete it."""

    oldest: str = ""
    count: int = 0
    deleted: bool = False


class SealBucket:
    """The nights in the bucket."""

    def __init__(
        self, client: Callable[[], S3Client], bucket: Callable[[], str], keys: str = KEYS
    ) -> None:
        """Take functions that make the client and name the bucket, called at first use.

        ``keys`` is how the keys of the nights begin.
        """
        self._client = client
        self._bucket = bucket
        self._keys = keys

    def read(self) -> Seals:
        """Return every night, and whether each follows the one before."""
        client, bucket = self._client(), self._bucket()

        def kept(entry: tuple[str, _Found]) -> Kept:
            key, found = entry
            # A marker without a version: the object is gone, which a lock would have prevented.
            body = b""
            if found.oldest:
                answer = client.get_object(Bucket=bucket, Key=key, VersionId=found.oldest)
                body = answer["Body"].read()
            day = key.removeprefix(self._keys).removesuffix(_ENDS)
            return Kept(day, body.decode(errors="replace"), found.deleted or found.count > 1)

        with ThreadPoolExecutor(_AT_ONCE) as readers:
            return read_nights(readers.map(kept, self._listed(client, bucket).items()))

    def _listed(self, client: S3Client, bucket: str) -> dict[str, _Found]:
        found: dict[str, _Found] = {}
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=bucket, Prefix=self._keys
        )
        for page in pages:
            for version in page.get("Versions", ()):
                one = found.setdefault(version["Key"], _Found())
                one.oldest = version["VersionId"]  # the newest comes first
                one.count += 1
            for marker in page.get("DeleteMarkers", ()):
                found.setdefault(marker["Key"], _Found()).deleted = True
        return found

    def write(self, night: Night) -> bool:
        """Keep a night, unless that day has one. Return whether it was new."""
        try:
            self._client().put_object(
                Bucket=self._bucket(),
                Key=f"{self._keys}{night.day.isoformat()}{_ENDS}",
                Body=night.text.encode(),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _WRITTEN_BEFORE:
                return False
            raise
        return True


def note_beside(beside: Beside, item: Mapping[str, Any]) -> str:
    """Add a look or a link by its keys and hash, and return its challenge's reference.

    The reference is empty for a link from before links had hashes: nothing names its challenge.
    """
    partition, sort, hash_ = str(item["PK"]), str(item["SK"]), str(item.get("hash", ""))
    line = f"{partition} {sort} {hash_}"
    if sort == "LINK":
        moment, _, rest = hash_.partition(" ")
        reference, kind = rest.partition(" ")[0], LINKS
    else:
        _, moment, _ = sort.split("#", 2)
        reference, kind = partition.partition("#")[2], LOOKS
    if reference:
        beside.add(reference, kind, moment, line)
    return reference


class Sealing:
    """Seals the chains of a table in a bucket."""

    def __init__(self, table: Callable[[], Table], bucket: SealBucket) -> None:
        """Take a function that makes the table, called at first use, and the bucket."""
        self._table = table
        self._bucket = bucket

    def seal(self, now: datetime) -> tuple[Night, Seals]:
        """Compare every chain with its seals, and seal what is new since the last night.

        Return the night, and the seals before it. A second call on the same day compares again and
        seals nothing.
        """
        seals, today = self._bucket.read(), local_day(now)
        until = moment_text(now - _WRITTEN_BY_THEN)
        beside = Beside(seals.beside, until)
        night = next_night(today, seals, self._events(beside), beside, until)
        is_new = seals.last_day is None or seals.last_day < today
        if not (is_new and self._bucket.write(night)):
            night = replace(night, text="", sealed=0)
        return night, seals

    def _events(self, beside: Beside) -> Iterator[tuple[str, int, str]]:
        """Yield every event as reference, number and hash; add looks and links to ``beside``."""
        from boto3.dynamodb.conditions import Attr

        names = {f"#{name}": name for name in READS}
        request: dict[str, Any] = {
            "FilterExpression": Attr("SK").begins_with("EVENT#")
            | Attr("SK").begins_with("LOOK#")
            | Attr("SK").eq("LINK"),
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
            # Otherwise a second call just after the first might miss what that one sealed.
            "ConsistentRead": True,
        }
        while True:
            answer = self._table().scan(**request)
            for item in answer["Items"]:
                if not str(item["SK"]).startswith("EVENT#"):
                    note_beside(beside, item)
                    continue
                reference = str(item["PK"]).partition("#")[2]
                yield reference, int(str(item["SK"]).partition("#")[2]), str(item.get("hash", ""))
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
