"""Runs the parsers of files in a process of their own, within a deadline and a memory limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from pipelines.errors import YomitokiError
from storage.readers.parsed import Parsed, ParseOptions, ReadError
from storage.readers.sandbox_worker import read_frame, write_frame

_ROOT = Path(__file__).resolve().parents[2]
_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from storage.readers.sandbox_worker import main; main(int(sys.argv[2]))"
)
_INHERITED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
_START_SECONDS = 60.0
_LOAD_SECONDS = 60.0
_WATCH_SECONDS = 0.1
_STOP_SECONDS = 2.0
_RECYCLED_SHARE = 0.5
_MEMORY_SHARE_OF_CRASH = 0.8
_FRAME_BYTES_A_CHAR = 4
_HEADER_BYTES = 1 << 30


class Sandbox:
    """One long-lived parsing process, started when it is first needed.

    The process is replaced after it was stopped at a limit, crashed, or kept much memory. Use it
    from one thread, and close it.
    """

    def __init__(self, timeout_seconds: float, memory_mb: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._memory_mb = memory_mb
        self._worker: _Worker | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next `parse` would start another."""
        worker, self._worker = self._worker, None
        if worker:
            worker.stop()

    @property
    def process_id(self) -> int | None:
        """The running process, None when there is none."""
        return self._worker.process.pid if self._worker else None

    def parse(self, parser: str, data: bytes, options: ParseOptions) -> Parsed:
        """Call a parser on a file's bytes in the process.

        Args:
            parser: "module:function" of a `parse(data, options) -> Parsed`.

        Raises:
            ReadError: The parser's own, or "timeout", "memory" or "crash".
            YomitokiError: The process could not be started.
        """
        if self._worker is None:
            self._worker = _Worker(self._memory_mb)
        worker = self._worker
        header = {
            "parser": parser,
            "options": asdict(options),
            "timeout_seconds": self._timeout_seconds,
        }
        answering = worker.ask(header, data, options.max_chars * _FRAME_BYTES_A_CHAR)
        try:
            answer, text = self._awaited(answering, worker)
        except BaseException:
            self._worker = None
            worker.kill()
            raise
        if answer.get("kind") == "memory" or worker.memory_mb() > (
            _RECYCLED_SHARE * self._memory_mb
        ):
            self.close()
        if "kind" in answer:
            kind, reason = answer["kind"], answer["reason"]
            raise self._out_of_memory() if kind == "memory" else ReadError(kind, reason)
        return Parsed(
            text.decode(),
            [(start, end, metadata) for start, end, metadata in answer["sections"]],
            answer["metadata"],
            answer["encoding"],
            answer["warnings"],
        )

    def _awaited(
        self, answering: Future[tuple[dict[str, Any], bytes]], worker: _Worker
    ) -> tuple[dict[str, Any], bytes]:
        """The answer, or the error of the limit that was hit; a dead worker is an error too."""
        most_used = 0.0
        asked = time.monotonic()
        while True:
            try:
                return answering.result(timeout=_WATCH_SECONDS)
            except NotYet:
                pass
            except (OSError, EOFError, ValueError) as error:
                if most_used > _MEMORY_SHARE_OF_CRASH * self._memory_mb:
                    raise self._out_of_memory() from error
                raise worker.crash() from error
            used = worker.memory_mb()
            most_used = max(most_used, used)
            if used > self._memory_mb:
                raise self._out_of_memory()
            now = time.monotonic()
            loaded = worker.loaded_at
            deadline = loaded + self._timeout_seconds if loaded else asked + _LOAD_SECONDS
            if now > deadline:
                raise ReadError(
                    "timeout",
                    f"not parsed within {self._timeout_seconds:g} s: split the file or raise "
                    "timeout_seconds of the reader",
                )

    def _out_of_memory(self) -> ReadError:
        return ReadError(
            "memory",
            f"needs more than {self._memory_mb} MB to parse: split the file or raise memory_mb of "
            "the reader",
        )


class _Worker:
    """A running process and the thread that talks to it."""

    def __init__(self, memory_mb: int) -> None:
        path = [str(_ROOT), *(p for p in sys.path if p)]
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, json.dumps(path), str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            cwd=Path(sys.executable).anchor,
            start_new_session=os.name == "posix",
        )
        self._talker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")
        self.loaded_at: float | None = None
        try:
            self._talker.submit(self._state, "ready").result(timeout=_START_SECONDS)
        except (NotYet, OSError, EOFError, ValueError) as error:
            self.kill()
            raise YomitokiError(
                f"{sys.executable}: the process that parses files did not start"
                f" ({self.process.returncode}): run doctor, or raise memory_mb of the reader"
            ) from error

    def ask(
        self, header: dict[str, Any], data: bytes, most_bytes: int
    ) -> Future[tuple[dict[str, Any], bytes]]:
        """Send a file; the result is the answer's header and the text in UTF-8."""
        self.loaded_at = None
        return self._talker.submit(self._exchange, header, data, most_bytes)

    def _exchange(
        self, header: dict[str, Any], data: bytes, most_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        write_frame(stdin, json.dumps(header).encode())
        write_frame(stdin, data)
        first = self._state("loaded")
        answer = first if "kind" in first else json.loads(read_frame(stdout, _HEADER_BYTES))
        return answer, read_frame(stdout, most_bytes)

    def _state(self, expected: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        header: dict[str, Any] = json.loads(read_frame(self.process.stdout, _HEADER_BYTES))
        if header.get("state") == expected:
            self.loaded_at = time.monotonic()
        return header

    def memory_mb(self) -> float:
        """Resident memory in MB (2^20 bytes); 0 when the process is gone."""
        try:
            return float(psutil.Process(self.process.pid).memory_info().rss) / (1 << 20)
        except psutil.Error:
            return 0.0

    def crash(self) -> ReadError:
        """Why the process is gone, as an error about the file."""
        self.kill()
        code = self.process.returncode
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return ReadError("crash", f"crashed its parser ({how}): save the file anew")

    def stop(self) -> None:
        """End a process that waits for work."""
        if self.process.stdin:
            self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the process whatever it does, and the thread with it."""
        self.process.kill()
        self.process.wait()
        self._talker.shutdown(wait=True)
        for stream in (self.process.stdin, self.process.stdout):
            if stream and not stream.closed:
                with suppress(OSError):  # what was not sent yet has nowhere to go
                    stream.close()
