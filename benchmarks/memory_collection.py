"""A collection in memory, and embeddings kept on disk, for measuring retrieval alone."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import MetadataMode, TextNode
from numpy.typing import NDArray
from pydantic import PrivateAttr
from typing_extensions import override

from pipelines.document import LEVEL_KEY, span
from pipelines.japanese.tokens import Tokenizer
from pipelines.scope import Scope, Stretch
from pipelines.word_index import TokenHits, WordIndex
from storage.exact_search import best_first, unit
from storage.lexical_index import NO_TOKENS, LexicalIndex, build_lexical_index, build_tokens


class MemoryCollection:
    """Exact cosine and the storage's own BM25 over a list of nodes; builds each on first use."""

    def __init__(self, nodes: Sequence[TextNode], embed_model: BaseEmbedding) -> None:
        self._nodes = {node.node_id: node for node in nodes}
        self._order = {node.node_id: i for i, node in enumerate(nodes)}
        self._texts = {n.node_id: n.get_content(MetadataMode.EMBED) for n in nodes}
        self._embed_model = embed_model
        self._vectors: NDArray[np.float32] | None = None
        self._words: dict[str, tuple[Tokenizer, LexicalIndex]] = {}

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """See pipelines.parts.Collection."""
        return [self._nodes[node_id] for node_id in node_ids]

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """See pipelines.parts.Collection."""
        nodes = list(self._nodes.values())
        at = self._order[node_id]
        around = nodes[max(0, at - before) : at + after + 1]
        return [node for node in around if node.ref_doc_id == nodes[at].ref_doc_id]

    def search_vectors(self, embedding: Sequence[float], top_k: int) -> list[tuple[str, float]]:
        """See pipelines.parts.Collection."""
        if self._vectors is None:
            embedded = self._embed_model.get_text_embedding_batch(list(self._texts.values()))
            self._vectors = unit(np.array(embedded, dtype=np.float32))
        query = unit(np.array(embedding, dtype=np.float32))
        return best_first(list(self._nodes), self._vectors @ query, top_k)

    def snapshot(self) -> AbstractContextManager[None]:
        """See pipelines.parts.Collection; nothing changes it."""
        return nullcontext()

    def within(self, scope: Scope) -> MemoryCollection:
        """See pipelines.parts.Collection; without a level all nodes, and no filter."""
        inside = scope.inside
        nodes = [
            node
            for node in self._nodes.values()
            if (not scope.level or node.metadata.get(LEVEL_KEY) == scope.level)
            and (inside is None or any(_begins_in(node, stretch) for stretch in inside))
        ]
        return MemoryCollection(nodes, self._embed_model)

    def search_tokens(self, index: WordIndex, questions: Sequence[str], top_k: int) -> TokenHits:
        """See pipelines.parts.Collection."""
        tokenizer, built = self._index(index)
        return built.search_tokens(tokenizer.tokenize_many(questions), top_k)

    def search_words(self, index: WordIndex, question: str, top_k: int) -> list[tuple[str, float]]:
        """See pipelines.parts.Collection."""
        tokenizer, built = self._index(index)
        return built.search(tokenizer.tokenize(question), top_k)

    def _index(self, index: WordIndex) -> tuple[Tokenizer, LexicalIndex]:
        key = index.key()
        if key not in self._words:
            built = index.tokenizer.build()
            tokens = build_tokens(
                sorted(self._nodes), NO_TOKENS, lambda _: self._texts, built.tokenize_many
            )
            self._words[key] = built, build_lexical_index(tokens, index.weighting, index.gram)
        return self._words[key]


def _begins_in(node: TextNode, stretch: Stretch) -> bool:
    start, _ = span(node)
    return node.metadata.get("source") == stretch.source and stretch.start <= start < stretch.end


class CachedEmbedding(BaseEmbedding):
    """Looks a text's vector up on disk before it asks the model; commits after every batch."""

    _model: BaseEmbedding = PrivateAttr()
    _cache: sqlite3.Connection = PrivateAttr()

    def __init__(self, model: BaseEmbedding, folder: Path, **options: Any) -> None:
        super().__init__(embed_batch_size=32, **options)
        folder.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._cache = sqlite3.connect(folder / f"{model.model_name.replace('/', '_')}.sqlite")
        self._cache.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, value BLOB)")

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        return self._look_up("query", [query])[0]

    @override
    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    @override
    def _get_text_embedding(self, text: str) -> list[float]:
        return self._look_up("passage", [text])[0]

    @override
    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._look_up("passage", texts)

    def _look_up(self, side: str, texts: list[str]) -> list[list[float]]:
        keys = [hashlib.sha256(f"{side}\0{text}".encode()).hexdigest() for text in texts]
        found = {key: self._stored(key) for key in keys}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if not found[key]}
        if missing:
            embed = (
                self._model.get_text_embedding_batch
                if side == "passage"
                else lambda queries: [self._model.get_query_embedding(q) for q in queries]
            )
            for key, vector in zip(missing, embed(list(missing.values())), strict=True):
                found[key] = np.array(vector, dtype=np.float32).tobytes()
                row = (key, found[key])
                self._cache.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", row)
            self._cache.commit()
        return [np.frombuffer(found[key] or b"", dtype=np.float32).tolist() for key in keys]

    def _stored(self, key: str) -> bytes | None:
        row = self._cache.execute("SELECT value FROM vectors WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None
