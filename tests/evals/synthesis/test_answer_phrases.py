from __future__ import annotations

import pytest

from evals.synthesis.answer_phrases import answer_phrases


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("協議会の委員が三十一名で、漁協が七名です。", ["三十一名", "七名"]),
        ("河口から 11.6 km に大釜落差工がある。", ["11.6 km", "大釜落差工"]),
        ("壁が十一。六キロなので、〇。三一ですね。", ["十一。六キロ", "〇。三一"]),
        ("この勾配が六分の一だったんですね。", ["六分の一"]),
        ("事業の名称は「灯瀬川連結事業」。", ["灯瀬川連結事業"]),
        # A number is cut to what it counts, with what belongs to it; a name keeps its numeral.
        ("水路を五。七キロ分パイプラインにした。", ["五。七キロ"]),
        ("二千二十五年の九月に、第七回を開いた。", ["二千二十五年の九月", "第七回"]),
        ("魚が二ノ柳堰を越えた。", ["二ノ柳堰"]),
        # The topic, an item of a list, a single noun and a number of nothing are not asked for.
        ("石組み斜路(しゃろ): 石の坂。", []),
        ("見学先が公民館、浄水場、図書館です。", []),
        ("段差を坂に変える。", []),
        ("ここで一つ、話します。", []),
    ],
)
def test_japanese_phrases(sentence: str, phrases: list[str]) -> None:
    assert answer_phrases(sentence, "ja") == phrases


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("It holds 140,000 books and 6,000 logbooks.", ["140,000 books", "6,000 logbooks"]),
        ("The library was opened by Seikichi Okabe in 1982.", ["Seikichi Okabe", "1982"]),
        ('They call it "the long table" today.', ["the long table", "long table"]),
        ("It stands in the former customs house.", ["former customs house"]),
        ("The answer is a refusal.", []),
        ("There were 2 of them.", []),
    ],
)
def test_english_phrases(sentence: str, phrases: list[str]) -> None:
    assert answer_phrases(sentence, "en") == phrases


def test_what_folding_makes_of_a_fraction_is_no_answer() -> None:
    """6½ sacks, in NFKC."""
    found = answer_phrases("Fellow lineman Mario Addison added 61⁄2 sacks.", "en")
    assert not any("2 sacks" in phrase for phrase in found)


def test_every_phrase_stands_in_its_sentence() -> None:
    sentence = "二千二十五年の九月に、地点三だけで小口バスが出ました。"
    found = answer_phrases(sentence, "ja")
    assert found
    assert all(phrase in sentence for phrase in found)
