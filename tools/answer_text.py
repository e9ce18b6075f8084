"""An answer as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

from llama_index.core.schema import MetadataMode

from pipelines.also_heard import readings_label
from pipelines.answer import Answer, Citation
from pipelines.document import label
from pipelines.query_engines.citing import quotes
from pipelines.query_engines.lettered import letter
from tools.console import inert, inert_line, quoted
from tools.records import found

QUOTE_WIDTH = 80
PASSAGE_WIDTH = 200


def answer_lines(answer: Answer, streamed: str = "") -> Iterator[str]:
    """The answer, unless it was streamed just so, and what it rests on.

    Args:
        answer: What came of the question.
        streamed: What stands on the screen already; the cursor is behind it.
    """
    if streamed:
        yield ""
    if streamed.strip() != answer.text.strip():
        yield answer.text.strip()
    for ranked in answer.ranking:
        yield f"{ranked.probability:7.1%}  {letter(ranked.option)}. {inert_line(ranked.text)}"
    for step in answer.steps:
        yield f"({inert_line(step)})"
    yield from note_lines(answer)
    # An agent's steps tell who refused.
    if answer.refused and not answer.trace:
        yield "(refused: the documents do not tell)"
    if answer.citations:
        yield ""
    for citation in answer.citations:
        said = quotes([citation]) in answer.text
        yield _head(citation) + ("" if said else f": {quoted(citation.text, QUOTE_WIDTH)}")


def source_lines(answer: Answer) -> Iterator[str]:
    """The cited passages in full."""
    for number in dict.fromkeys(citation.n for citation in answer.citations):
        node = answer.context[number - 1].node
        yield f"[{number}] {inert_line(label(node.metadata))}"
        for line in inert(node.get_content(MetadataMode.NONE).strip()).splitlines():
            yield f"    {line}"


def note_lines(answer: Answer) -> Iterator[str]:
    """What a person should know of the answer beside it, in brackets."""
    for note in answer.notes:
        yield f"({inert_line(note)})"


def node_lines(answer: Answer) -> Iterator[str]:
    """Found passages, numbered, each with its place, score and beginning."""
    nodes = found(answer)
    if not nodes:
        yield _why_nothing(answer)
    yield from note_lines(answer)
    for rank, scored in enumerate(nodes, start=1):
        score = "" if scored.score is None else f"  {scored.score:.4f}"
        yield f"{rank}. {inert_line(label(scored.node.metadata))}{score}"
        yield f"   {quoted(scored.node.get_content(MetadataMode.NONE), PASSAGE_WIDTH)}"
        if heard := readings_label(scored.node.metadata):
            yield f"   also heard: {inert_line(heard)}"


def usage_line(answer: Answer) -> str:
    """``12.3 s (rerank 8.1, generate 3.9), 1,234 tokens read, 56 written``."""
    parts = ", ".join(f"{stage} {value:.1f}" for stage, value in answer.seconds.items())
    total = sum(answer.seconds.values())
    usage = answer.usage
    return (
        f"{total:.1f} s ({parts}), {usage.prompt_tokens:,} tokens read, "
        f"{usage.completion_tokens:,} written"
    )


def _why_nothing(answer: Answer) -> str:
    """Whether nothing matched, or which step dropped all that did."""
    for kind, kept in answer.stages:
        if answer.retrieved and not kept:
            count = len(answer.retrieved)
            what = f"{count} passages" if count > 1 else "only passage"
            return f"nothing left: {kind} dropped the {what} found"
    return "nothing found: no passage matches the question"


def _head(citation: Citation) -> str:
    return f"[{citation.n}] {inert_line(citation.label)}"
