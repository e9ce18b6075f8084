from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from storage_doubles import LetterTokenizerSettings, Shelf, SpaceTokenizerSettings

from pipelines.errors import YomitokiError
from pipelines.japanese.tokens import SudachiTokenizerSettings
from pipelines.word_index import WordIndex
from storage.index_sanity import LEAST_NODES, measure

DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
LINES = [
    f"これは{number:03d}と{number:03d}のような番号が続く文です".translate(DIGITS)
    for number in range(40)
]
TEXTS = {f"n{number:02d}": line for number, line in enumerate(LINES)}
LENGTHS = dict.fromkeys(TEXTS, 20)

LECTURE = Path(__file__).resolve().parents[2] / "samples" / "lecture" / "lecture.md"
# All of Sudachi's parts of speech; Latin words and numbers are no morphemes and stay.
PARTS = """名詞 代名詞 動詞 形容詞 形状詞 副詞 連体詞 接続詞 感動詞 助詞 助動詞
接頭辞 接尾辞 記号 補助記号 空白"""
EVERYTHING = SudachiTokenizerSettings(drop=tuple(PARTS.split()))


def finds_own(node_id: str) -> Callable[[str], list[str]]:
    return lambda _: [node_id]


def test_shares_are_counted() -> None:
    """Half of the searches find nothing, a quarter the node, and a quarter of all are short."""
    order = sorted(TEXTS)
    pieces = {text[len(text) // 4 : len(text) - len(text) // 4]: n for n, text in TEXTS.items()}

    def search(piece: str) -> list[str]:
        place = order.index(pieces[piece])
        return [] if place % 2 else [order[place] if place % 4 else "unknown"]

    lengths = {node_id: 2 if place % 4 == 0 else 9 for place, node_id in enumerate(order)}
    (sanity,) = measure(TEXTS, lengths, search)
    assert (sanity.nodes, sanity.short, sanity.silent, sanity.found) == (40, 0.25, 0.5, 0.25)
    assert sanity.useless
    assert "in Japanese 25% have" in str(sanity)
    assert "50% of searches" in str(sanity)


def test_a_node_is_asked_for_in_its_own_writing() -> None:
    """Neither times nor the other writing are in the question, whatever else is in the node."""
    japanese = {f"a{n}": f"SPEAKER_{n} [{n}s] 話者の言葉は GPT で終わります" for n in range(20)}
    english = {f"b{n}": f"{n}: speaker said 河川 and nothing more" for n in range(20)}
    asked: list[str] = []

    def search(piece: str) -> list[str]:
        asked.append(piece)
        return []

    lengths = dict.fromkeys([*japanese, *english], 9)
    found = measure({**japanese, **english}, lengths, search)
    assert [(sanity.writing, sanity.nodes) for sanity in found] == [
        ("Japanese", 20),
        ("other letters", 20),
    ]
    # 話者の言葉は で終わります, speaker said and nothing more: 13 and 29 letters and spaces.
    assert set(asked) == {"言葉は で終わ", " said and nothi"}


def test_one_writing_that_finds_nothing_is_enough() -> None:
    english = {f"e{number:02d}": f"the words of line {chr(97 + number)}" for number in range(26)}
    own = {text: node_id for node_id, text in english.items()}

    def only_latin(piece: str) -> list[str]:
        return [node_id for text, node_id in own.items() if piece in text]

    lengths = LENGTHS | dict.fromkeys(english, 9)
    japanese, other = measure(TEXTS | english, lengths, only_latin)
    assert (japanese.useless, japanese.silent) == (True, 1)
    assert (other.useless, other.found) == (False, 1)


def test_a_writing_of_few_nodes_does_not_refuse_the_rest() -> None:
    """40 Japanese and 120 others: a quarter is judged; 121 others, and it is not."""
    others = {f"e{number:03d}": "the words of a line" for number in range(121)}
    lengths = LENGTHS | dict.fromkeys(others, 9)

    def judged(texts: dict[str, str]) -> list[str]:
        return [sanity.writing for sanity in measure(texts, lengths, finds_own("e000"))]

    assert judged(TEXTS | others) == ["other letters"]
    del others["e120"]
    assert judged(TEXTS | others) == ["Japanese", "other letters"]


def test_few_nodes_are_not_judged() -> None:
    few = dict(list(TEXTS.items())[: LEAST_NODES - 1])
    assert measure(few, LENGTHS, lambda _: []) == []
    assert measure(TEXTS, LENGTHS, lambda _: [])[0].useless


def test_numbers_and_signs_alone_are_not_judged() -> None:
    rows = {f"r{number}": f"{number}, 1,024, 2026-11-27 😀😀" for number in range(50)}
    assert measure(rows, dict.fromkeys(rows, 9), lambda _: []) == []


def test_an_index_that_finds_nothing_is_refused_and_not_kept(tmp_path: Path) -> None:
    """Words between spaces: each of these lines is one single token, as LlamaIndex's would be."""
    shelf = Shelf(tmp_path)
    shelf.ingest({"a.md": "\n".join(LINES)})
    with shelf.open() as collection:
        for _ in range(2):
            with pytest.raises(YomitokiError, match=r"documents: of the .* in Japanese 100% have"):
                collection.search_words(WordIndex(SpaceTokenizerSettings()), LINES[0], 3)  # type: ignore[arg-type]
        hits = collection.search_words(WordIndex(LetterTokenizerSettings()), LINES[7], 3)  # type: ignore[arg-type]
    assert hits
    assert len(list((shelf.generation / "words").iterdir())) == 1


def test_a_lecture_without_its_words_is_refused(tmp_path: Path) -> None:
    """Its turns have times and names in Latin letters, by which each of them finds itself."""
    turns = re.findall(r"🎤 .*\n(?:.+\n?)+", LECTURE.read_text(encoding="utf-8"))
    assert len(turns) > LEAST_NODES
    shelf = Shelf(tmp_path)
    shelf.ingest({"lecture.md": "\n".join(" ".join(turn.split("\n")) for turn in turns)})
    with shelf.open() as collection:
        assert collection.search_words(WordIndex(SudachiTokenizerSettings()), "友瀬川の再生", 3)
        with pytest.raises(YomitokiError, match="100% of searches for a piece of one find nothing"):
            collection.search_words(WordIndex(EVERYTHING), "友瀬川の再生", 3)
