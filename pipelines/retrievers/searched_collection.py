"""The collection that a retriever searches, at the level that its settings name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.errors import ConfigError
from pipelines.parts import Collection, Parts
from pipelines.scope import Scope

# "" are the leaves: sentences of a hierarchy, and all nodes of a collection without one.
Level = Annotated[str, Field(pattern="^(document|section|paragraph|sentence|)$")]


def searched_collection(parts: Parts, kind: str, level: str) -> Collection:
    """The open collection, bounded to a level of its hierarchy where one is named.

    Raises:
        ConfigError: No collection is open.
    """
    if parts.collection is None:
        raise ConfigError(f"retriever.{kind}: needs a collection: run ingest first")
    return parts.collection.within(Scope(level=level)) if level else parts.collection
