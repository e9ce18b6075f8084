"""The retrievers that a config may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings

RetrieverSettings = Annotated[
    DenseRetrieverSettings | BM25RetrieverSettings | FusionRetrieverSettings,
    Field(discriminator="kind"),
]
