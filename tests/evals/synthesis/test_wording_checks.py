from __future__ import annotations

import pytest

from evals.synthesis.lengths import Length
from evals.synthesis.passages import Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.telling_words import TellingWords
from evals.synthesis.wording_checks import (
    check_answer,
    check_question,
    check_support,
    check_telling,
    stands_in,
)

SHORT, LONG = Length("short", 1, 20, 1), Length("long", 21, 200, 1)
ANY = [SHORT, LONG]


@pytest.mark.parametrize(
    "question",
    [
        "この川の長さは何キロですか？",
        "そのときの費用はいくら？",
        "それは誰が作りましたか？",
        "ここで見つかった魚は？",
        "私の研究室はどこ？",
        "今日の講義は何回目ですか？",
        "来週の講義は誰が話しますか？",
        "資料によると川の長さは？",
        "本文の川の長さは？",
        "文Bの数は何ですか？",
        "上記の費用はいくら？",
    ],
)
def test_a_question_must_make_sense_without_its_passage(question: str) -> None:
    with pytest.raises(RejectedError) as caught:
        check_question(question, "ja", ANY, ANY)
    assert caught.value.reason == "refers_to_passage"
    assert question in str(caught.value)


@pytest.mark.parametrize(
    "question",
    [
        "According to the passage, how long is the river?",
        "How long did it take?",
        "What is its depth?",
        "Who is the speaker?",
        "How long is this river?",
        "What does sentence B say?",
    ],
)
def test_an_english_question_must_make_sense_without_its_passage(question: str) -> None:
    with pytest.raises(RejectedError) as caught:
        check_question(question, "en", ANY, ANY)
    assert caught.value.reason == "refers_to_passage"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("友瀬川で数えられたことのある魚は何匹ですか？", "ja"),
        ("どこの町の公民館ですか？", "ja"),
        ("Who built the Shiomi Library and when was the library opened?", "en"),
        ("Which text encoding does the reader expect?", "en"),
    ],
)
def test_a_question_that_names_everything_passes(question: str, language: str) -> None:
    length = check_question(question, language, ANY, ANY)  # type: ignore[arg-type]
    assert length.holds(question)


@pytest.mark.parametrize(
    ("question", "wanted", "reason", "message"),
    [
        ("友瀬川有多长？", ANY, "wrong_language", "not written in ja"),
        ("How long is it?", ANY, "wrong_language", "not written in ja"),
        ("友瀬川の長さは？", [LONG], "length", "8 characters: enough are short"),
        ("あ" * 201, ANY, "length", "201 characters are in no bucket"),
    ],
)
def test_language_and_length(
    question: str, wanted: list[Length], reason: str, message: str
) -> None:
    with pytest.raises(RejectedError, match=message) as caught:
        check_question(question, "ja", wanted, ANY)
    assert caught.value.reason == reason


def test_a_question_needs_two_words_of_its_passage() -> None:
    words = TellingWords(["堰の改修の費用は四億円です。", *["はい。"] * 99])
    told = words.of("堰の改修の費用は四億円です。")
    check_telling("堰の改修の費用はいくらですか？", told, words)
    with pytest.raises(RejectedError, match="only 費用 tells what it is about") as caught:
        check_telling("費用はいくらですか？", told, words)
    assert caught.value.reason == "vague"
    with pytest.raises(RejectedError, match="no word tells"):
        check_telling("それはいくらですか？", told, words)
    with pytest.raises(RejectedError, match="it has no subject") as caught:
        check_telling("堰の改修でいくらになりましたか？", told, words)
    assert caught.value.reason == "vague"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("費用が四億円の案は？", "四億円"),
        ("委員が31名の会は？", "三十一名"),
        ("Who is Seikichi Okabe?", "seikichi okabe"),
    ],
)
def test_a_question_must_not_contain_its_answer(question: str, answer: str) -> None:
    with pytest.raises(RejectedError) as caught:
        check_answer(question, answer)
    assert caught.value.reason == "contains_answer"


def test_a_number_inside_of_another_is_not_the_answer() -> None:
    check_answer("2025年に何匹いましたか？", "25")


def test_the_sentence_must_hold_the_answer_and_stand_in_the_document() -> None:
    text = "序。委員は三十一名です。"
    sentence = Sentence(2, 12, "委員は三十一名です。")
    check_support("31名", sentence, text)
    with pytest.raises(RejectedError) as caught:
        check_support("30名", sentence, text)
    assert caught.value.reason == "unsupported"
    for wrong in (Sentence(3, 13, sentence.quote), Sentence(2, 12, "委員は三十二名です。")):
        with pytest.raises(RejectedError) as caught:
            check_support("31名", wrong, text)
        assert caught.value.reason == "not_in_text"


def test_numbers_are_the_same_in_digits_and_in_kanji() -> None:
    assert stands_in("三十一名", "31名です")
    assert stands_in("31名", "三十一名です")
    assert not stands_in("三十一名", "131名です")
