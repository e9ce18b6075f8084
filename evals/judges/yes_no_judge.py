"""What the judges of sentences and passages share: yes or no to each of several things."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import ClassVar, Literal

from typing_extensions import override

from evals.judges.judge import YES_NO, Judge, Judgement, mean_log_odds, probabilities
from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import Prompt, inert

# What each text may take of a prompt; a longer one is judged by its beginning.
TEXT_CHARS = 2000


class YesNoJudge(Judge):
    """A judge whose score is the share of yes.

    Yes counts from log-odds of `yes_from` up; `language` is that of the prompt, which is filled
    with the texts that `label_texts` names.
    """

    grades: ClassVar[tuple[int, ...]] = (0, 1)
    cut_names: ClassVar[tuple[str, ...]] = ("yes_from",)

    kind: str
    language: Literal["ja", "en"] = "ja"
    yes_from: float = 0.0

    @property
    @abstractmethod
    def prompt(self) -> Prompt:
        """Asks for yes or no."""

    @property
    @override
    def name(self) -> str:
        return self.kind if self.language == "ja" else f"{self.kind} {self.language}"

    @property
    @override
    def version(self) -> str:
        return f"{self.prompt.version}, yes from {self.yes_from:g}"

    @override
    def labelled(self, texts: Mapping[str, str], model: ChoiceScorer) -> Judgement:
        return self.share([texts], model)

    def share(self, asked: Sequence[Mapping[str, str]], model: ChoiceScorer) -> Judgement:
        """The judgement of at least one thing; raises YomitokiError as the model does."""
        parts = tuple(self._yes(texts, model) for texts in asked)
        return Judgement(fmean(mean_log_odds((p,)) >= self.yes_from for p in parts), parts=parts)

    def _yes(self, texts: Mapping[str, str], model: ChoiceScorer) -> float:
        filled = {key: inert(texts[key][:TEXT_CHARS]) for key in self.label_texts}
        return probabilities(model, self.prompt.messages(**filled), YES_NO)[0]
