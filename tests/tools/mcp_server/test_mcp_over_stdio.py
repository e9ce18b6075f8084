"""`main.py mcp` as a process: the protocol alone on stdout, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from main import app
from tests.tools.mcp_server.mcp_client import (
    MODES,
    process,
    record_of,
    run,
    stdio_client_of,
    text_of,
)
from tests.tools.server.running_server import ANSWER, ATTACK, DOCUMENT
from tools.server.bodies import LONGEST_BODY

if sys.platform == "win32":
    pytest.skip("needs Unix signals", allow_module_level=True)


@contextmanager
def raw(home: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process without a client."""
    command = process(home, *more)
    with subprocess.Popen(
        [command.command, *command.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=command.env,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def say(started: subprocess.Popen[bytes], line: bytes) -> Any:
    """What is answered to a line."""
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(line + b"\n")
    started.stdin.flush()
    return json.loads(started.stdout.readline())


def request(method: str, number: int = 1, **params: Any) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message).encode()


def greeting() -> bytes:
    client = {"name": "test", "version": "1"}
    return request("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)


@pytest.mark.parametrize("mode", MODES)
def test_a_client_asks_cancels_and_reads(home: Path, mode: str) -> None:
    told: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        told.append(message)

    async def work() -> None:
        async with stdio_client_of(home, mode) as client:
            assert len((await client.list_tools()).tools) == 5
            slow = {"question": "slow?"}
            asking = asyncio.create_task(client.call_tool("ask", slow, progress_callback=hear))
            while "answering" not in told and "generating" not in told:
                await asyncio.sleep(0.05)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            # The one worker is free again, or this would wait for a minute.
            answer = await client.call_tool("ask", {"question": "魚道の工費は？"})
            assert record_of(answer)["answer"].startswith(ANSWER)
            uri = (await client.list_resources()).resources[0].uri
            (contents,) = (await client.read_resource(uri)).contents
            assert getattr(contents, "text", None) == DOCUMENT

    run(work(), 55)


def test_stdout_has_the_protocol_alone_and_the_end_of_stdin_ends_it(home: Path) -> None:
    with raw(home) as started:
        first = say(started, greeting())
        assert first["result"]["serverInfo"]["name"] == "yomitoki"
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n\n')
        refused = {
            b"no json": -32700,
            b'{"jsonrpc": "2.0", "id": 1}': -32700,
            b"\xff\xfe": -32700,
            b"[" * 50_000: -32700,
            b"x" * (LONGEST_BODY + 9): -32600,
        }
        for line, code in refused.items():
            error = say(started, line)
            assert (error["id"], error["error"]["code"]) == (None, code)
        question = {"question": "攻撃の文は？"}
        started.stdin.write(request("tools/call", 7, name="search", arguments=question) + b"\n")
        started.stdin.flush()
        line = started.stdout.readline().decode()
        assert not set("\x1b\x07\u202e") & set(line)
        found = json.loads(line)
        assert found["id"] == 7
        texts = [node["text"] for node in found["result"]["structuredContent"]["nodes"]]
        assert any(ATTACK in text for text in texts)
        started.stdin.close()
        assert started.wait(40) == 0
        assert started.stdout.read() == b""
        assert started.stderr is not None
        assert started.stderr.read() == b""


def test_ctrl_c_ends_it_while_its_client_is_silent(home: Path) -> None:
    with raw(home) as started:
        say(started, greeting())
        started.send_signal(signal.SIGINT)
        assert started.wait(40) == 130
        assert started.stderr is not None
        assert started.stderr.read() == b"yomitoki: stopped\n"


def test_what_is_missing_is_said_to_the_users_own_client(tmp_path: Path) -> None:
    async def work() -> tuple[str, str]:
        async with stdio_client_of(tmp_path) as client:
            empty = text_of(await client.call_tool("list_collections", {}))
            return empty, text_of(await client.call_tool("search", {"question": "工費"}))

    empty, missing = run(work())
    assert empty == "There is no collection: nothing was ingested yet."
    assert missing.startswith("collection: 'default': not found, or it holds no documents")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timeout", "0"], "--timeout 0: must be from 1 to 86,400 seconds"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["--set", "retriever.topk=5"], "topk"),
    ],
)
def test_wrong_usage_is_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    failed = CliRunner().invoke(app, ["mcp", "--home", str(tmp_path), *arguments])
    assert failed.exit_code == 2
    assert said in failed.output
