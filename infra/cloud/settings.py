"""What a council sets before it deploys: ``context`` in ``cdk.json``, or ``cdk -c key=value``."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

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
    #: Where officers reach the pages, and what every link in a letter begins with.
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
    #: How the nightly seals are locked: ``compliance`` for live, where nobody at all can delete
    #: one for 75 years, or ``governance``, where whoever has a right of their own for it can.
    object_lock: str

    def __post_init__(self) -> None:
        """Refuse what would deploy well and then fail at the first letter or sign-in."""
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", self.environment):
            msg = (
                f"environment is {self.environment!r}: write at most 20 lower-case letters, digits"
                " and hyphens, beginning with a letter, for example live."
            )
            raise SettingsError(msg)
        if self.object_lock not in ("compliance", "governance"):
            msg = (
                f"object_lock is {self.object_lock!r}: write compliance for a live environment, and"
                " governance for one that is to be taken down some day."
            )
            raise SettingsError(msg)
        for name, url in (("public_url", self.public_url), ("oidc_issuer", self.oidc_issuer)):
            if not url.startswith("https://"):
                msg = f"{name} is {url!r}: write an address that begins with https://."
                raise SettingsError(msg)
        if self.public_url.endswith("/"):
            msg = f"public_url is {self.public_url!r}: leave out the slash at its end."
            raise SettingsError(msg)
        if not re.fullmatch(rf"[^@\s<>]+@{re.escape(self.domain)}", self.mail_from):
            msg = (
                f"mail_from is {self.mail_from!r}: write an address at {self.domain} without a"
                f" display name, for example challenge@{self.domain}."
            )
            raise SettingsError(msg)
        if not re.fullmatch(rf"[^@\s<>]+@{re.escape(self.domain)}", self.intake_address):
            msg = (
                f"intake_address is {self.intake_address!r}: write an address at {self.domain},"
                f" for example challenge@{self.domain}."
            )
            raise SettingsError(msg)


def read(node: Node) -> Settings:
    """Read the settings from the context of an app.

    Raises:
        SettingsError: a setting is missing (all the missing ones are named), or cannot be right.

    """
    found = {field.name: node.try_get_context(field.name) for field in fields(Settings)}
    missing = [name for name, value in found.items() if not isinstance(value, str) or not value]
    if missing:
        msg = (
            f'No value for: {", ".join(missing)}. Write each under "context" in cdk.json, or give'
            f" it on the command line: cdk deploy -c {missing[0]}=…"
        )
        raise SettingsError(msg)
    return Settings(**found)
