"""Character n-grams of a text, and how much it says that two texts share rare ones."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

# Two characters need no word boundaries, which a recogniser gets wrong, and survive a changed
# particle or ending.
GRAM = 2
# Divides by the root of a sentence's grams, so that long ones do not win by length alone; the
# constant keeps scraps of a few characters from winning by shortness.
SHORTNESS = 10


def grams(text: str, n: int = GRAM) -> set[str]:
    """The n-grams of a text's letters and digits (NFKC, case-folded, spaces and marks left out).

    A text of fewer than `n` of them has none.
    """
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return {folded[i : i + n] for i in range(len(folded) - n + 1)}


def rarity(sentences: Sequence[AbstractSet[str]]) -> dict[str, float]:
    """The weight of every gram: log(1 + N/df), where df of the N sentences hold it.

    Source: inverse document frequency as in BM25 (Robertson & Zaragoza 2009), unsmoothed.
    """
    holders = Counter(gram for sentence in sentences for gram in sentence)
    return {gram: math.log(1 + len(sentences) / count) for gram, count in holders.items()}


def shared_rarity(
    sentence: AbstractSet[str],
    weights: Mapping[str, float],
    asked: AbstractSet[str],
    answered: AbstractSet[str] = frozenset(),
    answer_weight: float = 1.0,
) -> float:
    """How much a sentence shares with a question, or with a question and its answer; 0 is nothing.

    The sum of the weights of the grams shared with the question, and, times `answer_weight`, of
    those shared with the answer alone, divided by sqrt(10 + the sentence's grams).
    """
    shared = sum(weights[gram] for gram in sorted(sentence & asked))
    shared += answer_weight * sum(weights[gram] for gram in sorted(sentence & answered - asked))
    return shared / math.sqrt(SHORTNESS + len(sentence))
