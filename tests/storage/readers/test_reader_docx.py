"""Word files, made with python-docx and by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from storage.readers.docx_text import parse
from storage.readers.parsed import Parsed, ParseOptions, ReadError

OPTIONS = ParseOptions(".docx")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(build: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    build(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def package(body: str, namespace: str = W, extra: dict[str, str] | None = None) -> bytes:
    """A Word file of the least parts, with `body` as its document's body."""
    relations = {name: kind for kind, name in (("footnotes", "footnotes.xml"),)}
    parts = {
        "_rels/.rels": f'<R><Relationship Type="{RELATIONS}/officeDocument" '
        'Target="word/document.xml"/></R>',
        "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body>'
        "</w:document>",
        "word/_rels/document.xml.rels": "<R>"
        + "".join(
            f'<Relationship Type="{RELATIONS}/{kind}" Target="{name}"/>'
            for name, kind in relations.items()
        )
        + "</R>",
        **(extra or {}),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def paragraph(content: str) -> str:
    return f"<w:p>{content}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def read(data: bytes) -> Parsed:
    return parse(data, OPTIONS)


def trails(parsed: Parsed) -> list[tuple[str, str]]:
    return [(m["heading"], parsed.text[start:end]) for start, end, m in parsed.sections]


def refusal(data: bytes, options: ParseOptions = OPTIONS) -> ReadError:
    with pytest.raises(ReadError) as caught:
        parse(data, options)
    assert "\n" not in caught.value.reason
    return caught.value


def test_headings_paragraphs_and_tables_in_document_order() -> None:
    def build(document: Any) -> None:
        document.core_properties.title = "就業規則"
        document.add_heading("規則", level=0)
        document.add_heading("総則", level=1)
        document.add_paragraph("目的を定める。")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(
            (c for row in table.rows for c in row.cells),
            ["区分", "日数", "一年目", "10"],
            strict=True,
        ):
            cell.text = text
        document.add_heading("休暇", level=2)
        document.add_paragraph("十日とする。")
        document.add_paragraph("一つ目", style="List Bullet")

    parsed = read(saved(build))
    assert parsed.text == (
        "規則\n\n総則\n\n目的を定める。\n\n区分 | 日数\n一年目 | 10\n\n"
        "休暇\n\n十日とする。\n\n一つ目"
    )
    assert [heading for heading, _ in trails(parsed)] == [
        "規則",
        "規則 > 総則",
        "規則 > 総則 > 休暇",
    ]
    assert parsed.metadata == {"title": "就業規則"}


def test_a_style_based_on_a_heading_is_a_heading() -> None:
    def build(document: Any) -> None:
        style = document.styles.add_style("社内見出し", 1)
        style.base_style = document.styles["Heading 2"]
        document.add_paragraph("独自の見出し", style="社内見出し")
        document.add_paragraph("本文")

    assert trails(read(saved(build))) == [("独自の見出し", "独自の見出し\n\n本文")]


def test_text_that_python_docx_leaves_out() -> None:
    """Furigana, insertions, content controls, links and text boxes."""
    body = (
        paragraph(
            "<w:r><w:ruby><w:rt>"
            + run("かん")
            + "</w:rt><w:rubyBase>"
            + run("漢")
            + "</w:rubyBase>"
            "</w:ruby></w:r>" + run("字と") + f"<w:ins>{run('追加')}</w:ins>"
            f"<w:del><w:r><w:delText>削除</w:delText></w:r></w:del><w:hyperlink>{run('と連結')}</w:hyperlink>"
        )
        + f"<w:sdt><w:sdtContent>{paragraph(run('部品'))}</w:sdtContent></w:sdt>"
        + paragraph(
            run("前") + "<w:r><w:pict><w:txbxContent>" + paragraph(run("枠")) + "</w:txbxContent>"
            "</w:pict></w:r>" + run("後")
        )
        + paragraph("<w:r><w:rPr><w:vanish/></w:rPr><w:t>隠し</w:t></w:r>" + run("表示"))
    )
    assert read(package(body)).text == "漢字と追加と連結\n\n部品\n\n前後\n\n枠\n\n表示"


def test_notes_follow_the_paragraph_that_refers_to_them() -> None:
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="0">{paragraph(run("-"))}'
        f'</w:footnote><w:footnote w:id="2">{paragraph(run("脚注の文。"))}</w:footnote>'
        "</w:footnotes>"
    )
    body = paragraph(
        run("本文") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("続き")
    ) + paragraph(run("次"))
    parsed = read(package(body, extra={"word/footnotes.xml": notes}))
    assert parsed.text == "本文[^1]続き\n\n[^1]: 脚注の文。\n\n次"


def test_the_strict_format_is_read_as_well() -> None:
    assert read(package(paragraph(run("厳格")), STRICT)).text == "厳格"


def test_nested_tables_and_merged_cells() -> None:
    inner = "".join(f"<w:tc>{paragraph(run(text))}</w:tc>" for text in "内側")
    inner = f"<w:tbl><w:tr>{inner}</w:tr></w:tbl>"
    body = (
        f"<w:tbl><w:tr><w:tc>{paragraph(run('外'))}{inner}</w:tc><w:tc>{paragraph('')}</w:tc>"
        f"<w:tc>{paragraph(run('端'))}</w:tc></w:tr></w:tbl>"
    )
    assert read(package(body)).text == "外 内 側 |  | 端"


@pytest.mark.parametrize(
    "declaration", ['<!DOCTYPE d [<!ENTITY a "b">]>', "<!DOCTYPE d SYSTEM 'x'>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declared_document_type_is_refused(declaration: str, encoding: str) -> None:
    text = f'{declaration}<w:document xmlns:w="{W}"><w:body/></w:document>'
    stream = io.BytesIO(package(""))
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = text.encode(encoding)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    error = refusal(target.getvalue())
    assert (error.kind, "document type" in error.reason) == ("damaged", True)


def test_a_zip_bomb_is_a_limit() -> None:
    bomb = package("", extra={"word/document.xml": " " * 60_000_000})
    assert len(bomb) < 100_000
    error = refusal(bomb, ParseOptions(".docx", max_chars=10_000_000))
    assert error.kind == "expansion"
    assert "unpacks" in error.reason


def test_more_text_than_allowed_is_a_limit() -> None:
    assert (
        refusal(package(paragraph(run("あ" * 100))), ParseOptions(".docx", 50)).kind == "expansion"
    )


@pytest.mark.timeout(60)
def test_deeply_nested_elements_are_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 5000 + paragraph(run("底")) + "</w:sdtContent></w:sdt>" * 5000
    assert refusal(package(deep)).kind == "damaged"


def test_an_old_or_encrypted_file_is_told_what_to_do() -> None:
    error = refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert error.kind == "encrypted"
    assert "save it as .docx" in error.reason


@pytest.mark.parametrize("share", [0.1, 0.6, 0.95])
def test_a_truncated_file_is_damaged(share: float) -> None:
    whole = saved(lambda document: document.add_paragraph("本文"))
    assert refusal(whole[: int(len(whole) * share)]).kind == "damaged"


def test_another_zip_is_no_word_file() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "text")
    error = refusal(stream.getvalue())
    assert (error.kind, "no document" in error.reason) == ("damaged", True)


def test_a_relation_out_of_the_package_is_not_followed() -> None:
    relations = (
        f'<R><Relationship Type="{RELATIONS}/officeDocument" Target="../../../etc/passwd"/>'
        f'<Relationship Type="{RELATIONS}/officeDocument" Target="http://x/y" '
        'TargetMode="External"/></R>'
    )
    assert refusal(package("", extra={"_rels/.rels": relations})).kind == "damaged"


def test_paragraphs_agree_with_python_docx() -> None:
    texts = ["一行目", "tab\tと", "line\nbreak", "最後"]

    def build(document: Any) -> None:
        for text in texts:
            document.add_paragraph(text)
        document.element.body.insert(0, parse_xml(f'<w:p xmlns:w="{W}"/>'))

    data = saved(build)
    ours = read(data).text.split("\n\n")
    assert ours == [p.text for p in docx.Document(io.BytesIO(data)).paragraphs if p.text]
