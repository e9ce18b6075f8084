"""Settings of the engine that answers without documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from pipelines.parts import Parts
from pipelines.query_engines.engine_settings import EngineSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.closed_book import ClosedBook


class ClosedBookSettings(EngineSettings):
    """The model alone, from what it knows: the baseline that retrieval has to beat.

    Nothing is retrieved and nothing cited. The conversation before a question is read as the turns
    that it was, its oldest ones left out where they do not fit into the context window beside
    `max_new_tokens`.
    """

    reads_documents: ClassVar[bool] = False

    kind: Literal["closed_book"]
    max_new_tokens: int = Field(default=160, ge=1)

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,  # noqa: ARG002
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],  # noqa: ARG002
    ) -> ClosedBook:
        """The engine; it retrieves nothing.

        Raises:
            ConfigError: No language model is configured.
        """
        from pipelines.query_engines.closed_book import ClosedBook

        return ClosedBook(self, self.language_model(parts))
