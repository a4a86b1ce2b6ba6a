"""What a council sets before it deploys: ``context`` in ``cdk.json``, or ``cdk -c key=value``."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING

from adapters.errors import SettingsError as UnreadableProcedureError
from adapters.settings import read_procedure
from domain.errors import ProcedureError
from domain.practice import LONGEST_DAY, SHORTEST_DAY
from infra.shape import FUNCTIONS_DIR, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from constructs import Node

PROCEDURE = FUNCTIONS_DIR / "procedure.toml"


class SettingsError(ValueError):
    """A setting is missing or cannot be right. The message names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """What differs between two deployments of the service. Each field is a key of the context."""

    #: Tells deployments in one account apart, and ends the stacks' names: ``test``,
    #: ``live``.
    environment: str
    #: The mail domain SES signs for. One account and region holds a domain once, so two
    #: environments there need two domains. Not the name in ``public_url``: an MX and a CNAME cannot
    #: stand at one name.
    domain: str
    #: Where officers reach the pages, and what every link in a letter begins with. Its name gets
    #: a certificate, and the council's DNS leads it to the service.
    public_url: str
    #: The address letters come from; it is at ``domain``.
    mail_from: str
    #: Where challenges are raised by email, and where answers to letters go; it is at ``domain``.
    intake_address: str
    council_name: str
    #: Whom tokens of programs are for, and the programs that may raise challenges, parted by
    #: commas: the ids of the provider's clients, or any names for those of the user pool. ``none``
    #: for none.
    api_audience: str
    api_clients: str
    #: How the nightly seals are locked: ``compliance`` for live, where nobody at all can delete
    #: one for 75 years, or ``governance``, where whoever has a right of their own for it can.
    object_lock: str
    #: The council's OpenID Connect provider, as its discovery document writes it, and our client
    #: there. Without them a Cognito user pool is made.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    #: The SES receipt rule set, of this account and region, that takes this environment's rule.
    #: Without one the environment has a rule set of its own.
    receipt_rule_set: str = ""
    #: The council's own procedure.toml, from the top of the repository. Without one,
    #: functions/procedure.toml is deployed.
    procedure_file: str = ""
    #: Makes the environment one for training, whose clock people can let run fast: how many seconds
    #: a working day then lasts. Left out everywhere else.
    working_day_seconds: str = ""
    #: Where alarms are sent by email, once whoever reads there has confirmed it. Without one they
    #: are rung on the topic alone.
    alarm_address: str = ""

    @property
    def service_stack(self) -> str:
        """The name of the stack of the service, and of what of it has to have a name."""
        return f"PositiveChallenge-{self.environment}"

    @property
    def data_stack(self) -> str:
        """The name of the stack of what outlives the service."""
        return f"PositiveChallengeData-{self.environment}"

    @property
    def program_names(self) -> tuple[str, ...]:
        """What ``api_clients`` names."""
        names = (name.strip() for name in self.api_clients.split(","))
        return tuple(name for name in names if name and name != "none")

    @property
    def procedure_path(self) -> Path:
        """The procedure that is deployed."""
        return ROOT / self.procedure_file if self.procedure_file else PROCEDURE

    def __post_init__(self) -> None:
        """Refuse what would deploy well and then fail at the first letter or sign-in."""
        for name, is_right, advice in self._rules():
            if not is_right:
                msg = f"{name} is {getattr(self, name)!r}: {advice}."
                raise SettingsError(msg)
        try:
            read_procedure(str(self.procedure_path))
        except (UnreadableProcedureError, ProcedureError) as error:
            msg = f"procedure_file is {self.procedure_file!r}: {error}"
            raise SettingsError(msg) from error

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        """What each setting has to be: its name, whether it is, and what to write."""
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
            "write the council's name as its letters have it, in one line",
        )
        yield "oidc_issuer", not self.oidc_issuer or self.oidc_issuer.startswith("https://"), https
        yield (
            "oidc_client_id",
            bool(self.oidc_client_id) == bool(self.oidc_issuer),
            "write oidc_issuer and the client's id there, or neither, for a user pool",
        )
        yield (
            "api_clients",
            all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in self.program_names),
            "write the ids or names of the programs, parted by commas, or none",
        )
        yield (
            "object_lock",
            self.object_lock in ("compliance", "governance"),
            "write compliance for a live environment, governance for one that ends some day",
        )
        yield (
            "receipt_rule_set",
            bool(re.fullmatch(r"[A-Za-z0-9._-]{0,64}", self.receipt_rule_set)),
            "write the name of a rule set that is there already, or nothing",
        )
        yield (
            "alarm_address",
            bool(re.fullmatch(r"([^@\s<>]+@[^@\s<>]+)?", self.alarm_address)),
            "write an email address, or nothing",
        )
        # A clock that runs fast must never meet a real child: the name alone allows it.
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


def read(node: Node) -> Settings:
    """Read the settings from the context of an app.

    Raises:
        SettingsError: a setting is missing (all the missing ones are named), or cannot be right.

    """
    found = {field.name: node.try_get_context(field.name) for field in fields(Settings)}
    optional = {field.name for field in fields(Settings) if field.default is not MISSING}
    given = {name: value for name, value in found.items() if value or name not in optional}
    missing = [name for name, value in given.items() if not isinstance(value, str) or not value]
    if missing:
        msg = (
            f'No value for: {", ".join(missing)}. Write each under "context" in cdk.json, or give'
            f" it on the command line: cdk deploy -c {missing[0]}=…"
        )
        raise SettingsError(msg)
    return Settings(**given)
