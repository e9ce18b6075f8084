"""Searching with a passage that the language model imagines for the question."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import HYPOTHETICAL
from pipelines.question_embedding import question_embedding
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.written_queries import Language, NodeByQueries, written

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings

log = logging.getLogger(__name__)


class HydeRetrieverSettings(ComponentSettings):
    """`inner` asked with a passage that might answer the question (hypothetical document).

    The language model writes the passage in `language`, at most `max_new_tokens` tokens; a wrong
    one still resembles the passages that are right. Vectors are searched with the mean of the
    question's embedding, on its query side, and the passage's, on the passage side; words with the
    question and the passage. Without `include_question` the passage alone is searched. If the model
    writes nothing, the question is searched as it is, and the log says so.

    Source: Gao, Ma, Lin & Callan 2022, arXiv:2212.10496 (there with several passages).
    """

    needs_llm: ClassVar[bool] = True

    kind: Literal["hyde"] = "hyde"
    top_k: int = Field(default=20, ge=1)
    inner: RetrieverSettings = Field(default_factory=FusionRetrieverSettings)
    include_question: bool = True
    language: Language = "ja"
    max_new_tokens: int = Field(default=120, ge=1)

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever; without an embedding model, `inner` searches words alone.

        Raises:
            ConfigError: There is no language model, or what `inner` needs is not configured.
        """
        if parts.llm is None:
            raise ConfigError("retriever.hyde: needs a language model: set llm")
        return HydeRetriever(self, parts.llm, parts.embed_model, self.inner.build(parts))


class HydeRetriever(BaseRetriever):
    """See HydeRetrieverSettings. Order and scores are the inner retriever's.

    Each node's `queries` hold the passage, and `ranks` its rank.
    """

    def __init__(
        self,
        settings: HydeRetrieverSettings,
        llm: ChoiceLLM,
        embed_model: BaseEmbedding | None,
        inner: BaseRetriever,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm
        self._embed_model = embed_model
        self._inner = inner

    def passage(self, question: str) -> str:
        """The passage as the model writes it; may be "".

        Raises:
            YomitokiError: Generation failed.
        """
        prompt, most = HYPOTHETICAL[self._settings.language], self._settings.max_new_tokens
        return written(self._llm, prompt, question, max_new_tokens=most)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passage = self.passage(query_bundle.query_str)
        if passage:
            log.info("hyde: passage: %s", " ".join(passage.split()))
            query = self._query(query_bundle, passage)
        else:
            log.warning("hyde: the model wrote no passage; the question is searched as it is")
            query = query_bundle
        found = self._inner.retrieve(query)[: self._settings.top_k]
        queries = (passage,) if passage else ()
        return [
            NodeByQueries(node=hit.node, score=hit.score, queries=queries, ranks=(rank,))
            for rank, hit in enumerate(found, 1)
        ]

    def _query(self, query: QueryBundle, passage: str) -> QueryBundle:
        model, both = self._embed_model, self._settings.include_question
        text = f"{query.query_str}\n{passage}" if both else passage
        if model is None:
            return QueryBundle(text)
        embedding = model.get_text_embedding(passage)
        if both:
            own = question_embedding(query, model)
            embedding = mean_direction([own, embedding])
        return QueryBundle(text, embedding=embedding)


def mean_direction(vectors: Sequence[Sequence[float]]) -> list[float]:
    """The mean of vectors, scaled to length 1; of opposite ones, the zero vector.

    Only its direction counts for a cosine; the length is that of the nodes' own embeddings.
    """
    mean = [sum(values) / len(vectors) for values in zip(*vectors, strict=True)]
    length = math.hypot(*mean)
    return [value / length for value in mean] if length else mean
