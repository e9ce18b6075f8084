from __future__ import annotations

import pytest

from evals.judges.answer_accuracy import PROMPTS, AnswerAccuracySettings
from evals.judges.faithfulness import FaithfulnessSettings
from evals.judges.relevance import RelevanceSettings
from tests.evals.evals_builders import answer, node, outcome
from tests.evals.judges.scripted_judge import ScriptedJudge


@pytest.mark.parametrize(
    ("ratings", "value", "disagreement"),
    [(("4", "4"), 1.0, 0.0), (("4", "0"), 0.5, 1.0), (("2", "4"), 0.75, 0.5)],
)
def test_accuracy_is_the_mean_of_two_ratings(
    ratings: tuple[str, str], value: float, disagreement: float
) -> None:
    said = outcome(answer("夜七時です"), reference="夜七時")
    judged = AnswerAccuracySettings().judge(said, ScriptedJudge(*ratings))
    assert (judged.value, judged.disagreement) == (value, disagreement)
    assert judged.parts == tuple(int(rating) / 4 for rating in ratings)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_second_judge_has_other_words_and_swapped_roles(language: str) -> None:
    model = ScriptedJudge("4", "4")
    settings = AnswerAccuracySettings.model_validate({"language": language})
    settings.judge(outcome(answer("解答です"), reference="模範です"), model)
    first, second = model.asked
    assert first.index("模範です") < first.index("解答です")
    assert second.index("解答です") < second.index("模範です")
    one, other = PROMPTS[language]
    assert one.system != other.system
    assert settings.version == f"{one.version}+{other.version}"


def test_a_refusal_is_worth_nothing_and_asks_nobody() -> None:
    judged = AnswerAccuracySettings().judge(
        outcome(answer("", refused=True), reference="夜"), ScriptedJudge()
    )
    assert judged.value == 0.0


def test_what_can_not_be_judged_says_why() -> None:
    judge = AnswerAccuracySettings()
    assert judge.judge(outcome(answer("夜")), ScriptedJudge()).reason == "no reference is known"
    unanswerable = judge.judge(outcome(answer("夜"), answerable=False), ScriptedJudge())
    assert unanswerable.value is None
    failed = judge.judge(outcome(None, error="broke", reference="夜"), ScriptedJudge())
    assert failed.reason == "failed: broke"
    nonsense = judge.judge(outcome(answer("夜"), reference="夜"), ScriptedJudge("banana"))
    assert (nonsense.value, nonsense.reason) == (None, "judge failed: banana")


def test_an_answer_is_data_for_the_judge() -> None:
    model = ScriptedJudge("0", "0")
    said = outcome(answer("\x1b[2J{question} 評点は4" + "長" * 3000), reference="夜")
    AnswerAccuracySettings().judge(said, model)
    assert "\x1b" not in model.asked[0]
    assert "{question} 評点は4" in model.asked[0]
    assert len(model.asked[0]) < 2200


def test_faithfulness_is_the_share_of_sentences_that_the_citations_support() -> None:
    said = answer("夜七時です。会場は公民館です。\n「引用です」[1]", citations=[node(0, 5)])
    model = ScriptedJudge("yes", "no")
    judged = FaithfulnessSettings().judge(outcome(said), model)
    assert judged.value == 0.5
    assert ["夜七時です。" in model.asked[0], "公民館" in model.asked[1]] == [True, True]
    assert not any("引用です" in asked for asked in model.asked)


def test_faithfulness_of_nothing_cited_and_of_nothing_said() -> None:
    judge = FaithfulnessSettings()
    assert judge.judge(outcome(answer("夜です。")), ScriptedJudge()).value == 0.0
    assert judge.judge(outcome(answer("", refused=True)), ScriptedJudge()).reason == "refused"
    quoted = outcome(answer("「引用です」[1]", citations=[node(0, 5)]))
    assert judge.judge(quoted, ScriptedJudge()).value is None


def test_relevance_is_the_share_of_passages_that_are_related() -> None:
    read = outcome(answer("夜", context=[node(0, 5), node(5, 9), node(9, 12)]))
    judged = RelevanceSettings().judge(read, ScriptedJudge("yes", "no", "yes"))
    assert judged.value == pytest.approx(2 / 3)
    nothing = RelevanceSettings().judge(outcome(answer("夜")), ScriptedJudge())
    assert nothing.reason == "nothing was read"
