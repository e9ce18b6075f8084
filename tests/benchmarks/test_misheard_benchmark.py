"""What counts as finding a misheard term."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llama_index.core.schema import NodeWithScore, TextNode

from benchmarks.misheard import Case, cases_of_pairs, cases_of_terms, rank


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_nodes_with_the_said_form_count_neither_as_found_nor_as_a_rank(tmp_path: Path) -> None:
    nodes = [
        TextNode(id_="right", text="Qwen3を使う"),
        TextNode(id_="both", text="クエン 酸、つまりqwen3"),
        TextNode(id_="heard", text="クエン\n酸を使う"),
        TextNode(id_="other", text="別の話"),
    ]
    terms = [{"said": "Qwen3", "heard": "クエン酸"}, {"said": "o1", "heard": "大湾"}]
    cases = cases_of_terms(nodes, written(tmp_path / "t.jsonl", terms))
    assert cases == [Case("Qwen3", frozenset({"heard"}), frozenset({"right", "both"}))]
    found = [NodeWithScore(node=node) for node in (nodes[0], nodes[3], nodes[1], nodes[2])]
    assert rank(found, cases[0]) == 2
    assert rank(found[:3], cases[0]) is None


def test_of_pairs_odd_lines_are_asked_and_every_phrase_can_be_found(tmp_path: Path) -> None:
    pairs = [{"said": f"said {i}", "misheard": f"heard {i}"} for i in range(8)]
    nodes, cases = cases_of_pairs(written(tmp_path / "p.jsonl", pairs), every=2)
    assert [node.text for node in nodes] == [f"heard {i}" for i in range(8)]
    assert cases == [Case("said 1", frozenset({"1"})), Case("said 5", frozenset({"5"}))]
