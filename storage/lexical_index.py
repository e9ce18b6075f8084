"""BM25 over the tokens of all live nodes, derived from the catalogue, one index a tokenizer."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.exact_search import best_first
from storage.layout import remove_folder
from storage.manifest import Manifest, make_manifest

K1 = 1.5
B = 0.75

_BM25 = "bm25"
_TOKENS = "tokens.npy"
_OFFSETS = "offsets.npy"
_NODES = "nodes.json"
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Tokens:
    """The tokens of nodes as numbers: those of node i are `flat[offsets[i]:offsets[i + 1]]`."""

    node_ids: list[str]
    vocabulary: dict[str, int]
    flat: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def rows(self) -> dict[str, int]:
        """Row by node id."""
        return {node_id: row for row, node_id in enumerate(self.node_ids)}


NO_TOKENS = Tokens([], {}, np.empty(0, np.int32), np.zeros(1, np.int64))


class LexicalIndex:
    """BM25 (Lucene's variant, k1 1.5, b 0.75) over one set of nodes.

    The score of a node is the sum over the question's tokens, repeated ones counted again, of
    ln(1 + (N - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * length / mean length)).
    Source: Robertson and Zaragoza 2009, as in Lucene 8; computed by bm25s.
    """

    def __init__(self, tokens: Tokens, bm25: Any) -> None:
        """Wrap a built index; `bm25` is None when no node has a token."""
        self.tokens = tokens
        self._bm25 = bm25

    def search(self, question_tokens: Sequence[str], top_k: int) -> list[tuple[str, float]]:
        """Nodes that share a token as (id, score > 0), best first, ties by id."""
        vocabulary = self.tokens.vocabulary
        known = [vocabulary[token] for token in question_tokens if token in vocabulary]
        if not known or self._bm25 is None:
            return []
        scores = np.asarray(self._bm25.get_scores_from_ids(known))
        rows = np.flatnonzero(scores > 0)
        return best_first([self.tokens.node_ids[row] for row in rows], scores[rows], top_k)


def build_tokens(
    node_ids: Sequence[str],
    earlier: Tokens,
    texts: Callable[[Sequence[str]], Mapping[str, str]],
    tokenize_many: Callable[[Sequence[str]], list[list[str]]],
) -> Tokens:
    """The tokens of nodes, tokenising only those that `earlier` does not hold.

    A node's id is a hash of its text, so that the same id has the same tokens.
    """
    rows = earlier.rows()
    new = [node_id for node_id in node_ids if node_id not in rows]
    found = texts(new)
    new = [node_id for node_id in new if node_id in found]
    vocabulary = dict(earlier.vocabulary)
    fresh: dict[str, NDArray[np.int32]] = {}
    for node_id, words in zip(new, tokenize_many([found[n] for n in new]), strict=True):
        numbers = [vocabulary.setdefault(word, len(vocabulary)) for word in words]
        fresh[node_id] = np.array(numbers, dtype=np.int32)
    kept = [node_id for node_id in node_ids if node_id in rows or node_id in fresh]
    parts = [
        fresh[node_id]
        if node_id in fresh
        else earlier.flat[earlier.offsets[rows[node_id]] : earlier.offsets[rows[node_id] + 1]]
        for node_id in kept
    ]
    flat = np.concatenate(parts) if parts else np.empty(0, np.int32)
    used, renumbered = np.unique(flat, return_inverse=True)
    words_by_number = list(vocabulary)
    return Tokens(
        kept,
        {words_by_number[number]: row for row, number in enumerate(used)},
        renumbered.astype(np.int32),
        np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64),
    )


def build_lexical_index(tokens: Tokens) -> LexicalIndex:
    """The index of these tokens, in memory."""
    if not len(tokens.flat):
        return LexicalIndex(tokens, None)
    import bm25s

    bm25 = bm25s.BM25(k1=K1, b=B, method="lucene")
    edges = tokens.offsets
    corpus = [tokens.flat[edges[i] : edges[i + 1]].tolist() for i in range(len(tokens.node_ids))]
    bm25.index((corpus, dict(tokens.vocabulary)), create_empty_token=False, show_progress=False)
    return LexicalIndex(tokens, bm25)


def save_lexical_index(index: LexicalIndex, folder: Path) -> None:
    """Write the index to a new folder and give it its name, unless another process was first.

    Raises:
        OSError: The disk is full or not writable; nothing is left behind.
    """
    building = folder.with_name(f"{folder.name}.{os.getpid()}-{secrets.token_hex(4)}.building")
    building.mkdir(parents=True)
    try:
        tokens = index.tokens
        np.save(building / _TOKENS, tokens.flat)
        np.save(building / _OFFSETS, tokens.offsets)
        content = {"node_ids": tokens.node_ids, "vocabulary": tokens.vocabulary}
        (building / _NODES).write_text(json.dumps(content), encoding="utf-8")
        if index._bm25 is not None:
            index._bm25.save(building / _BM25, show_progress=False)
        manifest = json.dumps(make_manifest(building))
        (building / _MANIFEST).write_text(manifest, encoding="utf-8")
        if folder.exists():
            remove_folder(building)
        else:
            building.rename(folder)
    except OSError:
        remove_folder(building)
        if not folder.exists():
            raise


def load_lexical_index(folder: Path) -> LexicalIndex | None:
    """The saved index, memory-mapped; None when it is missing or its files are not as written."""
    try:
        manifest: Manifest = json.loads((folder / _MANIFEST).read_bytes())
        noted = make_manifest(folder)
        noted.pop(_MANIFEST, None)
        if noted != manifest:
            return None
        content = json.loads((folder / _NODES).read_bytes())
        tokens = Tokens(
            content["node_ids"],
            content["vocabulary"],
            np.load(folder / _TOKENS, mmap_mode="r"),
            np.load(folder / _OFFSETS),
        )
        bm25 = None
        if (folder / _BM25).is_dir():
            import bm25s

            bm25 = bm25s.BM25.load(folder / _BM25, mmap=True, show_progress=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return LexicalIndex(tokens, bm25)
