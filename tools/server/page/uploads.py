"""Files on their way from a browser into a collection.

A page has a folder of its own under the home's uploads, which goes when the page does. What is to
be read in moves to the folder of its collection and stays there, so that it can be read again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from starlette.datastructures import UploadFile

from pipelines.errors import YomitokiError
from pipelines.home import uploads_directory
from tools.server.failures import ApiError

MEGABYTE = 1024 * 1024
LONGEST_FILE = 50 * MEGABYTE
MOST_FILES = 200
# Of all pages together, so that no number of pages fills the disk.
MOST_STAGED = 1024 * MEGABYTE
LONGEST_NAME_BYTES = 180
STAGED = ".staged-"
STALE_SECONDS = 86_400
_ACTIVE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def file_name(given: str, extensions: Iterable[str]) -> str:
    """A name that a browser gave, as a file of ours may be called.

    Folders before it, characters that act on displays, and dots at its beginning are left out; a
    long one is cut before its extension.

    Raises:
        ApiError: Nothing is left of it, or it is of a type that is not read.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in _ACTIVE)
    stem, dot, extension = shown.strip().lstrip(".").rpartition(".")
    ending = (dot + extension).lower()
    if not stem.strip() or ending not in extensions:
        known = " ".join(sorted(extensions))
        raise ApiError(415, f"file: not of a type that is read: {known}", "unsupported_file")
    room = LONGEST_NAME_BYTES - len(ending)
    cut = stem.strip().encode()[:room].decode(errors="ignore").strip()
    return cut + ending


class Staging:
    """The folders of all pages of a server.

    Args:
        home: Where models and collections are.
        extensions: Of the files that are read, lower case, each with its dot.
    """

    def __init__(self, home: Path, extensions: Iterable[str]) -> None:
        self.extensions = frozenset(extensions)
        self._uploads = uploads_directory(home)
        self._pages: dict[str, StagedFiles] = {}

    def page(self) -> StagedFiles:
        """A new folder, made when its first file comes."""
        files = StagedFiles(self, secrets.token_urlsafe(24), self._uploads)
        self._pages[files.ticket] = files
        return files

    def of(self, ticket: str) -> StagedFiles:
        """The folder of a page.

        Raises:
            ApiError: The page is gone, or never was.
        """
        if ticket not in self._pages:
            raise ApiError(404, "upload: its page is gone: load it again", "not_found")
        return self._pages[ticket]

    @property
    def bytes(self) -> int:
        """What lies in all of them."""
        return sum(page.bytes for page in self._pages.values())

    def forget(self, ticket: str) -> None:
        """A page is gone."""
        self._pages.pop(ticket, None)


class StagedFiles:
    """The files of one page; `ticket` is what its uploads are known by."""

    def __init__(self, staging: Staging, ticket: str, uploads: Path) -> None:
        self.ticket = ticket
        self._staging = staging
        self._uploads = uploads
        self._folder: Path | None = None
        self._files: dict[str, int] = {}
        self._refused: list[tuple[str, ApiError]] = []

    @property
    def names(self) -> list[str]:
        """In the order in which they came."""
        return list(self._files)

    @property
    def bytes(self) -> int:
        """Of all of them."""
        return sum(self._files.values())

    def refuse(self, name: str, error: ApiError) -> None:
        """Remember for the page what was not taken, and why."""
        self._refused.append((name, error))

    def refused(self) -> list[tuple[str, ApiError]]:
        """What was not taken since this was asked last."""
        told, self._refused = self._refused, []
        return told

    async def take(self, upload: UploadFile) -> str:
        """Keep a file, whole or not at all.

        Returns:
            Its name.

        Raises:
            ApiError: It is of another type, too long, one too many, or there already.
            YomitokiError: The disk is full or not writable.
        """
        name = file_name(upload.filename or "", self._staging.extensions)
        if len(self._files) >= MOST_FILES:
            raise ApiError(413, f"upload: at most {MOST_FILES} files at once", "too_many_files")
        if name in self._files:
            raise ApiError(409, "file: one of this name is there already", "file_exists")
        length = upload.size or 0
        if length > LONGEST_FILE or self._staging.bytes + length > MOST_STAGED:
            raise ApiError(413, "file: too long, or too much waits to be read in", "body_too_long")
        self._files[name] = length  # its room is taken before the first byte is written
        try:
            with self._path(name).open("xb") as file:
                while piece := await upload.read(MEGABYTE):
                    file.write(piece)
        except OSError as error:
            self.remove(name)
            raise YomitokiError(f"{self._uploads}: {error.strerror}: free some space") from error
        except BaseException:
            self.remove(name)
            raise
        return name

    def remove(self, name: str) -> None:
        """Drop one of them."""
        if self._files.pop(name, None) is not None and self._folder is not None:
            self._path(name).unlink(missing_ok=True)

    def move(self, collection: str) -> list[Path]:
        """Put all of them where a collection's files stay, in place of those of the same names.

        Raises:
            YomitokiError: The disk is not writable.
        """
        folder = self._uploads / folder_name(collection)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            moved = [self._path(name).replace(folder / name) for name in self._files]
        except OSError as error:
            raise YomitokiError(f"{folder}: {error.strerror}") from error
        self._files.clear()
        return moved

    def drop(self) -> None:
        """The page is gone, and what was not read in goes with it."""
        self._files.clear()
        self._staging.forget(self.ticket)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _path(self, name: str) -> Path:
        if self._folder is None:
            self._uploads.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=STAGED, dir=self._uploads))
        return self._folder / name


def clear_leftovers(home: Path) -> None:
    """Remove what pages of a server that was killed left behind, once it is a day old."""
    for folder in uploads_directory(home).glob(f"{STAGED}*"):
        if time.time() - folder.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def folder_name(collection: str) -> str:
    """A folder for a collection of any name: a readable part, and a hash that tells names apart."""
    name = unicodedata.normalize("NFC", collection)
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "collection"
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
