from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.japanese.sentences import SENTENCE_CHARS, split_sentences


def sentences(text: str, max_chars: int = SENTENCE_CHARS) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, max_chars)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京は晴れ。大阪は雨。名古屋は曇り。", ["東京は晴れ。", "大阪は雨。", "名古屋は曇り。"]),
        ("本当？そうです！？はい", ["本当？", "そうです！？", "はい"]),
        (
            "彼は「そうだ。行こう。」と言った。次へ。",
            ["彼は「そうだ。行こう。」と言った。", "次へ。"],
        ),
        ("「はい。」「いいえ。」", ["「はい。」", "「いいえ。」"]),
        ("文を「。」（句点）で区切る。次。", ["文を「。」（句点）で区切る。", "次。"]),
        ("終わった（たぶん。）それから", ["終わった（たぶん。）それから"]),
        ("閉じない「引用。次の文。", ["閉じない「引用。", "次の文。"]),
        (
            "含まれていれば0。1、なければ0です。次。",
            ["含まれていれば0。1、なければ0です。", "次。"],
        ),
        ("係数は〇。三一です。次。", ["係数は〇。三一です。", "次。"]),
        ("三。一四と零。五です。", ["三。一四と零。五です。"]),
        ("要点はその一。二つ目はこれ。", ["要点はその一。", "二つ目はこれ。"]),
        ("高さは二。四メートルです。次。", ["高さは二。四メートルです。", "次。"]),
        ("河口から十一。六キロ。五倍です。", ["河口から十一。六キロ。", "五倍です。"]),
        ("票は三十一。六人が残った。", ["票は三十一。", "六人が残った。"]),
        ("Yahoo!ニュースを読んだ。", ["Yahoo!ニュースを読んだ。"]),
        ("これは文です. 次です．３．１４です。", ["これは文です.", "次です．", "３．１４です。"]),
    ],
)
def test_japanese_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_quote_is_split_inside() -> None:
    quoted = "「" + "これは長い引用の中の一つの文です。" * 8 + "」"
    assert len(sentences(quoted)) == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Smith came. He sat.", ["Mr. Smith came.", "He sat."]),
        ("See Fig. 3 and e.g. Tom. Done.", ["See Fig. 3 and e.g. Tom.", "Done."]),
        ("The U.S. Army left. Bye.", ["The U.S. Army left.", "Bye."]),
        ("It costs 3.5 dollars. ok", ["It costs 3.5 dollars. ok"]),
        ("Really? Yes! Go on.", ["Really?", "Yes!", "Go on."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("1. First item", ["1. First item"]),
        ("## 1. Transformersの使い方", ["## 1. Transformersの使い方"]),
        ("a != b ? c : d", ["a != b ? c : d"]),
    ],
)
def test_english_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_line_breaks_end_sentences_and_list_items() -> None:
    text = "# 見出し\n本文の一行目\n\n- 項目一\n- 項目二\n"
    assert sentences(text) == ["# 見出し", "本文の一行目", "- 項目一", "- 項目二"]


def test_hard_wrapped_lines_are_one_sentence() -> None:
    first = "この文は表示の幅に合わせて途中で改行されているので二行目に続いて"
    assert sentences(f"{first}\nいます。次の文。") == [f"{first}\nいます。", "次の文。"]
    english = "This line was wrapped by an editor at seventy-two columns and goes\non here. Next."
    assert sentences(english) == [english[:-6], "Next."]


def test_tables_and_code_are_kept_line_by_line() -> None:
    text = (
        "説明。\n| a。b | c |\n|---|---|\n```python\nprint('一。二。')\nx = 1\n```\n終わり。続き。"
    )
    assert sentences(text) == [
        "説明。",
        "| a。b | c |",
        "|---|---|",
        "```python",
        "print('一。二。')",
        "x = 1",
        "```",
        "終わり。",
        "続き。",
    ]


def test_a_sentence_is_at_least_one_character_long() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_sentences("文。", 0)


PIECES = st.sampled_from(
    [
        *"あ亜ア字ーa1 \n\t\u3000。、．.！!？?「」『』（）()\"'|`#-・👩",
        *("です", "ます ", "けれども", "```\n", "Mr. ", "\r\n"),
        *"\u3099\u200d\ufeff\x0c\u2028",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=200).map("".join))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, max_chars=st.integers(1, 60))
def test_no_character_is_lost_doubled_or_moved(text: str, max_chars: int) -> None:
    spans = split_sentences(text, max_chars)
    reached = 0
    for start, end in spans:
        assert reached <= start < end <= len(text)
        assert end - start <= max_chars
        assert text[reached:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        reached = end
    assert text[reached:].strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 300_000,
        "「" * 300_000,
        "「あ。" * 100_000,
        "。" * 300_000,
        "a " * 150_000,
        "です" * 150_000,
        "けれども、" * 60_000,
        ". A" * 100_000,
        "あ\n" * 150_000,
        ("この文は表示の幅に合わせて途中で改行されているので二行目に続いて\n") * 9_000,
        " " * 300_000 + "x",
        "「" * 1000 + "あ。" * 99_000 + "」" * 1000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_time_is_linear_even_on_hostile_text(text: str) -> None:
    started = time.process_time()
    split_sentences(text)
    full = time.process_time() - started
    assert full < 5, "300,000 characters must take a second or so, not minutes"


def test_speech_without_marks_is_cut_behind_polite_endings() -> None:
    said = [
        "今日は川の話をします",
        "堰の高さを下げますが魚も上れます",
        "質問はありますか",
        "ないようですので次に行きましょう",
        "以上です",
    ]
    assert sentences("".join(said)) == said


def test_text_with_marks_keeps_its_own_ends() -> None:
    text = "これは文です次も文です。さらに行きます、はい。まだ続けます。そうです、終わります。"
    assert sentences(text)[0] == "これは文です次も文です。"


def test_two_endings_are_no_speech() -> None:
    assert sentences("川の話をします魚の話もします") == ["川の話をします魚の話もします"]


@settings(deadline=None)
@given(st.text(alphabet="川話をします。ですが、か \n", max_size=80))
def test_speech_loses_no_letter(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
