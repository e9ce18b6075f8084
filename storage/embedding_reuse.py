"""Vectors for texts: those that are stored are taken, the others computed and stored at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue
from storage.catalogue_writer import CatalogueWriter
from storage.identity import EmbeddingIdentity

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

# Texts embedded between two durable writes: what a kill loses of a long document. A fast model gets
# more at once, so that the writes don't slow it down.
FIRST_SLICE_TEXTS = 64
LARGEST_SLICE_TEXTS = 1_024
_SHORT_SECONDS = 0.5


class EmbeddingReuse:
    """Sees to it that texts have a vector in the catalogue, computing each at most once."""

    def __init__(
        self,
        catalogue: CatalogueWriter,
        previous: Catalogue | None,
        identity: EmbeddingIdentity,
        embed_model: BaseEmbedding,
    ) -> None:
        """Take vectors from `previous`, too, if it was built with the same embedding."""
        self._catalogue = catalogue
        same = previous is not None and previous.identity().embedding == identity
        self._previous = previous if same else None
        self._identity = identity
        self._embed_model = embed_model
        self._slice = FIRST_SLICE_TEXTS

    def ensure(self, texts: Mapping[bytes, str]) -> Iterator[tuple[int, int]]:
        """Store a vector for each text (by digest); yields (computed, reused) after each slice.

        Raises:
            YomitokiError: The model gave vectors that can't be used, or the disk is full.
        """
        known = self._catalogue.known_digests(list(texts))
        missing = [digest for digest in texts if digest not in known]
        if self._previous is not None and missing:
            carried = self._previous.vectors_by_digest(missing)
            self._catalogue.add_embeddings(carried)
            known |= carried.keys()
            missing = [digest for digest in missing if digest not in carried]
        yield 0, len(known)
        while missing:
            digests, missing = missing[: self._slice], missing[self._slice :]
            started = time.monotonic()
            vectors = self._embed_model.get_text_embedding_batch([texts[d] for d in digests])
            if len(digests) == self._slice and time.monotonic() - started < _SHORT_SECONDS:
                self._slice = min(2 * self._slice, LARGEST_SLICE_TEXTS)
            matrix = self._checked(vectors, len(digests))
            self._catalogue.add_embeddings(dict(zip(digests, matrix, strict=True)))
            yield len(digests), 0

    def _checked(self, vectors: list[list[float]], wanted: int) -> NDArray[np.float32]:
        model = self._identity.description
        if len(vectors) != wanted:
            raise YomitokiError(
                f"embedding {model}: gave {len(vectors)} vectors for {wanted} texts: "
                "use another embedding"
            )
        lengths = {len(vector) for vector in vectors}
        if lengths != {self._identity.dimension}:
            raise YomitokiError(
                f"embedding {model}: gave vectors of {sorted(lengths)} dimensions instead of "
                f"{self._identity.dimension}: check the model's settings"
            )
        matrix = np.asarray(vectors, dtype=np.float32)
        if not np.isfinite(matrix).all() or not np.linalg.norm(matrix, axis=1).all():
            raise YomitokiError(
                f"embedding {model}: gave a vector that is zero or not a number, which has no "
                "direction to search in: check the model"
            )
        return matrix
