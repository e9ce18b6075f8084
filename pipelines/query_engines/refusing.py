"""Recognising an answer that says the documents do not tell."""

from __future__ import annotations

import re

# What the prompt asks for, and the forms in which small models say the same.
_REFUSALS = re.compile(
    r"(?:書かれて(?:い)?ません|記載(?:されて|が)(?:い)?(?:ませ|ありませ)ん|記載はありません"
    r"|書いてありません|含まれて(?:い)?ません|見つかりません|情報(?:は|が)(?:含まれて)?(?:い|あり)ません"
    r"|(?:述べ|言及さ|説明さ|示さ|提供さ)れて(?:い)?ません|分かりません|わかりません|お答えできません"
    r"|(?:not|n't) (?:mention|stat|provid|specif|contain))"
)
_SENTENCE = re.compile(r"[^。！？\n]+")


def is_refusal(text: str) -> bool:
    """Whether an answer's first sentence says that the documents do not tell."""
    first = _SENTENCE.search(text.strip())
    return bool(first and _REFUSALS.search(first.group()))
