"""The seals in S3, one object a night, in a bucket that lets nobody change or delete one.

``heads/2026-11-25.json`` is what was new on that day (``domain.seals``). Whoever writes over an
object, or deletes it, only puts a new version, or a marker, on top of the one that is locked: what
was written first is what counts, and the rest is evidence of its own.

To find every chain the table is scanned, once a night. No list does that; this is an audit, which
must also see what nothing points to any more. It reads keys and hashes alone.
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

#: Before and after the day in each object's key.
KEYS, _ENDS = "heads/", ".json"

#: Before the day of those nights that keep what had ended by then (``adapters.audit``).
ENDED = "ended/"

#: The attributes of an item that sealing may know. No text of an event, nothing of a child: of a
#: link's moment and challenge its ``hash`` tells as well (``adapters.record.beside.sealable``).
READS = ("PK", "SK", "hash")

#: What was noted so long before a night's scan is in the table by then: no function takes longer to
#: write down a look, or a link, after the moment that it bears.
_WRITTEN_BY_THEN = timedelta(minutes=10)

#: Nights that are read at once: there is one more each day.
_AT_ONCE = 16

_WRITTEN_BEFORE = {"PreconditionFailed", "ConditionalRequestConflict"}


@dataclass
class _Found:
    """The versions of one key, and whether somebody tried to delete it."""

    oldest: str = ""
    count: int = 0
    deleted: bool = False


class SealBucket:
    """The nights as they are kept."""

    def __init__(
        self, client: Callable[[], S3Client], bucket: Callable[[], str], keys: str = KEYS
    ) -> None:
        """Take what makes the client and names the bucket, each when first used.

        ``keys``: which nights, by what their keys begin with.
        """
        self._client = client
        self._bucket = bucket
        self._keys = keys

    def read(self) -> Seals:
        """Every night, and whether they follow each other."""
        client, bucket = self._client(), self._bucket()

        def kept(entry: tuple[str, _Found]) -> Kept:
            key, found = entry
            # A marker without a version: what was there is gone, which a lock would have prevented.
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
        """Keep a night, unless there is one of that day; whether it was new."""
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
    """Add a look or a link, by its keys and hash alone; the challenge that it is of.

    Empty for a link from before links had hashes: nothing tells of which challenge it is.
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
        """Take what makes the table, when first used, and the bucket."""
        self._table = table
        self._bucket = bucket

    def seal(self, now: datetime) -> tuple[Night, Seals]:
        """Hold every chain against its seals, and seal what is new since the last night.

        Answers the night, and the seals before it. A second call on a day compares again and seals
        nothing.
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
        """Every event; what stands beside the chains is added to ``beside`` on the way."""
        from boto3.dynamodb.conditions import Attr

        names = {f"#{name}": name for name in READS}
        request: dict[str, Any] = {
            "FilterExpression": Attr("SK").begins_with("EVENT#")
            | Attr("SK").begins_with("LOOK#")
            | Attr("SK").eq("LINK"),
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
            # Or a second call, just after a first, might miss what that has sealed.
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
