"""Settings of the engine that retrieves once and answers from what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pipelines.parts import Parts
from pipelines.query_engines.reading_settings import ReadingSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.retrieve_and_answer import RetrieveAndAnswer


class RetrieveAndAnswerSettings(ReadingSettings):
    """Retrieve once, then answer or refuse; the fields are those of `ReadingSettings`."""

    kind: Literal["retrieve_and_answer"]

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> RetrieveAndAnswer:
        """The engine; `postprocessors` are (kind, part) in order.

        Raises:
            ConfigError: No language model is configured.
        """
        from pipelines.query_engines.retrieve_and_answer import RetrieveAndAnswer

        return RetrieveAndAnswer(self, self.language_model(parts), retriever, postprocessors)
