"""Control arms: a retriever that finds the gold, and one that searches for another question."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from evals.metrics.gold_quote import GoldQuote
from evals.sample import Sample
from pipelines.component import ComponentSettings
from pipelines.part_wrapper import PartWrapper


class OracleWrapper(PartWrapper):
    """In place of the retriever, one that returns the gold evidence of the question."""

    def __init__(self, nodes: Mapping[str, list[TextNode]]) -> None:
        """
        Args:
            nodes: The gold of each question, by the question.
        """
        self._nodes = nodes

    def retriever(self, settings: ComponentSettings, built: BaseRetriever) -> BaseRetriever:  # noqa: ARG002
        """The oracle."""
        return _Oracle(self._nodes)


class _Oracle(BaseRetriever):
    def __init__(self, nodes: Mapping[str, list[TextNode]]) -> None:
        super().__init__()
        self._nodes = nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._nodes.get(query_bundle.query_str, [])
        return [NodeWithScore(node=node, score=1.0) for node in found]


def gold_nodes(
    sample: Sample, quotes: Sequence[GoldQuote], texts: Mapping[str, str]
) -> list[TextNode]:
    """A node for each gold quote, at its first place; then the sample's own context.

    Passages that are relevant as a whole are quotes of all their text.
    """
    nodes = []
    for quote in quotes:
        start, end = quote.places[0]
        nodes.append(_node(quote.source, start, texts[quote.source][start:end]))
    for number, sentence in enumerate(sample.context, start=1):
        nodes.append(_node(f"context {number}", 0, sentence))
    return nodes


def _node(source: str, start: int, text: str) -> TextNode:
    node = TextNode(text=text, start_char_idx=start, end_char_idx=start + len(text))
    node.metadata["source"] = source
    return node


class ShuffledWrapper(PartWrapper):
    """Retrieves for another question than the one that is asked."""

    def __init__(self, partners: Mapping[str, str]) -> None:
        """
        Args:
            partners: By the question, the one that is searched for instead.
        """
        self._partners = partners

    def retriever(self, settings: ComponentSettings, built: BaseRetriever) -> BaseRetriever:  # noqa: ARG002
        """The retriever, asked for the partner."""
        return _Shuffled(built, self._partners)


class _Shuffled(BaseRetriever):
    def __init__(self, built: BaseRetriever, partners: Mapping[str, str]) -> None:
        super().__init__()
        self._built = built
        self._partners = partners

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        asked = query_bundle.query_str
        return self._built.retrieve(QueryBundle(self._partners.get(asked, asked)))


def partners(questions: Sequence[str], seed: int) -> dict[str, str]:
    """Another question for each, every one used once: a random cycle through all of them."""
    order = list(dict.fromkeys(questions))
    random.Random(seed).shuffle(order)
    return dict(zip(order, [*order[1:], *order[:1]], strict=True))
