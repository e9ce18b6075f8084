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
    """How passages become an answer.

    `context_tokens` bounds the passages that the model reads; what does not fit is left out whole,
    lowest ranked first. The best is read last, next to the question, unless `context_order` is
    `as_given`, which leaves them as a `reorder` put them.

    Before the model answers it is asked whether the passages hold the answer: below a probability
    of `sufficient` it refuses (0 never asks). It refuses as well when its answer states a number
    that neither the passages nor the question hold (`check_numbers`; in digits or kanji, from ten
    on, because smaller ones count and enumerate). The answer ends with the sentences that it rests
    on, word for word (`quote`), at most `max_citations`.

    `follow_ups` says what becomes of a question with a conversation before it: `join` searches
    with the last turn and without it and shows the turn to the model; `rewrite` has the model
    rewrite the question to one that stands alone, which takes a larger model; `alone` ignores
    what was said.
    """

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
