"""Writes letters: one template each, rendered as plain text and as HTML.

A template's first line is the subject. After it come paragraphs, parted by empty lines. A
paragraph ``[Label](url)`` is a button; one whose lines begin with ``- `` is a list. Nothing in a
letter names a child, or quotes what anybody wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.mail import Written

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["Facts", "write"]

_LETTERS = Path(__file__).parent.parent / "letters"
_BUTTON = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)")


@dataclass(frozen=True)
class Facts:
    """What a template may use. Plain sentences and dates in words, no child's details.

    ``next_step`` are the sentences of what happens next. ``link`` is the recipient's own reply
    link, or the challenge's page, which asks for a sign-in.
    """

    reference: str
    stage: str
    officer: str
    headline: str
    next_step: tuple[str, ...]
    deadline: str
    first_deadline: str
    period: str
    link: str
    is_link_personal: bool
    council: str
    asked_again: bool
    missed_stage: str
    question: str
    sum: str


def write(letter: str, facts: Facts) -> Written:
    """The letter named ``letter``, written for ``facts``."""
    source = _template(letter).render(facts=facts)
    subject, _, body = source.strip().partition("\n")
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", body.strip()) if p.strip()]
    content = "\n".join(_html(paragraph) for paragraph in paragraphs)
    text = "\n\n".join(_text(paragraph) for paragraph in paragraphs)
    html = _environment().get_template("frame.html").render(
        subject=subject.strip(), content=content, facts=facts
    )
    footer = _environment().get_template("footer.txt").render(facts=facts)
    return Written(" ".join(subject.split()), f"{text}\n\n{footer.strip()}\n", html)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Sources are plain text; what goes into HTML is escaped in _html, the frame's own by |e.
    return Environment(  # noqa: S701 - see above
        loader=FileSystemLoader(_LETTERS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(letter: str) -> Template:
    return _environment().get_template(f"{letter}.txt")


def _text(paragraph: str) -> str:
    button = _BUTTON.fullmatch(paragraph)
    if button:
        return f"{button['label']}:\n{button['url']}"
    if paragraph.startswith("- "):
        return paragraph
    return " ".join(paragraph.split())


def _html(paragraph: str) -> str:
    button = _BUTTON.fullmatch(paragraph)
    if button:
        url, label = escape(button["url"]), escape(button["label"])
        return (
            '<p style="margin:24px 0"><a href="' + url + '" style="background:#1a5c4c;color:#ffffff;'
            'padding:12px 18px;text-decoration:none;display:inline-block;font-weight:bold">'
            f"{label}</a></p>"
        )
    if paragraph.startswith("- "):
        items = (escape(line.removeprefix("- ").strip()) for line in paragraph.splitlines())
        return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    return f'<p style="margin:0 0 16px 0">{escape(" ".join(paragraph.split()))}</p>'
