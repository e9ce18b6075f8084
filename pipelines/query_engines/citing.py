"""What an answer rests on, sentence by sentence: citations, and the words themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.answer import Citation
from pipelines.document import label, span
from pipelines.japanese.sentences import JAPANESE_LETTERS
from pipelines.prompts import inert
from pipelines.query_engines.locating import LocatedSentence, locate
from pipelines.speaker_turns import part_metadata

# A sentence is cited beside the best one if at least this share of the best one's score is its.
NEAR_BEST = 0.7
_BREAKS = re.compile(f"(?<=[{JAPANESE_LETTERS}、。])\\s+(?=[{JAPANESE_LETTERS}])")


def cite(answer: str, question: str, context: Sequence[NodeWithScore], most: int) -> list[Citation]:
    """Citations of the sentences that the answer rests on, in the order of their passages.

    These are the sentence that shares most with the answer, the one that fits the question best
    (where the model strayed, it shows), and others that share nearly as much with the answer. No
    words are cited twice. If no sentence shares anything with answer or question (an answer in
    another language), the last passage, which was ranked best, is cited whole.

    Args:
        answer: The answer's text.
        question: The question, standing alone.
        context: Passages that were read, in the order of their numbers, best last.
        most: Citations at most.
    """
    if not context or not answer:
        return []
    located = locate(question, answer, context)
    if not located:
        last = len(context) - 1
        whole = len(context[last].node.get_content(MetadataMode.NONE))
        return [_citation(context, LocatedSentence(last, 0, whole, 0.0))]
    near = [s for s in located[1:] if s.score >= NEAR_BEST * located[0].score]
    asked = locate(question, "", context)[:1]
    cited: dict[str, LocatedSentence] = {}
    for sentence in [located[0], *asked, *near]:
        if len(cited) < most:
            cited.setdefault(_words(context, sentence), sentence)
    ordered = sorted(cited.values(), key=lambda s: (s.passage, s.start))
    return [_citation(context, sentence) for sentence in ordered]


def quotes(citations: Sequence[Citation]) -> str:
    """The cited words, a line a citation, each with the number of its passage: 「…」[2]"""
    return "\n".join(f"「{_one_line(citation.text)}」[{citation.n}]" for citation in citations)


def _words(context: Sequence[NodeWithScore], sentence: LocatedSentence) -> str:
    text = context[sentence.passage].node.get_content(MetadataMode.NONE)
    return "".join(text[sentence.start : sentence.end].split())


def _citation(context: Sequence[NodeWithScore], sentence: LocatedSentence) -> Citation:
    node = context[sentence.passage].node
    text = node.get_content(MetadataMode.NONE)[sentence.start : sentence.end]
    start, _ = span(node)
    return Citation(
        n=sentence.passage + 1,
        source=str(node.metadata.get("source", "")),
        start_char=start + sentence.start,
        end_char=start + sentence.end,
        label=label(part_metadata(node, sentence.start, sentence.end)),
        text=text,
    )


def _one_line(text: str) -> str:
    return " ".join(_BREAKS.sub("", inert(text)).split())
