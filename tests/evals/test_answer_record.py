from __future__ import annotations

import json

from llama_index.core.schema import NodeWithScore, TextNode

from evals.answer_record import AnswerRecord, answer_record
from pipelines.answer import Answer, Citation, RankedOption, Usage


def hit(text: str, start: int, score: float) -> NodeWithScore:
    node = TextNode(text=text, start_char_idx=start, end_char_idx=start + len(text))
    node.metadata.update(source="a.md", t_start=1.5)
    return NodeWithScore(node=node, score=score)


ANSWER = Answer(
    question="いつ？",
    text="夜です。",
    refused=False,
    retrieved=[hit("夜七時", 3, 0.5), hit("朝", 9, 0.25)],
    stages=[("llm_rerank", [hit("朝", 9, 2.0)])],
    context=[hit("朝", 9, 2.0)],
    prompt="[質問] いつ？",
    citations=[Citation(1, "a.md", 9, 10, "a.md [0:01]", "朝")],
    usage=Usage(40, 7),
    total_usage=Usage(90, 7),
    seconds={"retrieving": 0.1, "answering": 2.0},
    model_seconds=1.9,
    sufficiency=0.8,
    ranking=[RankedOption(2, "c", 0.6), RankedOption(0, "a", 0.4)],
)


def test_a_record_keeps_what_scores_and_reports_ask_for() -> None:
    record = answer_record(ANSWER)
    assert [(name, [n.text for n in nodes]) for name, nodes in record.stages] == [
        ("retrieving", ["夜七時", "朝"]), ("llm_rerank", ["朝"]),
    ]  # fmt: skip
    assert (record.retrieved[0].span, record.remaining[0].score) == (("a.md", 3, 6), 2.0)
    assert record.retrieved[0].metadata == {"t_start": 1.5}
    assert record.citations[0].metadata == {"label": "a.md [0:01]"}
    assert (record.ranking, record.prompt_tokens, record.completion_tokens) == ([2, 0], 90, 7)


def test_json_gives_the_record_back_and_writes_a_node_once() -> None:
    record = answer_record(ANSWER)
    written = json.loads(json.dumps(record.as_json(), ensure_ascii=False))
    assert AnswerRecord.from_json(written) == record
    assert sum(node["text"] == "朝" for node in written["nodes"]) == 2  # a passage and a citation


def test_an_answer_without_retrieval_has_no_stages() -> None:
    record = answer_record(Answer("q", "夜", refused=False))
    assert record.stages == record.retrieved == record.remaining == []
    nothing_found = answer_record(Answer("q", "", refused=True, seconds={"retrieving": 0.1}))
    assert nothing_found.stages == [("retrieving", [])]
