from __future__ import annotations

import pytest

from evals.synthesis.answer_phrases import answer_phrases
from evals.synthesis.telling_words import TellingWords

ONCE = ["はい。"] * 100


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("協議会の委員は三十一名で、漁協が七名です。", ["三十一名", "七名"]),
        ("河口から 11.6 km に大釜落差工がある。", ["河口", "11.6 km", "大釜落差工"]),
        ("壁が十一。六キロなので、〇。三一ですね。", ["十一。六キロ", "〇。三一"]),
        ("この勾配が六分の一だったんですね。", ["六分の一"]),
        ("事業の名称は「灯瀬川連結事業」。", ["灯瀬川連結事業"]),
        # No number and no name: single nouns that tell something.
        ("段差を坂に変える。", ["段差"]),
        ("ここで一つ、話します。", []),
    ],
)
def test_japanese_phrases(sentence: str, phrases: list[str]) -> None:
    assert answer_phrases(sentence, "ja", TellingWords([sentence, *ONCE])) == phrases


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("It holds 140,000 books and 6,000 logbooks.", ["140,000 books", "6,000 logbooks"]),
        ("The library was opened by Seikichi Okabe in 1982.", ["Seikichi Okabe", "1982"]),
        ('They call it "the long table" today.', ["the long table", "long table"]),
        ("It stands in the former customs house.", ["former customs house"]),
        ("The answer is a refusal.", ["answer", "refusal"]),
        ("There were 2 of them.", []),
    ],
)
def test_english_phrases(sentence: str, phrases: list[str]) -> None:
    assert answer_phrases(sentence, "en", TellingWords([sentence, *ONCE])) == phrases


def test_every_phrase_stands_in_its_sentence() -> None:
    sentence = "二千二十五年の九月に、地点三だけで小口バスが出ました。"
    for phrase in answer_phrases(sentence, "ja", TellingWords([sentence])):
        assert phrase in sentence
