"""How often a text says no: what must stay the same when it is corrected."""

from __future__ import annotations

from pipelines.japanese.tokens import morphemes

_FORMS = ("ない", "ぬ", "無い")


def negations(text: str) -> int:
    """The number of negations in a `unified` text."""
    return sum(
        word.dictionary_form() in _FORMS and word.part_of_speech()[0] != "名詞"
        for word in morphemes(text)
    )
