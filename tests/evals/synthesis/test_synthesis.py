"""The whole way from documents to files, with a model that follows a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.gold import locate_gold
from evals.question_lines import read_questions
from evals.synthesis.corpus import Corpus, read_corpus
from evals.synthesis.journal import Journal, alone
from evals.synthesis.lengths import read_lengths
from evals.synthesis.prompts import EVIDENCE
from evals.synthesis.provenance import Provenance
from evals.synthesis.rejection import MEANINGS, REASONS
from evals.synthesis.synthesis import Request, synthesize
from pipelines.document import make_document
from pipelines.errors import ConfigError, YomitokiError
from tests.evals.synthesis.question_writer import (
    RIVER,
    TOWN,
    QuestionWriter,
    Unlike,
    asks,
    documents,
)

WRONG = ("百", "二百", "三百", "四百", "五百", "六百")
PROVENANCE = Provenance("m", "nf4", "w", "p-1", "c-1", 0, "both", "auto", "5-60=1", "d")
REQUEST = Request(6, ("open", "options"), read_lengths("5-60=1"))


def made(
    folder: Path,
    model: QuestionWriter | None = None,
    request: Request = REQUEST,
    corpus: Corpus | None = None,
) -> Journal:
    journal = Journal(folder / "q.jsonl", PROVENANCE)
    corpus = corpus or read_corpus(documents(), None, 0)
    synthesize(request, corpus, model or QuestionWriter(), Unlike(), journal)
    return journal


def reasons(journal: Journal) -> set[str]:
    return {record["reason"] for record in journal.rejected}


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


def test_a_finished_run_asks_nothing_and_a_larger_one_adds(tmp_path: Path) -> None:
    first = [record["id"] for record in made(tmp_path).accepted]
    again = QuestionWriter()
    made(tmp_path, again)
    assert again.answers == {}
    more = made(tmp_path, request=replace(REQUEST, count=8)).accepted
    assert [record["id"] for record in more[:6]] == first
    assert len(more) == 8


def test_lengths_are_as_asked_for_and_what_is_full_is_rejected(tmp_path: Path) -> None:
    request = Request(8, ("open",), read_lengths("5-15=1,16-60=3"))
    journal = made(tmp_path, request=request)
    short = [len(record["question"]) <= 15 for record in journal.accepted]
    assert (sum(short), len(short)) == (2, 8)
    assert reasons(journal) == {"length"}
    assert "15 characters: enough are 5-15" in journal.rejected[0]["message"]


REJECTED: dict[str, dict[str, Any]] = {
    "unreadable": {"question": lambda _: "友瀬川。"},
    "wrong_language": {"question": lambda _: "友瀬川流域面积是多少？"},
    "refers_to_passage": {"question": lambda _: "この川の流域面積は？"},
    "contains_answer": {"question": lambda m: m.replace("【", "").replace("】", "") + "か？"},
    "vague": {"question": lambda _: "どれくらい大きいのですか？"},
    "asks_otherwise": {"question": lambda m: re.sub("【.*】", "", m).rstrip("。") + "か？"},
    "foreign": {"question": lambda m: f"2099年の{asks(m)}"},
    "not_read_back": {"read": lambda _: "知らない町"},
    "closed_book": {"guess": lambda answer: f"たぶん{answer}です"},
}


@pytest.mark.parametrize("reason", REJECTED)
def test_what_is_wrong_with_an_open_question_is_the_reason(tmp_path: Path, reason: str) -> None:
    journal = made(tmp_path, QuestionWriter(**REJECTED[reason]), replace(REQUEST, kinds=("open",)))
    assert journal.accepted == []
    assert reasons(journal) == {reason}
    for record in journal.rejected:
        assert record["message"]
        assert record["synthetic"]
        assert record["synthesis"]["passage"] in (RIVER, TOWN)


def only(part: str) -> Corpus:
    """What is asked about one sentence alone."""
    corpus = read_corpus(documents(), None, 0)
    return replace(corpus, queue=[one for one in corpus.queue if part in one.sentence.quote])


def test_a_question_about_another_sentence_is_rejected(tmp_path: Path) -> None:
    model = QuestionWriter(question=lambda _: "協議会の委員の定数は何ですか？")
    journal = made(tmp_path, model, corpus=only("面積"))
    assert (journal.accepted, reasons(journal)) == ([], {"off_sentence"})


def test_an_answer_that_no_sentence_holds_is_unsupported(tmp_path: Path) -> None:
    corpus = only("定数")
    moved = [replace(candidate, answer="九十九名") for candidate in corpus.queue]
    journal = made(tmp_path, corpus=replace(corpus, queue=moved))
    assert (journal.accepted, reasons(journal)) == ([], {"unsupported"})


def test_a_sentence_that_is_not_in_the_document_is_found_out(tmp_path: Path) -> None:
    corpus = read_corpus(documents(), None, 0)
    changed = replace(corpus, texts={name: f"序。{text}" for name, text in corpus.texts.items()})
    journal = made(tmp_path, corpus=changed)
    assert (journal.accepted, reasons(journal)) == ([], {"not_in_text"})


def test_a_question_that_was_asked_already_is_a_duplicate(tmp_path: Path) -> None:
    known = "漁協の事務局の局長は何でしょうか？"
    journal = made(tmp_path, request=replace(REQUEST, count=9, avoid=[known]))
    (record,) = [r for r in journal.rejected if r["reason"] == "duplicate"]
    assert record["question"] == "漁協の事務局の局長は何ですか？"
    assert known in record["message"]


def with_the_passage(right: float, first: float) -> Callable[[str, str, str], float]:
    """Weights of the right option and of 百 where the passage is read; without, 百 is liked."""
    evidence = QuestionWriter()

    def weigh(prompt: str, _choice: str, line: str) -> float:
        if EVIDENCE["ja"].system in prompt:
            answer = prompt.split("[答え] ")[1].split("\n")[0]
            return evidence.weight(prompt, line, answer)
        wrong = line in WRONG
        if "[参考資料]" not in prompt:
            return 0.9 if line == "百" else 0.02
        return right if not wrong else first if line == "百" else 0.02

    return weigh


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"wrong": "1. 百\n2. 二百"}, "too_few_options"),
        ({"wrong": "1. 八十名\n2. 四十五メートル\n3. 百\n4. 二百\n5. 三百"}, "option_in_evidence"),
        ({"letters": with_the_passage(right=0.3, first=0.6)}, "another_option"),
        ({"letters": with_the_passage(right=0.5, first=0.4)}, "no_clear_option"),
    ],
)
def test_what_is_wrong_with_options_is_the_reason(
    tmp_path: Path, script: dict[str, Any], reason: str
) -> None:
    journal = made(tmp_path, QuestionWriter(**script), replace(REQUEST, kinds=("options",)))
    assert reason in reasons(journal)
    messages = [r["message"] for r in journal.rejected if r["reason"] == reason]
    assert all("right: " in message for message in messages)


def test_options_that_the_model_knows_without_the_passage_are_rejected(tmp_path: Path) -> None:
    with_it = with_the_passage(right=0.9, first=0.02)

    def knows(prompt: str, choice: str, line: str) -> float:
        if "[選択肢]" in prompt and line not in WRONG:
            return 0.9
        return with_it(prompt, choice, line) if EVIDENCE["ja"].system in prompt else 0.02

    model = QuestionWriter(letters=knows)
    journal = made(tmp_path, model, replace(REQUEST, kinds=("options",)))
    assert (journal.accepted, reasons(journal)) == ([], {"closed_book"})


def test_a_model_that_fails_on_a_passage_goes_on_with_the_next(tmp_path: Path) -> None:
    model = QuestionWriter(fails_on="協議会の委員の定数は【")
    journal = made(tmp_path, model, replace(REQUEST, count=9))
    (record,) = [r for r in journal.rejected if r["reason"] == "model_failed"]
    assert record["message"] == "the model: out of memory"
    assert len(journal.accepted) == 9


def test_every_reason_has_a_meaning() -> None:
    assert set(REASONS) == set(MEANINGS)


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
