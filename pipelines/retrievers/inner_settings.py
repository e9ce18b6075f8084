"""The retrievers that another one may search with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings

# A plain union, so that a longer menu can hold it: config errors name the kinds of a flat one only.
InnerRetriever = DenseRetrieverSettings | BM25RetrieverSettings | FusionRetrieverSettings
InnerRetrieverSettings = Annotated[InnerRetriever, Field(discriminator="kind")]
