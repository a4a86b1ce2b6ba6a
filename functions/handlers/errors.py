"""Everything that ends a request or an event early, through any door.

Each is defined next to what raises it, and listed in this tree::

    HandlerError
    ├── WebError                     a page: each has its own page as the answer
    │   ├── SignInNeededError        nobody is signed in, or no longer
    │   ├── StrangerError            signed in with the council, but not in the directory
    │   ├── OthersFormError          the form was shown to another person than the one signed in
    │   ├── ForeignFormError         the form was not sent from one of our own pages
    │   ├── UnreadableFormError      the body is not a form
    │   ├── RepeatedFieldError       a field was sent twice: it is not clear which answer is meant
    │   └── TooLargeError            more was typed than a form may hold
    ├── ApiError                     the interface for programs: answered as problem+json
    │   ├── UnreadableError          the body is not a JSON object, or not declared as one
    │   ├── TwiceError               a field appears twice in one object of the body
    │   ├── NoKeyError               there is no Idempotency-Key, or one that cannot be stored
    │   ├── OtherFormError           the key was used for another form
    │   └── NoSuchRecordError        no challenge that the case system may take has this reference
    ├── RepeatedParameterError       the address has a parameter twice
    ├── WrongAnswersError            answers of the form have to be corrected: names the fields
    ├── NoDateError                  what was written is not a date of the calendar
    │   ├── ShortYearError           its year is not written with four digits
    │   ├── NoSuchDayError           its month has fewer days: says how many
    │   └── IncompleteDateError      some of its boxes are empty: names them
    ├── UnreadableEventError         an event about an email is not one of SES's
    ├── _DoubtError                  an email's header does not name one sender beyond doubt
    └── UnansweredError              an operator's question failed in an unforeseen way
"""

from __future__ import annotations

__all__ = ["HandlerError"]


class HandlerError(Exception):
    """The root of the tree."""
