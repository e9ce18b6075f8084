from __future__ import annotations

import pytest

from evals.synthesis.candidates import Candidate
from evals.synthesis.lengths import DEFAULT, read_lengths
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.writing import Written, write_question, write_wrong_options
from tests.pipelines.scripted_llm import ScriptedLLM

SHORT, MEDIUM, LONG = read_lengths(DEFAULT)["ja"]
TEXTS = ("序の文です。", "稲架町の話です。", "川の話です。", "次の話です。", "定員は八十名です。")
SENTENCES = tuple(Sentence(10 * n, 10 * n + len(t), t) for n, t in enumerate(TEXTS))
PASSAGE = Passage("town.md", "町の案内", "ja", "稲架町の話です。", SENTENCES)
CANDIDATE = Candidate(PASSAGE, 4, "八十名", seed=0)


def test_the_model_reads_the_marked_sentence_and_three_before_it() -> None:
    model = ScriptedLLM(answer="定員は何名ですか？")
    assert write_question(model, CANDIDATE, SHORT) == Written("定員は何名ですか？", "八十名")
    asked = model.prompts[0].split("user: ")[-1]
    assert "[話題] 町の案内\n[前の文] 稲架町の話です。 川の話です。 次の話です。\n" in asked
    assert "[文] 定員は【八十名】です。\n[下書き] 定員は何名ですか？\n" in asked
    assert "序の文です。" not in asked
    assert "12～20文字の質問" in asked
    assert model.options[0]["temperature"] == 0.0


def test_the_examples_are_of_about_the_length_that_is_wanted() -> None:
    shown = []
    for length in (SHORT, MEDIUM, LONG):
        model = ScriptedLLM(answer="何ですか？")
        write_question(model, CANDIDATE, length)
        replies = [part.split("\n")[0] for part in model.prompts[0].split("assistant: ")[1:]]
        assert len(replies) == 4
        assert all(length.holds(reply) for reply in replies), replies
        shown.append(replies)
    assert len({tuple(replies) for replies in shown}) == 3


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("質問: 定員は何名ですか？", "定員は何名ですか？"),
        ("  定員は何名ですか？\n答え: 八十名", "定員は何名ですか？"),
        ("稻架町の定員は何名ですか", "稲架町の定員は何名ですか"),
        ("定員は\x1b[2J何名ですか？", "定員は[2J何名ですか？"),
    ],
)
def test_the_question_is_its_first_line_without_label_or_foreign_kanji(
    text: str, question: str
) -> None:
    assert write_question(ScriptedLLM(answer=text), CANDIDATE, SHORT).question == question


@pytest.mark.parametrize(
    "text", ["", "定員は八十名です。", "\n\n", "？？", "定員の話です。何名ですか？"]
)
def test_what_asks_nothing_is_unreadable(text: str) -> None:
    with pytest.raises(RejectedError) as caught:
        write_question(ScriptedLLM(answer=text), CANDIDATE, SHORT)
    assert caught.value.reason == "unreadable"


def test_wrong_options_are_the_items_of_a_list_six_at_most() -> None:
    written = Written("定員は何名ですか？", "八十名")
    listed = "\n".join(f"{n}. {n}0名" for n in range(1, 9))
    model = ScriptedLLM(answer=listed)
    assert write_wrong_options(model, CANDIDATE, written) == [
        "10名", "20名", "30名", "40名", "50名", "60名",
    ]  # fmt: skip
    assert model.options[0]["repetition_penalty"] > 1
    assert write_wrong_options(ScriptedLLM(answer="思いつきません。"), CANDIDATE, written) == []
