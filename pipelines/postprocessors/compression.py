"""Keeps the sentences of all nodes that fit the question best, inside one budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.grams import grams, rarity, shared_rarity
from pipelines.japanese.sentences import split_sentences
from pipelines.parts import Parts
from pipelines.postprocessors.joined_spans import with_span
from pipelines.question_embedding import question_embedding
from pipelines.speaker_turns import part_metadata

# As in reciprocal_rank_fusion (Cormack, Clarke & Büttcher 2009).
_RRF_K = 60
# Sentences whose length is remembered: a budget asks for the same ones again and again.
_COUNTED = 4096

Measure = Literal["words", "meaning", "both"]


class CompressionSettings(ComponentSettings):
    """Cuts nodes down to the sentences that matter for the question.

    `by` says how a sentence is compared with the question: `words` by the rare character bigrams
    that it shares with it, which costs nothing; `meaning` by the cosine of embeddings, which
    embeds every sentence (about 50 a second on two CPU cores); `both` by the sum of the reciprocal
    ranks of the two. The ranking of the nodes counts as well: a sentence's score is divided by its
    node's rank (from 1) to the power of `rank_weight`; 0 leaves it out.

    The best sentences over all nodes are kept, each with `keep_around` sentences of its node before
    and after it, as long as they fit: into `max_tokens` of the language model, or, without it, into
    `max_chars` characters, for which no model is loaded. What does not fit is skipped, and shorter
    ones behind it may still fit. By `words`, sentences that share nothing are not kept, unless none
    shares anything (a question in another language): then the first ones of the best nodes are.
    """

    kind: Literal["compression"] = "compression"
    by: Measure = "words"
    max_chars: int = Field(default=1000, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    keep_around: int = Field(default=1, ge=0, le=10)
    rank_weight: float = Field(default=0.5, ge=0, le=4)

    @override
    def asks_llm(self) -> bool:
        """Whether tokens are counted."""
        return self.max_tokens is not None

    def build(self, parts: Parts) -> BaseNodePostprocessor:
        """The postprocessor.

        Raises:
            ConfigError: `max_tokens` without a language model, or `meaning` without an embedding.
        """
        if self.max_tokens is not None and parts.llm is None:
            raise ConfigError(
                "compression.max_tokens: needs a language model: configure llm, or use max_chars"
            )
        if self.by != "words" and parts.embed_model is None:
            raise ConfigError(
                f"compression.by={self.by}: needs an embedding model: set embedding, or by: words"
            )
        if self.max_tokens is None or parts.llm is None:
            return Compression(self, self.max_chars, len, parts.embed_model)
        return Compression(self, self.max_tokens, parts.llm.count_tokens, parts.embed_model)


@dataclass(frozen=True)
class _Sentence:
    """text[start:end] of node `rank` (0 is the best); `gap` parts it from the sentence before."""

    rank: int
    start: int
    end: int
    text: str
    gap: str


class Compression(BaseNodePostprocessor):
    """See CompressionSettings.

    Each run of neighbouring kept sentences is a node of its own: an exact slice with its own span
    and times (interpolated by place), the score of the node that it comes from, and the id
    ``<node id>:<start>-<end>`` (characters of the node), or the node's own where all of it stays.
    Nodes keep their order, and runs of one node that of the text.
    """

    _settings: CompressionSettings = PrivateAttr()
    _budget: int = PrivateAttr()
    _count: Callable[[str], int] = PrivateAttr()
    _embed_model: BaseEmbedding | None = PrivateAttr()

    def __init__(
        self,
        settings: CompressionSettings,
        budget: int,
        count: Callable[[str], int],
        embed_model: BaseEmbedding | None,
    ) -> None:
        """Fit what is kept of all nodes into `budget`, as `count` measures a text."""
        super().__init__()
        self._settings = settings
        self._budget = budget
        self._count = lru_cache(_COUNTED)(count)
        self._embed_model = embed_model

    @classmethod
    def class_name(cls) -> str:
        return "Compression"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("compression: no question given")
        sentences = [
            sentence
            for rank, hit in enumerate(nodes)
            for sentence in _sentences(rank, hit.node.get_content(MetadataMode.NONE))
        ]
        kept = self._chosen(sentences, self._scores(sentences, query_bundle))
        return [
            NodeWithScore(node=_part(nodes[rank].node, start, end), score=nodes[rank].score)
            for rank, start, end in _runs(sentences, kept)
        ]

    def _scores(self, sentences: Sequence[_Sentence], query: QueryBundle) -> list[float]:
        weight = self._settings.rank_weight
        return [
            score / (1 + sentence.rank) ** weight
            for score, sentence in zip(self._fits(sentences, query), sentences, strict=True)
        ]

    def _fits(self, sentences: Sequence[_Sentence], query: QueryBundle) -> list[float]:
        """How well each sentence fits the question, at least 0, whatever its node's rank."""
        if self._settings.by == "words" or not sentences:
            return _by_words(sentences, query.query_str)
        meaning = self._by_meaning(sentences, query)
        if self._settings.by == "meaning":
            return meaning
        words = _by_words(sentences, query.query_str)
        return [a + b for a, b in zip(_reciprocal(words), _reciprocal(meaning), strict=True)]

    def _by_meaning(self, sentences: Sequence[_Sentence], query: QueryBundle) -> list[float]:
        """Cosines of the sentences, on the passage side, with the question; 0 for those below."""
        model = self._embed_model
        if model is None:
            raise ConfigError("compression: needs an embedding model")
        asked = np.array(question_embedding(query, model))
        rows = np.array(model.get_text_embedding_batch([s.text for s in sentences]))
        lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(asked)
        cosines = rows @ asked / np.maximum(lengths, 1e-12)
        above: list[float] = np.maximum(cosines, 0.0).tolist()
        return above

    def _chosen(self, sentences: Sequence[_Sentence], scores: Sequence[float]) -> set[int]:
        """Indices of the sentences that are kept; at least one if there are any."""
        order = sorted(range(len(sentences)), key=lambda i: (-scores[i], i))
        if self._settings.by == "words" and any(scores):
            order = [i for i in order if scores[i] > 0]
        chosen: set[int] = set()
        for best in order:
            wide, bare = chosen | self._around(sentences, best), chosen | {best}
            if self._size(sentences, wide) <= self._budget:
                chosen = wide
            elif not chosen or self._size(sentences, bare) <= self._budget:
                chosen = bare
        return chosen

    def _around(self, sentences: Sequence[_Sentence], at: int) -> set[int]:
        """A sentence and those of its node that are kept with it."""
        k = self._settings.keep_around
        near = range(max(0, at - k), min(len(sentences), at + k + 1))
        return {i for i in near if sentences[i].rank == sentences[at].rank}

    def _size(self, sentences: Sequence[_Sentence], kept: Collection[int]) -> int:
        """What the kept sentences cost together, with what stands between neighbours."""
        return sum(
            self._count(
                sentences[i].gap + sentences[i].text if i - 1 in kept else sentences[i].text
            )
            for i in kept
        )


def _sentences(rank: int, text: str) -> Iterator[_Sentence]:
    reached = 0
    for start, end in split_sentences(text):
        yield _Sentence(rank, start, end, text[start:end], text[reached:start])
        reached = end


def _by_words(sentences: Sequence[_Sentence], question: str) -> list[float]:
    held = [grams(sentence.text) for sentence in sentences]
    weights, asked = rarity(held), grams(question)
    return [shared_rarity(one, weights, asked) for one in held]


def _reciprocal(scores: Sequence[float]) -> list[float]:
    """1 / (60 + rank) of each score; 0 for one that is not above 0."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    ranks = {i: rank for rank, i in enumerate(order, 1)}
    return [1 / (_RRF_K + ranks[i]) if score > 0 else 0.0 for i, score in enumerate(scores)]


def _runs(sentences: Sequence[_Sentence], kept: Collection[int]) -> list[tuple[int, int, int]]:
    """(rank, start, end) of each stretch of neighbouring kept sentences, in order."""
    numbered = enumerate(sorted(kept))
    runs = []
    for _, group in groupby(
        numbered, key=lambda pair: (sentences[pair[1]].rank, pair[1] - pair[0])
    ):
        run = [sentences[i] for _, i in group]
        runs.append((run[0].rank, run[0].start, run[-1].end))
    return runs


def _part(node: BaseNode, start: int, end: int) -> BaseNode:
    """text[start:end] of a node as a node."""
    text = node.get_content(MetadataMode.NONE)
    if (start, end) == (0, len(text)):
        return node
    offset = getattr(node, "start_char_idx", None)
    first, last = (None, None) if offset is None else (offset + start, offset + end)
    part = with_span(node, text[start:end], first, last, part_metadata(node, start, end))
    return part.model_copy(update={"id_": f"{node.node_id}:{start}-{end}"})
