"""Each reason for which a question is rejected, on the way from documents to files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.synthesis.corpus import Corpus, read_corpus
from evals.synthesis.lengths import read_lengths
from evals.synthesis.prompts import EVIDENCE
from evals.synthesis.rejection import MEANINGS, REASONS
from evals.synthesis.synthesis import Request
from tests.evals.synthesis.question_writer import RIVER, TOWN, QuestionWriter, asks, documents
from tests.evals.synthesis.scripted_run import REQUEST, made, reasons

WRONG = ("百", "二百", "三百", "四百", "五百", "六百")


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
    "spoken": {"question": lambda m: asks(f"まあ、{m}")},
    "contains_answer": {"question": lambda m: re.sub("[【】。]", "", m) + "か？"},
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
