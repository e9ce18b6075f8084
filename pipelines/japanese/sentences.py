"""Sentence boundaries of Japanese and English text, as spans into the original."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.japanese.long_stretches import cut_at_endings, cut_long, is_unmarked

SENTENCE_CHARS = 160
QUOTE_CHARS = 80

_OPENERS = "「『（(【〈《［[｛{“‘〔"
_CLOSERS = "」』）)】〉》］]｝}”’〕"
_PAIRS = dict(zip(_CLOSERS, _OPENERS, strict=True))
_BRACKET = re.compile(f"[{re.escape(_OPENERS + _CLOSERS)}]")
_CLOSING = re.escape(_CLOSERS) + "\"'"
_END = re.compile(rf"(?P<mark>[。｡！？!?．.]+)(?P<close>[{_CLOSING}]*)")

# Kana, kanji, the iteration and prolonged sound marks, half-width katakana.
JAPANESE_LETTERS = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
_JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]")

_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")
_MARKER = re.compile(r"\s*(?:[-*+•・◦●○■□▪◆◇→※>#|=]|\d{1,3}[.)．、]|[（(]\d{1,3}[)）]|[①-⑳])")
_WRAP_COLUMNS = 50
_INITIALS = re.compile(r"[a-z](?:\.[a-z])*")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_KANJI = "〇零一二三四五六七八九"
# One digit behind the point may begin a sentence (その一。二つ目は), except after zero or before a
# unit that is measured and not counted (高さは二。四メートル).
_MEASURES = (
    "メートル|キロ|センチ|ミリ|マイクロ|ナノ|ギガ|メガ|テラ|グラム|トン|リットル|ヘクタール|"
    "パーセント|ポイント|%|％|倍|秒|ドル|億|兆|立方|平方|乗"
)
_KANJI_POINT = re.compile(
    f"[〇零]。[{_KANJI}]|[{_KANJI}]。[{_KANJI}]{{2}}|[{_KANJI}十百千]。[{_KANJI}](?:{_MEASURES})"
)
_ABBREVIATION = re.compile(
    "mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|cf|al|eg|ie|e\\.g|i\\.e|nos?|figs?|eqs?|sec|ch|vol|pp?|eds?|"
    "inc|ltd|co|corp|dept|approx|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)


def split_sentences(text: str, max_chars: int = SENTENCE_CHARS) -> list[tuple[int, int]]:
    """Spans of the sentences of a text.

    A sentence ends at 。！？ (with the closing brackets behind it; not inside a bracketed quote of
    up to 80 characters), at an English full stop before a capital, and at a line break, unless
    the line is a full one that goes on in the next (hard-wrapped text). Lines of markdown
    tables and fenced code are kept whole. In speech that the recogniser left without marks, a
    sentence also ends behind a polite ending (です, ましたか …). What is still longer than
    `max_chars` is cut at clause ends. Linear in the length.

    Args:
        text: Any text.
        max_chars: Longest sentence, in characters; at least 1.

    Returns:
        [(start, end)], end exclusive: in order, not overlapping, each at most `max_chars` long,
        without white space at either end. Together they hold every character that is not white
        space.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars: {max_chars}: must be at least 1")
    spans: list[tuple[int, int]] = []
    unmarked = is_unmarked(text)
    for start, end, whole in _stretches(text):
        pieces = [(start, end)] if whole else _sentences(text, start, end)
        for piece_start, piece_end in pieces:
            trimmed = _trim(text, piece_start, piece_end)
            if trimmed:
                ended = cut_at_endings(text, *trimmed) if unmarked and not whole else [trimmed]
                for part in ended:
                    spans.extend(cut_long(text, *part, max_chars))
    return spans


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left == len(piece):
        return None
    return start + left, start + len(piece.rstrip())


def _stretches(text: str) -> Iterator[tuple[int, int, bool]]:
    """Lines as (start, end, keep whole), hard-wrapped ones joined."""
    fenced = False
    start = position = 0
    pending: str | None = None
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line) is not None
        whole = fenced or fence or line.lstrip().startswith("|")
        if pending is not None and (whole or not _goes_on(pending, line)):
            yield start, position, False
            pending = None
        if whole:
            yield position, position + len(line), True
        else:
            if pending is None:
                start = position
            pending = line
        if fence:
            fenced = not fenced
        position += len(line)
    if pending is not None:
        yield start, position, False


def _goes_on(line: str, following: str) -> bool:
    """Whether a line is a full one that was broken in the middle of a sentence."""
    body = line.rstrip()
    # The mean of characters and UTF-8 bytes is the width in columns: 1 for ASCII, 2 for Japanese.
    if (len(body) + len(body.encode("utf-8", "replace"))) // 2 < _WRAP_COLUMNS:
        return False
    following = following.rstrip()
    if not following or _MARKER.match(following) or _MARKER.match(line):
        return False
    first, last = following[0], body[-1]
    if _JAPANESE.match(first):
        return last in "、，," or _JAPANESE.match(last) is not None
    if not (first.islower() and first.isascii()):
        return False
    return last in ",-" or (last.isascii() and last.isalnum())


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    quotes = _short_quotes(text, start, end)
    quote = 0
    begin = start
    for match in _END.finditer(text, start, end):
        at, after = match.start(), match.end()
        while quote < len(quotes) and quotes[quote][1] < at:
            quote += 1
        if quote < len(quotes) and quotes[quote][0] < at:
            # Only where the quote itself is the sentence: another quote or a space follows.
            opened, closed = quotes[quote][0], quotes[quote][1] < after
            # 「。」 is the mark itself that is talked about.
            ends = (
                closed
                and opened + 1 < at
                and (after >= end or text[after] in _OPENERS or text[after].isspace())
            )
        else:
            ends = _is_end(text, match, begin, end)
        if ends:
            yield begin, after
            begin = after
    if begin < end:
        yield begin, end


def _short_quotes(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Outermost matched brackets at most QUOTE_CHARS apart, as (open, close), in order."""
    stack: list[tuple[str, int]] = []
    found: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text, start, end):
        bracket = match.group()
        if bracket in _OPENERS:
            stack.append((bracket, match.start()))
        elif stack and stack[-1][0] == _PAIRS[bracket]:
            _, opened = stack.pop()
            if match.start() - opened <= QUOTE_CHARS:
                while found and found[-1][0] > opened:
                    found.pop()
                found.append((opened, match.start()))
    return found


def _is_end(text: str, match: re.Match[str], begin: int, end: int) -> bool:
    mark, at, after = match["mark"], match.start(), match.end()
    before = text[at - 1] if at > begin else " "
    following = text[after] if after < end else "\n"
    if (before.isdigit() and following.isdigit()) or _KANJI_POINT.match(text, max(0, at - 1)):
        return False  # A recogniser writes 0.1 as 0。1, and 0.31 as 〇。三一.
    if any(sign in mark for sign in "。｡！？"):
        return True
    if before.isspace():
        return False
    next_japanese = _JAPANESE.match(following) is not None or following in _OPENERS
    if _JAPANESE.match(before) and (mark[-1] == "．" or next_japanese or following.isspace()):
        return True
    if mark[-1] in "!?":
        # "Yahoo!ニュース" is a name; "GPT-4?それは" is a question.
        return following.isspace() or (next_japanese and "?" in mark)
    if mark[-1] == "．" or not following.isspace():
        return False
    return _english_stop(text, at, after, begin, end)


def _english_stop(text: str, at: int, after: int, begin: int, end: int) -> bool:
    position = after
    while position < end and text[position].isspace():
        position += 1
    if position < end and text[position].islower():
        return False
    word_start = at
    while word_start > begin and not text[word_start - 1].isspace() and at - word_start < 12:
        word_start -= 1
    word = text[word_start:at].strip(_OPENERS + "\"'").lower()
    if _ABBREVIATION.fullmatch(word) or _INITIALS.fullmatch(word):
        return False
    numbered = _NUMBER.fullmatch(word) and not text[begin:word_start].strip("#>*-•– \t")
    return not numbered
