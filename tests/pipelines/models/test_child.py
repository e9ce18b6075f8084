"""Watching a child process: its words, its end, its stall, and that none is left behind."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from pipelines.models.child import run_watched


def _python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_output_and_exit_code_come_back_and_lines_are_heard_once() -> None:
    heard: list[str] = []

    def headway(lines: str) -> int:
        heard.append(lines)
        return 0

    code = "import sys; print('one'); print('end', end=''); sys.exit(3)"
    ended = run_watched(_python(code), os.environ, headway, 30)
    assert (ended.returncode, ended.output, ended.stalled) == (3, "one\nend", False)
    assert "".join(heard) == "one\n"


def test_without_headway_the_child_and_its_children_are_ended() -> None:
    code = (
        "import subprocess, sys, time\n"
        "c = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        "print(c.pid, flush=True)\ntime.sleep(60)"
    )
    started = time.monotonic()
    ended = run_watched(_python(code), os.environ, lambda _: 0, 2)
    assert ended.stalled
    assert ended.returncode == -9
    assert time.monotonic() - started < 20
    if ended.output:
        grandchild = int(ended.output)
        time.sleep(0.2)
        alive = psutil.pid_exists(grandchild)
        assert not alive or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE


def test_a_child_that_makes_headway_outlives_the_stall_limit() -> None:
    ticks = iter(range(1000))
    code = "import time; time.sleep(1.5)"
    ended = run_watched(_python(code), os.environ, lambda _: next(ticks), 0.5)
    assert (ended.returncode, ended.stalled) == (0, False)


def test_an_interrupt_ends_the_child() -> None:
    started: list[int] = []

    def interrupt(lines: str) -> int:
        if lines:
            started.append(int(lines))
            raise KeyboardInterrupt
        return 0

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt):
        run_watched(_python(code), os.environ, interrupt, 30)
    assert not psutil.pid_exists(started[0])


def test_the_child_can_ask_nothing() -> None:
    ended = run_watched(_python("print(repr(input()))"), os.environ, lambda _: 0, 30)
    assert "EOFError" in ended.output
