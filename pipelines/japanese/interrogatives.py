"""Words that ask: they stand in a question whatever it is about."""

from __future__ import annotations

# As written and as Sudachi normalises them; in its short units, so that 何人 is 何 and 人.
INTERROGATIVES = frozenset(
    {"何", "なに", "なん", "何者", "誰", "だれ", "どなた", "いつ", "何時", "どこ", "何処"}
    | {"何故", "なぜ", "どう", "如何", "如何に", "いかに", "どれ", "どちら", "どっち"}
    | {"いくら", "幾ら", "いくつ", "幾つ", "幾"}
)
