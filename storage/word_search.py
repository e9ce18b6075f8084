"""Word search for a reader: finds, brings up to date or builds the index that is asked for."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipelines.errors import YomitokiError
from pipelines.word_index import TokenHits, WordIndex
from storage.catalogue import Catalogue
from storage.index_sanity import TOP_K, measure
from storage.layout import WORDS, remove_folder
from storage.lexical_index import (
    NO_TOKENS,
    LexicalIndex,
    build_lexical_index,
    build_tokens,
    load_lexical_index,
    save_lexical_index,
)

if TYPE_CHECKING:
    from pipelines.component import ComponentSettings
    from pipelines.japanese.tokens import Tokenizer

log = logging.getLogger(__name__)

# Part of a saved index's name: to be moved when what is stored or computed changes, or what is
# refused, since a saved index is not measured again.
FORMAT = 3

_NAME = re.compile(r"(?P<key>.+)-v(?P<version>\d+)")


class WordSearch:
    """Searches one generation; safe to share between threads.

    An index belongs to one `WordIndex`, one level and one version of the catalogue. A question is
    cut by the very object that cut the nodes. One that finds nothing of its own is refused.
    """

    def __init__(self, generation: Path) -> None:
        """Search the nodes of the folder `generation`; indexes are kept below it."""
        self._folder = generation / WORDS
        self._lock = threading.Lock()
        self._tokenizers: dict[str, Tokenizer] = {}
        self._indexes: dict[str, tuple[int, LexicalIndex]] = {}

    def search(
        self,
        catalogue: Catalogue,
        wanted: WordIndex,
        question: str,
        top_k: int,
        level: str = "",
        allowed: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Live nodes as (id, score > 0), best first, ties by id.

        Args:
            catalogue: This thread's connection.
            wanted: The index to search.
            question: Any text.
            top_k: How many at most.
            level: The level of a hierarchy that is searched; "" for the leaves.
            allowed: Bounds the nodes that are looked at.

        Raises:
            YomitokiError: The index is useless for these documents.
        """
        if top_k < 1:
            return []
        tokenizer, index, version = self._open(catalogue, wanted, level)
        hits = index.search(tokenizer.tokenize(question), top_k, allowed)
        if catalogue.index_state().version == version:
            return hits
        live = catalogue.live([node_id for node_id, _ in hits])
        return [hit for hit in hits if hit[0] in live]

    def search_tokens(
        self,
        catalogue: Catalogue,
        wanted: WordIndex,
        questions: Sequence[str],
        top_k: int,
        level: str = "",
        allowed: Collection[str] | None = None,
    ) -> TokenHits:
        """`search` for several questions at once, with the tokens of what they find."""
        tokenizer, index, version = self._open(catalogue, wanted, level)
        hits = index.search_tokens(tokenizer.tokenize_many(questions), top_k, allowed)
        if catalogue.index_state().version == version:
            return hits
        live = catalogue.live([hits.node_ids[row] for rows, _ in hits.found for row in rows])
        found = []
        for rows, scores in hits.found:
            kept = [place for place, row in enumerate(rows) if hits.node_ids[row] in live]
            found.append((rows[kept], scores[kept]))
        return replace(hits, found=found)

    def state(self, version: int) -> list[tuple[str, bool, bool]]:
        """The saved indexes as (key, belongs to `version`, its files are whole)."""
        return [
            (key, found == version, load_lexical_index(path) is not None)
            for key, found, path in sorted(self._saved())
        ]

    def clear(self) -> None:
        """Delete the saved indexes; the next search builds them."""
        remove_folder(self._folder)

    def _open(
        self, catalogue: Catalogue, wanted: WordIndex, level: str
    ) -> tuple[Tokenizer, LexicalIndex, int]:
        """The tokenizer, the index, and the version of the catalogue that it was built of."""
        key = f"{level}-{wanted.key()}" if level else wanted.key()
        with self._lock:
            if key not in self._tokenizers:
                self._tokenizers[key] = wanted.tokenizer.build()
            tokenizer = self._tokenizers[key]
            version = catalogue.index_state().version
            known_version, index = self._indexes.get(key, (-1, None))
            if index is None or known_version != version:
                index = self._up_to_date(catalogue, wanted, level, key, version, index)
                self._indexes[key] = (version, index)
        return tokenizer, index, version

    def _up_to_date(
        self,
        catalogue: Catalogue,
        wanted: WordIndex,
        level: str,
        key: str,
        version: int,
        index: LexicalIndex | None,
    ) -> LexicalIndex:
        tokenizer = self._tokenizers[key]
        folder = self._folder / f"f{FORMAT}-{key}-v{version}"
        saved = load_lexical_index(folder)
        if saved is not None:
            return saved
        remove_folder(folder)
        earlier = index or self._latest(f"f{FORMAT}-{key}")
        tokens = build_tokens(
            catalogue.searched(level),
            earlier.tokens if earlier else NO_TOKENS,
            catalogue.search_texts,
            tokenizer.tokenize_many,
        )
        index = build_lexical_index(tokens, wanted.weighting, wanted.gram)
        _check(index, catalogue, tokenizer, wanted)
        if catalogue.index_state().version != version:
            return index  # Built of a mixture: good for this search, not to be kept.
        try:
            save_lexical_index(index, folder)
            self._remove_earlier(f"f{FORMAT}-{key}", version)
        except OSError as error:
            log.warning("%s: the word index is not kept: %s", folder, error)
        return index

    def _latest(self, key: str) -> LexicalIndex | None:
        versions = [(version, path) for found, version, path in self._saved() if found == key]
        return load_lexical_index(max(versions)[1]) if versions else None

    def _remove_earlier(self, key: str, version: int) -> None:
        for found, other, path in self._saved():
            if found == key and other < version:
                remove_folder(path)

    def _saved(self) -> list[tuple[str, int, Path]]:
        saved = []
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                match = _NAME.fullmatch(path.name)
                if match:
                    saved.append((match["key"], int(match["version"]), path))
        return saved


def _check(
    index: LexicalIndex, catalogue: Catalogue, tokenizer: Tokenizer, wanted: WordIndex
) -> None:
    def first(question: str) -> list[str]:
        hits = index.search(tokenizer.tokenize(question), TOP_K)
        return [node_id for node_id, _ in hits]

    tokens = index.tokens
    lengths = dict(zip(tokens.node_ids, np.diff(tokens.offsets).tolist(), strict=True))
    for sanity in measure(catalogue.search_texts(tokens.node_ids), lengths, first):
        if sanity.useless:
            raise YomitokiError(
                f"word index of tokenizer {_written(wanted.tokenizer)}: useless for these "
                f"documents: {sanity}: choose another tokenizer, such as {{kind: sudachi}} or "
                "{kind: char_ngram}"
            )


def _written(tokenizer: ComponentSettings) -> str:
    """A tokenizer as a config says it, in JSON, without what was left at its default."""
    said = tokenizer.model_dump(mode="json", include=tokenizer.model_fields_set | {"kind"})
    return json.dumps(said, ensure_ascii=False)
