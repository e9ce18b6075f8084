"""Changing the catalogue: each method is one durable transaction; returning means fsynced."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage.catalogue import VECTOR_TYPE, Catalogue
from storage.catalogue_schema import transaction, write_meta
from storage.manifest import Manifest
from storage.node_record import DocumentRecord, NodeRecord


class CatalogueWriter(Catalogue):
    """The connection of the one writer (see lock.py).

    A document goes staged -> live -> old -> gone. Readers see live ones only, so that a kill
    between two methods shows them the state before or after, never between.
    """

    def __init__(self, path: Path, name: str) -> None:
        """Open the catalogue for writing; see `open_catalogue` for the errors."""
        super().__init__(path, name, write=True)

    def known_digests(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those texts, named by digest, whose vector is stored already."""
        found: set[bytes] = set()
        with self._errors():
            for digest in dict.fromkeys(digests):
                row = self._connection.execute(
                    "SELECT 1 FROM embeddings WHERE digest = ?", (digest,)
                ).fetchone()
                if row:
                    found.add(digest)
        return found

    def add_embeddings(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Keep vectors by their text's digest, also of texts that no node has yet."""
        with self._errors(), transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO embeddings (digest, vector) VALUES (?, ?)",
                [(digest, v.astype(VECTOR_TYPE).tobytes()) for digest, v in vectors.items()],
            )

    def stage(self, documents: Sequence[DocumentRecord]) -> None:
        """Store documents and nodes where no reader sees them; their vectors are stored."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._errors(), transaction(self._connection):
            for document in documents:
                cursor = self._connection.execute(
                    "INSERT INTO documents"
                    " (source, sha256, state, text, chars, metadata, format, ingested_at)"
                    " VALUES (?, ?, 'staged', ?, ?, ?, ?, ?)",
                    (
                        document.source,
                        document.sha256,
                        document.text,
                        len(document.text),
                        document.metadata,
                        self._format_id(document.format),
                        now,
                    ),
                )
                assert cursor.lastrowid is not None
                for node in document.nodes:
                    self._insert_node(cursor.lastrowid, node)

    def flip(self) -> None:
        """Make all staged documents live and the versions that they replace old, at once."""
        with self._errors(), transaction(self._connection):
            self._connection.execute(
                "UPDATE documents SET state = 'old' WHERE state = 'live' AND source IN"
                " (SELECT source FROM documents WHERE state = 'staged')"
            )
            self._connection.execute("UPDATE documents SET state = 'live' WHERE state = 'staged'")
            self._move_version()

    def retire(self, sources: Sequence[str]) -> None:
        """Make live documents old, so that no reader sees them any more."""
        with self._errors(), transaction(self._connection):
            self._connection.executemany(
                "UPDATE documents SET state = 'old' WHERE state = 'live' AND source = ?",
                [(source,) for source in sources],
            )
            self._move_version()

    def old_node_ids(self, sources: Sequence[str] | None = None) -> list[str]:
        """Leaves of old documents; of `sources`, those of the live ones to be replaced."""
        select = (
            "SELECT node_id FROM nodes JOIN documents ON documents.id = document WHERE leaf AND "
        )
        with self._errors():
            if sources is None:
                rows = self._connection.execute(select + "state = 'old'").fetchall()
            else:
                rows = [
                    row
                    for source in sources
                    for row in self._connection.execute(
                        select + "state = 'live' AND source = ?", (source,)
                    )
                ]
        return [row[0] for row in rows]

    def purge(self) -> None:
        """Delete the rows of old documents."""
        self._delete("old")

    def roll_back_staged(self) -> bool:
        """Delete what a killed writer staged; whether there was anything staged or old."""
        with self._errors():
            (left,) = self._connection.execute(
                "SELECT count(*) FROM documents WHERE state <> 'live'"
            ).fetchone()
        if left:
            self._delete("staged")
            self._delete("old")
        return bool(left)

    def drop_unused_embeddings(self) -> None:
        """Delete vectors that no node has; the end of a complete run, not of a killed one."""
        with self._errors(), transaction(self._connection):
            self._connection.execute(
                "DELETE FROM embeddings WHERE id NOT IN"
                " (SELECT embedding FROM nodes WHERE embedding IS NOT NULL)"
            )

    def index_writing(self) -> None:
        """Note that the index is about to change: no reader uses it, a kill has it rebuilt."""
        with self._errors(), transaction(self._connection):
            write_meta(self._connection, {"index_state": "writing", "index_manifest": ""})

    def index_clean(
        self, folder: str, manifest: Manifest, deleted: int, strays: Sequence[str] = ()
    ) -> None:
        """Note that the index in `folder` holds exactly the live nodes; it misses `strays`."""
        values = {
            "index_state": "clean",
            "index_folder": folder,
            "index_manifest": json.dumps(manifest),
            "index_stamp": secrets.token_hex(8),
            "index_deleted": str(deleted),
            "index_strays": json.dumps(list(strays)),
        }
        with self._errors(), transaction(self._connection):
            write_meta(self._connection, values)

    def index_absent(self, exact: bool) -> None:
        """Note that there is no index: `exact` says that the exact search is to stay."""
        values = {
            "index_state": "exact" if exact else "none",
            "index_folder": "",
            "index_manifest": "",
            "index_deleted": "0",
        }
        with self._errors(), transaction(self._connection):
            write_meta(self._connection, values)

    def _insert_node(self, document: int, node: NodeRecord) -> None:
        (embedding,) = self._connection.execute(
            "SELECT id FROM embeddings WHERE digest = ?", (node.digest,)
        ).fetchone()
        self._connection.execute(
            "INSERT INTO nodes (node_id, document, ordinal, level, level_name, leaf, start_char,"
            " end_char, text, embed_text, metadata, relationships, format, embedding)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                node.node_id,
                document,
                node.ordinal,
                node.level,
                node.level_name,
                node.leaf,
                node.start_char,
                node.end_char,
                node.text,
                None if node.embed_text == node.text else node.embed_text,
                node.metadata,
                node.relationships,
                self._format_id(node.format),
                embedding,
            ),
        )

    def _format_id(self, value: str) -> int:
        self._connection.execute("INSERT OR IGNORE INTO formats (value) VALUES (?)", (value,))
        row = self._connection.execute("SELECT id FROM formats WHERE value = ?", (value,))
        return int(row.fetchone()[0])

    def _delete(self, state: str) -> None:
        with self._errors(), transaction(self._connection):
            self._connection.execute(
                "DELETE FROM nodes WHERE document IN (SELECT id FROM documents WHERE state = ?)",
                (state,),
            )
            self._connection.execute("DELETE FROM documents WHERE state = ?", (state,))

    def _move_version(self) -> None:
        self._connection.execute(
            "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'version'"
        )
