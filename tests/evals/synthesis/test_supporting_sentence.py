from __future__ import annotations

import pytest

from evals.synthesis.evidence import choose_sentence
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.writing import Written
from tests.evals.synthesis.question_writer import QuestionWriter

TEXTS = ("魚道の勾配は六分の一です。", "委員は三十一名です。", "漁協の組合員も31名です。")
SENTENCES = tuple(Sentence(100 * n, 100 * n + len(t), t) for n, t in enumerate(TEXTS))
PASSAGE = Passage("a.md", "", "ja", "".join(TEXTS), SENTENCES)


class NobodyIsAsked:
    def score_choices(self, conversations: object, choices: object) -> list[list[float]]:
        raise AssertionError(f"asked to choose: {conversations} {choices}")


def test_the_only_sentence_with_the_answer_needs_no_choice() -> None:
    support = choose_sentence(
        NobodyIsAsked(), PASSAGE, SENTENCES[0], Written("勾配は？", "六分の一")
    )
    assert (support.sentence, support.probability) == (SENTENCES[0], 1.0)


def test_of_several_the_model_chooses_and_reads_no_other() -> None:
    written = Written("漁協の組合員は何名ですか？", "三十一名")
    lines: set[str] = set()

    def letters(_prompt: str, _choice: str, line: str) -> float:
        lines.add(line)
        return 0.8 if "漁協" in line else 0.2

    model = QuestionWriter(letters=letters, answers={written.question: written.answer})
    support = choose_sentence(model, PASSAGE, SENTENCES[2], written)
    assert support.sentence == SENTENCES[2]
    assert support.probability == pytest.approx(0.8)
    assert lines == set(TEXTS[1:])
    with pytest.raises(RejectedError, match="the model finds it in: 漁協") as caught:
        choose_sentence(model, PASSAGE, SENTENCES[1], written)
    assert caught.value.reason == "unsupported"


def test_an_answer_in_no_sentence_is_unsupported() -> None:
    with pytest.raises(RejectedError, match="七名 stands in no sentence") as caught:
        choose_sentence(NobodyIsAsked(), PASSAGE, SENTENCES[1], Written("委員は？", "七名"))
    assert caught.value.reason == "unsupported"
