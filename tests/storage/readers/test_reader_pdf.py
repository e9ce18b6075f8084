"""PDF files, written by hand: pages, Japanese fonts, encryption, damage."""

from __future__ import annotations

import io

import pytest
from minimal_pdf import composite_font, pdf, show, show_codes
from pypdf import PdfReader, PdfWriter

from storage.readers.parsed import Parsed, ParseOptions, ReadError
from storage.readers.pdf_text import parse

OPTIONS = ParseOptions(".pdf")


def read(data: bytes) -> Parsed:
    return parse(data, OPTIONS)


def pages(parsed: Parsed) -> list[tuple[int, str]]:
    return [(m["page"], parsed.text[start:end]) for start, end, m in parsed.sections]


def refusal(data: bytes) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data)
    assert "\n" not in caught.value.reason
    return caught.value


def encrypted(password: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([show("secret text")]))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_pages_are_sections_counted_from_1() -> None:
    parsed = read(pdf([show("first page"), show("second (page)")], title="報告書"))
    assert parsed.text == "first page\n\nsecond (page)"
    assert pages(parsed) == [(1, "first page"), (2, "second (page)")]
    assert parsed.metadata == {"title": "報告書"}
    assert (parsed.encoding, parsed.warnings) == (None, [])


def test_pages_without_text_keep_their_number_and_are_named() -> None:
    parsed = read(pdf([b"", show("text"), b""]))
    assert pages(parsed) == [(2, "text")]
    assert parsed.warnings == ["2 of 3 pages without text (images?): 1, 3"]


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("90ms-RKSJ-H", "cp932"), ("EUC-H", "euc_jp"), ("UniJIS-UCS2-H", "utf-16-be")],
)
def test_japanese_fonts_that_are_not_embedded(encoding: str, codec: str) -> None:
    text = "日本語の文書です。"
    assert read(pdf([show_codes(text.encode(codec))], composite_font(encoding))).text == text


def test_codes_of_a_character_collection_are_not_taken_for_unicode() -> None:
    """CIDs 843, 845, 847, 849, 851 of Adobe-Japan1 are あ, い, う, え, お (Adobe TN 5078)."""
    codes = b"".join(cid.to_bytes(2, "big") for cid in (843, 845, 847, 849, 851))
    assert read(pdf([show_codes(codes)], composite_font("Identity-H"))).text == "あいうえお"


def test_vertical_writing_is_read_down_the_line() -> None:
    text = "縦書きの文章"
    assert read(pdf([show_codes(text.encode("cp932"))], composite_font("90ms-RKSJ-V"))).text == text


def test_fonts_that_do_not_say_their_characters_are_refused() -> None:
    codes = b"".join(cid.to_bytes(2, "big") for cid in range(40, 60))
    error = refusal(pdf([show_codes(codes)], composite_font("Identity-H", "Identity")))
    assert error.kind == "no_text"
    assert "do not say which characters" in error.reason


def test_a_scan_is_told_to_need_ocr() -> None:
    error = refusal(pdf([b"0 0 100 100 re f"]))
    assert error.kind == "no_text"
    assert "OCR" in error.reason


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_password_is_needed(algorithm: str) -> None:
    error = refusal(encrypted("user", algorithm))
    assert error.kind == "encrypted"
    assert "without a password" in error.reason


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_protection_against_printing_only_does_not_keep_a_file_from_being_read(
    algorithm: str,
) -> None:
    assert read(encrypted("", algorithm)).text == "secret text"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_salvaged_or_refused(share: float) -> None:
    whole = pdf([show(f"page number {n}") for n in range(20)])
    try:
        parsed = read(whole[: int(len(whole) * share)])
    except ReadError as error:
        assert error.kind in ("damaged", "no_text")  # noqa: PT017
    else:
        assert all(text == f"page number {page - 1}" for page, text in pages(parsed))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"not a pdf at all", b"%PDF-1.4\n" + b"\xff" * 999]
)
def test_what_is_no_pdf_is_damaged(data: bytes) -> None:
    assert refusal(data).kind == "damaged"


@pytest.mark.timeout(60)
def test_a_page_tree_that_never_ends() -> None:
    endless = pdf([show("text")], kids="2 0 R 2 0 R")
    try:
        assert read(endless).text == "text"  # the page itself is still in the file
    except ReadError as error:
        assert error.kind == "damaged"  # noqa: PT017


@pytest.mark.timeout(60)
def test_a_page_that_unpacks_to_hundreds_of_megabytes_is_a_limit() -> None:
    bomb = pdf([b" " * 200_000_000], deflated=True)
    assert len(bomb) < 300_000
    assert refusal(bomb).kind == "expansion"


def test_more_text_than_allowed_is_a_limit() -> None:
    with pytest.raises(ReadError) as caught:
        parse(pdf([show("x" * 100)]), ParseOptions(".pdf", max_chars=50))
    assert caught.value.kind == "expansion"
