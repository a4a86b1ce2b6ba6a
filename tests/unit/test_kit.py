"""The kit that every form of the pages is made of: its rows, and the order of its problems."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handlers.pages.kit import Field, Form, Kind, Rows, Section

ROWS = Rows(
    "action",
    "Action",
    (Field("what", Kind.WORDS, "What"), Field("by", Kind.DAY, "By when")),
    least=2,
    most=4,
)
PARTS = (
    Field("answer", Kind.RADIOS, "Answer"),
    Section("Then"),
    Field("day", Kind.DAY, "Day"),
    ROWS,
    Field("end", Kind.WORDS, "End"),
)


def _form(typed: dict[str, str], problems: dict[str, str] | None = None) -> Form:
    return Form(PARTS, "/somewhere", typed, problems or {})


def test_problems_stand_in_the_order_of_the_page_and_lead_to_their_fields() -> None:
    named = ["end", "action-2-by-year", "action", "action-1-what", "day", "answer", "nothing"]
    form = _form({"action-2-what": "b"}, {name: f"Correct {name}." for name in named})
    assert [(line["href"], line["text"].split()[1]) for line in form.errors] == [
        ("#form", "nothing."),  # at no field: it comes first
        ("#answer", "answer."),
        ("#day-day", "day."),
        ("#action-1-what", "action."),
        ("#action-1-what", "action-1-what."),
        ("#action-2-by-day", "action-2-by-year."),
        ("#end", "end."),
    ]
    assert form.problem("action-2-by") == "Correct action-2-by-year."


def test_rows_that_are_filled_in_come_first_and_blank_ones_stay() -> None:
    typed = {"action-1-what": " ", "action-2-what": "b", "action-4-by-day": "3", "end": "x"}
    answers = _form(typed).answers()
    assert answers["action-1-what"] == "b"
    assert answers["action-2-by-day"] == "3"
    assert "action-4-what" not in answers
    assert ROWS.filled(answers) == [1, 2]
    assert [*ROWS.shown(answers)] == [1, 2, 3]
    assert answers["end"] == "x"


def test_a_row_is_added_up_to_the_most_and_removed_down_to_the_least() -> None:
    form, shown = _form({"action-1-what": "a"}), []
    for _ in range(3):
        pressed = form.pressed("add")
        assert pressed is not None
        form = _form(pressed[0])
        shown.append((len(ROWS.shown(form.typed)), pressed[1]))
    assert shown == [(3, "action-3-what"), (4, "action-4-what"), (4, "action-4-what")]
    for count in (3, 2, 2):
        pressed = form.pressed("remove-1")
        assert pressed is not None
        form = _form(pressed[0])
        assert len(ROWS.shown(form.typed)) == count
    assert _form({}).pressed("check") is None
    assert Form(PARTS[:1], "/", {}).pressed("add") is None


def test_a_field_says_its_limit_and_who_reads_it_before_anybody_types() -> None:
    one = Field("what", Kind.WORDS, "What", "Say it.", limit=5_000, readers="Ann reads it.")
    assert one.help == "Say it. Up to 5,000 characters. Ann reads it."
    assert Field("what", Kind.WORDS, "What").help == ""


NAMES = st.sampled_from(
    [f"action-{n}-{part}" for n in (1, 2, 3, 7, 998) for part in ("what", "by-day", "by-year")]
)
TYPED = st.dictionaries(NAMES, st.sampled_from(["", " ", "a", "b", "3"]))


@given(TYPED, st.sampled_from(["add", "remove-1", "remove-2", "remove-x", "remove-99"]))
def test_no_button_loses_a_word_of_another_row(typed: dict[str, str], button: str) -> None:
    pressed = _form(typed).pressed(button)
    assert pressed is not None
    after, number = pressed[0], button.partition("-")[2]
    kept = sorted(text for text in after.values() if text.strip())
    stay = {name: text for name, text in typed.items() if not name.startswith(f"action-{number}-")}
    assert kept == sorted(text for text in stay.values() if text.strip())
    assert _form(after).answers() == after, "it is in order already"


def test_two_kinds_of_rows_on_one_form_keep_apart() -> None:
    concerns = Rows("concern", "Concern", (Field("what", Kind.WORDS, "What"),), least=1, most=3)
    parts = (concerns, *PARTS)
    typed = {"concern-1-what": "c", "action-1-what": "a", "action-2-what": "b", "end": "x"}
    form = Form(parts, "/somewhere", typed)
    assert [form.button(rows, "add") for rows in form.all_rows] == ["add", "add-action"]
    assert (form.filled(), form.filled(ROWS)) == ([1], [1, 2])
    added, anchor = form.pressed("add-action") or ({}, "")
    assert anchor == "action-3-what"
    assert {name: text for name, text in added.items() if text} == typed
    removed, _ = form.pressed("remove-action-1") or ({}, "")
    kept = {"concern-1-what": "c", "action-1-what": "b", "end": "x"}
    assert {name: text for name, text in removed.items() if text} == kept
    more, anchor = form.pressed("add") or ({}, "")
    assert anchor == "concern-2-what"
    assert {name: text for name, text in more.items() if text} == typed


def test_fields_that_are_folded_away_are_read_like_others() -> None:
    more = (
        Field("guardian", Kind.LINE, "Guardian", folded="More"),
        Field("on", Kind.DAY, "On", folded="More"),
    )
    form = Form((*PARTS, *more), "/somewhere", {"guardian": "G", "end": "x"})
    assert form.answers()["guardian"] == "G"
    assert ("More", more) in form.groups(form.parts)
    assert form.is_filled(more)
    assert not Form(more, "/").is_filled(more)
    wrong = Form(more, "/", {}, {"on-year": "Enter a year."})
    assert wrong.is_filled(more)
    assert [one["href"] for one in wrong.errors] == ["#on-day"]
