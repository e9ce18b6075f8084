"""A child process that is watched: stopped when it makes no headway, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code (negative: the signal), what it printed, and if we stopped
    it because it made no headway."""

    returncode: int
    output: str
    stalled: bool


def run_watched(
    command: Sequence[str],
    environment: Mapping[str, str],
    headway: Callable[[str], int],
    stall_seconds: float,
) -> Ended:
    """Run a command to its end and report on it meanwhile.

    The child has no standard input, so that nothing can ask a question, and its own process
    group, so that all of it ends with us, an interrupt from the keyboard included.

    Args:
        command: Program and arguments.
        environment: The child's whole environment.
        headway: Called about ten times a second with what the child has printed since the last
            call (whole lines only); returns any number that changes as the work goes on.
        stall_seconds: How long that number may stay the same.
    """
    with tempfile.TemporaryFile("w+b") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stalled = False
        told, last, since = 0, -1, time.monotonic()
        try:
            while True:
                ended = process.poll() is not None
                lines, told = _new_lines(log.fileno(), told)
                now = headway(lines)
                if ended:
                    break
                if now != last:
                    last, since = now, time.monotonic()
                elif time.monotonic() - since > stall_seconds:
                    stalled = True
                    break
                time.sleep(POLL_SECONDS)
        finally:
            _end(process)
        output = os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0)
    return Ended(process.returncode, output.decode("utf-8", "replace"), stalled)


def _new_lines(descriptor: int, told: int) -> tuple[str, int]:
    data = os.pread(descriptor, os.fstat(descriptor).st_size - told, told)
    end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", "replace"), told + end


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
