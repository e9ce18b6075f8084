"""What a node parser, a retriever, a postprocessor or a query engine may be built from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode

if TYPE_CHECKING:
    from pipelines.llms.protocol import ChoiceLLM
    from pipelines.scope import Scope
    from pipelines.word_index import TokenHits, WordIndex

# Tokens of a text, without special tokens.
TokenCounter = Callable[[str], int]
# (body, media type) of a fetched page -> its title and its readable text.
PageReader = Callable[[bytes, str], tuple[str, str]]


class Collection(Protocol):
    """An open collection of nodes, as far as the parts that search it know it.

    `storage.collection.Collection` is the real one. All ids are those of live nodes: a
    replaced or removed document's nodes are never returned.
    """

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """The nodes of these ids, in the order asked. Raises KeyError for an unknown id."""
        ...

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """A node with up to `before` and `after` nodes of the same document around it, in order."""
        ...

    def search_vectors(self, embedding: Sequence[float], top_k: int) -> list[tuple[str, float]]:
        """Nearest nodes as (node id, cosine similarity), best first, at most `top_k`."""
        ...

    def search_words(self, index: WordIndex, question: str, top_k: int) -> list[tuple[str, float]]:
        """Nodes that share tokens as (node id, score > 0), best first, at most `top_k`.

        Nodes and question are cut by the index's tokenizer; nothing matching gives [].
        """
        ...

    def search_tokens(self, index: WordIndex, questions: Sequence[str], top_k: int) -> TokenHits:
        """`search_words` for several questions at once, with the tokens of what they find."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """All calls of this thread in the body see the collection as it is now."""
        ...

    def within(self, scope: Scope) -> Collection:
        """The nodes of a scope, searched like a collection of their own."""
        ...


@dataclass(frozen=True)
class Parts:
    """The built parts that others depend on; a part that is not configured is None.

    `judge` is the model for decisions where one was configured beside `llm`; `open_collection`
    opens another collection by name. `home` is where parts may keep what they would fetch again,
    and `read_page` reads a page of the web, raising `pipelines.web.failure.WebFailure`.
    """

    collection: Collection | None = None
    embed_model: BaseEmbedding | None = None
    llm: ChoiceLLM | None = None
    count_tokens: TokenCounter | None = None
    judge: ChoiceLLM | None = None
    open_collection: Callable[[str], Collection] | None = None
    home: Path | None = None
    read_page: PageReader | None = None
