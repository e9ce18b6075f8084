"""The MCP server over a process's standard streams: one JSON-RPC message a line.

The SDK's own transport reads in a thread that can't be left before its client writes or closes;
this one's may be, so that Ctrl-C ends the process. It also answers lines that are no message.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, BinaryIO, TextIO

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, jsonrpc_message_adapter
from pydantic import ValidationError

from tools.console import json_line
from tools.server.bodies import LONGEST_BODY

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


async def serve_stdio(server: Server[Any], lines: BinaryIO, out: TextIO) -> None:
    """Serve the client at the other end of two streams until it closes the first.

    Args:
        server: The server.
        lines: What the client writes.
        out: What it reads: nobody else may write to it.
    """
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    loop = asyncio.get_running_loop()
    reader = threading.Thread(
        target=_read, args=(lines, loop, to_server, to_client.clone()), daemon=True
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_write, from_server, out)
        reader.start()
        await server.run(from_client, to_client, server.create_initialization_options())


def _read(
    lines: BinaryIO, loop: asyncio.AbstractEventLoop, to_server: Incoming, to_client: Outgoing
) -> None:
    """Hand on one line after the other; runs in a thread, which may stay in `readline`.

    Its end closes the streams: the server ends then, and the writer when all is written.
    """

    def wait(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result()

    # The loop or the server has ended: nobody is left to read for.
    with suppress(RuntimeError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        while line := lines.readline(LONGEST_BODY + 1):
            if len(line) > LONGEST_BODY:
                while line and not line.endswith(b"\n"):
                    line = lines.readline(LONGEST_BODY + 1)
                wait(to_client.send(_refusal(INVALID_REQUEST, "too long: at most 1 MiB a line")))
                continue
            try:
                message = SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
            except ValidationError:
                if line.strip():
                    wait(to_client.send(_refusal(PARSE_ERROR, "no JSON-RPC message")))
                continue
            wait(to_server.send(message))
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(to_server.close)
        loop.call_soon_threadsafe(to_client.close)


def _refusal(code: int, problem: str) -> SessionMessage:
    error = ErrorData(code=code, message=f"line: {problem}")
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=None, error=error))


async def _write(messages: MemoryObjectReceiveStream[SessionMessage], out: TextIO) -> None:
    """Write messages as lines in which no character acts on a terminal."""

    def write(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    async for each in messages:
        record = each.message.model_dump(by_alias=True, mode="json", exclude_unset=True)
        with suppress(BrokenPipeError):  # its end of what it writes follows
            await anyio.to_thread.run_sync(write, json_line(record), abandon_on_cancel=True)
