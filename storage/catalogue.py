"""Reading the catalogue: documents, nodes, vectors and the state of the derived indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from llama_index.core.schema import Document, TextNode
from numpy.typing import NDArray

from storage import node_record
from storage.catalogue_schema import open_catalogue, read_meta
from storage.disk_errors import catalogue_errors, damaged
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity
from storage.manifest import Manifest

# SQLite's default limit of parameters is 32,766.
_IDS_A_QUERY = 5_000

# Little-endian float32, whatever the machine.
VECTOR_TYPE = np.dtype("<f4")

IndexKind = Literal["clean", "writing", "none", "exact"]


@dataclass(frozen=True)
class IndexState:
    """How the vector index stands to the catalogue at `version`.

    `version` counts the changes of the live documents. `kind` is "clean" (the index in `folder`
    holds exactly the live nodes, its files are those of `manifest`), "writing" (a writer has
    changed it and not finished), "none" (there is no index to use) or "exact" (an index was
    built and missed its own nodes, so that the exact search serves). `stamp` is new with each
    finished index, `deleted` counts what was deleted from it since it was built. `strays` are nodes
    that the index holds and does not find: a search compares them by itself.
    """

    version: int
    kind: IndexKind
    folder: str = ""
    stamp: str = ""
    manifest: Manifest | None = None
    deleted: int = 0
    strays: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentRow:
    """One live document; `chars` counts its text, `nodes` its nodes, parents included."""

    source: str
    sha256: str
    chars: int
    nodes: int
    ingested_at: str


class Catalogue:
    """One connection to a catalogue; "live" is what was acknowledged and not replaced since."""

    def __init__(self, path: Path, name: str, write: bool = False) -> None:
        """Open it; see `open_catalogue` for the errors."""
        self.path = path
        self.name = name
        self._connection, self.frozen = open_catalogue(path, name, write)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read in the body is of one moment, whatever a writer does meanwhile."""
        with self._errors():
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT value FROM meta LIMIT 1").fetchone()
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def identity(self) -> CollectionIdentity:
        """What the collection was built with."""
        meta = self._meta()
        return CollectionIdentity(
            EmbeddingIdentity(
                meta["embedding_fingerprint"],
                meta["embedding_description"],
                int(meta["dimension"]),
            ),
            ParserIdentity(meta["parser_fingerprint"], meta["parser_description"]),
        )

    def catalogue_id(self) -> str:
        """A random name that this catalogue's index carries too."""
        return self._meta()["catalogue_id"]

    def index_state(self) -> IndexState:
        """The version and how the vector index stands to it."""
        meta = self._meta()
        manifest = meta.get("index_manifest", "")
        return IndexState(
            version=int(meta["version"]),
            kind=cast(IndexKind, meta["index_state"]),
            folder=meta.get("index_folder", ""),
            stamp=meta.get("index_stamp", ""),
            manifest=json.loads(manifest) if manifest else None,
            deleted=int(meta.get("index_deleted", "0")),
            strays=tuple(json.loads(meta.get("index_strays", "[]"))),
        )

    def documents(self) -> list[DocumentRow]:
        """The live documents, by source."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT source, sha256, chars,"
                " (SELECT count(*) FROM nodes WHERE nodes.document = documents.id), ingested_at"
                " FROM documents WHERE state = 'live' ORDER BY source"
            ).fetchall()
        return [DocumentRow(*row) for row in rows]

    def files(self) -> dict[str, str]:
        """SHA-256 of the bytes of each live document, by source."""
        with self._errors():
            return dict(
                self._connection.execute(
                    "SELECT source, sha256 FROM documents WHERE state = 'live'"
                ).fetchall()
            )

    def document(self, source: str) -> tuple[Document, str]:
        """A live document as it was ingested, and the SHA-256 of its bytes.

        Raises:
            KeyError: No such live document.
        """
        with self._errors():
            row = self._connection.execute(
                "SELECT text, metadata, value, sha256 FROM documents"
                " JOIN formats ON formats.id = documents.format"
                " WHERE source = ? AND state = 'live'",
                (source,),
            ).fetchone()
        if row is None:
            raise KeyError(source)
        return node_record.make_document(row[0], row[1], row[2]), row[3]

    def nodes(self, node_ids: Sequence[str]) -> list[TextNode]:
        """The live nodes of these ids, in the order asked.

        Raises:
            KeyError: An id is not that of a live node.
        """
        rows = {row[0]: row for row in self._select(_NODE_COLUMNS, node_ids)}
        return [node_record.make_node(*rows[node_id]) for node_id in node_ids]

    def neighbours(self, node_id: str, before: int, after: int) -> list[TextNode]:
        """The node with up to `before` and `after` of its document and level around it, in order.

        Raises:
            KeyError: The id is not that of a live node.
        """
        with self._errors():
            place = self._connection.execute(
                "SELECT document, level, ordinal FROM nodes"
                " JOIN documents ON documents.id = document"
                " WHERE node_id = ? AND state = 'live'",
                (node_id,),
            ).fetchone()
            if place is None:
                raise KeyError(node_id)
            select = (
                f"SELECT {_NODE_COLUMNS} FROM nodes JOIN formats ON formats.id = nodes.format"
                " WHERE document = ? AND level = ? AND ordinal "
            )
            earlier = self._connection.execute(
                select + "< ? ORDER BY ordinal DESC LIMIT ?", (*place, max(before, 0))
            ).fetchall()
            later = self._connection.execute(
                select + ">= ? ORDER BY ordinal LIMIT ?", (*place, max(after, 0) + 1)
            ).fetchall()
        return [node_record.make_node(*row) for row in [*reversed(earlier), *later]]

    def live(self, node_ids: Sequence[str]) -> set[str]:
        """Those of the ids that are of live nodes."""
        return {row[0] for row in self._select("node_id", node_ids)}

    def vectors(
        self, node_ids: Sequence[str], state: Literal["live", "staged"] = "live"
    ) -> dict[str, NDArray[np.float32]]:
        """The vectors of those of the ids that are of nodes in this state."""
        join = "JOIN embeddings ON embeddings.id = embedding"
        rows = self._select("node_id, vector", node_ids, join, state)
        return {row[0]: np.frombuffer(row[1], dtype=VECTOR_TYPE) for row in rows}

    def vectors_by_digest(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """The stored vectors of texts, by `node_record.text_digest`; absent ones are left out."""
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._errors():
            for digest in digests:
                row = self._connection.execute(
                    "SELECT vector FROM embeddings WHERE digest = ?", (digest,)
                ).fetchone()
                if row:
                    found[digest] = np.frombuffer(row[0], dtype=VECTOR_TYPE)
        return found

    def searched(self, level: str = "") -> list[str]:
        """Ids of all live leaves, or of all live nodes of a level, in their own order."""
        where = "level_name = ?" if level else "leaf"
        with self._errors():
            rows = self._connection.execute(
                "SELECT node_id FROM nodes JOIN documents ON documents.id = document"
                f" WHERE state = 'live' AND {where} ORDER BY node_id",
                (level,) if level else (),
            ).fetchall()
        return [row[0] for row in rows]

    def counts(self) -> tuple[int, int, int]:
        """Numbers of live documents, of their nodes, and of the leaves among them."""
        with self._errors():
            (documents,) = self._connection.execute(
                "SELECT count(*) FROM documents WHERE state = 'live'"
            ).fetchone()
            nodes, searched = self._connection.execute(
                "SELECT count(*), coalesce(sum(leaf), 0) FROM nodes"
                " JOIN documents ON documents.id = document WHERE state = 'live'"
            ).fetchone()
        return documents, nodes, searched

    def search_texts(self, node_ids: Sequence[str]) -> dict[str, str]:
        """What is embedded and searched by words, of those of the ids that are live nodes."""
        return dict(self._select("node_id, coalesce(embed_text, nodes.text)", node_ids))

    def damage(self) -> list[str]:
        """What is wrong inside the file, a line a fault; [] for an intact catalogue."""
        dimension = self.identity().embedding.dimension
        faults = []
        with self._errors():
            for (line,) in self._connection.execute("PRAGMA integrity_check(10)"):
                if line != "ok":
                    faults.append(str(line))
            for row in self._connection.execute("PRAGMA foreign_key_check"):
                faults.append(f"table {row[0]}, row {row[1]}: its {row[2]} row is missing")
            (wrong,) = self._connection.execute(
                "SELECT count(*) FROM embeddings WHERE length(vector) <> ?", (4 * dimension,)
            ).fetchone()
        if wrong:
            faults.append(f"{wrong} vectors are not of {dimension} dimensions")
        return faults

    def _select(
        self, columns: str, node_ids: Sequence[str], join: str = "", state: str = "live"
    ) -> Iterator[tuple[Any, ...]]:
        unique = list(dict.fromkeys(node_ids))
        for start in range(0, len(unique), _IDS_A_QUERY):
            some = unique[start : start + _IDS_A_QUERY]
            with self._errors():
                rows = self._connection.execute(
                    f"SELECT {columns} FROM nodes"
                    " JOIN documents ON documents.id = nodes.document AND state = ?"
                    f" JOIN formats ON formats.id = nodes.format {join}"
                    f" WHERE node_id IN ({','.join('?' * len(some))})",
                    [state, *some],
                ).fetchall()
            yield from rows

    def rows(self, select: str, values: Sequence[str | float] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with self._errors():
            return self._connection.execute(select, values).fetchall()

    def _meta(self) -> dict[str, str]:
        with self._errors():
            meta = read_meta(self._connection)
        missing = _META_KEYS - meta.keys()
        if missing:
            raise damaged(self.path, self.name, f"{', '.join(sorted(missing))} not recorded")
        return meta

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with catalogue_errors(self.path, self.name):
            yield


_META_KEYS = {
    "catalogue_id", "version", "index_state", "dimension", "embedding_fingerprint",
    "embedding_description", "parser_fingerprint", "parser_description",
}  # fmt: skip
_NODE_COLUMNS = (
    "node_id, start_char, end_char, nodes.text, nodes.metadata, relationships, formats.value"
)
