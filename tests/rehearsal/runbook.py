"""The runbook's commands that need a deployed stack: those in blocks marked ``bash``.

Each block of ``docs/operations.md`` is in one of two tables by its first words: it is run, in one
shell and in the order of the runbook, or it says why not. (The blocks marked ``sh`` are run by
``tests/service/test_operations.py``.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from infra.blueprint import INTAKE, ROOT
from tests.rehearsal.deployment import COUNCILS_HOST, DATA_STACK, STACK, shell
from tests.rehearsal.forms import form_by_mail
from tests.service.running import IRA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.rehearsal.council import Council

__all__ = ["an_operator_follows_the_runbook", "blocks_for_a_deployed_stack"]

#: How a block begins, and what it has to print; no command may fail.
RUN = {
    "export STACK=": "",
    "aws kms get-key-rotation-status": '"KeyRotationEnabled": true',
    "export HOST=": '"Type": "CNAME"',
    "output CnameTarget": "amazonaws.com",
    'aws logs filter-log-events --log-group-name "aws-waf-logs': "",
    'aws logs filter-log-events --start-time "$(since 1)"': "",
    "aws sns subscribe": "SubscriptionArn",
    "aws sns list-subscriptions": "",
    "export MAIL_BUCKET=": "",
    "aws stepfunctions list-executions": "What happened:",
    "aws dynamodb describe-table": "ACTIVE",
    "operate list --stuck": "to look at.",
    "log Sweep 1 '": "What happened:",
    "log Sweep 1\naws scheduler": '"State": "ENABLED"',
    "operate sweep": "given a fresh leg",
    "operate dead-letters": "RetriesExhausted",
    "operate redrive": "1 dead letters.",
    "for one in Decide": '"enabled": true',
    "log Seal 48": "Checked against the seals of",
    "log Audit 48": "0 with a HEAD or a tray that differs",
}

#: How a block begins, and why it is not run.
NOT_RUN = {
    "export AWS_ACCESS_KEY_ID=local": "it is for make run",
    "make lock": "it changes the checkout",
    "aws cloudwatch get-metric-statistics": "the emulator counts no metrics, and has no quotas",
    "aws lambda get-account-settings": "the emulator has no quotas",
    "aws backup ": "the emulator makes no backups",
    "aws dynamodb list-backups": "nobody deletes the emulator's table",
    "npx cdk deploy": "nobody deletes the emulator's table",
    "aws kms get-key-policy": "the emulator checks no policy of a key",
    "export DAY=": "the emulator has no trail",
    "aws cloudtrail ": "the emulator has no trail",
    "log Delivery 24": "nobody's address is on SES's list of those that came back",
}

#: What an operator writes in place of the samples.
_IN_PLACE_OF = {
    "PositiveChallenge-live": STACK,
    "PositiveChallengeData-live": DATA_STACK,
    "challenge.example.org": COUNCILS_HOST,
    "PCE-…": "$REFERENCE",
}

#: The child in the email that has become a dead letter.
_CHILD = "SAMPLE-60606"

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def an_operator_follows_the_runbook(council: Council) -> None:
    """Check that each block of commands for a deployed stack works and prints what it should."""
    blocks = [block for block in blocks_for_a_deployed_stack() if _begins(block, tuple(RUN))]
    _leave_a_dead_letter(council)
    # A word between them says which block printed what. Looking at dead letters hides them for five
    # seconds; a slow machine waits longer, which is harmless.
    written = "\n".join(f"echo BLOCK {number}\n{block}" for number, block in enumerate(blocks))
    written = written.replace("\noperate redrive", "\nsleep 6\noperate redrive")
    reference = council.record.lists.every_open()[0].reference
    parts = shell(
        council.deployment, f"export REFERENCE={reference}\n{written}", council.desk
    ).split("BLOCK ")[1:]
    for block, printed in zip(blocks, parts, strict=True):
        expected = RUN[_begins(block, tuple(RUN))]
        assert expected in printed, f"{block}\nprinted\n{printed}"
    council.until(lambda: council.record.lists.of_child(_CHILD), "the dead letter is taken at last")
    assert council.dead_letters() == 0
    council.note(f"{len(blocks)} blocks of commands")


def _leave_a_dead_letter(council: Council) -> None:
    """Call the function for an email before it is in the bucket, then put it there."""
    mail, message_id = form_by_mail(_CHILD), uuid4().hex
    council.call_and_go_on(INTAKE, council.mail_event(message_id, mail, IRA))
    council.until(council.dead_letters, "the mail has become a dead letter")
    council.put_mail(message_id, mail)


def blocks_for_a_deployed_stack() -> list[str]:
    """Return every block, as an operator of the made-up council types it. Each is in a table."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    blocks = _BLOCK.findall(text)
    for beginning in (*RUN, *NOT_RUN):
        assert any(_begins(block, (beginning,)) for block in blocks), f"no block: {beginning}"
    for block in blocks:
        assert _begins(block, (*RUN, *NOT_RUN)), f"neither run, nor said why not:\n{block}"
    for sample, own in _IN_PLACE_OF.items():
        blocks = [block.replace(sample, own) for block in blocks]
    return blocks


def _begins(block: str, beginnings: Sequence[str]) -> str:
    """Return which of these a block begins with; empty if none."""
    return next((one for one in beginnings if block.startswith(one)), "")
