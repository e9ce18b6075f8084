"""The menu of postprocessors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.postprocessors.auto_merge import AutoMergeSettings
from pipelines.postprocessors.compression import CompressionSettings
from pipelines.postprocessors.cross_encoder import CrossEncoderSettings
from pipelines.postprocessors.cutoff import CutoffSettings
from pipelines.postprocessors.deduplicate import DeduplicateSettings
from pipelines.postprocessors.llm_rerank import LLMRerankSettings
from pipelines.postprocessors.reorder import ReorderSettings
from pipelines.postprocessors.sentence_window import SentenceWindowSettings

PostprocessorSettings = Annotated[
    AutoMergeSettings
    | CompressionSettings
    | CrossEncoderSettings
    | CutoffSettings
    | DeduplicateSettings
    | LLMRerankSettings
    | ReorderSettings
    | SentenceWindowSettings,
    Field(discriminator="kind"),
]
