"""`ingest`: files into a collection, with a bar, a report and a question before a big removal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from storage.ingest_report import IngestProgress, IngestReport, Removal
from storage.readers.discovery import find_files
from tools.asking import confirmed
from tools.command_line import Invocation
from tools.process import DONE, FAILED

if TYPE_CHECKING:
    from rich.progress import Progress


def ingest(
    run: Invocation,
    paths: list[Path],
    collection: str | None,
    *,
    sync: bool,
    rebuild: bool,
    yes: bool,
) -> int:
    """Bring a collection up to date with files and folders.

    Returns:
        The exit code; 1 if no file at all could be read, or a removal was not confirmed.

    Raises:
        ConfigError: Wrong config, or a path that does not exist.
        YomitokiError: The collection can't be written.
    """
    from pipelines.indexing import ingest_paths

    settings = run.load(collection).settings
    total = len(find_files(paths).files)
    with run.output.progress("{task.fields[detail]}") as bar:
        shown = _Bar(bar, total)

        def confirm(removal: Removal) -> bool:
            bar.stop()
            answer = confirmed(run.output, f"{removal}: remove them?", yes=yes)
            bar.start()
            return answer

        report = ingest_paths(
            settings,
            run.home,
            paths,
            sync=sync,
            rebuild=rebuild,
            confirm=confirm,
            on_progress=shown.show,
        )
    if run.output.json:
        run.output.record({"collection": settings.collection, **asdict(report)})
    else:
        for line in _lines(settings.collection, report):
            run.output.line(line)
        if report.failed:
            run.output.line()
            run.output.table(("NOT READ", "WHY"), [(f.source, f.reason) for f in report.failed])
    nothing_read = bool(report.failed) and not (report.added + report.changed + report.unchanged)
    return FAILED if nothing_read or report.not_removed else DONE


class _Bar:
    """The run's events on a progress bar: files, nodes, embeddings a second, time left."""

    def __init__(self, bar: Progress, files: int) -> None:
        self._bar = bar
        self._files = files
        self._task = bar.add_task("reading", total=files, detail="")
        self._started = time.monotonic()

    def show(self, progress: IngestProgress) -> None:
        if progress.stage == "indexing":
            self._bar.update(
                self._task,
                description="indexing",
                completed=progress.done,
                total=progress.total,
                detail="nodes",
            )
            return
        rate = progress.embeddings / max(time.monotonic() - self._started, 1e-3)
        self._bar.update(
            self._task,
            description=progress.stage,
            completed=min(progress.documents, self._files),
            total=self._files,
            detail=f"files, {progress.nodes:,} nodes, {progress.embeddings:,} embeddings "
            f"({rate:.1f}/s)",
        )


def _lines(collection: str, report: IngestReport) -> Iterator[str]:
    yield (
        f"collection {collection}: {report.added} added, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.removed} removed, {len(report.failed)} not read"
    )
    yield (
        f"{report.nodes:,} nodes made, {report.embeddings:,} embeddings computed, "
        f"{report.reused:,} reused, {report.seconds:.1f} s"
    )
    yield from report.notices
    if report.not_removed:
        yield (
            f"kept though not among these files: {len(report.not_removed)} of the collection's "
            "documents: add --yes to remove them unasked"
        )
