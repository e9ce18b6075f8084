"""Nodes in which the question's terms are heard, however the recogniser wrote them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.readings import MoraTokenizerSettings
from pipelines.japanese.sounding_terms import SoundingTerm, sounding_terms
from pipelines.parts import Collection, Parts
from pipelines.retrievers.scored_nodes import scored_nodes
from pipelines.retrievers.searched_collection import Level, searched_collection
from pipelines.word_index import WordIndex

if TYPE_CHECKING:
    from pipelines.japanese.mora_alignment import MoraTexts

# Runs of morae that the first stage counts.
_GRAM = 2


class PhoneticRetrieverSettings(ComponentSettings):
    """The `top_k` nodes that sound most like the question's terms, of a `level`.

    Speech recognisers write another word of the same or nearly the same sound (教科学習 for
    強化学習, クエン酸 for Qwen3). Nodes and terms are compared as morae: pairs of morae find
    `candidates` nodes a term (BM25), then each term is aligned with the most similar stretch of
    each of them. A term that is heard at less than `least` (1 is equal) counts for nothing;
    `evidence` is the weight of the first stage beside the alignment.
    """

    kind: Literal["phonetic"] = "phonetic"
    top_k: int = Field(default=20, ge=1)
    candidates: int = Field(default=300, ge=1)
    least: float = Field(default=0.2, ge=0.0, lt=1.0)
    evidence: float = Field(default=0.5, ge=0.0)
    tokenizer: MoraTokenizerSettings = MoraTokenizerSettings()
    level: Level = ""

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: No collection is open.
        """
        return PhoneticRetriever(self, searched_collection(parts, self.kind, self.level))


class PhoneticRetriever(BaseRetriever):
    """See PhoneticRetrieverSettings. Best first, scores in (0, 1 + evidence]; ties by node id.

    A node's score is the mean over the question's terms, each weighted by its rarity, of how well
    it is heard there. A question without terms (はい？) finds nothing.
    """

    def __init__(self, settings: PhoneticRetrieverSettings, collection: Collection) -> None:
        super().__init__()
        self._settings = settings
        self._collection = collection
        self._index = WordIndex(settings.tokenizer, gram=_GRAM)
        self._tokenizer = settings.tokenizer.build()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        # Not above: it loads a compiler, and commands that listen for nothing must start at once.
        from pipelines.japanese.mora_alignment import MoraTexts

        terms = sounding_terms(query_bundle.query_str, self._tokenizer)
        if not terms:
            return []
        candidates = self._settings.candidates
        hits = self._collection.search_tokens(self._index, [t.text for t in terms], candidates)
        texts = MoraTexts(hits.vocabulary, hits.flat, hits.edges)
        parts: list[NDArray[np.float64]] = []
        weights = 0.0
        for term, (rows, evidence) in zip(terms, hits.found, strict=True):
            heard = self._heard(term, texts, rows, evidence)
            weight = _rarity(heard, candidates)
            weights += weight
            parts.append(weight * heard)
        rows, places = np.unique(np.concatenate([r for r, _ in hits.found]), return_inverse=True)
        scores = np.bincount(places, np.concatenate(parts), len(rows)) / weights
        best = np.argsort(-scores, kind="stable")[: self._settings.top_k]
        found = [(hits.node_ids[rows[at]], float(scores[at])) for at in best if scores[at] > 0]
        return scored_nodes(self._collection, found, self._settings.top_k)

    def _heard(
        self,
        term: SoundingTerm,
        texts: MoraTexts,
        rows: NDArray[np.int64],
        evidence: NDArray[np.float32],
    ) -> NDArray[np.float64]:
        """How well a term is heard in each of its candidates: 0 below `least`."""
        if not len(rows):
            return np.empty(0)
        best = np.max([texts.similarity(way, rows) for way in term.ways], axis=0)
        least = self._settings.least
        heard: NDArray[np.float64] = np.clip((best - least) / (1 - least), 0.0, 1.0)
        shares = evidence.astype(np.float64) / float(evidence[0])
        return heard + self._settings.evidence * shares * (heard > 0)


def _rarity(heard: NDArray[np.float64], nodes: int) -> float:
    """BM25's inverse frequency, of how much of so many candidates the term is heard in."""
    frequency = min(float(heard.sum()), float(nodes))
    return math.log(1 + (nodes - frequency + 0.5) / (frequency + 0.5))
