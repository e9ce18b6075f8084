from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.refusal_curve import Judged, curve, judging, main, report
from pipelines.config import load_config
from pipelines.errors import ConfigError
from tests.benchmarks.scripted_pipeline import ScriptedPipeline, opening
from tests.pipelines.query_engines.engine_doubles import node
from tests.pipelines.scripted_llm import ScriptedLLM

JUDGED = [
    Judged("q-01", True, 0.9),
    Judged("q-03", True, 0.4),
    Judged("q-05", False, 0.4),
    Judged("q-02", True, 0.8),
    Judged("q-04", False, 0.0),
]


def test_the_curve_counts_what_is_below_each_threshold() -> None:
    by_threshold = {threshold: counts for threshold, *counts in curve(JUDGED)}
    assert by_threshold[0.05] == [1, 0]
    assert by_threshold[0.4] == [1, 0], "at the threshold it is not refused"
    assert by_threshold[0.45] == [2, 1]
    assert by_threshold[0.95] == [2, 3]


def test_the_report_keeps_the_halves_apart_and_names_its_seed() -> None:
    lines = report(JUDGED, seed=7)
    # Odd: .9 and .4 against .4: one win and a tie of two pairs. Even: one win. All: 5.5 of 6.
    assert any(line.startswith("| odd ids (tuned on) | 2 | 1 | 0.750 |") for line in lines)
    assert any(line.startswith("| even ids (held out) | 1 | 1 | 1.000 | 1.000") for line in lines)
    assert any(line.startswith("| all | 3 | 2 | 0.917 |") for line in lines)
    assert "| 0.45 | 1 | 1 | 1 | 0 | 2 | 1 |" in lines
    assert any("seed 7" in line for line in lines)
    assert lines[-1] == "1 questions had nothing left to read: refused at every threshold."
    assert report(JUDGED, seed=7) == lines


def test_each_question_is_judged_once_and_no_answer_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = [
        {"id": "q-01", "question": "堰は？", "type": "factoid"},
        {"id": "q-02", "question": "橋は？", "type": "factoid"},
        {"id": "q-03", "question": "塔は？", "type": "unanswerable"},
        {"id": "q-04", "question": "井戸は？", "type": "unanswerable"},
    ]
    path, out = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    path.write_text("\n".join(json.dumps(q) for q in questions) + "\n", encoding="utf-8")
    nodes = {q["question"]: [node(f"{q['question']}のこと。")] for q in questions[:3]}
    llm = ScriptedLLM(yes=lambda prompt: 0.3 if "塔" in prompt else 0.9)
    opened: list[ScriptedPipeline] = []
    arguments = [str(path), "--out", str(out), "--home", str(tmp_path)]
    main(arguments, opening(llm, nodes, opened))
    assert llm.prompts == []
    printed = capsys.readouterr().out
    assert "| all | 2 | 2 | 1.000 |" in printed
    assert "| 0.50 | 1 | 0 | 1 | 0 | 2 | 0 |" in printed
    # The run was killed in the middle of its third line.
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert [json.loads(line)["probability"] for line in lines] == [
        pytest.approx(0.9), pytest.approx(0.9), pytest.approx(0.3), None
    ]  # fmt: skip
    out.write_text("".join(lines[:2]) + lines[2][:20], encoding="utf-8")
    main(arguments, opening(llm, nodes, opened))
    assert opened[1].asked == ["塔は？", "井戸は？"]
    assert capsys.readouterr().out == printed
    main(arguments, opening(llm, nodes, opened))
    assert len(opened) == 2, "nothing is opened when nothing is missing"


def test_other_settings_are_judged_anew_and_other_engines_not_at_all() -> None:
    base = load_config(None, [], {})
    assert judging(base) == judging(load_config(None, ["query_engine.sufficient=0.2"], {}))
    assert judging(base) != judging(load_config(None, ["query_engine.context_tokens=900"], {}))
    with pytest.raises(ConfigError, match="'closed_book' does not judge"):
        judging(load_config(None, ["query_engine={kind: closed_book}"], {}))
