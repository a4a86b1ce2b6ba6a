"""Every kind of email can be read at the age of thirteen."""

from __future__ import annotations

import pytest

from tests.emails import every_email
from tests.readability import FOR_ALL, of_page, too_hard

#: Written once, by the worker that writes all emails.
pytestmark = pytest.mark.xdist_group("letters")


def test_every_email_is_easy_to_read() -> None:
    texts = [(name, of_page(one.html)) for name, one in every_email().items()]
    assert len(texts) > 150
    assert not too_hard(texts, FOR_ALL)
