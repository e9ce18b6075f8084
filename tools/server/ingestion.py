"""Reading files into a collection: one run at a time, whoever began it, and all may watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.config import PipelineSettings
from pipelines.errors import StoppedError
from pipelines.indexing import IngestProgress, IngestReport, ingest_paths
from tools.server.failures import ApiError, failed
from tools.server.jobs import Broke, Event, Job
from tools.server.worker import OnEnd, Worker

WAITING_RUNS = 1


@dataclass(frozen=True)
class IngestState:
    """Where a run stands; `report` and `error` come with its end, both None if it was stopped.

    `number` counts the runs of this server from 1, and `files` those that were given.
    """

    number: int
    collection: str
    files: int
    running: bool = True
    progress: IngestProgress | None = None
    report: IngestReport | None = None
    error: ApiError | None = None


class Ingestion:
    """Runs go on when whoever began them leaves; what is stored stays, however a run ends.

    Args:
        home: Where models and collections are.
        on_end: See `Worker`.
    """

    def __init__(self, home: Path, on_end: OnEnd) -> None:
        self.worker = Worker("ingest", WAITING_RUNS, on_end)
        self._home = home
        self._state: IngestState | None = None
        self._job: Job | None = None

    @property
    def state(self) -> IngestState | None:
        """The run that goes on, or the last one; None before the first."""
        return self._state

    def start(self, settings: PipelineSettings, paths: Sequence[Path]) -> int:
        """Read files into the settings' collection; called in the event loop.

        Returns:
            The run's number.

        Raises:
            ApiError: A run goes on already (409), or the server is going down.
        """
        before = self._state
        if before is not None and before.running:
            raise ApiError(409, "ingest: files are being read already: wait", "ingest_running")
        number = 1 if before is None else before.number + 1
        started = IngestState(number, settings.collection, len(paths))

        def work(job: Job) -> IngestReport:
            def tell(progress: IngestProgress) -> None:
                if job.stopping():
                    raise StoppedError("stopped")
                self._state = replace(started, progress=progress)

            return ingest_paths(settings, self._home, paths, on_progress=tell)

        def deliver(event: Event) -> None:
            error = event.error if isinstance(event, Broke) else None
            self._state = replace(
                started,
                running=False,
                report=getattr(event, "value", None),
                error=None if error is None or isinstance(error, StoppedError) else failed(error),
            )

        job = Job("ingest", work, float("inf"), deliver)
        self._state, self._job = started, job
        try:
            self.worker.submit(job)
        except ApiError:
            self._state = before
            raise
        return number

    def stop(self) -> None:
        """Break off the run that goes on, at its next step; called in the event loop."""
        if self._job is None or self._state is None or not self._state.running:
            return
        self._job.cancel()
        if not self._job.begun:  # the worker forgets it, and tells nobody
            self._state = replace(self._state, running=False)
