"""A way into a pipeline for whoever measures it: what stands around its parts."""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from pipelines.component import ComponentSettings


class PartWrapper:
    """Gets each built part with its settings and returns what is used in its place; here, itself.

    The eval harness keeps results of parts this way, and puts gold passages in the place of a
    retriever, while the engine under test stays the one that is served.
    """

    def retriever(self, settings: ComponentSettings, built: BaseRetriever) -> BaseRetriever:  # noqa: ARG002
        """What takes the place of the pipeline's retriever."""
        return built

    def postprocessor(
        self,
        settings: ComponentSettings,  # noqa: ARG002
        built: BaseNodePostprocessor,
    ) -> BaseNodePostprocessor:
        """What takes the place of one of its postprocessors."""
        return built
