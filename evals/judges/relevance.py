"""Relevance: whether each passage that the model read is about the question."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.judges.judge import Judgement
from evals.judges.yes_no_judge import YesNoJudge
from evals.outcome import Outcome
from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import RELEVANT, RELEVANT_JA, Prompt

_PROMPTS = {"ja": RELEVANT_JA, "en": RELEVANT}


class RelevanceSettings(YesNoJudge):
    """The share of the passages in the prompt that the model calls related to the question.

    The prompt is `llm_rerank`'s; judged by the same model, an arm that reranks is judged by what
    it was sorted with.

    Source: context precision of Es et al. 2023 (Ragas), without ranks.
    """

    label_texts: ClassVar[tuple[str, ...]] = ("question", "text")

    kind: Literal["relevance"] = "relevance"

    @property
    @override
    def prompt(self) -> Prompt:
        return _PROMPTS[self.language]

    @override
    def judged(self, outcome: Outcome, answer: AnswerRecord, model: ChoiceScorer) -> Judgement:
        if not answer.context:
            return Judgement(None, "nothing was read")
        question = outcome.sample.question
        return self.share([{"question": question, "text": n.text} for n in answer.context], model)
