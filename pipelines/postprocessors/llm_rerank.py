"""Reranking by the language model's own yes or no, read from its logits."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.component import ComponentSettings
from pipelines.document import cleaned_text
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import RELATED, RELEVANT, RELEVANT_JA, inert

_PROMPTS = {"ja": RELEVANT_JA, "en": RELEVANT}


class Calibration(BaseModel):
    """From the model's log-odds to a probability: 1 / (1 + exp(-(slope * odds + intercept))).

    `benchmarks/rerank_calibration.py` fits both on questions with known evidence; they hold for one
    model and one prompt. Left as they are, the probability is the model's own.

    Source: Platt 1999, "Probabilistic outputs for support vector machines".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(default=1.0, gt=0)
    intercept: float = 0.0

    def probability(self, log_odds: float) -> float:
        """In [0, 1], rising with the log-odds."""
        scaled = self.slope * log_odds + self.intercept
        if scaled >= 0:
            return 1 / (1 + math.exp(-scaled))
        return math.exp(scaled) / (1 + math.exp(scaled))


class LLMRerankSettings(ComponentSettings):
    """Orders nodes by how sure the model is that they are related to the question.

    Time goes into reading the nodes, so the depth is bounded: `candidates` nodes at most, and no
    more than `max_tokens` tokens of text in all (on two CPU cores about 100 tokens a second).
    `stop_when_settled` ends earlier: when `top_n` nodes that reach the threshold were read, and
    after them so many nodes in a row rank below all of these (off if null). Nodes that were not
    read keep their order behind those that were.

    `language` is that of the prompt; its answers are yes and no. `prior` is the weight of the
    retriever's order: each place further down costs so much of a node's log-odds (0.2: five places
    are as much as an e-fold of yes against no), so that a small model's doubt does not throw out
    what every retriever agrees on.

    `top_n` bounds what is kept (no bound if null). Nodes whose calibrated probability, without the
    prior, is below `threshold` are dropped, and with them those that were not read (0 keeps all).
    """

    needs_llm: ClassVar[bool] = True
    judges: ClassVar[bool] = True

    kind: Literal["llm_rerank"] = "llm_rerank"
    top_n: int | None = Field(default=5, ge=1)
    candidates: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=1200, ge=1)
    stop_when_settled: int | None = Field(default=None, ge=1)
    threshold: float = Field(default=0.0, ge=0.0, le=1.0)
    calibration: Calibration = Calibration()
    prior: float = Field(default=0.2, ge=0.0)
    language: Literal["ja", "en"] = "ja"

    @model_validator(mode="after")
    def _settled_needs_a_top(self) -> LLMRerankSettings:
        if self.stop_when_settled is not None and self.top_n is None:
            raise ValueError("stop_when_settled: needs a top_n, whose nodes may be settled")
        return self

    def build(self, parts: Parts) -> LLMRerank:
        """The postprocessor over the pipeline's judge, or without one its language model."""
        llm = parts.judge or parts.llm
        if llm is None:
            raise ConfigError("postprocessors: llm_rerank needs a language model: configure llm")
        return LLMRerank(self, llm)


class JudgedNode(NodeWithScore):
    """A reranked node; `probability` that it holds the answer, calibrated; None if not read."""

    probability: float | None = None

    @classmethod
    def class_name(cls) -> str:
        return "JudgedNode"


class LLMRerank(BaseNodePostprocessor):
    """See LLMRerankSettings. Scores are log-odds of yes against no, less the prior."""

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
        judged: list[JudgedNode] = []
        for hit in nodes[: self._within_budget(nodes)]:
            judged.append(self._judged(query_bundle.query_str, hit, rank=len(judged) + 1))
            if self._settled(judged):
                break
        best = self._passing(judged)
        rest = [] if self._settings.threshold else nodes[len(judged) :]
        lowest = best[-1].score if best and best[-1].score is not None else 0.0
        tail: list[NodeWithScore] = [
            JudgedNode(node=hit.node, score=lowest - place)
            for place, hit in enumerate(rest, start=1)
        ]
        return [*best, *tail][: self._settings.top_n]

    def _passing(self, judged: list[JudgedNode]) -> list[JudgedNode]:
        """Those that reach the threshold, best first; equal ones in the retriever's order."""
        threshold = self._settings.threshold
        passing = [hit for hit in judged if (hit.probability or 0.0) >= threshold]
        return sorted(passing, key=lambda hit: -(hit.score or 0.0))

    def _settled(self, judged: list[JudgedNode]) -> bool:
        """Whether the last nodes read changed nothing about the best `top_n`, as often as needed.

        Compared is with the best that were read before them: were one of the last among the best,
        it would have changed them.
        """
        patience, top_n = self._settings.stop_when_settled, self._settings.top_n
        if patience is None or top_n is None or len(judged) < top_n + patience:
            return False
        best = self._passing(judged)[:top_n]
        return len(best) == top_n and not any(
            hit is late for hit in best for late in judged[-patience:]
        )

    def _within_budget(self, nodes: list[NodeWithScore]) -> int:
        """How many of the first nodes fit; always at least one."""
        tokens = 0
        for count, hit in enumerate(nodes[: self._settings.candidates]):
            tokens += self._llm.count_tokens(cleaned_text(hit.node))
            if tokens > self._settings.max_tokens and count:
                return count
        return min(len(nodes), self._settings.candidates)

    def _judged(self, question: str, hit: NodeWithScore, rank: int) -> JudgedNode:
        # The text alone, as in the course; it was measured so.
        text = inert(cleaned_text(hit.node))
        messages = _PROMPTS[self._settings.language].messages(question=inert(question), text=text)
        yes, no = self._llm.score_choices([messages], RELATED)[0]
        odds = yes - no
        return JudgedNode(
            node=hit.node,
            score=odds - self._settings.prior * (rank - 1),
            probability=self._settings.calibration.probability(odds),
        )
