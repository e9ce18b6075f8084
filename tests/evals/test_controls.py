from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from evals.controls import OracleWrapper, ShuffledWrapper, gold_nodes, partners
from evals.metrics.gold_quote import GoldQuote
from evals.sample import Sample
from pipelines.document import span
from pipelines.retrievers.dense import DenseRetrieverSettings


class Echo(BaseRetriever):
    """A node that holds what was searched for."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text=query_bundle.query_str), score=1.0)]


def test_the_oracle_returns_the_evidence_and_nothing_for_others() -> None:
    sample = Sample("q", "いつ？", context=("夜七時です。",))
    nodes = gold_nodes(sample, [GoldQuote("a.md", ((2, 5), (9, 12)))], {"a.md": "前の川会議です。"})
    assert [(node.text, node.metadata["source"]) for node in nodes] == [
        ("川会議", "a.md"), ("夜七時です。", "context 1"),
    ]  # fmt: skip
    assert span(nodes[0]) == (2, 5)
    oracle = OracleWrapper({"いつ？": nodes}).retriever(DenseRetrieverSettings(), Echo())
    assert [hit.node.get_content() for hit in oracle.retrieve("いつ？")] == [
        "川会議",
        "夜七時です。",
    ]
    assert oracle.retrieve("どこ？") == []


def test_a_shuffled_context_is_another_questions() -> None:
    asked = ["一？", "二？", "三？", "四？"]
    others = partners(asked, seed=1)
    assert set(others) == set(others.values()) == set(asked)
    assert all(question != other for question, other in others.items())
    assert partners(asked, seed=1) == others
    shuffled = ShuffledWrapper(others).retriever(DenseRetrieverSettings(), Echo())
    assert shuffled.retrieve("一？")[0].node.get_content() == others["一？"]
