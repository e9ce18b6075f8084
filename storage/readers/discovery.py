"""Which files the given paths hold, and what was left out and why."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from pipelines.errors import ConfigError
from storage.readers.source_names import distinct_sources, safe_name, source_name

SkipKind = Literal["hidden", "link", "special", "unlisted", "unreadable", "repeated"]


@dataclass(frozen=True)
class FoundFile:
    """A regular file: `path` is absolute and free of links; `root` is the folder it must stay in.

    `source` is the path relative to the given folder, with "/" between parts; for a file that
    was given itself it is its name. It is the end of `named`, the absolute path as it was found.
    """

    path: Path
    source: str
    root: Path
    named: Path

    @property
    def extension(self) -> str:
        """The extension that the source's name has, lower case with its dot; "" for none."""
        return PurePosixPath(self.source).suffix.lower()


@dataclass(frozen=True)
class Skipped:
    """An entry that is not read; `reason` is one line, and `name` is safe to print."""

    name: str
    kind: SkipKind
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True)
class FoundFiles:
    """The files of some paths, ordered by source, and what was skipped, ordered by name.

    `notes` say, one line a source, where it got a longer name than asked to stay distinct.
    """

    files: list[FoundFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def unlisted(self) -> list[str]:
        """The folders that could not be listed: what they hold is unknown, not gone."""
        return [entry.name for entry in self.skipped if entry.kind == "unlisted"]


@dataclass(frozen=True)
class _Candidate:
    """A file as met on the walk: `real` is where it lies, `depth` the parts below `given`."""

    named: Path
    real: Path
    root: Path
    depth: int
    is_link: bool


def find_files(paths: Sequence[Path]) -> FoundFiles:
    """Find the regular files that `paths` name or hold.

    A folder is walked without following links to folders. A link to a file is read only when it
    stays inside the given folder and the file is not found by itself. Entries whose name begins
    with "." or "~$" (the lock files of Office) are skipped, unless they were given themselves.

    Args:
        paths: Files and folders; each may be a link, which is then followed as asked.

    Raises:
        ConfigError: No path was given, or one does not exist or cannot be listed.
    """
    if not paths:
        raise ConfigError("nothing to read: give at least one file or folder")
    candidates: list[_Candidate] = []
    skipped: list[Skipped] = []
    for path in paths:
        real = _existing(path)
        if real.is_dir():
            candidates.extend(_walk(real, skipped))
        elif real.is_file():
            named = Path(os.path.abspath(path.expanduser()))
            candidates.append(_Candidate(named, real, real.parent, 1, is_link=False))
        else:
            skipped.append(_special(safe_name(path.name), os.lstat(real).st_mode))
    unique = _without_repeats(candidates, skipped)
    # A link that is read is known by its own name, not by that of the file it leads to.
    sources = distinct_sources([(c.named, c.depth) for c in unique])
    files = [
        FoundFile(path=c.real, source=source, root=c.root, named=c.named)
        for c, source in zip(unique, sources, strict=True)
    ]
    notes = {
        source: f"{source}: named with its folder, because another file given is also "
        f"'{source_name(c.named.parts[-c.depth :])}'"
        for c, source in zip(unique, sources, strict=True)
        if source != source_name(c.named.parts[-c.depth :])
    }
    return FoundFiles(
        files=sorted(files, key=lambda f: f.source),
        skipped=sorted(set(skipped), key=lambda s: (s.name, s.reason)),
        notes=notes,
    )


def _existing(path: Path) -> Path:
    try:
        return path.expanduser().resolve(strict=True)
    except FileNotFoundError:
        problem = "does not exist"
    except RuntimeError:
        problem = "leads to itself or to an unknown user's home"
    except (OSError, ValueError) as error:
        problem = f"cannot be opened ({_why(error)})"
    raise ConfigError(f"{safe_name(str(path))}: {problem}: give an existing file or folder")


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[_Candidate]:
    """The files under `root`."""
    pending: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while pending:
        current, parts = pending.pop()
        try:
            with os.scandir(current) as found:
                entries = sorted(found, key=lambda e: e.name)
        except OSError as error:
            reason = f"folder cannot be listed ({_why(error)}): check its permissions"
            if not parts:
                raise ConfigError(f"{safe_name(str(root))}: {reason}") from error
            skipped.append(Skipped(source_name(parts), "unlisted", reason))
            continue
        for entry in entries:
            entry_parts = (*parts, entry.name)
            name = source_name(entry_parts)
            if entry.name.startswith((".", "~$")):
                skipped.append(Skipped(name, "hidden", "hidden: name it itself to read it"))
                continue
            try:
                if entry.is_symlink():
                    candidate = _followed(Path(entry.path), name, root, skipped)
                    if candidate:
                        yield candidate
                elif entry.is_dir(follow_symlinks=False):
                    pending.append((Path(entry.path), entry_parts))
                elif entry.is_file(follow_symlinks=False):
                    path = Path(entry.path)
                    yield _Candidate(path, path, root, len(entry_parts), is_link=False)
                else:
                    skipped.append(_special(name, entry.stat(follow_symlinks=False).st_mode))
            except OSError as error:
                skipped.append(Skipped(name, "unreadable", f"cannot be examined ({_why(error)})"))


def _followed(link: Path, name: str, root: Path, skipped: list[Skipped]) -> _Candidate | None:
    """The file that a link inside `root` leads to, or None after noting why it is not read."""
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError):
        reason = "link that leads nowhere or to itself: not followed"
        skipped.append(Skipped(name, "link", reason))
        return None
    if not real.is_relative_to(root):
        reason = (
            "link that leads out of the folder: not followed; give its target itself to read it"
        )
        skipped.append(Skipped(name, "link", reason))
        return None
    if not real.is_file():
        reason = "link to a folder or a special file: not followed"
        skipped.append(Skipped(name, "link", reason))
        return None
    depth = len(link.parts) - len(root.parts)
    return _Candidate(link, real, root, depth, is_link=True)


def _without_repeats(candidates: Sequence[_Candidate], skipped: list[Skipped]) -> list[_Candidate]:
    """One candidate a file: that with the longest name, and a link only when nothing else is."""
    ordered = sorted(candidates, key=lambda c: (c.is_link, -c.depth, c.named.parts))
    kept: dict[Path, _Candidate] = {}
    for candidate in ordered:
        first = kept.setdefault(candidate.real, candidate)
        if first.named != candidate.named:
            name = source_name(candidate.named.parts[-candidate.depth :])
            read_as = source_name(first.named.parts[-first.depth :])
            skipped.append(Skipped(name, "repeated", f"the same file as '{read_as}': read once"))
    return list(kept.values())


def _special(name: str, mode: int) -> Skipped:
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    what = next((text for test, text in kinds if test(mode)), "not a regular file")
    return Skipped(name, "special", f"{what}: only regular files are read")


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
