"""The SDK's own client of a server that runs, and what its answers hold."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.tools.server.running_server import SETTINGS, wait_until

T = TypeVar("T")
TYPING_MAIN = Path(__file__).resolve().parents[1] / "server" / "typing_main.py"
# The protocol of 2026, without a session, and the one of 2025, with a handshake.
MODES = ("auto", "legacy")


@asynccontextmanager
async def http_client(url: str, mode: str = "auto", **headers: str) -> AsyncIterator[Client]:
    """A client of a server's /mcp."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        httpx2.AsyncClient(headers=named, timeout=60) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


def process(home: Path, *more: str) -> StdioServerParameters:
    """`main.py mcp` with a language model that follows a script."""
    overrides = [part for setting in SETTINGS for part in ("--set", setting)]
    return StdioServerParameters(
        command=sys.executable,
        args=[str(TYPING_MAIN), "mcp", "--home", str(home), *overrides, *more],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


@asynccontextmanager
async def stdio_client_of(home: Path, mode: str = "auto", *more: str) -> AsyncIterator[Client]:
    """A client of a process of its own."""
    async with Client(process(home, *more), mode=mode) as client:
        yield client


def run(work: Awaitable[T], seconds: float = 120.0) -> T:
    """What a coroutine returns."""

    async def bounded() -> T:
        return await asyncio.wait_for(work, seconds)

    return asyncio.run(bounded())


async def true(condition: Callable[[], bool]) -> None:
    """Wait, beside the loop, until something is so."""
    await asyncio.to_thread(wait_until, condition)


def text_of(result: CallToolResult) -> str:
    """The one text of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def record_of(result: CallToolResult) -> dict[str, Any]:
    """The record of a result that is no error."""
    assert not result.is_error, text_of(result)
    record: dict[str, Any] = result.structured_content
    return record
