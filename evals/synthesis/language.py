"""Japanese or English, told by the letters."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.japanese.sentences import JAPANESE_LETTERS

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
# Japanese about technical things is full of Latin words; English quotes a Japanese name at most.
JAPANESE_SHARE = 0.2
_JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


def language_of(text: str) -> Language:
    """The language of a text: ja where a fifth of its letters are kana or kanji, else en."""
    letters = sum(letter.isalpha() for letter in text)
    return "ja" if len(_JAPANESE.findall(text)) >= JAPANESE_SHARE * max(1, letters) else "en"


def is_written_in(text: str, language: Language) -> bool:
    """Whether a sentence is in the language; one in kanji without any kana is Chinese, not ja."""
    if language == "ja" and _KANA.search(text) is None:
        return False
    return language_of(text) == language
