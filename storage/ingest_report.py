"""What an ingest run tells while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["embedding", "stored", "removed", "indexing"]


@dataclass(frozen=True)
class IngestProgress:
    """Where a run stands.

    `stage` is "embedding" (more vectors were computed), "stored" (`sources` are durable and
    searched from now on), "removed" (`sources` are gone from now on) or "indexing" (`done` of
    `total` nodes are in the index that is built anew). The other numbers count the whole run.
    """

    stage: Stage
    sources: tuple[str, ...] = ()
    documents: int = 0
    nodes: int = 0
    embeddings: int = 0
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class IngestFailure:
    """A file whose content is not in the collection, and why; an earlier version of it stays."""

    source: str
    reason: str


@dataclass(frozen=True)
class Removal:
    """A removal that needs a yes: more than MAX_REMOVED_SHARE of the documents are to go."""

    sources: tuple[str, ...]
    documents: int

    def __str__(self) -> str:
        return f"{len(self.sources)} of {self.documents} documents are not among these files"


@dataclass
class IngestReport:
    """What a run did.

    `added`, `changed`, `unchanged` and `removed` count documents; `not_removed` lists those that
    a sync would have removed but nobody confirmed. `nodes` counts the nodes that were made,
    `embeddings` the vectors that were computed, `reused` those that were there already.
    `notices` are sentences for the user.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: list[IngestFailure] = field(default_factory=list)
    not_removed: tuple[str, ...] = ()
    nodes: int = 0
    embeddings: int = 0
    reused: int = 0
    seconds: float = 0.0
    notices: list[str] = field(default_factory=list)


OnProgress = Callable[[IngestProgress], None]
Confirm = Callable[[Removal], bool]
