"""One form a character: width, composed kana, and characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from pipelines.component import ComponentSettings
from storage.cleaning.edit import Change
from storage.cleaning.prose import UNSEEN, prose
from storage.cleaning.step import CleaningStep

_HALF_KANA = "\uff61-\uff9f"
_MARKS = "\u3099\u309a"
_KANA = "\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fd\u30fe"
_RADICALS = "\u2e80-\u2fdf"
_WIDE = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_JAPANESE = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uff66-\uff9f"

# Each alternative is a run of one kind, with the unseen characters inside of it.
_ODD = re.compile(
    rf"(?P<kana>[{_KANA}]?[{UNSEEN}]*[{_HALF_KANA}{_MARKS}][{_HALF_KANA}{_MARKS}{UNSEEN}{_KANA}]*)"
    rf"|(?P<wide>[{_WIDE}](?:[{_WIDE}{UNSEEN}]|[．，](?=[０-９]))*)"
    rf"|(?P<radical>[{_RADICALS}]+)"
    rf"|(?P<unseen>[{UNSEEN}]+|(?<=[{_JAPANESE}])[\u200c\u200d]+(?=[{_JAPANESE}]))"
)
# What no half of the texts has: most stretches are settled by this alone.
_ANY_ODD = re.compile(rf"[{UNSEEN}\u200c\u200d{_HALF_KANA}{_MARKS}{_RADICALS}{_WIDE}]")
_REMOVED = re.compile(f"[{UNSEEN}]+")
_HALF = re.compile(f"[{_HALF_KANA}]+")
_REASONS = {
    "kana": "half-width or decomposed kana in its usual form",
    "wide": "full-width letters or digits in their usual width",
    "radical": "a radical's code in place of the character",
    "unseen": "control or invisible character",
}


class UnicodeSettings(ComponentSettings):
    """Full-width Latin letters and digits become half-width, half-width katakana full-width, kana
    and its voicing marks one character, the codes of radicals (as PDFs have them) characters;
    control and invisible characters go.

    Less than NFKC, on purpose: ①, ㍻, ㈱, ㎡, x² and ligatures stay, because NFKC would make 1,
    平成, (株), m2 and x2 of them, another way to write or another meaning; Japanese punctuation
    keeps its width; compatibility forms of kanji (﨑) stay, as they are names; and so do line
    breaks, tabs, spaces of any width, joiners outside of Japanese words, and U+FFFD, which shows
    where something is lost. Search folds all of it by NFKC anyway.
    """

    kind: Literal["unicode"] = "unicode"

    def build(self) -> CleaningStep:
        """The step."""
        return UnicodeStep()


class UnicodeStep:
    """See UnicodeSettings."""

    name = "unicode"

    def changes(self, text: str) -> list[Change]:
        """What becomes another form, a run of characters a change."""
        if not _ANY_ODD.search(text):
            return []
        found: list[Change] = []
        for start, end in prose(text):
            for match in _ODD.finditer(text, start, end):
                kind = match.lastgroup or "unseen"
                usual = _usual(kind, match.group())
                if usual != match.group():
                    found.append(Change(match.start(), match.end(), usual, _REASONS[kind]))
        return found


def _usual(kind: str, run: str) -> str:
    if kind == "unseen":
        return ""
    seen = _REMOVED.sub("", run)
    if kind == "wide":
        return unicodedata.normalize("NFKC", seen)
    if kind == "radical":
        return "".join(unicodedata.normalize("NFKC", letter) for letter in seen)
    full = _HALF.sub(lambda half: unicodedata.normalize("NFKC", half.group()), seen)
    return unicodedata.normalize("NFC", full)
