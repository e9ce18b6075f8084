from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pipelines.web.failure import WebFailure
from storage.readers.web_page import WebPageReader

MAIN = "<p>" + "堰の改修は三月に終わり、四月から水が流れる。" * 5 + "</p>"
PAGE = (
    "<html><head><title>堰の改修</title><style>x{{}}</style></head><body><nav>案内 案内</nav>"
    "<article><h1>改修</h1>{}</article><script>alert(1)</script></body></html>"
)


@pytest.fixture(scope="module")
def reader() -> Iterator[WebPageReader]:
    page_reader = WebPageReader()
    yield page_reader
    page_reader.close()


@pytest.mark.parametrize("encoding", ["utf-8", "shift_jis", "euc-jp"])
def test_the_main_text_of_a_page_in_its_encoding(reader: WebPageReader, encoding: str) -> None:
    page = PAGE.format(MAIN).replace("<head>", f'<head><meta charset="{encoding}">')
    title, text = reader(page.encode(encoding), "text/html")
    assert title == "堰の改修"
    assert "堰の改修は三月に終わり、四月から水が流れる。" in text
    assert "alert" not in text


def test_plain_text(reader: WebPageReader) -> None:
    assert reader("堰は\r\n三月。".encode(), "text/plain") == ("", "堰は\n三月。")


def test_an_empty_page_has_no_text(reader: WebPageReader) -> None:
    assert reader(b"", "text/html") == reader(b"<html></html>", "text/html") == ("", "")


def test_what_can_not_be_decoded_says_so(reader: WebPageReader) -> None:
    with pytest.raises(WebFailure) as caught:
        reader(b"\x00\x01\x02\xff\xfe" * 100, "text/plain")
    assert caught.value.state == "unreadable answer"


def test_a_page_that_takes_too_long_is_given_up() -> None:
    reader = WebPageReader(timeout_seconds=0.2)
    started = time.monotonic()
    try:
        with pytest.raises(WebFailure, match="timeout"):
            reader(b"<div>" * 60_000 + b"<p>x" * 60_000, "text/html")
        assert time.monotonic() - started < 20
        assert "三月" in reader("<p>三月に終わる。".encode(), "text/plain")[1], (
            "the next one is read"
        )
    finally:
        reader.close()
