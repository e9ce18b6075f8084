"""Which sentences of the passages an answer rests on."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.japanese.sentences import split_sentences

# Character bigrams: they need no word boundaries, which a recogniser gets wrong, and survive a
# changed particle or ending.
GRAM = 2
# What the answer adds to the question says more about where it came from than what both ask about.
ANSWER_WEIGHT = 2.0
# Divides by the root of a sentence's bigrams, so that long ones do not win by length alone; the
# constant keeps scraps of a few characters from winning by shortness.
SHORTNESS = 10


@dataclass(frozen=True)
class LocatedSentence:
    """A sentence of `context[passage]`: text[start:end] of its node, and how much speaks for it."""

    passage: int
    start: int
    end: int
    score: float


def locate(question: str, answer: str, context: Sequence[NodeWithScore]) -> list[LocatedSentence]:
    """All sentences of the passages, the likeliest source of the answer first.

    A sentence's score is the sum of log(1 + N/df) over the character bigrams that it shares with
    the answer (weight 2) or only with the question (weight 1), divided by sqrt(10 + its bigrams);
    N sentences are in the context, df of them hold the bigram. Equal scores: the earlier passage
    and sentence. Sentences that share nothing are left out.

    Args:
        question: The question, standing alone.
        answer: What was answered; "" ranks by the question alone.
        context: Passages, in any order.

    Source: inverse document frequency as in BM25 (Robertson & Zaragoza 2009), unsmoothed.
    """
    sentences = [
        (passage, start, end, _grams(text[start:end]))
        for passage, hit in enumerate(context)
        for text in [hit.node.get_content(MetadataMode.NONE)]
        for start, end in split_sentences(text)
    ]
    holders = Counter(gram for *_, grams in sentences for gram in grams)
    weights = {gram: math.log(1 + len(sentences) / count) for gram, count in holders.items()}
    asked, answered = _grams(question), _grams(answer)

    def score(grams: set[str]) -> float:
        shared = ANSWER_WEIGHT * sum(weights[g] for g in grams & answered - asked)
        shared += sum(weights[g] for g in grams & asked)
        return shared / math.sqrt(SHORTNESS + len(grams))

    located = [LocatedSentence(p, start, end, score(grams)) for p, start, end, grams in sentences]
    return sorted((s for s in located if s.score > 0), key=lambda s: -s.score)


def _grams(text: str) -> set[str]:
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return {folded[i : i + GRAM] for i in range(len(folded) - GRAM + 1)}
