"""Edits over an original text: the two maps, what is taken back, and how steps are composed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.composition import composed
from storage.cleaning.edit import Change, Edit, changed, restored


def edit(text: str, start: int, end: int, replacement: str, step: str = "a") -> Edit:
    return Edit(start, end, text[start:end], replacement, step, "why")


# 0123456789
TEXT = "abcdefghij"
CLEANED = CleanedText(
    TEXT,
    (edit(TEXT, 2, 4, ""), edit(TEXT, 5, 6, "XYZ", "b"), edit(TEXT, 8, 8, "!", "c")),
)


def test_the_cleaned_text_has_every_edit() -> None:
    # ab(cd)e(f>XYZ)gh(+!)ij
    assert CLEANED.text == "abeXYZgh!ij"


def test_the_original_comes_back_from_the_cleaned_text_and_its_edits() -> None:
    assert restored("abeXYZgh!ij", CLEANED.edits) == TEXT


@pytest.mark.parametrize(
    ("cleaned", "original"),
    [
        ((0, 2), (0, 2)),  # ab: what was deleted behind it is not part of it
        ((2, 3), (4, 5)),  # e
        ((1, 3), (1, 5)),  # be, from bcde
        ((4, 5), (5, 6)),  # Y widens to f
        ((6, 9), (6, 8)),  # gh!
        ((9, 11), (8, 10)),  # ij
        ((0, 11), (0, 10)),
        ((2, 2), (2, 2)),
    ],
)
def test_a_stretch_of_the_cleaned_text_lies_in_the_original(
    cleaned: tuple[int, int], original: tuple[int, int]
) -> None:
    assert CLEANED.original_span(*cleaned) == original


@pytest.mark.parametrize(
    ("original", "cleaned"),
    [
        ((0, 2), (0, 2)),
        ((2, 4), (2, 2)),  # cd is gone
        ((3, 5), (2, 3)),  # de: e alone is left
        ((5, 6), (3, 6)),
        ((7, 8), (7, 9)),  # h, and what was inserted behind it
        ((8, 9), (9, 10)),  # i
        ((0, 10), (0, 11)),
    ],
)
def test_a_stretch_of_the_original_lies_in_the_cleaned_text(
    original: tuple[int, int], cleaned: tuple[int, int]
) -> None:
    assert CLEANED.cleaned_span(*original) == cleaned


def test_edits_are_taken_back_by_step_and_by_place() -> None:
    assert CLEANED.reverted(steps=["b"]).text == "abefgh!ij"
    assert CLEANED.reverted(indexes=[0, 2]).text == "abcdeXYZghij"
    assert CLEANED.reverted(steps=["a", "b", "c"]).text == TEXT


def test_a_span_outside_of_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="span 3-12: must lie in 0-11"):
        CLEANED.original_span(3, 12)
    with pytest.raises(ValueError, match="span 4-3"):
        CLEANED.cleaned_span(4, 3)


@pytest.mark.parametrize(
    ("edits", "wrong"),
    [
        ((Edit(0, 1, "b", "", "a", "why"),), "the original has other characters"),
        ((edit(TEXT, 2, 4, ""), edit(TEXT, 3, 5, "")), "out of order or overlapping"),
        ((edit(TEXT, 2, 2, "x"), edit(TEXT, 2, 2, "y")), "out of order or overlapping"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edits: tuple[Edit, ...], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        CleanedText(TEXT, edits)


def test_changes_that_touch_become_one_edit_that_names_both() -> None:
    first = composed(CleanedText("えー、よっ よって"), "fillers", [Change(0, 3, "", "filler")])
    # よっ よって, of which the second よっ goes
    second = composed(first, "line_joins", [Change(0, 3, "", "cut word")])
    assert second.text == "よって"
    assert second.edits == (
        Edit(0, 6, "えー、よっ ", "", "fillers+line_joins", "filler; cut word"),
    )
    assert second.edits[0].steps == ("fillers", "line_joins")
    assert second.reverted(steps=["line_joins"]).text == second.original


def test_changes_that_lie_apart_stay_apart() -> None:
    first = composed(CleanedText("ＡＢｃdef"), "unicode", [Change(0, 3, "ABc", "width")])
    second = composed(first, "other", [Change(5, 6, "", "gone")])
    assert [(e.start, e.end, e.step) for e in second.edits] == [(0, 3, "unicode"), (5, 6, "other")]


def test_a_change_that_undoes_another_leaves_no_edit() -> None:
    first = composed(CleanedText("abc"), "one", [Change(1, 2, "B", "up")])
    assert composed(first, "two", [Change(1, 2, "b", "down")]).edits == ()


LETTERS = "".join(chr(0x4E00 + number) for number in range(30))


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[list[Change]]]:
    """A text of letters that are all different, and rounds of changes, each over the last."""
    text = LETTERS[: draw(st.integers(0, 30))]
    rounds, now = [], text
    for number in range(draw(st.integers(1, 4))):
        places = sorted(draw(st.lists(st.integers(0, len(now)), max_size=8)))
        pairs = list(zip(places[::2], places[1::2], strict=False))
        apart = [pairs[0]] if pairs else []
        for before, after in pairwise(pairs):
            if after[0] > before[1] or (after[0] == before[1] and after[0] < after[1]):
                apart.append(after)
        changes = [
            Change(start, end, draw(st.text(alphabet="xyz", max_size=3)), f"round {number}")
            for start, end in sorted(set(apart))
        ]
        rounds.append(changes)
        now = changed(now, changes)
    return text, rounds


@settings(deadline=None)
@given(histories())
def test_composed_steps_give_the_text_of_the_last_and_the_original_back(
    history: tuple[str, list[list[Change]]],
) -> None:
    text, rounds = history
    now, result = text, CleanedText(text)
    for number, changes in enumerate(rounds):
        now = changed(now, changes)
        result = composed(result, f"step{number}", changes)
    assert result.text == now
    assert restored(now, result.edits) == text
    assert all(one.replaced != one.replacement for one in result.edits)


@settings(deadline=None)
@given(histories(), st.data())
def test_the_maps_keep_every_letter_that_is_left(
    history: tuple[str, list[list[Change]]], data: st.DataObject
) -> None:
    text, rounds = history
    result = CleanedText(text)
    for number, changes in enumerate(rounds):
        result = composed(result, f"step{number}", changes)
    cleaned = result.text
    for place, letter in enumerate(cleaned):
        if letter in text:  # every letter is unique: where it comes from needs no map
            start, end = result.original_span(place, place + 1)
            assert letter in text[start:end]
            assert letter in cleaned[slice(*result.cleaned_span(start, end))]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(cleaned))] * 2)))
    left, right = result.original_span(start, end)
    assert set(cleaned[start:end]) & set(text) <= set(text[left:right])
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    left, right = result.cleaned_span(start, end)
    assert set(text[start:end]) & set(cleaned) <= set(cleaned[left:right])
    assert result.cleaned_span(0, len(text)) == (0, len(cleaned))


@settings(deadline=None)
@given(histories(), st.data())
def test_taking_back_some_edits_leaves_the_others(
    history: tuple[str, list[list[Change]]], data: st.DataObject
) -> None:
    text, rounds = history
    result = CleanedText(text)
    for number, changes in enumerate(rounds):
        result = composed(result, f"step{number}", changes)
    back = data.draw(st.sets(st.integers(0, 10)))
    kept = result.reverted(indexes=back)
    assert [e for i, e in enumerate(result.edits) if i not in back] == list(kept.edits)
    assert restored(kept.text, kept.edits) == text
