"""How a command ends: its exit code, what is said, and on which stream."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import ConfigError, YomitokiError
from tools.process import guarded, quieten

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGINT)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    signal.signal(signal.SIGINT, handler)
    root.handlers[:] = handlers
    root.setLevel(level)


def end(error: BaseException | int | None, *, debug: bool = False) -> tuple[int, str]:
    def work() -> int | None:
        if isinstance(error, BaseException):
            raise error
        return error

    said = io.StringIO()
    return guarded(work, said, debug=debug), said.getvalue()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (None, 0, ""),
        (1, 1, ""),
        (YomitokiError("a: b: c"), 1, "yomitoki: a: b: c\n"),
        (ConfigError("one\ntwo"), 2, "yomitoki: one\nyomitoki: two\n"),
        (YomitokiError("\x1b[2J\u202e"), 1, "yomitoki: \\x1b[2J\\u202e\n"),
        (KeyboardInterrupt(), 130, "yomitoki: stopped\n"),
        (OSError(28, "No space", "/x"), 1, "yomitoki: /x: No space: free some space\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "yomitoki: /x: Permission denied\n"),
        (KeyError("k\n"), 1, "yomitoki: internal error: KeyError: 'k\\n': --debug shows where\n"),
        (
            RecursionError("d"),
            1,
            "yomitoki: internal error: RecursionError: d: --debug shows where\n",
        ),
    ],
)
def test_every_end_is_a_code_and_a_line(error: BaseException, code: int, said: str) -> None:
    assert end(error) == (code, said)


def test_out_of_memory_says_what_to_do() -> None:
    code, said = end(MemoryError())
    assert code == 1
    assert "configs/small.yaml" in said


def test_traceback_only_with_debug() -> None:
    assert "Traceback" not in end(ValueError("x"))[1]
    code, said = end(ValueError("x\x1b[2J"), debug=True)
    assert code == 1
    assert said.startswith("Traceback")
    assert "\x1b" not in said


def test_library_logs_are_off_unless_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TQDM_DISABLE", "1")
    said = io.StringIO()
    quieten(said, debug=False)
    logging.getLogger("transformers.modeling").error("noise")
    logging.getLogger("chromadb").warning("noise")
    logging.getLogger("storage.writer").warning("ours\x1b[2J\nstays")
    assert said.getvalue() == "ours\\x1b[2J\\nstays\n"
    quieten(said, debug=True)
    logging.getLogger("chromadb").warning("wanted")
    assert "wanted" in said.getvalue()


PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})
from tools.output import Output
from tools.process import guarded, only_results_on_stdout
def work():
    with only_results_on_stdout("utf-8") as out:
        print("library")
        os.write(1, b"native\\n")
        for n in range({lines}):
            Output(out, sys.stderr).record({{"n": n, "text": "\\u8cea\\u554f" * 50}})
    print("after")
sys.exit(guarded(work, sys.stderr, debug=False))
"""


def program(lines: int) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(root=str(ROOT), lines=lines)]


def test_only_results_reach_stdout() -> None:
    done = subprocess.run(
        program(2), capture_output=True, check=False, env={"LC_ALL": "C", "PYTHONUTF8": "0"}
    )
    out = done.stdout.decode("utf-8").splitlines()
    assert [line[:6] for line in out] == ['{"n": ', '{"n": ', "after"]
    assert "質問質問" in out[0]
    assert sorted(done.stderr.decode().split()) == ["library", "native"]
    assert done.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise on Windows")
def test_a_reader_that_leaves_ends_the_program_quietly() -> None:
    with subprocess.Popen(
        program(100_000), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(150) == 141
    assert sorted(said.split()) == ["library", "native"]


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [
        ("pass", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('no such thing')", 1, "no such thing\n"),
    ],
)
def test_the_process_ends_with_the_code_and_all_that_was_written(
    ending: str, code: int, said: str
) -> None:
    script = (
        "import atexit, threading, time\n"
        "from tools.process import run_and_end\n"
        "atexit.register(print, 'hook')\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "def program():\n"
        "    print('x' * 100_000)\n"
        f"    {ending}\n"
        "run_and_end(program)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stderr) == (code, said)
    assert ended.stdout == "x" * 100_000 + "\nhook\n"


def test_an_unread_end_is_a_broken_pipe() -> None:
    script = (
        "import os, sys\n"
        "from tools.process import run_and_end\n"
        "def program():\n"
        "    read, write = os.pipe()\n"
        "    os.dup2(write, 1)\n"
        "    os.close(read), os.close(write)\n"
        "    sys.stdout.write('unread')\n"
        "run_and_end(program)\n"
    )
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(
        command, cwd=ROOT, env=buffered, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (141, "")
