"""Today's service with the table that a release left, at the moment when it was left."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3

from infra.local.emulator import HEADS_BUCKET, TABLE
from tests.upgrade.frozen import load, releases
from tests.workflow.service import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflow.service import Service

__all__ = ["Upgraded", "upgraded"]


@dataclass(frozen=True)
class Upgraded:
    """The service of today, and what the release said about its records (``table.json``)."""

    service: Service
    frozen: dict[str, Any]

    def reference(self, name: str) -> str:
        """Return the reference of the challenge that the story calls ``name``."""
        return str(self.frozen["challenges"][name]["reference"])


@contextmanager
def upgraded(
    release: str, tmp_path: Path, *, only: str = "", of: str = "table"
) -> Iterator[Upgraded]:
    """Run the service with ``release``'s table, or ``only`` one challenge of it; none woke yet.

    ``of`` names the story: ``table`` or ``cases``.
    """
    frozen = load(release, f"{of}.json")
    with running(tmp_path, start_at=datetime.fromisoformat(frozen["moment"])) as service:
        client = boto3.client("dynamodb")
        kept = f"CHALLENGE#{frozen['challenges'][only]['reference']}" if only else "CHALLENGE#"
        for item in load(release, f"{of}.jsonl"):
            partition = item["PK"]["S"]
            if partition.startswith(kept) or not partition.startswith("CHALLENGE#"):
                client.put_item(TableName=TABLE, Item=item)
        for night in load(release, "seals.json") if release in releases("seals.json") else ():
            boto3.client("s3").put_object(
                Bucket=HEADS_BUCKET, Key=night["key"], Body=night["text"].encode()
            )
        yield Upgraded(service, frozen)
