"""The catalogue's tables, and opening it: the one SQLite file that is the truth."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import YomitokiError
from storage.disk_errors import (
    catalogue_errors,
    damaged,
    disk_errors,
    rebuild_command,
)
from storage.identity import CollectionIdentity

SCHEMA_VERSION = 2
# "yomi" in ASCII: tells our files from any other SQLite file.
APPLICATION_ID = 0x796F6D69
BUSY_TIMEOUT_SECONDS = 2.0

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE formats (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);
CREATE TABLE embeddings (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, vector BLOB NOT NULL
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'live', 'old')),
    text TEXT NOT NULL,
    chars INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    format INTEGER NOT NULL REFERENCES formats,
    ingested_at TEXT NOT NULL
);
CREATE UNIQUE INDEX document_live ON documents (source) WHERE state = 'live';
CREATE UNIQUE INDEX document_staged ON documents (source) WHERE state = 'staged';
CREATE TABLE nodes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    node_id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents,
    ordinal INTEGER NOT NULL,
    level INTEGER NOT NULL,
    level_name TEXT NOT NULL,
    leaf INTEGER NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    text TEXT NOT NULL,
    embed_text TEXT,
    metadata TEXT NOT NULL,
    relationships TEXT NOT NULL,
    format INTEGER NOT NULL REFERENCES formats,
    embedding INTEGER REFERENCES embeddings
);
CREATE INDEX node_place ON nodes (document, level, ordinal);
CREATE INDEX node_embedding ON nodes (embedding);
"""


def create_catalogue(path: Path, name: str, identity: CollectionIdentity) -> None:
    """Write an empty catalogue. A kill leaves none or a whole one.

    Raises:
        YomitokiError: The folder is not writable or full.
    """
    embedding, parser = identity.embedding, identity.parser
    meta = {
        "catalogue_id": uuid.uuid4().hex,
        "name": name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": "0",
        "embedding_fingerprint": embedding.fingerprint,
        "embedding_description": embedding.description,
        "dimension": str(embedding.dimension),
        "parser_fingerprint": parser.fingerprint,
        "parser_description": parser.description,
        "index_state": "none",
    }
    with disk_errors(path.parent), catalogue_errors(path, name):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA)
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        finally:
            connection.close()


def open_catalogue(path: Path, name: str, write: bool) -> tuple[sqlite3.Connection, bool]:
    """Open a catalogue, in autocommit mode; its connection may be passed between threads.

    Args:
        path: The SQLite file, which must exist.
        name: The collection's name, for messages.
        write: False for a connection that can't change anything.

    Returns:
        The connection, and whether it is frozen: it reads the file as it is now and must be opened
        anew to see a change. SQLite's WAL needs a small file beside the catalogue; where there is
        no room for it, what is there can be read only so.

    Raises:
        CatalogueDamagedError: Missing, cut short, or not a catalogue.
        YomitokiError: Made by another version of yomitoki, or unreadable.
    """
    if not path.is_file():
        raise damaged(path, name, "the file is missing")
    # A reader opens read-write, too, for the file beside. Where nobody can write, nothing changes.
    read_only = not (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK))
    with catalogue_errors(path, name):
        if write or not read_only:
            try:
                return _prepared(path, name, "mode=rw", write), False
            except sqlite3.OperationalError:
                if write or _has_log(path):
                    raise
        return _prepared(path, name, "mode=ro&immutable=1", write), not read_only


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One durable write: all of the body or nothing; returning means fsynced."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """All keys of the meta table."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def write_meta(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Set keys of the meta table; the caller holds a transaction."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def _prepared(path: Path, name: str, query: str, write: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if not write:
            connection.execute("PRAGMA query_only = ON")
        _check_schema(connection, path, name)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    """Whether committed changes wait in SQLite's write-ahead log."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _check_schema(connection: sqlite3.Connection, path: Path, name: str) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise damaged(path, name, "it is not a catalogue of yomitoki")
    if version > SCHEMA_VERSION:
        raise YomitokiError(
            f"collection {name!r}: written by a newer yomitoki (schema {version}, this one reads "
            f"{SCHEMA_VERSION}): update yomitoki"
        )
    if version < SCHEMA_VERSION:
        raise YomitokiError(
            f"collection {name!r}: written by an older yomitoki (schema {version}, this one reads "
            f"{SCHEMA_VERSION}): build it anew: {rebuild_command(name)}"
        )
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not {"meta", "documents", "nodes", "embeddings", "formats"} <= tables:
        raise damaged(path, name, "tables are missing")
