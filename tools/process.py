"""The edge of the program: exit codes, one-line errors, and whose words reach which stream."""

from __future__ import annotations

import atexit
import errno
import gc
import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

from pipelines.errors import YomitokiError
from tools.console import inert, inert_line
from tools.output import ResultsUnreadError

DONE, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 128 + 13  # SIGPIPE, which Windows does not name

_OURS = ("pipelines", "storage", "tools", "evals")
_SILENT = {
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "BITSANDBYTES_NOWELCOME": "1",
}


def guarded(work: Callable[[], int | None], err: TextIO, *, debug: bool) -> int:
    """Run a command and give its exit code; whatever it raises becomes a line on `err`.

    Args:
        work: The command; its result is the exit code, None for 0.
        err: Where errors are written.
        debug: Write the traceback too.

    Returns:
        0 done, 1 failed, 2 wrong usage or config, 130 stopped by Ctrl-C, 141 nobody reads stdout.
    """
    try:
        return work() or DONE
    except KeyboardInterrupt:
        _show(err, "stopped", debug=debug)
        # Closing down may take a moment in native code; a second Ctrl-C ends it without a word.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return INTERRUPTED
    except ResultsUnreadError:
        _drop_stdout()
        return BROKEN_PIPE
    except YomitokiError as error:
        _show(err, inert(str(error)), debug=debug)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the process boundary: a bug is a line, too
        _show(err, inert(describe(error)), debug=debug)
        return FAILED


def run_and_end(program: Callable[[], object]) -> NoReturn:
    """Run a program that ends with SystemExit, and end the process with its code at once.

    What was registered to run at exit does; the interpreter is not taken apart, which would take
    one to two seconds after the answer with a model in memory.
    """
    code: object = DONE
    try:
        program()
    except SystemExit as ending:
        code = ending.code
    if not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = FAILED
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or BROKEN_PIPE
    os._exit(code or DONE)


def describe(error: BaseException) -> str:
    """An error that nothing expected, on one line."""
    if isinstance(error, YomitokiError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory: close other programs, or use a smaller model (configs/small.yaml)"
    text = inert_line(" ".join(str(error).split()))
    if isinstance(error, OSError) and error.strerror:
        where = f"{inert_line(str(error.filename))}: " if error.filename else ""
        full = ": free some space" if error.errno == errno.ENOSPC else ""
        return f"{where}{error.strerror}{full}"
    return f"internal error: {type(error).__name__}: {text[:300]}: --debug shows where"


def quieten(err: TextIO, *, debug: bool) -> None:
    """Keep the libraries' warnings, logs and progress bars to themselves unless debugging.

    Warnings that our own modules log stay, each a line on `err`.
    """
    logging.basicConfig(stream=err, format="%(message)s", level=logging.WARNING, force=True)
    if debug:
        logging.getLogger().setLevel(logging.INFO)
        return
    for name, value in _SILENT.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: record.name.partition(".")[0] in _OURS)
        handler.setFormatter(_OneLine())


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return inert_line(record.getMessage())


def collect_rarely() -> None:
    """Look for garbage after many more allocations than Python does by itself.

    What the libraries build when they are imported stays: looking through it again and again is a
    fifth of the seconds until a model is loaded.
    """
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def only_results_on_stdout(encoding: str) -> Iterator[TextIO]:
    """Give the real stdout, and send what anybody else prints there to stderr.

    Native code that writes to the file descriptor itself is redirected too. A character that
    `encoding` lacks is written as an escape.
    """
    before = sys.stdout
    before.flush()
    try:
        descriptor = before.fileno()
        kept = os.dup(descriptor)
    except (OSError, ValueError):  # a stream in memory, as tests and notebooks have
        sys.stdout = sys.stderr
        try:
            yield before
        finally:
            sys.stdout = before
        return
    results = os.fdopen(kept, "w", encoding=encoding, errors="backslashreplace", newline="\n")
    os.dup2(sys.stderr.fileno(), descriptor)
    try:
        yield results
    finally:
        before.flush()  # what was printed meanwhile still goes to stderr
        os.dup2(kept, descriptor)
        with suppress(BrokenPipeError):
            results.close()


def _show(err: TextIO, text: str, *, debug: bool) -> None:
    if debug:
        err.write(inert(traceback.format_exc()))
    for line in text.splitlines() or [text]:
        err.write(f"yomitoki: {line}\n")
    err.flush()


def _drop_stdout() -> None:
    """Let the interpreter flush into nothing when it ends."""
    with open(os.devnull, "w") as nowhere, suppress(OSError, ValueError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
