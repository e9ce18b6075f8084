"""What holds for every cleaning step: nothing twice, nothing but prose, no number changed."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipelines.japanese.numbers import numbers_in
from storage.cleaning.edit import restored
from storage.cleaning.settings import DEFAULT_CLEANING, CleaningSettings, PlainCleaningSettings
from storage.cleaning.step import CleaningStep, clean

ROOT = Path(__file__).resolve().parents[3]
LECTURE = ROOT / "samples" / "lecture" / "lecture.md"
CORPORA = ROOT.parent / "shared" / "corpora"

KINDS = get_args(PlainCleaningSettings)
STEPS: list[CleaningStep] = [kind().build() for kind in KINDS]
each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)

MARKUP = re.compile(r"(?m)^(?:#.*|\*\*.*|🎤.*|\|.*|---)$|`[^`\n]*`|https?://[!-~]+")
PIECES = [
    "っ", "いう", "いうふに", "思い", "だっり", "なて", "くだい", "言ます", "ていので",
    "えー", "えっと", "あのー", "まあ", "ま", "その", "あの", "この", "なんか", "こう", "ええ",
    "、", "。", " ", "\n", "\n\n", "よっ", "よって", "ことに", "使用し", "ましたが", "て",
    "います", "します", "知識", "識という", "デー", "データは", "を", "はい", "いろ", "いろいろ",
    "提", "供し", "説明", "した", "個人", "的に", "五百億", "十一。六キロ", "一点零五",
    "二〇二六年", "三十二", "（", "）", "32", "ＧＰＴ", "１．５", "ﾊﾟﾀｰﾝ", "ｶ", "ﾞ", "か",
    "\u3099", "\u200b", "\xad", "\ufeff", "⽇", "①", "㍻", "GRPO", "「", "」", "です。", "ます。",
    "ゆっくり", "いい", "大きい", "\t", "\u3000", "- ", "・", "# ", "```", "`", "|",
    "https://a.b/", "<b>", "@", "🎤 A [0s - 3s]", "[0:12]", "0:12 ", "山田：", "**記録時間**: 1",
]  # fmt: skip
DIGITS = "〇一二三四五六七八九"
messy = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def digits(text: str) -> list[str]:
    return re.findall(r"\d", unicodedata.normalize("NFKC", text))


def test_a_config_may_list_the_steps() -> None:
    listed = TypeAdapter(list[CleaningSettings])
    given = [{"kind": "unicode"}, {"kind": "line_joins", "joins": "all"}, {"kind": "fillers"}]
    assert listed.dump_python(listed.validate_python(given)) == given
    with pytest.raises(ValidationError, match="line_join"):
        listed.validate_python([{"kind": "line_join"}])
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        listed.validate_python([{"kind": "unicode", "form": "NFKC"}])


def test_every_step_is_named_by_its_kind() -> None:
    assert [step.name for step in STEPS] == [kind().kind for kind in KINDS]


@each_step
@settings(deadline=None)
@given(text=messy)
def test_a_cleaned_text_is_clean(step: CleaningStep, text: str) -> None:
    once = clean(text, [step]).text
    assert clean(once, [step]).text == once


@each_step
@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_at_all_is_cleaned_once(step: CleaningStep, text: str) -> None:
    once = clean(text, [step])
    assert clean(once.text, [step]).text == once.text
    assert restored(once.text, once.edits) == text


@settings(deadline=None)
@given(text=messy)
def test_the_original_comes_back_after_all_steps(text: str) -> None:
    cleaned = clean(text, STEPS)
    assert restored(cleaned.text, cleaned.edits) == text
    assert {name for edit in cleaned.edits for name in edit.steps} <= {s.name for s in STEPS}


@each_step
@settings(deadline=None)
@given(text=messy)
def test_no_digit_comes_goes_or_moves(step: CleaningStep, text: str) -> None:
    if step.name != "numbers":
        assert digits(clean(text, [step]).text) == digits(text)


@settings(deadline=None)
@given(st.integers(10, 9999), st.sampled_from(["", "人います", "年に", "。", " ", "以上"]))
def test_the_digits_that_are_added_are_the_number(value: int, behind: str) -> None:
    """The numeral is written by hand here: thousands, hundreds, tens and ones."""
    kanji = ""
    for unit, place in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        figure = value // place % 10
        kanji += "" if not figure else unit if unit and figure == 1 else f"{DIGITS[figure]}{unit}"
    added = [edit.replacement for edit in clean(f"全部で{kanji}{behind}", STEPS).edits]
    # A name or a word may be left alone (十分, 八百屋), and one numeral is none of its business.
    assert added in ([], [f"（{value}）"])
    assert added or len(kanji) < 2 or behind not in ("。", " ")


@pytest.fixture(scope="module", params=["lecture", "004"])
def transcript(request: pytest.FixtureRequest) -> str:
    """A real transcript: the sample, and the one of the corpora where it is there."""
    if request.param == "lecture":
        return LECTURE.read_text(encoding="utf-8")
    found = sorted(CORPORA.glob("004_*"))
    if not found:
        pytest.skip("../shared/corpora is not there")
    return found[0].read_text(encoding="utf-8")


def markup_lines(text: str) -> list[str]:
    return MARKUP.findall(text)


@each_step
def test_a_real_transcript_is_cleaned_once(step: CleaningStep, transcript: str) -> None:
    once = clean(transcript, [step])
    assert clean(once.text, [step]).text == once.text
    assert restored(once.text, once.edits) == transcript


def test_headings_and_turns_of_a_real_transcript_stay(transcript: str) -> None:
    cleaned = clean(transcript, STEPS).text
    assert len(markup_lines(transcript)) > 20
    assert markup_lines(cleaned) == markup_lines(transcript)
    assert cleaned.count("\n\n") == transcript.count("\n\n")


def test_the_defaults_change_no_number_of_a_real_transcript(transcript: str) -> None:
    cleaned = clean(transcript, [one.build() for one in DEFAULT_CLEANING])
    assert numbers_in(cleaned.text) == numbers_in(transcript)
    assert digits(cleaned.text) == digits(transcript)


@each_step
def test_time_grows_with_the_length(step: CleaningStep) -> None:
    """Eight times the text takes at most 24 times as long, where a square would take 64 times."""
    piece = "えーまあその、よっ よってＧＰＴを五百億と、提 供し まあその" * 40

    def seconds(text: str) -> float:
        started = time.perf_counter()
        clean(text, [step])
        return time.perf_counter() - started

    seconds(piece)
    short = min(seconds(piece * 5) for _ in range(3))
    assert min(seconds(piece * 40) for _ in range(2)) < 24 * short
