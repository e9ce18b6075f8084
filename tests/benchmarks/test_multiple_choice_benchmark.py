from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.multiple_choice import (
    Item,
    average_precision_at_3,
    main,
    read_item,
    table_row,
    ways,
)
from pipelines.config import load_config
from pipelines.errors import ConfigError
from tests.benchmarks.scripted_pipeline import ScriptedPipeline, opening
from tests.pipelines.query_engines.engine_doubles import ChoosingLLM, node

ENSEMBLE = (
    "{kind: multiple_choice, scorer: {kind: likelihood, letter_weight: 1}, members: [{}, {}]}"
)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a", "options": {"B": "大正", "A": "明治"}, "answer": "B"},
        {"_id": "a", "choices": {"a": "明治", "b": "大正"}, "answer": "b"},
        {"_id": "a", "choices": ["明治", "大正"], "answer_index": 1},
    ],
)
def test_the_three_schemas(record: dict[str, Any]) -> None:
    assert read_item({"question": "いつ？", **record}) == Item("a", "いつ？", ("明治", "大正"), 1)


def test_an_item_without_a_right_option_is_refused() -> None:
    for gold in ({"answer": "C"}, {"answer_index": 2}, {}):
        with pytest.raises(ConfigError, match="x: no right option"):
            read_item({"id": "x", "question": "？", "options": {"A": "1", "B": "2"}, **gold})


def test_average_precision_of_one_right_option() -> None:
    ranks = [average_precision_at_3([3, 0, 2, 1], gold) for gold in (3, 0, 2, 1)]
    assert ranks == [1, 1 / 2, 1 / 3, 0]


def test_the_ways_of_a_config() -> None:
    found = ways(load_config(None, [f"query_engine={ENSEMBLE}"], {}))
    engines = {way: settings.query_engine for way, settings in found.items()}
    assert list(engines) == ["closed_book", "retrieval", "permutations", "config"]
    assert [engine.query for engine in engines.values()][:2] == [
        "closed_book", "question_and_options"
    ]  # fmt: skip
    assert [engine.scorer.permutations for engine in engines.values()] == [1, 1, 26, 3]
    assert [len(engine.members) for engine in engines.values()] == [0, 0, 0, 2]
    encoder = "{kind: multiple_choice, scorer: {kind: encoder, model: someone/deberta}}"
    assert list(ways(load_config(None, [f"query_engine={encoder}"], {}))) == [
        "closed_book", "retrieval", "config"
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="must be multiple_choice"):
        ways(load_config(None, [], {}))


def test_a_row_counts_what_was_scored() -> None:
    records: list[dict[str, Any]] = [
        {"gold": 0, "ranking": [0, 1], "seconds": 1.0},
        {"gold": 0, "ranking": [1, 0], "seconds": 3.0},
        {"gold": 0, "error": "too long"},
    ]
    assert table_row("retrieval", records, 0).startswith("| retrieval | 2/3 | 0.500 (0.000–1.000)")
    assert "| 0.750 (0.500–1.000) | 2.0 |" in table_row("retrieval", records, 0)
    assert "not scored" in table_row("retrieval", records[2:], 0)


def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [
        {"id": n, "question": f"{n}番は？", "options": ["明治", "大正", "昭和"], "answer_index": n}
        for n in range(3)
    ]
    path, out = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join(json.dumps(item) for item in items), encoding="utf-8")
    # A model that always chooses 大正: right first for 1, second for 0, third for 2.
    llm = ChoosingLLM(weigh=lambda _, line: {"大正": 4.0, "明治": 2.0}.get(line, 1.0))
    nodes = {f"{n}番は？ 明治 大正 昭和": [node("年号の話。")] for n in range(3)}
    opened: list[ScriptedPipeline] = []
    arguments = [str(path), "--out", str(out), "--home", str(tmp_path)]
    arguments += ["--set", f"query_engine={ENSEMBLE}"]
    main(arguments, opening(llm, nodes, opened))
    printed = capsys.readouterr().out
    for way in ("closed_book", "retrieval", "permutations", "config"):
        assert f"| {way} | 3/3 | 0.333 " in printed
    assert printed.count(f"| {(1 + 1 / 2 + 1 / 3) / 3:.3f} (") == 4
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 12
    out.write_text("".join(lines[:10]), encoding="utf-8")
    main(arguments, opening(llm, nodes, opened))
    assert [pipeline.asked for pipeline in opened[4:]] == [["1番は？", "2番は？"]]


def test_a_question_that_failed_is_told_and_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    item = {"id": 1, "question": " ", "options": ["明治", "大正"], "answer_index": 0}
    path.write_text(json.dumps(item), encoding="utf-8")
    opened: list[ScriptedPipeline] = []
    arguments = [str(path), "--out", str(out), "--home", str(tmp_path), "--ways", "closed_book"]
    arguments += ["--set", f"query_engine={ENSEMBLE}"]
    for _ in range(2):
        main(arguments, opening(ChoosingLLM(), {}, opened))
    assert len(opened) == 2
    assert "| closed_book | 0/1 | not scored" in capsys.readouterr().out
    assert "empty" in json.loads(out.read_text(encoding="utf-8").splitlines()[0])["error"]
