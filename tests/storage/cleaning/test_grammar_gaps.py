"""What grammar gives back, and what it must not make. The sentences are this project's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.cleaning.edit import restored
from storage.cleaning.grammar_gaps import GrammarGapsSettings
from storage.cleaning.step import clean

STEP = GrammarGapsSettings().build()
SAID = (
    "この形が一番いいかなっていうふうに思います",
    "水を抜いたときに、魚が残っているかどうかを見ます",
    "これは去年から試しているところです",
    "堰の高さを真ん中だけ下げることになりました",
    "まだ誰も測っていないので、来年また調べます",
)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (
            "この形が一番いいかなっいうふうに思います。",
            "この形が一番いいかなっていうふうに思います。",
        ),
        (
            "水を抜いたら、魚が残っいるかどうか見ます。",
            "水を抜いたら、魚が残っているかどうか見ます。",
        ),
        ("これは去年から試していところです。", "これは去年から試しているところです。"),
        # Two that were dropped from one clause.
        ("どれがいいかなっいうふに思います。", "どれがいいかなっていうふうに思います。"),
        # Behind the letter before the gap, which stays.
        ("どれがいいかなっ いうふうに思います。", "どれがいいかなって いうふうに思います。"),
    ],
)
def test_what_grammar_gives_back(heard: str, said: str) -> None:
    assert clean(heard, [STEP]).text == said


@pytest.mark.parametrize(
    "text",
    [
        *(f"{said}。" for said in SAID),
        "ここは毎朝見てるところで、書いてるのは私です。",
        "いやあ、そうなんですよねえ。行かなくちゃいけないんだけど。",
        "これ、めっちゃ難しいっす。",
        "精製前のものを原油（げんゆ）という。三種の神器（みくさのかむだから、さんしゅのじんぎ）。",
        "# かなっいうふうに\n",
        "🎤 SPEAKER_0 [5s - 19s]\n",
        "`かなっいうふうに`",
        "",
        " 、。\n",
    ],
)
def test_what_stays_as_it_is(text: str) -> None:
    assert clean(text, [STEP]).edits == ()


def test_no_negation_is_made() -> None:
    """していなので lacks い or る, and which of the two turns the meaning round."""
    eager = GrammarGapsSettings(least=1000).build()
    assert "ない" not in clean("魚が存在していなので、困りました。", [eager]).text


def test_no_noun_or_number_is_made() -> None:
    heard = "費用は二千っ六百っ形で計算しました。"
    cleaned = clean(heard, [GrammarGapsSettings(least=1000).build()])
    assert all(edit.replaced == "" for edit in cleaned.edits)
    assert "二千" in cleaned.text
    assert "六百" in cleaned.text


def test_a_lower_bound_repairs_more() -> None:
    heard = "どれがいいかなっいうふに思います。詳しくは資料を見てくだい。"
    strict, eager = (GrammarGapsSettings(least=n).build() for n in (50_000, 5_000))
    assert len(clean(heard, [strict]).edits) < len(clean(heard, [eager]).edits)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=3), st.data())
def test_only_kana_are_added_the_original_comes_back_and_a_second_time_changes_nothing(
    sentences: list[str], data: st.DataObject
) -> None:
    said = "。".join(sentences)
    gone = data.draw(st.sets(st.integers(0, len(said) - 1), max_size=3))
    heard = "".join(letter for place, letter in enumerate(said) if place not in gone)
    cleaned = clean(heard, [STEP])
    assert restored(cleaned.text, cleaned.edits) == heard
    assert all(edit.start == edit.end for edit in cleaned.edits)
    assert clean(cleaned.text, [STEP]).edits == ()
