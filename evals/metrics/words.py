"""The words of a text for measures that compare word sequences."""

from __future__ import annotations

import threading
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sudachipy import Tokenizer

# Sudachi refuses more than 49,149 bytes; a character takes at most four.
_SUDACHI_CHARS = 12_000
_threads = threading.local()


def words(text: str) -> list[str]:
    """Sudachi's longest units (mode C) in their order; NFKC, lower case, without white space.

    Unlike the terms that are searched for, function words and punctuation stay: an answer is
    compared whole.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return [
        word.surface()
        for at in range(0, len(folded), _SUDACHI_CHARS)
        for word in _tokenizer().tokenize(folded[at : at + _SUDACHI_CHARS])
        if not word.surface().isspace()
    ]


def _tokenizer() -> Tokenizer:
    """One a thread: Sudachi's tokenizers are not shared."""
    if not hasattr(_threads, "tokenizer"):
        from sudachipy import Dictionary, SplitMode

        _threads.tokenizer = Dictionary().tokenizer(mode=SplitMode.C)
    tokenizer: Tokenizer = _threads.tokenizer
    return tokenizer
