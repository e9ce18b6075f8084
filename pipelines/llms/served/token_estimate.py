"""How many tokens a text may have, where no tokenizer can be asked."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage

# A word of letters is a token for every three of them; what else is ASCII is one by itself. Any
# other character, such as a kana or a kanji, is 1.2. More than the tokenizers of Qwen 2.5, Llama 3
# and GPT-4 make of text; measured in docs/backends.md.
_LETTERS = re.compile(r"[A-Za-z]+")
_OTHER_ASCII = re.compile(r"[!-@\[-`{-~\n]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
# What a chat template puts around a message, and what it may say before all of them.
_AROUND_A_MESSAGE = 8
_BEFORE_ALL = 32


def estimated_tokens(text: str) -> int:
    """At least as many as a usual tokenizer makes of the text, rarely twice as many."""
    words = sum(math.ceil(len(word) / 3) for word in _LETTERS.findall(text))
    marks = len(_OTHER_ASCII.findall(text))
    return math.ceil(words + marks + 1.2 * len(_BEYOND_ASCII.findall(text)))


def estimated_prompt_tokens(messages: Sequence[ChatMessage]) -> int:
    """The same of a chat prompt."""
    texts = sum(estimated_tokens(m.content or "") + _AROUND_A_MESSAGE for m in messages)
    return texts + _BEFORE_ALL
