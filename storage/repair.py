"""Putting right, before a collection is read, what a killed writer left."""

from __future__ import annotations

import logging
from pathlib import Path

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue
from storage.index_build import OnBuilt
from storage.layout import CATALOGUE, collection_folder, read_pointer
from storage.lock import lock_holder
from storage.session import write_session

log = logging.getLogger(__name__)

# A reader waits for the index of a small collection (about 2 s); a large one is searched exactly
# until the next ingest or `doctor --repair`, which nobody has to wait for before an answer.
MAX_NODES_BUILT_BEFORE_READING = 2_000


def repair_for_reading(
    home: Path, name: str, max_nodes: int = MAX_NODES_BUILT_BEFORE_READING
) -> None:
    """Build the index of a collection whose writer was killed, if it has at most `max_nodes`.

    Reading needs no repair: the catalogue never shows half a change, and without an index the
    search is exact. So whatever stands in the way here is no error.
    """
    folder = collection_folder(home, name)
    pointer = read_pointer(folder)
    if pointer is None:
        return
    catalogue = Catalogue(folder / pointer.generation / CATALOGUE, name)
    try:
        state = catalogue.index_state()
        _, _, searched = catalogue.counts()
    finally:
        catalogue.close()
    if state.kind not in ("writing", "none") or not 0 < searched <= max_nodes:
        return
    if lock_holder(folder) is not None:
        return
    try:
        rebuild_index(home, name, "repair before reading")
    except YomitokiError as error:
        log.info("%s: not repaired before reading: %s", folder, error)


def rebuild_index(
    home: Path, name: str, command: str | None = None, on_built: OnBuilt | None = None
) -> str | None:
    """Build the vector index anew from the catalogue, without embedding anything.

    Returns:
        None, or a sentence that says why there is no index now and the search is exact.

    Raises:
        YomitokiError: Another process writes to the collection, or it is missing or damaged.
    """
    with write_session(home, name, None, command=command, on_built=on_built) as session:
        session.writer.rebuild_index()
        return session.finish()
