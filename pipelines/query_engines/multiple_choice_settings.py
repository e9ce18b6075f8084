"""Settings of the engine that ranks the options of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from pipelines.parts import Parts
from pipelines.query_engines.encoder_scorer import EncoderScorerSettings
from pipelines.query_engines.engine_settings import EngineSettings, SearchSettings
from pipelines.query_engines.likelihood_scorer import LikelihoodScorerSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.multiple_choice import MultipleChoice

OptionScorerSettings = Annotated[
    LikelihoodScorerSettings | EncoderScorerSettings, Field(discriminator="kind")
]
OptionQuery = Literal["question", "question_and_options", "closed_book"]


class MemberSettings(SearchSettings):
    """A member of an ensemble: what it searches with, and what its probabilities weigh.

    `query` is the engine's if left out.
    """

    query: OptionQuery | None = None
    weight: float = Field(default=1.0, gt=0)


class MultipleChoiceSettings(EngineSettings):
    """Ranks the 2 to 26 options of a question by the probability that they are right.

    The passages that `scorer` reads are searched for with the `question` or with the
    `question_and_options` (`query`), at most `context_tokens` of them; `closed_book` searches for
    nothing. With `members` each of them searches in its own way and the options are scored with
    what each found; the ranking is the weighted mean of their probabilities. Without members there
    is one, the pipeline's own retriever and postprocessors. Nothing is refused.

    After the solutions of the Kaggle LLM Science Exam (2023), which is scored by MAP@3.
    """

    kind: Literal["multiple_choice"]
    query: OptionQuery = "question_and_options"
    context_tokens: int = Field(default=800, ge=50)
    scorer: OptionScorerSettings = LikelihoodScorerSettings()
    members: tuple[MemberSettings, ...] = ()

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> MultipleChoice:
        """The engine; members without parts of their own use `retriever` and `postprocessors`.

        Raises:
            ConfigError: What the scorer or a member needs is not configured.
            YomitokiError: The scorer's model can't be loaded.
        """
        from pipelines.query_engines.multiple_choice import Member, MultipleChoice

        members = [
            Member(
                *member.build_search(parts, retriever, postprocessors),
                query=member.query or self.query,
                weight=member.weight,
            )
            for member in self.members or (MemberSettings(),)
        ]
        return MultipleChoice(members, self.scorer.build(parts), self.context_tokens)
