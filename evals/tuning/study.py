"""The trials of one search on disk, as an Optuna study that survives a kill at any moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from types import TracebackType

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import OptunaError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from evals.tuning.proposals import MOST_REPEATS, proposer
from evals.tuning.ranges import label
from evals.tuning.settings import Sampler
from evals.tuning.space import Point, Space, distributions, point_of
from evals.tuning.trial import Measured, Trial
from pipelines.errors import YomitokiError

FILE = "study.sqlite"
LOCK = "study.lock"
WAIT_SECONDS = 0.4
# Attributes of an Optuna trial.
_FOUND, _REPEATS, _STOPPED = "found", "repeats", "stopped"
# A trial counts from the moment that it is in one of these, which is one transaction.
_COUNTED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Started:
    """A trial that is being measured: its number in the search, its point, and Optuna's own."""

    number: int
    point: Point
    stored: optuna.Trial


class TuningStudy:
    """One search's trials; at most one process has it open. Use as a context manager.

    SQLite, since what it acknowledged is there after a kill, and what was half-written is not.
    Optuna's own journal file is not like that: the half of a line that a kill leaves at its end
    makes the file unreadable for good (docs/decisions/009-search-over-settings.md).
    """

    def __init__(self, folder: Path, name: str, space: Space, sampler: Sampler, seed: int) -> None:
        """Open the study, or begin one.

        Trials that were running when their process was killed are set aside: they count for
        nothing, and are proposed again.

        Raises:
            YomitokiError: Another process has it open, or it can't be read.
        """
        # Its log would speak of every trial.
        optuna.logging.disable_default_handler()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._path = folder / FILE
        self._space, self._sampler, self._seed = space, sampler, seed
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / LOCK)
        try:
            self._lock.acquire(timeout=WAIT_SECONDS)
        except Timeout as timeout:
            raise YomitokiError(
                f"{folder}: another process is at this search: wait until it ends"
            ) from timeout
        self._storage: RDBStorage | None = None
        try:
            with self._errors():
                self._storage = _storage(self._path)
                self._study = optuna.create_study(
                    storage=self._storage, study_name=name, direction="maximize",
                    load_if_exists=True,
                )  # fmt: skip
                for trial in self._stored():
                    if trial.state == TrialState.RUNNING:
                        self._set_aside(trial.number, trial._trial_id)
        except YomitokiError:
            self.close()
            raise

    def trials(self) -> list[Trial]:
        """What was measured, in the order of the search."""
        with self._errors():
            counted = [one for one in self._stored() if one.state in _COUNTED]
        return [
            Trial(
                number=number,
                point=point_of(self._space, one.params),
                measured=Measured(**one.user_attrs[_FOUND]["measured"]),
                spent_seconds=one.user_attrs[_FOUND]["spent_seconds"],
            )
            for number, one in enumerate(counted, start=1)
        ]

    def start(self) -> Started | None:
        """Begin the next trial, at a point that was not tried; None if there is none left."""
        while True:
            trials = self.trials()
            tried = {label(trial.point): trial.number for trial in trials}
            with self._errors():
                proposed = [one for one in self._stored() if _STOPPED not in one.user_attrs]
                repeats = _repeats_at_the_end(proposed)
                sampler = proposer(
                    self._space, self._sampler, self._seed, len(proposed), repeats, tried
                )
                if sampler is None:
                    return None
                self._study.sampler = sampler
                stored = self._study.ask(distributions(self._space))
                point = point_of(self._space, stored.params)
                if label(point) not in tried or repeats > MOST_REPEATS:
                    return Started(len(trials) + 1, point, stored)
                # A sampler learns nothing from a failed trial: a repeat must not count twice.
                stored.set_user_attr(_REPEATS, tried[label(point)])
                self._study.tell(stored.number, state=TrialState.FAIL)

    def finish(self, started: Started, measured: Measured, spent_seconds: float) -> None:
        """Store what a trial found; when this returns, it is on disk."""
        with self._errors():
            found = {"measured": measured.as_json(), "spent_seconds": spent_seconds}
            started.stored.set_user_attr(_FOUND, found)
            for name, excess in measured.excess.items():
                started.stored.set_constraint(name, excess)
            if measured.score is None:
                # Pruned without a value is the worst that a sampler knows: it goes elsewhere.
                self._study.tell(started.stored.number, state=TrialState.PRUNED)
            else:
                self._study.tell(started.stored.number, measured.score)

    def stop(self, started: Started) -> None:
        """Set a trial aside that was broken off: it counts for nothing and is proposed again."""
        with self._errors():
            self._set_aside(started.stored.number, started.stored._trial_id)

    def close(self) -> None:
        """Let others open it."""
        if self._storage is not None:
            self._storage.remove_session()
            self._storage.engine.dispose()
        self._lock.release()

    def __enter__(self) -> TuningStudy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _stored(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _set_aside(self, number: int, identity: int) -> None:
        self._study._storage.set_trial_user_attr(identity, _STOPPED, True)
        self._study.tell(number, state=TrialState.FAIL)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What goes wrong in the file, in a line.

        Raises:
            YomitokiError: It did.
        """
        try:
            yield
        except (OptunaError, SQLAlchemyError, RuntimeError) as error:
            cause = " ".join(str(error.__cause__ or error).split())[:200]
            raise YomitokiError(
                f"{self._path}: the trials can't be read or written ({cause}): free some space, or "
                "delete the file; what trials computed is kept elsewhere"
            ) from error


def _repeats_at_the_end(proposed: Sequence[FrozenTrial]) -> int:
    repeats = takewhile(lambda one: _REPEATS in one.user_attrs, reversed(proposed))
    return sum(1 for _ in repeats)


def _storage(path: Path) -> RDBStorage:
    """Optuna's storage in a file, whose path may hold any character."""
    return RDBStorage(
        "sqlite:///study.sqlite", engine_kwargs={"creator": partial(_connected, path)}
    )


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
