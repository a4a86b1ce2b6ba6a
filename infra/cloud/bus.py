"""The event bus: it tells the council's other systems that something was put on the record.

The table's stream carries only the keys of what was written: the pipe cannot pass on what it does
not get, even if someone changes its template. The bus outlives the service, because other systems'
rules depend on it, and it can replay events. What arrives on the bus::

    {"source": "positive-challenge", "detail-type": "Event recorded",
     "detail": {"challenge": "CHALLENGE#PCE-7K3M-9QXT", "event": "EVENT#000007",
                "recorded": 1795614398}}
    {"source": "positive-challenge", "detail-type": "Kind recorded",
     "detail": {"challenge": "CHALLENGE#PCE-7K3M-9QXT", "kind": "KIND#stage ended",
                "recorded": 1795614398}}

The second is for the few kinds of events that have a word (``domain.announced``), which is the key
of an item of its own. A template can only pass on a whole key, so it is a message of its own, from
a second pipe. (A stream has room for two readers: there is no third.) ``recorded`` is in seconds
since 1970. The events of a challenge arrive in the record's order. One can arrive twice, so a
listener has to remember the number of the last event it saw.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from adapters.record.chain import KIND
from infra.cloud.rules import accept

if TYPE_CHECKING:
    from infra.cloud.record import Record
    from infra.cloud.settings import Settings

SOURCE = "positive-challenge"


@dataclass(frozen=True)
class _Published:
    """What a pipe publishes out of all that is written to the table.

    ``called`` is what the message calls the sort key, ``begins`` how that begins, and ``how`` what
    happened to the item.
    """

    detail_type: str
    called: str
    begins: str
    how: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """Return what the pipe lets through."""
        key = {"SK": {"S": [{"prefix": self.begins}]}}
        return json.dumps({"eventName": [*self.how], "dynamodb": {"Keys": key}})

    @property
    def detail(self) -> str:
        """Return the message, as the pipe fills it in."""
        return (
            f'{{"challenge": "<$.dynamodb.Keys.PK.S>", "{self.called}": "<$.dynamodb.Keys.SK.S>", '
            '"recorded": <$.dynamodb.ApproximateCreationDateTime>}'
        )


#: New events of challenges.
EVENTS = _Published("Event recorded", "event", "EVENT#", ("INSERT",))
#: The kinds of some of them. There is one item for each kind, which a later event changes.
KINDS = _Published("Kind recorded", "kind", KIND, ("INSERT", "MODIFY"))

#: A stream keeps records for a day. What could not be published by then is reported.
_TRIED_FOR = Duration.hours(23)

#: Other systems can have the events of this period replayed.
_REPLAYED_FOR = Duration.days(30)


class Bus(Construct):
    """The bus, and the pipes from the table to it."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings, record: Record) -> None:
        """Publish each new event of ``record``."""
        super().__init__(scope, name)
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=f"{SOURCE}-{settings.environment}",
            description="Tells the council's other systems of each event, by its number alone",
        )
        self.bus.archive(
            "Archive",
            event_pattern=events.EventPattern(source=[SOURCE]),
            retention=_REPLAYED_FOR,
        )
        #: Where an unpublished record lay in the stream: shard and number, none of its content.
        self.dead_letters = sqs.Queue(
            self,
            "NotPublished",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        accept(self.dead_letters, "SQS3", "It is itself the queue of failures")
        role = iam.Role(
            self,
            "PipeRole",
            assumed_by=iam.ServicePrincipal(
                "pipes.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            description="Reads the stream of the table, and publishes on the bus",
        )
        stream = record.let_read_stream(role)
        self.bus.grant_put_events_to(role)
        self.dead_letters.grant_send_messages(role)
        for pipe in (
            self._pipe("Pipe", EVENTS, role=role, stream=stream),
            self._pipe("KindsPipe", KINDS, role=role, stream=stream),
        ):
            # Otherwise the pipe would be created before its role has its rights, and fail.
            pipe.node.add_dependency(role)

    def _pipe(
        self, name: str, published: _Published, *, role: iam.Role, stream: str
    ) -> pipes.CfnPipe:
        """Make a pipe from ``stream`` to the bus."""
        of_kinds = "" if published is EVENTS else "-kinds"
        return pipes.CfnPipe(
            self,
            name,
            # Operators stop and start it by its name.
            name=f"{Stack.of(self).stack_name}{of_kinds}",
            description=f"{published.detail_type}: from the table to the bus",
            role_arn=role.role_arn,
            source=stream,
            source_parameters=pipes.CfnPipe.PipeSourceParametersProperty(
                dynamo_db_stream_parameters=(
                    pipes.CfnPipe.PipeSourceDynamoDBStreamParametersProperty(
                        starting_position="TRIM_HORIZON",
                        batch_size=10,
                        maximum_record_age_in_seconds=int(_TRIED_FOR.to_seconds()),
                        # Retried without limit until the record is too old.
                        maximum_retry_attempts=-1,
                        on_partial_batch_item_failure="AUTOMATIC_BISECT",
                        dead_letter_config=pipes.CfnPipe.DeadLetterConfigProperty(
                            arn=self.dead_letters.queue_arn
                        ),
                    )
                ),
                filter_criteria=pipes.CfnPipe.FilterCriteriaProperty(
                    filters=[pipes.CfnPipe.FilterProperty(pattern=published.pattern)]
                ),
            ),
            target=self.bus.event_bus_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                event_bridge_event_bus_parameters=(
                    pipes.CfnPipe.PipeTargetEventBridgeEventBusParametersProperty(
                        source=SOURCE, detail_type=published.detail_type
                    )
                ),
                input_template=published.detail,
            ),
        )
