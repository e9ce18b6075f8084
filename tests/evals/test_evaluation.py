"""A suite over real documents and the embedded model: what is computed, kept and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.evaluation import Evaluation, evaluate
from pipelines.errors import ConfigError
from pipelines.rag import RagPipeline

QUESTIONS = [
    {
        "id": "when", "question": "川会議はいつ開かれますか？",
        "evidence": [{"source": "river.md", "quote": "川会議は毎月第二木曜日の夜に開かれます。"}],
    },
    {
        "id": "fish", "question": "魚道の工費はいくらですか？",
        "evidence": [{"source": "fish.md", "quote": "魚道の工費は四百万円です。"}],
    },
    {"id": "none", "question": "今日の株価はいくらですか？", "answerable": False},
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "docs"
    documents.mkdir()
    (documents / "river.md").write_text(
        "川会議は毎月第二木曜日の夜に開かれます。\n会場は公民館です。\n"
    )
    (documents / "fish.md").write_text("魚道の工費は四百万円です。\n工事は冬に行われます。\n")
    write_questions(tmp_path, QUESTIONS)
    write_suite(tmp_path)
    return tmp_path


def write_questions(folder: Path, questions: list[dict[str, Any]]) -> None:
    lines = [json.dumps(question, ensure_ascii=False) + "\n" for question in questions]
    (folder / "q.jsonl").write_text("".join(lines), encoding="utf-8")


def write_suite(folder: Path, **changes: Any) -> None:
    suite = {
        "name": "river",
        "datasets": [{"kind": "questions", "path": "q.jsonl", "documents": ["docs"]}],
        "answers": False,
        "arms": [
            {"name": "words", "set": ["retriever={kind: bm25, top_k: 3}", "postprocessors=[]"]},
            {"name": "both"},
        ],
        "metrics": [{"kind": "recall", "k": 1}, {"kind": "mrr"}, {"kind": "seconds"}],
        **changes,
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")


def run(folder: Path, home: Path, stop_after: int | None = None) -> tuple[Evaluation, list[bool]]:
    """The evaluation, and of each question whether it was there already; a stop is a kill."""
    there: list[bool] = []

    def on_question(arm: str, done: int, total: int, was_there: bool) -> None:  # noqa: ARG001
        there.append(was_there)
        if len(there) == stop_after:
            raise KeyboardInterrupt

    return evaluate(folder / "suite.yaml", [], home, on_question, lambda _: None), there


def test_a_suite_is_scored_kept_and_gone_on_with(folder: Path, home: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(folder, home, stop_after=2)
    evaluation, there = run(folder, home)
    assert there == [True, True, False, False, False, False]
    results = {result.metric: result for result in evaluation.results["q"]}
    recall = results["recall@1"].summaries["both"]
    assert (recall.mean, recall.scored, recall.total) == (1.0, 2, 3)
    assert recall.reasons == {"no evidence is known": 1}
    lines = (evaluation.folder / "records.jsonl").read_text().splitlines()
    asked = [(json.loads(line)["arm"], json.loads(line)["id"]) for line in lines]
    assert asked == [(arm, q) for arm in ("words", "both") for q in ("when", "fish", "none")]


def test_an_unchanged_run_computes_nothing(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = run(folder, home)

    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a pipeline was opened")

    monkeypatch.setattr(RagPipeline, "open", opened)
    again, there = run(folder, home)
    assert all(there)
    assert again.results == first.results


def test_what_changed_is_computed_anew(folder: Path, home: Path) -> None:
    run(folder, home)
    write_questions(folder, [*QUESTIONS[:1], {**QUESTIONS[1], "question": "魚道はいくら？"}])
    assert run(folder, home)[1] == [True, False, True, False]
    (folder / "docs" / "river.md").write_text(
        "川会議は毎月第二木曜日の夜に開かれます。\n中止です。\n"
    )
    assert not any(run(folder, home)[1])


def test_arms_that_search_other_passages_share_no_result(folder: Path, home: Path) -> None:
    arms = [
        {"name": "all", "set": ["postprocessors=[]"]},
        {"name": "fish", "set": ["postprocessors=[]", "where={source: [fish.md]}"]},
    ]
    write_suite(folder, arms=arms)
    evaluation, _ = run(folder, home)
    sources = {
        arm: {
            node.source for outcome in of_arm if outcome.answer for node in outcome.answer.remaining
        }
        for arm, of_arm in evaluation.outcomes["q"].items()
    }
    assert sources == {"all": {"river.md", "fish.md"}, "fish": {"fish.md"}}


def test_a_stage_that_arms_share_is_computed_once_and_said(folder: Path, tmp_path: Path) -> None:
    arms = [
        {"name": "found", "set": ["postprocessors=[]"]},
        {"name": "best", "set": ["postprocessors=[{kind: cutoff, relative: 0.9}]"]},
    ]
    write_suite(folder, arms=arms)
    evaluation, _ = run(folder, tmp_path / "home")
    found, best = (evaluation.outcomes["q"][arm] for arm in ("found", "best"))
    assert [one.shared_seconds for one in found] == [0.0, 0.0, 0.0]
    for own, shared in zip(found, best, strict=True):
        assert own.answer is not None
        assert 0 < shared.shared_seconds <= own.answer.seconds["retrieving"]


def corrected(folder: Path, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """A dataset with a version in which 川会議 was corrected to 水会議."""
    (folder / "fixed").mkdir()
    for file in (folder / "docs").iterdir():
        text = file.read_text().replace("川会議", "水会議")
        (folder / "fixed" / file.name).write_text(text)
    lines = [
        json.dumps(one, ensure_ascii=False).replace("川会議は毎", "水会議は毎") for one in questions
    ]
    (folder / "fixed.jsonl").write_text("\n".join(lines))
    return {
        "kind": "questions", "path": "q.jsonl", "documents": ["docs"],
        "versions": {"fixed": {"path": "fixed.jsonl", "documents": ["fixed"]}},
    }  # fmt: skip


def test_an_arm_searches_its_version_of_the_documents(folder: Path, home: Path) -> None:
    arms = [{"name": "corrected", "version": "fixed"}, {"name": "raw"}]
    write_suite(folder, datasets=[corrected(folder, QUESTIONS)], arms=arms)
    evaluation, _ = run(folder, home)
    outcomes = evaluation.outcomes["q"]
    assert list(outcomes) == ["corrected", "raw"]
    words = {"corrected": "水会議は", "raw": "川会議は"}
    for arm, word in words.items():
        first = outcomes[arm][0]
        assert first.answer is not None
        assert first.answer.remaining[0].text.startswith(word)
        assert first.ranks(first.answer.remaining) == [1]
    recall = evaluation.results["q"][0]
    assert recall.comparisons["raw"] is not None
    assert recall.comparisons["raw"].n == 2


def test_a_version_has_the_same_questions(folder: Path, home: Path) -> None:
    arms = [{"name": "raw"}, {"name": "corrected", "version": "fixed"}]
    write_suite(folder, datasets=[corrected(folder, QUESTIONS[:2])], arms=arms)
    with pytest.raises(ConfigError, match=r"fixed\.jsonl: versions: it lacks 'none'"):
        run(folder, home)
    write_suite(folder, arms=[{"name": "a", "version": "fixt"}])
    with pytest.raises(ConfigError, match="dataset 'q': no version 'fixt': it has none"):
        run(folder, home)


def test_gold_that_is_not_in_the_documents_is_found_before_anything_runs(
    folder: Path, home: Path
) -> None:
    wrong = {**QUESTIONS[1], "evidence": [{"source": "fish.md", "quote": "五百万円"}]}
    write_questions(folder, [QUESTIONS[0], wrong])
    with pytest.raises(ConfigError, match=r"q.jsonl: line 2: evidence: quote not found in fish"):
        run(folder, home)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"arms": [{"name": "a", "set": ["retriever.topk=3"]}]}, r"arm 'a': .*unknown key"),
        (
            {"arms": [{"name": "a", "set": ["retriever={kind: web}"]}]},
            r"arm 'a': it searches the web.* recorded cassette, mode: replay",
        ),
        (
            {"arms": [{"name": "a", "set": ["query_engine={kind: closed_book}"]}]},
            "arm 'a': it retrieves nothing",
        ),
        ({"datasets": [{"kind": "questions", "path": "q.jsonl"}]}, "names no documents"),
        (
            {
                "datasets": [
                    {"kind": "questions", "path": "q.jsonl", "documents": ["docs"], "name": "d"}
                ]
                * 2
            },
            "two have the same name",
        ),
        (
            {
                "answers": True,
                "arms": [{"name": "a", "set": ["query_engine={kind: multiple_choice}"]}],
            },
            "3 questions without options",
        ),
        (
            {
                "answers": True,
                "arms": [
                    {"name": "a", "control": "oracle", "set": ["query_engine={kind: corrective}"]}
                ],
            },
            "control: oracle needs an engine that searches once",
        ),
        (
            {"answers": True, "metrics": [{"kind": "option_accuracy"}]},
            "option_accuracy applies to no question .the question has no options",
        ),
        (
            {"answers": True, "repeats": 3},
            "arm 'words': repeats: all 3 answers would be the same: set llm.generation.temperature",
        ),
        (
            {"gates": [{"metric": "recall@1", "arm": "both", "dataset": "qq", "at_least": 0.5}]},
            "gates: no dataset 'qq': one of q",
        ),
    ],
)
def test_what_can_not_run_is_refused_by_name(
    folder: Path, home: Path, changes: dict[str, Any], named: str
) -> None:
    write_suite(folder, **changes)
    with pytest.raises(ConfigError, match=named):
        run(folder, home)
