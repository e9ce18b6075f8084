"""Reranking by the language model's own yes or no, read from its logits."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import RELEVANT, YES_NO, inert


class LLMRerankSettings(ComponentSettings):
    """Orders nodes by the probability that they hold the answer.

    Time goes into reading the nodes, so the depth is bounded twice: `candidates` nodes at most,
    and no more than `max_tokens` tokens of text in all (on two CPU cores about 100 tokens a
    second). Nodes beyond either bound keep their order behind those that were read.

    `prior` is the weight of the retriever's order: it adds `prior / rank` to a node's log-odds, so
    that a small model's doubt does not throw out what every retriever agrees on. Nodes whose
    probability, without the prior, is below `threshold` are dropped, and with them those that were
    not read (0 keeps all); `top_n` bounds what is kept.
    """

    needs_llm: ClassVar[bool] = True

    kind: Literal["llm_rerank"] = "llm_rerank"
    top_n: int = Field(default=5, ge=1)
    candidates: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=1200, ge=1)
    threshold: float = Field(default=0.0, ge=0.0, le=1.0)
    prior: float = Field(default=0.0, ge=0.0)

    def build(self, parts: Parts) -> LLMRerank:
        """The postprocessor over the pipeline's language model."""
        if parts.llm is None:
            raise ConfigError("postprocessors: llm_rerank needs a language model: configure llm")
        return LLMRerank(self, parts.llm)


class LLMRerank(BaseNodePostprocessor):
    """See LLMRerankSettings. Scores are log-odds of yes against no, plus the prior."""

    _settings: LLMRerankSettings = PrivateAttr()
    _llm: ChoiceLLM = PrivateAttr()

    def __init__(self, settings: LLMRerankSettings, llm: ChoiceLLM) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm

    @classmethod
    def class_name(cls) -> str:
        return "LLMRerank"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("llm_rerank: no question given")
        read = self._within_budget(nodes)
        scored = []
        for rank, hit in enumerate(nodes[:read], start=1):
            odds = self._log_odds(query_bundle.query_str, hit)
            if _probability(odds) >= self._settings.threshold:
                scored.append(
                    NodeWithScore(node=hit.node, score=odds + self._settings.prior / rank)
                )
        scored.sort(key=lambda hit: -(hit.score or 0.0))
        rest = [] if self._settings.threshold else nodes[read:]
        lowest = scored[-1].score if scored and scored[-1].score is not None else 0.0
        tail = [
            NodeWithScore(node=hit.node, score=lowest - place)
            for place, hit in enumerate(rest, start=1)
        ]
        return [*scored, *tail][: self._settings.top_n]

    def _within_budget(self, nodes: list[NodeWithScore]) -> int:
        """How many of the first nodes fit; always at least one."""
        tokens = 0
        for count, hit in enumerate(nodes[: self._settings.candidates]):
            tokens += self._llm.count_tokens(hit.node.get_content(MetadataMode.LLM))
            if tokens > self._settings.max_tokens and count:
                return count
        return min(len(nodes), self._settings.candidates)

    def _log_odds(self, question: str, hit: NodeWithScore) -> float:
        text = inert(hit.node.get_content(MetadataMode.LLM))
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=RELEVANT.system),
            ChatMessage(content=RELEVANT.user.format(question=inert(question), text=text)),
        ]
        yes, no = self._llm.score_choices([messages], YES_NO)[0]
        return yes - no


def _probability(log_odds: float) -> float:
    """The logistic function, without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    return math.exp(log_odds) / (1 + math.exp(log_odds))
