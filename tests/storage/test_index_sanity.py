from __future__ import annotations

from pathlib import Path

import pytest
from storage_doubles import LetterTokenizerSettings, Shelf, SpaceTokenizerSettings

from pipelines.errors import YomitokiError
from pipelines.word_index import WordIndex
from storage.index_sanity import LEAST_NODES, measure

LINES = [f"これは{number:03d}と{number:03d}のような番号が続く文です" for number in range(40)]
TEXTS = {f"n{number:02d}": line for number, line in enumerate(LINES)}
LENGTHS = dict.fromkeys(TEXTS, 20)


def test_shares_are_counted() -> None:
    """Half of the searches find nothing, a quarter the node, and a quarter of all are short."""
    order = sorted(TEXTS)
    pieces = {text[len(text) // 4 : len(text) - len(text) // 4]: n for n, text in TEXTS.items()}

    def search(piece: str) -> list[str]:
        place = order.index(pieces[piece])
        return [] if place % 2 else [order[place] if place % 4 else "unknown"]

    lengths = {node_id: 2 if place % 4 == 0 else 9 for place, node_id in enumerate(order)}
    sanity = measure(TEXTS, lengths, search)
    assert (sanity.nodes, sanity.short, sanity.silent, sanity.found) == (40, 0.25, 0.5, 0.25)
    assert sanity.useless
    assert "50% of searches" in str(sanity)


def test_few_nodes_are_not_judged() -> None:
    few = dict(list(TEXTS.items())[: LEAST_NODES - 1])
    assert not measure(few, LENGTHS, lambda _: []).useless
    assert measure(TEXTS, LENGTHS, lambda _: []).useless


def test_an_index_that_finds_nothing_is_refused_and_not_kept(tmp_path: Path) -> None:
    """Words between spaces: each of these lines is one single token, as LlamaIndex's would be."""
    shelf = Shelf(tmp_path)
    shelf.ingest({"a.md": "\n".join(LINES)})
    with shelf.open() as collection:
        for _ in range(2):
            with pytest.raises(YomitokiError, match="useless for these documents: 100% of the"):
                collection.search_words(WordIndex(SpaceTokenizerSettings()), LINES[0], 3)  # type: ignore[arg-type]
        hits = collection.search_words(WordIndex(LetterTokenizerSettings()), LINES[7], 3)  # type: ignore[arg-type]
    assert hits
    assert len(list((shelf.generation / "words").iterdir())) == 1
