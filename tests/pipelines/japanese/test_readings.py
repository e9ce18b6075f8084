from __future__ import annotations

import pytest

from pipelines.japanese.latin_readings import latin_morae
from pipelines.japanese.morae import morae
from pipelines.japanese.readings import MoraTokenizerSettings


def said(text: str, **settings: bool) -> str:
    return " ".join(MoraTokenizerSettings(**settings).build().tokenize(text))


def test_homophones_sound_alike() -> None:
    assert said("教科学習") == said("強化学習") == "kyo R ka ga ku shu R"
    assert said("購買") == said("公売") != said("勾配を")


def test_particles_are_read_as_they_are_pronounced() -> None:
    assert said("堰は川へ水を") == said("堰 ワ 川 エ 水 オ")


def test_marks_and_spaces_are_silent() -> None:
    assert said("「堰」、 です。") == said("堰です")


def test_folding() -> None:
    short = MoraTokenizerSettings(long_vowels=False).build()
    assert short.fold(morae("サーバー")) == ["sa", "ba"]
    unvoiced = MoraTokenizerSettings(voiced=False).build()
    assert unvoiced.fold(morae("ガジダバ")) == ["ka", "shi", "ta", "ha"]


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("Qwen3", {"クウェンサン", "キューダブリューイーエヌサン"}),
        ("GRPO", {"ジーアールピーオー", "グルポ"}),
        ("o1", {"オーイチ"}),
    ],
)
def test_latin_names_are_spelled_or_read_by_their_letters(word: str, ways: set[str]) -> None:
    assert {tuple(way) for way in latin_morae(word)} == {tuple(morae(way)) for way in ways}


def test_latin_words_are_pronounced() -> None:
    """As dictionaries of loanwords have them."""
    for word, kana in (("Transformer", "トランスフォーマー"), ("scaling", "スケーリング")):
        assert latin_morae(word) == [morae(kana)]


def test_a_word_of_signs_alone_is_not_said() -> None:
    assert latin_morae("+-") == []
    assert said("？！") == ""
