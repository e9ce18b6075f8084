"""The parsing process: limits, crashes, and what it may not do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from storage.readers.parsed import ParseOptions, ReadError
from storage.readers.sandbox import Sandbox

OPTIONS = ParseOptions(".pdf")
ROOT = Path(__file__).resolve().parents[3]
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX limits")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(timeout_seconds=120, memory_mb=256) as opened:
        yield opened


def parse(sandbox: Sandbox, parser: str, data: bytes | str = b"") -> str:
    raw = data.encode() if isinstance(data, str) else data
    return sandbox.parse(f"hostile_parsers:{parser}", raw, OPTIONS).text


def refusal(sandbox: Sandbox, parser: str, data: bytes | str = b"") -> ReadError:
    with pytest.raises(ReadError) as caught:
        parse(sandbox, parser, data)
    assert "\n" not in caught.value.reason
    return caught.value


def test_everything_that_a_parser_returns_comes_back(sandbox: Sandbox) -> None:
    parsed = sandbox.parse("hostile_parsers:echo", "読み解き".encode(), OPTIONS)
    assert parsed.text == "読み解き.pdf"
    assert parsed.sections == [(0, 1, {"page": 1})]
    assert (parsed.metadata, parsed.encoding, parsed.warnings) == (
        {"title": "題"},
        "utf-8",
        ["注意"],
    )


def test_one_process_serves_all_files(sandbox: Sandbox) -> None:
    first = parse(sandbox, "process_id")
    assert parse(sandbox, "process_id") == first
    assert refusal(sandbox, "refuse").kind == "encrypted"
    assert parse(sandbox, "process_id") == first
    assert int(first) != os.getpid()


@pytest.mark.parametrize("parser", ["spin", "sleep"])
def test_a_parser_that_does_not_end_is_stopped_and_replaced(parser: str) -> None:
    with Sandbox(timeout_seconds=1.5, memory_mb=256) as sandbox:
        before = parse(sandbox, "process_id")
        started = time.monotonic()
        error = refusal(sandbox, parser)
        assert error.kind == "timeout"
        assert "1.5 s" in error.reason
        assert "timeout_seconds" in error.reason
        assert 1.5 <= time.monotonic() - started < 60
        assert not psutil.pid_exists(int(before))
        assert parse(sandbox, "process_id") != before


def test_a_parser_that_takes_all_memory_is_stopped_and_replaced(sandbox: Sandbox) -> None:
    before = parse(sandbox, "process_id")
    error = refusal(sandbox, "hog")
    assert error.kind == "memory"
    assert "256 MB" in error.reason
    assert "memory_mb" in error.reason
    assert parse(sandbox, "process_id") != before


def test_a_process_that_kept_much_memory_is_replaced_after_its_file(sandbox: Sandbox) -> None:
    before = parse(sandbox, "process_id")
    assert parse(sandbox, "keep") == "kept"
    assert parse(sandbox, "process_id") != before


@POSIX
def test_a_crash_is_reported_with_its_signal(sandbox: Sandbox) -> None:
    error = refusal(sandbox, "abort")
    assert (error.kind, "SIGABRT" in error.reason) == ("crash", True)
    assert parse(sandbox, "echo", "x") == "x.pdf"


def test_a_process_that_leaves_is_a_crash(sandbox: Sandbox) -> None:
    error = refusal(sandbox, "leave")
    assert (error.kind, "exit code 3" in error.reason) == ("crash", True)


def test_any_exception_of_a_parser_is_a_reason_on_one_line(sandbox: Sandbox) -> None:
    assert "KeyError" in refusal(sandbox, "fail").reason
    assert "RecursionError" in refusal(sandbox, "recurse").reason


def test_what_a_library_prints_does_not_reach_the_pipe(sandbox: Sandbox) -> None:
    assert parse(sandbox, "chatter") == "quiet"


def test_an_answer_longer_than_allowed_is_not_taken(sandbox: Sandbox) -> None:
    with pytest.raises(ReadError) as caught:
        sandbox.parse("hostile_parsers:long_text", b"1000", ParseOptions(".pdf", max_chars=10))
    assert caught.value.kind == "crash"
    assert parse(sandbox, "echo", "x") == "x.pdf"


def test_the_process_does_not_see_the_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.close()
    monkeypatch.setenv("CANARY_TOKEN", "secret")
    assert "CANARY_TOKEN" not in parse(sandbox, "environment")


def test_the_process_cannot_connect(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        error = refusal(sandbox, "connect", str(listener.getsockname()[1]))
        assert "PermissionError" in error.reason
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("parser", ["write", "write_low"])
def test_the_process_cannot_write_files(sandbox: Sandbox, tmp_path: Path, parser: str) -> None:
    target = tmp_path / "target.txt"
    assert "PermissionError" in refusal(sandbox, parser, str(target)).reason
    assert not target.exists()


def test_the_process_cannot_read_or_delete_the_users_files(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    assert "PermissionError" in refusal(sandbox, "read", str(secret)).reason
    assert "PermissionError" in refusal(sandbox, "delete", str(secret)).reason
    assert secret.read_text() == "secret"


@pytest.mark.parametrize("parser", ["spawn", "fork"])
def test_the_process_cannot_start_others(sandbox: Sandbox, parser: str) -> None:
    if parser == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork on this platform")
    assert "PermissionError" in refusal(sandbox, parser).reason


@POSIX
def test_the_process_ends_when_its_parent_is_killed() -> None:
    program = (
        "import os, signal; from storage.readers.sandbox import Sandbox; "
        "from storage.readers.parsed import ParseOptions; box = Sandbox(60, 256); "
        "print(box.parse('hostile_parsers:process_id', b'', ParseOptions()).text, flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    parent = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert parent.returncode == -signal.SIGKILL
    child = int(parent.stdout)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the parsing process outlived its parent"
        time.sleep(0.05)


def test_closing_ends_the_process() -> None:
    box = Sandbox(timeout_seconds=60, memory_mb=256)
    child = int(parse(box, "process_id"))
    assert box.process_id == child
    box.close()
    assert not psutil.pid_exists(child)
    assert box.process_id is None
