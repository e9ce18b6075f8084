"""Headings of Markdown, comments of code that are none, slides, and plain text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.readers.markdown import heading_sections, headings
from storage.readers.parsed import Parsed, ParseOptions, ReadError
from storage.readers.plain_text import parse, parse_markdown

OPTIONS = ParseOptions(".txt")


def trails(text: str, setext: bool = False) -> list[tuple[str, str]]:
    """The heading and the text of each section."""
    return [(m["heading"], text[s:e]) for s, e, m in heading_sections(text, setext=setext)]


def titles(text: str, setext: bool = False) -> list[str]:
    return [heading.title for heading in headings(text, setext=setext)]


def metadata(parsed: Parsed) -> list[dict[str, Any]]:
    return [section[2] for section in parsed.sections]


def test_sections_have_the_trail_of_headings() -> None:
    text = "前文\n# 講義\n導入\n## 報酬\n本文\n### 形式\n詳細\n## まとめ ##\n終わり\n"
    assert trails(text) == [
        ("講義", "# 講義\n導入\n"),
        ("講義 > 報酬", "## 報酬\n本文\n"),
        ("講義 > 報酬 > 形式", "### 形式\n詳細\n"),
        ("講義 > まとめ", "## まとめ ##\n終わり\n"),
    ]


def test_code_in_fences_has_no_headings() -> None:
    text = (
        "# A\n```bash\n# comment\n```\n   ~~~\n# other\n```\n   ~~~\n## B\n````\n```\n# in\n````\n"
    )
    assert titles(text) == ["A", "B"]


@pytest.mark.parametrize(
    "code",
    [
        "# 前処理\nimages = [crop(i) for i in cards]",
        "# HuggingFace Login\nfrom huggingface_hub import notebook_login",
        "# 評価\nimport torch",
        "# 取得\n!git clone https://example.org/a.git",
        "# 一つ目\n# 二つ目\nmodel.fit(x, y)",
        "# 関数\ndef f(x):",
        "# 設定\nos.environ['KEY'] = input()",
        "# old = 1\n# print(old)",
        "In [6]:\n# モデルの読み込み\n\nfrom x import y",
    ],
)
def test_a_comment_of_code_without_a_fence_is_no_heading(code: str) -> None:
    assert titles(f"# 章\n\n本文\n\n{code}\n\n## 節\n") == ["章", "節"]


@pytest.mark.parametrize(
    "heading",
    [
        "# 強化学習\nGRPO(Group Relative Policy Optimization)とは",
        "# [1.0.0] 変更\n- 追加",
        "# 参考\n[資料](https://example.org)",
        "# Usage\nfor example, this is how one starts:",
        "# 上\n## 下",
        "# C#",
    ],
)
def test_a_heading_right_above_text_stays_one(heading: str) -> None:
    assert titles(heading)[0] == heading.split("\n")[0].removeprefix("# ")


@pytest.mark.parametrize(
    "line", ["#tag", "####### seven", "    # indented", "\\# escaped", "本文 # x"]
)
def test_what_only_looks_like_a_heading(line: str) -> None:
    assert titles(f"段落\n\n{line}\n\n段落") == []


def test_underlined_headings_and_rules() -> None:
    text = "題\n===\n\n節\n---\n\n- 項目\n---\n\n段落一\n段落二\n---\n\n| a |\n---\n"
    assert titles(text, setext=True) == ["題", "節"]
    assert titles(text) == []


def test_front_matter_is_not_markdown() -> None:
    assert titles("---\ntitle: x\n# comment\n---\n# A\n") == ["A"]
    assert titles("---\n\n# A\n") == ["A"]


@given(st.text(st.sampled_from("#`~-= \t\nab日")))
def test_sections_are_in_order_and_start_at_headings(text: str) -> None:
    found = heading_sections(text, setext=True)
    ends = [0, *(end for _, end, _ in found)]
    assert all(before <= start < end for before, (start, end, _) in zip(ends, found, strict=False))
    assert not found or found[-1][1] == len(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line", ["# a" + " " * 200_000 + "b", "#" * 200_000, "`" * 200_000, " " * 200_000]
)
def test_a_long_line_costs_little(line: str) -> None:
    headings(f"{line}\n{line}", setext=True)


def test_a_text_file_with_headings_is_read_as_markdown() -> None:
    parsed = parse("# 題\r\n本文\r\n## 節\r\n終\r\n".encode(), OPTIONS)
    assert parsed.text == "# 題\n本文\n## 節\n終\n"
    assert metadata(parsed) == [{"heading": "題"}, {"heading": "題 > 節"}]
    assert parsed.metadata == {"title": "題"}


def test_one_heading_alone_does_not_make_a_text_file_markdown() -> None:
    assert parse("# 一つだけ\n本文\n".encode(), OPTIONS).sections == []
    assert metadata(parse_markdown("# 一つだけ\n本文\n".encode(), OPTIONS)) == [
        {"heading": "一つだけ"}
    ]


def test_slides_under_transcript_are_pages() -> None:
    text = "題\n\nTranscript\n\n  1. 表紙\n\n    副題\n  2. 目次\n  7. 本文の番号\n  3. まとめ\n"
    parsed = parse(text.encode(), OPTIONS)
    assert [(m["page"], parsed.text[s:e]) for s, e, m in parsed.sections] == [
        (1, "  1. 表紙\n\n    副題\n"),
        (2, "  2. 目次\n  7. 本文の番号\n"),
        (3, "  3. まとめ\n"),
    ]


@pytest.mark.parametrize(
    "text", ["  1. a\n  2. b\n  3. c\n", "Transcript\n  2. b\n  3. c\n  4. d\n"]
)
def test_a_numbered_list_is_not_slides(text: str) -> None:
    assert parse(text.encode(), OPTIONS).sections == []


def test_text_longer_than_allowed_is_a_limit() -> None:
    with pytest.raises(ReadError) as caught:
        parse("あ".encode() * 11, ParseOptions(".txt", max_chars=10))
    assert caught.value.kind == "expansion"
    assert "max_text_chars" in caught.value.reason
    assert parse("あ".encode() * 10, ParseOptions(".txt", max_chars=10)).text == "あ" * 10
