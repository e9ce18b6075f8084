"""A thread that does one job after the other, with a queue that can be full."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from tools.server.failures import closing, queue_full
from tools.server.jobs import Job

REMEMBERED_JOBS = 16
# What a job is thought to take before one has ended.
FIRST_GUESS_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 600

OnEnd = Callable[[str, str, float], None]


class Worker:
    """Owns what its jobs use: SQLite connections and a model belong to one thread.

    Args:
        name: Of the thread, and in the metrics.
        limit: Jobs that may wait, beside the one that runs; at least 1.
        on_end: Hears each job's kind, how it ended (done, stopped, failed), and its seconds.
        at_end: Runs in the thread when it ends.
    """

    def __init__(
        self, name: str, limit: int, on_end: OnEnd, at_end: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self._limit = limit
        self._on_end = on_end
        self._at_end = at_end
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._closed = False
        self._seconds: deque[float] = deque(maxlen=REMEMBERED_JOBS)
        self._thread = threading.Thread(target=self._run, name=f"worker-{name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Put a job at the end of the queue.

        Raises:
            ApiError: The queue is full (429), or the worker is closing (503).
        """
        with self._changed:
            if self._closed:
                raise closing()
            self._drop_stopped()
            if len(self._waiting) >= self._limit:
                raise queue_full(self._retry_seconds())
            self._waiting.append(job)
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """Jobs in the queue that somebody waits for."""
        with self._changed:
            self._drop_stopped()
            return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._running is not None

    def close(self) -> None:
        """Take no more jobs and refuse those that wait; the one that runs goes on."""
        with self._changed:
            self._closed = True
            while self._waiting:
                self._waiting.popleft().refuse(closing())
            self._changed.notify()

    def stop(self) -> None:
        """Break off the job that runs, too."""
        self.close()
        if running := self._running:
            running.cancel(closing())

    def join(self, timeout_seconds: float) -> bool:
        """Whether the thread has ended within the time."""
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (job := self._next()) is not None:
                started = time.monotonic()
                ended = job.run()
                seconds = time.monotonic() - started
                with self._changed:
                    self._running = None
                    if ended == "done":
                        self._seconds.append(seconds)
                self._on_end(job.kind, ended, seconds)
                job = None  # what it holds is not kept until the next one comes
        finally:
            self._at_end()

    def _next(self) -> Job | None:
        with self._changed:
            while True:
                self._drop_stopped()
                if self._waiting:
                    self._running = self._waiting.popleft()
                    return self._running
                if self._closed:
                    return None
                self._changed.wait()

    def _drop_stopped(self) -> None:
        """Forget the jobs that nobody waits for, so that they take no place in the queue."""
        if any(job.stopping() for job in self._waiting):
            self._waiting = deque(job for job in self._waiting if not job.stopping())

    def _retry_seconds(self) -> int:
        """When the queue has probably moved as far as it is long now."""
        known = self._seconds
        mean = sum(known) / len(known) if known else FIRST_GUESS_SECONDS
        return max(1, min(LONGEST_RETRY_SECONDS, math.ceil(mean * (len(self._waiting) + 1))))
