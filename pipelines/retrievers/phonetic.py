"""Nodes in which the question's terms are heard, however the recogniser wrote them."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.mora_alignment import MoraTexts
from pipelines.japanese.readings import MoraTokenizerSettings
from pipelines.japanese.sounding_terms import SoundingTerm, sounding_terms
from pipelines.parts import Collection, Parts
from pipelines.retrievers.scored_nodes import scored_nodes
from pipelines.retrievers.searched_collection import Level, searched_collection
from pipelines.word_index import WordIndex

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
        terms = sounding_terms(query_bundle.query_str, self._tokenizer)
        evidence = [self._first_stage(term) for term in terms]
        node_ids = sorted({node_id for found in evidence for node_id in found})
        if not node_ids:
            return []
        texts = MoraTexts(self._collection.token_sequences(self._index, node_ids))
        total = np.zeros(len(node_ids))
        weights = 0.0
        for term, found in zip(terms, evidence, strict=True):
            heard = self._heard(term, texts)
            shares = np.array([found.get(node_id, 0.0) for node_id in node_ids])
            weight = _rarity(heard, len(node_ids))
            total += weight * (heard + self._settings.evidence * shares * (heard > 0))
            weights += weight
        scores = total / weights
        hits = [(node_id, float(s)) for node_id, s in zip(node_ids, scores, strict=True) if s > 0]
        return scored_nodes(self._collection, hits, self._settings.top_k)

    def _first_stage(self, term: SoundingTerm) -> dict[str, float]:
        """The best candidates by pairs of morae, each as a share of the best."""
        hits = self._collection.search_words(self._index, term.text, self._settings.candidates)
        return {node_id: score / hits[0][1] for node_id, score in hits}

    def _heard(self, term: SoundingTerm, texts: MoraTexts) -> NDArray[np.float64]:
        """How well the term is heard in each text, 0 below `least`, its likeliest way of saying."""
        best = np.max([texts.similarity(way) for way in term.ways], axis=0)
        least = self._settings.least
        shares: NDArray[np.float64] = np.clip((best - least) / (1 - least), 0.0, 1.0)
        return shares


def _rarity(heard: NDArray[np.float64], nodes: int) -> float:
    """BM25's inverse frequency, of how much of the candidates the term is heard in."""
    frequency = float(heard.sum())
    return math.log(1 + (nodes - frequency + 0.5) / (frequency + 0.5))
