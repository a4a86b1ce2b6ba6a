"""What a council sets before it deploys: ``context`` in ``cdk.json``, or ``cdk -c key=value``."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING

from domain.practice import LONGEST_DAY, SHORTEST_DAY

if TYPE_CHECKING:
    from constructs import Node


class SettingsError(ValueError):
    """A setting is missing or cannot be right. The message names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """What differs between two deployments of the service. Each field is a key of the context."""

    #: Tells deployments in one account apart, and ends the stack's name: ``test``, ``live``.
    environment: str
    #: The mail domain SES signs for. One account and region holds a domain once, so two
    #: environments there need two domains (``challenge.…`` and ``challenge-test.…``).
    domain: str
    #: Where officers reach the pages, and what every link in a letter begins with. Its name gets
    #: a certificate, and the council's DNS leads it to the service.
    public_url: str
    #: The address letters come from; it is at ``domain``.
    mail_from: str
    #: Where challenges are raised by email, and where answers to letters go; it is at ``domain``.
    intake_address: str
    council_name: str
    #: The council's OpenID Connect provider, as its discovery document writes it.
    oidc_issuer: str
    oidc_client_id: str
    #: Whom tokens of programs are for, and the ids of the programs that may raise challenges,
    #: parted by commas; ``none`` for none.
    api_audience: str
    api_clients: str
    #: Makes the environment one for training, whose clock people can let run fast: how many seconds
    #: a working day then lasts. Left out everywhere else.
    working_day_seconds: str = ""
    #: Where alarms are sent by email, once whoever reads there has confirmed it. Without one they
    #: are rung on the topic alone.
    alarm_address: str = ""

    def __post_init__(self) -> None:
        """Refuse what would deploy well and then fail at the first letter or sign-in."""
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.environment):
            msg = (
                f"environment is {self.environment!r}: write at most 20 lower-case letters, digits"
                " and hyphens, beginning with a letter, for example live."
            )
            raise SettingsError(msg)
        for name, url in (("public_url", self.public_url), ("oidc_issuer", self.oidc_issuer)):
            if not url.startswith("https://"):
                msg = f"{name} is {url!r}: write an address that begins with https://."
                raise SettingsError(msg)
        if not re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+", self.public_url):
            msg = (
                f"public_url is {self.public_url!r}: write https:// and a name in lower case,"
                " without a port, a path, or a slash at its end."
            )
            raise SettingsError(msg)
        if not re.fullmatch(rf"[^@\s<>]+@{re.escape(self.domain)}", self.mail_from):
            msg = (
                f"mail_from is {self.mail_from!r}: write an address at {self.domain} without a"
                f" display name, for example challenge@{self.domain}."
            )
            raise SettingsError(msg)
        if not re.fullmatch(r"([^@\s<>]+@[^@\s<>]+)?", self.alarm_address):
            msg = f"alarm_address is {self.alarm_address!r}: write an email address, or nothing."
            raise SettingsError(msg)
        if not re.fullmatch(rf"[^@\s<>]+@{re.escape(self.domain)}", self.intake_address):
            msg = (
                f"intake_address is {self.intake_address!r}: write an address at {self.domain},"
                f" for example challenge@{self.domain}."
            )
            raise SettingsError(msg)
        if self.working_day_seconds:
            self._check_training()

    def _check_training(self) -> None:
        """A clock that runs fast must never meet a real child: the name alone allows it."""
        if not re.fullmatch(r"training(-[a-z0-9-]+)?", self.environment):
            msg = (
                f"working_day_seconds is set, and environment is {self.environment!r}: leave it"
                " out, or name the environment training, or training- and more."
            )
            raise SettingsError(msg)
        shortest, longest = SHORTEST_DAY.seconds, LONGEST_DAY.seconds
        text = self.working_day_seconds
        if not (re.fullmatch(r"\d{1,5}", text) and shortest <= int(text) <= longest):
            msg = (
                f"working_day_seconds is {text!r}: write a whole number from {shortest} to"
                f" {longest}, for example 30."
            )
            raise SettingsError(msg)


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
