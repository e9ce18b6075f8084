"""The JSON shapes of `search` and `ask` (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.answer import Answer
from pipelines.document import SECTIONS_KEY, span


def found(answer: Answer) -> list[NodeWithScore]:
    """The nodes that the last stage left, best first."""
    return answer.stages[-1][1] if answer.stages else answer.retrieved


def search_record(answer: Answer, question_id: str | int | None = None) -> dict[str, Any]:
    """`search --json`; the id only where a batch gave one."""
    record: dict[str, Any] = {} if question_id is None else {"id": question_id}
    record["question"] = answer.question
    record["nodes"] = [_node(rank, scored) for rank, scored in enumerate(found(answer), start=1)]
    if answer.notes:
        record["notes"] = answer.notes
    record["seconds"] = {stage: round(value, 4) for stage, value in answer.seconds.items()}
    return record


def ask_record(answer: Answer, question_id: str | int | None = None) -> dict[str, Any]:
    """`ask --json`: what `search --json` has, and the answer; what an engine decided, if it did."""
    record = search_record(answer, question_id)
    record["answer"] = answer.text
    record["refused"] = answer.refused
    record["citations"] = [
        {
            "n": citation.n,
            "source": citation.source,
            "start_char": citation.start_char,
            "end_char": citation.end_char,
            "label": citation.label,
            "text": citation.text,
        }
        for citation in answer.citations
    ]
    record["usage"] = {
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
    }
    if answer.steps:
        record["steps"] = answer.steps
    if answer.routes:
        record["routes"] = answer.routes
    if answer.trace:
        record["trace"] = [
            {**asdict(step), "seconds": round(step.seconds, 4)} for step in answer.trace
        ]
    if answer.ranking:
        record["ranking"] = [
            {"option": ranked.option, "text": ranked.text, "probability": ranked.probability}
            for ranked in answer.ranking
        ]
    return record


def _node(rank: int, scored: NodeWithScore) -> dict[str, Any]:
    start_char, end_char = span(scored.node)
    metadata = {key: v for key, v in scored.node.metadata.items() if key != SECTIONS_KEY}
    return {
        "rank": rank,
        "score": scored.score,
        "text": scored.node.get_content(MetadataMode.NONE),
        "source": metadata.get("source"),
        "start_char": start_char,
        "end_char": end_char,
        "metadata": metadata,
    }
