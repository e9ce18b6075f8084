"""Do these passages contain the answer? Asked before a small model answers anything."""

from __future__ import annotations

import math

from pipelines import prompts
from pipelines.llms.protocol import ChoiceScorer
from pipelines.query_engines.wording import Wording, passage_messages


class Sufficiency:
    """The model's own yes or no, read from its logits, against a threshold.

    The threshold is a point on a trade-off: how many unanswerable questions are refused against
    how many answerable ones are refused with them. `benchmarks/refusal_curve.py` draws it.
    """

    def __init__(self, llm: ChoiceScorer, threshold: float) -> None:
        """Judge by `llm`; below `threshold`, in 0..1, passages do not suffice."""
        self._llm = llm
        self.threshold = threshold

    @property
    def asks(self) -> bool:
        """Whether the model is asked at all: with a threshold of 0 everything suffices."""
        return self.threshold > 0

    def probability(self, wording: Wording, passages: str) -> float:
        """Probability that the passages hold the answer, in 0..1: yes against no.

        Raises:
            YomitokiError: The model would say neither yes nor no.
        """
        messages = passage_messages(wording, passages, prompts.SUFFICIENT_INSTRUCTION)
        return math.exp(self._llm.score_choices([messages], prompts.YES_NO)[0][0])

    def suffices(self, probability: float) -> bool:
        """Whether a probability reaches the threshold."""
        return probability >= self.threshold
