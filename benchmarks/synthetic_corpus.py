"""A made-up corpus, parser and embedding for measuring storage without a model or real data."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, MetadataMode, TextNode

from pipelines.document import make_document
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity
from storage.readers.results import ReadResult

DIMENSION = 384
TOPICS = 40

_SUBJECTS = (
    "報酬",
    "方策",
    "価値関数",
    "勾配",
    "検索",
    "埋め込み",
    "講義",
    "標本",
    "モデル",
    "評価",
)
_VERBS = ("は大切です", "を説明します", "が収束しました", "を比べます", "について質問があります")


class ClusteredEmbedding(BaseEmbedding):
    """Vectors that a text alone decides, in 40 clusters as real texts are; counts its calls.

    Isotropic random vectors would be no fair test: a healthy HNSW graph misses many of them.
    """

    texts_embedded: int = 0

    def _get_text_embedding(self, text: str) -> list[float]:
        self.texts_embedded += 1
        return clustered_vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return clustered_vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return clustered_vector(query)


class SentenceLineParser(NodeParser):
    """A node a line; spans are exact."""

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> list[BaseNode]:
        return [node for document in nodes for node in _line_nodes(document)]

    def _postprocess_parsed_nodes(
        self,
        nodes: list[BaseNode],
        parent_doc_map: dict[str, Any],  # noqa: ARG002
    ) -> list[BaseNode]:
        return nodes


def identity(embedding: str = "clustered", parser: str = "lines") -> CollectionIdentity:
    """The identity of the two parts above."""
    return CollectionIdentity(
        EmbeddingIdentity(embedding, f"embedding {embedding}", DIMENSION),
        ParserIdentity(parser, f"parser {parser}"),
    )


def clustered_vector(text: str) -> list[float]:
    """A topic's direction plus a text's own noise; equal texts give equal vectors."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])
    topic = np.random.default_rng(seed % TOPICS).normal(size=DIMENSION)
    vector = topic + 0.5 * np.random.default_rng(seed).normal(size=DIMENSION)
    return [float(x) for x in (vector / np.linalg.norm(vector)).astype(np.float32)]


def read_result(source: str, text: str) -> ReadResult:
    """A file as the readers would have read it."""
    return ReadResult(
        source=source,
        document=make_document(text, source, []),
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        format="txt",
    )


def corpus(documents: int, lines: int, revision: int = 0, first: int = 0) -> Iterator[ReadResult]:
    """Documents of so many lines each; in every third one, half of the lines are of `revision`.

    `first` is the first document's number: a higher one leaves documents out at the beginning and
    adds as many at the end.
    """
    for number in range(first, first + documents):
        changed = number % 3 == 0
        yield read_result(
            f"lecture/{number:05d}.md",
            "\n".join(
                _line(number, line, revision if changed and line % 2 else 0)
                for line in range(lines)
            ),
        )


def _line(document: int, line: int, revision: int) -> str:
    choose = random.Random(f"{document}-{line}-{revision}")
    return (
        f"{choose.choice(_SUBJECTS)}{choose.choice(_VERBS)} "
        f"{document}の{line}、改訂{revision}、{choose.random():.12f}。"
    )


def _line_nodes(document: BaseNode) -> Iterator[TextNode]:
    text = document.get_content(MetadataMode.NONE)
    start = 0
    for line in text.split("\n"):
        if line:
            yield TextNode(
                text=line,
                start_char_idx=start,
                end_char_idx=start + len(line),
                metadata=dict(document.metadata),
                excluded_embed_metadata_keys=list(document.metadata),
            )
        start += len(line) + 1
