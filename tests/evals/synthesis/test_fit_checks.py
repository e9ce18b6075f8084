from __future__ import annotations

import pytest

from evals.synthesis.candidates import Candidate
from evals.synthesis.fit_checks import check_about_sentence, check_asks
from evals.synthesis.language import Language
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.writing import Written


def candidate(sentence: str, answer: str, language: Language = "ja") -> Candidate:
    one = Sentence(0, len(sentence), sentence)
    other = Sentence(100, 120, "魚道の勾配は六分の一です。")
    return Candidate(Passage("a.md", "二ノ柳堰", language, sentence, (one, other)), 0, answer, 0)


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("三十一名", "協議会の委員は何名ですか？"),
        ("三十一名", "協議会の委員はどのくらいいますか？"),
        ("二千年", "協議会はいつできましたか？"),
        ("叶倉先生", "協議会の議長は誰ですか？"),
        ("柏木浄水場", "協議会の会場はどこですか？"),
        ("部分切り下げ", "協議会はどの案に決めましたか？"),
    ],
)
def test_a_question_word_that_fits_the_answer_passes(answer: str, question: str) -> None:
    check_asks(candidate("協議会の話です。", answer), Written(question, answer))


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("三十一名", "協議会の委員は誰ですか？"),
        ("三十一名", "協議会の委員はいつ決まりましたか？"),
        ("叶倉先生", "協議会の議長はいつ決まりましたか？"),
        ("柏木浄水場", "協議会の会場はいくらですか？"),
        ("部分切り下げ", "協議会は決めましたか？"),
    ],
)
def test_one_that_asks_for_something_else_is_rejected(answer: str, question: str) -> None:
    with pytest.raises(RejectedError, match="it does not ask for") as caught:
        check_asks(candidate("協議会の話です。", answer), Written(question, answer))
    assert caught.value.reason == "asks_otherwise"


@pytest.mark.parametrize(
    ("answer", "question", "fits"),
    [
        ("6,000", "How many logbooks are there?", True),
        ("6,000", "Who owns the logbooks?", False),
        ("6,000", "Are there logbooks?", False),
        ("customs house", "Where are the logbooks?", True),
    ],
)
def test_english_question_words(answer: str, question: str, fits: bool) -> None:
    asked = candidate("There are logbooks.", answer, "en")
    if fits:
        check_asks(asked, Written(question, answer))
        return
    with pytest.raises(RejectedError) as caught:
        check_asks(asked, Written(question, answer))
    assert caught.value.reason == "asks_otherwise"


def test_a_question_is_about_its_sentence_and_states_numbers_of_the_passage() -> None:
    asked = candidate("協議会の委員は三十一名です。", "三十一名")
    check_about_sentence(asked, Written("二ノ柳堰の協議会は何名ですか？", "三十一名"))
    check_about_sentence(asked, Written("勾配が1/6の魚道の協議会は何名？", "三十一名"))
    with pytest.raises(RejectedError) as caught:
        check_about_sentence(asked, Written("魚道の勾配はいくつですか？", "三十一名"))
    assert caught.value.reason == "off_sentence"
    with pytest.raises(RejectedError, match="14 is not in the passage") as caught:
        check_about_sentence(asked, Written("十四回の協議会は何名ですか？", "三十一名"))
    assert caught.value.reason == "foreign"
