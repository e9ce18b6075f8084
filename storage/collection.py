"""An open collection: what retrievers and postprocessors search (pipelines.parts.Collection)."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from llama_index.core.schema import Document, TextNode

from pipelines.errors import YomitokiError
from pipelines.scope import Scope
from storage.catalogue import Catalogue
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity, check_identity
from storage.layout import CATALOGUE, check_name, collection_folder, read_pointer
from storage.repair import repair_for_reading
from storage.scope_nodes import ScopeNodes
from storage.scoped_collection import ScopedCollection
from storage.vector_search import EXACT_UP_TO, VectorSearch
from storage.word_search import WordSearch

if TYPE_CHECKING:
    from pipelines.word_index import TokenHits, WordIndex

EVERYTHING = Scope()


class Collection:
    """Reads a collection; safe to share between threads, and while another process writes.

    Every call sees what was acknowledged before it began, and nothing that was replaced or removed.
    """

    def __init__(
        self,
        home: Path,
        name: str,
        embedding: EmbeddingIdentity | None = None,
        parser: ParserIdentity | None = None,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        """Open it; an index that a killed writer left is put right first.

        Args:
            home: The home directory.
            name: The collection's name.
            embedding: What questions will be embedded with; None is not compared.
            parser: What the config would parse with; None is not compared.
            exact_up_to: With at most so many nodes, vectors are compared one by one: opening
                Chroma takes longer.

        Raises:
            YomitokiError: No such collection, built with something else, damaged, or written by
                another version of yomitoki.
        """
        self.name = check_name(name)
        self._folder = collection_folder(home, self.name)
        self._embedding = embedding
        self._parser = parser
        self._exact_up_to = exact_up_to
        self._lock = threading.RLock()
        self._thread = threading.local()
        repair_for_reading(home, self.name)
        self._generation = self._open_generation()

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """The live nodes of these ids, in the order asked. Raises KeyError for any other id."""
        with self._reading() as (_, catalogue):
            return catalogue.nodes(node_ids)

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """A node with up to `before` and `after` nodes of the same document around it, in order.

        Raises KeyError for an id that is not of a live node.
        """
        with self._reading() as (_, catalogue):
            return catalogue.neighbours(node_id, before, after)

    def within(self, scope: Scope) -> ScopedCollection:
        """The nodes of a scope, searched like a collection of their own.

        A search in it raises YomitokiError when the scope's filter matches no node, or when no
        node is of its level.
        """
        return ScopedCollection(self, scope)

    def search_vectors(
        self, embedding: Sequence[float], top_k: int, scope: Scope = EVERYTHING
    ) -> list[tuple[str, float]]:
        """Nearest nodes as (node id, cosine similarity), best first, ties by id, at most `top_k`.

        Raises:
            ValueError: The embedding has another dimension.
            YomitokiError: See `within`.
        """
        with self._reading() as (generation, catalogue), self._lock:
            if scope.everything:
                return generation.vectors.search(catalogue, embedding, top_k)
            allowed = generation.scopes.nodes(catalogue, scope)
            return generation.vectors.search_among(
                catalogue, embedding, top_k, scope.level, allowed
            )

    def search_words(
        self, index: WordIndex, question: str, top_k: int, scope: Scope = EVERYTHING
    ) -> list[tuple[str, float]]:
        """Nodes that share tokens as (node id, score > 0), best first, ties by id, at most `top_k`.

        The first search after a change brings the index up to date.

        Raises:
            YomitokiError: The index is useless for these documents; see also `within`.
        """
        with self._reading() as (generation, catalogue):
            allowed = generation.allowed(catalogue, scope)
            hits = generation.words.search(catalogue, index, question, top_k, scope.level, allowed)
            if not hits:
                generation.check_level(catalogue, scope)
            return hits

    def search_tokens(
        self, index: WordIndex, questions: Sequence[str], top_k: int, scope: Scope = EVERYTHING
    ) -> TokenHits:
        """`search_words` for several questions at once, with the tokens of what they find.

        Raises:
            YomitokiError: See `search_words`.
        """
        with self._reading() as (generation, catalogue):
            allowed = generation.allowed(catalogue, scope)
            hits = generation.words.search_tokens(
                catalogue, index, questions, top_k, scope.level, allowed
            )
            if not any(len(rows) for rows, _ in hits.found):
                generation.check_level(catalogue, scope)
            return hits

    def document(self, source: str) -> Document:
        """A live document as it was ingested. Raises KeyError for an unknown source."""
        with self._reading() as (_, catalogue):
            return catalogue.document(source)[0]

    def version(self) -> str:
        """Moves with every change of the live documents: a part of cache keys."""
        with self._reading() as (generation, catalogue):
            return f"{generation.catalogue_id}-{catalogue.index_state().version}"

    def counts(self) -> tuple[int, int, int]:
        """Live documents, their nodes, and those of the nodes that are searched."""
        with self._reading() as (_, catalogue):
            return catalogue.counts()

    @property
    def searches_through_index(self) -> bool:
        """Whether the last vector search went through Chroma; False says that it was exact."""
        return self._generation.vectors.uses_index

    @property
    def identity(self) -> CollectionIdentity:
        """What the collection was built with."""
        with self._reading() as (generation, _):
            return generation.identity

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All calls of this thread in the body see the collection as it is now.

        Wrap a whole question in it: without, a node that was found may be gone a moment later,
        when a writer replaces its document, and `nodes` then raises KeyError.
        """
        if getattr(self._thread, "pinned", None) is not None:
            yield
            return
        with self._reading() as (generation, catalogue), catalogue.snapshot():
            self._thread.pinned = generation
            try:
                yield
            finally:
                self._thread.pinned = None

    def close(self) -> None:
        """Release files and memory; a closed collection can't be used."""
        with self._lock:
            self._generation.close()

    def __enter__(self) -> Collection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[tuple[_Generation, Catalogue]]:
        pinned: _Generation | None = getattr(self._thread, "pinned", None)
        if pinned is not None:
            yield pinned, pinned.catalogue(renew=False)
            return
        with self._lock:
            generation = self._live_generation()
            generation.users += 1
        try:
            yield generation, generation.catalogue()
        finally:
            with self._lock:
                generation.users -= 1
                if generation is not self._generation and not generation.users:
                    generation.close()

    def _live_generation(self) -> _Generation:
        pointer = read_pointer(self._folder)
        if pointer is None:
            raise YomitokiError(f"collection {self.name!r}: it was dropped")
        if pointer.generation != self._generation.path.name:
            replaced, self._generation = self._generation, self._open_generation()
            if not replaced.users:
                replaced.close()
        return self._generation

    def _open_generation(self) -> _Generation:
        pointer = read_pointer(self._folder)
        if pointer is None:
            raise YomitokiError(
                f"collection {self.name!r}: not found: run python main.py ingest PATH, or "
                "python main.py collections list"
            )
        generation = _Generation(self._folder / pointer.generation, self.name, self._exact_up_to)
        try:
            check_identity(self.name, generation.identity, self._embedding, self._parser)
        except YomitokiError:
            generation.close()
            raise
        return generation


class _Generation:
    """One generation open for reading: a catalogue connection a thread, and the searches."""

    def __init__(self, path: Path, name: str, exact_up_to: int) -> None:
        self.path = path
        self._name = name
        self._thread = threading.local()
        # Weak, so that a connection ends with its thread.
        self._all: weakref.WeakSet[Catalogue] = weakref.WeakSet()
        self._lock = threading.Lock()
        self.users = 0
        catalogue = self.catalogue()
        self.identity = catalogue.identity()
        self.catalogue_id = catalogue.catalogue_id()
        self.vectors = VectorSearch(path, self.identity.embedding.dimension, exact_up_to)
        self.words = WordSearch(path)
        self.scopes = ScopeNodes()

    def catalogue(self, renew: bool = True) -> Catalogue:
        """This thread's connection; a frozen one (see `open_catalogue`) is renewed if wanted."""
        catalogue: Catalogue | None = getattr(self._thread, "catalogue", None)
        if catalogue is not None and not (catalogue.frozen and renew):
            return catalogue
        fresh = Catalogue(self.path / CATALOGUE, self._name)
        self._thread.catalogue = fresh
        with self._lock:
            self._all.add(fresh)
        if catalogue is not None:
            catalogue.close()
        return fresh

    def allowed(self, catalogue: Catalogue, scope: Scope) -> AbstractSet[str] | None:
        """The nodes that a word search may look at; None for all of its level."""
        if scope.where or scope.inside is not None:
            return self.scopes.nodes(catalogue, scope)
        return None

    def check_level(self, catalogue: Catalogue, scope: Scope) -> None:
        """That no node is of the level is an error, and not a search that found nothing."""
        if scope.level:
            self.scopes.nodes(catalogue, Scope(level=scope.level))

    def close(self) -> None:
        """Close the searches and all threads' connections."""
        self.vectors.close()
        with self._lock:
            for catalogue in list(self._all):
                catalogue.close()
