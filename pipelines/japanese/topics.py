"""Where a text turns to another topic, and which terms tell a topic from the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.compiled import compiled

Numbers = NDArray[np.int64]


def topic_starts(sentences: Sequence[Sequence[str]]) -> list[int]:
    """The sentences that begin a topic, ascending; the first one does, if there is any.

    Chosen are the segments under which the words are most likely: each segment has its own word
    probabilities, (occurrences + 1) / (words of the segment + different words of the text), and
    each costs ln(words of the text). All segmentations are compared, and nothing is to be set: how
    many topics there are follows from the text. O(sentences x words); 1,000 sentences take 20 ms.

    Source: Utiyama and Isahara, A statistical model for domain-independent text segmentation, 2001.

    Args:
        sentences: The words that say what each sentence is about, such as
            `SudachiTokenizerSettings().build().tokenize`; may be empty.
    """
    numbers: dict[str, int] = {}
    flat = [numbers.setdefault(word, len(numbers)) for words in sentences for word in words]
    edges = np.cumsum([0, *map(len, sentences)], dtype=np.int64)
    before = _best_starts(np.array(flat, dtype=np.int64), edges, len(numbers))
    starts: list[int] = []
    place = len(sentences)
    while place > 0:
        place = int(before[place])
        starts.append(place)
    return starts[::-1]


@compiled
def _best_starts(words: Numbers, edges: Numbers, different: int) -> Numbers:
    """For each i, where the last of the best segments of the first i sentences begins."""
    sentences = edges.shape[0] - 1
    fee = math.log(max(words.shape[0], 2))
    costs = np.full(sentences + 1, np.inf)
    costs[0] = 0.0
    starts = np.zeros(sentences + 1, dtype=np.int64)
    counts = np.zeros(different, dtype=np.int64)
    for first in range(sentences):
        counts[:] = 0
        # The sum of f ln(f + 1) over words that occur f times.
        gain = 0.0
        for last in range(first, sentences):
            for place in range(edges[last], edges[last + 1]):
                occurrences = counts[words[place]]
                gain -= occurrences * math.log(occurrences + 1)
                occurrences += 1
                gain += occurrences * math.log(occurrences + 1)
                counts[words[place]] = occurrences
            size = edges[last + 1] - edges[first]
            cost = costs[first] + size * math.log(size + different) - gain + fee
            if cost < costs[last + 1]:
                costs[last + 1] = cost
                starts[last + 1] = first
    return starts


def telling_terms(topics: Sequence[Sequence[str]], most: int) -> list[list[str]]:
    """For each topic the at most `most` terms that tell it from the rest, the most telling first.

    A term that occurs f times in a topic, where it is the share p of the topic's terms and q of
    all terms, weighs f ln(p / q), its part of their Kullback-Leibler divergence. Those that are no
    more frequent than elsewhere are left out; ties are in the order of the text.
    """
    everywhere = Counter(term for topic in topics for term in topic)
    total = everywhere.total()
    found = []
    for topic in topics:
        weights = [
            (-count * math.log(count * total / (everywhere[term] * len(topic))), term)
            for term, count in Counter(topic).items()
        ]
        ranked = sorted(weights, key=lambda weighted: weighted[0])
        found.append([term for weight, term in ranked if weight < 0][:most])
    return found
