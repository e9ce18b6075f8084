"""Settings of the engine that searches again when it found nothing good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipelines.parts import Parts
from pipelines.postprocessors.settings import PostprocessorSettings
from pipelines.query_engines.reading_settings import ReadingSettings
from pipelines.retrievers.settings import RetrieverSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.corrective import Corrective


class CorrectiveSettings(ReadingSettings):
    """Search; where that was not enough, search once more with other words, then elsewhere.

    Not enough means that the postprocessors left nothing, or that the passages hold the answer
    with a probability below `sufficient`. Then the model rewrites the question once and it is
    searched for again; then, if there is a `fallback`, that retriever is asked with the question
    itself, and what it finds goes through `fallback_postprocessors` (not through the pipeline's:
    what rejected everything once would do it again). What is still not enough is refused. The
    passages are judged, by the postprocessors too, and the answer is written for the question as it
    was put: a model's other words must not make known what the documents lack.

    The other fields are those of `retrieve_and_answer`. After Yan et al. 2024, "Corrective
    Retrieval Augmented Generation", with the model's logits in the place of a trained evaluator.
    """

    kind: Literal["corrective"]
    sufficient: float = Field(default=0.5, ge=0.0, le=1.0)
    fallback: RetrieverSettings | None = None
    fallback_postprocessors: tuple[PostprocessorSettings, ...] = ()

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> Corrective:
        """The engine; `postprocessors` are (kind, part) in order.

        Raises:
            ConfigError: No language model is configured, or what the fallback needs is not.
        """
        from pipelines.query_engines.corrective import Corrective

        return Corrective(
            self,
            self.language_model(parts),
            retriever,
            postprocessors,
            self.fallback.build(parts) if self.fallback else None,
            [(p.kind, p.build(parts)) for p in self.fallback_postprocessors],
        )
