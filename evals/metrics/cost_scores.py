"""What a question costs."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.metrics.metric import Metric
from evals.outcome import Outcome, Score


class SecondsSettings(Metric):
    """Wall seconds of all stages, or of the one named `stage` (retrieving, llm_rerank, …)."""

    lower_is_better: ClassVar[bool] = True

    kind: Literal["seconds"] = "seconds"
    stage: str = ""

    @property
    @override
    def name(self) -> str:
        return f"seconds {self.stage}".rstrip()

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        if not self.stage:
            return Score(sum(answer.seconds.values()))
        if self.stage not in answer.seconds:
            return Score(None, f"has no stage {self.stage!r}")
        return Score(answer.seconds[self.stage])


class TokensSettings(Metric):
    """Tokens of all prompts that the models read for the answer, and of all that they wrote."""

    needs_answers: ClassVar[bool] = True
    lower_is_better: ClassVar[bool] = True

    kind: Literal["tokens"] = "tokens"

    @property
    @override
    def name(self) -> str:
        return "tokens"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        return Score(float(answer.prompt_tokens + answer.completion_tokens))
