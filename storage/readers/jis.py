"""ISO-2022-JP and EUC-JP as Japanese software writes them, with its vendor characters.

Python's codecs know the standards; files made on Windows also hold the characters of rows 13 and
89-92 (①, ㈱, 髙). Those have a place in CP932, so the double bytes are moved there.
"""

from __future__ import annotations

import codecs

_ASCII = (b"(B", b"(J")
_DOUBLE = (b"$B", b"$@", b"$(B")
_HALF_WIDTH_KATAKANA = b"(I"
_ESCAPES = (*_ASCII, *_DOUBLE, _HALF_WIDTH_KATAKANA)
_VENDOR_ROWS = "yomitoki.cp51932"


def decode_iso_2022_jp(raw: bytes) -> str:
    """Decode ISO-2022-JP, also with half-width katakana (ESC ( I) and vendor rows (CP50221).

    Raises:
        UnicodeDecodeError: Not ISO-2022-JP, or a character without meaning in it.
    """
    try:
        return raw.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return _decode_cp50221(raw)


def _decode_cp50221(raw: bytes) -> str:
    pieces: list[str] = []
    head, *rest = raw.split(b"\x1b")
    pieces.append(head.decode("ascii"))
    offset = len(head)
    for part in rest:
        escape = next((e for e in _ESCAPES if part.startswith(e)), None)
        if escape is None:
            raise UnicodeDecodeError("iso2022_jp", raw, offset, offset + 1, "unknown escape")
        body = part[len(escape) :]
        try:
            if escape in _ASCII:
                pieces.append(body.decode("ascii"))
            elif escape == _HALF_WIDTH_KATAKANA:
                pieces.append(bytes(b | 0x80 if b > 0x20 else b for b in body).decode("cp932"))
            else:
                pieces.append(_double_bytes(body))
        except UnicodeDecodeError as error:
            at = offset + 1 + len(escape) + error.start
            raise UnicodeDecodeError("iso2022_jp", raw, at, at + 1, error.reason) from error
        offset += 1 + len(part)
    return "".join(pieces)


def _double_bytes(body: bytes) -> str:
    """JIS X 0208 pairs of 7-bit bytes; line ends may stand between them."""
    moved = bytearray()
    at = 0
    while at < len(body):
        if body[at] in b"\r\n":
            moved.append(body[at])
            at += 1
            continue
        pair = body[at : at + 2]
        if len(pair) < 2 or not all(0x21 <= b <= 0x7E for b in pair):
            raise UnicodeDecodeError("iso2022_jp", body, at, at + 1, "incomplete pair")
        moved += _to_shift_jis(pair[0], pair[1])
        at += 2
    return bytes(moved).decode("cp932")


def decode_euc_jp(raw: bytes) -> str:
    """Decode EUC-JP, also with vendor rows (CP51932).

    Raises:
        UnicodeDecodeError: Not EUC-JP, or a character without meaning in it.
    """
    return raw.decode("euc_jp", errors=_VENDOR_ROWS)


def _vendor_character(error: UnicodeError) -> tuple[str, int]:
    """What a pair that Python's EUC-JP refuses means in CP51932; a codec error handler."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or not all(0xA1 <= b <= 0xFE for b in pair):
        raise error
    try:
        character = _to_shift_jis(pair[0] & 0x7F, pair[1] & 0x7F).decode("cp932")
    except UnicodeDecodeError:
        raise error from None
    return character, error.start + 2


codecs.register_error(_VENDOR_ROWS, _vendor_character)


def _to_shift_jis(first: int, second: int) -> bytes:
    """A JIS X 0208 pair (0x21-0x7E each) as Shift_JIS. Source: JIS X 0208:1997 Annex 1."""
    row = (first + 1) // 2 + (0x70 if first < 0x5F else 0xB0)
    odd_row_cell = second + (0x20 if second >= 0x60 else 0x1F)
    return bytes((row, odd_row_cell if first % 2 else second + 0x7E))
