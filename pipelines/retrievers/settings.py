"""The retrievers that a config may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.retrievers.hyde import HydeRetrieverSettings
from pipelines.retrievers.inner_settings import InnerRetriever
from pipelines.retrievers.multi_query import MultiQueryRetrieverSettings

RetrieverSettings = Annotated[
    InnerRetriever | MultiQueryRetrieverSettings | HydeRetrieverSettings,
    Field(discriminator="kind"),
]
