from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest
from llama_index.core.schema import NodeWithScore, TextNode
from pydantic import ValidationError

from pipelines.document import span
from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings


def node(text: str, start: int | None = None, source: str = "a", **metadata: Any) -> TextNode:
    end = None if start is None else start + len(text)
    return TextNode(
        text=text, start_char_idx=start, end_char_idx=end, metadata={"source": source, **metadata}
    )


def deduplicated(nodes: list[TextNode], **settings: Any) -> list[NodeWithScore]:
    hits = [NodeWithScore(node=n, score=1 / (i + 1)) for i, n in enumerate(nodes)]
    return DeduplicateSettings(**settings).build(Parts()).postprocess_nodes(hits)


def kept(nodes: list[TextNode], **settings: Any) -> list[int]:
    """Which of the nodes, best first, are kept."""
    return [nodes.index(hit.node) for hit in deduplicated(nodes, **settings)]  # type: ignore[arg-type]


def test_a_node_mostly_covered_by_better_ones_is_dropped() -> None:
    # Spans 0-10, 13-23 and 6-16: the first two cover 4 and 3 of the third's 10 characters.
    nodes = [node("アカ" * 5, 0), node("イキ" * 5, 13), node("ウク" * 5, 6)]
    assert kept(nodes, max_similarity=1) == [0, 1]
    assert kept(nodes, max_overlap=0.7, max_similarity=1) == [0, 1, 2]
    assert kept([nodes[0], nodes[2]], max_similarity=1) == [0, 1], "4 of 10 are not enough"


def test_spans_of_other_documents_do_not_count() -> None:
    nodes = [node("あいうえおかきくけこ", 0), node("さしすせそたちつてと", 0, source="b")]
    assert kept(nodes) == [0, 1]


def test_overlapping_covers_count_once() -> None:
    # The third is 20-30; 14-24 and 0-23 cover 4 of its 10 characters together, not 4 and 3.
    nodes = [node("アカ" * 5, 14), node("イキ" * 11 + "ク", 0), node("ウク" * 5, 20)]
    assert kept(nodes, max_similarity=1) == [0, 1, 2]


TEXT = "魚道の工費は三億円です。工期は二年です。完成は秋の予定です。"


def at(start: int, end: int, **metadata: Any) -> TextNode:
    return node(TEXT[start:end], start, **metadata)


def test_overlapping_nodes_become_their_union_at_the_better_rank() -> None:
    # 9-20 lies half (6 of 11) in 0-15; 20-30 touches neither.
    nodes = [at(0, 15), at(20, 30), at(9, 20)]
    found = deduplicated(nodes, overlapping="merge")
    assert [span(hit.node) for hit in found] == [(0, 20), (20, 30)]
    assert [hit.node.get_content() for hit in found] == [TEXT[:20], TEXT[20:30]]
    assert [hit.score for hit in found] == [1.0, 0.5]
    assert found[0].node.node_id == nodes[0].node_id
    assert [span(hit.node) for hit in deduplicated(nodes)] == [(0, 15), (20, 30)]


def test_a_node_between_two_makes_one_of_all_three() -> None:
    nodes = [at(12, 20, t_start=12.0, t_end=20.0), at(0, 8, t_start=0.0, t_end=8.0), at(4, 16)]
    (one,) = deduplicated(nodes, overlapping="merge")
    assert (span(one.node), one.node.get_content()) == ((0, 20), TEXT[:20])
    assert one.node.node_id == nodes[0].node_id
    assert (one.node.metadata["t_start"], one.node.metadata["t_end"]) == (0.0, 20.0)


def test_merged_nodes_are_slices_in_whatever_order_they_come() -> None:
    spans = [(10, 22), (0, 14), (8, 18), (20, 30), (12, 28), (25, 30)]
    for turn in range(len(spans)):
        order = spans[turn:] + spans[:turn]
        found = deduplicated([at(*s) for s in order], overlapping="merge", max_overlap=0.1)
        merged = sorted(span(hit.node) for hit in found)
        for hit in found:
            start, end = span(hit.node)
            assert hit.node.get_content() == TEXT[start:end]
        assert {i for s in merged for i in range(*s)} == set(range(30)), "nothing is lost"
        assert all(b[0] >= a[0] for a, b in pairwise(merged))


SAID = "報酬の定義が重要になってきます。では二つの報酬を用います。"
MISHEARD = "報酬の定義が 重要になってきます。では二つの募集を用います。"
OTHER = "ファインチューニングは学習時に外部知識を使う手法です。"


def test_the_same_words_in_another_recording_are_dropped() -> None:
    first, second = {"recording_id": "r1"}, {"recording_id": "r2"}
    nodes = [node(SAID, 0, **first), node(MISHEARD, 900, **second), node(OTHER, 2000, **second)]
    assert kept(nodes) == [0, 2]
    assert kept(nodes, max_similarity=1) == [0, 1, 2]
    assert kept([node(SAID, 0), node(MISHEARD, 0, "b")]) == [0], "in another file"


def test_inside_a_document_what_differs_in_a_word_is_no_repetition() -> None:
    nodes = [node("| 実験5 | 精度 | 0.914 |", 0), node("| 実験6 | 精度 | 0.912 |", 50)]
    assert kept(nodes) == [0, 1]
    # 3 of the 7 trigrams of 実験6精度0912: 精度0 度09 091.
    assert kept(nodes, within_document=True, max_similarity=0.42) == [0]
    same = [node(SAID, 0), node(SAID.replace("。", "、"), 50), node(SAID[3:15], 100)]
    assert kept(same) == [0], "nothing new is"


def test_similarity_is_the_share_of_the_lower_ranked_nodes_trigrams() -> None:
    # abcdef has the trigrams abc bcd cde def; two of the four stand in abcdxyz (abc, bcd).
    nodes = [node("abcdxyz"), node("abcdef", source="b")]
    assert kept(nodes, max_similarity=0.5) == [0, 1]
    assert kept(nodes, max_similarity=0.49) == [0]
    # A longer node is not dropped for a short one that it holds: 2 of 5 trigrams.
    assert kept([node("abcd"), node("abcdefg", source="b")], max_similarity=0.5) == [0, 1]


def test_a_node_cut_in_two_elsewhere_is_held_by_both_halves_together() -> None:
    # abcdefghijkl has ten trigrams: the halves hold four each.
    nodes = [node("abcdef", source="b"), node("ghijkl", source="b"), node("abcdefghijkl")]
    assert kept(nodes, max_similarity=0.7) == [0, 1]
    assert kept(nodes, max_similarity=0.8) == [0, 1, 2]


def test_what_shares_less_than_a_fifth_is_no_part_of_a_repetition() -> None:
    # Of the 11 trigrams each of the others holds two.
    parts = ["abcd", "defg", "ghij", "jklm"]
    nodes = [*(node(p, source=p) for p in parts), node("abcdefghijklm")]
    assert kept(nodes, max_similarity=0.5) == [0, 1, 2, 3, 4]


def test_nodes_without_spans_are_compared_by_text_alone() -> None:
    assert kept([node("同じ文です。"), node("別の話だ。"), node("同じ文です。")]) == [0, 1]
    assert len(deduplicated([node(""), node("")])) == 1


def test_the_input_is_left_as_it_is() -> None:
    hits = [NodeWithScore(node=at(i, i + 12), score=0.5) for i in range(3)]
    before = copy.deepcopy([hit.model_dump() for hit in hits])
    DeduplicateSettings(overlapping="merge").build(Parts()).postprocess_nodes(hits)
    assert [hit.model_dump() for hit in hits] == before


def test_nothing_in_nothing_out() -> None:
    assert DeduplicateSettings().build(Parts()).postprocess_nodes([]) == []


def test_bounds_are_shares() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        DeduplicateSettings(max_overlap=1.5)
    with pytest.raises(ValidationError, match="greater than 0"):
        DeduplicateSettings(max_similarity=0)
