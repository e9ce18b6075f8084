from __future__ import annotations

import pytest

from evals.synthesis.draft_question import draft_question, question_word, states


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("三十一名", "何名"),
        ("38 km", "何 km"),
        ("214 km2", "何 km2"),
        ("十一。六キロ", "何キロ"),
        ("二千二十五年の九月", "何年の何月"),
        ("第七回", "第何回"),
        ("六分の一", "いくつ"),
        ("叶倉先生", "誰"),
        ("柏木浄水場", "どこ"),
        ("二ノ柳堰", "どこ"),
        ("部分切り下げ", "何"),
    ],
)
def test_what_asks_for_an_answer(answer: str, word: str) -> None:
    assert question_word(answer) == word


@pytest.mark.parametrize(
    ("sentence", "answer", "question"),
    [
        ("下流の河床は平均で十四センチ上がりました。", "十四センチ",
         "下流の河床は平均で何センチ上がりましたか？"),
        ("で、費用は年間で四十万円ですね。", "四十万円", "費用は年間で何円ですか？"),
        ("移した動物はアカハライモリ。", "アカハライモリ", "移した動物は何ですか？"),
        ("それはまあ、四十万円っていうことですね。", "四十万円", "それは何円ということですか？"),
        ("長さが三十八キロで、大きくない川です。", "三十八キロ", "長さが何キロですか？"),
        ("三案目が四億円ですが、これに決まりました。", "四億円", "三案目が何円ですか？"),
        ("席ができ、三年前に魚道が付いた。", "三年前", "席ができ、何年前に魚道が付いたのですか？"),
        ("カメラを二台置いて、魚を数えています。", "二台", ""),
        ("上流に大釜落差工がある。", "大釜落差工", "上流に何があるのですか？"),
        ("来週は、叶倉先生に来ていただきます。", "叶倉先生", "来週は、誰に来ていただきますか？"),
    ],
)  # fmt: skip
def test_a_sentence_becomes_a_question(sentence: str, answer: str, question: str) -> None:
    assert draft_question(sentence, answer) == question


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("費用は年間で四十万円です。", True),
        ("費用は年間で四十万円ですね。", True),
        ("雨天の場合は翌週に延期する。", True),
        ("事務局は町の建設課。", True),
        ("将来的に全部撤去する可能性はあるんですか。", False),
        ("サイズを五月二十日までに返信してください。", False),
        ("七時間取水を止めることに", False),
        ("冬眠中の動物が出てきまして", False),
        ("何匹いましたか？", False),
    ],
)
def test_what_is_cut_off_asks_or_requests_states_nothing(sentence: str, whole: bool) -> None:
    assert states(sentence) is whole
