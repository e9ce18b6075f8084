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
        scores: dict[str, float] = {}
        weights = 0.0
        for term in terms:
            node_ids, heard = self._heard(term)
            weight = _rarity(heard, self._settings.candidates)
            weights += weight
            for node_id, share in zip(node_ids, heard, strict=True):
                if share > 0:
                    scores[node_id] = scores.get(node_id, 0.0) + weight * float(share)
        hits = [(node_id, score / weights) for node_id, score in scores.items()]
        return scored_nodes(self._collection, hits, self._settings.top_k)

    def _heard(self, term: SoundingTerm) -> tuple[list[str], NDArray[np.float64]]:
        """The candidates of a term, and how well it is heard in each: 0 below `least`."""
        # Not above: it loads a compiler, and commands that listen for nothing must start at once.
        from pipelines.japanese.mora_alignment import MoraTexts

        found = self._collection.search_words(self._index, term.text, self._settings.candidates)
        if not found:
            return [], np.empty(0)
        node_ids = [node_id for node_id, _ in found]
        tokens = self._collection.token_sequences(self._index, node_ids)
        texts = MoraTexts(tokens.vocabulary, tokens.rows)
        best = np.max([texts.similarity(way) for way in term.ways], axis=0)
        least = self._settings.least
        heard = np.clip((best - least) / (1 - least), 0.0, 1.0)
        evidence = np.array([score / found[0][1] for _, score in found])
        return node_ids, heard + self._settings.evidence * evidence * (heard > 0)


def _rarity(heard: NDArray[np.float64], nodes: int) -> float:
    """BM25's inverse frequency, of how much of so many candidates the term is heard in."""
    frequency = min(float(heard.sum()), float(nodes))
    return math.log(1 + (nodes - frequency + 0.5) / (frequency + 0.5))
