"""The retrievers that a config may name; those over other retrievers may hold any of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.retrievers.cascade import CascadeRetrieverSettings
from pipelines.retrievers.collections import CollectionsRetrieverSettings, SourceSettings
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.hyde import HydeRetrieverSettings
from pipelines.retrievers.multi_query import MultiQueryRetrieverSettings
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings
from pipelines.retrievers.web import WebRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings, TfidfRetrieverSettings

RetrieverSettings = Annotated[
    DenseRetrieverSettings
    | BM25RetrieverSettings
    | TfidfRetrieverSettings
    | PhoneticRetrieverSettings
    | FusionRetrieverSettings
    | CascadeRetrieverSettings
    | MultiQueryRetrieverSettings
    | HydeRetrieverSettings
    | CollectionsRetrieverSettings
    | WebRetrieverSettings,
    Field(discriminator="kind"),
]
for _settings in (
    FusionRetrieverSettings,
    CascadeRetrieverSettings,
    MultiQueryRetrieverSettings,
    HydeRetrieverSettings,
    SourceSettings,
    CollectionsRetrieverSettings,
):
    _settings.model_rebuild(_types_namespace={"RetrieverSettings": RetrieverSettings})
