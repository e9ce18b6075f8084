"""Settings of the engine that takes a question apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipelines.parts import Parts
from pipelines.query_engines.reading_settings import ReadingSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.sub_question import SubQuestion


class SubQuestionSettings(ReadingSettings):
    """Search for each part of a question, then answer it once from everything found.

    The model writes up to `max_questions` sub-questions, each is searched for by itself, and each
    has an equal share of `context_tokens`; what one leaves free, the others fill. A question that
    the model does not take apart is searched for as it is. The passages are judged, and the answer
    written, for the question itself. The other fields are those of
    `retrieve_and_answer`.
    """

    kind: Literal["sub_question"]
    max_questions: int = Field(default=3, ge=2, le=10)

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> SubQuestion:
        """The engine; `postprocessors` are (kind, part) in order.

        Raises:
            ConfigError: No language model is configured.
        """
        from pipelines.query_engines.sub_question import SubQuestion

        return SubQuestion(self, self.language_model(parts), retriever, postprocessors)
