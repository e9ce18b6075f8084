from __future__ import annotations

from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.answer import Answer
from tools.answer_text import answer_lines, node_lines

HIT = NodeWithScore(
    node=TextNode(text="堰の改修", start_char_idx=0, end_char_idx=4, metadata={"source": "a.md"}),
    score=0.5,
)


def test_an_empty_search_says_why_it_is_empty() -> None:
    nothing = Answer("？", "", refused=False, stages=[("cutoff", []), ("reorder", [])])
    assert list(node_lines(nothing)) == ["nothing found: no passage matches the question"]
    dropped = Answer(
        "？", "", refused=False, retrieved=[HIT, HIT], stages=[("reorder", [HIT]), ("cutoff", [])]
    )
    assert list(node_lines(dropped)) == ["nothing left: cutoff dropped the 2 passages found"]
    one = Answer("？", "", refused=False, retrieved=[HIT], stages=[("cutoff", [])])
    assert list(node_lines(one)) == ["nothing left: cutoff dropped the only passage found"]


def test_what_an_engine_decided_is_shown_without_control_characters() -> None:
    answer = Answer("？", "答え", refused=True, steps=["searched 'a\x1b[2J'", "refused"])
    lines = list(answer_lines(answer))
    assert lines[0] == "答え"
    assert lines[2:] == ["(refused)", "(refused: the documents do not tell)"]
    assert "\x1b" not in lines[1]


def test_what_should_be_known_beside_is_shown_without_control_characters() -> None:
    answer = Answer("？", "答え", refused=False, notes=["web search: paused (\x1b[2J)"])
    shown = "(web search: paused (\\x1b[2J))"
    assert list(answer_lines(answer)) == ["答え", shown]
    assert list(node_lines(answer))[-1] == shown


def test_where_else_a_passage_was_heard() -> None:
    marks = [["2", 90, 94, 2052.0, 2080.9, True], ["3", 200, 204, 3.0, 4.0, False]]
    metadata = {"source": "a\x1b.md", "also_heard": marks}
    node = TextNode(text="堰の改修", start_char_idx=0, end_char_idx=4, metadata=metadata)
    answer = Answer("？", "", refused=False, retrieved=[NodeWithScore(node=node, score=0.5)])
    assert list(node_lines(answer))[2] == (
        "   also heard: a\\x1b.md [34:12–34:40] (better), a\\x1b.md [00:03–00:04]"
    )
