"""What the settings of all query engines share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.postprocessors.settings import PostprocessorSettings
from pipelines.retrievers.settings import RetrieverSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.llms.protocol import ChoiceLLM


class EngineSettings(ComponentSettings):
    """A query engine; a subclass adds its `kind` and `build(parts, retriever, postprocessors)`.

    One that does not read documents is given a retriever that finds nothing.
    """

    reads_documents: ClassVar[bool] = True

    kind: str

    def language_model(self, parts: Parts) -> ChoiceLLM:
        """The pipeline's language model.

        Raises:
            ConfigError: None is configured.
        """
        if parts.llm is None:
            raise ConfigError(f"query_engine: {self.kind} needs a language model: set llm")
        return parts.llm


class SearchSettings(ComponentSettings):
    """A search of its own inside an engine; what is left out is the pipeline's.

    `postprocessors: []` has none, whatever the pipeline has.
    """

    retriever: RetrieverSettings | None = Field(
        default=None, description="What finds nodes; the pipeline's retriever if left out."
    )
    postprocessors: tuple[PostprocessorSettings, ...] | None = Field(
        default=None, description="What becomes of them; the pipeline's postprocessors if left out."
    )

    def build_search(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> tuple[BaseRetriever, list[tuple[str, BaseNodePostprocessor]]]:
        """Retriever and (kind, postprocessor) in order, in place of the pipeline's.

        Raises:
            ConfigError: What one of them needs is not configured.
        """
        own = self.postprocessors
        return (
            retriever if self.retriever is None else self.retriever.build(parts),
            list(postprocessors) if own is None else [(p.kind, p.build(parts)) for p in own],
        )
