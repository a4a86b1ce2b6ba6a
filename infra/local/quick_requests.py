"""Hand a request about items to moto's DynamoDB without what only HTTP needs.

For each request moto makes a WSGI environment, reads it back as a form, an address and headers,
looks for its service among two hundred patterns, and for each type under each name that it could
have in what it answers; botocore signs it, for nobody. All of this takes three times as long as
what the table does. Here the table gets the request's JSON and answers in JSON, with moto's own
code between the two. Whatever is not about items goes moto's way, and so does what holds bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from botocore.signers import RequestSigner
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from infra.local.rebinding import rebind

if TYPE_CHECKING:
    from contextlib import ExitStack

    from botocore.awsrequest import AWSPreparedRequest
    from moto.core.responses import ActionResult

__all__ = ["keep_requests_quick"]

_HOST = re.compile(r"https://dynamodb\.([a-z0-9-]+)\.amazonaws\.com/")
_OF_ITEMS = frozenset(
    {
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    }
)
#: How a value of bytes begins, wherever it stands.
_BYTES = (b'"B":', b'"BS":')

_Answer = tuple[int, dict[str, str], str | bytes]


class _Quick(DynamoHandler):
    """moto's own answers about items, from a request that botocore has prepared."""

    def __init__(self, url: str, target: str, region: str, body: bytes) -> None:
        """Take what ``setup_class`` would find out again from the whole of the request."""
        super().__init__()
        self.raw_body = self.body = body.decode()
        self.params = json.loads(body)
        self.headers = {"X-Amz-Target": target}
        self.uri, self.method, self.path = url, "POST", "/"
        self.querystring: dict[str, Any] = {}
        self.response_headers = {"server": "amazon.com"}
        self.region, self.partition = region, "aws"
        self.access_key = self.get_access_key()
        self.current_account = self.get_current_account()

    def serialized(self, action_result: ActionResult) -> _Answer:
        """Return what the table answers as JSON; an error, and bytes, as moto does."""
        result = action_result.result
        if isinstance(result, dict):
            try:
                return 200, {**self.response_headers}, json.dumps(result, default=_as_json)
            except TypeError:
                pass
        return super().serialized(action_result)


def _as_json(value: object) -> object:
    if isinstance(value, DynamoType):
        return value.to_json()
    raise TypeError(type(value).__name__)


def keep_requests_quick(until: ExitStack) -> None:
    """Answer requests about items without the way over HTTP, and sign none to the table."""
    whole, sign = BotocoreStubber.process_request, RequestSigner.handler

    def process_request(self: BotocoreStubber, request: AWSPreparedRequest) -> _Answer | None:
        host = _HOST.fullmatch(request.url)
        body: Any = request.body
        named: Any = request.headers.get("X-Amz-Target", "")
        target = named if isinstance(named, str) else named.decode("ascii")
        if (
            host is None
            or target.rpartition(".")[2] not in _OF_ITEMS
            or not isinstance(body, bytes)
            or any(mark in body for mark in _BYTES)
        ):
            return whole(self, request)
        answer: _Answer = _Quick(request.url, target, host[1], body).call_action()
        return answer

    def handler(self: RequestSigner, *given: Any, **named: Any) -> None:  # noqa: ANN401
        if self.signing_name != "dynamodb":  # S3 asks who reads
            sign(self, *given, **named)

    rebind(until, BotocoreStubber, "process_request", process_request)
    rebind(until, RequestSigner, "handler", handler)
