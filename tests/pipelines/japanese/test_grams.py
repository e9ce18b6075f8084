from __future__ import annotations

import math

import pytest

from pipelines.japanese.grams import grams, rarity, shared_rarity


def test_grams_are_of_letters_and_digits_alone() -> None:
    assert grams("Ａb、 堰 です。") == {"ab", "b堰", "堰で", "です"}
    assert grams("あ。") == set()
    assert grams("abcd", 3) == {"abc", "bcd"}


def test_rare_grams_weigh_more() -> None:
    weights = rarity([{"ab", "bc"}, {"ab"}, set()])
    assert weights == pytest.approx({"ab": math.log(1 + 3 / 2), "bc": math.log(4)})


def test_shared_weight_is_divided_by_the_root_of_the_length() -> None:
    weights = {"ab": 2.0, "bc": 3.0, "cd": 5.0}
    sentence = {"ab", "bc", "cd", "de", "ef", "fg"}  # 10 + 6 grams: divided by 4
    weights |= dict.fromkeys(sentence - weights.keys(), 1.0)
    assert shared_rarity(sentence, weights, {"ab", "zz"}) == 0.5
    # ab is asked and answered and counts once; bc is only in the answer and counts twice.
    assert shared_rarity(sentence, weights, {"ab"}, {"ab", "bc"}, 2.0) == 2.0
    assert shared_rarity(sentence, weights, {"zz"}) == 0
