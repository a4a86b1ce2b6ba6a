"""Everything that ends a request or an event early, from whichever door it came.

Each is defined beside what raises it, and stands in this tree::

    HandlerError
    ├── WebError                     a page: each is answered by a page of its own
    │   ├── SignInNeededError        nobody is signed in, or not any more
    │   ├── StrangerError            signed in with the council, but not in the directory
    │   ├── OthersFormError          the form was shown to somebody else than who is signed in
    │   ├── ForeignFormError         the form was not sent from one of our own pages
    │   ├── UnreadableFormError      the body is no form
    │   ├── RepeatedFieldError       a field was sent twice: nobody can say which answer is meant
    │   └── TooLargeError            more was typed than a form may hold
    ├── ApiError                     the interface for programs: answered as problem+json
    │   ├── UnreadableError          the body is no JSON object, or not said to be
    │   ├── TwiceError               a field stands twice in one object of the body
    │   ├── NoKeyError               there is no Idempotency-Key, or none that can be kept
    │   └── OtherFormError           the key was used for another form
    ├── RepeatedParameterError       the address says something twice
    ├── WrongAnswersError            answers of the form have to be corrected: names the fields
    ├── NoDateError                  what was written is no date of the calendar
    │   ├── ShortYearError           its year is not written with four figures
    │   └── IncompleteDateError      some of its boxes are empty: names them
    ├── UnreadableEventError         an event that tells of a mail is none of SES's
    ├── _DoubtError                  a mail's header does not name one sender beyond doubt
    └── UnansweredError              an operator's question failed in a way nobody foresaw
"""

from __future__ import annotations

__all__ = ["HandlerError"]


class HandlerError(Exception):
    """The root of the tree."""
