from __future__ import annotations

from pathlib import Path

import pytest
from storage_doubles import (
    LetterTokenizer,
    LetterTokenizerSettings,
    Shelf,
    SpaceTokenizerSettings,
)

from pipelines.component import ComponentSettings
from pipelines.japanese.tokens import CharNgramTokenizerSettings, SudachiTokenizerSettings
from pipelines.word_index import WordIndex
from storage.catalogue import Catalogue
from storage.collection import Collection
from storage.layout import CATALOGUE, WORDS
from storage.word_search import WordSearch

FILES = {"a.md": "赤い 花\n青い 空", "b.md": "白い 雲\n赤い 空"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.ingest(FILES)
    return shelf


def found(collection: Collection, question: str, top_k: int = 10) -> list[str]:
    hits = collection.search_words(WordIndex(SpaceTokenizerSettings()), question, top_k)
    assert all(score > 0 for _, score in hits)
    return [node.text for node in collection.nodes([node_id for node_id, _ in hits])]


def saved(shelf: Shelf) -> list[str]:
    folder = shelf.generation / WORDS
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_words_are_found_and_strangers_are_not(shelf: Shelf) -> None:
    with shelf.open() as collection:
        assert set(found(collection, "赤い")) == {"赤い 花", "赤い 空"}
        assert found(collection, "赤い 空")[0] == "赤い 空"
        assert found(collection, "紫の") == []
        assert found(collection, "") == []
        assert found(collection, "赤い", top_k=0) == []
        assert len(found(collection, "赤い", top_k=1)) == 1


def test_each_tokenizer_has_its_own_index(shelf: Shelf) -> None:
    with shelf.open() as collection:
        assert found(collection, "赤") == []
        hits = collection.search_words(WordIndex(LetterTokenizerSettings()), "赤", 10)
        assert len(hits) == 2
        collection.search_words(WordIndex(LetterTokenizerSettings(salt=1)), "赤", 10)
    assert len(saved(shelf)) == 3


def test_what_changes_is_found_at_once(shelf: Shelf) -> None:
    with shelf.open() as collection:
        assert found(collection, "雲") == ["白い 雲"]
        shelf.ingest({**FILES, "b.md": "黒い 雲", "c.md": "雲"})
        assert found(collection, "雲") == ["雲", "黒い 雲"]
        assert found(collection, "白い") == []
        shelf.ingest({"a.md": "雲"}, sync=True, confirm=lambda _: True)
        assert found(collection, "雲") == ["雲"]
    assert len(saved(shelf)) == 1


def test_only_new_nodes_are_cut_again(shelf: Shelf) -> None:
    tokenizer = LetterTokenizer()

    class Settings(LetterTokenizerSettings):
        def build(self) -> LetterTokenizer:
            return tokenizer

    with shelf.open() as collection:
        collection.search_words(WordIndex(Settings()), "赤", 3)
        assert tokenizer.texts == 4
        collection.search_words(WordIndex(Settings()), "空", 3)
        shelf.ingest({**FILES, "c.md": "新しい 文"})
        collection.search_words(WordIndex(Settings()), "空", 3)
        assert tokenizer.texts == 5
    with shelf.open() as collection:  # A process that comes later loads it.
        collection.search_words(WordIndex(Settings()), "空", 3)
        assert tokenizer.texts == 5
    shelf.ingest({**FILES, "c.md": "また 新しい 文"})
    with shelf.open() as collection:  # And one that finds an older version brings it up to date.
        collection.search_words(WordIndex(Settings()), "空", 3)
        assert tokenizer.texts == 6


def test_a_damaged_index_is_built_anew(shelf: Shelf) -> None:
    with shelf.open() as collection:
        expected = found(collection, "赤い 空")
    (name,) = saved(shelf)
    for path in [p for p in (shelf.generation / WORDS / name).rglob("*") if p.is_file()]:
        path.write_bytes(path.read_bytes()[:-2])
        with shelf.open() as collection:
            assert found(collection, "赤い 空") == expected
        assert WordSearch(shelf.generation).state(shelf.index_state().version) == [
            (name.rsplit("-", 1)[0], True, True)
        ]


def test_a_folder_that_can_not_be_written_does_not_matter(shelf: Shelf) -> None:
    (shelf.generation / WORDS).write_text("in the way", encoding="utf-8")
    with shelf.open() as collection:
        assert set(found(collection, "赤い")) == {"赤い 花", "赤い 空"}


def test_what_is_removed_during_a_search_is_not_found(shelf: Shelf) -> None:
    """The index is of the version before; the catalogue decides what is live."""
    catalogue = Catalogue(shelf.generation / CATALOGUE, shelf.name)
    words = WordSearch(shelf.generation)
    settings = WordIndex(SpaceTokenizerSettings())
    assert len(words.search(catalogue, settings, "赤い", 5)) == 2

    before = [catalogue.index_state()]

    class MovesOn:
        """The version before when the index is opened, and what is true from then on."""

        index_state = staticmethod(lambda: before.pop() if before else catalogue.index_state())
        live = staticmethod(catalogue.live)

    shelf.ingest({"b.md": FILES["b.md"]}, sync=True, confirm=lambda _: True)
    hits = words.search(MovesOn(), settings, "赤い", 5)  # type: ignore[arg-type]
    assert [node.text for node in catalogue.nodes([i for i, _ in hits])] == ["赤い 空"]
    catalogue.close()


def test_questions_and_nodes_are_cut_by_the_same_object(shelf: Shelf) -> None:
    built: list[LetterTokenizer] = []

    class Settings(LetterTokenizerSettings):
        def build(self) -> LetterTokenizer:
            built.append(LetterTokenizer())
            return built[-1]

    with shelf.open() as collection:
        for _ in range(3):
            collection.search_words(WordIndex(Settings()), "赤", 3)
    assert len(built) == 1


@pytest.mark.parametrize("settings", [SudachiTokenizerSettings(), CharNgramTokenizerSettings()])
def test_real_tokenizers_find_japanese_words(shelf: Shelf, settings: ComponentSettings) -> None:
    lines = ["強化学習では報酬の設計が大切です", "講義は月曜日に始まります", "サーバーを再起動した"]
    shelf.ingest({"c.md": "\n".join(lines)})
    with shelf.open() as collection:
        for question, line in [("報酬はどう設計する？", 0), ("講義の始まる日", 1), ("サーバー", 2)]:
            (best, *_) = collection.search_words(WordIndex(settings), question, 3)  # type: ignore[arg-type]
            assert collection.nodes([best[0]])[0].text == lines[line]
        assert collection.search_words(WordIndex(settings), "？！", 3) == []  # type: ignore[arg-type]
