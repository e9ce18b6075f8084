"""The question in several wordings, each searched, and their rankings as one."""

from __future__ import annotations

import logging
import re
import unicodedata
from typing import TYPE_CHECKING, ClassVar, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import REWORDED, REWORDED_EXAMPLES
from pipelines.retrievers.fusion import FusionRetrieverSettings, fused
from pipelines.retrievers.written_queries import Language, NodeByQueries, written
from pipelines.written_list import read_list

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings

log = logging.getLogger(__name__)


class MultiQueryRetrieverSettings(ComponentSettings):
    """Reciprocal-rank fusion of `inner` asked with the question and with `n` other wordings.

    The language model writes the wordings in `language`, at most `max_new_tokens` tokens in all.
    The question itself counts `question_weight` times as much as each of them. If the model
    writes no list, the question alone is searched, and the log says so.
    """

    needs_llm: ClassVar[bool] = True

    kind: Literal["multi_query"] = "multi_query"
    top_k: int = Field(default=20, ge=1)
    inner: RetrieverSettings = Field(default_factory=FusionRetrieverSettings)
    n: int = Field(default=3, ge=1, le=5)
    language: Language = "ja"
    max_new_tokens: int = Field(default=160, ge=1)
    question_weight: float = Field(default=1.0, gt=0)
    rrf_k: int = Field(default=60, ge=1)

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: There is no language model, or what `inner` needs is not configured.
        """
        if parts.llm is None:
            raise ConfigError("retriever.multi_query: needs a language model: set llm")
        return MultiQueryRetriever(self, parts.llm, self.inner.build(parts))


class MultiQueryRetriever(BaseRetriever):
    """See MultiQueryRetrieverSettings.

    Best first; scores as in `reciprocal_rank_fusion`; equal ones: the node that the earlier query
    ranks better, then by node id. Each node's `queries` are the question and its wordings, and
    `ranks` its rank for each.
    """

    def __init__(
        self, settings: MultiQueryRetrieverSettings, llm: ChoiceLLM, inner: BaseRetriever
    ) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm
        self._inner = inner

    def wordings(self, question: str) -> list[str]:
        """At most `n` other wordings of a question, as the model writes them; may be none.

        Raises:
            YomitokiError: Generation failed.
        """
        settings = self._settings
        asked, answers = REWORDED_EXAMPLES[settings.language]
        shown = "\n".join(f"{i}. {text}" for i, text in enumerate(answers[: settings.n], 1))
        text = written(
            self._llm,
            REWORDED[settings.language],
            question,
            max_new_tokens=settings.max_new_tokens,
            stop=(f"\n{settings.n + 1}.",),
            example=(asked, shown),
            count=settings.n,
        )
        found = read_list(text)
        if not found:
            log.warning("multi_query: the model wrote no list; the question alone is searched")
        different = {_folded(question): question}
        for wording in found:
            different.setdefault(_folded(wording), wording)
        return list(different.values())[1 : settings.n + 1]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        others = self.wordings(query_bundle.query_str)
        for number, wording in enumerate(others, 1):
            log.info("multi_query: wording %d: %s", number, wording)
        queries = (query_bundle.query_str, *others)
        found = [self._inner.retrieve(q) for q in (query_bundle, *map(QueryBundle, others))]
        weights = [self._settings.question_weight, *(1.0 for _ in others)]
        best = fused(found, weights, self._settings.rrf_k)
        return [
            NodeByQueries(node=node, score=score, queries=queries, ranks=ranks)
            for node, score, ranks in best[: self._settings.top_k]
        ]


def _folded(text: str) -> str:
    """A text as it is compared: its letters and digits."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
