from __future__ import annotations

from evals.synthesis.telling_words import TellingWords


def test_nouns_that_few_sentences_have_tell_and_others_do_not() -> None:
    # 川 stands in 3 of 40 sentences, over 5 % (2); 勾配 in one.
    words = TellingWords(["川の勾配は緩い。", "川です。", "川だ。", *["はい。"] * 37])
    assert words.of("川の勾配はいくらですか？") == {"勾配"}
    assert words.of("それはどういうことですか？") == set()
    assert words.of("火星の気候は？") == set()


def test_in_few_sentences_a_word_of_two_still_tells() -> None:
    words = TellingWords(["勾配は緩い。", "勾配は急だ。"])
    assert words.of("勾配は？") == {"勾配"}


def test_english_function_words_tell_nothing_and_parts_are_counted_once() -> None:
    words = TellingWords(["The query_engine reads which nodes there are."])
    assert words.of("What does the query_engine read there, and which nodes?") == {
        "query_engine",
        "nodes",
    }
