"""Leaves out nodes that say what better-ranked ones say already."""

from __future__ import annotations

import unicodedata
from typing import Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle, TextNode
from pydantic import Field
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.parts import Parts

_NGRAM = 3


class DeduplicateSettings(ComponentSettings):
    """Drops a node when better-ranked nodes hold enough of it.

    `max_overlap` bounds the share of its span that they may cover in the same document
    (overlapping nodes). `max_similarity` bounds the share of its character trigrams that may
    stand in any one of them (repeated recordings of one talk, copies of a file). A bound of 1
    switches the rule off.
    """

    kind: Literal["deduplicate"] = "deduplicate"
    max_overlap: float = Field(default=0.5, gt=0, le=1)
    max_similarity: float = Field(default=0.5, gt=0, le=1)

    def build(self, parts: Parts) -> BaseNodePostprocessor:  # noqa: ARG002
        """The postprocessor; it needs no parts."""
        return DeduplicatePostprocessor(**self.model_dump(exclude={"kind"}))


class DeduplicatePostprocessor(BaseNodePostprocessor):
    """See DeduplicateSettings. Keeps the order and the best node of each group."""

    max_overlap: float = 0.5
    max_similarity: float = 0.5

    @classmethod
    def class_name(cls) -> str:
        return "DeduplicatePostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        kept: list[NodeWithScore] = []
        covered: dict[str, list[tuple[int, int]]] = {}
        seen: list[frozenset[str]] = []
        for hit in nodes:
            own, trigrams = _span(hit.node), _trigrams(hit.node.get_content())
            source = str(hit.node.metadata.get("source", hit.node.ref_doc_id))
            if own and _covered(own, covered.get(source, [])) > self.max_overlap:
                continue
            if any(_share(trigrams, other) > self.max_similarity for other in seen):
                continue
            kept.append(hit)
            seen.append(trigrams)
            if own:
                covered.setdefault(source, []).append(own)
        return kept


def _span(node: BaseNode) -> tuple[int, int] | None:
    if not isinstance(node, TextNode) or node.start_char_idx is None or node.end_char_idx is None:
        return None
    return node.start_char_idx, node.end_char_idx


def _covered(own: tuple[int, int], others: list[tuple[int, int]]) -> float:
    """The share of a span's characters that lie in any of the others."""
    start, end = own
    reached, count = start, 0
    for other_start, other_end in sorted(others):
        first, last = max(reached, other_start), min(end, other_end)
        if first < last:
            count += last - first
            reached = last
    return count / max(1, end - start)


def _trigrams(text: str) -> frozenset[str]:
    letters = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    if len(letters) <= _NGRAM:
        return frozenset([letters])
    return frozenset(letters[i : i + _NGRAM] for i in range(len(letters) - _NGRAM + 1))


def _share(trigrams: frozenset[str], other: frozenset[str]) -> float:
    return len(trigrams & other) / len(trigrams)
