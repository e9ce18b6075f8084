"""Near-duplicates among questions, by meaning and by letters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray

from evals.synthesis.rejection import RejectedError
from pipelines.japanese.grams import grams

# Of character bigrams: half of what two questions have is shared.
MOST_SHARED = 0.6
# Of e5-small's vectors, which lie close together: docs/evaluation.md says how it was found.
MOST_SIMILAR = 0.95


class AskedQuestions:
    """The questions that were asked already.

    Two are nearly the same if their vectors' cosine is over `most_similar`, or if they share over
    `MOST_SHARED` of their character bigrams (intersection over union; NFKC, without white space and
    marks). Questions are embedded on the query side, as e5's authors advise for comparing equals.
    """

    def __init__(self, embed_model: BaseEmbedding, most_similar: float = MOST_SIMILAR) -> None:
        self._embed_model = embed_model
        self._most_similar = most_similar
        self._questions: list[str] = []
        self._grams: list[set[str]] = []
        self._vectors: list[NDArray[np.float64]] = []

    def add(self, questions: Sequence[str]) -> None:
        """Remember questions."""
        for question in questions:
            self._questions.append(question)
            self._grams.append(grams(question))
            self._vectors.append(self._vector(question))

    def check(self, question: str) -> float:
        """The cosine of the nearest question, 0 if there is none.

        Raises:
            RejectedError: One is nearly the same.
        """
        if not self._questions:
            return 0.0
        own = grams(question)
        shared = [len(own & other) / max(1, len(own | other)) for other in self._grams]
        place = max(range(len(shared)), key=lambda n: shared[n])
        if shared[place] > MOST_SHARED:
            raise RejectedError(
                "duplicate",
                f"shares {shared[place]:.2f} of its bigrams with {self._questions[place]!r}: "
                f"{question}",
            )
        cosines = np.stack(self._vectors) @ self._vector(question)
        place = int(cosines.argmax())
        if cosines[place] > self._most_similar:
            raise RejectedError(
                "duplicate",
                f"cosine {cosines[place]:.3f} with {self._questions[place]!r}: {question}",
            )
        return float(cosines[place])

    def _vector(self, question: str) -> NDArray[np.float64]:
        vector = np.asarray(self._embed_model.get_query_embedding(question), dtype=np.float64)
        return vector / max(float(np.linalg.norm(vector)), 1e-12)
