"""What a council sets before it deploys: one file for each environment, checked as a whole.

The file is ``environments/<environment>.toml``, named by ``settings`` in the CDK's context.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from adapters.errors import SettingsError
from adapters.settings import read_procedure
from domain.errors import ProcedureError
from domain.training import LONGEST_DAY, SHORTEST_DAY
from infra.blueprint import FUNCTIONS_DIR, ROOT
from infra.cloud.concurrency import LEAST, Concurrency
from infra.errors import InfraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from constructs import Node

PROCEDURE = FUNCTIONS_DIR / "procedure.toml"

#: AWS's regions in the United Kingdom. Records stay there unless a setting names another region.
UK = ("eu-west-2",)

#: Names reserved for samples (RFC 2606): no real mail, pages or sign-in use them.
_EXAMPLE = re.compile(r"(^|\.)example(\.[a-z]+)?$")


#: IAM Identity Center makes one role for each permission set, with a random end to its name.
_OF_IDENTITY_CENTER = "aws-reserved/sso.amazonaws.com/"
_NAME = r"[A-Za-z0-9+=,.@_-]+"
_IDENTITY_CENTERS = rf"role/{re.escape(_OF_IDENTITY_CENTER)}([a-z0-9-]+/)?AWSReservedSSO_{_NAME}"


def _named(clients: str) -> tuple[str, ...]:
    """Return the clients that a setting names, separated by commas."""
    names = (name.strip() for name in clients.split(","))
    return tuple(name for name in names if name and name != "none")


class DeploymentSettingsError(InfraError, ValueError):
    """A setting is missing or wrong. The message names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """What differs between two deployments of the service. Each field is a key of the file."""

    #: The name of the deployment, and the end of the stacks' names: ``test``, ``live``.
    environment: str
    #: The environment's AWS account and region. Deploying with another account's credentials is
    #: refused.
    account: str
    region: str
    #: The mail domain SES signs for. An account and region can have a domain only once, so two
    #: environments there need two domains. It cannot be the name in ``public_url``, because an MX
    #: record and a CNAME record cannot share a name.
    domain: str
    #: The address of the pages, with which every link in an email begins. Its name gets a
    #: certificate, and the council's DNS points it at the service.
    public_url: str
    #: The address emails come from, at ``domain``.
    mail_from: str
    #: The address for raising challenges by email and for replies to emails, at ``domain``.
    intake_address: str
    council_name: str
    #: The audience of programs' tokens, and the programs that may raise challenges, separated by
    #: commas: the ids of the provider's clients, or any names with a user pool. ``none`` for none.
    api_audience: str
    api_clients: str
    #: How the nightly seals are locked: ``compliance`` for live, where nobody can delete one for
    #: 75 years, or ``governance``, where people with a special right can.
    object_lock: str
    #: How many functions may run at once: the account's quota in this region, shown by ``aws lambda
    #: get-account-settings``, or this environment's part where several share it. The limit for
    #: requests and the share of Decide follow from it (``infra.cloud.concurrency``).
    lambda_quota: str
    #: The council's OpenID Connect provider, exactly as in its discovery document, and our client
    #: there. Without them a Cognito user pool is made.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    #: The council's case system, which takes what belongs on a child's file: its client, or its
    #: clients, as in ``api_clients``, and none that is named there. ``none`` for none.
    case_system_clients: str = "none"
    #: The existing SES receipt rule set of this account and region for this environment's rule.
    #: Without one the environment makes its own rule set.
    receipt_rule_set: str = ""
    #: The council's own procedure.toml, from the top of the repository. Without one,
    #: functions/procedure.toml is deployed.
    procedure_file: str = ""
    #: Makes this a training environment, where people can make the clock run fast: how many seconds
    #: a working day then lasts. Left out everywhere else.
    working_day_seconds: str = ""
    #: The region again, if it is outside the United Kingdom: nobody deploys there by mistake.
    region_outside_uk: str = ""
    #: The ARN of an existing certificate for the name in ``public_url``. Without one the first
    #: deployment requests one, and waits until someone has proved the name.
    certificate_arn: str = ""
    #: The fixed costs: ``full``, or ``lean`` for less than half. ``docs/costs.md`` says what a lean
    #: environment lacks. It can be changed any day, because both keep data the same way.
    profile: str = "full"
    #: The email address for alarms, once its reader has confirmed it. Without one, alarms only go
    #: to the topic.
    alarm_address: str = ""
    #: Who may take on the role that looks, and the emergency role: ARNs of IAM users and roles of
    #: this account, separated by commas; for a role that IAM Identity Center makes for a permission
    #: set, ``*`` stands for the end of its name. Without any, there is no such role.
    operators: str = ""
    break_glass: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the environment is for real children: ``live``, or ``live-`` and more."""
        return bool(re.fullmatch(r"live(-[a-z0-9-]+)?", self.environment))

    @property
    def is_lean(self) -> bool:
        """Whether fixed costs are kept to a minimum."""
        return self.profile == "lean"

    @property
    def host(self) -> str:
        """Return the host name in ``public_url``."""
        return str(urlsplit(self.public_url).hostname)

    @property
    def concurrency(self) -> Concurrency:
        """Return the limits that follow from ``lambda_quota``."""
        return Concurrency(int(self.lambda_quota))

    @property
    def service_stack(self) -> str:
        """Return the name of the service's stack, and of its resources that need a name."""
        return f"PositiveChallenge-{self.environment}"

    @property
    def data_stack(self) -> str:
        """Return the name of the stack that outlives the service."""
        return f"PositiveChallengeData-{self.environment}"

    @property
    def path_of_functions(self) -> str:
        """Return the path of the functions' roles, by which the table's policy knows them."""
        return f"/positive-challenge-{self.environment}/functions/"

    @property
    def path_of_advice(self) -> str:
        """Return the path of the one role that the key of legal advice knows."""
        return f"{self.path_of_functions}advice/"

    @property
    def path_of_documents(self) -> str:
        """Return the path of the one role that the key for exports lets sign."""
        return f"{self.path_of_functions}documents/"

    @property
    def path_of_people(self) -> str:
        """Return the path of the roles that people take on, for policies that allow it."""
        return f"/positive-challenge-{self.environment}/people/"

    @property
    def rule_set(self) -> str:
        """Return the name of SES's receipt rule set with the environment's rule."""
        return self.receipt_rule_set or f"positive-challenge-{self.environment}"

    @property
    def receipt_rule_arn(self) -> str:
        """Return the ARN of the rule that lets SES store emails and call a function, alone."""
        return (
            f"arn:aws:ses:{self.region}:{self.account}"
            f":receipt-rule-set/{self.rule_set}:receipt-rule/{self.receipt_rule}"
        )

    @property
    def receipt_rule(self) -> str:
        """Return the name of that rule, unique where several environments share a set."""
        return f"positive-challenge-{self.environment}"

    @property
    def program_names(self) -> tuple[str, ...]:
        """Return the programs in ``api_clients``."""
        return _named(self.api_clients)

    @property
    def case_system_names(self) -> tuple[str, ...]:
        """Return the programs in ``case_system_clients``."""
        return _named(self.case_system_clients)

    @property
    def operator_arns(self) -> tuple[str, ...]:
        """Return the ARNs in ``operators``."""
        return _parted(self.operators)

    @property
    def break_glass_arns(self) -> tuple[str, ...]:
        """Return the ARNs in ``break_glass``."""
        return _parted(self.break_glass)

    @property
    def operator_role(self) -> str:
        """Return the name of the role that only looks."""
        return f"{self.service_stack}-operator"

    @property
    def break_glass_role(self) -> str:
        """Return the name of the emergency role."""
        return f"{self.service_stack}-break-glass"

    @property
    def procedure_path(self) -> Path:
        """Return the path of the deployed procedure."""
        return ROOT / self.procedure_file if self.procedure_file else PROCEDURE

    def __post_init__(self) -> None:
        """Refuse settings that would deploy, then fail at the first email or sign-in."""
        rules = (self._rules(), self._rules_of_place(), self._rules_of_people(), self._live())
        for name, is_right, advice in (rule for each in rules for rule in each):
            if not is_right:
                msg = f"{name} is {getattr(self, name)!r}: {advice}."
                raise DeploymentSettingsError(msg)
        try:
            read_procedure(str(self.procedure_path))
        except (SettingsError, ProcedureError) as error:
            msg = f"procedure_file is {self.procedure_file!r}: {error}"
            raise DeploymentSettingsError(msg) from error

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        """Yield what each setting has to be: its name, whether it is right, and what to write."""
        here = rf"[^@\s<>]+@{re.escape(self.domain)}"
        example = f"for example challenge@{self.domain}"
        https = "write an address that begins with https://"
        yield (
            "environment",
            bool(re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.environment)),
            "write at most 20 lower-case letters, digits and hyphens, a letter first, like live",
        )
        yield (
            "domain",
            bool(re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", self.domain)),
            "write a mail domain in lower case, for example mail.challenge.council.example",
        )
        yield "public_url", self.public_url.startswith("https://"), https
        yield (
            "public_url",
            bool(re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+", self.public_url)),
            "write https:// and a name in lower case, without a port, a path or a slash at its end",
        )
        yield (
            "public_url",
            self.public_url != f"https://{self.domain}",
            "write another name than domain: mail needs an MX there, beside which DNS has no CNAME",
        )
        yield (
            "mail_from",
            bool(re.fullmatch(here, self.mail_from)),
            f"write an address at {self.domain} without a display name, {example}",
        )
        yield (
            "intake_address",
            bool(re.fullmatch(here, self.intake_address)),
            f"write an address at {self.domain}, {example}",
        )
        yield (
            "council_name",
            self.council_name.isprintable() and not set("<>{}") & set(self.council_name),
            "write the council's name as it should appear in emails, on one line",
        )
        yield "oidc_issuer", not self.oidc_issuer or self.oidc_issuer.startswith("https://"), https
        yield (
            "oidc_client_id",
            bool(self.oidc_client_id) == bool(self.oidc_issuer),
            "write both oidc_issuer and the client's id there, or neither, for a user pool",
        )
        yield (
            "api_clients",
            all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in self.program_names),
            "write the ids or names of the programs, separated by commas, or none",
        )
        yield (
            "case_system_clients",
            all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in self.case_system_names),
            "write the ids or names of the case system's clients, separated by commas, or none",
        )
        yield (
            "case_system_clients",
            not {*self.case_system_names} & {*self.program_names},
            "write other clients than in api_clients: no program may both raise and read",
        )
        yield (
            "object_lock",
            self.object_lock in ("compliance", "governance"),
            "write compliance for a live environment, governance for a temporary one",
        )
        yield (
            "lambda_quota",
            bool(re.fullmatch(r"[1-9][0-9]{1,5}", self.lambda_quota)),
            "write the number that `aws lambda get-account-settings` calls ConcurrentExecutions",
        )
        yield (
            "profile",
            self.profile in ("full", "lean"),
            "write full, or lean for lower costs and fewer alarms (see docs/costs.md)",
        )
        yield (
            "receipt_rule_set",
            bool(re.fullmatch(r"[A-Za-z0-9._-]{0,64}", self.receipt_rule_set)),
            "write the name of an existing rule set, or leave it out",
        )
        yield (
            "alarm_address",
            bool(re.fullmatch(r"([^@\s<>]+@[^@\s<>]+)?", self.alarm_address)),
            "write an email address, or leave it out",
        )
        # A clock that runs fast must never meet a real child, so only this name allows it.
        yield (
            "working_day_seconds",
            not self.working_day_seconds
            or bool(re.fullmatch(r"training(-[a-z0-9-]+)?", self.environment)),
            f"environment is {self.environment!r}: leave it out, or name it training-…",
        )
        shortest, longest = SHORTEST_DAY.seconds, LONGEST_DAY.seconds
        seconds = self.working_day_seconds or str(shortest)
        yield (
            "working_day_seconds",
            bool(re.fullmatch(r"[0-9]{1,5}", seconds)) and shortest <= int(seconds) <= longest,
            f"write a whole number from {shortest} to {longest}, for example 30",
        )

    def _rules_of_place(self) -> Iterator[tuple[str, bool, str]]:
        """Yield the same for where the environment is, and for what has to be there too."""
        yield "account", bool(re.fullmatch(r"[0-9]{12}", self.account)), "write its 12 digits"
        yield (
            "region",
            bool(re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", self.region)),
            "write a region of AWS, for example eu-west-2",
        )
        yield (
            "region",
            self.region in (*UK, self.region_outside_uk),
            f"this is outside the United Kingdom. Write {UK[0]}, or name it in region_outside_uk",
        )
        yield (
            "region_outside_uk",
            self.region_outside_uk in ("", self.region),
            f"region is {self.region!r}: write the same here, or leave it out",
        )
        here = f"arn:aws:acm:{self.region}:{self.account}:certificate/"
        yield (
            "certificate_arn",
            not self.certificate_arn
            or bool(re.fullmatch(rf"{re.escape(here)}[0-9a-f-]{{36}}", self.certificate_arn)),
            f"write the ARN of a certificate of this account and region, {here}…, or leave it out",
        )

    def _rules_of_people(self) -> Iterator[tuple[str, bool, str]]:
        """Yield the same for who may take on a role: people of this account, each named."""
        here = f"arn:aws:iam::{self.account}:"
        users, roles = f"{here}user/…", f"{here}role/…"
        sets = f"{here}role/{_OF_IDENTITY_CENTER}AWSReservedSSO_…_*"
        unknown = "For other roles, nobody can tell whether a second factor was used"
        yield (
            "operators",
            all(_is_ours(arn, here) for arn in self.operator_arns),
            f"write users or roles of this account, separated by commas: {users}, {roles}, {sets}",
        )
        yield (
            "break_glass",
            all(
                _is_ours(arn, here) and (is_user(arn) or is_of_identity_center(arn))
                for arn in self.break_glass_arns
            ),
            f"write users or permission sets of this account: {users}, {sets}. {unknown}",
        )

    def _live(self) -> Iterator[tuple[str, bool, str]]:
        """Yield the same for a live environment, where nothing may be as in a sample."""
        if not self.is_live:
            return
        here = f"environment is {self.environment!r}"
        yield (
            "object_lock",
            self.object_lock == "compliance",
            f"{here}: write compliance, so that nobody can delete a seal",
        )
        yield (
            "alarm_address",
            bool(self.alarm_address),
            f"{here}: write who gets the alarms, or nobody will see them",
        )
        yield (
            "lambda_quota",
            not self.lambda_quota.isdecimal() or self.concurrency.quota >= LEAST,
            f"{here}: ask AWS for {LEAST} or more first (Service Quotas; it costs nothing)",
        )
        yield (
            "operators",
            bool(self.operators),
            f"{here}: write who may look, or they will need an administrator's rights to do it",
        )
        yield (
            "break_glass",
            bool(self.break_glass),
            f"{here}: write who may correct the record in an emergency, or only administrators can",
        )
        for name, host in (
            ("domain", self.domain),
            ("public_url", self.host),
            ("oidc_issuer", urlsplit(self.oidc_issuer).hostname or ""),
            ("alarm_address", self.alarm_address.rpartition("@")[2]),
        ):
            yield (
                name,
                not _EXAMPLE.search(host),
                f"{here}: this is a sample's name. Write the council's own",
            )


def is_user(arn: str) -> bool:
    """Whether this names an IAM user: AWS knows whether they used a second factor."""
    return ":user/" in arn


def is_of_identity_center(arn: str) -> bool:
    """Whether this names a permission set's role: Identity Center requires the factor."""
    return f":role/{_OF_IDENTITY_CENTER}" in arn


def _is_ours(arn: str, here: str) -> bool:
    """Whether this names exactly one user or role of this account."""
    name = arn.removeprefix(here)
    kinds = rf"(user|role)(/{_NAME})+|{_IDENTITY_CENTERS}_\*"
    return arn.startswith(here) and bool(re.fullmatch(kinds, name))


def _parted(names: str) -> tuple[str, ...]:
    """Return what a setting names, separated by commas."""
    return tuple(name for part in names.split(",") if (name := part.strip()))


def read(node: Node) -> Settings:
    """Read the settings from the file that the context of an app names.

    Raises:
        DeploymentSettingsError: the file cannot be read, a setting in it does not exist or is
            wrong, or some are missing (the message names all of them).

    """
    named = node.try_get_context("settings")
    if not isinstance(named, str) or not named:
        msg = "No settings file is named: add -c settings=environments/<environment>.toml"
        raise DeploymentSettingsError(msg)
    known = {field.name: field for field in fields(Settings)}
    if beside := [name for name in known if node.try_get_context(name) is not None]:
        msg = (
            f"{', '.join(beside)}: write this in {named}, not on the command line or in cdk.json,"
            " so that no deployment forgets it"
        )
        raise DeploymentSettingsError(msg)
    file = ROOT / named
    found = _parsed(file, named)
    if unknown := [name for name in found if name not in known]:
        msg = f"{named} has unknown settings: {', '.join(unknown)}. Choose from {', '.join(known)}."
        raise DeploymentSettingsError(msg)
    if not_text := [name for name, value in found.items() if not isinstance(value, str)]:
        msg = f"{', '.join(not_text)} in {named}: write text in quotation marks."
        raise DeploymentSettingsError(msg)
    missing = [name for name in known if known[name].default is MISSING and not found.get(name)]
    if missing:
        msg = f"No value for: {', '.join(missing)}. Write each in {named}."
        raise DeploymentSettingsError(msg)
    given = Settings(**found)
    if file.stem != given.environment:
        msg = f"environment is {given.environment!r} in {named}: name the file after it."
        raise DeploymentSettingsError(msg)
    return given


def _parsed(file: Path, named: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"settings names {named!r}, which cannot be read: {error}"
        raise DeploymentSettingsError(msg) from error
