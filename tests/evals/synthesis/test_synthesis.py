"""The way from documents to files, with a model that follows a script."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.gold import locate_gold
from evals.question_lines import read_questions
from evals.synthesis.corpus import read_corpus
from evals.synthesis.journal import Journal, alone
from pipelines.document import make_document
from pipelines.errors import ConfigError, YomitokiError
from tests.evals.synthesis.question_writer import QuestionWriter, asks, documents
from tests.evals.synthesis.scripted_run import PROVENANCE, REQUEST, made


def test_the_file_is_a_dataset_whose_gold_is_in_the_documents(tmp_path: Path) -> None:
    made(tmp_path)
    samples, problems = read_questions(tmp_path / "q.jsonl")
    assert problems == []
    texts = {str(d.metadata["source"]): d.get_content() for d in documents()}
    gold, missing = locate_gold(samples, texts)
    assert missing == []
    assert len(gold) == 6
    assert sum(bool(sample.options) for sample in samples) == 3
    for sample in samples:
        assert sample.synthetic
        assert sample.evidence[0].quote in texts[sample.evidence[0].source]
        assert len(sample.options) in (0, 5)
        answer = sample.options[sample.right_option or 0] if sample.options else sample.reference
        assert answer in sample.evidence[0].quote
        assert not sample.options or sample.right_option is not None


def test_each_record_says_what_it_was_made_with_and_from(tmp_path: Path) -> None:
    record = made(tmp_path).accepted[0]
    synthesis = record["synthesis"]
    assert (synthesis["model"], synthesis["quantization"], synthesis["seed"]) == ("m", "nf4", 0)
    assert synthesis["prompt_version"] == "p-1"
    text = next(d.get_content() for d in documents() if d.metadata["source"] == synthesis["source"])
    assert text[synthesis["start_char"] : synthesis["end_char"]] == synthesis["passage"]
    start, end = synthesis["sentence_asked"]
    assert text[start:end] == record["evidence"][0]["quote"]
    assert record["group"] == (
        f"{synthesis['source']} {synthesis['start_char']}-{synthesis['end_char']}"
    )


def test_questions_are_spread_evenly_over_the_documents(tmp_path: Path) -> None:
    sources = [record["synthesis"]["source"] for record in made(tmp_path).accepted]
    assert sorted(sources) == ["river.md"] * 3 + ["town.md"] * 3


def lines(folder: Path) -> list[str]:
    return [
        line
        for name in ("q.jsonl", "q.rejected.jsonl")
        for line in (folder / name).read_text("utf-8").splitlines()
        if (folder / name).exists()
    ]


def sometimes(marked: str) -> str:
    """A question that refers to its passage where the slope is asked about."""
    return "この川の長さは何キロですか？" if "勾配" in marked else asks(marked)


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        made(tmp_path / folder, QuestionWriter(question=sometimes))
    assert lines(tmp_path / "a") == lines(tmp_path / "b")
    assert (tmp_path / "a" / "q.rejected.jsonl").exists()
    other = made(tmp_path / "c", corpus=read_corpus(documents(), None, 1))
    assert {record["id"] for record in other.accepted}.isdisjoint(
        json.loads(line)["id"] for line in lines(tmp_path / "a")
    )


class KilledError(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_a_killed_run_goes_on_and_ends_with_the_same_files(tmp_path: Path, after: int) -> None:
    made(tmp_path / "whole", QuestionWriter(question=sometimes))
    count = 0

    def dies(marked: str) -> str:
        nonlocal count
        count += 1
        if count > after:
            raise KilledError
        return sometimes(marked)

    with pytest.raises(KilledError):
        made(tmp_path / "cut", QuestionWriter(question=dies))
    kept = lines(tmp_path / "cut") if (tmp_path / "cut" / "q.rejected.jsonl").exists() else None
    if kept is not None:
        assert len(kept) == after
    # Cut inside of a line, as a kill in the middle of a write would leave it.
    with (tmp_path / "cut" / "q.jsonl").open("a") as file:
        file.write('{"id": "syn-half')
    model = QuestionWriter(question=sometimes)
    made(tmp_path / "cut", model)
    assert lines(tmp_path / "cut") == lines(tmp_path / "whole")
    assert len(model.answers) == len(set(lines(tmp_path / "whole"))) - after
    # Nothing that was read for another question is in the model's cache, killed or not.
    assert model.forgotten == len(lines(tmp_path / "whole")) - after


def test_a_finished_run_asks_nothing_and_a_larger_one_adds(tmp_path: Path) -> None:
    first = [record["id"] for record in made(tmp_path).accepted]
    again = QuestionWriter()
    made(tmp_path, again)
    assert again.answers == {}
    more = made(tmp_path, request=replace(REQUEST, count=8)).accepted
    assert [record["id"] for record in more[:6]] == first
    assert len(more) == 8


def test_files_made_otherwise_are_not_mixed(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(ConfigError, match=r"q.jsonl: line 1: made with seed 0, now 7; documents d"):
        Journal(tmp_path / "q.jsonl", replace(PROVENANCE, seed=7, documents="e"))
    (tmp_path / "other.jsonl").write_text('{"id": 1, "question": "?"}\n')
    with pytest.raises(ConfigError, match="line 1: not written by eval synthesize: give another"):
        Journal(tmp_path / "other.jsonl", PROVENANCE)


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    out = tmp_path / "q.jsonl"
    with (
        alone(out, tmp_path),
        pytest.raises(YomitokiError, match="another process is writing it"),
        alone(out, tmp_path),
    ):
        pass


def test_documents_without_anything_to_ask_for_are_refused() -> None:
    empty = make_document("はい。ええ。", "a.md", [])
    with pytest.raises(ConfigError, match="no sentence of the documents could be asked about"):
        read_corpus([empty], None, 0)
    with pytest.raises(ConfigError, match="no sentence of the documents in en could"):
        read_corpus(documents(), "en", 0)
