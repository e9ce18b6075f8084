"""A program in a real pseudo-terminal, driven by what it shows."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path
from types import TracebackType

SCRIPTED_MAIN = Path(__file__).with_name("scripted_main.py")


class Terminal:
    """Runs tests/tools/scripted_main.py with arguments; everything it writes is in `shown`."""

    def __init__(self, *arguments: str, home: Path, seconds: float = 150) -> None:
        self.shown = ""
        self.ended = False
        self._seconds = seconds
        self._raw = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "YOMITOKI_HOME": str(home)}
            environment.pop("NO_COLOR", None)
            program = [sys.executable, str(SCRIPTED_MAIN), *arguments]
            os.execve(sys.executable, program, environment)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self._fd)

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def enter(self, text: str) -> None:
        self.type(text + "\r")

    def ctrl_c(self) -> None:
        self.type("\x03")

    def expect(self, text: str) -> str:
        """Wait until something is shown that was not expected before; gives all up to it."""
        deadline = time.monotonic() + self._seconds
        while text not in self.shown:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} not shown, but {self.shown[-2000:]!r}")
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def exit_code(self) -> int:
        """Wait for the end."""
        self.ended = True
        deadline = time.monotonic() + self._seconds
        while self._read(deadline - time.monotonic()):
            pass
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        raise AssertionError(f"still running, showing {self.shown[-2000:]!r}")

    def _read(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._fd, 65536)
        except OSError:  # Linux says so when the other side has closed
            return False
        self._raw += chunk
        text = self._raw.decode("utf-8", "ignore")
        self._raw = b""
        self.shown += text
        self._answer_cursor_position(text)
        return bool(chunk)

    def _answer_cursor_position(self, text: str) -> None:
        """prompt_toolkit asks where the cursor is; a terminal answers."""
        if "\x1b[6n" in text:
            self.type("\x1b[24;1R")
