from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from evals.synthesis.options import Options, check_options, make_options
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.writing import Written
from pipelines.query_engines.option_scoring import OptionScores

SENTENCE = Sentence(0, 20, "委員は三十一名で、漁協が七名です。")
PASSAGE = Passage("a.md", "協議会", "ja", SENTENCE.quote, (SENTENCE,))
WRITTEN = Written("協議会の委員は何名？", "三十一名")
OPTIONS = Options(("十名", "三十一名", "二十名", "四十名", "五十名"), 1)


def made(*wrong: str, alike: Sequence[str] = ()) -> Options:
    return make_options("三十一名", wrong, alike, SENTENCE, random.Random(3))


def test_four_wrong_options_and_the_right_one_at_a_place_that_the_seed_gives() -> None:
    options = made("十名", "二十名", "四十名", "五十名", "六十名")
    assert options.texts[options.right] == "三十一名"
    assert [t for t in options.texts if t != "三十一名"] == ["十名", "二十名", "四十名", "五十名"]
    assert options == made("十名", "二十名", "四十名", "五十名", "六十名")
    places = {
        make_options("三", ["1", "2", "4", "5"], (), SENTENCE, random.Random(seed)).right
        for seed in range(50)
    }
    assert places == {0, 1, 2, 3, 4}


def test_options_that_say_the_same_are_left_out() -> None:
    # 31名 is the answer in digits, 31 a part of it, 20名 the same as 二十名.
    options = made("31名", "三十一", "二十名", "20名", "百二十名", "四十名", "五十名")
    assert set(options.texts) == {"三十一名", "二十名", "百二十名", "四十名", "五十名"}


def test_numbers_that_are_none_are_left_out() -> None:
    options = made("三十十名", "百十百名", "十名", "二十名", "四十名", "五十名")
    assert set(options.texts) == {"三十一名", "十名", "二十名", "四十名", "五十名"}


def test_answers_of_the_same_form_take_the_place_of_missing_ones() -> None:
    # 七名 stands in the sentence and 31名 is the answer: of five alike two are left.
    options = made("十名", "二十名", alike=["七名", "31名", "八十名", "九名"])
    assert set(options.texts) == {"三十一名", "十名", "二十名", "八十名", "九名"}
    enough = made("十名", "二十名", "四十名", "五十名", alike=["八十名"])
    assert "八十名" not in enough.texts


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (["十名", "二十名", "四十名"], "too_few_options"),
        (["十名", "10名", "二十名", "四十名"], "too_few_options"),
        (["十名", "七名", "二十名", "四十名"], "option_in_evidence"),
        ([], "too_few_options"),
    ],
)
def test_too_few_or_true_options_are_a_rejection(wrong: list[str], reason: str) -> None:
    with pytest.raises(RejectedError) as caught:
        made(*wrong)
    assert caught.value.reason == reason
    assert "right: 三十一名" in str(caught.value)


class Scores:
    """Gives probabilities with the passage, and others without."""

    def __init__(self, with_passage: Sequence[float], without: Sequence[float]) -> None:
        self._with, self._without = list(with_passage), list(without)

    def count_tokens(self, text: str) -> int:
        return len(text)

    def score(self, question: str, options: Sequence[str], passages: str) -> OptionScores:
        assert question == WRITTEN.question
        assert tuple(options) == OPTIONS.texts
        assert not passages or SENTENCE.quote in passages
        return OptionScores(self._with if passages else self._without)


UNKNOWN = (0.6, 0.1, 0.1, 0.1, 0.1)


def test_one_right_option_that_needs_the_passage_passes() -> None:
    found = check_options(Scores((0.1, 0.7, 0.1, 0.05, 0.05), UNKNOWN), PASSAGE, WRITTEN, OPTIONS)
    assert (found.right, found.next) == (0.7, 0.1)
    assert (found.closed_book_right, found.closed_book_next) == (0.1, 0.6)


@pytest.mark.parametrize(
    ("with_passage", "without", "reason", "message"),
    [
        ((0.5, 0.3, 0.1, 0.05, 0.05), UNKNOWN, "another_option", "A has 0.50, the right one 0.30"),
        ((0.35, 0.6, 0.05, 0, 0), UNKNOWN, "no_clear_option", "right 0.60, A 0.35"),
        ((0.15, 0.4, 0.15, 0.15, 0.15), UNKNOWN, "no_clear_option", "right 0.40"),
        ((0, 1, 0, 0, 0), (0.2, 0.4, 0.2, 0.1, 0.1), "closed_book", "without the passage 0.40"),
    ],
)
def test_two_right_options_or_none_or_a_known_answer_are_a_rejection(
    with_passage: Sequence[float], without: Sequence[float], reason: str, message: str
) -> None:
    with pytest.raises(RejectedError, match=message) as caught:
        check_options(Scores(with_passage, without), PASSAGE, WRITTEN, OPTIONS)
    assert caught.value.reason == reason
