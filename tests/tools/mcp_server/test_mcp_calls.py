"""Calls to /mcp while they run: progress, cancelling, a full queue, access, the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.tools.mcp_server.mcp_client import MODES, http_client, record_of, run, text_of, true
from tests.tools.server.running_server import Running, TypingLLM, error_of, running

TOKEN = "0123456789abcdef-secret"


@pytest.mark.parametrize("mode", MODES)
def test_stages_are_told_while_it_works(server: Running, mode: str) -> None:
    told: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        told.append((progress, message))

    async def work() -> Any:
        async with http_client(server.url, mode) as client:
            question = {"question": "魚道の工費は？"}
            return await client.call_tool("ask", question, progress_callback=hear)

    assert not run(work()).is_error
    assert [number for number, _ in told] == [float(n + 1) for n in range(len(told))]
    stages = [message for _, message in told]
    assert "retrieving" in stages
    assert len(stages) >= 2


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_is_cancelled_stops_the_model(server: Running, mode: str) -> None:
    llm = server.llm

    async def work() -> None:
        async with http_client(server.url, mode) as client:
            begun, ended = llm.started, llm.ended
            asking = asyncio.create_task(client.call_tool("ask", {"question": "slow?"}))
            await true(lambda: llm.started == begun + 1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await true(lambda: llm.ended == ended + 1)
            assert not record_of(await client.call_tool("ask", {"question": "工費？"}))["refused"]

    run(work())
    assert server.llm.working == 0


def test_a_full_queue_is_an_error_that_says_when(home: Path) -> None:
    async def work(server: Running) -> list[Any]:
        async with http_client(server.url) as client:
            calls = [client.call_tool("ask", {"question": f"slow {n}?"}) for n in range(6)]
            return [await result for result in asyncio.as_completed(calls[:6])]

    with running(home, queue=1, seconds=3.0) as server:
        results = run(work(server))
    assert all(result.is_error for result in results)
    texts = [text_of(result) for result in results]
    assert sum("as many requests wait as may: try again in" in text for text in texts) >= 1
    assert sum("no answer within 3 seconds" in text for text in texts) >= 1


def test_it_stands_behind_the_checks_of_the_server(home: Path) -> None:
    with running(home, token=TOKEN) as server:
        where = f"{server.url}/mcp"
        assert error_of(httpx2.post(where, json={}))["code"] == "invalid_token"
        for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
            assert server.client.post("/mcp", json={}, headers=headers).status_code == 403
        text = {"content-type": "text/plain"}
        assert server.client.post("/mcp", content=b"{}", headers=text).status_code == 415

        async def work() -> Any:
            async with http_client(server.url, authorization=f"Bearer {TOKEN}") as client:
                return await client.call_tool("list_collections", {})

        assert record_of(run(work()))["collections"]
        assert 'route="/mcp"' in server.client.get("/metrics").text


def test_open_sessions_end_with_the_server(home: Path) -> None:
    with running(home, llm=TypingLLM()) as server:

        async def work() -> None:
            async with http_client(server.url, "legacy") as client:
                assert not (await client.call_tool("list_collections", {})).is_error
                server.server.end()
                await asyncio.to_thread(server.thread.join, 20)

        run(work())
        assert not server.thread.is_alive()
