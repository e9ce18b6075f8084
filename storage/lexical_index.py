"""Word search over the tokens of all live nodes of a level, derived from the catalogue."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.word_index import TokenHits, Weighting
from storage.exact_search import best_rows
from storage.layout import remove_folder
from storage.manifest import Manifest, make_manifest
from storage.postings import Postings, build_postings

_POSTINGS = ("grams", "starts", "rows", "weights", "idf")
_EMPTY_NPY_BYTES = 128
_NODES = "nodes.json"
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Tokens:
    """The tokens of nodes as numbers: those of node i are `flat[offsets[i]:offsets[i + 1]]`.

    Ids are ascending, so that equal scores go by row.
    """

    node_ids: list[str]
    vocabulary: dict[str, int]
    flat: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def rows(self) -> dict[str, int]:
        """Row by node id."""
        return {node_id: row for row, node_id in enumerate(self.node_ids)}


NO_TOKENS = Tokens([], {}, np.empty(0, np.int32), np.zeros(1, np.int64))


class LexicalIndex:
    """Word search over one set of nodes; `Postings.scores` has the formulas."""

    def __init__(self, tokens: Tokens, postings: Postings) -> None:
        """Wrap a built index."""
        self.tokens = tokens
        self.postings = postings
        self._rows: dict[str, int] | None = None
        self._words: tuple[str, ...] | None = None

    def search(
        self,
        question_tokens: Sequence[str],
        top_k: int,
        allowed: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Nodes that share a run of tokens as (id, score > 0), best first, ties by id.

        `allowed` bounds the nodes that are looked at.
        """
        ((rows, scores),) = self._search([question_tokens], top_k, allowed)
        ids = self.tokens.node_ids
        return [
            (ids[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def search_tokens(
        self,
        questions: Sequence[Sequence[str]],
        top_k: int,
        allowed: Collection[str] | None = None,
    ) -> TokenHits:
        """`search` for several questions at once, with the tokens of all nodes."""
        if self._words is None:
            self._words = tuple(self.tokens.vocabulary)
        return TokenHits(
            self._words,
            self.tokens.node_ids,
            # Plain views of the mapped files: slicing a memmap itself takes ten times as long.
            np.asarray(self.tokens.flat),
            np.asarray(self.tokens.offsets),
            self._search(questions, top_k, allowed),
        )

    def rows(self) -> dict[str, int]:
        """Row by node id."""
        if self._rows is None:
            self._rows = self.tokens.rows()
        return self._rows

    def _search(
        self, questions: Sequence[Sequence[str]], top_k: int, allowed: Collection[str] | None
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Rows and scores > 0 of each question, best first, ties by row."""
        mask = None
        if allowed is not None:
            rows = self.rows()
            mask = np.zeros(len(self.tokens.node_ids), dtype=bool)
            mask[[rows[node_id] for node_id in allowed if node_id in rows]] = True
        return [self._best(question, top_k, mask) for question in questions]

    def _best(
        self, question_tokens: Sequence[str], top_k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        vocabulary = self.tokens.vocabulary
        # An unknown token ends a run: its number stands for none that is known.
        known = [vocabulary.get(token, -1) for token in question_tokens]
        if self.postings.gram == 1:
            known = [number for number in known if number >= 0]
        scores = self.postings.scores(known)
        if scores is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if mask is not None:
            scores[~mask] = 0
        best = best_rows(scores, min(top_k, int(np.count_nonzero(scores > 0))))
        return best, scores[best]


def build_tokens(
    node_ids: Sequence[str],
    earlier: Tokens,
    texts: Callable[[Sequence[str]], Mapping[str, str]],
    tokenize_many: Callable[[Sequence[str]], list[list[str]]],
) -> Tokens:
    """The tokens of nodes, ascending ids, tokenising only those that `earlier` does not hold.

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


def build_lexical_index(
    tokens: Tokens, weighting: Weighting = "bm25", gram: int = 1
) -> LexicalIndex:
    """The index of these tokens, in memory."""
    size = len(tokens.vocabulary)
    return LexicalIndex(tokens, build_postings(tokens.flat, tokens.offsets, size, weighting, gram))


def save_lexical_index(index: LexicalIndex, folder: Path) -> None:
    """Write the index to a new folder and give it its name, unless another process was first.

    Raises:
        OSError: The disk is full or not writable; nothing is left behind.
    """
    building = folder.with_name(f"{folder.name}.{os.getpid()}-{secrets.token_hex(4)}.building")
    building.mkdir(parents=True)
    try:
        tokens, postings = index.tokens, index.postings
        arrays: dict[str, NDArray[Any]] = {"tokens": tokens.flat, "offsets": tokens.offsets}
        arrays |= {name: getattr(postings, name) for name in _POSTINGS}
        for name, array in arrays.items():
            np.save(building / f"{name}.npy", array)
        content = {
            "node_ids": tokens.node_ids,
            "vocabulary": tokens.vocabulary,
            "weighting": postings.weighting,
            "gram": postings.gram,
        }
        (building / _NODES).write_text(json.dumps(content), encoding="utf-8")
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
            _mapped(folder / "tokens.npy"),
            _mapped(folder / "offsets.npy"),
        )
        postings = Postings(
            content["weighting"],
            content["gram"],
            len(tokens.vocabulary),
            len(tokens.node_ids),
            **{name: _mapped(folder / f"{name}.npy") for name in _POSTINGS},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return LexicalIndex(tokens, postings)


def _mapped(path: Path) -> Any:
    """An array of a file, read where it is used; an empty one can't be mapped."""
    return np.load(path, mmap_mode="r" if path.stat().st_size > _EMPTY_NPY_BYTES else None)
