"""Which encoding a file's bytes are in: strict decoding, and refusal rather than mojibake.

Order of evidence: a byte order mark, ISO-2022-JP's escapes, what the file declares (HTML, XML),
valid UTF-8, and last the reading that is most plausible as Japanese or Western text, provided it
is plausible in itself and clearly more so than the next.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from storage.readers.jis import decode_euc_jp, decode_iso_2022_jp
from storage.readers.mixed_lines import read_mixed
from storage.readers.parsed import ReadError
from storage.readers.plausibility import Plausibility, japanese, western

_SAMPLE_BYTES = 1 << 16
_MARGIN_NATS = 4.0
_SHORT_BYTES = 400
_UTF_8_PRIOR_NATS = 6.0
_LOWEST_GAIN = 4.0
_LOWEST_WESTERN_MEAN = -9.0
_WITH_CONTROLS_MEAN = -25.0
_BINARY_CONTROL_SHARE = 0.02
_ADVICE = "save it as UTF-8"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B(]|\([BIJ])")
_KANA_OR_KANJI = re.compile("[\u3041-\u30ff\u4e00-\u9fff\uff66-\uff9f]")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f\s]*")
_CONTROL_BYTES = bytes(c for c in range(32) if c not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"

_Decoder = Callable[[bytes], str]


@dataclass(frozen=True)
class Decoded:
    """A text, the codec that read it, and a warning when that codec was a guess."""

    text: str
    encoding: str
    warning: str | None = None


def decode(raw: bytes, declared: str | None = None) -> Decoded:
    """Decode the bytes of a text file.

    Read are UTF-8, UTF-16 and UTF-32 with a byte order mark, UTF-16 without one, Shift_JIS with
    its vendor characters (CP932), EUC-JP, ISO-2022-JP, and windows-1252 with a warning, because
    nothing in the bytes tells it from other Western code pages.

    Args:
        raw: The whole file.
        declared: The encoding that the file itself names, in any spelling; a hint that the bytes
            must bear out.

    Raises:
        ReadError: "binary", or "encoding" with what was tried.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Decoded(_as_marked(raw, name), name)
    if _ISO_2022_JP.search(raw) and raw.isascii():
        try:
            return Decoded(decode_iso_2022_jp(raw), "iso2022_jp")
        except UnicodeDecodeError:
            pass  # terminal colours begin with the same byte
    text = _attempt(raw, _DECODERS["utf-8"])
    return (
        (_as_utf_8(raw, text) if text is not None else None)
        or _as_declared(raw, declared)
        or _as_most_plausible(raw)
    )


def _as_marked(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        raise ReadError(
            "encoding",
            f"begins with the mark of {name} but is not valid {name} at byte {error.start:,} of "
            f"{len(raw):,}: {_ADVICE}",
        ) from error


def _as_utf_8(raw: bytes, text: str) -> Decoded | None:
    """Valid UTF-8 is meant, but for a few short texts in other encodings that are valid too.

    Such as "このとき" in UTF-16 without a mark, whose bytes are those of "S0n0h0M0".
    """
    if _too_many_controls(raw):
        return None
    if len(raw) > _SHORT_BYTES or _HEXADECIMAL.fullmatch(raw):
        return Decoded(text, "utf-8")
    own = max(western(text).nats, japanese(text).nats) + _UTF_8_PRIOR_NATS
    names = _UTF_16 if raw.isascii() else (*_JAPANESE, *_UTF_16)
    readings = [r for r in (_reading(raw, name) for name in names) if r and r.text != text]
    rivals = [r for r in readings if r.gain > 0 and _is_mostly_words(r.text)]
    best = max(rivals, key=lambda r: r.score.nats, default=None)
    if best is None or best.score.nats < own - _MARGIN_NATS:
        return Decoded(text, "utf-8")
    if best.plausible and best.score.nats > own + _MARGIN_NATS:
        return Decoded(best.text, best.name)
    raise _ambiguous("utf-8", best.name)


def _is_mostly_words(text: str) -> bool:
    return 2 * len(_KANA_OR_KANJI.findall(text)) >= len(text)


def _as_declared(raw: bytes, declared: str | None) -> Decoded | None:
    """The declared encoding's reading, if the bytes bear it out; valid UTF-8 was ruled out."""
    name = _known_name(declared)
    if name is None or name.startswith(("utf-", "iso2022_jp")):
        return None
    text = _attempt(raw, _DECODERS.get(name) or _codec(name))
    if text is None:
        return None
    own = _reading(raw, name) if name in _JAPANESE else None
    for rival in filter(None, (_reading(raw, n) for n in _JAPANESE if n != name)):
        if own and rival.score.nats > own.score.nats:
            return None
        if own is None and rival.plausible:
            return None
    return Decoded(text, name)


def _as_most_plausible(raw: bytes) -> Decoded:
    names = _UTF_16 if b"\0" in raw else (*_JAPANESE, *_UTF_16, "cp1252")
    readings = [r for r in (_reading(raw, name) for name in names) if r]
    readings.sort(key=lambda r: r.score.nats, reverse=True)
    if not readings or not readings[0].plausible:
        if _too_many_controls(raw):
            raise _binary(raw)
        mixed = read_mixed(raw, _whole)
        if mixed is None:
            raise _unknown(raw)
        return Decoded(mixed[0], "utf-8", mixed[1])
    best, *others = readings
    rival = next((r for r in others if r.text != best.text), None)
    if rival and rival.score.nats > best.score.nats - _MARGIN_NATS:
        raise _ambiguous(best.name, rival.name)
    warning = None
    if best.name == "cp1252":
        warning = "read as windows-1252, which is a guess: check accented letters, or " + _ADVICE
    return Decoded(best.text, best.name, warning)


def _whole(raw: bytes) -> tuple[str, str]:
    decoded = _as_most_plausible(raw)
    return decoded.text, decoded.encoding


@dataclass(frozen=True)
class _Reading:
    """The bytes as one encoding has them, and how well a sample of that fits a language."""

    name: str
    text: str
    score: Plausibility
    gain: float

    @property
    def plausible(self) -> bool:
        score = self.score
        if self.name == "cp1252":
            mostly_ascii = 3 * score.foreign <= score.length
            return mostly_ascii and score.foreign_nats > _LOWEST_WESTERN_MEAN * score.foreign
        if score.foreign == 0 or self.gain > _LOWEST_GAIN:
            return True
        # Every second byte of ASCII is 0 in UTF-16, which no other reading explains.
        mostly_ascii = 2 * score.foreign <= score.length
        without_controls = score.foreign_nats > _WITH_CONTROLS_MEAN * score.foreign
        return self.name in _UTF_16 and mostly_ascii and without_controls


def _reading(raw: bytes, name: str) -> _Reading | None:
    """The strict reading of all bytes, or None when they are not valid."""
    if name in _UTF_16 and len(raw) % 2:
        return None
    text = _attempt(raw, _DECODERS[name])
    if text is None or "\0" in text:
        return None
    sample = _sampled(raw, name)
    score = western(sample) if name == "cp1252" else japanese(sample)
    if name in _UTF_16:
        score = max(score, western(sample), key=lambda s: s.nats)
    ascii_bytes = score.length - score.foreign
    if name in _UTF_16:
        ascii_bytes *= 2
    return _Reading(name, text, score, score.gain(min(len(raw), _SAMPLE_BYTES) - ascii_bytes))


def _sampled(raw: bytes, name: str) -> str:
    """A stretch of the text from its first line with a non-ASCII byte on, the same bytes always.

    The stretch begins at an even byte, so that it is aligned for UTF-16 as well.
    """
    start = 0
    if len(raw) > _SAMPLE_BYTES:
        first = next((m.start() for m in re.finditer(rb"[\x80-\xff]", raw)), 0)
        start = max(raw.rfind(b"\n", 0, first), 0) & ~1
    stretch = raw[start : start + _SAMPLE_BYTES]
    for cut in range(4):
        text = _attempt(stretch[: len(stretch) - cut], _DECODERS[name])
        if text is not None:
            return text
    return ""


def _attempt(raw: bytes, decoder: _Decoder) -> str | None:
    try:
        return decoder(raw)
    except UnicodeDecodeError:
        return None


def _codec(name: str) -> _Decoder:
    return lambda raw: raw.decode(name)


_JAPANESE = ("cp932", "euc_jp")
_UTF_16 = ("utf-16-le", "utf-16-be")
_DECODERS: dict[str, _Decoder] = {
    "utf-8": _codec("utf-8"),
    "cp932": _codec("cp932"),
    "euc_jp": decode_euc_jp,
    "utf-16-le": _codec("utf-16-le"),
    "utf-16-be": _codec("utf-16-be"),
    "cp1252": _codec("cp1252"),
}
# Browsers read these labels as the wider code page, and so must we to get the same text.
_WEB_CODEC = re.compile(
    "utf-(8|16|32).*|ascii|iso8859-.*|cp(125.|874|932|949)|koi8-.|mac-.*|shift_jis.*|euc_.*|iso2022_jp.*"
    "|gb2312|gbk|gb18030|big5.*"
)
_WIDER = {"shift_jis": "cp932", "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}


def _known_name(declared: str | None) -> str | None:
    """The codec of a declared encoding, if it is one that web pages use."""
    label = (declared or "").strip().lower().removeprefix("x-").replace("sjis", "shift_jis")
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name) if _WEB_CODEC.fullmatch(name) else None


def _controls(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _CONTROL_BYTES))


def _too_many_controls(raw: bytes) -> bool:
    return b"\0" in raw or _controls(raw) > _BINARY_CONTROL_SHARE * len(raw)


def _ambiguous(name: str, other: str) -> ReadError:
    return ReadError(
        "encoding", f"could be {name} as well as {other}, and nothing tells which: {_ADVICE}"
    )


def _binary(raw: bytes) -> ReadError:
    return ReadError(
        "binary",
        f"not text: {_controls(raw):,} of {len(raw):,} bytes are control bytes: give the file its "
        "own extension, or convert it",
    )


def _unknown(raw: bytes) -> ReadError:
    tried = "utf-8, utf-16, cp932, euc_jp, iso2022_jp and windows-1252"
    reached, nearest = max((_first_error(raw, n), n) for n in ("utf-8", "cp932", "euc_jp"))
    hint = ""
    if reached > len(raw) // 4:
        hint = f" (nearest: {nearest}, which is broken at byte {reached:,} of {len(raw):,})"
    return ReadError("encoding", f"no encoding fits of {tried}{hint}: {_ADVICE}")


def _first_error(raw: bytes, name: str) -> int:
    """Where the bytes stop being valid; 0 when they are valid (and were found implausible)."""
    try:
        _DECODERS[name](raw)
    except UnicodeDecodeError as error:
        return error.start
    return 0
