"""The report: what it shows, that it needs nothing from outside, and that documents stay data."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from evals.dataset import Dataset
from evals.evaluation import Evaluation
from evals.gates import FailedGate
from evals.metrics.gold_quote import GoldQuote
from evals.outcome import Outcome
from evals.report.files import answers_jsonl, junit_xml, scores_csv, write_report
from evals.report.page import report_page
from evals.report.question_view import Piece, marked, place_label
from evals.report.summary import summary_markdown
from evals.results import metric_results
from evals.sample import Evidence, Sample
from evals.suite import SuiteSettings
from tests.evals.evals_builders import answer, node

ATTACK = "<script>alert(1)</script> \x1b[2J"


def evaluation(folder: Path, **answers: Any) -> Evaluation:
    """Two arms on one question, whose evidence is 0-6 of a.md."""
    suite = SuiteSettings.model_validate(
        {
            "name": "s",
            "datasets": [{"kind": "questions", "path": "q.jsonl"}],
            "arms": [{"name": arm} for arm in answers],
            "metrics": [{"kind": "recall", "k": 5}, {"kind": "alias_match"}, {"kind": "seconds"}],
        }
    )
    sample = Sample(
        "=q1", f"いつ？{ATTACK}", aliases=("夜",), evidence=(Evidence("a.md", "字字字"),)
    )
    quotes = [GoldQuote("a.md", ((0, 6),))]
    outcomes = {
        arm: [
            Outcome(
                sample, quotes, [record] if record else (), "" if record else "broke", 3 * 2**30
            )
        ]
        for arm, record in answers.items()
    }
    return Evaluation(
        suite=suite,
        folder=folder,
        datasets=[Dataset("d", (sample,))],
        outcomes={"d": outcomes},
        judged={"d": {}},
        results={"d": metric_results(suite, outcomes)},
        failed_gates=[FailedGate("d", "ours", "recall@5 of ours is 0.000: must be at least 1")],
    )


@pytest.fixture
def ran(tmp_path: Path) -> Evaluation:
    read = [node(0, 8)]
    return evaluation(
        tmp_path,
        base=answer(
            f"朝です{ATTACK}", stages=[("retrieving", read)], context=read, prompt=ATTACK,
            seconds={"answering": 2.0},
        ),
        ours=answer("夜です", stages=[("retrieving", read)], context=read),
        broken=None,
    )  # fmt: skip


def test_every_question_shows_gold_answers_passages_and_causes(ran: Evaluation) -> None:
    page = report_page(ran)
    for shown in (
        "朝です",
        "夜です",
        "in the prompt, not used",
        "broke",
        "recall@5 of ours is 0.000",
    ):
        assert shown in page
    assert "<mark>字字字字字字</mark>字字" in page
    assert page.count("<svg") == 5


def test_a_summary_has_the_numbers_and_no_word_of_the_documents(ran: Evaluation) -> None:
    text = summary_markdown(ran, "##")
    assert "### d: 1 questions" in text
    assert "| ours | 1.000 | [1.000, 1.000] | 1/1 | base | +1.000 |" in text
    assert "| arm | right | in the prompt, not used | failed |" in text
    assert "| base | 0 | 1 | 0 |" in text
    for kept_out in ("朝です", "夜です", "字", "いつ", "script"):
        assert kept_out not in text


def test_documents_and_models_write_nothing_into_the_page(ran: Evaluation) -> None:
    page = report_page(ran)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script>") == 1


def test_the_page_loads_nothing_from_outside(ran: Evaluation) -> None:
    page = report_page(ran)
    assert "default-src 'none'" in page
    for loading in ("src=", "<link", "@import", "url(http", "<img"):
        assert loading not in page


def test_the_same_results_give_the_same_bytes(ran: Evaluation) -> None:
    assert report_page(ran) == report_page(ran)


def test_gold_is_marked_where_the_text_is_the_sources() -> None:
    quotes = [GoldQuote("a.md", ((12, 14), (30, 40)))]
    assert marked(node(10, 16), quotes) == (
        Piece("字字", gold=False), Piece("字字", gold=True), Piece("字字", gold=False),
    )  # fmt: skip
    assert marked(node(10, 16, source="b.md"), quotes) == (Piece("字" * 6, gold=False),)


def test_a_passage_is_named_as_a_citation_names_it() -> None:
    assert place_label(node(10, 16)) == "a.md 10–16"
    timed = node(10, 16, t_start=61.0, t_end=75.0, speaker="SPEAKER_0")
    assert place_label(timed) == "a.md [01:01–01:15] SPEAKER_0"


def test_files_hold_what_the_page_shows(ran: Evaluation) -> None:
    rows = list(csv.DictReader(io.StringIO(scores_csv(ran))))
    assert rows[0] == {
        "dataset": "d", "arm": "base", "id": "'=q1", "measure": "recall@5", "value": "1.0",
        "reason": "", "synthetic": "false",
    }  # fmt: skip
    assert [r["reason"] for r in rows if r["arm"] == "broken"] == ["failed: broke"] * 3
    lines = [json.loads(line) for line in answers_jsonl(ran).splitlines()]
    assert [(line["arm"], line["error"]) for line in lines] == [
        ("base", ""), ("ours", ""), ("broken", "broke"),
    ]  # fmt: skip
    cases = ElementTree.fromstring(junit_xml(ran)).findall("./testsuite/testcase")
    failed = {case.get("name"): case.find("failure") is not None for case in cases}
    assert failed == {"base": False, "ours": True, "broken": True}


def test_files_are_written_whole(ran: Evaluation) -> None:
    paths = write_report(ran)
    assert [path.name for path in paths] == [
        "report.html", "results.md", "scores.csv", "answers.jsonl", "junit.xml",
    ]  # fmt: skip
    assert sorted(path.name for path in ran.folder.iterdir()) == sorted(p.name for p in paths)
