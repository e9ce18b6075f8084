"""Options scored by the language model: how likely their letters and their texts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from llama_index.core.base.llms.types import ChatMessage
from pydantic import Field

from pipelines import prompts
from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import inert
from pipelines.query_engines.lettered import choose_letter
from pipelines.query_engines.option_scoring import OptionScores, softmax, weighted_mean
from pipelines.query_engines.options import MOST_OPTIONS


class LikelihoodScorerSettings(ComponentSettings):
    """The language model reads the question and says how likely each option is.

    Two ways, averaged with `letter_weight` for the first one (1: letters alone, 0: texts alone):
    how likely each option's letter is after a prompt that lists them, averaged over `permutations`
    cyclic orders of the list; and how likely each option's text is as the answer to the question
    alone. `option_score` makes texts of different length and frequency comparable: the
    log-likelihood `per_token`, `per_character`, or minus that of the same text without question
    and passages (`pmi`, Holtzman et al. 2021, "Surface Form Competition"). The softmax of these
    scores is the second way's probability.

    Letters alone over three orders is the default: with the default model, texts add nothing that
    could be shown, and cost a second reading (docs/engines.md).

    A prompt's beginning is read once: a further order costs the list of options, the texts cost
    themselves.
    """

    kind: Literal["likelihood"] = "likelihood"
    letter_weight: float = Field(default=1.0, ge=0.0, le=1.0)
    permutations: int = Field(default=3, ge=1, le=MOST_OPTIONS)
    option_score: Literal["per_token", "per_character", "pmi"] = "pmi"

    def build(self, parts: Parts) -> LikelihoodScorer:
        """The scorer.

        Raises:
            ConfigError: No language model is configured, or it can't score texts.
        """
        if parts.llm is None:
            raise ConfigError(
                "query_engine.scorer: likelihood needs a language model: set llm, or use encoder"
            )
        if self.letter_weight < 1 and not getattr(parts.llm, "scores_texts", True):
            raise ConfigError(
                "query_engine.scorer.letter_weight: the model's server does not tell how likely an "
                "option's text is: set it to 1"
            )
        return LikelihoodScorer(self, parts.llm)


class LikelihoodScorer:
    """See LikelihoodScorerSettings; an `OptionScorer`."""

    def __init__(self, settings: LikelihoodScorerSettings, llm: ChoiceLLM) -> None:
        self._settings = settings
        self._llm = llm

    def count_tokens(self, text: str) -> int:
        """See `OptionScorer`."""
        return self._llm.count_tokens(text)

    def score(self, question: str, options: Sequence[str], passages: str) -> OptionScores:
        """See `OptionScorer`."""
        given = {
            "context": prompts.MULTIPLE_CHOICE_CONTEXT.format(passages=passages)
            if passages
            else "",
            "question": inert(question),
        }
        rows, weights, prompt = [], [], ""
        if self._settings.letter_weight > 0:
            rows.append(self._by_letter(given, options))
            weights.append(self._settings.letter_weight)
        if self._settings.letter_weight < 1:
            messages = prompts.OPTION_TEXT.messages(**given)
            rows.append(self._by_text(messages, [inert(option) for option in options]))
            weights.append(1 - self._settings.letter_weight)
            prompt = self._llm.render(messages)
        return OptionScores(weighted_mean(rows, weights), prompt)

    def _by_letter(self, given: dict[str, str], options: Sequence[str]) -> list[float]:
        return choose_letter(
            self._llm,
            options,
            self._settings.permutations,
            lambda listed: prompts.LETTERED_OPTIONS.messages(options=listed, **given),
        )

    def _by_text(self, messages: Sequence[ChatMessage], options: Sequence[str]) -> list[float]:
        found = self._llm.log_likelihoods(messages, options)
        if self._settings.option_score == "per_token":
            return softmax([text.log_probability / text.tokens for text in found])
        if self._settings.option_score == "per_character":
            pairs = zip(found, options, strict=True)
            return softmax([text.log_probability / len(option) for text, option in pairs])
        alone = self._llm.log_likelihoods(prompts.UNASKED_OPTION_TEXT.messages(), options)
        return softmax(
            [
                asked.log_probability - unasked.log_probability
                for asked, unasked in zip(found, alone, strict=True)
            ]
        )
