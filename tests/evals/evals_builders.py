"""Samples and answers for tests, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evals.answer_record import AnswerRecord, NodeRecord
from evals.metrics.gold_quote import GoldQuote
from evals.outcome import Outcome
from evals.sample import Evidence, Sample

EMPTY = AnswerRecord(
    text="", refused=False, stages=[], context=[], citations=[], prompt="", prompt_tokens=0,
    completion_tokens=0, seconds={}, model_seconds=0.0,
)  # fmt: skip


def node(start: int, end: int, source: str = "a.md", **metadata: Any) -> NodeRecord:
    return NodeRecord(source, start, end, "字" * (end - start), None, metadata)


def answer(text: str = "", **fields: Any) -> AnswerRecord:
    return replace(EMPTY, text=text, **fields)


def found(*nodes: NodeRecord, left: list[NodeRecord] | None = None) -> AnswerRecord:
    """An answer that retrieved nodes, of which a postprocessor left some."""
    stages = [("retrieving", list(nodes))]
    return answer(stages=[*stages, ("cutoff", left)] if left is not None else stages)


def outcome(
    record: AnswerRecord | Sequence[AnswerRecord] | None,
    *quotes: tuple[int, int],
    error: str = "",
    **sample: Any,
) -> Outcome:
    """An outcome of a question with gold quotes in a.md: one answer, several, or none."""
    gold = [GoldQuote("a.md", (place,)) for place in quotes]
    evidence = tuple(Evidence("a.md", "字" * (end - start)) for start, end in quotes)
    answers = [record] if isinstance(record, AnswerRecord) else list(record or ())
    asked = Sample("q", "何？", **{"evidence": evidence, **sample})
    return Outcome(asked, gold, answers, error)
