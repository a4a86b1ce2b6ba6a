"""The service on AWS: its parts, and who may use what.

The data it keeps is in a stack of its own, which outlives this one: ``infra.cloud.data``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, CfnOutput, Environment, Stack, Tags
from aws_cdk import aws_iam as iam

from adapters.metrics import RINGING
from infra.blueprint import (
    ADVICE,
    API,
    AUDIT,
    DAILY,
    DECIDE,
    DELIVERY,
    DOCUMENTS,
    INTAKE,
    OPERATE,
    PAGES,
    READS_LISTS,
    SEAL,
    SWEEP,
    WRITES,
)
from infra.cloud.doors import Doors
from infra.cloud.functions import Functions
from infra.cloud.ladder import Ladder
from infra.cloud.mail import Mail
from infra.cloud.mail_in import MailIn
from infra.cloud.people import People
from infra.cloud.privileged import let_open
from infra.cloud.schedule import Schedule
from infra.cloud.watch import Watch

if TYPE_CHECKING:
    from constructs import Construct

    from infra.cloud.data import Data
    from infra.cloud.settings import Settings

#: What AWS calls without waiting for an answer: a failed call becomes a dead letter.
UNATTENDED = (INTAKE, DELIVERY, SWEEP, SEAL, AUDIT, DAILY)


class PositiveChallenge(Stack):
    """One environment of the service."""

    def __init__(self, scope: Construct, *, settings: Settings, data: Data) -> None:
        """Compose the service around ``data``, and name it after its environment."""
        super().__init__(
            scope,
            settings.service_stack,
            env=Environment(account=settings.account, region=settings.region),
            description="Positive Challenge for Independent Reviewing Officers",
            termination_protection=True,
        )
        Tags.of(self).add("service", "positive-challenge")
        Tags.of(self).add("environment", settings.environment)

        Annotations.of(self).add_info(settings.concurrency.said)
        for concern in settings.concurrency.concerns():
            Annotations.of(self).add_warning_v2("PositiveChallenge:LambdaQuota", concern)

        self.data = data
        self.watch = Watch(self, "Watch", settings=settings)
        self.mail = Mail(self, "Mail", settings=settings)
        self.mail_in = MailIn(self, "MailIn", settings=settings, mails=data.mails)
        self.functions = Functions(
            self,
            "Functions",
            settings=settings,
            environment=self._environment(settings),
        )
        self.ladder = Ladder(self, "Ladder", functions=self.functions, log=data.logs.executions)
        self.doors = Doors(
            self,
            "Doors",
            settings=settings,
            pages=self.functions[PAGES],
            api=self.functions[API],
            advice=self.functions[ADVICE],
            documents=self.functions[DOCUMENTS],
            refused=data.logs.refused,
        )
        Schedule(self, "Schedule", functions=self.functions, dead_letters=self.watch.dead_letters)
        self._call()
        self._permit()
        self.people = People(
            self,
            "People",
            settings=settings,
            data=data,
            functions=self.functions,
            ladder=self.ladder,
            doors=self.doors,
            watch=self.watch,
        )
        self.people.let_mend([self.functions[one] for one in UNATTENDED])
        self.watch.over(
            functions=self.functions,
            ladder=self.ladder,
            doors=self.doors,
            mail=self.mail,
            data=data,
            bell=self.people.bell,
        )
        for name, value in self._told().items():
            CfnOutput(self, name, value=value)

    def _environment(self, settings: Settings) -> dict[str, str]:
        """Return every function's environment; what only some need is set where it is granted."""
        training = {"WORKING_DAY_SECONDS": settings.working_day_seconds}
        lean = {"METRICS_WRITTEN": RINGING}
        return {
            "TABLE_NAME": self.data.record.table.table_name,
            "SECRET_ID": self.data.credentials.secret.secret_arn,
            "MAIL_FROM": settings.mail_from,
            "INTAKE_ADDRESS": settings.intake_address,
            "PUBLIC_URL": settings.public_url,
            "COUNCIL_NAME": settings.council_name,
            "OIDC_ISSUER": self.data.sign_in.issuer,
            "OIDC_CLIENT_ID": self.data.sign_in.client_id,
            "API_AUDIENCE": settings.api_audience,
            "API_CLIENTS": self.data.sign_in.programs,
            "CASE_SYSTEM_CLIENTS": self.data.sign_in.case_systems,
            "POWERTOOLS_METRICS_NAMESPACE": self.watch.namespace,
            "POWERTOOLS_LOG_LEVEL": "INFO",
            # Without it, as in a live environment, no clock can run fast.
            **(training if settings.working_day_seconds else {}),
            **(lean if settings.is_lean else {}),
        }

    def _call(self) -> None:
        """Let SES call its functions, and keep failed calls that nobody waits for."""
        # The certificate can wait hours for a person: until it is there, SES accepts no mail.
        self.mail_in.give_to(self.functions[INTAKE], after=self.doors.address.certificate)
        self.data.mails.let_read_and_keep(self.functions[INTAKE])
        self.mail.tell(self.functions[DELIVERY], dead_letters=self.watch.dead_letters.queue)
        for unattended in UNATTENDED:
            self.watch.dead_letters.take_from(self.functions[unattended])

    def _permit(self) -> None:
        """Give each function the rights it needs, and no others."""
        function = self.functions
        for appends in WRITES:
            self.data.record.let_read_and_append(function, appends)
        self.data.record.let_find_unsummarized(function[SWEEP])
        self.data.record.let_read_hashes(function[SEAL])
        self.data.heads.let_seal(function[SEAL])
        self.data.record.let_read(function[AUDIT], indexes=READS_LISTS[AUDIT])
        self.data.heads.let_audit(function[AUDIT])
        for writes_letters in (DECIDE, INTAKE, DAILY):
            self.mail.let_send(function[writes_letters])
        # Not Decide: it starts no leg, and a circular reference with the machine that names it
        # would fail.
        for starts_legs in (SWEEP, PAGES, INTAKE, API, ADVICE, DELIVERY):
            self.ladder.let_start_and_stop(function[starts_legs])
        self.ladder.let_look(function[SWEEP])
        self._let_operate()
        for knows_sessions in (PAGES, ADVICE, DOCUMENTS):
            self.data.credentials.let_read(function[knows_sessions])
        self.data.sign_in.let_sign_in(function[PAGES])
        let_open(function[ADVICE], self.data.record.key)
        self.data.signing.let_sign(function[DOCUMENTS])
        self.data.mails.let_keep_packs(function[DOCUMENTS])

    def _let_operate(self) -> None:
        """Let Operate read, and make other functions act: it writes nothing itself."""
        operate = self.functions[OPERATE]
        self.data.record.let_read(operate, indexes=READS_LISTS[OPERATE])
        self.data.record.let_find_all(operate)
        self.data.heads.let_verify(operate)
        self.data.signing.let_show(operate)
        self.ladder.let_look(operate)
        self.watch.let_give_again(operate)
        operate.add_environment("DEAD_LETTERS", self.watch.dead_letters.queue.queue_url)
        operate.add_environment("SWEEP_FUNCTION", self.functions[SWEEP].function_name)
        operate.add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[self.functions[one].function_arn for one in UNATTENDED],
            )
        )

    def _told(self) -> dict[str, str]:
        """Make the outputs that operators and their commands read from the stack."""
        return {
            "CnameTarget": self.doors.address.target,
            "StateMachineArn": self.ladder.machine.state_machine_arn,
            "SweepFunction": self.functions[SWEEP].function_name,
            "SealFunction": self.functions[SEAL].function_name,
            "AuditFunction": self.functions[AUDIT].function_name,
            "IntakeFunction": self.functions[INTAKE].function_name,
            "OperateFunction": self.functions[OPERATE].function_name,
            "DeadLetters": self.watch.dead_letters.queue.queue_url,
            "AlarmTopic": self.watch.alarms.topic.topic_arn,
            **self.people.outputs,
            **self.mail.outputs,
            **self.mail_in.outputs,
        }
