"""Relevance: whether each passage that the model read is about the question."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.judges.judge import Judge, Judgement, probabilities
from evals.outcome import Outcome
from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import RELATED, RELEVANT, RELEVANT_JA, inert

_PROMPTS = {"ja": RELEVANT_JA, "en": RELEVANT}


class RelevanceSettings(Judge):
    """The share of the passages in the prompt that the model calls related to the question.

    The prompt is `llm_rerank`'s; judged by the same model, an arm that reranks is judged by what
    it was sorted with.

    Source: context precision of Es et al. 2023 (Ragas), without ranks.
    """

    kind: Literal["relevance"] = "relevance"
    language: Literal["ja", "en"] = "ja"

    @property
    @override
    def name(self) -> str:
        return "relevance" if self.language == "ja" else f"relevance {self.language}"

    @property
    @override
    def version(self) -> str:
        return _PROMPTS[self.language].version

    @override
    def judged(self, outcome: Outcome, answer: AnswerRecord, model: ChoiceScorer) -> Judgement:
        if not answer.context:
            return Judgement(None, "nothing was read")
        prompt, question = _PROMPTS[self.language], inert(outcome.sample.question)
        related = tuple(
            probabilities(model, prompt.messages(question=question, text=inert(n.text)), RELATED)[0]
            for n in answer.context
        )
        return Judgement(sum(p > 0.5 for p in related) / len(related), parts=related)
