"""The stage that is running and its seconds, on stderr, while somebody waits."""

from __future__ import annotations

from types import TracebackType

from tools.console import inert_line
from tools.output import Output


class StageDisplay:
    """A spinner that names the running stage; silent unless stderr is a terminal.

    It vanishes when it is stopped, so that results can follow on the same screen. Stages may be
    reported from another thread than the one that made it.
    """

    def __init__(self, output: Output, first: str) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=output.console,
            transient=True,
            refresh_per_second=4,  # drawing takes time from the model that is waited for
            disable=not output.animated,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task(first, total=None)
        self._stopped = False

    def __enter__(self) -> StageDisplay:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def show(self, stage: str) -> None:
        """Name the stage that begins."""
        if not self._stopped:
            self._progress.update(self._task, description=inert_line(stage), refresh=True)

    def stop(self) -> None:
        """Vanish; further stages are not shown."""
        if not self._stopped:
            self._stopped = True
            self._progress.stop()
