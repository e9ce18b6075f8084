"""What a judge is: a measure that asks a language model, and reads its decision from the logits."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

from llama_index.core.base.llms.types import ChatMessage

from evals.answer_record import AnswerRecord
from evals.outcome import Outcome
from evals.sample import Sample
from pipelines.component import ComponentSettings
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceScorer

YES_NO = ("yes", "no")


@dataclass(frozen=True)
class Judgement:
    """A score in [0, 1], or None with the reason; `parts` are what it is made of, such as the two
    judges' ratings, and `disagreement` how far these lie apart, in [0, 1]. `failed` says that the
    next run may find more."""

    value: float | None
    reason: str = ""
    parts: tuple[float, ...] = ()
    disagreement: float | None = None
    failed: bool = False


class Judge(ComponentSettings):
    """A judge's settings; what it says belongs to its prompts' version and to the model.

    To be held against grades by hand it says what such a label holds: `label_texts`, the last of
    them what is graded, and `grades`, worst first, the last worth 1. `cut_names` are those of its
    settings that say from which log-odds the second grade counts, the third, and so on; none if it
    has no such settings.
    """

    label_texts: ClassVar[tuple[str, ...]]
    grades: ClassVar[tuple[int, ...]]
    cut_names: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def name(self) -> str:
        """As in reports."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Of its prompts: another version is another judge."""

    def unfit(self, sample: Sample) -> str:  # noqa: ARG002
        """Why a question has no score whatever is answered; empty if it may have one."""
        return ""

    @abstractmethod
    def judged(self, outcome: Outcome, answer: AnswerRecord, model: ChoiceScorer) -> Judgement:
        """The judgement of an outcome by its answer; raises YomitokiError as the model does."""

    @abstractmethod
    def labelled(self, texts: Mapping[str, str], model: ChoiceScorer) -> Judgement:
        """The judgement of a label by its texts; raises YomitokiError as the model does."""

    def judge(self, outcome: Outcome, model: ChoiceScorer) -> Judgement:
        """The judgement of any outcome, of several answers their mean; where the model fails there
        is none, and why."""
        if reason := self.unfit(outcome.sample):
            return Judgement(None, reason)
        if not outcome.answers:
            return Judgement(None, f"failed: {outcome.error}", failed=True)
        try:
            return mean_judgement(
                [self.judged(outcome, answer, model) for answer in outcome.answers]
            )
        except YomitokiError as error:
            return Judgement(None, f"judge failed: {error}", failed=True)


def mean_judgement(judgements: Sequence[Judgement]) -> Judgement:
    """The mean of those that have a value, with all their parts; else the first."""
    scored = [one for one in judgements if one.value is not None]
    if len(scored) < 2:
        return scored[0] if scored else judgements[0]
    apart = [one.disagreement for one in scored if one.disagreement is not None]
    return Judgement(
        value=fmean(one.value for one in scored if one.value is not None),
        parts=tuple(part for one in scored for part in one.parts),
        disagreement=fmean(apart) if apart else None,
    )


def probabilities(
    model: ChoiceScorer, messages: Sequence[ChatMessage], choices: Sequence[str]
) -> list[float]:
    """How probable each choice is as the answer, summing to 1, in their order."""
    return [math.exp(value) for value in model.score_choices([messages], choices)[0]]


def mean_log_odds(parts: Sequence[float]) -> float:
    """The mean of ln(p / (1 - p)), in nats; each p at least 1e-9 from 0 and 1."""
    kept = [min(max(part, 1e-9), 1 - 1e-9) for part in parts]
    return fmean(math.log(part / (1 - part)) for part in kept)


def most_probable(
    model: ChoiceScorer, messages: Sequence[ChatMessage], choices: Sequence[str]
) -> str:
    """The choice that the model would make; of equal ones the first."""
    scores = probabilities(model, messages, choices)
    return choices[max(range(len(choices)), key=lambda place: scores[place])]
