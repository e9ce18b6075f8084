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
class TokenRows:
    """The tokens of some nodes, in order, as numbers into a vocabulary; an array a node."""

    vocabulary: Sequence[str]
    rows: Sequence[NDArray[np.int32]]


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
