from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.lexical_index import (
    NO_TOKENS,
    Tokens,
    build_lexical_index,
    build_tokens,
    load_lexical_index,
    save_lexical_index,
)

K1, B = 1.5, 0.75

corpora = st.lists(st.text("あいう", max_size=8), max_size=12)


def tokens_of(texts: Sequence[str], earlier: Tokens = NO_TOKENS) -> Tokens:
    """Tokens of nodes n00, n01, ... that are cut into characters."""
    nodes = {f"n{number:02d}": text for number, text in enumerate(texts)}
    return build_tokens(list(nodes), earlier, nodes_of(nodes), cut)


def nodes_of(nodes: Mapping[str, str]):  # type: ignore[no-untyped-def]
    return lambda ids: {node_id: nodes[node_id] for node_id in ids}


def cut(texts: Sequence[str]) -> list[list[str]]:
    return [list(text) for text in texts]


def bm25(texts: Sequence[str], question: str) -> list[float]:
    """The formula, written out."""
    lengths = [len(text) for text in texts]
    mean = sum(lengths) / len(lengths)
    scores = []
    for text in texts:
        counts = Counter(text)
        score = 0.0
        for token in question:
            df = sum(token in other for other in texts)
            idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            tf = counts[token]
            score += idf * tf / (tf + K1 * (1 - B + B * len(text) / mean)) if tf else 0.0
        scores.append(score)
    return scores


def test_scores_by_hand() -> None:
    """Two nodes of 2 and 4 tokens, mean 3; あ is in one of two: idf = ln(1 + 1.5 / 1.5) = ln 2.

    Node 0: tf 1, so ln 2 * 1 / (1 + 1.5 * (0.25 + 0.75 * 2 / 3)) = ln 2 / 2.125.
    """
    index = build_lexical_index(tokens_of(["あい", "いううう"]))
    ((node_id, score),) = index.search(["あ"], 10)
    assert node_id == "n00"
    assert score == pytest.approx(math.log(2) / 2.125, rel=1e-5)


@settings(deadline=None)
@given(corpora, st.text("あいうえ", max_size=4), st.integers(min_value=1, max_value=20))
def test_scores_are_those_of_the_formula(texts: list[str], question: str, top_k: int) -> None:
    hits = build_lexical_index(tokens_of(texts)).search(list(question), top_k)
    if not any(texts):
        assert hits == []
        return
    expected = {f"n{i:02d}": score for i, score in enumerate(bm25(texts, question)) if score > 0}
    assert len(hits) == min(top_k, len(expected))
    assert all(score > 0 for _, score in hits)
    assert dict(hits) == pytest.approx({i: expected[i] for i, _ in hits}, rel=1e-4)
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    left = expected.keys() - dict(hits).keys()
    assert all(expected[node_id] <= scores[-1] * (1 + 1e-4) for node_id in left)


def test_ties_go_by_id() -> None:
    index = build_lexical_index(tokens_of(["あい", "うう", "あい", "いあ"]))
    assert [node_id for node_id, _ in index.search(["あ"], 2)] == ["n00", "n02"]


@pytest.mark.parametrize("question", [[], ["知らない"], [""]])
def test_nothing_matching_finds_nothing(question: list[str]) -> None:
    assert build_lexical_index(tokens_of(["あい", "うえ"])).search(question, 5) == []


@settings(deadline=None)
@given(corpora, corpora, st.text("あいうえ", max_size=4))
def test_bringing_up_to_date_is_like_building_anew(
    before: list[str], after: list[str], question: str
) -> None:
    old = {f"{number}-{text}": text for number, text in enumerate(before)}
    new = {f"{number}-{text}": text for number, text in enumerate(after)}
    asked: list[str] = []

    def counted(texts: Sequence[str]) -> list[list[str]]:
        asked.extend(texts)
        return cut(texts)

    first = build_tokens(sorted(old), NO_TOKENS, nodes_of(old), cut)
    second = build_tokens(sorted(new), first, nodes_of(new), counted)
    anew = build_tokens(sorted(new), NO_TOKENS, nodes_of(new), cut)
    assert len(asked) == len(new.keys() - old.keys())
    assert second.node_ids == anew.node_ids == sorted(new)
    assert second.vocabulary.keys() == anew.vocabulary.keys()
    found = build_lexical_index(second).search(list(question), 20)
    assert dict(found) == pytest.approx(
        dict(build_lexical_index(anew).search(list(question), 20)), rel=1e-4
    )


class TestOnDisk:
    texts = ("あいう", "うえお", "")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "words" / "f1-key-v1"

    def test_it_comes_back_memory_mapped(self, folder: Path) -> None:
        index = build_lexical_index(tokens_of(self.texts))
        save_lexical_index(index, folder)
        loaded = load_lexical_index(folder)
        assert loaded is not None
        assert isinstance(loaded.tokens.flat, np.memmap)
        assert loaded.search(["う"], 5) == index.search(["う"], 5)
        assert len(loaded.search(["う"], 5)) == 2
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    def test_an_index_without_a_token_comes_back(self, folder: Path) -> None:
        save_lexical_index(build_lexical_index(tokens_of(["", ""])), folder)
        loaded = load_lexical_index(folder)
        assert loaded is not None
        assert loaded.search(["あ"], 5) == []

    def test_a_second_process_that_comes_later_leaves_the_first_one_s(self, folder: Path) -> None:
        index = build_lexical_index(tokens_of(self.texts))
        save_lexical_index(index, folder)
        before = folder.stat().st_ino
        save_lexical_index(index, folder)
        assert folder.stat().st_ino == before
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    def test_every_damaged_file_is_noticed(self, folder: Path) -> None:
        save_lexical_index(build_lexical_index(tokens_of(self.texts)), folder)
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert len(files) >= 8
        for path in files:
            whole = path.read_bytes()
            for broken in (whole[:-1], whole[:10] + b"\xff" + whole[11:], b""):
                path.write_bytes(broken)
                assert load_lexical_index(folder) is None, path.name
            path.unlink()
            assert load_lexical_index(folder) is None, path.name
            path.write_bytes(whole)
        assert load_lexical_index(folder) is not None

    def test_nothing_is_pickled(self, folder: Path) -> None:
        save_lexical_index(build_lexical_index(tokens_of(self.texts)), folder)
        for path in folder.rglob("*.npy"):
            np.load(path, allow_pickle=False)
        for path in folder.rglob("*.json"):
            json.loads(path.read_bytes())
