"""What attacks by links share: what is kept, what a page shows, and what attackers send."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3

from adapters import wiring
from adapters.council_store import CouncilStore
from domain.moments import day_in_words
from tests.workflow.service import CHILD, CONCERN

if TYPE_CHECKING:
    from tests.pages.visitor import Form, Page

__all__ = [
    "ADDED",
    "NOT_FROM_OUR_PAGE",
    "ODD",
    "followed",
    "kept",
    "load_without",
    "pressed",
    "shows_nothing",
    "stored",
]

#: How a page names the child. It is never in the answer to a link that is not good.
OF_THE_CHILD = (
    *CHILD.name.split(),
    day_in_words(CHILD.date_of_birth),
    CHILD.date_of_birth.isoformat(),
    CONCERN.what,
    CONCERN.outcome_wanted,
    "Marigoldtriedtext",
    "Marigoldviewstext",
)

#: What a browser, or a scanner that acts as one, may say about where a form was.
NOT_FROM_OUR_PAGE: tuple[dict[str, str | None], ...] = (
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "none"},
    {"origin": None, "sec-fetch-site": None},
)


def stored() -> list[dict[str, Any]]:
    """Return everything in the table."""
    answer = boto3.resource("dynamodb").Table("positive-challenge").scan(ConsistentRead=True)
    assert "LastEvaluatedKey" not in answer, "it was read whole"
    return [{**item} for item in answer["Items"]]


def kept(*, looks: bool = False, forms: bool = False) -> dict[tuple[str, str], dict[str, Any]]:
    """The record, its HEAD, the links and whether they were used.

    ``looks`` and what was typed into ``forms`` as well, if wanted.
    """
    items = {(str(item["PK"]), str(item["SK"])): item for item in stored()}
    return {
        key: item
        for key, item in items.items()
        if (looks or not key[1].startswith("LOOK#")) and (forms or not key[0].startswith("FORM#"))
    }


def shows_nothing(page: Page, *secrets: str) -> None:
    """Check that nobody may keep or pass on the answer, and that it shows no child or secret."""
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    told = page.body + json.dumps(dict(page.headers)) + json.dumps(page.visitor.cookies)
    assert [text for text in (*OF_THE_CHILD, *secrets) if text in told] == []


def load_without(officer: str) -> None:
    """Load a directory without ``officer``, whose posts are then vacant."""
    book = wiring.casebook()
    directory = book.council().directory
    officers = {id_: one for id_, one in directory.officers.items() if id_ != officer}
    posts = {
        post.id: replace(post, holder=None) if post.holder == officer else post
        for post in directory.posts.values()
    }
    assert isinstance(book._council, CouncilStore)
    book._council.load_directory(replace(directory, officers=officers, posts=posts))


#: What email programs, and people who copy from them, leave at the ends of an address.
ADDED = (
    *("=", ".", "...", ",", ";", ":", "!", ")", "]", ">", "*", "'", "%22", "%E2%80%9D", "=3D"),
    *("%20", "%09", "%0d%0a", "%C2%A0", "%E2%80%8B", "%EF%BB%BF", "/", "%2F"),
)


#: Paths that lead elsewhere, other spellings of what is not allowed, and what a shell would run.
ODD = (
    *("x" * 65, "x" * 5_000, "é" * 64, "é" * 5_000, "%00", "%00" * 64, "%0d%0aSet-Cookie:%20a=b"),
    *("..", "../..", "%2e%2e", "..%2f..%2fchallenges", "%252e%252e%252f", "..%5c..%5c", "//", "."),
    *("%", "%zz", "%FF%FE", "%ED%A0%80", "%F0%9F%98%80", "%C0%AE%C0%AE", "%1b%5b31m", "%7f", "%85"),
    *("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "{{7*7}}", "${7*7}", "'%20OR%201=1", "*", "%3F%23"),
)


def followed(page: Page) -> list[str]:
    """Return every address of ours on the page, as a scanner follows them."""
    found = [str(tag.get("href") or tag.get("src")) for tag in page.soup.select("[href], [src]")]
    return [address for address in found if address.startswith("/") and "sign-in" not in address]


def pressed(form: Form, headers: dict[str, str | None]) -> list[Page]:
    """Send the form as it is: by each of its buttons, without one, and empty."""
    pages = [form.press(button.value, headers=headers) for button in form.buttons]
    post = form.page.visitor.post
    return [
        *pages,
        post(form.action, dict(form.fields), headers=headers),
        post(form.action, {}, headers=headers),
    ]
