"""Which index of words a search asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.component import fingerprint
from pipelines.japanese.readings import MoraTokenizerSettings
from pipelines.japanese.tokens import TokenizerSettings

Weighting = Literal["bm25", "tfidf"]


@dataclass(frozen=True)
class TokenHits:
    """What several questions found in one index, and the tokens of its nodes.

    Row r of the index is the node `node_ids[r]`, ascending; its tokens, as numbers into
    `vocabulary`, are `flat[edges[r] : edges[r + 1]]`. `found` holds a question's rows and their
    scores (> 0), best first, ties by id. Arrays may be read-only.
    """

    vocabulary: tuple[str, ...]
    node_ids: Sequence[str]
    flat: NDArray[np.int32]
    edges: NDArray[np.int64]
    found: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]]


@dataclass(frozen=True)
class WordIndex:
    """Runs of `gram` tokens of a tokenizer, weighted; `weighting` is explained in storage.postings.

    Nodes and questions are cut by the same tokenizer.
    """

    tokenizer: TokenizerSettings | MoraTokenizerSettings
    weighting: Weighting = "bm25"
    gram: int = 1

    def key(self) -> str:
        """Names the index: equal settings, equal keys (16 hex digits)."""
        return fingerprint([self.tokenizer.fingerprint(), self.weighting, self.gram])
