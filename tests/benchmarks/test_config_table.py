from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from benchmarks.config_table import against, record_of, row
from benchmarks.retrieval_recall import Question
from evals.metrics.gold_quote import GoldQuote
from pipelines.answer import Answer


def hit(start: int, end: int) -> NodeWithScore:
    node = TextNode(text="x" * (end - start), start_char_idx=start, end_char_idx=end)
    node.metadata["source"] = "a.md"
    return NodeWithScore(node=node, score=1.0)


class Answers:
    """A pipeline whose postprocessor keeps the second node that was retrieved."""

    def __init__(self, text: str, *, refused: bool = False) -> None:
        found = [hit(0, 10), hit(20, 30)]
        self._answer = Answer(
            "", text, refused=refused, retrieved=found, stages=[("cutoff", found[1:])]
        )

    def ask(self, question: str) -> Answer:  # noqa: ARG002
        return self._answer

    search = ask


ASKED: dict[str, Any] = {
    "id": "dev-001", "question": "何年？", "type": "fact", "answer_aliases": ["2024年"]
}  # fmt: skip
QUOTE = Question("dev-001", "何年？", [GoldQuote("a.md", ((20, 30),))], any_suffices=False)


def test_what_the_last_stage_left_is_scored_and_the_answer() -> None:
    record = record_of(Answers("2024年です。"), ASKED, QUOTE, search=False)  # type: ignore[arg-type]
    assert (record["recall@5"], record["mrr@10"], record["ndcg@10"]) == (1.0, 1.0, 1.0)
    assert (record["right"], record["refused"]) == (1.0, False)
    record = record_of(Answers("分かりません", refused=True), ASKED, None, search=False)  # type: ignore[arg-type]
    assert "ndcg@10" not in record
    assert (record["right"], record["refused"]) == (0.0, True)
    record = record_of(Answers(""), ASKED, QUOTE, search=True)  # type: ignore[arg-type]
    assert "right" not in record


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ([1.0] * 8, "+1.000 [+1.000, +1.000] helps"),
        ([-1.0] * 8, "-1.000 [-1.000, -1.000] hurts"),
        ([0.0] * 8, "+0.000 [+0.000, +0.000] undecided"),
    ],
)
def test_the_verdict_is_paired_with_the_first_config(ours: list[float], said: str) -> None:
    records = [{"right": value} for value in ours]
    assert against(records, [{"right": 0.0}] * 8, "right", 0) == said
    assert against(records, records, "right", 0) == ""


def test_a_row_counts_answerable_and_unanswerable_apart() -> None:
    found = {"recall@5": 1.0, "recall@10": 1.0, "mrr@10": 0.5, "ndcg@10": 0.25}
    able = {**found, "right": 1.0, "own words": 0.0, "refused": False, "seconds": 2.0}
    not_able = {"right": 1.0, "own words": 1.0, "refused": True, "seconds": 4.0}
    records = [able, not_able]
    line = row("default", records, records, [False, True], 0)
    assert line == (
        "| default | 1.000 | 1.000 | 0.500 | 0.250 |  | 1 of 1 | 0 |  | 1 of 1 | 0 | 3.0 |"
    )
    other = row("other", records, [{**able, "right": 0.0}, not_able], [False, True], 0)
    assert "+1.000 [+1.000, +1.000] helps" in other
