"""Which passages an answer rests on, found by what it shares with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.answer import Citation
from pipelines.document import label, span

# Character trigrams: long enough to mean something in Japanese, short enough to survive
# a changed particle.
GRAM = 3
# A passage is cited if it shares at least this part of what the best one shares.
NEAR_BEST = 0.6


def cite(answer: str, question: str, context: Sequence[NodeWithScore], most: int) -> list[Citation]:
    """Citations of the passages in the prompt that share most with the answer, in prompt order.

    What the answer only repeats from the question counts for no passage. If it shares nothing
    with any passage (an answer in another language), the best ranked passage is cited.

    Args:
        answer: The answer's text.
        question: The question as asked.
        context: Passages in the prompt, in the order of their numbers.
        most: Citations at most.
    """
    if not context or not answer:
        return []
    wanted = _grams(answer) - _grams(question)
    shared = [len(wanted & _grams(hit.node.get_content(MetadataMode.NONE))) for hit in context]
    best = max(shared)
    if best == 0:
        chosen = [0]
    else:
        ranked = sorted(range(len(context)), key=lambda i: (-shared[i], i))
        chosen = sorted(i for i in ranked[:most] if shared[i] >= NEAR_BEST * best)
    return [_citation(i + 1, context[i]) for i in chosen]


def _citation(n: int, hit: NodeWithScore) -> Citation:
    start, end = span(hit.node)
    metadata = hit.node.metadata
    return Citation(
        n=n,
        source=str(metadata.get("source", "")),
        start_char=start,
        end_char=end,
        label=label(metadata),
        text=hit.node.get_content(MetadataMode.NONE),
    )


def _grams(text: str) -> set[str]:
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return {folded[i : i + GRAM] for i in range(len(folded) - GRAM + 1)}
