"""A run that writes to a collection: its lock, its generation, and the swap after a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import YomitokiError
from storage.catalogue import Catalogue
from storage.catalogue_schema import create_catalogue
from storage.catalogue_writer import CatalogueWriter
from storage.chroma_index import SYNC_THRESHOLD
from storage.disk_errors import CatalogueDamagedError, disk_errors
from storage.identity import CollectionIdentity, check_identity
from storage.index_build import OnBuilt
from storage.layout import (
    CATALOGUE,
    Pointer,
    check_name,
    collection_folder,
    generations,
    make_folder,
    next_generation,
    read_pointer,
    remove_folder,
    write_pointer,
)
from storage.lock import WriterLock
from storage.writer import Writer

_UNREADABLE = (
    "the old catalogue could not be read: the collection now holds the files named in this run only"
)


@dataclass(frozen=True)
class Session:
    """An open run. `previous` is the collection that a rebuild is going to replace.

    `notices` are sentences for the user.
    """

    writer: Writer
    previous: Catalogue | None
    notices: tuple[str, ...]
    finish: Callable[[], str | None]


@contextmanager
def write_session(
    home: Path,
    name: str,
    identity: CollectionIdentity | None,
    rebuild: bool = False,
    command: str | None = None,
    at_step: Callable[[str], None] | None = None,
    on_built: OnBuilt | None = None,
    sync_threshold: int = SYNC_THRESHOLD,
) -> Iterator[Session]:
    """Hold a collection for writing, from its lock to its release.

    A rebuild fills a new generation beside the live one, which readers keep until `finish` swaps
    them; a killed rebuild goes on where it was when the same rebuild is run again.

    Args:
        identity: What the run embeds and parses with; None for a run that adds nothing, which
            needs an existing collection.
        command: Shown to others who want to write meanwhile.
        at_step, on_built, sync_threshold: See Writer.

    Raises:
        YomitokiError: Another process writes; or the collection was built with something else
            and this is no rebuild; or it is missing, damaged, or not writable.
    """
    name = check_name(name)
    folder = collection_folder(home, name)
    with ExitStack() as stack:
        stack.enter_context(WriterLock(folder, name, command))
        current, replaceable = _current(folder, name, identity, rebuild)
        previous: Catalogue | None = None
        notices: tuple[str, ...] = (_UNREADABLE,) if replaceable and current is None else ()
        generation = current
        if rebuild and current is not None:
            assert identity is not None
            previous = _previous(folder / current / CATALOGUE, name, stack)
            notices = () if previous else (_UNREADABLE,)
            generation = _unfinished(folder, name, current, identity)
        if generation is None:
            assert identity is not None
            generation = _create(folder, name, identity)
            if not replaceable:
                write_pointer(folder, Pointer(name, generation))
                current = generation
        catalogue = CatalogueWriter(folder / generation / CATALOGUE, name)
        stack.callback(catalogue.close)
        if identity is not None:
            check_identity(name, catalogue.identity(), identity.embedding, identity.parser)
        writer = Writer(folder / generation, catalogue, at_step, on_built, sync_threshold)

        def finish() -> str | None:
            notice = writer.finish()
            if generation != current:
                if at_step:
                    at_step("generation_ready")
                write_pointer(folder, Pointer(name, generation))
                if at_step:
                    at_step("generation_live")
            if previous is not None:
                previous.close()
            for other in generations(folder):
                if other != generation:
                    remove_folder(folder / other)
            return notice

        try:
            yield Session(writer, previous, notices, finish)
        finally:
            writer.abandon()


def _current(
    folder: Path, name: str, identity: CollectionIdentity | None, rebuild: bool
) -> tuple[str | None, bool]:
    """The live generation, if there is one, and whether the run replaces something.

    What is replaced is pointed to until the new generation is whole; a new collection is pointed
    to at once, so that its first documents are found while the others are still read.
    """
    try:
        pointer = read_pointer(folder)
    except CatalogueDamagedError:
        if not rebuild:
            raise
        return None, True
    if pointer is None and identity is None:
        raise YomitokiError(f"collection {name!r}: not found: run python main.py collections list")
    return (pointer.generation, rebuild) if pointer else (None, False)


def _previous(path: Path, name: str, stack: ExitStack) -> Catalogue | None:
    """The catalogue to replace; None when it is damaged or of another version of yomitoki."""
    try:
        catalogue = Catalogue(path, name)
    except YomitokiError:
        return None
    stack.callback(catalogue.close)
    try:
        return None if catalogue.damage() else catalogue
    except YomitokiError:
        return None


def _unfinished(folder: Path, name: str, current: str, identity: CollectionIdentity) -> str | None:
    """The generation that a killed rebuild with the same settings left."""
    for generation in reversed(generations(folder)):
        if generation <= current:
            return None
        try:
            catalogue = Catalogue(folder / generation / CATALOGUE, name)
        except YomitokiError:
            remove_folder(folder / generation)
            continue
        same = catalogue.identity() == identity
        catalogue.close()
        if same:
            return generation
        remove_folder(folder / generation)
    return None


def _create(folder: Path, name: str, identity: CollectionIdentity) -> str:
    make_folder(folder.parent)
    make_folder(folder)
    generation = next_generation(folder)
    make_folder(folder / generation)
    with disk_errors(folder / generation):
        create_catalogue(folder / generation / CATALOGUE, name, identity)
    return generation
