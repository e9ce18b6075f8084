from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from sudachipy import Dictionary

from pipelines.japanese.tokens import (
    CharNgramTokenizerSettings,
    SudachiTokenizerSettings,
    TokenizerSettings,
    normalize,
)

SUDACHI = SudachiTokenizerSettings().build()
BIGRAMS = CharNgramTokenizerSettings().build()


class Config(BaseModel):
    tokenizer: TokenizerSettings


def test_normal_form_unifies_width_and_case_and_closes_gaps_in_japanese() -> None:
    assert normalize("ＧＰＴ－４ ﾃｽﾄ Ⅳ") == "gpt-4 テスト iv"
    assert normalize("事前 学\n習 と fine tuning") == "事前学習と fine tuning"
    assert normalize("段落\n\n段落") == "段落\n\n段落"


def test_function_words_and_signs_are_dropped() -> None:
    assert SUDACHI.tokenize("東京の天気は、晴れです。") == ["東京", "天気", "晴れ"]


def test_spellings_of_one_word_are_one_term() -> None:
    assert SUDACHI.tokenize("サーバ") == SUDACHI.tokenize("サーバー")
    assert SUDACHI.tokenize("五百億") == SUDACHI.tokenize("５００億") == SUDACHI.tokenize("500億")
    surface = SudachiTokenizerSettings(form="surface").build()
    assert surface.tokenize("サーバを使う") == ["サーバ", "使う"]
    dictionary = SudachiTokenizerSettings(form="dictionary").build()
    assert dictionary.tokenize("使った") == ["使う"]


@pytest.mark.parametrize("mode", ["A", "B", "C"])
def test_split_modes_are_sudachis_own(mode: str) -> None:
    tokenizer = SudachiTokenizerSettings(mode=mode, form="surface", drop=()).build()
    own = Dictionary().tokenizer(mode=mode)
    text = "国家公務員が東京都庁の研究開発を視察した"
    assert tokenizer.tokenize(text) == [m.surface() for m in own.tokenize(text)]


def test_parts_of_speech_to_drop_may_be_narrowed() -> None:
    verbs = SudachiTokenizerSettings(drop=("助詞", "助動詞", "動詞-非自立可能")).build()
    assert verbs.tokenize("学習をする") == ["学習"]
    assert "為る" in SUDACHI.tokenize("学習をする")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GSM8Kのデータ", ["gsm8k", "gsm", "データ"]),
        ("o1とT5", ["o1", "t5"]),
        ("top_p=0.8", ["top_p", "top", "0.8"]),
        ("all-MiniLM-L6-v2", ["all-minilm-l6-v2", "all", "minilm", "l6", "v2"]),
        ("C++とC#とC", ["c++", "c#", "c"]),
        ("6,701MiB", ["6701", "mib"]),
    ],
)
def test_latin_identifiers_are_kept_whole_and_in_parts(text: str, expected: list[str]) -> None:
    assert SUDACHI.tokenize(text) == expected


def test_words_that_a_recogniser_cut_are_found_again() -> None:
    assert "学習" in SUDACHI.tokenize("事前 学 習 した")


def test_char_ngrams_leave_latin_words_whole_and_stay_inside_runs() -> None:
    assert BIGRAMS.tokenize("強化学習、GSM8K。雨") == ["強化", "化学", "学習", "gsm8k", "雨"]
    trigrams = CharNgramTokenizerSettings(n=3).build()
    assert trigrams.tokenize("強化学習と") == ["強化学", "化学習", "学習と"]


@pytest.mark.parametrize("text", ["", " \n\u3000", "。、！", "🎤", "\ud800", "\x00"])
def test_text_without_words_gives_few_or_no_terms(text: str) -> None:
    assert len(SUDACHI.tokenize(text)) <= 1
    assert BIGRAMS.tokenize(text) == []


def test_text_beyond_sudachis_limit_gives_all_its_terms() -> None:
    sentence = "強化学習の報酬を設計した。"
    copies = 49_149 // len(sentence.encode()) * 3
    assert SUDACHI.tokenize(sentence * copies) == SUDACHI.tokenize(sentence) * copies
    four_bytes_each = "𠮷" * 40_000
    everything = SudachiTokenizerSettings(form="surface", drop=()).build()
    assert "".join(everything.tokenize(four_bytes_each)) == four_bytes_each


def test_many_is_each() -> None:
    texts = ["東京の天気", "", "o1"]
    assert SUDACHI.tokenize_many(texts) == [SUDACHI.tokenize(text) for text in texts]
    assert BIGRAMS.tokenize_many(texts) == [BIGRAMS.tokenize(text) for text in texts]


def test_one_tokenizer_serves_many_threads() -> None:
    texts = [f"第{i}回の講義で強化学習を説明した。" * 20 for i in range(200)]
    expected = SUDACHI.tokenize_many(texts)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(SUDACHI.tokenize, texts)) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_tokenised_into_clean_terms(text: str) -> None:
    for tokenizer in (SUDACHI, BIGRAMS):
        for term in tokenizer.tokenize(text):
            assert term
            assert not any(letter.isspace() for letter in term)


@pytest.mark.parametrize("text", ["a" * 200_000, "a." * 100_000, "0" * 200_000, "あ " * 100_000])
def test_time_is_linear_even_on_hostile_text(text: str) -> None:
    started = time.process_time()
    SUDACHI.tokenize(text)
    BIGRAMS.tokenize(text)
    assert time.process_time() - started < 10


def test_settings_are_a_union_by_kind_and_have_an_identity() -> None:
    config = Config.model_validate({"tokenizer": {"kind": "char_ngram", "n": 3}})
    assert config.tokenizer == CharNgramTokenizerSettings(n=3)
    assert Config.model_validate({"tokenizer": {"kind": "sudachi"}}).tokenizer.mode == "A"
    with pytest.raises(ValidationError):
        Config.model_validate({"tokenizer": {"kind": "mecab"}})
    other = SudachiTokenizerSettings(mode="C")
    assert SudachiTokenizerSettings().fingerprint() != other.fingerprint()
