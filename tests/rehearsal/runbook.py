"""The runbook's commands that need a deployed stack: those in blocks marked ``bash``.

Each block of ``docs/operations.md`` is in one of two tables by the words with which it begins: it
is run, in one shell and in the order of the runbook, or it says why not. (The blocks marked ``sh``
are run by ``tests/service/test_operations.py``.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.shape import ROOT
from tests.rehearsal.deployment import COUNCILS_HOST, STACK, shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.rehearsal.council import Council

__all__ = ["an_operator_follows_the_runbook"]

#: How a block begins, and what it has to print, besides that none of its commands fails.
RUN = {
    "export STACK=": "",
    "aws kms get-key-rotation-status": '"KeyRotationEnabled": true',
    "export HOST=": '"Type": "CNAME"',
    "output CnameTarget": "amazonaws.com",
    "since() {": "",
    'aws logs filter-log-events --start-time "$(since 3600)"': "",
}

#: How a block begins, and why it is not run.
NOT_RUN = {
    "export AWS_ACCESS_KEY_ID=local": "it is for make run",
    "make lock": "it changes the checkout",
    "npx cdk deploy -c restored_table": "nothing is restored here",
}

#: What an operator writes in the place of the samples.
_IN_PLACE_OF = {"PositiveChallenge-live": STACK, "challenge.example.org": COUNCILS_HOST}

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def an_operator_follows_the_runbook(council: Council) -> None:
    """Each block of commands for a deployed stack does not fail, and prints what it should."""
    blocks = [block for block in _blocks() if _begins(block, tuple(RUN))]
    # A word between them says which block printed what.
    written = "\n".join(f"echo BLOCK {number}\n{block}" for number, block in enumerate(blocks))
    parts = shell(council.deployment, written).split("BLOCK ")[1:]
    for block, printed in zip(blocks, parts, strict=True):
        expected = RUN[_begins(block, tuple(RUN))]
        assert expected in printed, f"{block}\nprinted\n{printed}"
    council.note(f"{len(blocks)} blocks of commands")


def _blocks() -> list[str]:
    """Every block, as an operator of the made-up council types it."""
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
    """With which of these a block begins; empty if with none."""
    return next((one for one in beginnings if block.startswith(one)), "")
