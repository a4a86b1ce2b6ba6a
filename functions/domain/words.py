"""The council's own words: what the service is called, and whom people contact about what.

A council enters them in one place, ``[words]`` of its ``procedure.toml``. Pages and emails read
them from here, so that nobody has to look for them in templates.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.values import Value, value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LONGEST", "SERVICE_NAME", "TO_ENTER", "Words"]

SERVICE_NAME = "Positive Challenge"

#: The law under which most councils in England keep this. Their data protection officer decides.
LAWFUL_BASIS = (
    "The law says that councils have to review the care of each child they look after. It is in "
    "the Children Act 1989, sections 25A to 25C, and in the regulations made under it. We use this "
    "information to do that and what else the law asks of us (UK GDPR, Article 6(1)(c) and (e)). "
    "Some of it is about health, ethnic background or other things that the law protects more "
    "(Article 9). We use that for reasons of substantial public interest: to carry out duties in "
    "law, and to keep children safe (Article 9(2)(g); Data Protection Act 2018, Schedule 1, "
    "paragraphs 6 and 18)."
)


@value
class Words(Value):
    """What a council says in its own words. An empty text has not been entered yet.

    ``contact`` answers questions about the service; ``accessibility_contact`` helps people who
    cannot use a page; ``data_protection_officer`` answers about personal information. Each is a
    team or person with an email address and a telephone number. ``privacy_controller`` is who
    answers in law for the information (default: the council); ``lawful_basis`` says why the law
    allows the council to use it. ``privacy_notice`` is the address of the council's own notice.
    ``kept_in`` says where the computers are that keep the information.
    ``accessibility_checked`` says when and by whom the council's own check was done.
    """

    service_name: str = SERVICE_NAME
    contact: str = ""
    accessibility_contact: str = ""
    accessibility_checked: str = ""
    privacy_controller: str = ""
    data_protection_officer: str = ""
    lawful_basis: str = LAWFUL_BASIS
    privacy_notice: str = ""
    kept_in: str = "in the United Kingdom"

    @property
    def missing(self) -> Mapping[str, str]:
        """What the council has not entered yet: setting → what to enter."""
        return MappingProxyType(
            {name: what for name, what in TO_ENTER.items() if not getattr(self, name)}
        )


#: What each council has to enter before people use the service: setting → what.
TO_ENTER: Mapping[str, str] = MappingProxyType(
    {
        "contact": "who answers questions about this service: a team, its email address and "
        "its telephone number",
        "accessibility_contact": "who helps people that cannot use a page: a team, its email "
        "address and its telephone number",
        "accessibility_checked": "when the council checked the service’s accessibility, and who "
        "did it",
        "data_protection_officer": "who the data protection officer is: their email address and "
        "their telephone number",
    }
)

#: The most characters of each text, by setting; of the others ``DEFAULT``.
LONGEST: Mapping[str, int] = MappingProxyType(
    {"service_name": 40, "lawful_basis": 2_000, "privacy_notice": 300, "": 500}
)
