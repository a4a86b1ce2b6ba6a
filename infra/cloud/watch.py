"""The operators' view: kept failures, alarms, and the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.cloud import alarms
from infra.cloud.alarms import Alarms
from infra.cloud.dashboard import Dashboard
from infra.cloud.dead_letters import DeadLetters
from infra.cloud.keys import renewed_every
from infra.cloud.measured import Measured

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam

    from infra.cloud.data import Data
    from infra.cloud.doors import Doors
    from infra.cloud.functions import Functions
    from infra.cloud.ladder import Ladder
    from infra.cloud.mail import Mail
    from infra.cloud.settings import Settings


class Watch(Construct):
    """Dead letters, alarms and dashboard, under a key of their own.

    AWS's own services use that key (to ring, to keep failures), some without saying for whom, so
    none of them may use the record's. A lean environment has neither dashboard nor key: dead
    letters are under SQS's own, alarms under none of ours.
    """

    def __init__(self, scope: Construct, name: str, *, settings: Settings) -> None:
        """Make what other parts of the stack send to. :meth:`over` does the rest."""
        super().__init__(scope, name)
        self._lean = settings.is_lean
        self.key = None if self._lean else self._own_key(settings)
        self.dead_letters = DeadLetters(self, "DeadLetters", key=self.key)
        self.alarms = Alarms(self, "Alarms", settings=settings, key=self.key)

    def _own_key(self, settings: Settings) -> kms.Key:
        return kms.Key(
            self,
            "Key",
            description="Encrypts dead letters and alarms",
            enable_key_rotation=True,
            rotation_period=renewed_every(settings),
            # Without it the dead letters could not be read.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )

    @property
    def namespace(self) -> str:
        """Return the namespace of the functions' metrics: each environment has its own."""
        return Stack.of(self).stack_name

    def let_give_again(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` take dead letters, and publish those of the alarms on their topic again.

        Those of functions need the right to call the function.
        """
        self.dead_letters.let_give_again(grantee)
        self.alarms.let_ring(grantee)

    def over(
        self,
        *,
        functions: Functions,
        ladder: Ladder,
        doors: Doors,
        mail: Mail,
        data: Data,
        bell: events.CfnRule | None,
    ) -> None:
        """Watch over all of these. Use of the emergency role rings ``bell``."""
        measured = Measured(self.namespace)
        for watched in (
            *alarms.of_the_ladder(ladder, measured),
            *alarms.of_the_functions(functions, doors, self.dead_letters.queue),
            *alarms.of_the_time(functions),
            *alarms.of_the_address(doors),
            *alarms.of_the_letters(mail, measured),
            *alarms.of_the_keeping(functions, measured, data.bus, data.backups),
            *alarms.of_the_people(bell),
        ):
            if watched.lean or not self._lean:
                self.alarms.add(watched)
        keys = [one for one in (data.record.key, data.backups.key, self.key) if one]
        keys.append(data.signing.key)
        for feared in alarms.of_tampering(keys, data):
            self.alarms.fear(feared, dead_letters=self.dead_letters.queue)
        if self._lean:
            return
        Dashboard(
            self,
            "Dashboard",
            measured=measured,
            alarms=self.alarms,
            functions=functions,
            ladder=ladder,
            doors=doors,
            table=data.record.table,
        )
