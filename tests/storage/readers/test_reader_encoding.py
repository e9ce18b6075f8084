"""Which encoding bytes are in; expected texts are those that were encoded."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from japanese_phrases import ENCODINGS, PHRASES, SENTENCES

from storage.readers.encoding import decode
from storage.readers.parsed import ReadError

# The wave dash has no place in CP932 under this code point; its readers give the full-width tilde.
FOR_CP932 = str.maketrans("〜", "～")

# In UTF-16 without a mark these kana are the ASCII "0A" to "0f", which is taken for what it says.
LIKE_HEXADECIMAL = set("ぁあぃいぅうちぢっつづて")

texts = st.lists(st.sampled_from(PHRASES), min_size=3, max_size=12).map("".join)
kana = st.text(st.sampled_from([chr(c) for c in range(0x3042, 0x3094)]), min_size=15, max_size=40)
ascii_words = st.text(st.sampled_from("abcdefghij XYZ0123456789.,-"), max_size=12)


def fitted(text: str, encoding: str) -> str:
    return text.translate(FOR_CP932) if encoding == "cp932" else text


def kana_in(text: str) -> int:
    return sum("ぁ" <= character <= "ゖ" for character in text)


def refusal(raw: bytes, declared: str | None = None) -> ReadError:
    with pytest.raises(ReadError) as caught:
        decode(raw, declared)
    assert "\n" not in caught.value.reason
    return caught.value


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-32", "utf-32-le-marked"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_read_in_every_encoding(sentence: str, encoding: str) -> None:
    if encoding == "utf-32-le-marked":
        raw = b"\xff\xfe\x00\x00" + sentence.encode("utf-32-le")
    else:
        raw = sentence.encode(encoding)
    assert decode(raw).text == sentence
    assert decode(raw).warning is None


@given(texts, st.sampled_from(ENCODINGS))
def test_text_of_15_characters_or_more_comes_back(text: str, encoding: str) -> None:
    assume(len(text) >= 15 and kana_in(text) >= 5)
    written = fitted(text, encoding)
    assert decode(written.encode(encoding)).text == written


@given(kana, ascii_words, st.sampled_from(ENCODINGS))
def test_any_kana_among_ascii_comes_back(word: str, other: str, encoding: str) -> None:
    assume(not set(word) <= LIKE_HEXADECIMAL)
    text = f"{other}{word}{other}"
    assert decode(text.encode(encoding)).text == text


@given(texts.filter(bool), st.sampled_from(ENCODINGS), st.integers(0, 400))
def test_a_short_piece_is_read_right_or_refused(text: str, encoding: str, start: int) -> None:
    piece = fitted(text, encoding)[start % len(text) :][:9]
    assume(kana_in(piece) >= 2 and len(piece) >= 4 and not set(piece) <= LIKE_HEXADECIMAL)
    try:
        decoded = decode(piece.encode(encoding))
    except ReadError:
        return
    assert decoded.text == piece or decoded.warning


@given(texts, st.data())
def test_damaged_utf_8_is_refused(text: str, data: st.DataObject) -> None:
    raw = text.encode()
    assume(kana_in(text) >= 5 and len(raw) > 40)
    at = data.draw(st.integers(20, len(raw) - 1))
    damaged = raw[:at] + b"\xff" + raw[at:]
    try:
        decoded = decode(damaged)
    except ReadError:
        return
    assert decoded.warning


def test_a_damaged_file_is_told_where() -> None:
    raw = "文字起こしの途中で".encode() * 10
    error = refusal(raw[:130] + b"\xff" + raw[130:])
    assert error.kind == "encoding"
    assert "byte 1" in error.reason
    assert "save it as UTF-8" in error.reason


@pytest.mark.parametrize("vendor", ["①", "㈱", "Ⅳ", "髙"])
def test_vendor_characters_are_read_in_all_three_legacy_encodings(vendor: str) -> None:
    """The pairs are those of CP932 moved by the formula of JIS X 0208 Annex 1, by hand."""
    pairs = {"①": (0x2D, 0x21), "㈱": (0x2D, 0x6A), "Ⅳ": (0x2D, 0x38), "髙": (0x7C, 0x62)}
    first, second = pairs[vendor]
    text = f"次の項目は{vendor}の山田さんが説明します。"
    before, after = text.split(vendor)
    euc = before.encode("euc_jp") + bytes((first | 0x80, second | 0x80)) + after.encode("euc_jp")
    jis = before.encode("iso2022_jp")[:-3] + bytes((first, second)) + after.encode("iso2022_jp")[3:]
    assert decode(text.encode("cp932")).text == text
    assert decode(jis).text == text
    if vendor != "髙":  # in EUC-JP that place is taken by another standard
        assert decode(euc).text == text


def test_half_width_katakana() -> None:
    text = "ﾃﾞｰﾀﾍﾞｰｽﾉ ﾊﾞｯｸｱｯﾌﾟ ｦ ｼﾞｯｺｳｽﾙ ﾌﾟﾛｸﾞﾗﾑ ﾃﾞｽ｡ ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ ﾄｳｷｮｳﾄ"
    assert decode(text.encode("cp932")).text == text
    jis = b"\x1b(I" + bytes(b & 0x7F for b in "ﾃﾞｰﾀ".encode("cp932")) + b"\x1b(B"
    assert decode("半角の".encode("iso2022_jp") + jis).text == "半角のﾃﾞｰﾀ"


WESTERN = {
    "fr": "Le café est fermé à côté de l’hôtel, « déjà » dit-il.",
    "de": "Die Größe der Äpfel wird für die Übung geprüft – „schön“.",
    "es": "¿Dónde está el niño? Mañana será otro día.",
}


@pytest.mark.parametrize("text", WESTERN.values(), ids=WESTERN)
def test_western_text_is_read_with_a_warning(text: str) -> None:
    decoded = decode(text.encode("cp1252"))
    assert (decoded.text, decoded.encoding) == (text, "cp1252")
    assert "guess" in (decoded.warning or "")
    assert decode(text.encode()).warning is None


OTHERS = {
    "gbk": "经济和社会发展取得了巨大的成就，人民生活水平不断提高。",
    "big5": "經濟和社會發展取得了巨大的成就，人民生活水準不斷提高。",
    "euc_kr": "내일 오전 회의는 어디에서 열립니까? 회의실에서 기다리겠습니다.",
    "koi8-r": "Где состоится завтрашнее собрание? Мы будем ждать вас в зале.",
    "cp1251": "Где состоится завтрашнее собрание? Мы будем ждать вас в зале.",
    "cp874": "เศรษฐกิจของประเทศพัฒนาอย่างรวดเร็ว",
}


@pytest.mark.parametrize("encoding", OTHERS)
def test_other_encodings_are_refused_and_not_garbled(encoding: str) -> None:
    error = refusal(OTHERS[encoding].encode(encoding))
    assert error.kind == "encoding"
    assert "UTF-8" in error.reason


@pytest.mark.parametrize("encoding", OTHERS)
def test_other_languages_are_read_in_utf_8(encoding: str) -> None:
    assert decode(OTHERS[encoding].encode()).text == OTHERS[encoding]


@pytest.mark.parametrize("encoding", OTHERS)
def test_a_declared_encoding_is_honoured(encoding: str) -> None:
    text = OTHERS[encoding]
    assert decode(text.encode(encoding), encoding).text == text


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "euc-jp", "utf-8", "koi8-r"])
def test_a_wrong_declaration_is_not_believed(declared: str) -> None:
    raw = SENTENCES[0].encode("cp932")
    assert decode(raw, declared).text == SENTENCES[0]


@pytest.mark.parametrize("declared", ["unicode_escape", "utf-7", "rot13", "no-such", "", "x" * 999])
def test_a_declaration_that_no_page_uses_is_ignored(declared: str) -> None:
    assert decode(SENTENCES[0].encode(), declared).text == SENTENCES[0]


@pytest.mark.parametrize(
    "raw",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b"\x00" * 64, b"MZ\x90\x00\x03\x00\x00\x00" * 9],
    ids=["png", "zeros", "exe"],
)
def test_binary_content_is_called_so(raw: bytes) -> None:
    assert refusal(raw).kind == "binary"


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"])
def test_a_mark_must_be_borne_out(mark: bytes) -> None:
    error = refusal(mark + b"\xd8\x00\xd8\xff\xff")
    assert (error.kind, "mark of utf-" in error.reason) == ("encoding", True)


def test_colours_of_a_terminal_are_no_japanese() -> None:
    assert decode(b"\x1b[31mred\x1b[0m and \x1b(B plain\n").text.startswith("\x1b[31mred")


def test_a_long_file_is_judged_by_its_first_japanese() -> None:
    text = "plain ascii line\n" * 9000 + SENTENCES[1] * 3 + "\n" + "more ascii\n" * 9000
    assert decode(text.encode("cp932")).text == text
    assert decode(text.encode("utf-16-le")).text == text


@pytest.mark.parametrize("raw", [b"0\n" * 9, b"0B0C0D0E0F", b"S0me m0re", b"n0pe", b"B0B0", b"a"])
def test_short_ascii_stays_ascii(raw: bytes) -> None:
    assert decode(raw).text == raw.decode()


def test_utf_16_whose_bytes_are_all_ascii() -> None:
    raw = "このとき、また".encode("utf-16-be")
    assert raw.decode("ascii") == "0S0n0h0M0\x010~0_"
    assert decode(raw).text == "このとき、また"
