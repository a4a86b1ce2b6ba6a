"""A few examples of the property test, always the same: `make ci` plays new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import Phase

from tests.property.test_nothing_is_lost import Trouble, play

if TYPE_CHECKING:
    from tests.property.stage import Stage

_EXAMPLES = 4


class AFewExamples(Trouble):
    """A machine of its own: it counts what it plays."""


def test_nothing_is_lost_in_a_few_examples(stage: Stage) -> None:
    play(
        AFewExamples,
        stage,
        at_most=2,
        max_examples=_EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
    )
    assert AFewExamples.examples >= _EXAMPLES
    assert AFewExamples.calls > 0
