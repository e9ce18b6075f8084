"""The embeddings that a config file may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.embeddings.embedded_e5 import EmbeddedE5Settings
from pipelines.embeddings.huggingface import HuggingFaceEmbeddingSettings

EmbeddingSettings = Annotated[
    EmbeddedE5Settings | HuggingFaceEmbeddingSettings, Field(discriminator="kind")
]
