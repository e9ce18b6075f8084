from __future__ import annotations

import math

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.query_engines.locating import locate


def passages(*texts: str) -> list[NodeWithScore]:
    return [NodeWithScore(node=TextNode(text=text), score=1.0) for text in texts]


def test_score_is_that_of_the_formula() -> None:
    # Bigrams: 青い い空 | 青い い海 | 白い い雲. 青い is in 2 of 3 sentences, い空 in 1.
    located = locate("青い空", "", passages("青い空。青い海。", "白い雲。"))
    assert [(s.passage, s.start, s.end) for s in located] == [(0, 0, 4), (0, 4, 8)]
    rare, common, length = math.log(1 + 3 / 1), math.log(1 + 3 / 2), math.sqrt(10 + 2)
    assert located[0].score == pytest.approx((common + rare) / length)
    assert located[1].score == pytest.approx(common / length)


def test_what_the_answer_adds_counts_twice_and_what_it_repeats_once() -> None:
    weight, length = math.log(1 + 1 / 1), math.sqrt(10 + 3)
    (sentence,) = locate("堰の改", "改修", passages("改修費。"))
    # 改修 is the answer's alone; 修費 nobody's.
    assert sentence.score == pytest.approx(2 * weight / math.sqrt(10 + 2))
    (sentence,) = locate("改修は", "改修だ", passages("改修費用。"))
    assert sentence.score == pytest.approx(weight / length)


def test_answer_decides_between_passages_that_share_the_question() -> None:
    context = passages("改修の案は三つあった。", "改修の案は部分切り下げに決まった。")
    located = locate("改修の案はどれに決まった？", "部分切り下げです。", context)
    assert located[0].passage == 1


def test_width_case_and_line_breaks_do_not_matter() -> None:
    (sentence,) = locate("ＧＳＭ８Ｋ", "", passages("データはgsm\n8k"))[:1]
    assert sentence.passage == 0


def test_nothing_in_common_locates_nothing() -> None:
    assert locate("what?", "nothing", passages("改修の案。")) == []
    assert locate("改修", "改修", []) == []
