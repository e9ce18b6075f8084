from __future__ import annotations

import math
from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.japanese.topics import telling_terms, topic_starts

SENTENCES = st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), min_size=1, max_size=7)


def cost(sentences: list[list[str]], starts: tuple[int, ...]) -> float:
    """By definition: -ln of the words' probabilities, and ln n a segment."""
    words = [word for sentence in sentences for word in sentence]
    found = 0.0
    for first, last in pairwise([*starts, len(sentences)]):
        counts = Counter(word for sentence in sentences[first:last] for word in sentence)
        for count in counts.values():
            found -= count * math.log((count + 1) / (counts.total() + len(set(words))))
        found += math.log(max(len(words), 2))
    return found


@settings(deadline=None)
@given(SENTENCES)
def test_no_other_segments_are_likelier(sentences: list[list[str]]) -> None:
    inner = range(1, len(sentences))
    every = [(0, *chosen) for n in range(len(sentences)) for chosen in combinations(inner, n)]
    least = min(cost(sentences, starts) for starts in every)
    assert cost(sentences, tuple(topic_starts(sentences))) == pytest.approx(least)


def test_other_words_begin_a_topic() -> None:
    river, model = ["堰", "魚", "川"], ["学習", "報酬", "推論"]
    assert topic_starts([river] * 5 + [model] * 6) == [0, 5]
    assert topic_starts([river] * 11) == [0]


def test_sentences_without_words_belong_to_their_neighbours() -> None:
    assert topic_starts([]) == []
    assert topic_starts([[], []]) == [0]
    starts = topic_starts([["堰", "魚"]] * 6 + [[]] + [["学習", "報酬"]] * 6)
    assert len(starts) == 2


def test_terms_that_are_more_frequent_than_elsewhere_tell_a_topic() -> None:
    # 堰: 3 ln(3/4 : 3/8) = 2.08; 川: 1/4 and 2/8 are alike; 学: 2 ln(2/4 : 2/8) = 1.39;
    # 報: ln(1/4 : 1/8) = .69.
    topics = [["堰", "川", "堰", "堰"], ["報", "学", "学", "川"]]
    assert telling_terms(topics, 5) == [["堰"], ["学", "報"]]
    assert telling_terms(topics, 1) == [["堰"], ["学"]]
    assert telling_terms([["堰"], []], 3) == [[], []]
