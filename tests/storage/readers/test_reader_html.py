"""HTML and XML."""

from __future__ import annotations

from typing import Any

import pytest

from storage.readers import html_page, xml_text
from storage.readers.parsed import Parsed, ParseOptions, ReadError

OPTIONS = ParseOptions(".html")

ARTICLE = """<!DOCTYPE html><html><head><title>就業 規程
</title><style>p{}</style></head><body>
<nav><a href="/">ホーム</a><a href="/list">一覧</a></nav>
<article><h1>第一章 総則</h1>
<p>この規程は、社員の就業に
関する事項を<ruby>定<rt>さだ</rt></ruby>める。社員はこの規程を守らなければならない。</p>
<h2>休暇</h2><p>年次有給休暇は、<b>十日</b>とする。<br>翌年に限り繰り越すことができる。</p>
<table><tr><th>区分</th><th>日数</th></tr><tr><td>一年目</td><td>10</td></tr></table>
<ul><li>産前産後休暇</li><li>育児休業</li></ul></article>
<script>document.write("注入")</script><noscript>無効</noscript>
<footer>連絡先と著作権</footer></body></html>"""


def read(page: str | bytes) -> Parsed:
    return html_page.parse(page.encode() if isinstance(page, str) else page, OPTIONS)


def sections(parsed: Parsed) -> list[tuple[str, dict[str, Any]]]:
    return [(parsed.text[start:end], metadata) for start, end, metadata in parsed.sections]


def test_the_main_text_with_its_headings() -> None:
    parsed = read(ARTICLE)
    assert parsed.metadata == {"title": "就業 規程"}
    assert [m["heading"] for _, m in sections(parsed)] == ["第一章 総則", "第一章 総則 > 休暇"]
    first, second = (text for text, _ in sections(parsed))
    assert first.split() == [
        "第一章",
        "総則",
        "この規程は、社員の就業に関する事項を定める。社員はこの規程を守らなければならない。",
    ]
    assert "年次有給休暇は、十日とする。\n翌年に限り" in second
    assert "区分 | 日数\n一年目 | 10" in second
    assert "産前産後休暇\n育児休業" in second
    for left_out in ("さだ", "注入", "無効", "ホーム", "著作権"):
        assert left_out not in parsed.text


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-8"])
def test_pages_without_a_declaration(encoding: str) -> None:
    assert "年次有給休暇は、十日とする。" in read(ARTICLE.encode(encoding)).text


def test_the_declared_encoding_is_honoured_when_the_bytes_bear_it_out() -> None:
    page = '<meta charset="{}"><p>Где состоится собрание?</p>'
    assert read(page.format("koi8-r").encode("koi8-r")).text == "Где состоится собрание?"
    sjis = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>{}</p>'
    assert read(sjis.format("纊褜鍈").encode("cp932")).text == "纊褜鍈"
    lie = "<meta charset=iso-8859-1><p>本文は日本語で書かれている。</p>"
    assert read(lie.encode("euc_jp")).text == "本文は日本語で書かれている。"


def test_a_page_of_navigation_only_gives_its_visible_text() -> None:
    parsed = read(
        "<body><nav><ul><li><a>ホーム</a></li><li><a>会社概要</a></li></ul></nav>"
        "<footer>© 株式会社山田</footer><script>evil()</script></body>"
    )
    assert "ホーム" in parsed.text
    assert "会社概要" in parsed.text
    assert "evil" not in parsed.text


def test_hidden_text_is_not_visible() -> None:
    page = '<div hidden>隠し一</div><p style="display: none">隠し二</p><p>見える文。</p>'
    assert read(page).text == "見える文。"


def test_a_table_used_for_layout_is_not_one_row() -> None:
    parsed = read(
        "<table><tr><td><h2>左</h2><p>左の文。</p></td><td><h2>右</h2>右の文。</td></tr></table>"
    )
    assert [m["heading"] for _, m in sections(parsed)] == ["左", "右"]
    assert "|" not in parsed.text


def test_lines_of_code_stay_lines() -> None:
    assert "a = 1\n  b = 2" in read("<p>例を示す。</p><pre>a = 1\n  b = 2</pre>").text


@pytest.mark.timeout(120)
@pytest.mark.parametrize("depth", [500, 20_000])
def test_deep_nesting_is_read_or_refused(depth: int) -> None:
    page = "<div>" * depth + "深い本文です。" + "</div>" * depth
    try:
        assert read(page).text == "深い本文です。"
    except ReadError as error:
        assert "nested" in error.reason  # noqa: PT017
        assert depth > 2000


@pytest.mark.parametrize("page", ["", "   ", "<html></html>", "<!-- -->", "<script>x</script>"])
def test_a_page_without_text_gives_none(page: str) -> None:
    assert read(page).text == ""


def read_xml(text: str | bytes) -> Parsed:
    return xml_text.parse(text.encode() if isinstance(text, str) else text, ParseOptions(".xml"))


def test_xml_elements_are_lines_and_running_text_stays_together() -> None:
    head = "<?xml version='1.0' encoding='Shift_JIS'?>"
    text = head + "<r><a>一行目</a><b>二<i>行</i>目</b><!-- c --></r>"
    parsed = read_xml(text.encode("cp932"))
    assert parsed.text == "一行目\n二行目"
    assert parsed.encoding == "cp932"


BOMBS = {
    "laughs": '<!DOCTYPE b [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><b>&b;</b>',
    "file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    "parameter": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://example.org/x.dtd"> %x;]><r/>',
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(bomb: str, encoding: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_xml(bomb.encode(encoding))
    assert "entities" in caught.value.reason


def test_html_under_the_name_of_xml_is_read_as_html() -> None:
    assert (
        read_xml("<!DOCTYPE html><html><body><p>本文<br>です</p></body></html>").text
        == "本文\nです"
    )


def test_damaged_xml_says_where() -> None:
    with pytest.raises(ReadError) as caught:
        read_xml("<r>\n<a>\n</r>")
    assert (caught.value.kind, "line 3" in caught.value.reason) == ("damaged", True)
