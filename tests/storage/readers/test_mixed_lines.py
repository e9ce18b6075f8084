"""Files that were put together of pieces in different encodings, and damaged ones."""

from __future__ import annotations

import pytest

from storage.readers.encoding import decode
from storage.readers.parsed import ReadError

UTF_8 = "川の水質について話します。".encode()
CP932 = "堰の高さを下げる工事が始まりました。".encode("cp932")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_in_another_encoding_are_read_and_named(end: bytes) -> None:
    decoded = decode(end.join([UTF_8, CP932, UTF_8, CP932, CP932, UTF_8]))
    said = decoded.text.split(end.decode())
    assert said[0] == said[2] == said[5] == "川の水質について話します。"
    assert said[1] == said[3] == said[4] == "堰の高さを下げる工事が始まりました。"
    assert decoded.warning == "lines 2, 4–5: not utf-8 as the other lines are: read as cp932"


def test_few_lines_of_utf_8_in_another_encoding() -> None:
    decoded = decode(b"\n".join([CP932] * 5 + [UTF_8]))
    assert decoded.text.splitlines()[0] == "堰の高さを下げる工事が始まりました。"
    assert decoded.text.splitlines()[5] == "川の水質について話します。"


def test_a_file_that_was_cut_inside_of_a_letter_is_read_up_to_there() -> None:
    decoded = decode(b"\n".join([UTF_8, UTF_8, UTF_8[:-1]]))
    assert decoded.text.splitlines()[2] == "川の水質について話します\ufffd"
    assert decoded.warning == "line 3: no encoding fits: what can't be read there is \ufffd"


def test_what_is_hardly_utf_8_at_all_is_refused_as_before() -> None:
    korean = "하천의 수질에 대하여 이야기합니다.".encode("euc_kr")
    with pytest.raises(ReadError, match="no encoding fits"):
        decode(b"\n".join([UTF_8, *[korean] * 9]))
