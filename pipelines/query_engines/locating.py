"""Which sentences of the passages an answer rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.japanese.grams import grams, rarity, shared_rarity
from pipelines.japanese.sentences import split_sentences

# What the answer adds to the question says more about where it came from than what both ask about.
ANSWER_WEIGHT = 2.0


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
        (passage, start, end, grams(text[start:end]))
        for passage, hit in enumerate(context)
        for text in [hit.node.get_content(MetadataMode.NONE)]
        for start, end in split_sentences(text)
    ]
    weights = rarity([held for *_, held in sentences])
    asked, answered = grams(question), grams(answer)
    located = [
        LocatedSentence(
            passage, start, end, shared_rarity(held, weights, asked, answered, ANSWER_WEIGHT)
        )
        for passage, start, end, held in sentences
    ]
    return sorted((s for s in located if s.score > 0), key=lambda s: -s.score)
