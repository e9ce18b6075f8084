from __future__ import annotations

import copy

import pytest
from llama_index.core.schema import NodeWithScore, TextNode
from pydantic import ValidationError

from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings


def node(text: str, start: int | None = None, source: str = "a") -> TextNode:
    end = None if start is None else start + len(text)
    return TextNode(text=text, start_char_idx=start, end_char_idx=end, metadata={"source": source})


def kept(nodes: list[TextNode], **settings: float) -> list[int]:
    """Which of the nodes, best first, are kept."""
    hits = [NodeWithScore(node=n, score=1 / (i + 1)) for i, n in enumerate(nodes)]
    found = DeduplicateSettings(**settings).build(Parts()).postprocess_nodes(hits)
    return [hits.index(hit) for hit in found]


def test_a_node_mostly_covered_by_better_ones_is_dropped() -> None:
    # Spans 0-10, 13-23 and 6-16: the first two cover 4 and 3 of the third's 10 characters.
    nodes = [node("ア" * 10, 0), node("イ" * 10, 13), node("ウ" * 10, 6)]
    assert kept(nodes, max_similarity=1) == [0, 1]
    assert kept(nodes, max_overlap=0.7, max_similarity=1) == [0, 1, 2]
    assert kept([nodes[0], nodes[2]], max_similarity=1) == [0, 1], "4 of 10 are not enough"


def test_spans_of_other_documents_do_not_count() -> None:
    nodes = [node("あいうえおかきくけこ", 0), node("さしすせそたちつてと", 0, source="b")]
    assert kept(nodes) == [0, 1]


def test_overlapping_covers_count_once() -> None:
    # The third is 20-30; 14-24 and 0-23 cover 4 of its 10 characters together, not 4 and 3.
    nodes = [node("ア" * 10, 14), node("イ" * 23, 0), node("ウ" * 10, 20)]
    assert kept(nodes, max_similarity=1) == [0, 1, 2]


def test_the_same_words_in_another_recording_are_dropped() -> None:
    said = "報酬の定義が重要になってきます。では二つの報酬を用います。"
    misheard = "報酬の定義が 重要になってきます。では二つの募集を用います。"
    other = "ファインチューニングは学習時に外部知識を使う手法です。"
    assert kept([node(said, 0), node(misheard, 900), node(other, 2000)]) == [0, 2]
    assert kept([node(said, 0), node(misheard, 900)], max_similarity=1) == [0, 1]


def test_similarity_is_the_share_of_the_lower_ranked_nodes_trigrams() -> None:
    # abcdef has the trigrams abc bcd cde def; two of the four stand in abcdxyz (abc, bcd).
    nodes = [node("abcdxyz"), node("abcdef")]
    assert kept(nodes, max_similarity=0.5) == [0, 1]
    assert kept(nodes, max_similarity=0.49) == [0]
    # A longer node is not dropped for a short one that it holds: 2 of 5 trigrams.
    assert kept([node("abcd"), node("abcdefg")], max_similarity=0.5) == [0, 1]


def test_nodes_without_spans_are_compared_by_text_alone() -> None:
    assert kept([node("同じ文です。"), node("同じ文です。"), node("別の話だ。")]) == [0, 2]
    assert kept([node(""), node("")]) == [0]


def test_the_input_is_left_as_it_is() -> None:
    hits = [NodeWithScore(node=node("同じ文です。", i), score=0.5) for i in range(3)]
    before = copy.deepcopy([hit.model_dump() for hit in hits])
    DeduplicateSettings().build(Parts()).postprocess_nodes(hits)
    assert [hit.model_dump() for hit in hits] == before


def test_nothing_in_nothing_out() -> None:
    assert DeduplicateSettings().build(Parts()).postprocess_nodes([]) == []


def test_bounds_are_shares() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        DeduplicateSettings(max_overlap=1.5)
    with pytest.raises(ValidationError, match="greater than 0"):
        DeduplicateSettings(max_similarity=0)
