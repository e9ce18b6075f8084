"""Which stretches of a text may be cleaned."""

from __future__ import annotations

import pytest

from storage.cleaning.prose import prose


def stretches(text: str) -> list[str]:
    return [text[start:end] for start, end in prose(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一行目\n二行目\n\n次の段落", ["一行目\n二行目", "次の段落"]),
        ("# 見出し\n本文", ["本文"]),
        ("🎤 SPEAKER_0 [0s - 73s]\n本文\n山田 [1:02 - 1:15]:\n次", ["本文", "次"]),
        ("**記録時間**: 2026-01-17\n記録日時：今日\n本文", ["本文"]),
        ("[00:12] はい\n0:15 いいえ\n山田 00:20\nそう", ["はい", "いいえ", "そう"]),
        ("1\n00:00:01,000 --> 00:00:02,000\nはい", ["1", "はい"]),
        ("前\n```py\nx = 1\n\n```\n後", ["前", "後"]),
        ("前\n    x = 1\n後", ["前", "後"]),
        ("    字下げした文\n\t次の文\n\t x = 1", ["    字下げした文\n\t次の文"]),
        ("| a | b |\n---\n本文", ["本文"]),
        ("これは`x`と https://a.b/c です", ["これは", "と ", " です"]),
        ("宛先は a@b.example で<b>太字</b>", ["宛先は ", " で", "太字"]),
        ("本文\n- 一\n- 二\n続き", ["本文", "- 一", "- 二", "続き"]),
        ("山田：はい\nそうです\n佐藤: いえ", ["山田：はい\nそうです", "佐藤: いえ"]),
        ("", []),
        ("```\n閉じない\n# 中", []),
        ("\u200b```\n閉じない", []),
    ],
)
def test_only_prose_is_given(text: str, said: list[str]) -> None:
    assert stretches(text) == said
