from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.japanese.mora_alignment import MoraTexts
from pipelines.japanese.mora_scores import TABLES, gap_score, mora_score
from pipelines.japanese.morae import morae

MORAE = st.lists(st.sampled_from(["ka", "ga", "ki", "N", "R", "sha", "o"]), max_size=6)


def by_definition(word: list[str], text: list[str]) -> float:
    """The best of all alignments of the whole word with text[start:], its end free; recursively."""

    @cache
    def best(i: int, j: int) -> float:
        if i == len(word):
            return 0.0
        ways = [best(i + 1, j) - gap_score(word[i])]
        if j < len(text):
            ways += [
                best(i + 1, j + 1) + mora_score(word[i], text[j]),
                best(i, j + 1) - gap_score(text[j]),
            ]
        return max(ways)

    own = sum(mora_score(mora, mora) for mora in word)
    starts = [best(0, start) for start in range(len(text) + 1)]
    return min(1.0, max(0.0, max(starts) / own))


@settings(deadline=None)
@given(MORAE.filter(bool), st.lists(MORAE, min_size=1, max_size=4))
def test_similarity_is_the_best_alignment(word: list[str], texts: list[list[str]]) -> None:
    found = MoraTexts.of(texts).similarity(word)
    # Single precision: a text of 500 morae is scored to about 1e-5.
    assert found == pytest.approx([by_definition(word, text) for text in texts], abs=1e-5)


def test_what_is_heard_as_it_was_said_is_one_wherever_it_stands() -> None:
    word = morae("キョウカガクシュウ")
    texts = [morae("ホンジツノキョウカガクシュウノハナシ"), morae("ホンジツノハナシ"), []]
    whole, none, empty = MoraTexts.of(texts).similarity(word)
    assert (whole, empty) == (pytest.approx(1.0), 0.0)
    assert none < 0.3


def test_texts_of_all_lengths_are_heard_together() -> None:
    word = morae("スイロ")
    texts = [morae("アメ" * times + "スイロ") for times in (0, 1, 300, 2, 40)]
    assert MoraTexts.of([*texts, []]).similarity(word) == pytest.approx([1.0] * 5 + [0.0], abs=1e-4)


def test_likelier_confusions_are_more_similar() -> None:
    """A lost voicing, a lost small vowel and a lost length, each against an unrelated word."""
    for said, near, far in (
        ("カイリョウ", "ガイリョウ", "テイアン"),
        ("クウェンサン", "クエンサン", "タカダイ"),
        ("サーバー", "サーバ", "ヒミツ"),
    ):
        close, distant = MoraTexts.of([morae(near), morae(far)]).similarity(morae(said))
        assert close > 0.5 > distant


def test_scores_are_symmetrical_and_highest_for_the_same_mora() -> None:
    for table in TABLES:
        assert np.array_equal(table, table.T)
    for mora in ("ka", "kyo", "N", "R", "shi", "a"):
        others = [mora_score(mora, other) for other in ("ta", "myu", "Q", "e") if other != mora]
        assert mora_score(mora, mora) > max(others)


def test_nothing_is_similar_to_nothing() -> None:
    assert list(MoraTexts.of([["ka"]]).similarity([])) == [0.0]
    assert list(MoraTexts.of([]).similarity(["ka"])) == []
