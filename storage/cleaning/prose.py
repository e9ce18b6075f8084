"""The stretches of a text that somebody said or wrote as prose, which cleaning may touch."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Acts on the display or on nothing at all; never part of a word (joiners are, in emoji).
UNSEEN = (
    "\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff"
)
_UNSEEN = re.compile(f"[{UNSEEN}]")
_TIME = r"\d+(?:\.\d+)?s|(?:\d+:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_TURN = re.compile(rf"\[[ \t]*(?:{_TIME})[ \t]*[-–—~〜→][ \t]*(?:{_TIME})[ \t]*\]:?\s*$")
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_STAMP = re.compile(
    rf"[ \t]*(?:[-*・][ \t]+)?[\[(（【<]?[ \t]*{_CLOCK}(?:[ \t]*[-–—~〜～→][ \t]*{_CLOCK})?"
    r"[ \t]*[\])）】>]?[ \t]*[:：]?[ \t]*"
)
_STAMP_BEHIND = re.compile(rf"[^。、]{{1,60}}[ \t]+[\[(（【<]?{_CLOCK}[\])）】>]?[:：]?[ \t]*")
# A heading, a table's row, a rule, a label in bold type (**記録時間**: …), indented code
# (a line that begins with a Japanese letter is none).
_MARKED = re.compile(
    r"[ \t]{0,3}#{1,6}(?:[ \t]|$)|[ \t]*\||[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$"
    r"|[ \t]*\*\*[^*]{1,40}\*\*[ \t]*[:：]"
    r"|(?:\t| {4})\s*+(?![\u3041-\u30ff\u4e00-\u9fff「『（])"
)
_LABEL = re.compile(
    r"(?:記録|録音|収録|開始)(?:時間|日時|時刻)[ \t]*[:：]|(?:Recorded|Date)[ a-z]*:"
)
_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•・◦●○■□▪◆◇→※>][ \t]*\S|\d{1,3}[.)．、]|[（(]\d{1,3}[)）]|[①-⑳])")
_SPEAKER = re.compile(r"[^\s:：。、，,！？!?「」]{1,20}[ \t]*[:：]")
# Code in a line, an address, an e-mail address, a path or a file's name.
_INLINE = re.compile(
    r"`[^`\n]+`|(?:https?|ftp)://[!-~０-９Ａ-Ｚａ-ｚ]+|www\.[!-~０-９Ａ-Ｚａ-ｚ]+"
    r"|(?<![\w.+-])[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|<[A-Za-z/!][^<>\n]*>"
)

_HOLDS_CODE = re.compile(r"[`<@]|://|www\.")


def prose(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that may be cleaned: a turn's or a paragraph's lines without what is in them code.

    Left out are headings, lines that open a turn or say when a recording was made, times, tables,
    rules, code (fenced, indented or between backquotes), tags, addresses and blank lines. An item
    of a list and a line that begins with a speaker's name are stretches of their own.

    Yields:
        (start, end), end exclusive, in order, not overlapping; a stretch may hold line breaks.
    """
    for start, end in _blocks(text):
        if _HOLDS_CODE.search(text, start, end):
            yield from _between_code(text, start, end)
        else:
            yield start, end


def _between_code(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _INLINE.finditer(text, start, end):
        if match.start() > at:
            yield at, match.start()
        at = match.end()
    if at < end:
        yield at, end


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Lines of prose, those that follow each other together."""
    begin: int | None = None
    fence = ""
    position = 0
    last_end = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        seen = _UNSEEN.sub("", line) if not line.isprintable() else line
        opening = _FENCE.match(seen)
        if opening and (not fence or opening[1] == fence):
            fence = "" if fence else opening[1]
            said = None
        elif fence or not seen.strip() or _is_marked(seen):
            said = None
        elif ":" in line[:40] and (stamp := _STAMP.match(line)):
            said = start + stamp.end()
        else:
            said = start
        alone = said is None or said > start or _begins_anew(seen)
        if begin is not None and alone:
            yield begin, last_end
            begin = None
        if said is not None and said < start + len(line):
            begin = said if begin is None else begin
            last_end = start + len(line)
            if _ITEM.match(seen):
                yield begin, last_end
                begin = None
    if begin is not None:
        yield begin, last_end


def _begins_anew(line: str) -> bool:
    return _ITEM.match(line) is not None or (
        (":" in line[:22] or "：" in line[:22]) and _SPEAKER.match(line) is not None
    )


def _is_marked(line: str) -> bool:
    if _MARKED.match(line) or "-->" in line:
        return True
    if "]" in line[-20:] and _TURN.search(line[-60:]):
        return True
    if ":" not in line and "：" not in line:
        return False
    return bool(_LABEL.match(line)) or (
        len(line) < 90 and _STAMP_BEHIND.fullmatch(line) is not None
    )
