from __future__ import annotations

from pathlib import Path

import pytest

from evals.dataset import Dataset
from evals.dataset_settings import PassagesSettings, QuestionsSettings
from evals.sample import Sample
from evals.split import SplitSettings, part_of
from pipelines.errors import ConfigError


def questions(folder: Path, count: int) -> Path:
    path = folder / "q.jsonl"
    path.write_text("".join(f'{{"id": "q{n}", "question": "問{n}？"}}\n' for n in range(count)))
    return path


def test_paths_start_from_the_folder(tmp_path: Path) -> None:
    questions(tmp_path, 2)
    (tmp_path / "docs").mkdir()
    settings = QuestionsSettings(path=Path("q.jsonl"), documents=(Path("docs"),))
    dataset = settings.build(tmp_path)
    assert (dataset.name, len(dataset.samples)) == ("q", 2)
    assert dataset.documents == (tmp_path / "docs",)
    missing = QuestionsSettings(path=Path("q.jsonl"), documents=(Path("none"),))
    with pytest.raises(ConfigError, match="none: documents: no such file or folder"):
        missing.build(tmp_path)


def test_a_limit_is_spread_over_the_file(tmp_path: Path) -> None:
    dataset = QuestionsSettings(path=questions(tmp_path, 10), limit=3).build(tmp_path)
    assert [sample.id for sample in dataset.samples] == ["q0", "q3", "q6"]


def test_questions_with_options_are_kept_or_left_out(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(
        '{"id": "open", "question": "何？"}\n'
        '{"id": "exam", "question": "何？", "options": ["a", "b"], "answer_index": 0}\n'
    )

    def ids(options: bool | None) -> list[str]:
        settings = QuestionsSettings(path=Path("q.jsonl"), options=options)
        return [sample.id for sample in settings.build(tmp_path).samples]

    assert (ids(None), ids(True), ids(False)) == (["open", "exam"], ["exam"], ["open"])


def test_tune_and_test_are_disjoint_whole_and_the_same_each_time(tmp_path: Path) -> None:
    path = questions(tmp_path, 200)

    def ids(part: str, seed: int = 0) -> set[str]:
        split = SplitSettings(seed=seed)
        dataset = QuestionsSettings(path=path, part=part, split=split).build(tmp_path)  # type: ignore[arg-type]
        return {sample.id for sample in dataset.samples}

    assert ids("tune") | ids("test") == ids("all")
    assert not ids("tune") & ids("test")
    assert 70 < len(ids("tune")) < 130  # 100 expected, four standard deviations of 7
    assert ids("tune", seed=1) != ids("tune") == ids("tune")


def test_questions_of_a_group_stay_on_one_side() -> None:
    sides = {part_of(Sample(f"q{n}", "？", group="g"), SplitSettings()) for n in range(50)}
    assert len(sides) == 1


@pytest.mark.parametrize(
    ("identity", "side"),
    [("dev-001", "tune"), ("dev-010", "test"), ("q13-a", "tune"), ("q", "test")],
)
def test_odd_ids_may_be_tuned_on(identity: str, side: str) -> None:
    assert part_of(Sample(identity, "？"), SplitSettings(by="odd_even")) == side


def retrieval_set(folder: Path, qrels: str) -> PassagesSettings:
    (folder / "corpus.jsonl").write_text('{"_id": "p1", "title": "", "text": "川"}\n')
    (folder / "queries.jsonl").write_text(
        '{"_id": "a", "text": "何？"}\n{"_id": "b", "text": "誰？"}\n'
    )
    (folder / "qrels.tsv").write_text(qrels)
    return PassagesSettings(folder=Path())


def test_a_retrieval_set_has_the_questions_that_are_judged(tmp_path: Path) -> None:
    settings = retrieval_set(tmp_path, "query-id\tcorpus-id\tscore\na\tp1\t2\na\tp2\t0\n")
    dataset = settings.build(tmp_path)
    assert [(sample.id, sample.relevant) for sample in dataset.samples] == [("a", {"p1": 2.0})]
    assert dataset.by_passage
    assert dataset.documents == (tmp_path / "corpus.jsonl",)


def test_a_broken_retrieval_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"qrels.tsv: line 2: must be query-id"):
        retrieval_set(tmp_path, "query-id\tcorpus-id\tscore\na p1 1\n").build(tmp_path)
    with pytest.raises(ConfigError, match=r"judges none of the 2 questions"):
        retrieval_set(tmp_path, "c\tp1\t1\n").build(tmp_path)
    (tmp_path / "qrels.tsv").unlink()
    with pytest.raises(ConfigError, match=r"qrels.tsv: no such file: a retrieval set has"):
        PassagesSettings(folder=Path()).build(tmp_path)


def test_the_digest_changes_with_the_gold_and_not_with_the_line() -> None:
    one = Dataset("d", (Sample("a", "何？", line=1, reference="氷"),))
    moved = Dataset("e", (Sample("a", "何？", line=9, reference="氷"),))
    other = Dataset("d", (Sample("a", "何？", line=1, reference="水"),))
    assert one.digest() == moved.digest() != other.digest()
