from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from typing_extensions import override

from pipelines.document import span
from pipelines.errors import ConfigError
from pipelines.japanese.sentences import split_sentences
from pipelines.parts import Parts
from pipelines.postprocessors.compression import CompressionSettings
from tests.pipelines.scripted_llm import ScriptedLLM

FIRST = "会議は九時に始まった。魚道の工費は三億円である。委員は五人いる。"
SECOND = "天気は晴れだった。工費の残りは県が出す。昼食は弁当だった。"
QUESTION = "魚道の工費は？"


def node(text: str, start: int | None = 0, id_: str = "n", **metadata: Any) -> TextNode:
    end = None if start is None else start + len(text)
    return TextNode(id_=id_, text=text, start_char_idx=start, end_char_idx=end, metadata=metadata)


def compressed(
    nodes: list[TextNode], question: str = QUESTION, parts: Parts | None = None, **options: Any
) -> list[NodeWithScore]:
    hits = [NodeWithScore(node=n, score=1 / (i + 1)) for i, n in enumerate(nodes)]
    part = CompressionSettings(**{"keep_around": 0, **options}).build(parts or Parts())
    return part.postprocess_nodes(hits, QueryBundle(question))


def texts(found: list[NodeWithScore]) -> list[str]:
    return [hit.node.get_content() for hit in found]


def test_sentences_that_share_the_questions_words_are_kept_in_the_order_of_the_nodes() -> None:
    # 12 + 10 characters share 魚道 and 工費; the others share nothing but の.
    found = compressed([node(SECOND, 100, "b"), node(FIRST, 0, "a")])
    assert texts(found) == ["工費の残りは県が出す。", "魚道の工費は三億円である。"]
    assert [hit.score for hit in found] == [1.0, 0.5]


def test_the_budget_takes_the_best_and_skips_what_does_not_fit() -> None:
    nodes = [node(SECOND, 100, "b"), node(FIRST, 0, "a")]
    assert texts(compressed(nodes, max_chars=13)) == ["魚道の工費は三億円である。"]
    assert texts(compressed(nodes, max_chars=5)) == ["魚道の工費は三億円である。"], "never nothing"


def test_runs_are_slices_with_their_own_span_time_and_id() -> None:
    # 33 characters in 33 seconds; the sentence is the 11th to the 23rd character.
    assert (len(FIRST), FIRST.index("魚"), FIRST.index("委")) == (32, 11, 24)
    (found,) = compressed([node(FIRST, 500, "a", source="t.md", t_start=10.0, t_end=42.0)])
    assert span(found.node) == (511, 524)
    assert found.node.metadata == {"source": "t.md", "t_start": 21.0, "t_end": 34.0}
    assert found.node.node_id == "a:11-24"


def test_neighbours_come_along_and_runs_that_touch_are_one() -> None:
    text = "一の話。工費は三億円。二の話。三の話。工費は県が出す。四の話。"
    assert texts(compressed([node(text)])) == ["工費は三億円。", "工費は県が出す。"]
    assert texts(compressed([node(text)], keep_around=1)) == [text]
    # The bare sentences have 7 + 8 characters; only one gets its neighbours (4 + 4).
    found = compressed([node(text)], keep_around=1, max_chars=23)
    assert "".join(texts(found)).count("工費は") == 2
    assert sum(map(len, texts(found))) == 23


def test_the_rank_of_a_node_counts_as_far_as_it_is_told_to() -> None:
    # The fourth node shares four bigrams of the question and the first one; a sixteenth of its
    # score is less than that one.
    nodes = [node(text, i * 50, str(i)) for i, text in enumerate(["工費の話。", "一。", "二。"])]
    nodes.append(node("魚道の工費。", 200, "3"))
    assert texts(compressed(nodes, max_chars=6, rank_weight=0)) == ["魚道の工費。"]
    assert texts(compressed(nodes, max_chars=6, rank_weight=2)) == ["工費の話。"]


def test_neighbours_never_come_from_another_node() -> None:
    nodes = [node("工費は三億円。", 0, "a"), node("次の話。", 50, "b")]
    assert texts(compressed(nodes, keep_around=3)) == ["工費は三億円。"]


def test_a_node_of_which_all_stays_is_the_node_itself() -> None:
    whole = node("工費は三億円。", 3, "a")
    assert compressed([whole])[0].node is whole


def test_a_question_that_shares_nothing_keeps_the_beginning_of_the_best() -> None:
    nodes = [node(SECOND, 100, "b"), node(FIRST, 0, "a")]
    assert texts(compressed(nodes, "How much?", max_chars=20)) == [
        "天気は晴れだった。工費の残りは県が出す。"
    ]


def test_tokens_are_the_models_and_a_model_is_asked_for() -> None:
    parts = Parts(llm=ScriptedLLM())  # a token a character
    nodes = [node(SECOND, 100, "b"), node(FIRST, 0, "a")]
    found = compressed(nodes, parts=parts, max_tokens=23, max_chars=1000)
    assert texts(found) == ["魚道の工費は三億円である。"]
    assert len(compressed(nodes, parts=parts, max_tokens=24, max_chars=1)) == 2
    assert CompressionSettings(max_tokens=5).asks_llm()
    assert not CompressionSettings().asks_llm()


class Axes(BaseEmbedding):
    """Money on one axis, all else on the other; questions are about money."""

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return [1.0, 0.0]

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return [1.0, 0.0]

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        return [3.0, 0.0] if "円" in text else [1.0, 1.0]


def test_meaning_finds_what_shares_no_words() -> None:
    parts = Parts(embed_model=Axes())
    text = "いくらかは不明です。三億円です。いくらでも。"
    assert texts(compressed([node(text)], "いくら？", parts, max_chars=6)) == ["いくらでも。"]
    found = compressed([node(text)], "いくら？", parts, by="meaning", max_chars=6)
    assert texts(found) == ["三億円です。"]


def test_both_adds_reciprocal_ranks() -> None:
    # Ranks by words and by meaning: いくらでも 1, 3; 一億円は 2, 1; 二億円 none, 2.
    text, parts = (
        "いくらでも。一億円は、いくらかと言えば高い。二億円です。",
        Parts(embed_model=Axes()),
    )
    (found,) = compressed([node(text)], "いくら？", parts, by="both", max_chars=17)
    assert found.node.get_content() == "一億円は、いくらかと言えば高い。"
    assert texts(compressed([node(text)], "いくら？", parts, max_chars=17))[0] == "いくらでも。"


def test_an_embedding_that_the_question_brings_is_used() -> None:
    asked = QueryBundle("いくら？", embedding=[0.0, 1.0])
    part = CompressionSettings(by="meaning", max_chars=6, keep_around=0).build(
        Parts(embed_model=Axes())
    )
    hits = [NodeWithScore(node=node("三億円です。いくらでも。"), score=1.0)]
    assert texts(part.postprocess_nodes(hits, asked)) == ["いくらでも。"]


def test_a_node_without_a_span_gets_none() -> None:
    (found,) = compressed([node(FIRST, None)])
    assert found.node.get_content() == "魚道の工費は三億円である。"
    assert found.node.start_char_idx is None  # type: ignore[attr-defined]


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ConfigError, match=r"compression\.max_tokens: needs a language model"):
        CompressionSettings(max_tokens=10).build(Parts())
    with pytest.raises(ConfigError, match=r"compression\.by=meaning: needs an embedding model"):
        CompressionSettings(by="meaning").build(Parts())
    with pytest.raises(ValueError, match="no question"):
        CompressionSettings().build(Parts()).postprocess_nodes([])


def test_nothing_in_nothing_out_and_input_is_unchanged() -> None:
    assert compressed([]) == []
    assert compressed([node(" \n")]) == []
    hits = [NodeWithScore(node=node(FIRST), score=1.0)]
    before = copy.deepcopy([hit.model_dump() for hit in hits])
    CompressionSettings().build(Parts()).postprocess_nodes(hits, QueryBundle(QUESTION))
    assert [hit.model_dump() for hit in hits] == before


PIECES = st.sampled_from(
    ["工費は三億円。", "魚道の話。\n", "天気。", "\n\n", "別の長い話が続いていく。 ", "？"]
)


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.lists(PIECES, max_size=6).map("".join), max_size=4),
    budget=st.integers(1, 60),
    around=st.integers(0, 2),
)
def test_what_is_kept_are_slices_that_fit(parts: list[str], budget: int, around: int) -> None:
    document, nodes = "".join(parts), []
    for number, text in enumerate(parts):
        nodes.append(node(text, sum(map(len, parts[:number])), str(number)))
    found = compressed(nodes, max_chars=budget, keep_around=around)
    for hit in found:
        start, end = span(hit.node)
        assert hit.node.get_content() == document[start:end]
    spans = sorted(span(hit.node) for hit in found)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert len({hit.node.node_id for hit in found}) == len(found)
    total = sum(len(text) for text in texts(found))
    assert total <= budget or len(split_sentences("".join(texts(found)))) == 1
