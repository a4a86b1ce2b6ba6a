"""What comes in from outside in the shape that a release took is still taken today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from adapters.mailroom import KEYS
from domain.form import Answered, ChildsRights
from handlers.intake import Became
from infra.local.emulator import MAIL_BUCKET
from tests.upgrade.freeze import raised_by_form
from tests.upgrade.frozen import differences, load, releases
from tests.workflow.service import running

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("release", releases("form.json"))
def test_a_form_as_a_program_sends_it_raises_what_it_raised(release: str) -> None:
    frozen = load(release, "form.json")
    raised = replace(raised_by_form(frozen["body"]), procedure=frozen["raised"]["procedure"])
    assert differences(frozen["raised"], raised) == []


@pytest.mark.parametrize("release", releases("intake.json"))
def test_a_mail_as_ses_tells_of_it_raises_what_it_raised(release: str, tmp_path: Path) -> None:
    frozen = load(release, "intake.json")
    message_id = frozen["event"]["Records"][0]["ses"]["mail"]["messageId"]
    with running(tmp_path) as service:
        boto3.client("s3").put_object(
            Bucket=MAIL_BUCKET, Key=f"{KEYS}{message_id}", Body=frozen["mail"].encode()
        )
        answer = service.emulator.invoke("intake", frozen["event"])
        service.emulator.clock.settle()
        assert answer == {"mails": [{"message_id": message_id, "became": Became.RAISED}]}
        (reference,) = service.open_challenges()
        raised = service.challenge(reference).raised
    if "childs_rights" not in frozen["raised"]:
        # An email without the lines about the child says today what a page left blank says.
        assert raised.childs_rights == ChildsRights(*[Answered.NOT_YET] * 4)
        raised = replace(raised, childs_rights=ChildsRights())
    assert differences(frozen["raised"], replace(raised, procedure="1")) == []
