"""Rule 19, a plain letter to the child for each ending, for the IRO to change and print.

The words are for a child of ten: short sentences, and no word of the law. What the IRO sent is kept
on the record as it was. After a death, and about the wrong child, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.challenge import Slot
from domain.events import Event, Fact
from domain.form import Answered
from domain.part import IN_CONFIDENCE, Command, Hand, If, May, Part, Problems, Seen, Written
from domain.rules.cafcass import CafcassAnswer, referrals
from domain.rules.childs_rights import childs_rights
from domain.rules.life import has_died
from domain.values import value
from domain.vocabulary import ENDED, Capacity, Outcome

if TYPE_CHECKING:
    from domain.challenge import Challenge

__all__ = [
    "LETTERS_TO_CHILD",
    "ChildWrittenTo",
    "WriteToChild",
    "letter_of",
    "may_read_letter",
    "plain_letter",
]

_BEGAN = "I asked the people who look after your plan to put something right."
_RESOLVED = (
    f"{_BEGAN} They listened, and it has been put right. If it goes wrong again, tell me. I will "
    "ask again."
)
_SORRY = "I am sorry."
_ADVOCATE = (
    "You can have someone on your side who helps you to say what you want. I will find that person "
    "for you if you like."
)

#: What Cafcass said, if the record has it.
_ANSWERS = {
    CafcassAnswer.TAKEN: "They said yes: they will take it further.",
    CafcassAnswer.REFUSED: "They said no: they will not take it further.",
    None: "They have told me what they think. I will tell you what they said.",
}

#: What each ending means for the child, in their words.
_ENDINGS = {
    Outcome.RESOLVED_INFORMALLY: _RESOLVED,
    Outcome.RESOLVED_AT_STAGE: _RESOLVED,
    Outcome.RESOLVED_BY_ACTIONS: (
        f"{_BEGAN} They said what they would do, and they have done it. If it goes wrong again, "
        "tell me. I will ask again."
    ),
    Outcome.CLOSED_AFTER_CAFCASS: (
        f"{_BEGAN} I also asked a group called Cafcass to look at it. They speak up for children. "
        "{answer}"
    ),
    Outcome.UNRESOLVED_NOT_REFERRED: (
        f"{_BEGAN} They did not do all that I asked for. {_SORRY} {_ADVOCATE}"
    ),
    Outcome.WITHDRAWN: (
        f"{_BEGAN} I have now stopped asking, because you do not need it any more. If you think "
        "that you do, tell me."
    ),
    Outcome.RAISED_IN_ERROR: (
        f"{_BEGAN} That was my mistake. {_SORRY} Nothing changes for you because of it."
    ),
    Outcome.DUPLICATE: (
        f"{_BEGAN} I had asked them twice by mistake, so now I ask only once. I will not stop "
        "until they answer."
    ),
}

_ALWAYS = (
    "You can tell me what you think at any time. If you are not happy with how people look after "
    "you, you can say so. I can tell you how, or find someone to help you."
)

_LETTER: Slot[str] = Slot("letter-to-child", "")


def plain_letter(challenge: Challenge, iro: str) -> str:
    """Return the letter about how it ended, signed by ``iro`` (a name); empty if there is none."""
    text = _ENDINGS.get(challenge.outcome) if challenge.outcome else None
    if text is None or has_died(challenge):
        return ""
    name = challenge.raised.child.name.split()[0]
    made = referrals(challenge)
    text = text.replace("{answer}", _ANSWERS[made[-1].answer if made else None])
    not_offered = childs_rights(challenge).advocate in (Answered.NO, Answered.NOT_YET)
    if not_offered and _ADVOCATE not in text:
        text = f"{text}\n\n{_ADVOCATE}"
    return f"Dear {name},\n\n{text}\n\n{_ALWAYS}\n\nFrom {iro}"


def letter_of(challenge: Challenge) -> str:
    """Return the words of the last letter to the child; empty if there is none."""
    return challenge[_LETTER]


def may_read_letter(who: frozenset[Capacity]) -> bool:
    """Whether somebody in these capacities may read what was written to the child."""
    return Written("", "", IN_CONFIDENCE).is_for(who)


@value
class ChildWrittenTo(Fact):
    """The IRO wrote to the child how the challenge ended: ``words``, as they were sent."""

    words: str

    news = "the child was written to"
    told = ()

    def changes(self, challenge: Challenge, _event: Event) -> Challenge:
        """Return it with the letter."""
        return challenge.keep(_LETTER, self.words)

    def line(self, seen: Seen) -> str:
        """Return who wrote."""
        return f"{seen.who} wrote to the child how it ended"

    def written(self) -> Iterator[Written]:
        """Yield the letter."""
        yield Written("Letter to the child", self.words, IN_CONFIDENCE)


_HAS_A_LETTER = If(
    "the child has not died (rule 19)",
    lambda challenge, _: challenge.outcome in _ENDINGS and not has_died(challenge),
)


@value
class WriteToChild(Command):
    """Write to the child how the challenge ended. The record keeps the words."""

    words: str

    called = "Write to the child"
    who = (May(Capacity.IRO, ENDED, _HAS_A_LETTER),)
    settles = ()

    def follows(self, _challenge: Challenge, _hand: Hand) -> Iterator[ChildWrittenTo]:
        """Yield the letter."""
        problems = Problems()
        problems.need("words", self.words, "Enter what you write to the child.")
        problems.check()
        yield ChildWrittenTo(self.words)


LETTERS_TO_CHILD = Part(19, "Letters to the child", facts=(ChildWrittenTo,), acts=(WriteToChild,))
